//! Outcomes as JSON. The names are a promise: see `docs/commands.md`.

mod capture;
mod database;
mod message;
mod private_keys;

pub use database::DatabaseFigures;
pub use message::{LineTemplate, MessageLine};
pub use private_keys::{
    FoundKey, ImplanterFigures, ReceivedFigures, SearchedValue, TapeFigures, TrapdoorFigures,
};

use std::time::Duration;

use serde::Serialize;

use doormat::attack::{Summary, Tally};
use doormat::experiment::{Crowd, Evaluation, LeakOutcome, leak::ModeOutcome};
use doormat::protocol::{ModeId, wire};
use doormat::tape::{Coverage, Packet};

/// `doormat demo --json`.
#[derive(Serialize)]
pub struct DemoFigures {
    seed: u64,
    messages: usize,
    schedule: &'static str,
    escrow_key: String,
    runs: [ModeFigures; 2],
}

#[derive(Serialize)]
struct ModeFigures {
    mode: &'static str,
    wire_bytes: usize,
    access_bytes: usize,
    eve: EveFigures,
}

#[derive(Serialize)]
struct EveFigures {
    wiretap: MessageCounts,
    leaked_escrow_key: MessageCounts,
    session_keys: usize,
}

#[derive(Serialize)]
struct MessageCounts {
    read: usize,
    metadata: usize,
}

impl From<&LeakOutcome> for DemoFigures {
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

impl From<&ModeOutcome> for ModeFigures {
    fn from(outcome: &ModeOutcome) -> Self {
        Self {
            mode: outcome.mode.as_str(),
            wire_bytes: outcome.wire_bytes,
            access_bytes: outcome.access_bytes,
            eve: EveFigures {
                wiretap: (&outcome.wiretap).into(),
                leaked_escrow_key: (&outcome.leaked_escrow_key).into(),
                session_keys: outcome.session_keys,
            },
        }
    }
}

impl From<&Evaluation> for MessageCounts {
    fn from(evaluation: &Evaluation) -> Self {
        Self {
            read: evaluation.read,
            metadata: evaluation.metadata,
        }
    }
}

/// `doormat generate --json`.
#[derive(Serialize)]
pub struct RecordingFigures {
    seed: u64,
    mode: &'static str,
    schedule: &'static str,
    messages: u64,
    size: usize,
    sessions: u64,
    session_keys: u64,
}

impl RecordingFigures {
    /// The figures of a crowd's recording in a mode.
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
pub struct AttackFigures {
    /// Envelopes on the tape.
    pub envelopes: u64,
    /// doormat's packets that are neither envelope nor key bundle, or damaged.
    pub malformed: u64,
    /// Envelopes whose text was read.
    pub read: u64,
    /// Session keys unwrapped, each once.
    pub session_keys: usize,
    /// Envelopes sealed to this key that still do not open.
    pub damaged: u64,
    /// Other authorities that envelopes are sealed to, at most eight.
    pub other_authorities: Vec<String>,
    /// Access fields that are sealed to this key beside a run's own, and were not opened.
    #[serde(skip_serializing_if = "is_zero")]
    pub further_fields: usize,
    /// Packets of the same file that were not read as doormat's.
    pub passed_over: u64,
    /// Why the tape could not be read to its end, if so.
    pub ended_early: Option<String>,
    /// Of a recording: how much of it was read.
    #[serde(
        serialize_with = "capture::serialize",
        skip_serializing_if = "Option::is_none"
    )]
    pub capture: Option<Coverage>,
    /// Of a database instead of a tape: what it gave, and what it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<DatabaseFigures>,
    /// Threads that took part.
    pub threads: usize,
    /// From the first byte read to the last one written.
    pub seconds: f64,
    /// Envelopes in each of them.
    pub messages_per_second: f64,
    /// How long the bare cryptography takes, if it was measured.
    pub floor_seconds: Option<f64>,
    /// How many times as long the attack took.
    pub ratio_to_floor: Option<f64>,
}

impl AttackFigures {
    /// The figures of an attack that has run.
    pub fn new(tally: Tally, summary: &Summary, capture: Option<Coverage>) -> Self {
        Self {
            envelopes: tally.envelopes,
            malformed: tally.malformed,
            read: tally.read,
            session_keys: summary.session_keys,
            damaged: summary.damaged,
            other_authorities: summary.others.iter().map(ToString::to_string).collect(),
            further_fields: summary.further_fields,
            passed_over: capture.as_ref().map_or(0, Coverage::not_read),
            ended_early: None,
            capture,
            database: None,
            threads: 1,
            seconds: 0.0,
            messages_per_second: 0.0,
            floor_seconds: None,
            ratio_to_floor: None,
        }
    }

    /// Adds the time that the attack took, and that its cryptography takes alone.
    #[must_use]
    pub fn timed(mut self, threads: usize, took: Duration, floor: Option<Duration>) -> Self {
        let rounded = |number: f64, places: f64| (number * places).round() / places;
        let seconds = took.as_secs_f64();
        // `Duration` converts any `u64`, to the nearest `f64`.
        let envelopes = Duration::from_secs(self.envelopes).as_secs_f64();
        self.threads = threads;
        self.seconds = rounded(seconds, 1e6);
        self.messages_per_second = rounded(envelopes / seconds.max(1e-6), 1.0);
        self.floor_seconds = floor.map(|floor| rounded(floor.as_secs_f64(), 1e6));
        self.ratio_to_floor = floor
            .filter(|floor| !floor.is_zero())
            .map(|floor| rounded(seconds / floor.as_secs_f64(), 1e3));
        self
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
const fn is_zero(number: &usize) -> bool {
    *number == 0
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
    pub fields: Vec<InspectedField>,
}

impl Inspection {
    /// The `index`th packet of its `kind` on a tape.
    pub fn new(kind: &'static str, index: u64, packet: &Packet, fields: Vec<wire::Field>) -> Self {
        Self {
            kind,
            index,
            time: packet.time.as_secs_f64(),
            source: packet.source.to_string(),
            destination: packet.destination.to_string(),
            length: packet.payload.len(),
            fields: fields.into_iter().map(InspectedField::from).collect(),
        }
    }
}

/// One field of an inspection.
#[derive(Serialize)]
pub struct InspectedField {
    name: String,
    offset: usize,
    length: usize,
    bytes: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    explanation: &'static str,
}

impl From<wire::Field> for InspectedField {
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
