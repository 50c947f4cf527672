//! The relay: mailboxes and a directory of key bundles, over WebSockets.
//!
//! It is untrusted for content, as every relay must be, and relied on for
//! delivery: what it has acknowledged is on disk, and reaches its recipient once.
//!
//! | file | idea |
//! |---|---|
//! | [`store`] | what is on disk, and when it is |
//! | [`hub`] | what connections share: who is connected, the limits, the tap |
//! | `budget` | what is held in memory, and who may hold how much |
//! | `fair_queue`, `turns` | whose request is next, and how many at a time |
//! | `handshake` | from a request of HTTP to a WebSocket |
//! | `connection` | one client, from the challenge to the close |
//! | `requests` | what a client asks for |
//! | `mail` | the envelopes of a mailbox on their way to its owner |
//! | `writer` | the writing half of a connection, and why it ends |

mod budget;
mod connection;
mod fair_queue;
mod handshake;
pub mod hub;
mod mail;
mod requests;
pub mod store;
mod turns;
mod writer;

use std::{io, sync::Arc, time::Duration};

use axum::serve::Listener;
use tokio::{net::TcpListener, task::JoinSet, time::timeout};

use super::admission::AdmissionListener;
use hub::Hub;

/// How long open connections have to end when the relay stops.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(3);

/// Serves until `stop` resolves; then refuses new connections, lets the open ones
/// finish what they have begun, and returns.
///
/// # Errors
/// What the listener says.
pub async fn serve(
    listener: TcpListener,
    hub: Arc<Hub>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let limits = hub.limits;
    let mut listener = AdmissionListener::new(listener, limits.connections, limits.hello * 2);
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            (stream, peer) = listener.accept() => {
                // What has ended since is forgotten.
                while connections.try_join_next().is_some() {}
                connections.spawn(connection::serve(stream, peer, Arc::clone(&hub)));
            }
            () = &mut stop => break,
        }
    }
    drop(listener);
    hub.close();
    let ended = async { while connections.join_next().await.is_some() {} };
    let _ = timeout(SHUTDOWN_TIMEOUT, ended).await;
    Ok(())
}
