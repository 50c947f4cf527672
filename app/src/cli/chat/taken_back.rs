//! Up to where entries that were set aside have been taken back into the state. The file in which
//! they were set aside is not written again for each, so when it is read this says what of it
//! is out of date.

use serde::{Deserialize, Serialize};

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
    pub(super) fn covers(&self, to: &Name, mode: ModeId, place: u64) -> bool {
        let mut taken = self.0.iter();
        taken.any(|it| it.is_for(to, mode) && place <= it.place)
    }

    /// Notes that an entry has been taken back.
    pub(super) fn insert(&mut self, to: &Name, mode: ModeId, place: u64) {
        match self.0.iter_mut().find(|it| it.is_for(to, mode)) {
            Some(taken) => taken.place = taken.place.max(place),
            None => self.0.push(Taken {
                to: to.clone(),
                mode,
                place,
            }),
        }
    }

    /// The last place of all.
    pub(super) fn last(&self) -> u64 {
        self.0.iter().map(|it| it.place).max().unwrap_or(0)
    }
}

impl Taken {
    fn is_for(&self, to: &Name, mode: ModeId) -> bool {
        self.to == *to && self.mode == mode
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_taken_back_late_takes_back_no_less() {
        let name = |it| Name::new(it).expect("a name");
        let (bob, carol) = (name("bob"), name("carol"));
        let mut taken = TakenBack::default();
        for place in [96, 5] {
            taken.insert(&bob, ModeId::EndToEnd, place);
        }
        assert!((1..=96).all(|it| taken.covers(&bob, ModeId::EndToEnd, it)));
        assert!(!taken.covers(&bob, ModeId::EndToEnd, 97));
        assert!(!taken.covers(&bob, ModeId::Escrow, 5));
        assert!(!taken.covers(&carol, ModeId::EndToEnd, 5));
        assert_eq!(taken.last(), 96);
    }
}
