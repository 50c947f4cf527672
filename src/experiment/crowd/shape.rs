//! How large a crowd is.

use crate::protocol::ScheduleId;

/// What a crowd is to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crowd {
    /// Messages in all.
    pub messages: u64,
    /// Bytes of each text.
    pub size: usize,
    /// Messages under one session key, before the other side has its turn; not 0.
    pub per_key: u64,
    /// How session keys come and go.
    pub schedule: ScheduleId,
    /// The number that reproduces every byte.
    pub seed: u64,
}

impl Crowd {
    /// How many session keys that makes. Only the last may have fewer messages.
    pub const fn session_keys(&self) -> u64 {
        self.messages.div_ceil(self.per_key)
    }

    /// How many sessions.
    pub const fn sessions(&self) -> u64 {
        self.session_keys().div_ceil(self.turns())
    }

    /// Turns in a session: ten under the ratchet. The static schedule has one session
    /// key in each direction, so there it is a turn each.
    pub(super) const fn turns(&self) -> u64 {
        match self.schedule {
            ScheduleId::Ratchet => 10,
            ScheduleId::Static => 2,
        }
    }
}
