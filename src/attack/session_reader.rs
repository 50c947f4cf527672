//! Follows sessions from their first message on, with private keys of either side.
//!
//! Each step needs one agreement, and of an agreement one private key: whose it is makes no
//! difference. So it is enough to know what *one* of two devices draws to read both.

use std::collections::HashMap;

use super::{
    chain_cursor::ChainCursor,
    known_keys::KnownKeys,
    observation::{Attacker, Exposure},
    opener,
    published::Published,
};
use crate::crypto::{AgreementPublic, AgreementSecret, Label, RootKey, SessionKey, kdf};
use crate::protocol::{
    Envelope, Header, KeyBundle, Name, ScheduleId, SessionId,
    handshake::{self, Opening, Parties},
};

/// An attacker with a tape and some private keys.
#[derive(Debug)]
pub struct SessionReader {
    published: Published,
    keys: KnownKeys,
    sessions: HashMap<SessionId, Session>,
}

/// One session, as far as she can follow it.
#[derive(Debug)]
struct Session {
    initiator: Name,
    responder: Name,
    root: RootKey,
    /// The last public keys of the initiator and of the responder.
    last: [AgreementPublic; 2],
    chains: HashMap<AgreementPublic, ChainCursor>,
}

impl SessionReader {
    /// With what a tape shows, and the private keys to it.
    pub fn new(published: Published, keys: KnownKeys) -> Self {
        Self {
            published,
            keys,
            sessions: HashMap::new(),
        }
    }

    /// What the tape shows of devices.
    pub const fn published(&self) -> &Published {
        &self.published
    }

    /// The private half of a public key of somebody's, if she has it.
    pub fn private_key(
        &mut self,
        owner: &Name,
        public: &AgreementPublic,
    ) -> Option<&AgreementSecret> {
        self.keys.of(owner, public)
    }

    /// Begins a session with the message in hand, which must open: what does not belong to
    /// the session does not stand in its way.
    fn begin(&mut self, envelope: &Envelope<'_>) -> Option<Vec<u8>> {
        let header = &envelope.header;
        let opening = header.opening.as_ref()?;
        let bundles = self.published.bundles_for(&header.recipient, opening);
        bundles.into_iter().find_map(|bundle| {
            let mut session = Session::begin(header, opening, bundle, &mut self.keys)?;
            let text = session.open(envelope, &mut self.keys)?;
            self.sessions.insert(header.session, session);
            Some(text)
        })
    }
}

impl Attacker for SessionReader {
    fn examine(&mut self, envelope: &Envelope<'_>) -> Exposure {
        let session = self.sessions.get_mut(&envelope.header.session);
        let text = session.and_then(|session| session.open(envelope, &mut self.keys));
        text.or_else(|| self.begin(envelope))
            .map_or(Exposure::MetadataOnly, Exposure::Read)
    }
}

impl Session {
    /// The state after the handshake, if one side's private keys are known for each of
    /// its agreements (spec §5.2).
    fn begin(
        header: &Header,
        opening: &Opening,
        bundle: &KeyBundle,
        keys: &mut KnownKeys,
    ) -> Option<Self> {
        let (sender, recipient) = (&header.sender, &header.recipient);
        let prekey = bundle.signed_prekey.public;
        let pairs = [
            (opening.initiator.agreement, prekey),
            (opening.ephemeral, bundle.identity.agreement),
            (opening.ephemeral, prekey),
        ];
        let one_time = bundle.one_time_prekey.as_ref();
        let one_time = one_time.map(|it| (opening.ephemeral, it.public));
        let mut agreements = Vec::new();
        for (theirs, ours) in pairs.into_iter().chain(one_time) {
            agreements.push(keys.agree((sender, &theirs), (recipient, &ours))?);
        }
        let parties = Parties {
            initiator: (sender, &opening.initiator),
            responder: (recipient, &bundle.identity),
        };
        let secret = handshake::combine(&header.session, &parties, &agreements);
        let mut session = Self {
            initiator: sender.clone(),
            responder: recipient.clone(),
            root: RootKey::from_bytes(*secret.as_bytes()),
            last: [opening.ephemeral, prekey],
            chains: HashMap::new(),
        };
        if header.schedule == ScheduleId::Static {
            let labels = [Label::StaticInitiator, Label::StaticResponder];
            for (public, label) in session.last.into_iter().zip(labels) {
                let key = SessionKey::from_bytes(*kdf::expand(secret.as_bytes(), label, &[]));
                let chain = ChainCursor::new(header.schedule.message_keys(&key));
                session.chains.insert(public, chain);
            }
        }
        Some(session)
    }

    fn open(&mut self, envelope: &Envelope<'_>, keys: &mut KnownKeys) -> Option<Vec<u8>> {
        let header = &envelope.header;
        if let Some(chain) = self.chains.get_mut(&header.ratchet_public) {
            return opener::open(envelope, &chain.key(header.number)?);
        }
        let (root, session_key) = self.dh_ratchet(header, keys)?;
        let mut chain = ChainCursor::new(header.schedule.message_keys(&session_key));
        let text = opener::open(envelope, &chain.key(header.number)?)?;
        let [initiators, responders] = &mut self.last;
        let last = if header.sender == self.initiator {
            initiators
        } else {
            responders
        };
        *last = header.ratchet_public;
        self.root = root;
        self.chains.insert(header.ratchet_public, chain);
        Some(text)
    }

    /// ```text
    /// root || session_key = HKDF(salt = root, DH(ours, theirs), "doormat v1 root", 64)
    /// ```
    /// (spec §6.1)
    fn dh_ratchet(&self, header: &Header, keys: &mut KnownKeys) -> Option<(RootKey, SessionKey)> {
        let [initiators, responders] = &self.last;
        let other = if header.sender == self.initiator {
            (&self.responder, responders)
        } else {
            (&self.initiator, initiators)
        };
        let agreed = keys.agree((&header.sender, &header.ratchet_public), other)?;
        let okm = kdf::derive::<64>(self.root.as_bytes(), agreed.as_bytes(), Label::Root, &[]);
        let (root, session_key) = okm.split_at(32);
        Some((
            RootKey::from_bytes(kdf::first(root)),
            SessionKey::from_bytes(kdf::first(session_key)),
        ))
    }
}
