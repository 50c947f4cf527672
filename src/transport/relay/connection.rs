//! One client, from challenge to goodbye.
//!
//! Everything a client can make wait here is bounded by the window: envelopes sent
//! to it that it has not confirmed, and requests of its own that are not answered.
//! A client that does not read is not read from either, and then dropped.

use std::{
    collections::{HashSet, VecDeque},
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use axum::extract::ws::{Message, WebSocket};
use futures_util::{
    StreamExt,
    stream::{FuturesUnordered, SplitStream},
};
use tokio::time::{sleep, timeout};

use super::{
    gate::Guest,
    hub::{Ears, Hub, NOWHERE, Seat},
    mouth::Mouth,
    store::{Bundle, Mail, StoreError},
};
use crate::protocol::{Envelope, KeyBundle, Name, envelope::Kind, wire};
use crate::transport::control::{Digest, Hello, Reply, Request};

/// How long the last words may take to be read.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Runs a connection to its end.
pub(super) async fn serve(mut socket: WebSocket, guest: Guest, seat: Seat) {
    let (hub, peer) = (&seat.hub, guest.peer);
    let hello = match greet(&mut socket, hub).await {
        Ok(hello) => hello,
        Err(goodbye) => {
            let refused = text(&goodbye.reply());
            let _ = timeout(hub.limits.write, socket.send(refused)).await;
            return;
        }
    };
    guest.admit();
    let ears = hub.attach(&hello.name, peer);
    let (name, number) = (hello.name.clone(), ears.number);
    (hub.log)(&format!("{name} has come, from {peer}"));
    let (sink, stream) = socket.split();
    let mouth = Mouth::open(sink, &hub.limits);
    let mut client = Client::new(stream, mouth, Arc::clone(hub), *hello, peer);
    let goodbye = client.talk(ears).await;
    hub.detach(&name, number);
    client.end(&goodbye).await;
    (hub.log)(&format!("{name} has gone: {goodbye}"));
}

/// Why a connection ends.
#[derive(Debug, thiserror::Error)]
pub(super) enum Goodbye {
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
    #[error("this relay asks for its join token, the one it printed when it was last started")]
    NoToken,
    #[error("not a message of this protocol: {0}")]
    Garbage(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Goodbye {
    fn reply(&self) -> Reply {
        let retry = match self {
            Self::Store(error) => error.passes(),
            Self::Closed | Self::Silent | Self::Slow | Self::Stopping => true,
            _ => false,
        };
        let why = self.to_string();
        Reply::Refused { why, retry }
    }
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
    stream: SplitStream<WebSocket>,
    mouth: Mouth,
    hub: Arc<Hub>,
    hello: Hello,
    peer: SocketAddr,
    doing: FuturesUnordered<Doing>,
    /// Sent to the client and not confirmed.
    unconfirmed: HashSet<Digest>,
    /// The place of the last envelope sent.
    last: i64,
    /// Read from the store, and not yet sent.
    mail: VecDeque<Mail>,
    /// Whether there may be more in the store.
    more: bool,
}

impl Client {
    fn new(
        stream: SplitStream<WebSocket>,
        mouth: Mouth,
        hub: Arc<Hub>,
        hello: Hello,
        peer: SocketAddr,
    ) -> Self {
        Self {
            stream,
            mouth,
            hub,
            hello,
            peer,
            doing: FuturesUnordered::new(),
            unconfirmed: HashSet::new(),
            last: 0,
            mail: VecDeque::new(),
            more: true,
        }
    }

    async fn talk(&mut self, mut ears: Ears) -> Goodbye {
        let idle = self.hub.limits.idle;
        let quiet = sleep(idle);
        tokio::pin!(quiet);
        let mut asked = false;
        let letterbox = self.mouth.mail.clone();
        loop {
            if let Err(goodbye) = self.look_for_mail().await {
                return goodbye;
            }
            let room = self.doing.len() < self.hub.limits.window;
            let done = tokio::select! {
                heard = self.stream.next(), if room => match heard {
                    Some(Ok(message)) => {
                        asked = false;
                        quiet.set(sleep(idle));
                        self.hear(message)
                    }
                    _ => Err(Goodbye::Closed),
                },
                // Only what the client says counts: mail for it does not keep it alive.
                () = &mut quiet, if room => if asked {
                    Err(Goodbye::Silent)
                } else {
                    asked = true;
                    quiet.set(sleep(idle));
                    self.mouth.say(Message::Ping(Default::default())).await
                },
                place = letterbox.reserve(), if !self.mail.is_empty() => match place {
                    Ok(place) => {
                        if let Some(mail) = self.mail.pop_front() {
                            place.send(Message::Binary(mail.envelope.into()));
                        }
                        Ok(())
                    }
                    Err(_) => Err(Goodbye::Slow),
                },
                Some(answer) = self.doing.next() => match answer {
                    Some(message) => self.mouth.say(message).await,
                    None => Ok(()),
                },
                Some(notice) = ears.notices.recv() => self.mouth.say(text(&notice)).await,
                () = ears.mail.notified() => {
                    self.more = true;
                    Ok(())
                }
                () = ears.replaced.notified() => Err(Goodbye::Replaced),
                _ = ears.closing.changed() => Err(Goodbye::Stopping),
            };
            if let Err(goodbye) = done {
                return goodbye;
            }
        }
    }

    /// Does what was asked before the end, and says why it is the end.
    async fn end(mut self, goodbye: &Goodbye) {
        let patience = self.hub.limits.write;
        let settle = async {
            while let Some(answer) = self.doing.next().await {
                if let Some(message) = answer {
                    let _ = self.mouth.say(message).await;
                }
            }
        };
        let _ = timeout(patience, settle).await;
        let _ = self.mouth.say(text(&goodbye.reply())).await;
        self.mouth.close(LAST_WORDS).await;
    }

    /// Reads mail from the store, as far as the window goes and a little at a time.
    async fn look_for_mail(&mut self) -> Result<(), Goodbye> {
        let window = self.hub.limits.window;
        let room = window.saturating_sub(self.unconfirmed.len());
        // Asking for each envelope alone would cost a turn of the store for each.
        if !self.more || room * 2 < window || !self.mail.is_empty() {
            return Ok(());
        }
        let name = self.hello.name.clone();
        let mail = self.hub.store.waiting(name, self.last, room).await?;
        self.more = !mail.is_empty();
        for (place, mail) in mail {
            self.unconfirmed.insert(Digest::of(&mail.envelope));
            self.last = place;
            self.mail.push_back(mail);
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
                    self.confirm(digest, Reply::Delivered { digest });
                    Ok(())
                }
                Ok(Request::Discard { digest }) => {
                    self.confirm(digest, Reply::Discarded { digest });
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

    /// Forgets an envelope, and tells its sender what became of it.
    fn confirm(&mut self, digest: Digest, notice: Reply) {
        self.unconfirmed.remove(&digest);
        self.more = true;
        let hub = Arc::clone(&self.hub);
        let name = self.hello.name.clone();
        self.doing.push(Box::pin(async move {
            if let Ok(Some(sender)) = hub.store.received(name, digest).await {
                hub.notify(&sender, notice);
            }
            None
        }));
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
