//! What a client asks for. Each request is checked and handed to the store at once;
//! its answer comes when the store has done it.

use std::sync::Arc;

use axum::extract::ws::Message;

use super::{Client, goodbye::Goodbye, text};
use crate::transport::{
    control::{Digest, Reply, Request},
    relay::{
        hub::NOWHERE,
        store::{Bundle, Mail, StoreError},
    },
};
use doormat::protocol::{Envelope, KeyBundle, Name, envelope::Kind};

impl Client {
    pub(super) fn hear(&mut self, message: Message) -> Result<(), Goodbye> {
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
