//! The bytes of one message in both modes, field by field, as JSON for the page.

use serde::Serialize;

use super::state::LessonState;
use crate::report::fields::spaced;
use crate::text::{printable, printable_bytes};
use doormat::experiment::Trace;
use doormat::protocol::{Envelope, wire::Field};

/// One message in both modes, field by field.
#[derive(Debug, Serialize)]
pub(super) struct MessageBytes {
    number: usize,
    sender: &'static str,
    sides: Vec<SideBytes>,
}

#[derive(Debug, Serialize)]
struct SideBytes {
    mode: &'static str,
    length: usize,
    fields: Vec<FieldView>,
    /// What the leaked key opens, once Eve has used it.
    opened: Vec<OpenedView>,
}

#[derive(Debug, Serialize)]
struct FieldView {
    name: String,
    offset: usize,
    length: usize,
    bytes: String,
    value: Option<String>,
    sentence: &'static str,
}

#[derive(Debug, Serialize)]
struct OpenedView {
    name: &'static str,
    value: String,
}

impl MessageBytes {
    /// Nothing if there is no such message.
    pub(super) fn of(state: &LessonState, number: usize) -> Option<Self> {
        let live = state.live();
        let sides = live.sides().iter().map(|side| {
            let payload = &side.packets().get(number)?.payload;
            let envelope = Envelope::decode(payload).ok()?;
            let trace = match state.scene.is_read() {
                true => Trace::of(live.key(), &envelope),
                false => None,
            };
            Some(SideBytes {
                mode: side.mode().as_str(),
                length: payload.len(),
                fields: envelope.fields().into_iter().map(FieldView::of).collect(),
                opened: trace.iter().flat_map(opened).collect(),
            })
        });
        Some(Self {
            number,
            sender: live.lines().get(number)?.sender,
            sides: sides.collect::<Option<_>>()?,
        })
    }
}

impl FieldView {
    fn of(field: Field) -> Self {
        Self {
            name: field.name,
            offset: field.offset,
            length: field.bytes.len(),
            bytes: spaced(&field.bytes),
            value: field.value.as_deref().map(printable),
            sentence: field.sentence,
        }
    }
}

fn opened(trace: &Trace) -> [OpenedView; 3] {
    [
        ("session_key", spaced(trace.session_key.as_bytes())),
        ("message_key", spaced(trace.message_key.as_bytes())),
        ("text", printable_bytes(&trace.text)),
    ]
    .map(|(name, value)| OpenedView { name, value })
}
