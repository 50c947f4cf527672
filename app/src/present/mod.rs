//! The projector page: a lesson that really happens, and everybody who follows it.
//!
//! The server is the only truth. It carries each message in both modes, runs the attacks
//! on the recorded bytes, and knows the scene; pages show what they are told, and may be
//! reloaded, lost and found again at any time.
//!
//! | file | idea |
//! |---|---|
//! | [`lesson`] | the scenes in words |
//! | [`command`] | what an instructor may ask for |
//! | [`stage`] | where the lesson is: commands in, state out |
//! | [`ballot`], [`papers`] | one vote a device, and nobody's name; what makes it a device |
//! | [`room`], [`kept`] | the one truth, shared; what is kept between runs |
//! | `phonebook` | the phones that listen, and which of too many gives way |
//! | `sweeps` | every theft at every moment, computed meanwhile |
//! | [`door`] | who may ask for what |
//! | `instructor`, `phones` | what there is to ask for, for each of the two |
//! | `streams` | the state, pushed |
//! | `view`, `opened`, `heat`, `qr`, `pages` | what is told, and the files that show it |

pub mod ballot;
pub mod command;
pub mod door;
mod heat;
mod instructor;
pub mod kept;
pub mod lesson;
mod opened;
mod pages;
pub mod papers;
mod phonebook;
mod phones;
mod qr;
pub mod room;
pub mod stage;
mod streams;
mod sweeps;
mod view;

use std::{io, net::IpAddr, sync::Arc, time::Duration};

use axum::Router;
use tokio::{net::TcpListener, sync::watch, task::spawn_blocking, time::sleep};

pub use room::{Room, Saved, Surroundings};
pub use stage::Stage;

use crate::transport::admission::{AdmissionListener, Peer};

/// Connections of this machine's own pages.
const OWN: u32 = 64;

/// Connections of phones, if the system has room for so many.
pub const PHONES: u32 = 1_000;

/// How long somebody may stand in the door: one of our own pages, a phone.
const PATIENCE: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(10)];

/// How often votes are kept: other changes are at once.
const KEEP: Duration = Duration::from_secs(1);

/// How long open connections have to end when the server stops.
const GRACE: Duration = Duration::from_secs(2);

/// The phones' listener, and the address under which phones find this machine.
#[derive(Debug)]
pub struct PhoneDoor {
    /// Where it listens.
    pub listener: TcpListener,
    /// What phones are told.
    pub ip: IpAddr,
    /// How many connections they may have together. It leaves files for our own pages.
    pub places: u32,
}

/// Serves a room until `stop` resolves.
///
/// # Errors
/// What a listener says.
pub async fn serve(
    room: Arc<Room>,
    own: TcpListener,
    phones: Option<PhoneDoor>,
    stop: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let closing = room.closing.subscribe();
    let port = own.local_addr()?.port();
    let router = instructor::router(Arc::clone(&room), port);
    let [own_patience, phones_patience] = PATIENCE;
    let own = listen(
        AdmissionListener::new(own, OWN, own_patience),
        router,
        closing.clone(),
    );
    let phones = match phones {
        Some(door) => {
            let port = door.listener.local_addr()?.port();
            room.phones_come_to(door::address(door.ip, port, &room.join), door.places);
            let router = phones::router(Arc::clone(&room), port);
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
        room.close();
        sleep(GRACE).await;
        Ok(())
    };
    let ended = tokio::select! {
        ended = served => ended,
        ended = stopping => ended,
        () = keep_votes(&room) => Ok(()),
    };
    keep(&room).await;
    ended
}

/// One listener. What it is asked ends with it.
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

/// Keeps votes, not each by itself.
async fn keep_votes(room: &Arc<Room>) {
    let mut changes = room.changes.subscribe();
    while changes.changed().await.is_ok() {
        sleep(KEEP).await;
        changes.mark_unchanged();
        keep(room).await;
    }
}

/// Keeps the lesson. A disk is waited for where nobody else waits.
async fn keep(room: &Arc<Room>) {
    let room = Arc::clone(room);
    let _ = spawn_blocking(move || room.keep()).await;
}
