//! A device's side of a connection to a relay: connects, authenticates, carries bytes
//! both ways, and reconnects.

use std::{fmt::Display, time::Duration};

use futures_util::{SinkExt, StreamExt};
use tokio::{
    net::TcpStream,
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{
        Message,
        client::IntoClientRequest,
        http::{HeaderValue, header::SEC_WEBSOCKET_PROTOCOL},
        protocol::WebSocketConfig,
    },
};

use super::control::{
    Digest, Generation, Hello, MAX_MESSAGE_BYTES, Reply, Request, SUBPROTOCOL, proof,
};
use doormat::crypto::SigningKey;
use doormat::protocol::{Identity, Name, envelope::Kind};

/// The first and the longest pause before the next attempt to connect.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(8));

/// How long the connection, the challenge and the welcome may take each.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Silence after which the relay is pinged; after as long again, the connection is
/// given up.
const IDLE_TIMEOUT: Duration = Duration::from_secs(45);

/// Who connects, and where to.
#[derive(Debug, Clone)]
pub struct Account {
    /// The relay: `ws://host:port`.
    pub relay: String,
    /// The mailbox.
    pub name: Name,
    /// The identity that owns it.
    pub identity: Identity,
    /// Signs the challenge.
    pub signing: SigningKey,
    /// The relay's join token, if it asks for one.
    pub token: Option<String>,
}

/// What a device asks its connection to do.
#[derive(Debug, Clone)]
pub enum ClientCommand {
    /// Send an envelope or a key bundle.
    Send(Vec<u8>),
    /// Ask for somebody's key bundle.
    Fetch(Name),
    /// Confirm an envelope.
    Received(Digest),
    /// Refuse one that did not open.
    Discard {
        /// Which.
        digest: Digest,
        /// Whether its session cannot go on.
        session_lost: bool,
    },
    /// Say which generation the device's state is of.
    Advance {
        /// What the relay is known to have.
        from: Option<Generation>,
        /// What it is to have.
        to: Generation,
        /// Whether to withdraw the one-time key bundles.
        withdraw: bool,
    },
}

/// What a connection tells its device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientEvent {
    /// Connected. What was sent before and has not been accepted must be sent again.
    Connected {
        /// Envelopes waiting.
        waiting: u64,
        /// One-time key bundles left in the directory.
        prekeys: u64,
        /// The generation of the device's state when it last sealed.
        generation: Option<Generation>,
    },
    /// The generation that the relay has now.
    Advanced(Generation),
    /// The connection broke, or was not made; another attempt follows.
    Disconnected(String),
    /// The relay refuses this account; no other attempt follows.
    Refused(String),
    /// An envelope.
    Envelope(Vec<u8>),
    /// A key bundle that was asked for.
    Bundle(Vec<u8>),
    /// Nobody of that name has published.
    NoBundle(Name),
    /// On the relay's disk.
    Accepted(Digest),
    /// Not taken.
    Rejected {
        /// Which.
        digest: Digest,
        /// Why.
        why: String,
        /// Whether to try again later.
        retry: bool,
    },
    /// Safe with its recipient.
    Delivered(Digest),
    /// Refused by its recipient's device.
    Discarded {
        /// Which.
        digest: Digest,
        /// Whether its session cannot go on.
        session_lost: bool,
    },
}

/// Checks a relay's address, `ws://HOST:PORT`. A port that is none must not become the
/// port that is usual for the scheme.
///
/// # Errors
/// What is wrong with it.
pub fn check_relay_address(address: &str) -> Result<(), String> {
    let rest = address
        .strip_prefix("ws://")
        .ok_or("a relay's address begins with ws://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("a relay's address has no user name in it".to_owned());
    }
    // An IPv6 address stands in brackets and has colons of its own.
    let after_host = authority.rfind(']').map_or(0, |at| at + 1);
    let (host, port) = match authority.get(after_host..).and_then(|it| it.rfind(':')) {
        Some(at) => authority.split_at(after_host + at),
        None => (authority, ""),
    };
    if host.is_empty() {
        return Err("it names no host".to_owned());
    }
    if let Some(port) = port.strip_prefix(':')
        && !port.parse::<u16>().is_ok_and(|port| port > 0)
    {
        return Err(format!(
            "{port:?} is no port: give a number from 1 to 65535"
        ));
    }
    match address.into_client_request() {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// Keeps a connection for as long as the device listens to its events.
pub async fn run(
    account: Account,
    mut commands: mpsc::Receiver<ClientCommand>,
    events: mpsc::Sender<ClientEvent>,
) {
    let mut pause = BACKOFF.0;
    loop {
        let ended = match RelaySocket::connect(&account, &events).await {
            Ok(mut socket) => {
                pause = BACKOFF.0;
                socket.run(&mut commands, &events).await
            }
            Err(ended) => ended,
        };
        let event = match ended {
            Ended::Abandoned => return,
            Ended::Refused(why) => ClientEvent::Refused(why),
            Ended::Disconnected(why) => ClientEvent::Disconnected(why),
        };
        let last = matches!(event, ClientEvent::Refused(_));
        if events.send(event).await.is_err() || last {
            return;
        }
        sleep(pause).await;
        pause = (pause * 2).min(BACKOFF.1);
        // Commands for a connection that is gone are dropped: once connected, the device
        // gives them again.
        while commands.try_recv().is_ok() {}
    }
}

/// Why a connection ended, or was not made.
enum Ended {
    /// The device has stopped listening.
    Abandoned,
    /// The relay refused the account.
    Refused(String),
    /// Anything that may be otherwise at the next attempt.
    Disconnected(String),
}

impl Ended {
    fn by(why: impl Display) -> Self {
        Self::Disconnected(why.to_string())
    }
}

/// A connection on which the device has authenticated.
struct RelaySocket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl RelaySocket {
    async fn connect(account: &Account, events: &mpsc::Sender<ClientEvent>) -> Result<Self, Ended> {
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
        let connecting = connect_async_with_config(request, Some(config), true);
        let (socket, _) = timeout(HANDSHAKE_TIMEOUT, connecting)
            .await
            .map_err(Ended::by)?
            .map_err(Ended::by)?;
        let mut socket = Self(socket);

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
        socket.0.send(text(&hello)).await.map_err(Ended::by)?;
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
            Reply::Refused { why, retry: true } => Err(Ended::Disconnected(why)),
            Reply::Refused { why, retry: false } => Err(Ended::Refused(why)),
            Reply::Challenge { .. }
            | Reply::Accepted { .. }
            | Reply::Advanced { .. }
            | Reply::Rejected { .. }
            | Reply::Delivered { .. }
            | Reply::Discarded { .. }
            | Reply::NoBundle { .. } => Err(Ended::by("the relay did not answer the hello")),
        }
    }

    async fn handshake_reply(&mut self) -> Result<Reply, Ended> {
        let message = timeout(HANDSHAKE_TIMEOUT, self.0.next())
            .await
            .map_err(|_| Ended::by("the relay does not answer"))?;
        match message {
            Some(Ok(Message::Text(json))) => serde_json::from_str(&json).map_err(Ended::by),
            _ => Err(Ended::by("the relay closed the connection")),
        }
    }

    async fn run(
        &mut self,
        commands: &mut mpsc::Receiver<ClientCommand>,
        events: &mpsc::Sender<ClientEvent>,
    ) -> Ended {
        let mut pinged = false;
        loop {
            let sent = tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.0.send(to_message(command)).await,
                    None => {
                        // What was confirmed is confirmed once the relay has closed too.
                        let _ = self.0.close(None).await;
                        while let Some(Ok(_)) = self.0.next().await {}
                        return Ended::Abandoned;
                    }
                },
                message = timeout(IDLE_TIMEOUT, self.0.next()) => match message {
                    Ok(Some(Ok(message))) => {
                        pinged = false;
                        match to_event(message) {
                            Ok(Some(event)) => match events.send(event).await {
                                Ok(()) => Ok(()),
                                Err(_) => return Ended::Abandoned,
                            },
                            Ok(None) => Ok(()),
                            Err(ended) => return ended,
                        }
                    }
                    Ok(Some(Err(error))) => return Ended::by(error),
                    Ok(None) => return Ended::by("the relay closed the connection"),
                    Err(_) if pinged => return Ended::by("the relay fell silent"),
                    Err(_) => {
                        pinged = true;
                        self.0.send(Message::Ping(Default::default())).await
                    }
                },
            };
            if let Err(error) = sent {
                return Ended::by(error);
            }
        }
    }
}

/// What a message tells the device, if anything.
fn to_event(message: Message) -> Result<Option<ClientEvent>, Ended> {
    Ok(Some(match message {
        Message::Binary(bytes) => match Kind::of(&bytes) {
            Some(Kind::Bundle) => ClientEvent::Bundle(bytes.to_vec()),
            Some(Kind::Envelope) | None => ClientEvent::Envelope(bytes.to_vec()),
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
            Reply::NoBundle { owner } => ClientEvent::NoBundle(owner),
            Reply::Refused { why, .. } => return Err(Ended::Disconnected(why)),
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
