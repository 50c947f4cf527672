//! A design in a sentence, from its data.

use doormat::experiment::design::{Check, Custody, Design};
use doormat::protocol::{ModeId, ScheduleId};

/// A design in a few words, to stand beside its name.
pub fn gist(design: &Design) -> String {
    let ratchet = design.schedule == ScheduleId::Ratchet;
    match (design.authorities, design.custody, design.check) {
        (0, ..) if ratchet => "a new key every turn".to_owned(),
        (0, ..) => "one key for ever".to_owned(),
        (_, _, Check::Checksum) => "16 bits of the copy checked".to_owned(),
        (_, Custody::Split { threshold, shares }, _) => {
            format!("{threshold} of {shares} shares make its key")
        }
        (_, Custody::Epochs(_), _) => "its key changes (┊)".to_owned(),
        (_, Custody::Desk, _) => "its desk asks for a warrant".to_owned(),
        (1, Custody::Whole, _) if ratchet => "an authority has a copy".to_owned(),
        (1, Custody::Whole, _) => "one key, and a copy".to_owned(),
        (many, Custody::Whole, _) => format!("{many} authorities have copies"),
    }
}

/// What a design is.
pub fn describe(design: &Design) -> String {
    let schedule = match design.schedule {
        ScheduleId::Ratchet => "a new session key every turn",
        ScheduleId::Static => "one session key in each direction, for ever",
    };
    if design.mode == ModeId::EndToEnd {
        return format!("{schedule}; nobody else gets it.");
    }
    let who = match (design.authorities, design.custody) {
        (many, _) if many > 1 => format!("each of {many} authorities gets a copy"),
        (_, Custody::Whole) => "an authority gets a copy".to_owned(),
        (_, Custody::Split { threshold, shares }) => format!(
            "an authority gets a copy, and {threshold} of the {shares} shares of its key open it"
        ),
        (_, Custody::Epochs(epochs)) => format!(
            "an authority gets a copy, under a new key in each of {epochs} epochs; old keys are destroyed"
        ),
        (_, Custody::Desk) => {
            "an authority gets a copy, and opens it behind a desk that asks for a warrant"
                .to_owned()
        }
    };
    let check = match design.check {
        Check::Recomputed => "receivers compute each copy anew",
        Check::Checksum => "receivers check 16 bits of each copy",
    };
    format!("{schedule}; {who}; {check}.")
}
