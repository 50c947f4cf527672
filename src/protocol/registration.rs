//! What some products say when they are set up, before they have keys to publish.
//!
//! Nothing in this protocol needs it, and our devices do not send it. The products that
//! fell to a generator with a trapdoor had something of the kind, a random number in the
//! clear that was drawn before their secrets: TLS's client random, IKE's nonce. So the
//! experiments have devices that register, beside those that do not.

use rand::CryptoRng;

use super::{
    name::Name,
    wire::{self, Kind, Version, WireError, leaf, wire},
};
use crate::crypto::{bytes::bytes, random_bytes};

wire! {
    /// A device's first words (spec §5.4).
    pub struct Registration {
        #[doc = "Protocol version, 1; anyone on the wire can read it."]
        pub version: Version,
        #[doc = "What follows: 3, a registration; anyone on the wire can read it."]
        pub kind: Kind,
        #[doc = "Whose device it is; anyone on the wire can read it."]
        pub owner: Name,
        #[doc = "32 random bytes, drawn before the device's keys from the same generator; anyone on the wire can read them."]
        pub nonce: RegistrationNonce,
    }
}

bytes! {
    /// What a device draws before its keys, and says in the clear: 32 bytes.
    RegistrationNonce[32]: Debug
}

leaf!(|_| None => RegistrationNonce);

impl Registration {
    /// Draws the nonce: 32 bytes of `rng`.
    pub fn draw(owner: Name, rng: &mut dyn CryptoRng) -> Self {
        Self {
            version: Version::V1,
            kind: Kind::Registration,
            owner,
            nonce: RegistrationNonce::from_bytes(random_bytes(rng)),
        }
    }

    /// The registration's bytes on the wire.
    pub fn encode(&self) -> Vec<u8> {
        wire::encode(self)
    }

    /// Takes a registration from the wire.
    ///
    /// # Errors
    /// What is wrong with its form.
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        Kind::Registration.check(bytes)?;
        wire::decode_whole(bytes)
    }
}
