//! X3DH (Signal, *The X3DH Key Agreement Protocol*): two people agree on a first secret
//! although one of them is offline.
//!
//! ```text
//!        IK_A        identity of the initiator      IK_B   identity of the responder
//!        EK_A        drawn for this handshake       SPK_B  signed prekey
//!                                                   OPK_B  one-time prekey, if any left
//!
//! DH1 = DH(IK_A, SPK_B)     authenticates the initiator
//! DH2 = DH(EK_A, IK_B)      authenticates the responder
//! DH3 = DH(EK_A, SPK_B)     protects against a later theft of the initiator's identity key
//! DH4 = DH(EK_A, OPK_B)     protects against a later theft of all long-term keys
//! secret = HKDF(salt = 0^32, 0xff^32 || DH1 || DH2 || DH3 || DH4,
//!               "doormat v1 handshake" || session || parties, 32)
//! ```
//! (spec §5.2)
//!
//! X3DH puts both identities into the associated data of the first message. Here
//! they go into the derivation instead, so that the associated data of every message is
//! exactly what precedes its ciphertext on the wire. A recording that starts late, without
//! the handshake, can then still be opened with the escrow key.

use zeroize::Zeroizing;

use super::{
    bundle::KeyBundle,
    identity::Identity,
    name::{Name, SessionId},
    wire::{self, wire},
};
use crate::crypto::{
    AgreementPublic, AgreementSecret, HandshakeSecret, Label, NonContributory, kdf,
};

wire! {
    /// What the initiator sends along until the responder answers (spec §5.3).
    #[derive(serde::Serialize, serde::Deserialize)]
    pub struct Opening {
        #[doc = "The initiator's identity; anyone on the wire can read it."]
        pub initiator: Identity,
        #[doc = "X25519 key drawn for this handshake alone; anyone on the wire can read it."]
        pub ephemeral: AgreementPublic,
        #[doc = "Which signed prekey of the recipient was used; anyone on the wire can read it."]
        pub signed_prekey: u32,
        #[doc = "Which one-time prekey of the recipient was used up; anyone on the wire can read it."]
        pub one_time_prekey: Option<u32>,
    }
}

/// Both ends of a handshake, initiator first: names and identities are bound
/// into the secret, so that a relay cannot exchange either.
pub struct Parties<'a> {
    /// Who writes first.
    pub initiator: (&'a Name, &'a Identity),
    /// Whose bundle was fetched.
    pub responder: (&'a Name, &'a Identity),
}

/// Agreements of a handshake. A vector that grows beyond its room leaves a copy behind.
const MAX_AGREEMENTS: usize = 4;

/// The initiator's side, with private keys `identity` and `ephemeral`.
///
/// # Errors
/// [`NonContributory`] if a key of the bundle is of low order.
pub fn initiate(
    session: &SessionId,
    parties: &Parties<'_>,
    identity: &AgreementSecret,
    ephemeral: &AgreementSecret,
    bundle: &KeyBundle,
) -> Result<HandshakeSecret, NonContributory> {
    let signed_prekey = &bundle.signed_prekey.public;
    let mut agreements = Vec::with_capacity(MAX_AGREEMENTS);
    agreements.extend([
        identity.agree(signed_prekey)?,
        ephemeral.agree(&bundle.identity.agreement)?,
        ephemeral.agree(signed_prekey)?,
    ]);
    if let Some(prekey) = &bundle.one_time_prekey {
        agreements.push(ephemeral.agree(&prekey.public)?);
    }
    Ok(combine(session, parties, &agreements))
}

/// The responder's side, with the private halves of what the opening names.
///
/// # Errors
/// [`NonContributory`] if a key of the opening is of low order.
pub fn respond(
    session: &SessionId,
    parties: &Parties<'_>,
    identity: &AgreementSecret,
    signed_prekey: &AgreementSecret,
    one_time_prekey: Option<&AgreementSecret>,
    opening: &Opening,
) -> Result<HandshakeSecret, NonContributory> {
    let mut agreements = Vec::with_capacity(MAX_AGREEMENTS);
    agreements.extend([
        signed_prekey.agree(&opening.initiator.agreement)?,
        identity.agree(&opening.ephemeral)?,
        signed_prekey.agree(&opening.ephemeral)?,
    ]);
    if let Some(prekey) = one_time_prekey {
        agreements.push(prekey.agree(&opening.ephemeral)?);
    }
    Ok(combine(session, parties, &agreements))
}

/// ```text
/// session = SHA-256("doormat v1 session id" || Identity_A || EK_A || Identity_B)
/// ```
/// (spec §5.5): for products whose session ids leave no room to hide anything in.
pub fn derived_id(
    initiator: &Identity,
    ephemeral: &AgreementPublic,
    responder: &Identity,
) -> SessionId {
    let (initiator, responder) = (wire::encode(initiator), wire::encode(responder));
    let parts = [&initiator, ephemeral.as_bytes().as_slice(), &responder];
    SessionId::from_bytes(kdf::hash(Label::SessionId, &parts))
}

/// The secret of a handshake, from its agreements in the order above.
pub fn combine(
    session: &SessionId,
    parties: &Parties<'_>,
    agreements: &[x25519_dalek::SharedSecret],
) -> HandshakeSecret {
    let mut secret = Zeroizing::new(Vec::with_capacity(5 * 32));
    secret.extend_from_slice(&[0xff; 32]);
    for agreement in agreements {
        secret.extend_from_slice(agreement.as_bytes());
    }
    let context = [
        wire::encode(session),
        wire::encode(parties.initiator.0),
        wire::encode(parties.initiator.1),
        wire::encode(parties.responder.0),
        wire::encode(parties.responder.1),
    ]
    .concat();
    HandshakeSecret::from_bytes(*kdf::derive(&[0; 32], &secret, Label::Handshake, &context))
}
