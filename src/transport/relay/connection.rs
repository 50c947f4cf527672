//! One client, from challenge to goodbye.
//!
//! Everything a client can make wait here is bounded by the window: envelopes sent
//! to it that it has not confirmed, and requests of its own that are not answered.
//! A client that does not read is not read from either, and then dropped.

use std::{collections::HashSet, net::SocketAddr, pin::Pin, sync::Arc};

use axum::extract::ws::{Message, WebSocket};
use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::time::timeout;

use super::{
    hub::{Ears, Hub, NOWHERE, Seat},
    store::{Bundle, Mail, StoreError},
};
use crate::protocol::{Envelope, KeyBundle, Name, envelope::Kind, wire};
use crate::transport::control::{Digest, Hello, Reply, Request};

/// Runs a connection to its end.
pub(super) async fn serve(mut socket: WebSocket, peer: SocketAddr, seat: Seat) {
    let hub = &seat.hub;
    let goodbye = match greet(&mut socket, hub).await {
        Ok(hello) => {
            let ears = hub.attach(&hello.name, peer);
            let (name, number) = (hello.name.clone(), ears.number);
            (hub.log)(&format!("{name} has come, from {peer}"));
            let mut client = Client::new(socket, Arc::clone(hub), *hello, peer);
            let goodbye = client.talk(ears).await;
            hub.detach(&name, number);
            (hub.log)(&format!("{name} has gone: {goodbye}"));
            client
                .say(&Reply::Refused {
                    why: goodbye.to_string(),
                })
                .await;
            return;
        }
        Err(goodbye) => goodbye,
    };
    let refused = Reply::Refused {
        why: goodbye.to_string(),
    };
    let _ = timeout(hub.limits.write, socket.send(text(&refused))).await;
}

/// Why a connection ends.
#[derive(Debug, thiserror::Error)]
enum Goodbye {
    #[error("the connection was closed")]
    Closed,
    #[error("nothing was heard for too long")]
    Silent,
    #[error("the client reads too slowly")]
    Slow,
    #[error("this mailbox was opened elsewhere")]
    Replaced,
    #[error("the relay is stopping")]
    Stopping,
    #[error("answer the challenge first, with a hello")]
    NoHello,
    #[error("the signature does not answer the challenge")]
    BadProof,
    #[error("this relay asks for its join token")]
    NoToken,
    #[error("not a message of this protocol: {0}")]
    Garbage(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Challenge and hello.
async fn greet(socket: &mut WebSocket, hub: &Hub) -> Result<Box<Hello>, Goodbye> {
    let nonce = hub.nonce();
    let challenge = text(&Reply::Challenge { nonce });
    timeout(hub.limits.write, socket.send(challenge))
        .await
        .map_err(|_| Goodbye::Slow)?
        .map_err(|_| Goodbye::Closed)?;
    let heard = timeout(hub.limits.hello, socket.recv())
        .await
        .map_err(|_| Goodbye::Silent)?;
    let Some(Ok(Message::Text(heard))) = heard else {
        return Err(Goodbye::NoHello);
    };
    let Ok(Request::Hello(hello)) = serde_json::from_str(&heard) else {
        return Err(Goodbye::NoHello);
    };
    if hub.token.is_some() && hub.token != hello.token {
        return Err(Goodbye::NoToken);
    }
    if !hello.answers(&nonce) {
        return Err(Goodbye::BadProof);
    }
    let identity = wire::encode(&hello.identity);
    let standing = hub.store.claim(hello.name.clone(), identity).await?;
    let welcome = text(&Reply::Welcome {
        waiting: standing.waiting,
        prekeys: standing.prekeys,
    });
    timeout(hub.limits.write, socket.send(welcome))
        .await
        .map_err(|_| Goodbye::Slow)?
        .map_err(|_| Goodbye::Closed)?;
    Ok(hello)
}

/// What the store has done for this client, as messages to it.
type Doing = Pin<Box<dyn Future<Output = Option<Message>> + Send>>;

struct Client {
    socket: WebSocket,
    hub: Arc<Hub>,
    hello: Hello,
    peer: SocketAddr,
    doing: FuturesUnordered<Doing>,
    /// Sent to the client and not confirmed.
    unconfirmed: HashSet<Digest>,
    /// The place of the last envelope sent.
    last: i64,
    /// Whether there may be more mail than was sent.
    more: bool,
}

impl Client {
    fn new(socket: WebSocket, hub: Arc<Hub>, hello: Hello, peer: SocketAddr) -> Self {
        Self {
            socket,
            hub,
            hello,
            peer,
            doing: FuturesUnordered::new(),
            unconfirmed: HashSet::new(),
            last: 0,
            more: true,
        }
    }

    async fn talk(&mut self, mut ears: Ears) -> Goodbye {
        let mut asked = false;
        loop {
            if let Err(goodbye) = self.push_mail().await {
                return goodbye;
            }
            let room = self.doing.len() < self.hub.limits.window;
            let done = tokio::select! {
                heard = timeout(self.hub.limits.idle, self.socket.recv()), if room => match heard {
                    Ok(Some(Ok(message))) => {
                        asked = false;
                        self.hear(message)
                    }
                    Ok(_) => Err(Goodbye::Closed),
                    Err(_) if asked => Err(Goodbye::Silent),
                    Err(_) => {
                        asked = true;
                        self.send(Message::Ping(Default::default())).await
                    }
                },
                Some(answer) = self.doing.next() => match answer {
                    Some(message) => self.send(message).await,
                    None => Ok(()),
                },
                Some(digest) = ears.delivered.recv() => {
                    self.send(text(&Reply::Delivered { digest })).await
                }
                () = ears.mail.notified() => {
                    self.more = true;
                    Ok(())
                }
                () = ears.replaced.notified() => Err(Goodbye::Replaced),
                _ = ears.closing.changed() => self.finish().await,
            };
            if let Err(goodbye) = done {
                return goodbye;
            }
        }
    }

    /// Answers what is being done, and ends.
    async fn finish(&mut self) -> Result<(), Goodbye> {
        while let Some(answer) = self.doing.next().await {
            if let Some(message) = answer {
                self.send(message).await?;
            }
        }
        Err(Goodbye::Stopping)
    }

    /// Sends mail, as far as the window goes.
    async fn push_mail(&mut self) -> Result<(), Goodbye> {
        let room = self
            .hub
            .limits
            .window
            .saturating_sub(self.unconfirmed.len());
        if !self.more || room == 0 {
            return Ok(());
        }
        let name = self.hello.name.clone();
        let mail = self.hub.store.waiting(name, self.last, room).await?;
        self.more = mail.len() == room;
        for (place, mail) in mail {
            self.unconfirmed.insert(Digest::of(&mail.envelope));
            self.last = place;
            self.send(Message::Binary(mail.envelope.into())).await?;
        }
        Ok(())
    }

    fn hear(&mut self, message: Message) -> Result<(), Goodbye> {
        match message {
            Message::Binary(bytes) => self.take(&bytes),
            Message::Text(text) => match serde_json::from_str(&text) {
                Ok(Request::Fetch { owner }) => {
                    self.fetch(owner);
                    Ok(())
                }
                Ok(Request::Received { digest }) => {
                    self.confirm(digest);
                    Ok(())
                }
                Ok(Request::Hello(_)) => Err(Goodbye::Garbage("a second hello".to_owned())),
                Err(error) => Err(Goodbye::Garbage(error.to_string())),
            },
            Message::Ping(_) | Message::Pong(_) => Ok(()),
            Message::Close(_) => Err(Goodbye::Closed),
        }
    }

    /// An envelope or a key bundle of this client's.
    fn take(&mut self, bytes: &[u8]) -> Result<(), Goodbye> {
        let digest = Digest::of(bytes);
        match Kind::of(bytes) {
            Some(Kind::Envelope) => self.take_envelope(digest, bytes),
            Some(Kind::Bundle) => self.take_bundle(digest, bytes),
            None => Err(Goodbye::Garbage(
                "neither an envelope nor a key bundle".to_owned(),
            )),
        }
    }

    fn take_envelope(&mut self, digest: Digest, bytes: &[u8]) -> Result<(), Goodbye> {
        let header = Envelope::decode(bytes)
            .map_err(|error| Goodbye::Garbage(error.to_string()))?
            .header;
        if header.sender != self.hello.name {
            return Err(Goodbye::Garbage(format!(
                "an envelope of {}'s from {}",
                header.sender, self.hello.name
            )));
        }
        let destination = self.hub.host_of(&header.recipient);
        self.hub.record(self.peer.ip(), destination, bytes);
        let hub = Arc::clone(&self.hub);
        let mail = Mail {
            sender: header.sender,
            recipient: header.recipient.clone(),
            envelope: bytes.to_vec(),
        };
        self.doing.push(Box::pin(async move {
            let done = hub.store.deposit(mail).await;
            if done.is_ok() {
                hub.mail(&header.recipient);
            }
            Some(verdict(digest, done))
        }));
        Ok(())
    }

    fn take_bundle(&mut self, digest: Digest, bytes: &[u8]) -> Result<(), Goodbye> {
        let bundle =
            KeyBundle::decode(bytes).map_err(|error| Goodbye::Garbage(error.to_string()))?;
        let own = bundle.owner == self.hello.name && bundle.identity == self.hello.identity;
        if !own || bundle.verify().is_err() {
            return Err(Goodbye::Garbage(
                "a key bundle that is not this identity's".to_owned(),
            ));
        }
        self.hub.record(self.peer.ip(), NOWHERE, bytes);
        let hub = Arc::clone(&self.hub);
        let entry = Bundle {
            bytes: bytes.to_vec(),
            once: bundle.one_time_prekey.is_some(),
        };
        self.doing.push(Box::pin(async move {
            Some(verdict(
                digest,
                hub.store.publish(bundle.owner, entry).await,
            ))
        }));
        Ok(())
    }

    fn fetch(&mut self, owner: Name) {
        let hub = Arc::clone(&self.hub);
        let asker = self.peer.ip();
        self.doing.push(Box::pin(async move {
            match hub.store.fetch(owner.clone()).await {
                Ok(Some(bundle)) => {
                    hub.record(NOWHERE, asker, &bundle);
                    Some(Message::Binary(bundle.into()))
                }
                _ => Some(text(&Reply::NoBundle { owner })),
            }
        }));
    }

    fn confirm(&mut self, digest: Digest) {
        self.unconfirmed.remove(&digest);
        self.more = true;
        let hub = Arc::clone(&self.hub);
        let name = self.hello.name.clone();
        self.doing.push(Box::pin(async move {
            if let Ok(Some(sender)) = hub.store.received(name, digest).await {
                hub.delivered(&sender, digest);
            }
            None
        }));
    }

    async fn say(&mut self, reply: &Reply) {
        let _ = self.send(text(reply)).await;
    }

    async fn send(&mut self, message: Message) -> Result<(), Goodbye> {
        timeout(self.hub.limits.write, self.socket.send(message))
            .await
            .map_err(|_| Goodbye::Slow)?
            .map_err(|_| Goodbye::Closed)
    }
}

fn verdict(digest: Digest, done: Result<(), StoreError>) -> Message {
    text(&match done {
        Ok(()) => Reply::Accepted { digest },
        Err(error) => Reply::Rejected {
            digest,
            why: error.to_string(),
            retry: error.passes(),
        },
    })
}

fn text(reply: &Reply) -> Message {
    Message::text(serde_json::to_string(reply).unwrap_or_default())
}
