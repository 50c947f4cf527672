//! Connections to a relay, made by hand.

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

/// What comes over a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    Reply(Reply),
    Bytes(Vec<u8>),
    /// Nothing more.
    End,
}

type Socket = WebSocketStream<TcpStream>;

/// A connection to a relay, made by hand.
pub struct Line {
    pub socket: Socket,
    /// What the relay said when the mailbox opened.
    pub waiting: u64,
    pub prekeys: u64,
}

/// Connects, and hears the challenge.
pub async fn knock(relay: &str) -> (Line, [u8; 32]) {
    let socket = timeout(PATIENCE, TcpStream::connect(relay)).await;
    knock_on(socket.expect("a connection in time").unwrap()).await
}

async fn knock_on(socket: TcpStream) -> (Line, [u8; 32]) {
    let relay = format!("ws://{}", socket.peer_addr().unwrap());
    let mut request = relay.into_client_request().unwrap();
    let protocol = HeaderValue::from_static(SUBPROTOCOL);
    request
        .headers_mut()
        .insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    let greeting = timeout(PATIENCE, client_async(request, socket)).await;
    let (socket, _) = greeting.expect("an answer in time").unwrap();
    let mut line = Line {
        socket,
        waiting: 0,
        prekeys: 0,
    };
    match line.hear().await {
        Heard::Reply(Reply::Challenge { nonce }) => (line, nonce),
        other => panic!("no challenge: {other:?}"),
    }
}

/// What answers a challenge.
pub fn hello(nonce: &[u8; 32], name: &Name, identity: &Identity, key: &SigningKey) -> Hello {
    Hello {
        name: name.clone(),
        identity: *identity,
        signature: *key.sign(&proof(nonce, name, identity)).as_bytes(),
        token: None,
    }
}

/// What a device answers.
pub fn answer(nonce: &[u8; 32], device: &Device) -> Hello {
    let (name, identity) = (device.name(), device.identity());
    hello(nonce, name, identity, device.signing_key())
}

impl Line {
    /// Opens a device's mailbox.
    pub async fn open(relay: &str, device: &Device) -> Self {
        Self::open_with(relay, device, None).await.unwrap()
    }

    /// Opens a device's mailbox, or hears why not.
    pub async fn open_with(
        relay: &str,
        device: &Device,
        token: Option<&str>,
    ) -> Result<Self, String> {
        let (mut line, nonce) = knock(relay).await;
        let mut hello = answer(&nonce, device);
        hello.token = token.map(str::to_owned);
        line.greet(hello).await?;
        Ok(line)
    }

    /// Opens a device's mailbox, with little room for what is then not read.
    pub async fn open_deaf(relay: &str, device: &Device) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let socket = socket.connect(relay.parse().unwrap()).await.unwrap();
        let (mut line, nonce) = knock_on(socket).await;
        line.greet(answer(&nonce, device)).await.unwrap();
        line
    }

    pub async fn greet(&mut self, hello: Hello) -> Result<(), String> {
        self.request(&Request::Hello(Box::new(hello))).await;
        match self.hear().await {
            Heard::Reply(Reply::Welcome { waiting, prekeys }) => {
                (self.waiting, self.prekeys) = (waiting, prekeys);
                Ok(())
            }
            Heard::Reply(Reply::Refused { why, .. }) => Err(why),
            other => panic!("neither welcome nor refused: {other:?}"),
        }
    }

    pub async fn request(&mut self, request: &Request) {
        self.say(Message::text(serde_json::to_string(request).unwrap()))
            .await;
    }

    pub async fn received(&mut self, envelope: &[u8]) {
        let digest = Digest::of(envelope);
        self.request(&Request::Received { digest }).await;
    }

    /// Sends; a connection that is gone says so when it is listened to.
    pub async fn say(&mut self, message: Message) {
        let _ = timeout(PATIENCE, self.socket.send(message))
            .await
            .expect("the relay reads");
    }

    pub async fn hear(&mut self) -> Heard {
        loop {
            let heard = timeout(PATIENCE, self.socket.next()).await;
            match heard.expect("the relay says something") {
                Some(Ok(Message::Text(text))) => {
                    return Heard::Reply(serde_json::from_str(&text).unwrap());
                }
                Some(Ok(Message::Binary(bytes))) => return Heard::Bytes(bytes.to_vec()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Heard::End,
                Some(Ok(_)) => {}
            }
        }
    }

    /// The last word, and then the end.
    pub async fn refusal(&mut self) -> String {
        let mut last = String::new();
        loop {
            match self.hear().await {
                Heard::Reply(Reply::Refused { why, .. }) => last = why,
                Heard::End => return last,
                _ => {}
            }
        }
    }

    /// Sends an envelope or a bundle and gives the verdict on it; what else comes
    /// meanwhile is passed over.
    pub async fn send(&mut self, bytes: &[u8]) -> Reply {
        let sent = Digest::of(bytes);
        self.say(Message::binary(bytes.to_vec())).await;
        loop {
            match self.hear().await {
                Heard::Reply(reply) => match reply {
                    Reply::Accepted { digest } | Reply::Rejected { digest, .. }
                        if digest == sent =>
                    {
                        return reply;
                    }
                    Reply::Refused { why, .. } => panic!("refused: {why}"),
                    _ => {}
                },
                Heard::Bytes(_) => {}
                Heard::End => panic!("cut off"),
            }
        }
    }

    pub async fn accepted(&mut self, bytes: &[u8]) {
        let digest = Digest::of(bytes);
        assert_eq!(self.send(bytes).await, Reply::Accepted { digest });
    }

    /// Asks for a key bundle.
    pub async fn fetch(&mut self, owner: &Name) -> Option<Vec<u8>> {
        let owner = owner.clone();
        self.request(&Request::Fetch { owner }).await;
        loop {
            match self.hear().await {
                Heard::Reply(Reply::NoBundle { .. }) => return None,
                Heard::Bytes(bytes) if bytes[1] == 2 => return Some(bytes),
                Heard::End => panic!("cut off"),
                _ => {}
            }
        }
    }

    /// What comes until nothing more does for a while; none of it is confirmed.
    pub async fn mail(&mut self) -> Vec<Vec<u8>> {
        const A_WHILE: Duration = Duration::from_millis(400);
        let mut mail = Vec::new();
        while let Ok(heard) = timeout(A_WHILE, self.hear()).await {
            match heard {
                Heard::Bytes(bytes) => mail.push(bytes),
                Heard::End => panic!("cut off"),
                Heard::Reply(_) => {}
            }
        }
        self.waiting = 0;
        mail
    }

    /// The next envelope.
    async fn envelope(&mut self) -> Vec<u8> {
        loop {
            match self.hear().await {
                Heard::Bytes(bytes) => return bytes,
                Heard::Reply(Reply::Refused { why, .. }) => panic!("refused: {why}"),
                Heard::Reply(_) => {}
                Heard::End => panic!("cut off"),
            }
        }
    }

    /// The next so many envelopes, each confirmed, and nothing after them.
    pub async fn take_all(&mut self, count: usize) -> Vec<Vec<u8>> {
        let mail = self.take(count).await;
        assert_eq!(self.mail().await, [[0; 0]; 0]);
        mail
    }

    /// The next so many envelopes, each confirmed.
    pub async fn take(&mut self, count: usize) -> Vec<Vec<u8>> {
        let mut mail = Vec::new();
        while mail.len() < count {
            let envelope = self.envelope().await;
            self.received(&envelope).await;
            self.waiting = self.waiting.saturating_sub(1);
            mail.push(envelope);
        }
        mail
    }

    /// Says goodbye, and waits until the relay has gone too.
    pub async fn close(mut self) {
        let _ = self.socket.close(None).await;
        while self.hear().await != Heard::End {}
    }
}

/// Envelopes that a relay sends without a confirmation, and takes without an answer.
pub const WINDOW: u64 = 64;

/// Another envelope of the same form: the relay cannot tell that its tag is wrong.
pub fn forged(template: &[u8], number: u64) -> Vec<u8> {
    let (rest, _) = template.split_last_chunk::<8>().unwrap();
    [rest, &number.to_be_bytes()].concat()
}

/// Sends many, a window of them at a time, and counts what was accepted; gives the
/// first rejection, after which it stops.
pub async fn flood(
    line: &mut Line,
    envelopes: impl IntoIterator<Item = Vec<u8>>,
) -> (Vec<Digest>, Option<String>) {
    let mut envelopes = envelopes.into_iter();
    let mut accepted = Vec::new();
    let (mut underway, mut rejected) = (0, None);
    loop {
        while underway < WINDOW
            && rejected.is_none()
            && let Some(envelope) = envelopes.next()
        {
            line.say(Message::binary(envelope)).await;
            underway += 1;
        }
        if underway == 0 {
            return (accepted, rejected);
        }
        match line.hear().await {
            Heard::Reply(Reply::Accepted { digest }) => accepted.push(digest),
            Heard::Reply(Reply::Rejected { why, .. }) => {
                rejected.get_or_insert(why);
            }
            Heard::Reply(Reply::Delivered { .. }) | Heard::Bytes(_) => continue,
            other => panic!("{other:?}"),
        }
        underway -= 1;
    }
}
