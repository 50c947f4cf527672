//! A device is seized, copied whole, and given back.
//!
//! What is on it is what its owner needs to go on: root key, current key pair, the
//! current chains, the keys of messages that have not come yet,
//! prekeys. The thief goes on from there as its owner would.
//!
//! Under the ratchet she finds no key of a message that was read: each was forgotten
//! when it was used. And, as long as she only listens, she is locked out again as soon
//! as its owner has written under a new key pair, which the copy does not have. Under a
//! static schedule she finds the two session keys of the whole conversation. Escrow
//! changes neither.
//!
//! A thief who also stands on the line could write with the copy, in its owner's name,
//! and take over the conversation: no ratchet heals from that (*The Double Ratchet
//! Algorithm*, on recovery from compromise). This attack does not do so.
//!
//! The texts that a phone keeps are not in a device's state. Whoever seizes them
//! reads them under every design alike.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use zeroize::Zeroizing;

use super::{
    candidates,
    chain_cursor::ChainCursor,
    observation::{Attacker, Exposure},
    opener,
};
use crate::crypto::{
    AgreementPublic, AgreementSecret, HandshakeSecret, Label, MessageKey, RootKey, SessionKey, kdf,
};
use crate::protocol::{
    Envelope, Identity, Name, ScheduleId, SessionId,
    chain::MessageKeys,
    handshake::{self, Opening, Parties},
};

/// An attacker with a copy of a device's state.
#[derive(Debug)]
pub struct SeizedDevice {
    device: Image,
    states: Vec<SessionState>,
}

/// What she makes of the copy: of a device's state (spec §9), that which is a key.
#[derive(Debug, Deserialize)]
struct Image {
    name: Name,
    identity: Identity,
    agreement: AgreementSecret,
    signed_prekey: AgreementSecret,
    one_time_prekeys: BTreeMap<u32, AgreementSecret>,
    sessions: BTreeMap<Name, BTreeMap<SessionId, Held>>,
}

#[derive(Debug, Deserialize)]
struct Held {
    schedule: Schedule,
    sending: Option<Sending>,
    receiving: Vec<Receiving>,
}

#[derive(Debug, Deserialize)]
enum Schedule {
    Ratchet {
        root: RootKey,
        ours: AgreementSecret,
    },
    Static {
        ours: (SessionKey, AgreementPublic),
        theirs: (SessionKey, AgreementPublic),
    },
}

#[derive(Debug, Deserialize)]
struct Sending {
    public: AgreementPublic,
    keys: MessageKeys,
    sent: u32,
}

#[derive(Debug, Deserialize)]
struct Receiving {
    public: AgreementPublic,
    keys: Option<MessageKeys>,
    next: u32,
    skipped: BTreeMap<u32, MessageKey>,
}

/// One session, as far as she can follow it.
#[derive(Debug)]
struct SessionState {
    session: SessionId,
    peer: Name,
    ratchet: Option<(RootKey, AgreementSecret)>,
    chains: HashMap<AgreementPublic, CopiedChain>,
}

/// The keys of a chain, from a position in it on.
#[derive(Debug, Default)]
struct CopiedChain {
    skipped: BTreeMap<u32, MessageKey>,
    rest: Option<(u32, ChainCursor)>,
}

impl SeizedDevice {
    /// Looks through a device's state, as the device writes it down.
    ///
    /// # Errors
    /// If it is not one.
    pub fn new(state: &[u8]) -> Result<Self, serde_json::Error> {
        let mut device: Image = serde_json::from_slice(state)?;
        let sessions = std::mem::take(&mut device.sessions);
        let states = sessions.into_iter().flat_map(|(peer, sessions)| {
            let held = sessions.into_iter();
            held.map(move |(session, held)| SessionState::new(session, peer.clone(), held))
        });
        Ok(Self {
            states: states.collect(),
            device,
        })
    }

    /// The owner.
    pub const fn owner(&self) -> &Name {
        &self.device.name
    }

    /// A session that somebody begins, or began, with this device: its prekeys answer
    /// the handshake, if the one-time prekey is not used up yet.
    fn answer(&self, envelope: &Envelope<'_>, opening: &Opening) -> Option<SessionState> {
        let (device, header) = (&self.device, &envelope.header);
        let one_time_prekey = match opening.one_time_prekey {
            Some(id) => Some(device.one_time_prekeys.get(&id)?),
            None => None,
        };
        let parties = Parties {
            initiator: (&header.sender, &opening.initiator),
            responder: (&device.name, &device.identity),
        };
        let (identity, prekey) = (&device.agreement, &device.signed_prekey);
        let secret = handshake::respond(
            &header.session,
            &parties,
            identity,
            prekey,
            one_time_prekey,
            opening,
        );
        let schedule = match header.schedule {
            ScheduleId::Ratchet => Schedule::Ratchet {
                root: RootKey::from_bytes(*secret.ok()?.as_bytes()),
                ours: prekey.clone(),
            },
            ScheduleId::Static => Schedule::of_secret(&secret.ok()?, prekey.public(), opening),
        };
        let held = Held {
            schedule,
            sending: None,
            receiving: Vec::new(),
        };
        Some(SessionState::new(
            header.session,
            header.sender.clone(),
            held,
        ))
    }
}

impl Attacker for SeizedDevice {
    fn examine(&mut self, envelope: &Envelope<'_>) -> Exposure {
        let header = &envelope.header;
        let known = self.states.iter_mut();
        let mut of_session = known.filter(|state| state.session == header.session);
        if let Some(text) = of_session.find_map(|state| state.open(envelope)) {
            return Exposure::Read(text);
        }
        if let Some(opening) = &header.opening
            && header.recipient == self.device.name
            && let Some(mut state) = self.answer(envelope, opening)
            && let Some(text) = state.open(envelope)
        {
            self.states.push(state);
            return Exposure::Read(text);
        }
        let keys = [&self.device.agreement, &self.device.signed_prekey];
        let keys = Zeroizing::new(keys.map(|key| *key.as_bytes()));
        candidates::try_all(envelope, keys.as_slice())
    }
}

impl Schedule {
    /// The two session keys of a static schedule (spec §6.3), for the responder.
    fn of_secret(secret: &HandshakeSecret, prekey: &AgreementPublic, opening: &Opening) -> Self {
        let key = |label| SessionKey::from_bytes(*kdf::expand(secret.as_bytes(), label, &[]));
        Self::Static {
            ours: (key(Label::StaticResponder), *prekey),
            theirs: (key(Label::StaticInitiator), opening.ephemeral),
        }
    }
}

impl SessionState {
    fn new(session: SessionId, peer: Name, held: Held) -> Self {
        let mut chains = HashMap::new();
        let ratchet = match held.schedule {
            Schedule::Ratchet { root, ours } => Some((root, ours)),
            Schedule::Static { ours, theirs } => {
                for (session_key, public) in [ours, theirs] {
                    chains.insert(public, CopiedChain::whole(ScheduleId::Static, &session_key));
                }
                None
            }
        };
        // Of a static schedule the whole chain is there already.
        if ratchet.is_some() {
            for chain in held.receiving {
                let rest = chain.keys.map(|keys| (chain.next, ChainCursor::new(keys)));
                let skipped = chain.skipped;
                chains.insert(chain.public, CopiedChain { skipped, rest });
            }
            if let Some(chain) = held.sending {
                let rest = Some((chain.sent, ChainCursor::new(chain.keys)));
                let skipped = BTreeMap::new();
                chains.insert(chain.public, CopiedChain { skipped, rest });
            }
        }
        Self {
            session,
            peer,
            ratchet,
            chains,
        }
    }

    fn open(&mut self, envelope: &Envelope<'_>) -> Option<Vec<u8>> {
        let header = &envelope.header;
        if let Some(chain) = self.chains.get_mut(&header.ratchet_public) {
            return opener::open(envelope, &chain.key(header.number)?);
        }
        if header.sender != self.peer {
            return None;
        }
        let (root, session_key) = self.dh_ratchet(&header.ratchet_public)?;
        let mut chain = CopiedChain::whole(header.schedule, &session_key);
        let text = opener::open(envelope, &chain.key(header.number)?)?;
        self.ratchet = self.ratchet.take().map(|(_, ours)| (root, ours));
        self.chains.insert(header.ratchet_public, chain);
        Some(text)
    }

    /// ```text
    /// root || session_key = HKDF(salt = root, DH(ours, theirs), "doormat v1 root", 64)
    /// ```
    /// (spec §6.1)
    fn dh_ratchet(&self, theirs: &AgreementPublic) -> Option<(RootKey, SessionKey)> {
        let (root, ours) = self.ratchet.as_ref()?;
        let agreed = ours.agree(theirs).ok()?;
        let okm = kdf::derive::<64>(root.as_bytes(), agreed.as_bytes(), Label::Root, &[]);
        let (root, session_key) = okm.split_at(32);
        Some((
            RootKey::from_bytes(kdf::first(root)),
            SessionKey::from_bytes(kdf::first(session_key)),
        ))
    }
}

impl CopiedChain {
    fn whole(schedule: ScheduleId, session_key: &SessionKey) -> Self {
        Self {
            skipped: BTreeMap::new(),
            rest: Some((0, ChainCursor::new(schedule.message_keys(session_key)))),
        }
    }

    fn key(&mut self, number: u32) -> Option<MessageKey> {
        if let Some(key) = self.skipped.get(&number) {
            return Some(key.clone());
        }
        let (from, cursor) = self.rest.as_mut()?;
        cursor.key(number.checked_sub(*from)?)
    }
}
