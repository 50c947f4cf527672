//! Outcomes as JSON. The names are a promise: see `docs/commands.md`.

use std::{io::Write, time::Duration};

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
            threads: 1,
            seconds: 0.0,
            messages_per_second: 0.0,
            floor_seconds: None,
            ratio_to_floor: None,
        }
    }

    /// How long it took, and how long its cryptography takes alone.
    #[must_use]
    pub fn timed(mut self, threads: usize, took: Duration, floor: Option<Duration>) -> Self {
        let rounded = |number: f64, places: f64| (number * places).round() / places;
        let seconds = took.as_secs_f64();
        let envelopes = u32::try_from(self.envelopes).map_or(f64::from(u32::MAX), f64::from);
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

/// The lines of envelopes that differ in number and text only: all but those two,
/// written once.
#[derive(Debug, Clone, Default)]
pub struct Line {
    read: String,
    unread: String,
}

/// How every line begins: its number comes next.
const BEGIN: &str = "{\"index\":";

impl Line {
    /// From any of these envelopes.
    ///
    /// # Errors
    /// None that the encoder has for a [`Message`].
    pub fn like(seen: &Observation) -> serde_json::Result<Self> {
        let middle = |exposure, end| {
            let seen = Observation {
                index: 0,
                exposure,
                ..seen.clone()
            };
            let line = serde_json::to_string(&Message::from(&seen))?;
            let line = line.strip_prefix(BEGIN).and_then(|it| it.strip_prefix("0"));
            let line = line.and_then(|it| it.strip_suffix(end)).unwrap_or_default();
            serde_json::Result::Ok(line.to_owned())
        };
        Ok(Self {
            read: middle(Exposure::Read(Vec::new()), "\"}")?,
            unread: middle(Exposure::MetadataOnly, "}")?,
        })
    }

    /// Adds the line of one. `false`, and nothing added, if its text must be escaped.
    pub fn write(&self, index: u64, text: Option<&[u8]>, out: &mut Vec<u8>) -> bool {
        let (middle, text, end) = match text {
            None => (&self.unread, &[][..], "}\n"),
            Some(text) if stands_as_it_is(text) => (&self.read, text, "\"}\n"),
            Some(_) => return false,
        };
        out.extend_from_slice(BEGIN.as_bytes());
        if write!(out, "{index}").is_err() {
            return false;
        }
        for part in [middle.as_bytes(), text, end.as_bytes()] {
            out.extend_from_slice(part);
        }
        true
    }
}

/// Whether JSON shows this text as it is. Looks at every byte, and so at many at once.
fn stands_as_it_is(text: &[u8]) -> bool {
    let plain = |byte: u8| matches!(byte, b' '..=b'~') & (byte != b'"') & (byte != b'\\');
    text.iter().fold(true, |all, byte| all & plain(*byte))
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
