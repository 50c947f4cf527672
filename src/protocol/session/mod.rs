//! One conversation between two devices: seals what goes out, opens what comes in.
//!
//! Nothing of what comes in is believed before its message authenticates: every
//! candidate key is derived aside, and the state is replaced only at the end.

mod error;

pub use error::{OpenError, SealError};

use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    access::AccessContext,
    chain::{MAX_STORED, ReceivingChain, SendingChain},
    disclosure::{Mode, ModeId, NotAdmitted},
    envelope::{
        self, Envelope, Header, Kind, MAX_ACCESS_FIELDS, MAX_TEXT_BYTES, SessionId, Version,
    },
    handshake::Opening,
    name::Name,
    schedule::{KeySchedule, ScheduleId},
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
    /// Length of the run that we sent before.
    previous: u32,
    /// The peer's runs: the current one last, before it those that still owe messages.
    receiving: Vec<ReceivingChain>,
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
        }
    }

    /// The session's random name.
    pub const fn id(&self) -> &SessionId {
        &self.id
    }

    /// The keys in play, as far as they are public.
    pub fn view(&self) -> SessionView {
        SessionView {
            id: self.id,
            mode: self.mode,
            schedule: self.schedule.id(),
            sending: self.sending.as_ref().map(|run| (run.public, run.sent())),
            receiving: self.receiving.last().map(|run| run.public),
            skipped: self.stored_keys(),
        }
    }

    /// How many keys of skipped messages are kept, at most [`MAX_STORED`].
    pub fn stored_keys(&self) -> usize {
        self.receiving.iter().map(ReceivingChain::stored).sum()
    }

    /// Seals a text of at most [`MAX_TEXT_BYTES`] bytes: the envelope's bytes.
    ///
    /// ```text
    /// if this is a new run:
    ///   session_key, ratchet_public = schedule.next_sending()
    ///   access = mode.disclose(session_key)
    /// number, message_key = next of the run
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
        let mut run = match self.sending.take() {
            Some(run) => run,
            None => self.begin_run(mode, rng)?,
        };
        let (number, message_key) = match run.next() {
            Ok(next) => next,
            Err(error) => {
                self.sending = Some(run);
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
            ratchet_public: run.public,
            previous: run.previous,
            number,
            access: run.access.clone().into(),
        };
        self.sending = Some(run);
        Ok(envelope::seal(&header, message_key, text)?)
    }

    fn begin_run(
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
            .find(|run| run.public == header.ratchet_public);
        let text = match known {
            Some(run) => open_in(run, envelope)?,
            None => self.open_new_run(envelope, mode)?,
        };
        self.opening = None;
        self.tidy();
        Ok(text)
    }

    /// The first message of a run to arrive: its session key is new to us.
    fn open_new_run(
        &mut self,
        envelope: &Envelope<'_>,
        mode: &dyn Mode,
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let header = &envelope.header;
        let public = header.ratchet_public;
        let (schedule, session_key) = self.schedule.next_receiving(&public)?;
        let keys = schedule.id().message_keys(&session_key);
        let mut run = ReceivingChain::new(public, header.access.as_slice().to_vec(), keys);
        let text = open_in(&mut run, envelope)?;
        let context = self.context(&self.peer, &self.us, public);
        mode.admit(&session_key, &context, &run.access)?;

        if let Some(last) = self.receiving.last_mut() {
            last.end(header.previous);
        }
        self.receiving.push(run);
        if schedule.peers_turn_ends_ours()
            && let Some(ours) = self.sending.take()
        {
            self.previous = ours.sent();
        }
        self.schedule = schedule;
        Ok(text)
    }

    /// Keeps the bounds: no run that owes nothing, no more keys than [`MAX_STORED`].
    fn tidy(&mut self) {
        while self.stored_keys() > MAX_STORED {
            if let Some(oldest) = self.receiving.iter_mut().find(|run| run.stored() > 0) {
                oldest.forget_oldest();
            }
        }
        let current = self.receiving.pop();
        self.receiving.retain(|run| run.stored() > 0);
        self.receiving.extend(current);
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

/// Opens an envelope within its run; the run changes only if it authenticates.
fn open_in(
    run: &mut ReceivingChain,
    envelope: &Envelope<'_>,
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let reach = run.reach(envelope.header.number)?;
    let text = reach
        .key
        .open(envelope.authenticated, envelope.ciphertext)?;
    if run.access != envelope.header.access.as_slice() {
        return Err(NotAdmitted::Changed.into());
    }
    run.commit(reach);
    Ok(text)
}

/// What a session looks like from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    /// Its random name.
    pub id: SessionId,
    /// Who else gets its session keys.
    pub mode: ModeId,
    /// How they come and go.
    pub schedule: ScheduleId,
    /// The run that is being sent: its public key, and how many messages it has.
    pub sending: Option<(AgreementPublic, u32)>,
    /// The public key of the peer's latest run.
    pub receiving: Option<AgreementPublic>,
    /// Keys kept for messages that have not come yet.
    pub skipped: usize,
}
