//! One conversation between two devices: seals what goes out, opens what comes in.
//!
//! No state changes before the message that comes in authenticates: every candidate key
//! is derived aside, and the state is replaced only at the end.

mod error;
mod view;

pub use error::{OpenError, SealError};
pub use view::SessionView;

use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    access::AccessContext,
    chain::{MAX_SKIPPED_KEYS, ReceivingChain, SendingChain},
    disclosure::{Mode, ModeId, NotAdmitted},
    envelope::{self, Envelope, Header, MAX_ACCESS_FIELDS},
    handshake::Opening,
    name::{Name, SessionId},
    schedule::KeySchedule,
    wire::{Kind, MAX_TEXT_BYTES, Version},
};
use crate::crypto::AgreementPublic;

/// One side of a conversation.
#[derive(Debug, Serialize, Deserialize)]
pub struct Session {
    id: SessionId,
    us: Name,
    peer: Name,
    /// A session does not change its mode.
    mode: ModeId,
    schedule: KeySchedule,
    /// Sent along until the peer has answered.
    opening: Option<Opening>,
    sending: Option<SendingChain>,
    /// Length of the chain that we sent before.
    previous: u32,
    /// The peer's chains: the current one last, before it those with skipped keys.
    #[expect(clippy::vec_box, reason = "a vector that grows leaves copies of keys")]
    receiving: Vec<Box<ReceivingChain>>,
    /// The device's count of uses when this session was last used.
    #[serde(default)]
    pub(super) last_use: u64,
    /// The peer began it without a one-time prekey: nothing in the prekeys refuses its
    /// opening a second time. Of a session of an earlier version it is not known.
    #[serde(default = "unknown_is_replayable")]
    pub(super) replayable: bool,
    /// Nothing is sealed in it any more: it may have gone on in a copy of this device.
    #[serde(default)]
    pub(super) read_only: bool,
}

const fn unknown_is_replayable() -> bool {
    true
}

impl Session {
    pub(super) fn new(
        id: SessionId,
        (us, peer): (Name, Name),
        mode: ModeId,
        schedule: KeySchedule,
        opening: Option<Opening>,
    ) -> Self {
        Self {
            id,
            us,
            peer,
            mode,
            schedule,
            opening,
            sending: None,
            previous: 0,
            receiving: Vec::new(),
            last_use: 0,
            replayable: false,
            read_only: false,
        }
    }

    /// The session's random name.
    pub const fn id(&self) -> &SessionId {
        &self.id
    }

    /// Whether this side began it or has written in it. A session that somebody else
    /// began and nobody answered costs its owner nothing to lose.
    pub fn is_ours(&self) -> bool {
        self.opening.is_some() || self.sending.is_some() || self.previous > 0
    }

    /// Whether this side began it and the peer has not answered yet.
    pub const fn is_unanswered(&self) -> bool {
        self.opening.is_some()
    }

    /// The keys in play, as far as they are public.
    pub fn view(&self) -> SessionView {
        SessionView {
            id: self.id,
            mode: self.mode,
            schedule: self.schedule.id(),
            sending: self
                .sending
                .as_ref()
                .map(|chain| (chain.public, chain.sent())),
            receiving: self.receiving.last().map(|chain| chain.public),
            skipped: self.skipped_keys(),
        }
    }

    /// How many keys of skipped messages are kept, at most [`MAX_SKIPPED_KEYS`].
    pub fn skipped_keys(&self) -> usize {
        self.receiving.iter().map(|it| it.skipped_keys()).sum()
    }

    /// Seals a text of at most [`MAX_TEXT_BYTES`] bytes: the envelope's bytes.
    ///
    /// ```text
    /// if this begins a chain:
    ///   session_key, ratchet_public = schedule.next_sending()
    ///   access = mode.disclose(session_key)
    /// number, message_key = next of the chain
    /// header || Seal(message_key, header, text)
    /// ```
    /// (spec §7.2)
    pub(super) fn seal(
        &mut self,
        text: &[u8],
        mode: &dyn Mode,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, SealError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(SealError::TooLong { length: text.len() });
        }
        if mode.id() != self.mode {
            return Err(SealError::WrongMode {
                expected: self.mode,
                found: mode.id(),
            });
        }
        let mut chain = match self.sending.take() {
            Some(chain) => chain,
            None => self.begin_chain(mode, rng)?,
        };
        let (number, message_key) = match chain.next() {
            Ok(next) => next,
            Err(error) => {
                self.sending = Some(chain);
                return Err(error.into());
            }
        };
        let header = Header {
            version: Version::V1,
            kind: Kind::Envelope,
            mode: mode.id(),
            schedule: self.schedule.id(),
            session: self.id,
            sender: self.us.clone(),
            recipient: self.peer.clone(),
            opening: self.opening.clone(),
            ratchet_public: chain.public,
            previous: chain.previous,
            number,
            access: chain.access.clone().into(),
        };
        self.sending = Some(chain);
        Ok(envelope::seal(&header, message_key, text)?)
    }

    fn begin_chain(
        &mut self,
        mode: &dyn Mode,
        rng: &mut dyn CryptoRng,
    ) -> Result<SendingChain, SealError> {
        let mut schedule = self.schedule.clone();
        let (session_key, public) = schedule.next_sending(rng)?;
        let context = self.context(&self.us, &self.peer, public);
        let access = mode.disclose(&session_key, &context)?;
        if access.len() > MAX_ACCESS_FIELDS {
            return Err(SealError::TooManyAccessFields {
                count: access.len(),
            });
        }
        let keys = schedule.id().message_keys(&session_key);
        self.schedule = schedule;
        Ok(SendingChain::new(public, self.previous, access, keys))
    }

    /// Opens an envelope of this session, or refuses it and changes nothing.
    ///
    /// (spec §7.3)
    pub(super) fn open(
        &mut self,
        envelope: &Envelope<'_>,
        mode: &dyn Mode,
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let header = &envelope.header;
        if header.mode != self.mode {
            return Err(OpenError::WrongMode {
                expected: self.mode,
                found: header.mode,
            });
        }
        if header.schedule != self.schedule.id() {
            return Err(OpenError::WrongSchedule {
                expected: self.schedule.id(),
                found: header.schedule,
            });
        }
        let known = self
            .receiving
            .iter_mut()
            .find(|chain| chain.public == header.ratchet_public);
        let text = match known {
            Some(chain) => open_in_chain(chain, envelope)?,
            None => self.open_in_new_chain(envelope, mode)?,
        };
        self.opening = None;
        self.delete_excess();
        Ok(text)
    }

    /// The first message of a chain to arrive: its session key is new to us.
    fn open_in_new_chain(
        &mut self,
        envelope: &Envelope<'_>,
        mode: &dyn Mode,
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let header = &envelope.header;
        let public = header.ratchet_public;
        let (schedule, session_key) = self.schedule.next_receiving(&public)?;
        let keys = schedule.id().message_keys(&session_key);
        let access = header.access.as_slice().to_vec();
        let mut chain = Box::new(ReceivingChain::new(public, access, keys));
        let text = open_in_chain(&mut chain, envelope)?;
        let context = self.context(&self.peer, &self.us, public);
        mode.admit(&session_key, &context, &chain.access)?;

        if let Some(last) = self.receiving.last_mut() {
            last.close(header.previous);
        }
        self.receiving.push(chain);
        if schedule.peer_chain_closes_ours()
            && let Some(ours) = self.sending.take()
        {
            self.previous = ours.sent();
        }
        self.schedule = schedule;
        Ok(text)
    }

    /// Deletes closed chains without a skipped key, and skipped keys beyond
    /// [`MAX_SKIPPED_KEYS`].
    fn delete_excess(&mut self) {
        let excess = self.skipped_keys().saturating_sub(MAX_SKIPPED_KEYS);
        self.delete_oldest_skipped(excess);
    }

    /// Deletes skipped keys, the oldest chain's first, at most so many, and closed chains
    /// that are left without one. Gives how many keys it deleted.
    pub(super) fn delete_oldest_skipped(&mut self, count: usize) -> usize {
        let mut left = count;
        for chain in &mut self.receiving {
            left -= chain.delete_oldest_skipped(left);
        }
        let current = self.receiving.pop();
        self.receiving.retain(|chain| chain.skipped_keys() > 0);
        self.receiving.extend(current);
        count - left
    }

    fn context(
        &self,
        sender: &Name,
        recipient: &Name,
        ratchet_public: AgreementPublic,
    ) -> AccessContext {
        AccessContext {
            session: self.id,
            sender: sender.clone(),
            recipient: recipient.clone(),
            ratchet_public,
        }
    }
}

/// Opens an envelope within its chain, which changes only if it authenticates.
fn open_in_chain(
    chain: &mut ReceivingChain,
    envelope: &Envelope<'_>,
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let pending = chain.prepare(envelope.header.number)?;
    let text = pending
        .key
        .open(envelope.authenticated, envelope.ciphertext)?;
    if chain.access != envelope.header.access.as_slice() {
        return Err(NotAdmitted::Changed.into());
    }
    chain.commit(pending);
    Ok(text)
}
