//! What came of opening a tape's envelopes, added up over threads and batches.

use zeroize::Zeroizing;

use super::entry::Entry;
use crate::attack::chains;
use crate::crypto::keys::TAG_BYTES;

/// Messages opened with unwrapped session keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Opened {
    /// How many.
    pub messages: u64,
    /// How many of them under the static schedule.
    pub fixed: u64,
    /// Bytes of their headers.
    pub header_bytes: u64,
    /// Bytes of their texts.
    pub text_bytes: u64,
}

/// What came of opening.
#[derive(Debug, Default)]
pub struct BatchResult {
    /// Envelopes whose text was read.
    pub read: u64,
    /// Envelopes that are sealed to the key and still do not open.
    pub damaged: u64,
    /// Session keys unwrapped, each counted once.
    pub session_keys: u64,
    /// Of what was read, that was opened with an unwrapped session key.
    pub opened: Opened,
    /// A line for each session key, if they are logged (spec §11.2).
    pub(super) key_log: Vec<Zeroizing<String>>,
    /// Checkpoints added to chains.
    pub(super) grown: usize,
}

impl BatchResult {
    /// Both together.
    #[must_use]
    pub fn and(mut self, mut other: Self) -> Self {
        self.read += other.read;
        self.damaged += other.damaged;
        self.session_keys += other.session_keys;
        self.opened = self.opened.and(other.opened);
        self.key_log.append(&mut other.key_log);
        self.grown += other.grown;
        self
    }

    /// The session keys, one a line, in the order of their lines.
    pub fn into_key_log(self) -> Vec<Zeroizing<String>> {
        chains::sorted_key_log(self.key_log)
    }

    /// One envelope of a chain that is sealed to the key.
    pub(super) fn count(&mut self, entry: &Entry, fixed: bool) {
        if entry.read {
            self.read += 1;
            self.opened = self.opened.and(Opened {
                messages: 1,
                fixed: u64::from(fixed),
                header_bytes: size(entry.parts.header),
                text_bytes: size(entry.parts.ciphertext.saturating_sub(TAG_BYTES)),
            });
        } else {
            self.damaged += 1;
        }
    }
}

impl Opened {
    const fn and(self, other: Self) -> Self {
        Self {
            messages: self.messages + other.messages,
            fixed: self.fixed + other.fixed,
            header_bytes: self.header_bytes + other.header_bytes,
            text_bytes: self.text_bytes + other.text_bytes,
        }
    }
}

fn size(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
