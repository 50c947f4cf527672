//! One client, from challenge to goodbye.
//!
//! Everything a client can make wait here is bounded by the window: envelopes sent
//! to it that it has not confirmed, and requests of its own that are not answered.
//! A client that does not read is not read from either, and then dropped.

mod goodbye;
mod greeting;
mod requests;

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
    hub::{Ears, Hub, Seat},
    mouth::Mouth,
    store::Mail,
};
use crate::transport::control::{Digest, Hello, Reply};
pub(super) use goodbye::Goodbye;

/// How long the last words may take to be read.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Runs a connection to its end.
pub(super) async fn serve(mut socket: WebSocket, guest: Guest, seat: Seat) {
    let (hub, peer) = (&seat.hub, guest.peer);
    let hello = match greeting::greet(&mut socket, &guest, hub).await {
        Ok(hello) => hello,
        Err(goodbye) => {
            let refused = text(&goodbye.reply());
            let _ = timeout(hub.limits.write, socket.send(refused)).await;
            return;
        }
    };
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
}

fn text(reply: &Reply) -> Message {
    Message::text(serde_json::to_string(reply).unwrap_or_default())
}
