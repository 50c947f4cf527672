//! What was typed and the relay has not accepted, in the order in which it was typed.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use rand::CryptoRng;

use super::{outbox_entry::OutboxEntry, taken_back::TakenBack};
use crate::transport::control::Digest;
use doormat::protocol::{Device, Mode, ModeId, Name, SealError, chain::ChainError};

/// Envelopes that the relay has not accepted yet, at most: no more than it takes
/// from one client at a time.
const WINDOW: usize = 48;

/// How much of what waits unsealed is saved with the state, in bytes of text; the rest is set
/// aside, so that it is not written again with each change of the state.
const SAVED_WITH_STATE: usize = 256 * 1024;

/// How often a text is sealed again because its session could not go on.
const MAX_RESEALED: u8 = 2;

pub(super) struct Outbox {
    entries: VecDeque<OutboxEntry>,
    next_place: u64,
    /// How many of the last entries are not in the file yet.
    unsaved: usize,
    /// Up to where entries that were set aside have been taken back.
    taken: TakenBack,
}

/// What became of sealing.
pub(super) struct SealedNow {
    /// Something was sealed.
    pub(super) any: bool,
    /// Why it went no further, if it did not.
    pub(super) error: Option<SealError>,
}

impl Outbox {
    /// An outbox as it was read, without what was set aside.
    pub(super) fn new(mut entries: Vec<OutboxEntry>, taken: TakenBack) -> Self {
        // An earlier version wrote no places.
        if entries.iter().any(|it| it.place == 0) {
            for (entry, place) in entries.iter_mut().zip(1..) {
                entry.place = place;
            }
        }
        let mut outbox = Self {
            entries: VecDeque::new(),
            next_place: taken.last().saturating_add(1),
            unsaved: 0,
            taken,
        };
        outbox.set_entries(entries);
        outbox
    }

    /// Adds entries that were set aside, those of them that have not been taken back.
    pub(super) fn add_aside(&mut self, aside: Vec<OutboxEntry>) {
        let mut entries = Vec::from(std::mem::take(&mut self.entries));
        let aside = aside.into_iter().filter(|it| !is_covered(it, &self.taken));
        entries.extend(aside.map(|it| OutboxEntry { aside: true, ..it }));
        self.set_entries(entries);
    }

    fn set_entries(&mut self, mut entries: Vec<OutboxEntry>) {
        // What was being set aside when the program ended is in both files, or twice in one: the
        // state's, which may be sealed, comes first.
        entries.sort_by_key(|it| it.place);
        entries.dedup_by_key(|it| it.place);
        let last = entries.last().map_or(0, |it| it.place);
        self.next_place = self.next_place.max(last.saturating_add(1));
        self.entries = entries.into();
    }

    /// The entries that are saved with the state.
    pub(super) fn with_state(&self) -> Vec<&OutboxEntry> {
        self.entries.iter().filter(|it| !it.aside).collect()
    }

    pub(super) const fn taken(&self) -> &TakenBack {
        &self.taken
    }

    /// The entries that are set aside.
    pub(super) fn aside(&self) -> Vec<&OutboxEntry> {
        self.entries.iter().filter(|it| it.aside).collect()
    }

    /// Entries to set aside, if there is much.
    pub(super) fn to_set_aside(&self) -> Vec<&OutboxEntry> {
        let waiting = || {
            self.entries
                .iter()
                .filter(|it| can_be_set_aside(it, &self.taken))
        };
        let bytes: usize = waiting().map(|it| it.text.len()).sum();
        if bytes > SAVED_WITH_STATE {
            waiting().collect()
        } else {
            Vec::new()
        }
    }

    pub(super) fn mark_set_aside(&mut self) {
        let taken = &self.taken;
        let entries = self.entries.iter_mut();
        for entry in entries.filter(|it| can_be_set_aside(it, taken)) {
            entry.aside = true;
        }
    }

    /// The entries that are not in the file yet.
    pub(super) fn unsaved(&self) -> impl ExactSizeIterator<Item = &OutboxEntry> {
        let saved = self.entries.len().saturating_sub(self.unsaved);
        self.entries.range(saved..)
    }

    pub(super) const fn mark_saved(&mut self) {
        self.unsaved = 0;
    }

    pub(super) fn push(&mut self, to: &Name, mode: ModeId, text: String) {
        self.entries.push_back(OutboxEntry {
            to: to.clone(),
            mode,
            text,
            sealed: None,
            generation: 0,
            resealed: 0,
            sent: None,
            place: self.next_place,
            aside: false,
        });
        self.next_place += 1;
        self.unsaved += 1;
    }

    /// Texts to a peer that the relay has not accepted: in a mode, and in the other.
    pub(super) fn unsent(&self, to: &Name, mode: ModeId) -> (usize, usize) {
        let entries = self.entries.iter();
        let mut counts = (0, 0);
        for entry in entries.filter(|it| it.to == *to && !it.text.is_empty()) {
            let count = if entry.mode == mode {
                &mut counts.0
            } else {
                &mut counts.1
            };
            *count += 1;
        }
        counts
    }

    /// Whether an empty text to a peer in a mode waits.
    pub(super) fn has_empty(&self, to: &Name, mode: ModeId) -> bool {
        let mut entries = self.entries.iter();
        entries.any(|it| it.text.is_empty() && it.mode == mode && it.to == *to)
    }

    /// How many entries to a peer in a mode wait for a session.
    pub(super) fn unsealed(&self, to: &Name, mode: ModeId) -> usize {
        let entries = self.entries.iter();
        entries
            .filter(|it| it.sealed.is_none() && it.mode == mode && it.to == *to)
            .count()
    }

    /// Seals what can be sealed and is soon to be sent, for each recipient in the order in
    /// which it was typed. A recipient without a session does not delay the others.
    pub(super) fn seal(
        &mut self,
        device: &mut Device,
        mode: &dyn Mode,
        generation: u64,
        rng: &mut dyn CryptoRng,
    ) -> SealedNow {
        let mut done = SealedNow {
            any: false,
            error: None,
        };
        let ready = self.entries.iter().filter(|it| it.sealed.is_some()).count();
        if ready >= WINDOW {
            return done;
        }
        let mut left = WINDOW - ready;
        let unsealed = |it: &&mut OutboxEntry| it.sealed.is_none() && it.mode == mode.id();
        for entry in self.entries.iter_mut().filter(unsealed) {
            if left == 0 {
                break;
            }
            if !device.can_write_to(&entry.to) {
                continue;
            }
            match device.seal(&entry.to, entry.text.as_bytes(), mode, rng) {
                Ok(sealed) => {
                    entry.sealed = Some(hex::encode(sealed));
                    entry.generation = generation;
                    if std::mem::take(&mut entry.aside) {
                        self.taken.insert(&entry.to, entry.mode, entry.place);
                    }
                    done.any = true;
                    left -= 1;
                }
                // The next text begins a new session.
                Err(SealError::Chain(ChainError::Exhausted)) => {
                    let session = device.active_session(&entry.to).map(|it| *it.id());
                    if let Some(session) = session {
                        device.end_writing_in(&entry.to, &session);
                    }
                }
                Err(error) => {
                    done.error = Some(error);
                    break;
                }
            }
        }
        done
    }

    /// Discards the envelopes to a peer, so that their texts are sealed again.
    pub(super) fn unseal(&mut self, to: &Name) {
        for entry in self.entries.iter_mut().filter(|it| it.to == *to) {
            entry.unseal();
        }
    }

    /// Discards the envelopes that were sealed after a generation, which have not left.
    pub(super) fn unseal_after(&mut self, generation: u64) {
        let entries = self.entries.iter_mut();
        for entry in entries.filter(|it| it.generation > generation && it.sent.is_none()) {
            entry.unseal();
        }
    }

    /// Everything is to be sent again, on another connection.
    pub(super) fn mark_unsent(&mut self) {
        for entry in &mut self.entries {
            entry.sent = None;
        }
    }

    /// What was sent on this connection, and the relay has not accepted yet.
    pub(super) fn sent(&self) -> impl Iterator<Item = &OutboxEntry> {
        self.entries.iter().filter(|it| it.sent.is_some())
    }

    /// Removes the entry that was sent as the envelope with this digest.
    pub(super) fn take(&mut self, digest: Digest) -> Option<OutboxEntry> {
        let at = self.entries.iter().position(|it| it.sent == Some(digest))?;
        self.entries.remove(at)
    }

    /// Puts an entry back in its place, to be sealed again; gives it back if it has been
    /// often enough.
    pub(super) fn put_back(&mut self, mut entry: OutboxEntry) -> Result<(), OutboxEntry> {
        if entry.resealed >= MAX_RESEALED {
            return Err(entry);
        }
        entry.resealed += 1;
        entry.unseal();
        let at = self.entries.partition_point(|it| it.place < entry.place);
        self.entries.insert(at, entry);
        Ok(())
    }

    /// Envelopes to send next, marked as sent: no more than the window has room for.
    pub(super) fn next_to_send(&mut self) -> Vec<Vec<u8>> {
        let in_flight = self.entries.iter().filter(|it| it.sent.is_some()).count();
        self.entries
            .iter_mut()
            .filter(|it| it.sent.is_none() && it.sealed.is_some())
            .map_while(|entry| {
                let envelope = hex::decode(entry.sealed.as_ref()?).ok()?;
                Some((entry, envelope))
            })
            .take(WINDOW.saturating_sub(in_flight))
            .map(|(entry, envelope)| {
                entry.sent = Some(Digest::of(&envelope));
                envelope
            })
            .collect()
    }
}

/// It waits in the state, and would be read from where it was set aside.
fn can_be_set_aside(entry: &OutboxEntry, taken: &TakenBack) -> bool {
    !entry.aside && entry.sealed.is_none() && !is_covered(entry, taken)
}

fn is_covered(entry: &OutboxEntry, taken: &TakenBack) -> bool {
    taken.covers(&entry.to, entry.mode, entry.place)
}
