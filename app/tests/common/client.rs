//! A client of a relay that can break the rules.

use std::time::Duration;

use doormat::{
    crypto::SigningKey,
    protocol::{Device, Identity, Name},
};
use doormat_app::transport::control::{Digest, Hello, Reply, Request, SUBPROTOCOL, proof};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        Message,
        client::IntoClientRequest,
        http::{HeaderValue, header::SEC_WEBSOCKET_PROTOCOL},
    },
};

use super::process::PATIENCE;

/// What a relay sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    Reply(Reply),
    Bytes(Vec<u8>),
    /// The connection has ended.
    End,
}

/// A connection to a relay.
pub struct TestClient {
    pub socket: WebSocketStream<TcpStream>,
    /// What the relay says when the mailbox opens.
    pub waiting: u64,
    pub prekeys: u64,
}

/// Connects, and receives the challenge.
pub async fn connect(relay: &str) -> (TestClient, [u8; 32]) {
    let socket = timeout(PATIENCE, TcpStream::connect(relay)).await;
    connect_over(socket.expect("a connection in time").unwrap()).await
}

async fn connect_over(socket: TcpStream) -> (TestClient, [u8; 32]) {
    let relay = format!("ws://{}", socket.peer_addr().unwrap());
    let mut request = relay.into_client_request().unwrap();
    let protocol = HeaderValue::from_static(SUBPROTOCOL);
    request
        .headers_mut()
        .insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    let handshake = timeout(PATIENCE, client_async(request, socket)).await;
    let (socket, _) = handshake.expect("an answer in time").unwrap();
    let mut client = TestClient {
        socket,
        waiting: 0,
        prekeys: 0,
    };
    match client.receive().await {
        Incoming::Reply(Reply::Challenge { nonce }) => (client, nonce),
        other => panic!("no challenge: {other:?}"),
    }
}

/// The answer to a challenge.
pub fn hello(nonce: &[u8; 32], name: &Name, identity: &Identity, key: &SigningKey) -> Hello {
    Hello {
        name: name.clone(),
        identity: *identity,
        signature: *key.sign(&proof(nonce, name, identity)).as_bytes(),
        token: None,
    }
}

/// A device's answer to a challenge.
pub fn answer(nonce: &[u8; 32], device: &Device) -> Hello {
    let (name, identity) = (device.name(), device.identity());
    hello(nonce, name, identity, device.signing_key())
}

impl TestClient {
    /// Opens a device's mailbox.
    pub async fn open(relay: &str, device: &Device) -> Self {
        Self::open_with(relay, device, None).await.unwrap()
    }

    /// Opens a device's mailbox, or gives why not.
    pub async fn open_with(
        relay: &str,
        device: &Device,
        token: Option<&str>,
    ) -> Result<Self, String> {
        let (mut client, nonce) = connect(relay).await;
        let mut hello = answer(&nonce, device);
        hello.token = token.map(str::to_owned);
        client.authenticate(hello).await?;
        Ok(client)
    }

    /// Opens a device's mailbox, with a small receive buffer: what is not read fills it.
    pub async fn open_with_small_buffer(relay: &str, device: &Device) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let socket = socket.connect(relay.parse().unwrap()).await.unwrap();
        let (mut client, nonce) = connect_over(socket).await;
        client.authenticate(answer(&nonce, device)).await.unwrap();
        client
    }

    pub async fn authenticate(&mut self, hello: Hello) -> Result<(), String> {
        self.request(&Request::Hello(Box::new(hello))).await;
        match self.receive().await {
            Incoming::Reply(Reply::Welcome {
                waiting, prekeys, ..
            }) => {
                (self.waiting, self.prekeys) = (waiting, prekeys);
                Ok(())
            }
            Incoming::Reply(Reply::Refused { why, .. }) => Err(why),
            other => panic!("neither welcome nor refused: {other:?}"),
        }
    }

    pub async fn request(&mut self, request: &Request) {
        self.send_message(Message::text(serde_json::to_string(request).unwrap()))
            .await;
    }

    pub async fn confirm(&mut self, envelope: &[u8]) {
        let digest = Digest::of(envelope);
        self.request(&Request::Received { digest }).await;
    }

    /// Sends; that a connection is gone shows when it is read.
    pub async fn send_message(&mut self, message: Message) {
        let _ = timeout(PATIENCE, self.socket.send(message))
            .await
            .expect("the relay reads");
    }

    pub async fn receive(&mut self) -> Incoming {
        loop {
            let incoming = timeout(PATIENCE, self.socket.next()).await;
            match incoming.expect("the relay sends something") {
                Some(Ok(Message::Text(text))) => {
                    return Incoming::Reply(serde_json::from_str(&text).unwrap());
                }
                Some(Ok(Message::Binary(bytes))) => return Incoming::Bytes(bytes.to_vec()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Incoming::End,
                Some(Ok(_)) => {}
            }
        }
    }

    /// Reads to the end, and gives the reason.
    pub async fn close_reason(&mut self) -> String {
        let mut last = String::new();
        loop {
            match self.receive().await {
                Incoming::Reply(Reply::Refused { why, .. }) => last = why,
                Incoming::End => return last,
                _ => {}
            }
        }
    }

    /// Sends an envelope or a bundle and gives the reply to it; everything else that
    /// comes meanwhile is dropped.
    pub async fn send(&mut self, bytes: &[u8]) -> Reply {
        let sent = Digest::of(bytes);
        self.send_message(Message::binary(bytes.to_vec())).await;
        loop {
            match self.receive().await {
                Incoming::Reply(reply) => match reply {
                    Reply::Accepted { digest } | Reply::Rejected { digest, .. }
                        if digest == sent =>
                    {
                        return reply;
                    }
                    Reply::Refused { why, .. } => panic!("refused: {why}"),
                    _ => {}
                },
                Incoming::Bytes(_) => {}
                Incoming::End => panic!("cut off"),
            }
        }
    }

    pub async fn send_accepted(&mut self, bytes: &[u8]) {
        let digest = Digest::of(bytes);
        assert_eq!(self.send(bytes).await, Reply::Accepted { digest });
    }

    /// Asks for a key bundle.
    pub async fn fetch(&mut self, owner: &Name) -> Option<Vec<u8>> {
        let owner = owner.clone();
        self.request(&Request::Fetch { owner }).await;
        loop {
            match self.receive().await {
                Incoming::Reply(Reply::NoBundle { .. }) => return None,
                Incoming::Bytes(bytes) if bytes[1] == 2 => return Some(bytes),
                Incoming::End => panic!("cut off"),
                _ => {}
            }
        }
    }

    /// What comes until nothing has for 400 ms; none of it is confirmed.
    pub async fn mail(&mut self) -> Vec<Vec<u8>> {
        const QUIET: Duration = Duration::from_millis(400);
        let mut mail = Vec::new();
        while let Ok(incoming) = timeout(QUIET, self.receive()).await {
            match incoming {
                Incoming::Bytes(bytes) => mail.push(bytes),
                Incoming::End => panic!("cut off"),
                Incoming::Reply(_) => {}
            }
        }
        self.waiting = 0;
        mail
    }

    /// The next envelope.
    async fn envelope(&mut self) -> Vec<u8> {
        loop {
            match self.receive().await {
                Incoming::Bytes(bytes) => return bytes,
                Incoming::Reply(Reply::Refused { why, .. }) => panic!("refused: {why}"),
                Incoming::Reply(_) => {}
                Incoming::End => panic!("cut off"),
            }
        }
    }

    /// The next `count` envelopes, each confirmed; nothing may follow them.
    pub async fn take_all(&mut self, count: usize) -> Vec<Vec<u8>> {
        let mail = self.take(count).await;
        assert_eq!(self.mail().await, [[0; 0]; 0]);
        mail
    }

    /// The next `count` envelopes, each confirmed.
    pub async fn take(&mut self, count: usize) -> Vec<Vec<u8>> {
        let mut mail = Vec::new();
        while mail.len() < count {
            let envelope = self.envelope().await;
            self.confirm(&envelope).await;
            self.waiting = self.waiting.saturating_sub(1);
            mail.push(envelope);
        }
        mail
    }

    /// Closes, and waits until the relay has closed too.
    pub async fn close(mut self) {
        let _ = self.socket.close(None).await;
        while self.receive().await != Incoming::End {}
    }
}

/// Envelopes that a relay sends unconfirmed, and requests that it takes unanswered.
pub const WINDOW: u64 = 64;

/// Another envelope of the same form, with a wrong tag: the relay cannot tell.
pub fn forged(template: &[u8], number: u64) -> Vec<u8> {
    let (rest, _) = template.split_last_chunk::<8>().unwrap();
    [rest, &number.to_be_bytes()].concat()
}

/// Sends envelopes, a window of them at a time, until the first rejection. Gives what
/// was accepted, and why one was not.
pub async fn flood(
    client: &mut TestClient,
    envelopes: impl IntoIterator<Item = Vec<u8>>,
) -> (Vec<Digest>, Option<String>) {
    let mut envelopes = envelopes.into_iter();
    let mut accepted = Vec::new();
    let (mut in_flight, mut rejected) = (0, None);
    loop {
        while in_flight < WINDOW
            && rejected.is_none()
            && let Some(envelope) = envelopes.next()
        {
            client.send_message(Message::binary(envelope)).await;
            in_flight += 1;
        }
        if in_flight == 0 {
            return (accepted, rejected);
        }
        match client.receive().await {
            Incoming::Reply(Reply::Accepted { digest }) => accepted.push(digest),
            Incoming::Reply(Reply::Rejected { why, .. }) => {
                rejected.get_or_insert(why);
            }
            Incoming::Reply(Reply::Delivered { .. }) | Incoming::Bytes(_) => continue,
            other => panic!("{other:?}"),
        }
        in_flight -= 1;
    }
}
