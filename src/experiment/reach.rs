//! How far one stolen key reaches into a recording: which session keys it opens, and
//! which messages with them.
//!
//! The attack is really run, on every envelope of the tape. What is kept of it is the
//! shape of the key schedule: which messages hang from which session key.

use crate::attack::{EscrowLeak, Observation, Tally};
use crate::crypto::{AgreementPublic, SessionKey};
use crate::escrow::EscrowPrivateKey;
use crate::protocol::{AuthorityId, Envelope, ModeId, Name, ScheduleId};
use crate::tape::{Packet, Reader, TapeError};

/// Messages whose place is kept; further ones are counted.
pub const KEPT: usize = 8;

/// What a key opened of a tape.
#[derive(Debug)]
pub struct Reach {
    /// The stolen key's id.
    pub loot: AuthorityId,
    /// Mode and schedule of the first envelope.
    pub design: Option<(ModeId, ScheduleId)>,
    /// The chains of the first messages, in the order in which they begin.
    pub chains: Vec<ReachedChain>,
    /// Every message of the tape.
    pub tally: Tally,
    eve: EscrowLeak,
}

/// Messages of one sender under one session key.
#[derive(Debug, Clone)]
pub struct ReachedChain {
    /// Who sends them.
    pub sender: Name,
    /// What names the chain on the wire.
    pub ratchet_public: AgreementPublic,
    /// How many access fields ride beside each of its messages.
    pub fields: usize,
    /// The session key, if the stolen key opens it.
    pub session_key: Option<SessionKey>,
    /// Its messages, with their number in the chain.
    pub messages: Vec<(u32, Observation)>,
}

impl Reach {
    /// What this key opens of a whole tape.
    ///
    /// # Errors
    /// [`TapeError`] if the tape does not read back.
    pub fn over(tape: &[u8], loot: EscrowPrivateKey) -> Result<Self, TapeError> {
        let mut reach = Self::of(loot);
        for packet in Reader::new(tape)? {
            reach.watch(&packet?);
        }
        Ok(reach)
    }

    /// A key that has opened nothing yet.
    pub fn of(loot: EscrowPrivateKey) -> Self {
        Self {
            loot: loot.public().id(),
            design: None,
            chains: Vec::new(),
            tally: Tally::default(),
            eve: EscrowLeak::new(loot),
        }
    }

    /// Plays one packet of the tape.
    pub fn watch(&mut self, packet: &Packet) {
        let Some(seen) = self.tally.play(packet, &mut self.eve) else {
            return;
        };
        let kept: usize = self.chains.iter().map(|chain| chain.messages.len()).sum();
        let Ok(envelope) = Envelope::decode(&packet.payload) else {
            return;
        };
        if kept < KEPT {
            self.keep(&envelope, seen);
        }
    }

    /// Hangs a message on its session key.
    fn keep(&mut self, envelope: &Envelope<'_>, seen: Observation) {
        let header = &envelope.header;
        self.design.get_or_insert((header.mode, header.schedule));
        let session_key = self.eve.session_key(envelope).cloned();
        let message = (header.number, seen);
        let mut chains = self.chains.iter_mut();
        match chains
            .find(|it| it.ratchet_public == header.ratchet_public && it.sender == header.sender)
        {
            Some(chain) => chain.messages.push(message),
            None => self.chains.push(ReachedChain {
                sender: header.sender.clone(),
                ratchet_public: header.ratchet_public,
                fields: header.access.len(),
                session_key,
                messages: vec![message],
            }),
        }
    }

    /// How many session keys it opened.
    pub fn session_keys(&self) -> usize {
        self.eve.summary().session_keys
    }
}
