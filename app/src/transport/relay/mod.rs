//! The relay: mailboxes and a directory of key bundles, over WebSockets.
//!
//! It is untrusted for content, as every relay must be, and relied on for
//! delivery: what it has acknowledged is on disk, and reaches its recipient once.
//!
//! | file | idea |
//! |---|---|
//! | [`store`] | what is on disk, and when it is |
//! | [`hub`] | what connections share: who is connected, the limits, the tap |
//! | `connection` | one client, from the challenge to the close |
//! | `requests` | what a client asks for, and the mail on its way to it |
//! | `writer` | the writing half of a connection, and why it ends |

mod connection;
pub mod hub;
mod requests;
pub mod store;
mod writer;

use std::{io, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{ConnectInfo, State, WebSocketUpgrade},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::{net::TcpListener, sync::Notify};

use super::{
    admission::{AdmissionListener, Peer},
    control::{MAX_MESSAGE_BYTES, SUBPROTOCOL},
};
use hub::Hub;

/// Bytes gathered for a client before they are written, even if more is ready.
const WRITE_BUFFER: usize = 8 * 1024;

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
    let router = Router::new()
        .route("/", get(upgrade))
        .with_state(Arc::clone(&hub));
    let service = router.into_make_service_with_connect_info::<Peer>();
    let limits = hub.limits;
    let listener = AdmissionListener::new(listener, limits.connections, limits.hello * 2);
    let (stopping, stopped) = (Arc::new(Notify::new()), Arc::clone(&hub));
    let late = Arc::clone(&stopping);
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
        stop.await;
        stopped.close();
        stopping.notify_one();
    });
    let ended = async {
        serving.await?;
        hub.drained().await;
        Ok(())
    };
    tokio::select! {
        ended = ended => ended,
        // Connections that have not authenticated do not hear that the relay stops.
        () = async { late.notified().await; tokio::time::sleep(SHUTDOWN_TIMEOUT).await } => Ok(()),
    }
}

async fn upgrade(
    State(hub): State<Arc<Hub>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    socket: WebSocketUpgrade,
) -> Response {
    let Some(permit) = hub.permit() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "the relay is full").into_response();
    };
    socket
        .protocols([SUBPROTOCOL])
        .max_message_size(MAX_MESSAGE_BYTES)
        .max_frame_size(MAX_MESSAGE_BYTES)
        .read_buffer_size(4 * 1024)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(4 * MAX_MESSAGE_BYTES)
        .on_upgrade(move |socket| connection::serve(socket, peer, permit))
}
