//! What a client asks for. Each request is checked and handed to the store at once; the
//! reply comes when the store has committed it.

use std::{net::IpAddr, pin::Pin, sync::Arc};

use futures_util::stream::FuturesUnordered;
use tokio_tungstenite::tungstenite::Message;

use super::{
    budget::{Held, Place},
    hub::{Hub, UNKNOWN_HOST},
    mail::MailQueue,
    store::{Mail, StoreError, StoredBundle, sqlite::SqliteStore},
    turns::Turn,
    writer::{CloseReason, Outgoing, text},
};
use crate::transport::control::{Digest, FEW_PREKEYS, Generation, Hello, Reply, Request};
use doormat::protocol::{Envelope, KeyBundle, Name, envelope::Kind};

/// The requests of one authenticated client.
pub(super) struct Requests {
    pub(super) hub: Arc<Hub>,
    /// This identity's share of the store.
    store: SqliteStore,
    hello: Hello,
    host: IpAddr,
    /// Replies that the store has still to give; some requests have none.
    pub(super) pending: FuturesUnordered<Pin<Box<dyn Future<Output = Option<Outgoing>> + Send>>>,
    pub(super) mail: MailQueue,
    pub(super) place: Arc<Place>,
}

impl Requests {
    pub(super) fn new(hub: Arc<Hub>, hello: Hello, host: IpAddr, place: Place) -> Self {
        let store = hub.store.for_flow(place.identity());
        let mail = MailQueue::new(hello.name.clone(), store.clone(), hub.limits.window);
        Self {
            hub,
            store,
            hello,
            host,
            pending: FuturesUnordered::new(),
            mail,
            place: Arc::new(place),
        }
    }

    /// Executes a request. `held` is its part of the budget; its turn ends when the store has
    /// answered.
    pub(super) fn handle(
        &mut self,
        message: Message,
        held: Held,
        turn: Turn,
    ) -> Result<(), CloseReason> {
        let work = Work { held, turn };
        match message {
            Message::Binary(bytes) => self.store(&bytes, work),
            Message::Text(json) => {
                let request = serde_json::from_str(&json)
                    .map_err(|error| CloseReason::Malformed(error.to_string()))?;
                match request {
                    Request::Fetch { owner } => self.fetch(owner, work),
                    Request::Received { digest } => {
                        self.confirm(digest, Reply::Delivered { digest }, work);
                    }
                    Request::Discard {
                        digest,
                        session_lost,
                    } => {
                        let notice = Reply::Discarded {
                            digest,
                            session_lost,
                        };
                        self.confirm(digest, notice, work);
                    }
                    Request::Advance { from, to, withdraw } => {
                        self.advance(from, to, withdraw, work);
                    }
                    Request::Hello(_) => {
                        return Err(CloseReason::Malformed("a second hello".to_owned()));
                    }
                }
                Ok(())
            }
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Ok(()),
            Message::Close(_) => Err(CloseReason::Closed),
        }
    }

    fn store(&mut self, bytes: &[u8], work: Work) -> Result<(), CloseReason> {
        let digest = Digest::of(bytes);
        match Kind::of(bytes) {
            Some(Kind::Envelope) => self.deposit(digest, bytes, work),
            Some(Kind::Bundle) => self.publish(digest, bytes, work),
            Some(Kind::Registration) | None => Err(CloseReason::Malformed(
                "neither an envelope nor a key bundle".to_owned(),
            )),
        }
    }

    fn deposit(&mut self, digest: Digest, bytes: &[u8], work: Work) -> Result<(), CloseReason> {
        let header = Envelope::decode(bytes)
            .map_err(|error| CloseReason::Malformed(error.to_string()))?
            .header;
        if header.sender != self.hello.name {
            return Err(CloseReason::Malformed(format!(
                "an envelope of {}'s from {}",
                header.sender, self.hello.name
            )));
        }
        let destination = self.hub.host_of(&header.recipient);
        self.hub.record(self.host, destination, bytes);
        let (hub, store) = (Arc::clone(&self.hub), self.store.clone());
        let mail = Mail {
            sender: header.sender,
            recipient: header.recipient.clone(),
            envelope: bytes.to_vec(),
        };
        self.pending.push(Box::pin(async move {
            let stored = store.deposit(mail).await;
            if stored.is_ok() {
                hub.notify_mail(&header.recipient);
            }
            Some(acknowledgement(digest, stored, work))
        }));
        Ok(())
    }

    fn publish(&mut self, digest: Digest, bytes: &[u8], work: Work) -> Result<(), CloseReason> {
        let bundle =
            KeyBundle::decode(bytes).map_err(|error| CloseReason::Malformed(error.to_string()))?;
        let own = bundle.owner == self.hello.name && bundle.identity == self.hello.identity;
        if !own || bundle.verify().is_err() {
            return Err(CloseReason::Malformed(
                "a key bundle that is not this identity's".to_owned(),
            ));
        }
        self.hub.record(self.host, UNKNOWN_HOST, bytes);
        let store = self.store.clone();
        let stored = StoredBundle {
            bytes: bytes.to_vec(),
            one_time: bundle.one_time_prekey.is_some(),
        };
        self.pending.push(Box::pin(async move {
            let stored = store.publish(bundle.owner, stored).await;
            Some(acknowledgement(digest, stored, work))
        }));
        Ok(())
    }

    fn fetch(&mut self, owner: Name, work: Work) {
        let (hub, store) = (Arc::clone(&self.hub), self.store.clone());
        let (host, asker) = (self.host, self.place.identity());
        self.pending.push(Box::pin(async move {
            let message = match store.fetch(owner.clone(), asker).await {
                Ok(Some(bundle)) => {
                    hub.record(UNKNOWN_HOST, host, &bundle.bytes);
                    if let Some(left) = bundle.left.filter(|left| *left < FEW_PREKEYS) {
                        hub.notify(&owner, Reply::Prekeys { left });
                    }
                    Message::Binary(bundle.bytes.into())
                }
                Ok(None) => text(&Reply::NoBundle { owner }),
                // There may be one: the client says why there is a delay, and asks again.
                Err(error) => text(&Reply::Rejected {
                    digest: Digest::of(owner.as_str().as_bytes()),
                    why: error.to_string(),
                    retry: true,
                }),
            };
            Some(work.answer(message))
        }));
    }

    fn advance(&mut self, from: Option<Generation>, to: Generation, withdraw: bool, work: Work) {
        let store = self.store.clone();
        let name = self.hello.name.clone();
        self.pending.push(Box::pin(async move {
            let reply = match store.advance(name, from, to, withdraw).await {
                Ok(generation) => Reply::Advanced { generation },
                Err(error) => Reply::Rejected {
                    digest: to.digest(),
                    why: error.to_string(),
                    retry: true,
                },
            };
            Some(work.answer(text(&reply)))
        }));
    }

    /// Removes an envelope from the mailbox, and notifies its sender.
    fn confirm(&mut self, digest: Digest, notice: Reply, work: Work) {
        self.mail.confirmed(&digest);
        let (hub, store) = (Arc::clone(&self.hub), self.store.clone());
        let name = self.hello.name.clone();
        self.pending.push(Box::pin(async move {
            if let Ok(Some(sender)) = store.confirm(name, digest).await {
                hub.notify(&sender, notice);
            }
            drop(work);
            None
        }));
    }
}

/// A request that is being worked on.
struct Work {
    held: Held,
    turn: Turn,
}

impl Work {
    /// Ends its turn. Its part of the budget is held until the answer is written.
    fn answer(self, message: Message) -> Outgoing {
        drop(self.turn);
        Outgoing::new(message, Some(self.held))
    }
}

fn acknowledgement(digest: Digest, stored: Result<(), StoreError>, work: Work) -> Outgoing {
    let reply = match stored {
        Ok(()) => Reply::Accepted { digest },
        Err(error) => Reply::Rejected {
            digest,
            why: error.to_string(),
            retry: error.is_transient(),
        },
    };
    work.answer(text(&reply))
}
