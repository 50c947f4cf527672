//! Hybrid public-key encryption (RFC 9180), base mode: seal something to the holder
//! of a public key, who need not be online. The suite is DHKEM(X25519, HKDF-SHA256),
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
use zeroize::Zeroizing;

use super::{
    agreement::{AgreementPublic, AgreementSecret},
    bytes::secret,
    kdf::first,
};

secret! {
    /// The randomness of one encapsulation: RFC 9180's `ikmE`.
    EncapsulationSeed
}

/// What [`seal`] gives: RFC 9180's `enc` and `ct`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HpkeCiphertext {
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
/// [`HpkeRefused`] if the recipient's public key is of low order, or if the KEM did not
/// draw the 32 bytes of the seed exactly once.
///
/// # Security
/// The same seed must never seal two different texts to the same key.
pub fn seal(
    recipient: &AgreementPublic,
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    seed: EncapsulationSeed,
) -> Result<HpkeCiphertext, HpkeRefused> {
    let recipient = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(recipient.as_bytes())
        .map_err(|_| HpkeRefused)?;
    let mut rng = OneDraw::new(seed);
    let (encapsulated, ciphertext) = single_shot_seal_with_rng::<
        ChaCha20Poly1305,
        HkdfSha256,
        X25519HkdfSha256,
    >(
        &OpModeS::Base, &recipient, info, plaintext, aad, &mut rng
    )
    .map_err(|_| HpkeRefused)?;
    if !rng.was_drawn_once() {
        return Err(HpkeRefused);
    }
    Ok(HpkeCiphertext {
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
    sealed: &HpkeCiphertext,
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

/// A generator that gives its seed once, to the one draw of 32 bytes that RFC 9180's key
/// generation makes. It cannot fail while it is drawn from, so any other draw gets zeros,
/// and [`seal`] then throws away what was made of them.
struct OneDraw {
    seed: EncapsulationSeed,
    state: DrawState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DrawState {
    Fresh,
    DrawnOnce,
    Misused,
}

impl OneDraw {
    const fn new(seed: EncapsulationSeed) -> Self {
        let state = DrawState::Fresh;
        Self { seed, state }
    }

    fn was_drawn_once(&self) -> bool {
        self.state == DrawState::DrawnOnce
    }
}

impl TryRng for OneDraw {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.state = DrawState::Misused;
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.state = DrawState::Misused;
        Ok(0)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        match (self.state, <&mut [u8; 32]>::try_from(&mut *out)) {
            (DrawState::Fresh, Ok(all)) => {
                *all = *self.seed.as_bytes();
                self.state = DrawState::DrawnOnce;
            }
            (DrawState::Fresh | DrawState::DrawnOnce | DrawState::Misused, _) => {
                out.fill(0);
                self.state = DrawState::Misused;
            }
        }
        Ok(())
    }
}

impl TryCryptoRng for OneDraw {}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;

    fn draw(lengths: &[usize]) -> (Vec<Vec<u8>>, bool) {
        let mut rng = OneDraw::new(EncapsulationSeed::from_bytes([7; 32]));
        let drawn = lengths.iter().map(|&length| {
            let mut out = vec![1; length];
            rng.fill_bytes(&mut out);
            out
        });
        (drawn.collect(), rng.was_drawn_once())
    }

    #[test]
    fn a_seed_is_drawn_once_and_whole_or_not_at_all() {
        assert_eq!(draw(&[]), (vec![], false));
        assert_eq!(draw(&[32]), (vec![vec![7; 32]], true));
        assert_eq!(draw(&[32, 32]), (vec![vec![7; 32], vec![0; 32]], false));
        for length in [0, 8, 31, 33, 64] {
            assert_eq!(draw(&[length]), (vec![vec![0; length]], false));
            assert!(!draw(&[length, 32]).1);
        }
        let mut rng = OneDraw::new(EncapsulationSeed::from_bytes([7; 32]));
        assert_eq!((rng.next_u32(), rng.next_u64()), (0, 0));
        assert!(!rng.was_drawn_once());
    }
}
