//! Up to where entries that were set aside have been taken back into the state. The file in which
//! they were set aside is not written again for each, so when it is read this says what of it
//! is out of date.

use serde::{Deserialize, Serialize};

use super::outbox_entry::OutboxEntry;
use doormat::protocol::{ModeId, Name};

/// For each recipient and mode, the last entry that was set aside and then sealed: those before
/// it were too.
#[derive(Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct TakenBack(Vec<Taken>);

#[derive(Serialize, Deserialize)]
struct Taken {
    to: Name,
    mode: ModeId,
    place: u64,
}

impl TakenBack {
    /// Whether an entry is not read from where it was set aside: it is in the state, or done.
    /// So it must not be set aside again.
    pub(super) fn covers(&self, entry: &OutboxEntry) -> bool {
        let mut taken = self.0.iter();
        taken.any(|it| it.is_for(entry) && entry.place <= it.place)
    }

    /// Notes that an entry has been taken back.
    pub(super) fn insert(&mut self, entry: &OutboxEntry) {
        match self.0.iter_mut().find(|it| it.is_for(entry)) {
            Some(taken) => taken.place = taken.place.max(entry.place),
            None => self.0.push(Taken {
                to: entry.to.clone(),
                mode: entry.mode,
                place: entry.place,
            }),
        }
    }

    /// The last place of all.
    pub(super) fn last(&self) -> u64 {
        self.0.iter().map(|it| it.place).max().unwrap_or(0)
    }
}

impl Taken {
    fn is_for(&self, entry: &OutboxEntry) -> bool {
        self.to == entry.to && self.mode == entry.mode
    }
}
