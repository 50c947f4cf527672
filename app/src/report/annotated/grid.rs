//! The two envelopes, field beside field. Where only one side has a field, the other says
//! "nothing here": that is where the modes differ.

use maud::{Markup, html};

use super::side::{OpenedValue, Side};
use crate::report::fields::spaced;
use crate::text::{count, printable, printable_bytes};
use doormat::protocol::wire::Field;

/// Fields that share a sign, a colour and a heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    Outside,
    Handshake,
    Chain,
    Access,
    Text,
    Opened,
}

impl Group {
    pub(super) const ALL: [Self; 6] = [
        Self::Outside,
        Self::Handshake,
        Self::Chain,
        Self::Access,
        Self::Text,
        Self::Opened,
    ];

    pub(super) fn of(field: &str) -> Self {
        match field.split(['.', '[']).next().unwrap_or_default() {
            "opening" => Self::Handshake,
            "ratchet_public" | "previous" | "number" => Self::Chain,
            "access" => Self::Access,
            "ciphertext" | "tag" => Self::Text,
            "opened" => Self::Opened,
            _ => Self::Outside,
        }
    }

    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Outside => "outside",
            Self::Handshake => "handshake",
            Self::Chain => "run",
            Self::Access => "access",
            Self::Text => "text",
            Self::Opened => "opened",
        }
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Outside => "The outside: what the relay needs",
            Self::Handshake => "The handshake, repeated until there is an answer",
            Self::Chain => "The run: which key, which message",
            Self::Access => "The access field: a copy for somebody else",
            Self::Text => "What was said, sealed",
            Self::Opened => "Not on the wire: what the escrow key opens",
        }
    }
}

/// A row of the grid: a field's name, and that field of each side.
struct FieldRow<'a> {
    name: &'a str,
    cells: Vec<Option<&'a Field>>,
}

/// All fields of all sides.
pub(super) fn grid(sides: &[Side]) -> Markup {
    let rows = rows(sides);
    html! {
        table.bytes-of {
            caption.announced { "The envelope, field by field" }
            thead {
                tr {
                    td {}
                    @for side in sides {
                        th scope="col" {
                            (side.mode_name()) " "
                            small { (count(side.packet.payload.len(), "byte")) }
                        }
                    }
                }
            }
            @for group in Group::ALL {
                @let of_group: Vec<_> = rows.iter().filter(|row| Group::of(row.name) == group).collect();
                @if !of_group.is_empty() {
                    tbody class=(group.class()) {
                        (heading(group, sides.len()))
                        @for row in of_group { (line(row, sides)) }
                    }
                }
            }
            @if sides.iter().any(|side| side.trace.is_some()) {
                tbody.opened {
                    (heading(Group::Opened, sides.len()))
                    @for row in opened_rows(sides) { (row) }
                }
            }
        }
    }
}

fn heading(group: Group, sides: usize) -> Markup {
    html! {
        tr.heading { th colspan=(sides + 1) scope="colgroup" { (group.title()) } }
    }
}

fn line(row: &FieldRow<'_>, sides: &[Side]) -> Markup {
    let differs = row.cells.iter().any(Option::is_none) || row.name == "mode";
    html! {
        tr.differs[differs] {
            th scope="row" { (name(row.name)) }
            @for (cell, side) in row.cells.iter().zip(sides) {
                td data-mode=(side.mode_name()) {
                    @match cell {
                        Some(field) => { (bytes(side, field)) }
                        None => { span.nothing { "nothing here" } }
                    }
                }
            }
        }
    }
}

/// A field's name, with line breaks allowed after its dots and underscores.
fn name(name: &str) -> Markup {
    let parts: Vec<&str> = name.split_inclusive(['.', '_']).collect();
    html! { @for part in parts { (part) wbr; } }
}

fn bytes(side: &Side, field: &Field) -> Markup {
    let address = side.address(&field.name);
    html! {
        a.field href=(format!("#{address}")) id=(format!("bytes.{address}"))
            aria-label=(format!(
                "{}, {}: {} from offset {}",
                side.mode_name(), field.name, count(field.bytes.len(), "byte"), field.offset
            )) {
            small.offset { (field.offset) }
            code.bytes { (spaced(&field.bytes)) }
            @if let Some(value) = &field.value { span.value { (printable(value)) } }
        }
    }
}

fn opened_rows(sides: &[Side]) -> Vec<Markup> {
    let opened: Vec<Vec<OpenedValue>> = sides.iter().map(Side::opened).collect();
    let longest = opened.iter().max_by_key(|it| it.len());
    let rows = longest.into_iter().flatten().map(|row| {
        html! {
            tr.differs {
                th scope="row" { (name(&row.name)) }
                @for (side, opened) in sides.iter().zip(&opened) {
                    td data-mode=(side.mode_name()) {
                        @match opened.iter().find(|it| it.id == row.id) {
                            Some(value) => { (opened_value(side, value)) }
                            None => { span.nothing { "stays shut" } }
                        }
                    }
                }
            }
        }
    });
    rows.collect()
}

fn opened_value(side: &Side, opened: &OpenedValue) -> Markup {
    let address = side.address(opened.id);
    html! {
        a.field href=(format!("#{address}")) id=(format!("bytes.{address}"))
            aria-label=(format!("{}, {}, opened with the escrow key", side.mode_name(), opened.name)) {
            small.offset { "→" }
            @if opened.id == "opened.text" {
                span.said { (printable_bytes(&opened.bytes)) }
            } @else {
                code { (spaced(&opened.bytes)) }
            }
        }
    }
}

/// A row for every field name of either side, in an order that agrees with both sides.
fn rows(sides: &[Side]) -> Vec<FieldRow<'_>> {
    let mut names: Vec<&str> = Vec::new();
    for side in sides {
        let mut at = 0;
        for field in &side.fields {
            match names.iter().position(|name| *name == field.name) {
                Some(known) => at = known + 1,
                None => {
                    names.insert(at.min(names.len()), &field.name);
                    at += 1;
                }
            }
        }
    }
    names
        .into_iter()
        .map(|name| FieldRow {
            name,
            cells: sides
                .iter()
                .map(|side| side.fields.iter().find(|field| field.name == name))
                .collect(),
        })
        .collect()
}
