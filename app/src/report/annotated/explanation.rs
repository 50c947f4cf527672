//! The explanation of one field: what it is, who can read it, how it was computed. The
//! sentence that says what a field is stands where the field is declared.

use maud::{Markup, html};

use super::{
    grid::Group,
    side::{OpenedValue, Side, without_index},
    steps::{self, Step},
};
use crate::text::{count, printable, printable_bytes};
use doormat::protocol::{Header, ModeId, ScheduleId, wire::Field};

/// The panel's content until a field is chosen.
pub(super) fn introduction(sides: &[Side]) -> Markup {
    let opened = sides.iter().any(|side| side.trace.is_some());
    html! {
        article.introduction id="introduction" {
            h2 { "How to read this" }
            @if sides.len() > 1 {
                p {
                    "The same message, sent once in each mode. Every key was drawn anew, so most \
                     bytes differ and say nothing by that. Where the modes differ, the line \
                     carries a " span.sign { "◆" } "."
                }
            }
            ul.groups {
                @for group in Group::ALL {
                    @if opened || group != Group::Opened {
                        li class=(group.class()) { (group.title()) }
                    }
                }
            }
            p.keys {
                kbd { "Tab" } " next field, " kbd { "↑" } " " kbd { "↓" } " up and down one side, "
                kbd { "←" } " " kbd { "→" } " to the other, " kbd { "Enter" } " keeps its address."
            }
        }
    }
}

/// The explanation of a field of an envelope.
pub(super) fn field(side: &Side, field: &Field) -> Markup {
    let formula = formula(&field.name, &side.header);
    html! {
        article id=(side.address(&field.name)) class=(Group::of(&field.name).class()) {
            h2 { (field.name) @if let Some(value) = &field.value { " = " (printable(value)) } }
            p.place {
                (side.mode_name()) " · " (count(field.bytes.len(), "byte")) " from offset " (field.offset)
            }
            p.what { (field.sentence) }
            (readers_section(&readers(&field.name, side)))
            (formula_section(formula.text, formula.section))
            @for step in steps::of_field(&field.name, side) { (step_section(&step)) }
            @if let Some(why) = why_no_command(&field.name, side) { p.none { (why) } }
        }
    }
}

/// The explanation of a value that the escrow key opened.
pub(super) fn opened(side: &Side, opened: &OpenedValue) -> Markup {
    html! {
        article.opened id=(side.address(opened.id)) {
            h2 {
                (opened.name)
                @if opened.id == "opened.text" { " = “" (printable_bytes(&opened.bytes)) "”" }
            }
            p.place { (side.mode_name()) " · " (count(opened.bytes.len(), "byte")) ", not on the wire" }
            p.what { (opened.what) }
            (readers_section(&readers(opened.id, side)))
            @for step in steps::of_field(opened.id, side) { (step_section(&step)) }
        }
    }
}

fn readers_section(readers: &[FieldReader]) -> Markup {
    html! {
        h3 { "Who can read it" }
        ul.readers {
            @for reader in readers {
                li.yes[reader.can].no[!reader.can] {
                    b { (if reader.can { "yes" } else { "no" }) } " "
                    (reader.who)
                    @if !reader.note.is_empty() { ": " (reader.note) }
                }
            }
        }
    }
}

fn formula_section(formula: &str, section: &str) -> Markup {
    html! {
        h3 { "How it was computed " small { "spec " (section) } }
        p { code.formula { (formula) } }
    }
}

fn step_section(step: &Step) -> Markup {
    html! {
        section.step {
            h3 { (step.title) " " small { "spec " (step.section) } }
            p { code.formula { (step.formula) } }
            pre { code.command { (step.command) } }
            p.gives { "gives " output { (step.value) } }
        }
    }
}

/// How a field is computed, and the section of the specification.
struct Formula {
    text: &'static str,
    section: &'static str,
}

/// The formula of a field, in the specification's own names.
fn formula(field: &str, header: &Header) -> Formula {
    let fixed = header.schedule == ScheduleId::Static;
    let (text, section) = match without_index(field).as_str() {
        "version" => ("1", "§7.1"),
        "kind" => ("1: an envelope", "§7.1"),
        "mode" => ("1 e2e, 2 escrow", "§8.4"),
        "schedule" => ("1 ratchet, 2 static", "§6"),
        "session" => ("32 random bytes, drawn by the initiator", "§5.2"),
        "sender" | "recipient" => ("its length, one byte; then its letters", "§2.2"),
        "opening.present" => ("1 until an answer was accepted, then 0", "§5.3"),
        "opening.initiator.agreement" => ("IK_A = X25519(32 random bytes, 9)", "§3.1"),
        "opening.initiator.signing" => ("the Ed25519 public key of 32 random bytes", "§3.1"),
        "opening.ephemeral" => ("EK_A = X25519(32 random bytes, 9)", "§5.2"),
        "opening.signed_prekey" => ("the number of SPK_B in the recipient's key bundle", "§5.1"),
        "opening.one_time_prekey.present" => ("1 if the key bundle had one", "§5.3"),
        "opening.one_time_prekey" => ("the number of OPK_B in the key bundle", "§5.1"),
        "ratchet_public" if fixed => (
            "EK_A on the initiator's envelopes, SPK_B on the other's",
            "§6.3",
        ),
        "ratchet_public" => (
            "ours = X25519(32 random bytes, 9), new for each run",
            "§6.1",
        ),
        "previous" if fixed => ("0", "§6.3"),
        "previous" => ("the length of the sender's run before this one", "§6.4"),
        "number" => (
            "counts the messages of a run, from 0",
            if fixed { "§6.3" } else { "§6.2" },
        ),
        "access.length" => ("88 × the number of access fields", "§7.1"),
        "access.authority" => (
            "the first 8 bytes of SHA-256(\"doormat v1 authority\" || escrow public key)",
            "§8.1",
        ),
        "access.encapsulated" => ("the public half of DeriveKeyPair(ikmE)", "§8.3"),
        "access.sealed" => (
            "SealBase(escrow public key, \"doormat v1 access\" || context, \"\", session_key)",
            "§8.3",
        ),
        "ciphertext.length" => ("the text's length + 16", "§7.1"),
        "ciphertext" => (
            "Seal(message_key, 0^12, header, text), without its last 16 bytes",
            "§7.2",
        ),
        "tag" => (
            "the last 16 bytes of Seal(message_key, 0^12, header, text)",
            "§7.2",
        ),
        _ => ("", "§7.1"),
    };
    Formula { text, section }
}

/// A party, and whether they can read a field.
struct FieldReader {
    who: String,
    can: bool,
    note: &'static str,
}

/// The network, the recipient, and whoever has the escrow key, for one field.
fn readers(field: &str, side: &Side) -> [FieldReader; 3] {
    let escrow = side.header.mode == ModeId::Escrow;
    let once = match side.header.schedule {
        ScheduleId::Ratchet => "once; the phone then forgets the key",
        ScheduleId::Static => "as often as wanted: the phone keeps the key",
    };
    let kept = match side.header.schedule {
        ScheduleId::Ratchet => "until the chain has stepped on",
        ScheduleId::Static => "as long as the conversation lasts",
    };
    let nothing = "nothing on this envelope is sealed to it";
    let by_the_field = "by the access field";
    let key = |can: bool, note: &'static str| {
        if escrow {
            (can, note)
        } else {
            (false, nothing)
        }
    };
    let [network, recipient, holder] = match without_index(field).as_str() {
        "access.encapsulated" => [
            (true, "it opens nothing by itself"),
            (true, "and computes it anew, to refuse a forged one"),
            (true, "and agrees on a secret with it"),
        ],
        "access.sealed" => [
            (false, "48 bytes that look random"),
            (
                false,
                "but has the session key, computes the field anew, and compares",
            ),
            (true, "it is the session key, and with it the whole run"),
        ],
        "ciphertext" => [
            (false, "only how long it is"),
            (true, once),
            key(true, by_the_field),
        ],
        "tag" => [
            (false, "who cannot check it, nor make one"),
            (true, "who refuses the message if it is wrong"),
            key(true, "and can make another, for words of their own"),
        ],
        "opened.session_key" | "opened.chain_key" => [
            (false, ""),
            (true, kept),
            key(true, "today or in ten years"),
        ],
        "opened.message_key" => [
            (false, ""),
            (true, once),
            key(true, "today or in ten years"),
        ],
        "opened.text" => [(false, ""), (true, ""), key(true, "")],
        "ratchet_public" => [
            (true, "it opens nothing by itself"),
            (true, "and knows by it which run this is"),
            (true, "as anybody"),
        ],
        "session" => [
            (true, "and so links its messages"),
            (true, ""),
            (true, "as anybody"),
        ],
        "ciphertext.length" => [
            (true, "and so knows how long the text is"),
            (true, ""),
            (true, "as anybody"),
        ],
        _ => [(true, ""), (true, ""), (true, "as anybody")],
    };
    let reader = |who: String, (can, note)| FieldReader { who, can, note };
    [
        reader("the network".to_owned(), network),
        reader(side.header.recipient.as_str().to_owned(), recipient),
        reader("whoever has the escrow key".to_owned(), holder),
    ]
}

/// Why a field has no command that computes it again.
fn why_no_command(field: &str, side: &Side) -> Option<&'static str> {
    let random = "Drawn at random: nobody computes it again, but for a seeded run (spec §12).";
    match without_index(field).as_str() {
        "session"
        | "opening.initiator.agreement"
        | "opening.initiator.signing"
        | "opening.ephemeral" => Some(random),
        "ratchet_public" if side.header.schedule == ScheduleId::Ratchet => Some(random),
        "ciphertext" | "tag" | "access.authority" | "access.encapsulated" | "access.sealed"
            if side.trace.is_none() =>
        {
            Some(match side.header.mode {
                ModeId::EndToEnd => {
                    "No command: the message key was on the two phones, and this recording with \
                     an escrow key does not give it."
                }
                ModeId::Escrow => "With the escrow key (--escrow-key) the commands stand here.",
            })
        }
        _ => None,
    }
}
