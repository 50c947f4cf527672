//! A device's side of a relay's connection: connects, proves who it is, carries
//! bytes both ways, and comes back when it is cut off.

use std::{sync::Arc, time::Duration};

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

use super::control::{Digest, Hello, MAX_MESSAGE_BYTES, Reply, Request, SUBPROTOCOL, proof};
use doormat::crypto::SigningKey;
use doormat::protocol::{Identity, Name, envelope::Kind};

/// The first and the longest pause before another try to connect.
const PAUSE: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(8));

/// How long a connection may take to be made, and a challenge to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// Silence after which the relay is asked; as long again, and it is given up.
const IDLE: Duration = Duration::from_secs(45);

/// Who connects, and where to.
#[derive(Debug, Clone)]
pub struct Account {
    /// The relay: `ws://host:port`.
    pub relay: String,
    /// The mailbox.
    pub name: Name,
    /// Whose it is.
    pub identity: Identity,
    /// Proves it.
    pub signing: SigningKey,
    /// What the relay asks strangers for.
    pub token: Option<String>,
}

/// What a device asks its connection to do.
#[derive(Debug, Clone)]
pub enum Command {
    /// Send an envelope or a key bundle.
    Send(Arc<Vec<u8>>),
    /// Ask for somebody's key bundle.
    Fetch(Name),
    /// Confirm an envelope.
    Received(Digest),
    /// Confirm one that did not open.
    Discard(Digest),
}

/// What a device hears from its connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Connected. What was sent before and not accepted must be sent again.
    Connected {
        /// Envelopes waiting.
        waiting: u64,
        /// One-time key bundles left in the directory.
        prekeys: u64,
    },
    /// Cut off; another try follows.
    Disconnected(String),
    /// The relay will not have us; no other try follows.
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
    Discarded(Digest),
}

/// Keeps a connection for as long as the device listens.
pub async fn run(
    account: Account,
    mut commands: mpsc::Receiver<Command>,
    events: mpsc::Sender<Event>,
) {
    let mut pause = PAUSE.0;
    loop {
        let ended = match connect(&account, &events).await {
            Ok(mut socket) => {
                pause = PAUSE.0;
                talk(&mut socket, &mut commands, &events).await
            }
            Err(ended) => ended,
        };
        let event = match ended {
            Ended::Unheard => return,
            Ended::Refused(why) => Event::Refused(why),
            Ended::Cut(why) => Event::Disconnected(why),
        };
        let last = matches!(event, Event::Refused(_));
        if events.send(event).await.is_err() || last {
            return;
        }
        sleep(pause).await;
        pause = (pause * 2).min(PAUSE.1);
        // What was asked of a connection that is gone is asked again by the device.
        while commands.try_recv().is_ok() {}
    }
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

enum Ended {
    /// The device has stopped listening.
    Unheard,
    /// The relay said no.
    Refused(String),
    /// The connection broke, or was never made.
    Cut(String),
}

async fn connect(account: &Account, events: &mpsc::Sender<Event>) -> Result<Socket, Ended> {
    let cut = |error: &dyn std::fmt::Display| Ended::Cut(error.to_string());
    let mut request = account
        .relay
        .as_str()
        .into_client_request()
        .map_err(|error| Ended::Refused(format!("{}: {error}", account.relay)))?;
    request.headers_mut().insert(
        SEC_WEBSOCKET_PROTOCOL,
        HeaderValue::from_static(SUBPROTOCOL),
    );
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_MESSAGE_BYTES))
        .max_frame_size(Some(MAX_MESSAGE_BYTES))
        .read_buffer_size(16 * 1024)
        .write_buffer_size(0);
    let connecting = connect_async_with_config(request, Some(config), true);
    let (mut socket, _) = timeout(PATIENCE, connecting)
        .await
        .map_err(|error| cut(&error))?
        .map_err(|error| cut(&error))?;

    let nonce = match hear(&mut socket).await? {
        Reply::Challenge { nonce } => nonce,
        _ => {
            return Err(Ended::Cut(
                "the relay did not begin with a challenge".to_owned(),
            ));
        }
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
    socket
        .send(text(&hello))
        .await
        .map_err(|error| cut(&error))?;
    match hear(&mut socket).await? {
        Reply::Welcome { waiting, prekeys } => {
            let event = Event::Connected { waiting, prekeys };
            events.send(event).await.map_err(|_| Ended::Unheard)?;
            Ok(socket)
        }
        Reply::Refused { why, retry: true } => Err(Ended::Cut(why)),
        Reply::Refused { why, .. } => Err(Ended::Refused(why)),
        _ => Err(Ended::Cut("the relay did not answer the hello".to_owned())),
    }
}

/// A reply, while nothing else can come.
async fn hear(socket: &mut Socket) -> Result<Reply, Ended> {
    let heard = timeout(PATIENCE, socket.next())
        .await
        .map_err(|_| Ended::Cut("the relay does not answer".to_owned()))?;
    match heard {
        Some(Ok(Message::Text(text))) => {
            serde_json::from_str(&text).map_err(|error| Ended::Cut(error.to_string()))
        }
        _ => Err(Ended::Cut("the relay closed the connection".to_owned())),
    }
}

async fn talk(
    socket: &mut Socket,
    commands: &mut mpsc::Receiver<Command>,
    events: &mpsc::Sender<Event>,
) -> Ended {
    let mut asked = false;
    loop {
        let sent = tokio::select! {
            command = commands.recv() => match command {
                Some(command) => socket.send(message(command)).await,
                None => {
                    // What was confirmed is confirmed once the relay says goodbye too.
                    let _ = socket.close(None).await;
                    while let Some(Ok(_)) = socket.next().await {}
                    return Ended::Unheard;
                }
            },
            heard = timeout(IDLE, socket.next()) => match heard {
                Ok(Some(Ok(heard))) => {
                    asked = false;
                    match understand(heard) {
                        Ok(Some(event)) => match events.send(event).await {
                            Ok(()) => Ok(()),
                            Err(_) => return Ended::Unheard,
                        },
                        Ok(None) => Ok(()),
                        Err(ended) => return ended,
                    }
                }
                Ok(Some(Err(error))) => return Ended::Cut(error.to_string()),
                Ok(None) => return Ended::Cut("the relay closed the connection".to_owned()),
                Err(_) if asked => return Ended::Cut("the relay fell silent".to_owned()),
                Err(_) => {
                    asked = true;
                    socket.send(Message::Ping(Default::default())).await
                }
            },
        };
        if let Err(error) = sent {
            return Ended::Cut(error.to_string());
        }
    }
}

fn understand(heard: Message) -> Result<Option<Event>, Ended> {
    match heard {
        Message::Binary(bytes) => Ok(Some(match Kind::of(&bytes) {
            Some(Kind::Bundle) => Event::Bundle(bytes.to_vec()),
            _ => Event::Envelope(bytes.to_vec()),
        })),
        Message::Text(text) => {
            let reply =
                serde_json::from_str(&text).map_err(|error| Ended::Cut(error.to_string()))?;
            match reply {
                Reply::Accepted { digest } => Ok(Some(Event::Accepted(digest))),
                Reply::Rejected { digest, why, retry } => {
                    Ok(Some(Event::Rejected { digest, why, retry }))
                }
                Reply::Delivered { digest } => Ok(Some(Event::Delivered(digest))),
                Reply::Discarded { digest } => Ok(Some(Event::Discarded(digest))),
                Reply::NoBundle { owner } => Ok(Some(Event::NoBundle(owner))),
                Reply::Refused { why, .. } => Err(Ended::Cut(why)),
                Reply::Challenge { .. } | Reply::Welcome { .. } => Ok(None),
            }
        }
        Message::Close(_) => Err(Ended::Cut("the relay closed the connection".to_owned())),
        _ => Ok(None),
    }
}

fn message(command: Command) -> Message {
    match command {
        Command::Send(bytes) => Message::Binary(bytes.to_vec().into()),
        Command::Fetch(owner) => text(&Request::Fetch { owner }),
        Command::Received(digest) => text(&Request::Received { digest }),
        Command::Discard(digest) => text(&Request::Discard { digest }),
    }
}

fn text(request: &Request) -> Message {
    Message::text(serde_json::to_string(request).unwrap_or_default())
}
