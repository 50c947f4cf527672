//! One field, told.

use maud::{Markup, html};

use super::{
    about::{self, Reader},
    grid::Group,
    side::{Opened, Side},
    steps::{self, Step},
};
use crate::text::{count, printable, printable_bytes};
use doormat::protocol::wire::Field;

/// What stands where a field will be explained, until one is chosen.
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

/// A field of an envelope.
pub(super) fn field(side: &Side, field: &Field) -> Markup {
    let how = about::how(&field.name, &side.header);
    html! {
        article id=(side.address(&field.name)) class=(Group::of(&field.name).class()) {
            h2 { (field.name) @if let Some(value) = &field.value { " = " (printable(value)) } }
            p.place {
                (side.told()) " · " (count(field.bytes.len(), "byte")) " from offset " (field.offset)
            }
            p.what { (field.sentence) }
            (readers(&about::readers(&field.name, side)))
            (computed(&how.formula, how.section))
            @for step in steps::of_field(&field.name, side) { (told(&step)) }
            @if let Some(why) = about::why_no_command(&field.name, side) { p.none { (why) } }
        }
    }
}

/// A value that the escrow key opened.
pub(super) fn opened(side: &Side, opened: &Opened) -> Markup {
    html! {
        article.opened id=(side.address(opened.id)) {
            h2 {
                (opened.name)
                @if opened.id == "opened.text" { " = “" (printable_bytes(&opened.bytes)) "”" }
            }
            p.place { (side.told()) " · " (count(opened.bytes.len(), "byte")) ", not on the wire" }
            p.what { (opened.what) }
            (readers(&about::readers(opened.id, side)))
            @for step in steps::of_field(opened.id, side) { (told(&step)) }
        }
    }
}

fn readers(readers: &[Reader]) -> Markup {
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

fn computed(formula: &str, section: &str) -> Markup {
    html! {
        h3 { "How it was computed " small { "spec " (section) } }
        p { code.formula { (formula) } }
    }
}

fn told(step: &Step) -> Markup {
    html! {
        section.step {
            h3 { (step.title) " " small { "spec " (step.section) } }
            p { code.formula { (step.formula) } }
            pre { code.command { (step.command) } }
            p.gives { "gives " output { (step.value) } }
        }
    }
}
