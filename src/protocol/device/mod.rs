//! A device: identity, prekeys and sessions. It is what a seizure takes, whole.

mod written;

pub use written::ImportError;

use std::collections::BTreeMap;

use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    bundle::{self, KeyBundle, OneTimePrekey},
    envelope::{Envelope, Kind, SessionId, Version},
    handshake::{self, Opening, Parties},
    identity::{Identity, SafetyNumber},
    joint::{Mode, ModeId},
    name::Name,
    schedule::{KeySchedule, ScheduleId},
    session::{OpenError, SealError, Session},
    wire::WireError,
};
use crate::crypto::{
    AgreementPublic, AgreementSecret, BadSignature, NonContributory, SigningKey, random_bytes,
};

/// The most sessions that a device keeps.
pub const MAX_SESSIONS: usize = 1024;

/// A participant's device.
#[derive(Debug, Serialize, Deserialize)]
pub struct Device {
    name: Name,
    agreement: AgreementSecret,
    signing: SigningKey,
    identity: Identity,
    /// The signed prekey's number is 1: this device keeps one for its life.
    signed_prekey: AgreementSecret,
    one_time_prekeys: BTreeMap<u32, AgreementSecret>,
    next_prekey: u32,
    /// Each name belongs to the identity that first used it here.
    contacts: BTreeMap<Name, Identity>,
    /// By peer, then by id: nobody can take an id that another peer chose.
    sessions: BTreeMap<Name, BTreeMap<SessionId, Session>>,
    /// The session in which each contact was last written to or heard from.
    active: BTreeMap<Name, SessionId>,
}

/// A text that was opened, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who wrote it.
    pub sender: Name,
    /// In which session.
    pub session: SessionId,
    /// Its text, as bytes.
    pub text: Zeroizing<Vec<u8>>,
}

const SIGNED_PREKEY: u32 = 1;

impl Device {
    /// Draws a new device's keys: 96 bytes of `rng`.
    pub fn new(name: Name, rng: &mut dyn CryptoRng) -> Self {
        let agreement = AgreementSecret::generate(rng);
        let signing = SigningKey::generate(rng);
        let identity = Identity {
            agreement: *agreement.public(),
            signing: signing.verifying_key(),
        };
        Self {
            name,
            agreement,
            signing,
            identity,
            signed_prekey: AgreementSecret::generate(rng),
            one_time_prekeys: BTreeMap::new(),
            next_prekey: 1,
            contacts: BTreeMap::new(),
            sessions: BTreeMap::new(),
            active: BTreeMap::new(),
        }
    }

    /// The owner's name.
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// The device's public identity.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Draws `count` one-time prekeys and gives as many bundles to publish, each
    /// to be handed out once, and a last one without, to be handed out when they
    /// are used up.
    pub fn publish(&mut self, count: usize, rng: &mut dyn CryptoRng) -> Vec<KeyBundle> {
        let lasting = self.lasting_bundle();
        let mut bundles = Vec::new();
        for _ in 0..count {
            let id = self.next_prekey;
            let secret = AgreementSecret::generate(rng);
            bundles.push(KeyBundle {
                one_time_prekey: Some(OneTimePrekey {
                    id,
                    public: *secret.public(),
                }),
                ..lasting.clone()
            });
            self.one_time_prekeys.insert(id, secret);
            self.next_prekey = id.wrapping_add(1);
        }
        bundles.push(lasting);
        bundles
    }

    /// The bundle without a one-time prekey, which is handed out when those are used up.
    pub fn lasting_bundle(&self) -> KeyBundle {
        KeyBundle {
            version: Version::V1,
            kind: Kind::Bundle,
            owner: self.name.clone(),
            identity: self.identity,
            signed_prekey: bundle::sign_prekey(
                &self.signing,
                &self.name,
                &self.identity,
                SIGNED_PREKEY,
                self.signed_prekey.public(),
            ),
            one_time_prekey: None,
        }
    }

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
        bundle.verify()?;
        let peer = &bundle.owner;
        if self
            .contacts
            .get(peer)
            .is_some_and(|known| *known != bundle.identity)
        {
            return Err(BeginError::IdentityChanged { name: peer.clone() });
        }
        if self.is_full() {
            return Err(BeginError::TooManySessions);
        }
        let id = SessionId::from_bytes(random_bytes(rng));
        let ephemeral = AgreementSecret::generate(rng);
        let parties = Parties {
            initiator: (&self.name, &self.identity),
            responder: (peer, &bundle.identity),
        };
        let secret = handshake::initiate(&id, &parties, &self.agreement, &ephemeral, bundle)?;
        let opening = Opening {
            initiator: self.identity,
            ephemeral: *ephemeral.public(),
            signed_prekey: bundle.signed_prekey.id,
            one_time_prekey: bundle.one_time_prekey.as_ref().map(|prekey| prekey.id),
        };
        let prekey: &AgreementPublic = &bundle.signed_prekey.public;
        let keys = KeySchedule::initiator(schedule, &secret, &ephemeral, prekey);
        let parties = (self.name.clone(), peer.clone());
        let session = Session::new(id, parties, mode, keys, Some(opening));
        self.contacts.insert(peer.clone(), bundle.identity);
        self.remember(session, peer.clone());
        Ok(id)
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
        self.active
            .get(recipient)
            .and_then(|id| self.sessions.get_mut(recipient)?.get_mut(id))
            .ok_or_else(|| SealError::NoSession {
                recipient: recipient.clone(),
            })?
            .seal(text, mode, rng)
    }

    /// Opens an envelope, beginning its session if it is the first.
    ///
    /// # Errors
    /// [`OpenError`]; the device is then as before.
    pub fn open(&mut self, bytes: &[u8], mode: &dyn Mode) -> Result<Message, OpenError> {
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
            Some(session) => session.open(&envelope, mode)?,
            None => self.open_first(&envelope, mode)?,
        };
        self.active.insert(header.sender.clone(), header.session);
        Ok(Message {
            sender: header.sender.clone(),
            session: header.session,
            text,
        })
    }

    /// Signs for this device's identity, as a relay asks.
    pub const fn signing_key(&self) -> &SigningKey {
        &self.signing
    }

    /// The safety number with somebody, once their identity is known here.
    pub fn safety_number(&self, peer: &Name) -> Option<SafetyNumber> {
        let theirs = self.contacts.get(peer)?;
        Some(SafetyNumber::between(
            (&self.name, &self.identity),
            (peer, theirs),
        ))
    }

    /// The safety numbers with everybody whose identity is known here.
    pub fn safety_numbers(&self) -> Vec<SafetyNumber> {
        self.contacts
            .keys()
            .filter_map(|peer| self.safety_number(peer))
            .collect()
    }

    /// Whether there is a session to write to somebody in.
    pub fn can_write_to(&self, peer: &Name) -> bool {
        self.active.contains_key(peer)
    }

    /// Writes in none of the sessions that there are: what is sealed next begins a
    /// new one. What comes in them is still opened.
    pub fn retire_sessions(&mut self) {
        self.active.clear();
    }

    /// The session in which somebody is written to.
    pub fn active_session(&self, peer: &Name) -> Option<&Session> {
        self.session(peer, self.active.get(peer)?)
    }

    /// The identity that a name belongs to here.
    pub fn contact(&self, peer: &Name) -> Option<&Identity> {
        self.contacts.get(peer)
    }

    /// A session by its peer and id.
    pub fn session(&self, peer: &Name, id: &SessionId) -> Option<&Session> {
        self.sessions.get(peer)?.get(id)
    }

    /// How many sessions the device keeps.
    pub fn sessions(&self) -> usize {
        self.sessions.values().map(BTreeMap::len).sum()
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
        if self.is_full() {
            return Err(OpenError::TooManySessions {
                limit: MAX_SESSIONS,
            });
        }
        let keys = self.answer(envelope, opening)?;
        let parties = (self.name.clone(), peer.clone());
        let mut session = Session::new(header.session, parties, header.mode, keys, None);
        let text = session.open(envelope, mode)?;

        if let Some(id) = opening.one_time_prekey {
            self.one_time_prekeys.remove(&id);
        }
        self.contacts.insert(peer.clone(), opening.initiator);
        self.remember(session, peer.clone());
        Ok(text)
    }

    fn answer(&self, envelope: &Envelope<'_>, opening: &Opening) -> Result<KeySchedule, OpenError> {
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
        .map_err(|error| OpenError::Turn(error.into()))?;
        Ok(KeySchedule::responder(
            header.schedule,
            &secret,
            &self.signed_prekey,
            &opening.ephemeral,
        ))
    }

    fn is_full(&self) -> bool {
        self.sessions() >= MAX_SESSIONS
    }

    fn remember(&mut self, session: Session, peer: Name) {
        let id = *session.id();
        self.active.insert(peer.clone(), id);
        self.sessions.entry(peer).or_default().insert(id, session);
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
    /// More sessions than a device keeps.
    #[error("the device keeps {MAX_SESSIONS} sessions already")]
    TooManySessions,
}
