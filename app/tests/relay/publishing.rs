//! When a chat's key bundles leave.

use std::time::Duration;

use doormat_app::transport::control::{Reply, Request, SUBPROTOCOL};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async,
    tungstenite::{
        Message,
        handshake::server::{Request as Upgrade, Response},
        http::{HeaderValue, header::SEC_WEBSOCKET_PROTOCOL},
    },
};

use crate::common::{process::PATIENCE, relay::Relay};

/// A relay that answers what and when the test says.
struct ScriptedRelay(WebSocketStream<TcpStream>);

impl ScriptedRelay {
    #[allow(clippy::result_large_err, reason = "tungstenite's type")]
    async fn accept(listener: &TcpListener) -> Self {
        let accepted = timeout(PATIENCE, listener.accept()).await;
        let (stream, _) = accepted.expect("a connection in time").unwrap();
        let protocol = |_: &Upgrade, mut response: Response| {
            let protocol = HeaderValue::from_static(SUBPROTOCOL);
            let headers = response.headers_mut();
            headers.insert(SEC_WEBSOCKET_PROTOCOL, protocol);
            Ok(response)
        };
        let mut relay = Self(accept_hdr_async(stream, protocol).await.unwrap());
        relay.says(&Reply::Challenge { nonce: [7; 32] }).await;
        let Message::Text(_) = relay.hears().await else {
            panic!("no hello");
        };
        relay
            .says(&Reply::Welcome {
                waiting: 0,
                prekeys: 0,
                generation: None,
            })
            .await;
        relay
    }

    async fn says(&mut self, reply: &Reply) {
        let json = serde_json::to_string(reply).unwrap();
        self.0.send(Message::text(json)).await.unwrap();
    }

    async fn hears(&mut self) -> Message {
        let message = timeout(PATIENCE, self.0.next()).await;
        message.expect("a message in time").unwrap().unwrap()
    }
}

#[tokio::test]
async fn key_bundles_leave_once_the_relay_has_their_generation() {
    const QUIET: Duration = Duration::from_millis(400);
    let folder = Relay::start();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    let _bob = folder.chat("bob", "alice", &["--relay", &url]);
    let mut relay = ScriptedRelay::accept(&listener).await;
    let mut told = None;
    while let Ok(message) = timeout(QUIET, relay.hears()).await {
        let Message::Text(json) = message else {
            panic!("a bundle left before its generation was taken");
        };
        let request = serde_json::from_str(&json).unwrap();
        if let Request::Advance { to, .. } = request {
            assert!(told.replace(to).is_none_or(|it| it == to));
        }
    }
    let generation = told.expect("a generation");
    relay.says(&Reply::Advanced { generation }).await;
    let mut bundles = 0;
    while bundles < 21 {
        bundles += usize::from(matches!(relay.hears().await, Message::Binary(_)));
    }
}
