//! From a request of HTTP to a WebSocket.
//!
//! The relay answers one request, and needs no more of HTTP than its head. A library
//! for all of HTTP would hold buffers for each connection, and write dates, which fails where
//! the clock is before 1970.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        handshake::{
            machine::TryParse,
            server::{Request, create_response, write_response},
        },
        http::{HeaderValue, header::SEC_WEBSOCKET_PROTOCOL},
        protocol::{Role, WebSocketConfig},
    },
};

use crate::transport::{
    admission::{self, GuardedStream},
    control::{MAX_MESSAGE_BYTES, SUBPROTOCOL},
};

/// A client's connection.
pub(super) type Socket = WebSocketStream<GuardedStream>;

/// The longest head of a request, in bytes.
const MAX_HEAD: usize = 8 * 1024;

/// Bytes gathered for a client before they are written, even if more is ready.
const WRITE_BUFFER: usize = 8 * 1024;

/// Reads a request and answers it. Gives a WebSocket if it asked for one.
pub(super) async fn accept(mut stream: GuardedStream) -> Option<Socket> {
    let (request, rest) = match read_request(&mut stream).await? {
        Ok(read) => read,
        Err(status) => return refuse(stream, status).await,
    };
    if request.uri().path() != "/" {
        return refuse(stream, "404 Not Found").await;
    }
    let Ok(mut response) = create_response(&request) else {
        return refuse(stream, "400 Bad Request").await;
    };
    let offered = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL);
    let ours = |it: &HeaderValue| {
        let mut names = it.to_str().unwrap_or_default().split(',');
        names.any(|name| name.trim() == SUBPROTOCOL)
    };
    if offered.iter().any(ours) {
        let ours = HeaderValue::from_static(SUBPROTOCOL);
        response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, ours);
    }
    let mut head = Vec::new();
    write_response(&mut head, &response).ok()?;
    stream.write_all(&head).await.ok()?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_MESSAGE_BYTES))
        .max_frame_size(Some(MAX_MESSAGE_BYTES))
        .read_buffer_size(4 * 1024)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(4 * MAX_MESSAGE_BYTES);
    let socket = WebSocketStream::from_partially_read(stream, rest, Role::Server, Some(config));
    Some(socket.await)
}

/// A request, and what was read after it; or the status to refuse it with. `None` if the
/// connection ended.
async fn read_request(
    stream: &mut GuardedStream,
) -> Option<Result<(Request, Vec<u8>), &'static str>> {
    let mut read = Vec::new();
    loop {
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
        // The whole head, or what cannot become one.
        match Request::try_parse(&read) {
            Ok(Some((length, request))) => {
                let rest = read.get(length..).unwrap_or_default().to_vec();
                return Some(Ok((request, rest)));
            }
            Ok(None) if read.len() < MAX_HEAD => {}
            Ok(None) => return Some(Err("431 Request Header Fields Too Large")),
            Err(_) => return Some(Err("400 Bad Request")),
        }
    }
}

async fn refuse(stream: GuardedStream, status: &str) -> Option<Socket> {
    let why = "a relay answers requests for a WebSocket at / only";
    admission::refuse(stream, status, why).await;
    None
}
