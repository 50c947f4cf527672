//! What a client asks for, and the mail on its way to it. Each request is checked and
//! handed to the store at once; the reply comes when the store has committed it.

use std::{
    collections::{HashSet, VecDeque},
    net::IpAddr,
    pin::Pin,
    sync::Arc,
};

use axum::extract::ws::Message;
use futures_util::stream::FuturesUnordered;

use super::{
    hub::{Hub, UNKNOWN_HOST},
    store::{Mail, StoreError, StoredBundle},
    writer::{CloseReason, text},
};
use crate::transport::control::{Digest, Generation, Hello, Reply, Request};
use doormat::protocol::{Envelope, KeyBundle, Name, envelope::Kind};

/// The requests of one authenticated client.
pub(super) struct Requests {
    pub(super) hub: Arc<Hub>,
    hello: Hello,
    host: IpAddr,
    /// Replies that the store has still to give; some requests have none.
    pub(super) pending: FuturesUnordered<Pin<Box<dyn Future<Output = Option<Message>> + Send>>>,
    pub(super) mail: MailQueue,
}

/// The envelopes of a mailbox on their way to its owner.
pub(super) struct MailQueue {
    /// Read from the store, and not yet sent.
    pub(super) queue: VecDeque<Vec<u8>>,
    /// Whether there may be more in the store.
    pub(super) more: bool,
    /// Read from the store, and not confirmed by the client.
    unconfirmed: HashSet<Digest>,
    /// The store's position of the last envelope read.
    last: i64,
}

impl Requests {
    pub(super) fn new(hub: Arc<Hub>, hello: Hello, host: IpAddr) -> Self {
        Self {
            hub,
            hello,
            host,
            pending: FuturesUnordered::new(),
            mail: MailQueue {
                queue: VecDeque::new(),
                more: true,
                unconfirmed: HashSet::new(),
                last: 0,
            },
        }
    }

    pub(super) fn handle_message(&mut self, message: Message) -> Result<(), CloseReason> {
        match message {
            Message::Binary(bytes) => self.store(&bytes),
            Message::Text(json) => {
                let request = serde_json::from_str(&json)
                    .map_err(|error| CloseReason::Malformed(error.to_string()))?;
                match request {
                    Request::Fetch { owner } => self.fetch(owner),
                    Request::Received { digest } => {
                        self.confirm(digest, Reply::Delivered { digest });
                    }
                    Request::Discard {
                        digest,
                        session_lost,
                    } => {
                        let notice = Reply::Discarded {
                            digest,
                            session_lost,
                        };
                        self.confirm(digest, notice);
                    }
                    Request::Advance { from, to, withdraw } => self.advance(from, to, withdraw),
                    Request::Hello(_) => {
                        return Err(CloseReason::Malformed("a second hello".to_owned()));
                    }
                }
                Ok(())
            }
            Message::Ping(_) | Message::Pong(_) => Ok(()),
            Message::Close(_) => Err(CloseReason::Closed),
        }
    }

    fn store(&mut self, bytes: &[u8]) -> Result<(), CloseReason> {
        let digest = Digest::of(bytes);
        match Kind::of(bytes) {
            Some(Kind::Envelope) => self.deposit(digest, bytes),
            Some(Kind::Bundle) => self.publish(digest, bytes),
            None => Err(CloseReason::Malformed(
                "neither an envelope nor a key bundle".to_owned(),
            )),
        }
    }

    fn deposit(&mut self, digest: Digest, bytes: &[u8]) -> Result<(), CloseReason> {
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
        let hub = Arc::clone(&self.hub);
        let mail = Mail {
            sender: header.sender,
            recipient: header.recipient.clone(),
            envelope: bytes.to_vec(),
        };
        self.pending.push(Box::pin(async move {
            let stored = hub.store.deposit(mail).await;
            if stored.is_ok() {
                hub.notify_mail(&header.recipient);
            }
            Some(acknowledgement(digest, stored))
        }));
        Ok(())
    }

    fn publish(&mut self, digest: Digest, bytes: &[u8]) -> Result<(), CloseReason> {
        let bundle =
            KeyBundle::decode(bytes).map_err(|error| CloseReason::Malformed(error.to_string()))?;
        let own = bundle.owner == self.hello.name && bundle.identity == self.hello.identity;
        if !own || bundle.verify().is_err() {
            return Err(CloseReason::Malformed(
                "a key bundle that is not this identity's".to_owned(),
            ));
        }
        self.hub.record(self.host, UNKNOWN_HOST, bytes);
        let hub = Arc::clone(&self.hub);
        let stored = StoredBundle {
            bytes: bytes.to_vec(),
            one_time: bundle.one_time_prekey.is_some(),
        };
        self.pending.push(Box::pin(async move {
            let stored = hub.store.publish(bundle.owner, stored).await;
            Some(acknowledgement(digest, stored))
        }));
        Ok(())
    }

    fn fetch(&mut self, owner: Name) {
        let hub = Arc::clone(&self.hub);
        let host = self.host;
        self.pending.push(Box::pin(async move {
            match hub.store.fetch(owner.clone()).await {
                Ok(Some(bundle)) => {
                    hub.record(UNKNOWN_HOST, host, &bundle);
                    Some(Message::Binary(bundle.into()))
                }
                Ok(None) => Some(text(&Reply::NoBundle { owner })),
                // There may be one: the client says why there is a delay, and asks again.
                Err(error) => Some(text(&Reply::Rejected {
                    digest: Digest::of(owner.as_str().as_bytes()),
                    why: error.to_string(),
                    retry: true,
                })),
            }
        }));
    }

    fn advance(&mut self, from: Option<Generation>, to: Generation, withdraw: bool) {
        let hub = Arc::clone(&self.hub);
        let name = self.hello.name.clone();
        self.pending.push(Box::pin(async move {
            let reply = match hub.store.advance(name, from, to, withdraw).await {
                Ok(generation) => Reply::Advanced { generation },
                Err(error) => Reply::Rejected {
                    digest: to.digest(),
                    why: error.to_string(),
                    retry: true,
                },
            };
            Some(text(&reply))
        }));
    }

    /// Removes an envelope from the mailbox, and notifies its sender.
    fn confirm(&mut self, digest: Digest, notice: Reply) {
        self.mail.unconfirmed.remove(&digest);
        self.mail.more = true;
        let hub = Arc::clone(&self.hub);
        let name = self.hello.name.clone();
        self.pending.push(Box::pin(async move {
            if let Ok(Some(sender)) = hub.store.confirm(name, digest).await {
                hub.notify_sender(&sender, notice);
            }
            None
        }));
    }

    /// Reads mail from the store once the queue is empty and half of the window is
    /// free: a read for each confirmed envelope would be a transaction for each.
    pub(super) async fn refill_mail(&mut self) -> Result<(), CloseReason> {
        let window = self.hub.limits.window;
        let mail = &mut self.mail;
        let room = window.saturating_sub(mail.unconfirmed.len());
        if !mail.more || room * 2 < window || !mail.queue.is_empty() {
            return Ok(());
        }
        let name = self.hello.name.clone();
        let read = self.hub.store.mail_after(name, mail.last, room).await?;
        mail.more = !read.is_empty();
        for (position, Mail { envelope, .. }) in read {
            mail.unconfirmed.insert(Digest::of(&envelope));
            mail.last = position;
            mail.queue.push_back(envelope);
        }
        Ok(())
    }
}

fn acknowledgement(digest: Digest, stored: Result<(), StoreError>) -> Message {
    text(&match stored {
        Ok(()) => Reply::Accepted { digest },
        Err(error) => Reply::Rejected {
            digest,
            why: error.to_string(),
            retry: error.is_transient(),
        },
    })
}
