//! The relay: mailboxes and a directory of key bundles, over WebSockets.
//!
//! It is untrusted for content, as every relay must be, and relied on for
//! delivery: what it has acknowledged is on disk, and reaches its recipient once.
//!
//! | file | idea |
//! |---|---|
//! | [`store`] | what is on disk, and when it is |
//! | [`gate`] | how many come in, and how long they may stand in the door |
//! | [`hub`] | who is connected; everything bounded |
//! | [`connection`] | one client, from challenge to goodbye |

pub mod connection;
pub mod gate;
pub mod hub;
mod mouth;
pub mod store;

use std::{io, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{ConnectInfo, State, WebSocketUpgrade},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::{net::TcpListener, sync::Notify};

use super::control::{MAX_MESSAGE_BYTES, SUBPROTOCOL};
use gate::{Gate, Guest};
pub use hub::{Hub, Limits};
pub use store::{Store, StoreError};

/// Bytes gathered for a client before they are written, even if more is ready.
const WRITE_AT_ONCE: usize = 8 * 1024;

/// How long open connections have to say goodbye when the relay stops.
const GRACE: Duration = Duration::from_secs(3);

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
    let service = router.into_make_service_with_connect_info::<Guest>();
    let limits = hub.limits;
    let gate = Gate::new(listener, limits.connections, limits.hello * 2);
    let (stopping, stopped) = (Arc::new(Notify::new()), Arc::clone(&hub));
    let late = Arc::clone(&stopping);
    let serving = axum::serve(gate, service).with_graceful_shutdown(async move {
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
        // Whoever stands in the door and says nothing is not waited for.
        () = async { late.notified().await; tokio::time::sleep(GRACE).await } => Ok(()),
    }
}

async fn upgrade(
    State(hub): State<Arc<Hub>>,
    ConnectInfo(guest): ConnectInfo<Guest>,
    socket: WebSocketUpgrade,
) -> Response {
    let Some(seat) = hub.sit() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "the relay is full").into_response();
    };
    socket
        .protocols([SUBPROTOCOL])
        .max_message_size(MAX_MESSAGE_BYTES)
        .max_frame_size(MAX_MESSAGE_BYTES)
        .read_buffer_size(4 * 1024)
        .write_buffer_size(WRITE_AT_ONCE)
        .max_write_buffer_size(4 * MAX_MESSAGE_BYTES)
        .on_upgrade(move |socket| connection::serve(socket, guest, seat))
}
