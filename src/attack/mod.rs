//! Loot in, exposure out.
//!
//! An attacker has a tape and whatever she stole, nothing else: this room never
//! touches a participant's state. She opens with `ring` what the participants
//! sealed with `chacha20poly1305`, and unwraps access fields with code of her own
//! where they use the `hpke` crate. Agreement, derivations and decoding she shares
//! with them; the reader that shares nothing is `tests/decryptor.py`.
//!
//! | attack | loot |
//! |---|---|
//! | [`wiretap`] | none: only the tape |
//! | [`escrow_leak`] | an authority's private key: the only one, one of several, one epoch's |
//! | [`key_ring`] | several keys, or shares of one |
//! | [`relay_database`] | a copy of a relay's database |
//! | [`seized_device`] | a device's complete state |
//! | [`desk_insider`] | the engine of an intercept desk |
//! | [`key_substitution`] | none: the relay itself lies |
//! | [`ghost_device`] | none: the relay itself adds a device |
//! | [`forged_access`] | none: a sender evades the authority |
//! | [`double_encryption`] | none: two people do |
//!
//! [`bulk`] runs `escrow_leak` on all cores, for tapes of millions; [`floor`] measures the
//! bare cryptography of it.
//!
//! The relay's two active attacks have devices of their own, and no state of anybody
//! else's.

pub mod bulk;
mod candidates;
mod chain_cursor;
mod chains;
pub mod desk_insider;
pub mod double_encryption;
pub mod escrow_leak;
pub mod floor;
pub mod forged_access;
pub mod ghost_device;
pub mod key_ring;
pub mod key_substitution;
mod opener;
pub mod relay_database;
pub mod seized_device;
pub mod unwrap;
pub mod wiretap;

pub use bulk::{Batch, BatchResult, Bulk, Demultiplexer};
pub use desk_insider::DeskInsider;
pub use double_encryption::NestedDecryptor;
pub use escrow_leak::{EscrowLeak, Summary};
pub use floor::Floor;
pub use forged_access::Forger;
pub use ghost_device::Ghost;
pub use key_ring::KeyRing;
pub use key_substitution::Impostor;
pub use relay_database::RelayDatabase;
pub use seized_device::SeizedDevice;
pub use wiretap::Wiretap;

use std::time::Duration;

use crate::crypto::keys::TAG_BYTES;
use crate::protocol::{Envelope, KeyBundle, ModeId, Name, SessionId, envelope::Kind};
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
    /// Packets of ours that are neither an envelope nor a key bundle, or damaged.
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

    /// Counts a packet that is no envelope; key bundles are not counted.
    fn pass_over(&mut self, payload: &[u8]) {
        let bundle = Kind::of(payload) == Some(Kind::Bundle) && KeyBundle::decode(payload).is_ok();
        self.malformed += u64::from(!bundle);
    }
}
