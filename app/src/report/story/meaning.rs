//! What it means, and where to go next.

use super::{Asked, Scene, next};
use crate::text::{
    count, grouped, paragraph,
    style::{TITLE, paint},
};
use doormat::experiment::LeakOutcome;
use doormat::protocol::ScheduleId;

pub(super) fn scene(outcome: &LeakOutcome, asked: Asked<'_>) -> Scene {
    let messages = outcome.conversation.lines().len();
    let escrow = outcome.escrow.leaked_escrow_key.read;
    let e2e = outcome.e2e.leaked_escrow_key.read;
    let session_keys = outcome.escrow.session_keys;
    let mut out = paragraph(&format!(
        "1. In the escrow mode one leaked key of 32 bytes opened {}, and with them read \
         {} of {}, recorded before it leaked. No participant did anything wrong.",
        count(session_keys, "session key"),
        grouped(escrow),
        count(messages, "message"),
    ));
    out.extend(paragraph(&format!(
        "2. End-to-end the same attack read {} of {}. Its cipher is no stronger: nothing \
         on that wire is sealed to anybody but Alice and Bob.",
        grouped(e2e),
        grouped(messages)
    )));
    out.extend(paragraph(match outcome.schedule {
        ScheduleId::Ratchet => {
            "3. Both modes draw new keys at every turn and delete the old ones: forward \
             secrecy. The copy for the authority is the one that nobody deletes."
        }
        ScheduleId::Static => {
            "3. Without the ratchet (static) each direction kept one session key for all \
             its messages. What the escrow key reads is the same with it and without."
        }
    }));
    out.push(String::new());
    out.extend(paragraph(
        "What this does not show: end-to-end hides no metadata, and helps nobody whose \
         phone is seized or whose relay lies about keys.",
    ));
    out.push(String::new());
    out.push(format!("  {}", paint(TITLE, "Where to go next")));
    out.extend(next::steps(asked));
    Scene {
        title: "What it means",
        lines: out,
    }
}
