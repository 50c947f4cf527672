//! An authority's key pair. One private key of 32 bytes opens every session key ever
//! sealed to it, with or without a warrant.

use rand::CryptoRng;

use crate::crypto::{
    AgreementSecret, SessionKey,
    hpke::{self, HpkeCiphertext, HpkeRefused},
};
use crate::protocol::{AccessContext, AccessField, AuthorityId, AuthorityPublic};

/// The private half of an escrow key: 32 bytes of X25519 (spec §8.1).
///
/// # Security
/// Erased on drop; printed as its id only.
#[derive(Clone)]
pub struct EscrowPrivateKey {
    secret: AgreementSecret,
    public: AuthorityPublic,
}

impl EscrowPrivateKey {
    /// Draws a new key: 32 bytes of `rng`.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self::new(AgreementSecret::generate(rng))
    }

    /// Takes a private key's 32 bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self::new(AgreementSecret::from_bytes(bytes))
    }

    fn new(secret: AgreementSecret) -> Self {
        let public = AuthorityPublic::new(*secret.public());
        Self { secret, public }
    }

    /// The public half, for participants.
    pub const fn public(&self) -> &AuthorityPublic {
        &self.public
    }

    /// The agreement key itself.
    pub const fn secret(&self) -> &AgreementSecret {
        &self.secret
    }

    /// Opens an access field in the context where it was found, and recomputes it to see
    /// that an honest sender made it (spec §8.3).
    ///
    /// # Errors
    /// [`AccessError`] if it was sealed to somebody else, elsewhere, or damaged.
    pub fn open(
        &self,
        field: &AccessField,
        context: &AccessContext,
    ) -> Result<SessionKey, AccessError> {
        if field.authority != self.public.id() {
            return Err(AccessError::OtherAuthority {
                ours: self.public.id(),
                found: field.authority,
            });
        }
        let sealed = HpkeCiphertext {
            encapsulated: field.encapsulated,
            ciphertext: field.sealed.as_bytes().to_vec(),
        };
        let opened = hpke::open(&self.secret, &sealed, &context.info(), &[])?;
        let bytes = opened.as_slice().try_into().map_err(|_| HpkeRefused)?;
        let session_key = SessionKey::from_bytes(bytes);
        if AccessField::seal(&session_key, context, &self.public)? == *field {
            Ok(session_key)
        } else {
            Err(AccessError::Irregular)
        }
    }
}

impl std::fmt::Debug for EscrowPrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { secret: _, public } = self;
        write!(f, "EscrowPrivateKey({})", public.id())
    }
}

/// Why an access field did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// Its id is another authority's.
    #[error("sealed to authority {found}, this is {ours}")]
    OtherAuthority {
        /// This authority.
        ours: AuthorityId,
        /// Whose field it is.
        found: AuthorityId,
    },
    /// It opens, but is not the field that an honest sender computes for the key in it.
    #[error("the access field is not the one that its session key has")]
    Irregular,
    /// Sealed elsewhere, or damaged.
    #[error("the access field does not open in this place: {0}")]
    Refused(#[from] HpkeRefused),
}
