//! The tape alone.

use super::attack::{Attack, Loot, Method, Reader, always};
use crate::attack::Wiretap;
use crate::experiment::Family;

pub(super) static WIRETAP: Attack = Attack {
    name: "wiretap",
    loot: "nothing: the tape alone",
    when: "she listens from the first message to the last",
    tried: "every field of 32 bytes in an envelope's header, as its session key and as its message key",
    lesson: "Recording is cheap, and what is not sealed to her stays shut in every design. \
             Who writes to whom, when and how much is open in every design.",
    source: "RFC 7258, Pervasive Monitoring Is an Attack (2014)",
    families: &[Family::SpareKey, Family::Devices],
    reader: Reader::Eve,
    remark: None,
    applies: always,
    method: Method::Theft {
        loot: |_| Loot::Nothing,
        too_early: None,
        run: |evidence, setting| evidence.play(setting, &mut Wiretap),
    },
};
