//! `doormat relay`, and clients that speak its protocol over bare WebSockets.
//!
//! A recipient confirms each envelope, and the relay tells its sender: one message
//! more than the other servers' protocols have.

use std::{collections::HashMap, net::SocketAddr, path::Path, sync::Arc};

use bytes::Bytes;
use doormat_app::transport::control::{Digest, Hello, Reply, Request, SUBPROTOCOL, proof};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

use crate::{
    Failure,
    couples::{Account, Couple},
    load::{Receives, Sends},
    server::Server,
};

/// Starts a relay.
///
/// # Errors
/// If it does not start.
pub fn start(program: &Path) -> Result<Server, Failure> {
    let program = program.to_str().ok_or("a path that is no text")?;
    Server::start(program, |command, address, folder| {
        command.args(["relay", "--quiet", "--listen", &address.to_string()]);
        command.arg("--data").arg(folder);
        Ok(())
    })
}

impl Couple {
    /// Connects both.
    ///
    /// # Errors
    /// If the relay will not have one.
    pub async fn connect(self, address: SocketAddr) -> Result<(Sender, Recipient), Failure> {
        let recipient = Recipient {
            socket: self.recipient.connect(address).await?,
            numbers: self.numbers,
            last: None,
        };
        let sender = Sender {
            socket: self.sender.connect(address).await?,
            envelopes: self.envelopes,
        };
        Ok((sender, recipient))
    }
}

/// A connection to a relay.
pub type Socket = WebSocketStream<TcpStream>;

impl Account {
    /// Connects, and answers the challenge.
    ///
    /// # Errors
    /// If the relay refuses.
    pub async fn connect(&self, address: SocketAddr) -> Result<Socket, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut request = format!("ws://{address}").into_client_request()?;
        let protocol = HeaderValue::from_static(SUBPROTOCOL);
        request
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        let (mut socket, _) = client_async(request, stream).await?;
        let Reply::Challenge { nonce } = reply(&hear(&mut socket).await?)? else {
            return Err("no challenge".into());
        };
        let signature = self
            .signing
            .sign(&proof(&nonce, &self.name, &self.identity));
        let hello = Request::Hello(Box::new(Hello {
            name: self.name.clone(),
            identity: self.identity,
            signature: *signature.as_bytes(),
            token: None,
        }));
        socket.send(text(&hello)?).await?;
        match reply(&hear(&mut socket).await?)? {
            Reply::Welcome { .. } => Ok(socket),
            other => Err(format!("not welcome: {other:?}").into()),
        }
    }
}

/// The writing half of a couple.
#[derive(Debug)]
pub struct Sender {
    socket: Socket,
    envelopes: Arc<Vec<Bytes>>,
}

impl Sends for Sender {
    async fn send(&mut self, number: usize) -> Result<(), Failure> {
        let envelope = self.envelopes.get(number);
        let envelope = envelope.ok_or("not enough envelopes were sealed")?.clone();
        Ok(self.socket.send(Message::Binary(envelope)).await?)
    }

    async fn acknowledged(&mut self) -> Result<(), Failure> {
        loop {
            match reply(&hear(&mut self.socket).await?)? {
                Reply::Accepted { .. } => return Ok(()),
                Reply::Delivered { .. } => {}
                other => return Err(format!("not accepted: {other:?}").into()),
            }
        }
    }
}

/// The reading half.
#[derive(Debug)]
pub struct Recipient {
    socket: Socket,
    numbers: Arc<HashMap<Digest, usize>>,
    last: Option<Digest>,
}

impl Receives for Recipient {
    async fn receive(&mut self) -> Result<usize, Failure> {
        let Message::Binary(envelope) = hear(&mut self.socket).await? else {
            return Err("not an envelope".into());
        };
        let digest = Digest::of(&envelope);
        self.last = Some(digest);
        let number = self.numbers.get(&digest).copied();
        number.ok_or_else(|| "not the envelope that was sent".into())
    }

    async fn confirm(&mut self, _number: usize) -> Result<(), Failure> {
        let digest = self.last.ok_or("nothing to confirm")?;
        Ok(self
            .socket
            .send(text(&Request::Received { digest })?)
            .await?)
    }
}

/// The next message that is not the WebSocket's own.
async fn hear(socket: &mut Socket) -> Result<Message, Failure> {
    loop {
        match socket.next().await.ok_or("the relay closed")?? {
            Message::Ping(_) | Message::Pong(_) => {}
            message => return Ok(message),
        }
    }
}

fn reply(message: &Message) -> Result<Reply, Failure> {
    Ok(serde_json::from_str(message.to_text()?)?)
}

fn text(request: &Request) -> Result<Message, Failure> {
    Ok(Message::text(serde_json::to_string(request)?))
}
