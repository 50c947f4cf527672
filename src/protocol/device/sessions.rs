//! A device's sessions. One begins from a published bundle, or with a peer's first
//! envelope. Both bind a name to the identity that first used it here; only the device's
//! owner binds it to another, with [`Device::accept_identity`].

use rand::CryptoRng;
use zeroize::Zeroizing;

use super::state::{Device, SIGNED_PREKEY};
use crate::crypto::{
    AgreementPublic, AgreementSecret, BadSignature, NonContributory, random_bytes,
};
use crate::protocol::{
    bundle::KeyBundle,
    disclosure::{Mode, ModeId},
    envelope::Envelope,
    handshake::{self, Opening, Parties},
    identity::Identity,
    name::{Name, SessionId},
    schedule::{KeySchedule, ScheduleId},
    session::{OpenError, SealError, Session},
    wire::WireError,
};

/// A text that was opened, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedMessage {
    /// Who wrote it.
    pub sender: Name,
    /// In which session.
    pub session: SessionId,
    /// Its text, as bytes.
    pub text: Zeroizing<Vec<u8>>,
}

impl Device {
    /// Begins a session with the owner of a bundle, in a mode and under a schedule
    /// that it keeps: draws 64 bytes of `rng`.
    ///
    /// # Errors
    /// [`BeginError`] if the bundle is not what it says, or not who it was before.
    pub fn begin(
        &mut self,
        bundle: &KeyBundle,
        mode: ModeId,
        schedule: ScheduleId,
        rng: &mut dyn CryptoRng,
    ) -> Result<SessionId, BeginError> {
        let id = SessionId::from_bytes(random_bytes(rng));
        let ephemeral = AgreementSecret::generate(rng);
        self.begin_as(id, &ephemeral, bundle, (mode, schedule))
    }

    /// The same, with a session id that leaves no room for anything: it follows from the
    /// public keys (spec §5.5). Draws 32 bytes of `rng`.
    ///
    /// # Errors
    /// [`BeginError`] if the bundle is not what it says, or not who it was before.
    pub fn begin_derived(
        &mut self,
        bundle: &KeyBundle,
        mode: ModeId,
        schedule: ScheduleId,
        rng: &mut dyn CryptoRng,
    ) -> Result<SessionId, BeginError> {
        let ephemeral = AgreementSecret::generate(rng);
        let id = handshake::derived_id(&self.identity, ephemeral.public(), &bundle.identity);
        self.begin_as(id, &ephemeral, bundle, (mode, schedule))
    }

    fn begin_as(
        &mut self,
        id: SessionId,
        ephemeral: &AgreementSecret,
        bundle: &KeyBundle,
        (mode, schedule): (ModeId, ScheduleId),
    ) -> Result<SessionId, BeginError> {
        bundle.verify()?;
        let peer = &bundle.owner;
        if self
            .contacts
            .get(peer)
            .is_some_and(|known| *known != bundle.identity)
        {
            return Err(BeginError::IdentityChanged { name: peer.clone() });
        }
        let parties = Parties {
            initiator: (&self.name, &self.identity),
            responder: (peer, &bundle.identity),
        };
        let secret = handshake::initiate(&id, &parties, &self.agreement, ephemeral, bundle)?;
        let opening = Opening {
            initiator: self.identity,
            ephemeral: *ephemeral.public(),
            signed_prekey: bundle.signed_prekey.id,
            one_time_prekey: bundle.one_time_prekey.as_ref().map(|prekey| prekey.id),
        };
        let prekey: &AgreementPublic = &bundle.signed_prekey.public;
        let keys = KeySchedule::initiator(schedule, &secret, ephemeral, prekey);
        let parties = (self.name.clone(), peer.clone());
        let session = Session::new(id, parties, mode, keys, Some(opening));
        self.contacts.insert(peer.clone(), bundle.identity);
        self.chosen.insert(peer.clone());
        self.remember(session, peer);
        Ok(id)
    }

    /// Binds a name to another identity than before. Its sessions are closed: only
    /// the new identity speaks and is written to under this name.
    ///
    /// # Security
    /// This is where a lying relay wins. It hands out an identity of its own under
    /// somebody's name, and whoever accepts that without comparing the new safety
    /// number writes to the relay from then on, in either mode.
    pub fn accept_identity(&mut self, peer: &Name, identity: Identity) {
        self.close_sessions(peer);
        self.contacts.insert(peer.clone(), identity);
        self.chosen.insert(peer.clone());
    }

    /// Closes the sessions with somebody and forgets their identity; gives how many
    /// sessions there were.
    ///
    /// # Security
    /// Whoever comes under the name next is taken for its owner.
    pub fn forget(&mut self, peer: &Name) -> usize {
        let sessions = self.sessions.get(peer).map_or(0, |it| it.len());
        self.close_sessions(peer);
        self.contacts.remove(peer);
        self.chosen.remove(peer);
        sessions
    }

    /// Seals a text to somebody with whom there is a session: the envelope's bytes.
    ///
    /// # Errors
    /// [`SealError`]; the session is then as before.
    pub fn seal(
        &mut self,
        recipient: &Name,
        text: &[u8],
        mode: &dyn Mode,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, SealError> {
        let session = self
            .active
            .get(recipient)
            .and_then(|id| self.sessions.get_mut(recipient)?.get_mut(id))
            .ok_or_else(|| SealError::NoSession {
                recipient: recipient.clone(),
            })?;
        let sealed = session.seal(text, mode, rng)?;
        self.uses += 1;
        session.last_use = self.uses;
        if !self.chosen.contains(recipient) {
            self.chosen.insert(recipient.clone());
        }
        Ok(sealed)
    }

    /// Opens an envelope, beginning its session if it is the first.
    ///
    /// # Errors
    /// [`OpenError`]; the device is then as before.
    pub fn open(&mut self, bytes: &[u8], mode: &dyn Mode) -> Result<OpenedMessage, OpenError> {
        let envelope = Envelope::decode(bytes)?;
        let header = &envelope.header;
        if header.recipient != self.name {
            return Err(OpenError::WrongRecipient {
                expected: self.name.clone(),
                found: header.recipient.clone(),
            });
        }
        if header.mode != mode.id() {
            return Err(OpenError::WrongMode {
                expected: mode.id(),
                found: header.mode,
            });
        }
        let known = self
            .sessions
            .get_mut(&header.sender)
            .and_then(|sessions| sessions.get_mut(&header.session));
        let text = match known {
            Some(session) => {
                let text = session.open(&envelope, mode)?;
                self.uses += 1;
                session.last_use = self.uses;
                if !session.read_only {
                    self.active.insert(header.sender.clone(), header.session);
                }
                text
            }
            None => self.open_first(&envelope, mode)?,
        };
        self.delete_excess_keys();
        Ok(OpenedMessage {
            sender: header.sender.clone(),
            session: header.session,
            text,
        })
    }

    /// The first envelope of a session that somebody else began.
    fn open_first(
        &mut self,
        envelope: &Envelope<'_>,
        mode: &dyn Mode,
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let header = &envelope.header;
        let peer = &header.sender;
        let opening = header.opening.as_ref().ok_or(OpenError::UnknownSession {
            session: header.session,
        })?;
        if self
            .contacts
            .get(peer)
            .is_some_and(|known| *known != opening.initiator)
        {
            return Err(OpenError::IdentityChanged { name: peer.clone() });
        }
        if self.closed.contains(peer, &header.session) {
            return Err(OpenError::SessionClosed {
                session: header.session,
            });
        }
        let keys = self.respond(envelope, opening)?;
        let parties = (self.name.clone(), peer.clone());
        let mut session = Session::new(header.session, parties, header.mode, keys, None);
        let text = session.open(envelope, mode)?;

        match opening.one_time_prekey {
            Some(id) => {
                self.one_time_prekeys.remove(&id);
            }
            None => session.replayable = true,
        }
        self.remember(session, peer);
        // Not before: to make room may close the only other session of a stranger's, and the
        // contact goes with that.
        self.contacts.insert(peer.clone(), opening.initiator);
        Ok(text)
    }

    /// The responder's key schedule, from the handshake in an opening.
    fn respond(
        &self,
        envelope: &Envelope<'_>,
        opening: &Opening,
    ) -> Result<KeySchedule, OpenError> {
        let header = &envelope.header;
        if opening.signed_prekey != SIGNED_PREKEY {
            return Err(OpenError::UnknownPrekey {
                id: opening.signed_prekey,
            });
        }
        let one_time_prekey = opening
            .one_time_prekey
            .map(|id| {
                self.one_time_prekeys
                    .get(&id)
                    .map(Box::as_ref)
                    .ok_or(OpenError::UnknownPrekey { id })
            })
            .transpose()?;
        let secret = handshake::respond(
            &header.session,
            &Parties {
                initiator: (&header.sender, &opening.initiator),
                responder: (&self.name, &self.identity),
            },
            &self.agreement,
            &self.signed_prekey,
            one_time_prekey,
            opening,
        )
        .map_err(|error| OpenError::Schedule(error.into()))?;
        Ok(KeySchedule::responder(
            header.schedule,
            &secret,
            &self.signed_prekey,
            &opening.ephemeral,
        ))
    }

    fn remember(&mut self, mut session: Session, peer: &Name) {
        self.make_room(peer);
        let id = *session.id();
        self.uses += 1;
        session.last_use = self.uses;
        self.active.insert(peer.clone(), id);
        let sessions = self.sessions.entry(peer.clone()).or_default();
        sessions.insert(id, Box::new(session));
    }
}

/// Why a session was not begun. The device is as it was before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BeginError {
    /// Bytes that are no bundle.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The prekey is not signed by the identity beside it.
    #[error("the prekey is not signed by the identity in its bundle")]
    BadSignature(#[from] BadSignature),
    /// A name that has been somebody else until now.
    #[error("{name} comes with another identity than before: compare safety numbers")]
    IdentityChanged {
        /// Whose identity it is said to be.
        name: Name,
    },
    /// A key of the bundle is of low order.
    #[error(transparent)]
    NonContributory(#[from] NonContributory),
}
