//! What a tape holds, byte by byte.

use serde::Serialize;

use doormat::protocol::wire;
use doormat::tape::Packet;

/// `doormat inspect --json`.
#[derive(Serialize)]
pub struct Inspection {
    /// `envelope` or `bundle`.
    pub kind: &'static str,
    /// Its number among those of its kind, in the order of the tape, from 0.
    pub index: u64,
    /// When it passed the tap: seconds since 1970-01-01 00:00 UTC.
    pub time: f64,
    /// Where it came from.
    pub source: String,
    /// Where it went.
    pub destination: String,
    /// Its size, in bytes.
    pub length: usize,
    /// All of its bytes, in order.
    pub fields: Vec<Field>,
}

impl Inspection {
    /// What was found of the `index`th of its `kind` on a tape.
    pub fn new(kind: &'static str, index: u64, packet: &Packet, fields: Vec<wire::Field>) -> Self {
        Self {
            kind,
            index,
            time: packet.time.as_secs_f64(),
            source: packet.source.to_string(),
            destination: packet.destination.to_string(),
            length: packet.payload.len(),
            fields: fields.into_iter().map(Field::from).collect(),
        }
    }
}

/// One field of an inspection.
#[derive(Serialize)]
pub struct Field {
    name: String,
    offset: usize,
    length: usize,
    bytes: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    explanation: &'static str,
}

impl From<wire::Field> for Field {
    fn from(field: wire::Field) -> Self {
        Self {
            name: field.name,
            offset: field.offset,
            length: field.bytes.len(),
            bytes: hex::encode(&field.bytes),
            value: field.value,
            explanation: field.sentence,
        }
    }
}
