//! The envelopes of a mailbox on their way to its owner.
//!
//! They are read from the store as far as the window and the budget have room, and count in
//! the budget until they are written to the connection.

use std::{
    collections::{HashSet, VecDeque},
    pin::Pin,
    sync::Arc,
};

use super::{
    budget::{Held, Place},
    store::{Mail, MailRead, StoreError, sqlite::SqliteStore},
    writer::Outgoing,
};
use crate::transport::control::Digest;
use doormat::protocol::Name;

/// Mail read at once, in bytes, where the budget has room for it.
const READ_AT_ONCE: usize = 192 * 1024;

/// Mail read at once where it has not.
const READ_AT_LEAST: usize = 8 * 1024;

type Reading = Pin<Box<dyn Future<Output = Result<Read, StoreError>> + Send>>;

/// What was read, and the part of the budget for it.
struct Read {
    mail: Vec<(i64, Mail)>,
    held: Option<Held>,
}

/// The queue of one connection.
pub(super) struct MailQueue {
    name: Name,
    store: SqliteStore,
    window: usize,
    /// Read from the store, and not yet sent.
    queue: VecDeque<Outgoing>,
    /// Being read from the store.
    reading: Option<Reading>,
    /// Whether there may be more in the store.
    more: bool,
    /// Read from the store, and not confirmed by the client.
    unconfirmed: HashSet<Digest>,
    /// The store's position of the last envelope read.
    last: i64,
}

impl MailQueue {
    pub(super) fn new(name: Name, store: SqliteStore, window: usize) -> Self {
        Self {
            name,
            store,
            window,
            queue: VecDeque::new(),
            reading: None,
            more: true,
            unconfirmed: HashSet::new(),
            last: 0,
        }
    }

    /// There may be more in the store.
    pub(super) fn more(&mut self) {
        self.more = true;
    }

    /// The client has confirmed or refused an envelope.
    pub(super) fn confirmed(&mut self, digest: &Digest) {
        self.unconfirmed.remove(digest);
        self.more = true;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(super) fn pop(&mut self) -> Option<Outgoing> {
        self.queue.pop_front()
    }

    /// Begins to read mail once the queue is empty and half of the window is free: a read
    /// for each confirmed envelope would be a transaction for each. Whether it is reading.
    pub(super) fn read(&mut self, place: &Arc<Place>) -> bool {
        let room = self.window.saturating_sub(self.unconfirmed.len());
        if self.reading.is_none() && self.more && room * 2 >= self.window && self.is_empty() {
            self.more = false;
            let (place, store, name) = (Arc::clone(place), self.store.clone(), self.name.clone());
            self.reading = Some(Box::pin(read(place, store, name, self.last, room)));
        }
        self.reading.is_some()
    }

    /// Waits for what is being read, and queues it.
    pub(super) async fn finish_reading(&mut self) -> Result<(), StoreError> {
        let Some(reading) = &mut self.reading else {
            return Ok(());
        };
        let read = reading.await;
        self.reading = None;
        let Read { mail, mut held } = read?;
        self.more |= !mail.is_empty();
        for (position, Mail { envelope, .. }) in mail {
            self.unconfirmed.insert(Digest::of(&envelope));
            self.last = position;
            let held = held.as_mut().map(|it| it.split_off(envelope.len()));
            self.queue.push_back(Outgoing::mail(envelope, held));
        }
        Ok(())
    }
}

async fn read(
    place: Arc<Place>,
    store: SqliteStore,
    name: Name,
    last: i64,
    limit: usize,
) -> Result<Read, StoreError> {
    let (mut bytes, mut held) = (READ_AT_ONCE, place.mail_now(READ_AT_ONCE));
    if held.is_none() {
        bytes = READ_AT_LEAST;
        held = place.mail(bytes).wait().await;
    }
    loop {
        match store.mail_after(name.clone(), last, limit, bytes).await? {
            MailRead::Some(mail) => return Ok(Read { mail, held }),
            // At most the longest message.
            MailRead::TooLong(length) => {
                drop(held.take());
                bytes = length;
                held = place.mail(bytes).wait().await;
            }
        }
    }
}
