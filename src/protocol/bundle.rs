//! Keys published in a directory for those who write while their owner is offline.

use super::{
    identity::Identity,
    name::Name,
    wire::{self, Kind, Version, WireError, wire},
};
use crate::crypto::{AgreementPublic, BadSignature, Label, Signature, SigningKey};

wire! {
    /// A published key bundle (spec §5.1). The directory hands each bundle out
    /// once; the last one, without a one-time prekey, as often as it is asked for.
    pub struct KeyBundle {
        #[doc = "Protocol version, 1; anyone on the wire can read it."]
        pub version: Version,
        #[doc = "What follows: 2, a key bundle; anyone on the wire can read it."]
        pub kind: Kind,
        #[doc = "Whose keys these are; anyone on the wire can read it."]
        pub owner: Name,
        #[doc = "The owner's identity; anyone on the wire can read it, and compare it by safety number."]
        pub identity: Identity,
        #[doc = "X25519 key that every handshake uses, kept for the device's life; anyone on the wire can read it."]
        pub signed_prekey: SignedPrekey,
        #[doc = "X25519 key for one handshake only; anyone on the wire can read it."]
        pub one_time_prekey: Option<OneTimePrekey>,
    }
}

wire! {
    /// A prekey that the owner's identity vouches for.
    pub struct SignedPrekey {
        #[doc = "Number by which the owner finds the private half; anyone on the wire can read it."]
        pub id: u32,
        #[doc = "X25519 key that every handshake uses, kept for the device's life; anyone on the wire can read it."]
        pub public: AgreementPublic,
        #[doc = "Ed25519 signature by the identity over owner, identity and prekey; anyone can check it."]
        pub signature: Signature,
    }
}

wire! {
    /// A prekey that is used up by one handshake.
    pub struct OneTimePrekey {
        #[doc = "Number by which the owner finds the private half, once; anyone on the wire can read it."]
        pub id: u32,
        #[doc = "X25519 key for one handshake only; anyone on the wire can read it."]
        pub public: AgreementPublic,
    }
}

impl KeyBundle {
    /// The bundle's bytes on the wire.
    pub fn encode(&self) -> Vec<u8> {
        wire::encode(self)
    }

    /// Takes a bundle from the wire; [`Self::verify`] comes next.
    ///
    /// # Errors
    /// What is wrong with its form.
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        Kind::Bundle.check(bytes)?;
        wire::decode_whole(bytes)
    }

    /// Checks that the identity in the bundle signed its prekey.
    ///
    /// # Errors
    /// [`BadSignature`] if it did not.
    ///
    /// # Security
    /// It does not show *whose* identity it is: a lying directory signs with a
    /// key of its own. Only comparing the safety number shows that.
    pub fn verify(&self) -> Result<(), BadSignature> {
        let prekey = &self.signed_prekey;
        self.identity.signing.verify(
            &signed_bytes(&self.owner, &self.identity, prekey.id, &prekey.public),
            &prekey.signature,
        )
    }
}

/// Signs a prekey: Ed25519 over `label || owner || identity || id || public` (spec §5.1).
pub(super) fn sign_prekey(
    key: &SigningKey,
    owner: &Name,
    identity: &Identity,
    id: u32,
    public: &AgreementPublic,
) -> SignedPrekey {
    SignedPrekey {
        id,
        public: *public,
        signature: key.sign(&signed_bytes(owner, identity, id, public)),
    }
}

fn signed_bytes(owner: &Name, identity: &Identity, id: u32, public: &AgreementPublic) -> Vec<u8> {
    [
        Label::Prekey.as_bytes(),
        &wire::encode(owner),
        &wire::encode(identity),
        &id.to_be_bytes(),
        public.as_bytes(),
    ]
    .concat()
}
