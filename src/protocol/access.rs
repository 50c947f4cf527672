//! The access field: a session key sealed to somebody who is not in the
//! conversation, riding in the clear beside the ciphertext. Clipper called its
//! own the LEAF, Law Enforcement Access Field.
//!
//! The bytes do not show whether a use of it is lawful. Whoever holds the authority's
//! private key opens it, today or in ten years.
//!
//! In 1994 Matt Blaze found that Clipper's receivers checked their field by a
//! 16-bit checksum only, so that a bogus one passed after some 65,000 tries. So
//! here the encapsulation's randomness follows from the session key itself, as in
//! the transforms of Fujisaki and Okamoto (1999) and of Bellare, Boldyreva and
//! O'Neill (2007): sealing becomes a function, and a receiver, who holds the
//! session key, computes the one field that is right and refuses any other.

use serde::{Deserialize, Serialize};

use super::{
    name::{Name, SessionId},
    wire::{self, leaf, wire},
};
use crate::crypto::{
    AgreementPublic, Label, SessionKey,
    bytes::bytes,
    hpke::{self, EncapsulationSeed, HpkeCiphertext, HpkeRefused},
    kdf,
};

wire! {
    /// One session key, sealed to one authority, 88 bytes (spec §8.2).
    #[derive(Copy, Serialize, Deserialize)]
    pub struct AccessField {
        #[doc = "Whose escrow key opens the next two fields; anyone on the wire can read it."]
        pub authority: AuthorityId,
        #[doc = "HPKE encapsulated key, an ephemeral X25519 key; anyone on the wire can read it."]
        pub encapsulated: AgreementPublic,
        #[doc = "The session key, sealed: whoever holds the escrow key can read it, and with it the whole run."]
        pub sealed: SealedSessionKey,
    }
}

wire! {
    /// What an access field is bound to: it opens for nothing else (spec §8.3).
    pub struct AccessContext {
        #[doc = "The session."]
        pub session: SessionId,
        #[doc = "Who seals messages under the session key."]
        pub sender: Name,
        #[doc = "Who opens them."]
        pub recipient: Name,
        #[doc = "The run's public key."]
        pub ratchet_public: AgreementPublic,
    }
}

impl AccessContext {
    /// HPKE's `info`: the access label and this context (spec §8.3).
    pub fn info(&self) -> Vec<u8> {
        [Label::Access.as_bytes(), &wire::encode(self)].concat()
    }
}

bytes! {
    /// An authority's key id: the first 8 bytes of `SHA-256("doormat v1 authority" || public key)`.
    AuthorityId[8]: Debug Display,
    /// A session key under HPKE: 32 bytes and a tag of 16.
    #[derive(Debug)]
    SealedSessionKey[48]
}

leaf!(|_| None => AuthorityId, SealedSessionKey);

/// The public half of an escrow key: every participant in the escrow mode has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthorityPublic {
    id: AuthorityId,
    key: AgreementPublic,
}

impl AuthorityPublic {
    /// Takes a public key and computes its id.
    pub fn new(key: AgreementPublic) -> Self {
        let digest = kdf::hash(Label::Authority, &[key.as_bytes()]);
        Self {
            id: AuthorityId(kdf::first(&digest)),
            key,
        }
    }

    /// The id that access fields carry.
    pub const fn id(&self) -> AuthorityId {
        self.id
    }

    /// The X25519 public key.
    pub const fn key(&self) -> &AgreementPublic {
        &self.key
    }
}

impl AccessField {
    /// The field's bytes, part by part, as they stand on the wire.
    pub const fn parts(&self) -> [&[u8]; 3] {
        [
            &self.authority.0,
            self.encapsulated.as_bytes(),
            &self.sealed.0,
        ]
    }

    /// ```text
    /// ikmE = HKDF-Expand(session_key, "doormat v1 encapsulation" || authority_public || context, 32)
    /// encapsulated, sealed = SealBase(authority_public, info, "", session_key)  with ikmE
    /// ```
    /// (spec §8.3). The same inputs always give the same field.
    ///
    /// # Errors
    /// [`HpkeRefused`] if the authority's public key is of low order.
    pub fn seal(
        session_key: &SessionKey,
        context: &AccessContext,
        authority: &AuthorityPublic,
    ) -> Result<Self, HpkeRefused> {
        let bound_to = [authority.key.as_bytes().as_slice(), &wire::encode(context)].concat();
        let seed = kdf::expand(session_key.as_bytes(), Label::Encapsulation, &bound_to);
        let HpkeCiphertext {
            encapsulated,
            ciphertext,
        } = hpke::seal(
            &authority.key,
            &context.info(),
            &[],
            session_key.as_bytes(),
            EncapsulationSeed::from_bytes(*seed),
        )?;
        let sealed = ciphertext.try_into().map_err(|_| HpkeRefused)?;
        Ok(Self {
            authority: authority.id,
            encapsulated,
            sealed: SealedSessionKey(sealed),
        })
    }
}
