//! Hybrid public-key encryption (RFC 9180), base mode: seal something to
//! somebody who is not here. The suite is DHKEM(X25519, HKDF-SHA256),
//! HKDF-SHA256, ChaCha20-Poly1305: KEM 0x0020, KDF 0x0001, AEAD 0x0003.

use std::convert::Infallible;

use ::hpke::{
    Deserializable, OpModeR, OpModeS, Serializable,
    aead::ChaCha20Poly1305,
    kdf::HkdfSha256,
    kem::{Kem, X25519HkdfSha256},
    single_shot_open, single_shot_seal_with_rng,
};
use rand::{TryCryptoRng, TryRng};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{AgreementPublic, AgreementSecret, kdf::first};

/// The randomness of one encapsulation: RFC 9180's `ikmE`, 32 bytes.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct EncapsulationSeed([u8; 32]);

impl EncapsulationSeed {
    /// Takes 32 bytes that are already uniformly random.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl std::fmt::Debug for EncapsulationSeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(_) = self;
        f.write_str("EncapsulationSeed")
    }
}

/// What [`seal`] gives: RFC 9180's `enc` and `ct`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The encapsulated key, 32 bytes: an ephemeral public key.
    pub encapsulated: AgreementPublic,
    /// The ciphertext: the plaintext's length and 16 bytes.
    pub ciphertext: Vec<u8>,
}

/// ```text
/// skE, pkE = DeriveKeyPair(ikmE)
/// def SealBase(pkR, info, aad, pt):           RFC 9180 §6.1
///   enc, ctx = SetupBaseS(pkR, info)
///   return enc, ctx.Seal(aad, pt)
/// ```
///
/// # Errors
/// [`HpkeRefused`] if the recipient's public key is of low order.
///
/// # Security
/// The same seed must never seal two different texts to the same key.
pub fn seal(
    recipient: &AgreementPublic,
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    seed: EncapsulationSeed,
) -> Result<Sealed, HpkeRefused> {
    let recipient = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(recipient.as_bytes())
        .map_err(|_| HpkeRefused)?;
    let (encapsulated, ciphertext) =
        single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            &recipient,
            info,
            plaintext,
            aad,
            &mut OneDraw(seed),
        )
        .map_err(|_| HpkeRefused)?;
    Ok(Sealed {
        encapsulated: AgreementPublic::from_bytes(first(&encapsulated.to_bytes())),
        ciphertext,
    })
}

/// ```text
/// def OpenBase(enc, skR, info, aad, ct):      RFC 9180 §6.1
///   ctx = SetupBaseR(enc, skR, info)
///   return ctx.Open(aad, ct)
/// ```
///
/// # Errors
/// [`HpkeRefused`] if it was not sealed to this key with this `info` and `aad`.
pub fn open(
    recipient: &AgreementSecret,
    sealed: &Sealed,
    info: &[u8],
    aad: &[u8],
) -> Result<Zeroizing<Vec<u8>>, HpkeRefused> {
    let secret = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(recipient.as_bytes())
        .map_err(|_| HpkeRefused)?;
    let encapsulated =
        <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(sealed.encapsulated.as_bytes())
            .map_err(|_| HpkeRefused)?;
    single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &secret,
        &encapsulated,
        info,
        &sealed.ciphertext,
        aad,
    )
    .map(Zeroizing::new)
    .map_err(|_| HpkeRefused)
}

/// Sealed to another key, with other context, or damaged; or a key of low order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("hybrid encryption refused: another key, another context, or damaged bytes")]
pub struct HpkeRefused;

/// A generator that gives the seed once, as the KEM's key generation asks for
/// exactly 32 bytes. A request for more gets the seed repeated.
struct OneDraw(EncapsulationSeed);

impl TryRng for OneDraw {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for (to, from) in out.iter_mut().zip(self.0.0.iter().cycle()) {
            *to = *from;
        }
        Ok(())
    }
}

impl TryCryptoRng for OneDraw {}
