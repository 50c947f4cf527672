//! What an attacker sees of a tape, envelope by envelope.

use std::time::Duration;

use crate::crypto::keys::TAG_BYTES;
use crate::protocol::{Envelope, KeyBundle, ModeId, Name, Registration, SessionId, envelope::Kind};
use crate::tape::Packet;

/// What an attacker does with one recorded envelope.
pub trait Attacker {
    /// Tries to read it.
    fn examine(&mut self, envelope: &Envelope<'_>) -> Exposure;
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exposure {
    /// She has the text: authenticated, byte for byte.
    Read(Vec<u8>),
    /// She knows who wrote to whom, when and how much.
    MetadataOnly,
}

impl std::fmt::Display for Exposure {
    /// `read "…"`, its text quoted and escaped, or `metadata only`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Read(text) => write!(f, "read {:?}", String::from_utf8_lossy(text)),
            Self::MetadataOnly => f.write_str("metadata only"),
        }
    }
}

/// One envelope on the tape, as the attacker sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Counts envelopes in the order of the tape, from 0.
    pub index: u64,
    /// When it passed the tap, since 1970-01-01 00:00 UTC.
    pub time: Duration,
    /// What its header says of the mode.
    pub mode: ModeId,
    /// Which session.
    pub session: SessionId,
    /// Who wrote.
    pub sender: Name,
    /// To whom.
    pub recipient: Name,
    /// Size on the wire, in bytes.
    pub wire_bytes: usize,
    /// Of which access fields, in bytes.
    pub access_bytes: usize,
    /// Length of the text, in bytes: the cipher does not hide it.
    pub text_bytes: usize,
    /// What she reads.
    pub exposure: Exposure,
}

impl Observation {
    /// What is seen of the `index`th envelope, besides what an attack makes of it.
    pub(crate) fn of(
        envelope: &Envelope<'_>,
        index: u64,
        time: Duration,
        wire_bytes: usize,
        exposure: Exposure,
    ) -> Self {
        Self {
            index,
            time,
            mode: envelope.header.mode,
            session: envelope.header.session,
            sender: envelope.header.sender.clone(),
            recipient: envelope.header.recipient.clone(),
            wire_bytes,
            access_bytes: envelope.access_bytes(),
            text_bytes: envelope.ciphertext.len().saturating_sub(TAG_BYTES),
            exposure,
        }
    }
}

/// Plays a tape to an attack, packet by packet, and keeps count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Envelopes so far.
    pub envelopes: u64,
    /// Packets of ours that are no envelope, key bundle or registration, or damaged.
    pub malformed: u64,
    /// Envelopes whose text was read.
    pub read: u64,
}

impl Tally {
    /// Plays one packet. Gives nothing for a key bundle or a malformed packet.
    pub fn play(&mut self, packet: &Packet, attack: &mut dyn Attacker) -> Option<Observation> {
        let Ok(envelope) = Envelope::decode(&packet.payload) else {
            self.pass_over(&packet.payload);
            return None;
        };
        let exposure = attack.examine(&envelope);
        let index = self.envelopes;
        self.envelopes += 1;
        self.read += u64::from(matches!(exposure, Exposure::Read(_)));
        let (time, wire_bytes) = (packet.time, packet.payload.len());
        Some(Observation::of(
            &envelope, index, time, wire_bytes, exposure,
        ))
    }

    /// Counts a packet that is no envelope; key bundles and registrations are not counted.
    pub(super) fn pass_over(&mut self, payload: &[u8]) {
        let known = match Kind::of(payload) {
            Some(Kind::Bundle) => KeyBundle::decode(payload).is_ok(),
            Some(Kind::Registration) => Registration::decode(payload).is_ok(),
            Some(Kind::Envelope) | None => false,
        };
        self.malformed += u64::from(!known);
    }
}
