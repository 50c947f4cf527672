//! Outcomes as JSON. The names are a promise: see `docs/commands.md`.

use serde::Serialize;

use crate::attack::{Exposure, Harvest, Observation, Tally};
use crate::experiment::{Crowd, LeakOutcome, Sight, leak::ModeOutcome};
use crate::protocol::{ModeId, wire};
use crate::tape::Packet;

/// `doormat demo --json`.
#[derive(Serialize)]
pub struct Demo {
    seed: u64,
    messages: usize,
    schedule: &'static str,
    escrow_key: String,
    runs: [Run; 2],
}

#[derive(Serialize)]
struct Run {
    mode: &'static str,
    wire_bytes: usize,
    access_bytes: usize,
    eve: Eve,
}

#[derive(Serialize)]
struct Eve {
    wiretap: Seen,
    leaked_escrow_key: Seen,
    session_keys: usize,
}

#[derive(Serialize)]
struct Seen {
    read: usize,
    metadata: usize,
}

impl From<&LeakOutcome> for Demo {
    fn from(outcome: &LeakOutcome) -> Self {
        Self {
            seed: outcome.seed,
            messages: outcome.conversation.lines().len(),
            schedule: outcome.schedule.as_str(),
            escrow_key: hex::encode(outcome.key.secret().as_bytes()),
            runs: [(&outcome.escrow).into(), (&outcome.e2e).into()],
        }
    }
}

impl From<&ModeOutcome> for Run {
    fn from(outcome: &ModeOutcome) -> Self {
        Self {
            mode: outcome.mode.as_str(),
            wire_bytes: outcome.wire_bytes,
            access_bytes: outcome.access_bytes,
            eve: Eve {
                wiretap: (&outcome.wiretap).into(),
                leaked_escrow_key: (&outcome.leaked_escrow_key).into(),
                session_keys: outcome.session_keys,
            },
        }
    }
}

impl From<&Sight> for Seen {
    fn from(sight: &Sight) -> Self {
        Self {
            read: sight.read,
            metadata: sight.metadata,
        }
    }
}

/// `doormat generate --json`.
#[derive(Serialize)]
pub struct Generated {
    seed: u64,
    mode: &'static str,
    schedule: &'static str,
    messages: u64,
    size: usize,
    sessions: u64,
    session_keys: u64,
}

impl Generated {
    /// What a crowd has said in a mode.
    pub const fn new(crowd: &Crowd, mode: ModeId) -> Self {
        Self {
            seed: crowd.seed,
            mode: mode.as_str(),
            schedule: crowd.schedule.as_str(),
            messages: crowd.messages,
            size: crowd.size,
            sessions: crowd.sessions(),
            session_keys: crowd.session_keys(),
        }
    }
}

/// `doormat attack --json`.
#[derive(Serialize)]
pub struct Attack {
    /// Envelopes on the tape.
    pub envelopes: u64,
    /// Packets of ours that are neither envelope nor key bundle, or damaged.
    pub malformed: u64,
    /// Envelopes whose text was read.
    pub read: u64,
    /// Session keys unwrapped, each once.
    pub session_keys: usize,
    /// Envelopes sealed to this key that still do not open.
    pub damaged: u64,
    /// Other authorities that envelopes are sealed to, at most eight.
    pub other_authorities: Vec<String>,
    /// Packets of somebody else's in the same file.
    pub passed_over: u64,
    /// What ended the tape early, if anything did.
    pub ended_early: Option<String>,
}

impl Attack {
    /// The figures of an attack that has run.
    pub fn new(tally: Tally, harvest: &Harvest, passed_over: u64) -> Self {
        Self {
            envelopes: tally.envelopes,
            malformed: tally.malformed,
            read: tally.read,
            session_keys: harvest.session_keys,
            damaged: harvest.damaged,
            other_authorities: harvest.others.iter().map(ToString::to_string).collect(),
            passed_over,
            ended_early: None,
        }
    }
}

/// One line of `doormat attack --out`.
#[derive(Serialize)]
pub struct Message<'a> {
    index: u64,
    session: String,
    sender: &'a str,
    recipient: &'a str,
    exposure: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<String>,
}

impl<'a> From<&'a Observation> for Message<'a> {
    fn from(seen: &'a Observation) -> Self {
        let (exposure, read) = match &seen.exposure {
            Exposure::Read(bytes) => ("read", Some(bytes)),
            Exposure::MetadataOnly => ("metadata", None),
        };
        let text = read.map(|bytes| std::str::from_utf8(bytes));
        Self {
            index: seen.index,
            session: seen.session.to_string(),
            sender: seen.sender.as_str(),
            recipient: seen.recipient.as_str(),
            exposure,
            text: text.and_then(Result::ok),
            bytes: match text {
                Some(Err(_)) => read.map(hex::encode),
                _ => None,
            },
        }
    }
}

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
