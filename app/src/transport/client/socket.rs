//! One connection, from the challenge to its end.

use std::{fmt::Display, time::Duration};

use futures_util::{SinkExt, StreamExt};
use tokio::{net::TcpStream, sync::mpsc, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest,
        http::{HeaderValue, header::SEC_WEBSOCKET_PROTOCOL},
        protocol::WebSocketConfig,
    },
};

use super::{
    messages::{Account, ClientCommand, ClientEvent},
    silence::{Heard, ListeningStream},
};
use crate::transport::control::{Hello, MAX_MESSAGE_BYTES, Reply, Request, SUBPROTOCOL, proof};
use doormat::protocol::envelope::Kind;

/// How long the connection, the challenge and the welcome may take each.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest reason of a relay's that is shown, in characters.
const MAX_REASON: usize = 200;

/// Why a connection ended, or was not made.
pub(super) enum Ended {
    /// The device has stopped listening.
    Abandoned,
    /// The relay refused the account.
    Refused(String),
    /// Anything that may be otherwise at the next attempt.
    Disconnected(String),
}

impl Ended {
    pub(super) fn by(why: impl Display) -> Self {
        Self::Disconnected(why.to_string())
    }

    /// By the relay, which says whether another attempt may help.
    const fn refused(why: String, retry: bool) -> Self {
        if retry {
            Self::Disconnected(why)
        } else {
            Self::Refused(why)
        }
    }
}

/// A connection on which the device has authenticated.
pub(super) struct RelaySocket {
    socket: WebSocketStream<ListeningStream>,
    heard: Heard,
}

impl RelaySocket {
    pub(super) async fn connect(
        account: &Account,
        events: &mpsc::Sender<ClientEvent>,
    ) -> Result<Self, Ended> {
        let mut request = account
            .relay
            .as_str()
            .into_client_request()
            .map_err(|error| Ended::Refused(format!("{}: {error}", account.relay)))?;
        let protocol = HeaderValue::from_static(SUBPROTOCOL);
        request
            .headers_mut()
            .insert(SEC_WEBSOCKET_PROTOCOL, protocol);
        let config = WebSocketConfig::default()
            .max_message_size(Some(MAX_MESSAGE_BYTES))
            .max_frame_size(Some(MAX_MESSAGE_BYTES))
            .read_buffer_size(16 * 1024)
            .write_buffer_size(0);
        let connecting = async {
            let uri = request.uri();
            let host = uri.host().unwrap_or_default();
            let address = format!("{host}:{}", uri.port_u16().unwrap_or(80));
            let stream = TcpStream::connect(address).await.map_err(Ended::by)?;
            stream.set_nodelay(true).map_err(Ended::by)?;
            let (stream, heard) = ListeningStream::new(stream);
            let connected = client_async_with_config(request, stream, Some(config)).await;
            let (socket, _) = connected.map_err(not_connected)?;
            Ok(Self { socket, heard })
        };
        let mut socket = timeout(HANDSHAKE_TIMEOUT, connecting)
            .await
            .map_err(|_| Ended::by("the relay does not answer"))??;

        let Reply::Challenge { nonce } = socket.handshake_reply().await? else {
            return Err(Ended::by("the relay did not begin with a challenge"));
        };
        let signature = account
            .signing
            .sign(&proof(&nonce, &account.name, &account.identity));
        let hello = Request::Hello(Box::new(Hello {
            name: account.name.clone(),
            identity: account.identity,
            signature: *signature.as_bytes(),
            token: account.token.clone(),
        }));
        timeout(HANDSHAKE_TIMEOUT, socket.socket.send(text(&hello)))
            .await
            .map_err(|_| Ended::by("the relay does not answer"))?
            .map_err(Ended::by)?;
        match socket.handshake_reply().await? {
            Reply::Welcome {
                waiting,
                prekeys,
                generation,
            } => {
                let event = ClientEvent::Connected {
                    waiting,
                    prekeys,
                    generation,
                };
                events.send(event).await.map_err(|_| Ended::Abandoned)?;
                Ok(socket)
            }
            Reply::Refused { why, retry } => Err(Ended::refused(why, retry)),
            Reply::Challenge { .. }
            | Reply::Accepted { .. }
            | Reply::Advanced { .. }
            | Reply::Rejected { .. }
            | Reply::Delivered { .. }
            | Reply::Discarded { .. }
            | Reply::Prekeys { .. }
            | Reply::NoBundle { .. } => Err(Ended::by("the relay did not answer the hello")),
        }
    }

    async fn handshake_reply(&mut self) -> Result<Reply, Ended> {
        let message = timeout(HANDSHAKE_TIMEOUT, self.socket.next())
            .await
            .map_err(|_| Ended::by("the relay does not answer"))?;
        match message {
            Some(Ok(Message::Text(json))) => serde_json::from_str(&json).map_err(Ended::by),
            _ => Err(Ended::by("the relay closed the connection")),
        }
    }

    /// Carries commands and events until the connection ends, which it does when nothing is
    /// received for twice as long as `idle`, whatever is being sent meanwhile.
    pub(super) async fn run(
        &mut self,
        idle: Duration,
        commands: &mut mpsc::Receiver<ClientCommand>,
        events: &mpsc::Sender<ClientEvent>,
    ) -> Ended {
        let mut given_up = self.heard.silences(2 * idle);
        tokio::select! {
            ended = self.carry(idle, commands, events) => ended,
            () = given_up.next() => Ended::by("the relay fell silent"),
        }
    }

    async fn carry(
        &mut self,
        idle: Duration,
        commands: &mut mpsc::Receiver<ClientCommand>,
        events: &mpsc::Sender<ClientEvent>,
    ) -> Ended {
        let heard = self.heard.clone();
        let mut quiet = heard.silences(idle);
        loop {
            let sent = tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.socket.send(to_message(command)).await,
                    None => {
                        // What was confirmed is confirmed once the relay has closed too.
                        let _ = self.socket.close(None).await;
                        while let Some(Ok(_)) = self.socket.next().await {}
                        return Ended::Abandoned;
                    }
                },
                message = self.socket.next() => match message {
                    Some(Ok(message)) => {
                        match to_event(message) {
                            Ok(Some(event)) => {
                                // What the device does not take, it does not read either.
                                heard.pause();
                                let taken = events.send(event).await;
                                heard.note();
                                if taken.is_err() {
                                    return Ended::Abandoned;
                                }
                                Ok(())
                            }
                            Ok(None) => Ok(()),
                            Err(ended) => return ended,
                        }
                    }
                    Some(Err(error)) => return Ended::by(error),
                    None => return Ended::by("the relay closed the connection"),
                },
                () = quiet.next() => self.socket.send(Message::Ping(Default::default())).await,
            };
            if let Err(error) = sent {
                return Ended::by(error);
            }
        }
    }
}

/// Why there is no WebSocket: in the relay's own words, if it gives any.
fn not_connected(error: Error) -> Ended {
    let Error::Http(answer) = &error else {
        return Ended::by(error);
    };
    let words = answer.body().as_deref().map(String::from_utf8_lossy);
    match words.as_deref().map(str::trim) {
        Some(words) if !words.is_empty() => {
            Ended::Disconnected(words.chars().take(MAX_REASON).collect())
        }
        _ => Ended::by(error),
    }
}

/// What a message tells the device, if anything.
fn to_event(message: Message) -> Result<Option<ClientEvent>, Ended> {
    Ok(Some(match message {
        Message::Binary(bytes) => match Kind::of(&bytes) {
            Some(Kind::Bundle) => ClientEvent::Bundle(bytes.to_vec()),
            Some(Kind::Envelope | Kind::Registration) | None => {
                ClientEvent::Envelope(bytes.to_vec())
            }
        },
        Message::Text(json) => match serde_json::from_str(&json).map_err(Ended::by)? {
            Reply::Accepted { digest } => ClientEvent::Accepted(digest),
            Reply::Rejected { digest, why, retry } => ClientEvent::Rejected { digest, why, retry },
            Reply::Delivered { digest } => ClientEvent::Delivered(digest),
            Reply::Discarded {
                digest,
                session_lost,
            } => ClientEvent::Discarded {
                digest,
                session_lost,
            },
            Reply::Advanced { generation } => ClientEvent::Advanced(generation),
            Reply::Prekeys { left } => ClientEvent::Prekeys(left),
            Reply::NoBundle { owner } => ClientEvent::NoBundle(owner),
            // Another attempt would end a copy of this device, which would end this one in turn.
            Reply::Refused { why, retry } => return Err(Ended::refused(why, retry)),
            Reply::Challenge { .. } | Reply::Welcome { .. } => return Ok(None),
        },
        Message::Close(_) => return Err(Ended::by("the relay closed the connection")),
        Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => return Ok(None),
    }))
}

fn to_message(command: ClientCommand) -> Message {
    match command {
        ClientCommand::Send(bytes) => Message::Binary(bytes.into()),
        ClientCommand::Fetch(owner) => text(&Request::Fetch { owner }),
        ClientCommand::Received(digest) => text(&Request::Received { digest }),
        ClientCommand::Discard {
            digest,
            session_lost,
        } => text(&Request::Discard {
            digest,
            session_lost,
        }),
        ClientCommand::Advance { from, to, withdraw } => {
            text(&Request::Advance { from, to, withdraw })
        }
    }
}

/// A request as a message; the end of the connection if it cannot be written as JSON.
fn text(request: &Request) -> Message {
    serde_json::to_string(request).map_or(Message::Close(None), Message::text)
}
