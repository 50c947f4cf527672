//! The Double Ratchet's outer half (Signal, *The Double Ratchet Algorithm*): a
//! new session key whenever the conversation changes direction.
//!
//! ```text
//! root_{i+1} || session_key = HKDF(salt = root_i, DH(ours, theirs), "doormat v1 root", 64)
//! ```
//!
//! Each step mixes in an agreement of two fresh keys and forgets what was there
//! before. So a stolen phone has no keys of the past on it (but for messages it has
//! not received yet, and for a first chain that no one-time prekey was used for), and
//! a step or two after the theft the copied keys open nothing new. Neither holds
//! against somebody who gets a copy of every session key, as an escrow authority does.
//!
//! The new key pair is drawn when this side next writes, not when the peer's
//! arrives, so that receiving needs no randomness.

use rand::CryptoRng;
use serde::{Deserialize, Serialize};

use super::error::ScheduleError;
use crate::crypto::{
    AgreementPublic, AgreementSecret, HandshakeSecret, Label, NonContributory, RootKey, SessionKey,
    kdf,
};

/// One side's state of the ratchet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ratchet {
    root: RootKey,
    ours: AgreementSecret,
    theirs: Option<AgreementPublic>,
}

impl Ratchet {
    pub(super) fn initiator(
        secret: &HandshakeSecret,
        ephemeral: &AgreementSecret,
        prekey: &AgreementPublic,
    ) -> Self {
        Self {
            root: RootKey::from_bytes(*secret.as_bytes()),
            ours: ephemeral.clone(),
            theirs: Some(*prekey),
        }
    }

    pub(super) fn responder(secret: &HandshakeSecret, prekey: &AgreementSecret) -> Self {
        Self {
            root: RootKey::from_bytes(*secret.as_bytes()),
            ours: prekey.clone(),
            theirs: None,
        }
    }

    /// ```text
    /// ours = GENERATE_DH()
    /// root, session_key = KDF_RK(root, DH(ours, theirs))
    /// ```
    /// (spec §6.1)
    pub(super) fn next_sending(
        &mut self,
        rng: &mut dyn CryptoRng,
    ) -> Result<(SessionKey, AgreementPublic), ScheduleError> {
        let theirs = self.theirs.ok_or(ScheduleError::NothingReceived)?;
        let ours = AgreementSecret::generate(rng);
        let (root, session_key) = dh_ratchet(&self.root, &ours, &theirs)?;
        let public = *ours.public();
        self.root = root;
        self.ours = ours;
        Ok((session_key, public))
    }

    /// ```text
    /// theirs = public
    /// root, session_key = KDF_RK(root, DH(ours, theirs))
    /// ```
    /// (spec §6.1)
    pub(super) fn next_receiving(
        &self,
        public: &AgreementPublic,
    ) -> Result<(Self, SessionKey), ScheduleError> {
        let (root, session_key) = dh_ratchet(&self.root, &self.ours, public)?;
        let next = Self {
            root,
            theirs: Some(*public),
            ..self.clone()
        };
        Ok((next, session_key))
    }
}

/// One step of the DH ratchet: `KDF_RK(root, DH(ours, theirs))` (spec §6.1).
fn dh_ratchet(
    root: &RootKey,
    ours: &AgreementSecret,
    theirs: &AgreementPublic,
) -> Result<(RootKey, SessionKey), NonContributory> {
    let agreed = ours.agree(theirs)?;
    let okm = kdf::derive::<64>(root.as_bytes(), agreed.as_bytes(), Label::Root, &[]);
    let (root, session) = okm.split_at(32);
    Ok((
        RootKey::from_bytes(kdf::first(root)),
        SessionKey::from_bytes(kdf::first(session)),
    ))
}
