//! The projector page: a live lesson, and everybody who follows it.
//!
//! The server holds the only state. It carries each message in both modes, runs the attacks
//! on the recorded bytes, and knows the scene. Pages show the state that they receive, so
//! they may be reloaded or lose their connection at any time.
//!
//! | file | content |
//! |---|---|
//! | [`lesson`] | the scenes, with their texts and questions |
//! | [`command`] | what an instructor may ask for, its limits, and why it is refused |
//! | [`state`], [`saved`] | the lesson's state machine, and what of it is saved between runs |
//! | [`ballot`] | one vote for each device and question |
//! | [`ballot_token`] | the signed random number that a device votes with |
//! | [`server`] | the state as all connections share it |
//! | `sweeps`, `matrix_view` | every attack at every moment, computed in the background |
//! | [`guard`] | which requests are answered: tokens, `Host`, `Origin` |
//! | `instructor`, `phones` | the routes of each of the two listeners |
//! | `phone_streams` | the open streams of phones, and which ends when there are too many |
//! | `sse` | the state, pushed as server-sent events |
//! | `view`, `message_bytes`, `qr` | what the pages receive, as JSON |
//! | `responses` | the pages' files, and the headers of every answer |

pub mod ballot;
pub mod ballot_token;
pub mod command;
pub mod guard;
mod instructor;
pub mod lesson;
mod matrix_view;
mod message_bytes;
mod phone_streams;
mod phones;
mod qr;
mod responses;
pub mod saved;
pub mod server;
mod sse;
pub mod state;
mod sweeps;
mod view;

use std::{io, net::IpAddr, sync::Arc, time::Duration};

use axum::Router;
use tokio::{net::TcpListener, sync::watch, task::spawn_blocking, time::sleep};

pub use saved::SavedState;
pub use server::{Dependencies, LessonServer};
pub use state::LessonState;

use crate::transport::admission::{AdmissionListener, Peer};

/// The most connections of this machine's own pages.
const OWN: u32 = 64;

/// The most connections of phones, where the system lets the program open so many files.
pub const MAX_PHONES: u32 = 1_000;

/// How long a connection may take until its first request is admitted: one of our own
/// pages, a phone.
const ADMISSION_TIMEOUTS: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(10)];

/// The shortest time between two saves because of votes. After a command the lesson is
/// saved at once.
const VOTE_SAVE_INTERVAL: Duration = Duration::from_secs(1);

/// How long open connections have to end when the server stops.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(2);

/// The phones' listener, and the address under which phones reach this machine.
#[derive(Debug)]
pub struct PhoneListener {
    /// Where it listens.
    pub listener: TcpListener,
    /// The address in the URL of the phones' page.
    pub ip: IpAddr,
    /// The most connections of phones together. The rest of the files that the program may
    /// open is for the instructor's pages.
    pub places: u32,
}

/// Serves a lesson until `stop` resolves.
///
/// # Errors
/// A listener's error.
pub async fn serve(
    server: Arc<LessonServer>,
    own: TcpListener,
    phones: Option<PhoneListener>,
    stop: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let closing = server.closing.subscribe();
    let port = own.local_addr()?.port();
    let router = instructor::router(Arc::clone(&server), port);
    let [own_patience, phones_patience] = ADMISSION_TIMEOUTS;
    let own = listen(
        AdmissionListener::new(own, OWN, own_patience),
        router,
        closing.clone(),
    );
    let phones = match phones {
        Some(door) => {
            let port = door.listener.local_addr()?.port();
            let url = guard::phone_url(door.ip, port, &server.join);
            server.admit_phones(url, door.places);
            let router = phones::router(Arc::clone(&server), port);
            let listener = AdmissionListener::new(door.listener, door.places, phones_patience);
            Some(listen(listener, router, closing))
        }
        None => None,
    };
    let served = async {
        match phones {
            Some(phones) => tokio::try_join!(own, phones).map(|_| ()),
            None => own.await,
        }
    };
    let stopping = async {
        stop.await;
        server.close();
        sleep(SHUTDOWN_GRACE).await;
        Ok(())
    };
    let ended = tokio::select! {
        ended = served => ended,
        ended = stopping => ended,
        () = save_votes(&server) => Ok(()),
    };
    save(&server).await;
    ended
}

/// Serves one listener until the server closes.
async fn listen(
    listener: AdmissionListener,
    router: Router,
    mut closing: watch::Receiver<bool>,
) -> io::Result<()> {
    let service = router.into_make_service_with_connect_info::<Peer>();
    axum::serve(listener, service)
        .with_graceful_shutdown(async move {
            let _ = closing.wait_for(|closing| *closing).await;
        })
        .await
}

/// Saves votes, many at once.
async fn save_votes(server: &Arc<LessonServer>) {
    let mut changes = server.changes.subscribe();
    while changes.changed().await.is_ok() {
        sleep(VOTE_SAVE_INTERVAL).await;
        changes.mark_unchanged();
        save(server).await;
    }
}

/// Saves the lesson. Writing to disk may block, so it has a thread of its own.
async fn save(server: &Arc<LessonServer>) {
    let server = Arc::clone(server);
    let _ = spawn_blocking(move || server.save()).await;
}
