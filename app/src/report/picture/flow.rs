//! The path of a message from one participant to the other, and where the attacker stands:
//! at the tap on the wire, and at the authority whose key she stole.

use maud::html;

use super::draw::{Picture, Rect, arrow, label, titled};
use crate::text::{count, grouped};
use doormat::experiment::LeakOutcome;

/// Draws the path, with the figures of one experiment.
pub fn picture(outcome: &LeakOutcome) -> Picture {
    let messages = outcome.conversation.lines().len();
    let (escrow, e2e) = (&outcome.escrow, &outcome.e2e);
    let place = |column: usize, y: usize| Rect {
        x: 20 + column * 172,
        y,
        width: 140,
        height: 50,
    };
    let right = |column: usize| 20 + column * 172 + 140;
    let middle = |column: usize| 20 + column * 172 + 70;
    let shapes = html! {
        (label(20, 32, "head", "The way of a message, and where Eve stands"))
        (titled(place(0, 66), "", "alice", "participant"))
        (titled(place(1, 66), "", "session", "sealed under a mode"))
        (titled(place(2, 66), "", "transport", "relay or memory"))
        (titled(place(3, 66), "", "session", "checks, then opens"))
        (titled(place(4, 66), "", "bob", "participant"))
        @for column in 0..4 {
            (arrow(&[(right(column), 91), (right(column) + 32, 91)], ""))
        }
        line.border x1="20" y1="142" x2="848" y2="142" {}
        (label(20, 162, "small dim", "above: people and their keys"))
        (label(20, 180, "small dim", "below: recorded bytes, a spare key, a thief"))
        (arrow(&[(middle(2), 116), (middle(2), 168)], ""))
        (titled(place(2, 168), "", "tap", "hears every byte"))
        (arrow(&[(middle(2), 218), (middle(2), 248)], ""))
        (titled(place(2, 248), "", "tape", &format!("{} a mode", count(messages, "envelope"))))
        (titled(place(4, 168), "", "authority", "keeps a spare key"))
        (arrow(&[(20 + 4 * 172, 193), (right(3), 193)], "open"))
        (titled(place(3, 168), "open", "loot", "32 bytes, stolen"))
        (arrow(&[(middle(3), 218), (middle(3), 248)], "open"))
        (arrow(&[(right(2), 273), (20 + 3 * 172, 273)], ""))
        (titled(place(3, 248), "", "Eve: the attack", "tape and loot only"))
        (arrow(&[(right(3), 273), (20 + 4 * 172, 273)], "open"))
        (titled(place(4, 248), "", "exposure", "what she read"))
        (label(640, 322, "", "escrow"))
        (label(848, 322, "bad end", &read_of(escrow.leaked_escrow_key.read, messages)))
        (label(640, 342, "", "end-to-end"))
        (label(848, 342, "strong in-shut end", &read_of(e2e.leaked_escrow_key.read, messages)))
    };
    Picture {
        id: "flow".to_owned(),
        title: "The way of a message, and where Eve stands".to_owned(),
        description: format!(
            "Alice’s session seals a message under a mode; a transport carries it to Bob’s \
             session, which checks and opens it. A tap on the transport writes every byte to a \
             tape, {} for each mode. Eve’s attack has the tape and what was stolen, the \
             authority’s escrow key of 32 bytes, and nothing of the participants. She reads {} of \
             {} messages in the escrow mode, {} of {} end-to-end.",
            count(messages, "envelope"),
            grouped(escrow.leaked_escrow_key.read),
            grouped(messages),
            grouped(e2e.leaked_escrow_key.read),
            grouped(messages),
        ),
        width: 868,
        height: 362,
        shapes,
    }
}

fn read_of(read: usize, of: usize) -> String {
    format!(
        "{} {} of {}",
        if read > 0 { "READ" } else { "read" },
        grouped(read),
        grouped(of)
    )
}
