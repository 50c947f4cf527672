//! Opens an access field with a stolen escrow key: the receiver's half of HPKE
//! (RFC 9180, base mode), written out with `ring`. The participants seal with
//! the `hpke` crate; this is the second opinion.

use ring::hmac;
use zeroize::Zeroizing;

use super::opener::open_with;
use crate::crypto::{AgreementPublic, SessionKey, kdf};
use crate::escrow::EscrowPrivateKey;
use crate::protocol::{AccessContext, AccessField};

/// DHKEM(X25519, HKDF-SHA256).
const KEM_SUITE: &[u8] = b"KEM\x00\x20";
/// The same with HKDF-SHA256 and ChaCha20-Poly1305.
const HPKE_SUITE: &[u8] = b"HPKE\x00\x20\x00\x01\x00\x03";
/// `mode_base`
const MODE_BASE: &[u8] = &[0x00];

/// The session key in an access field, if it was sealed to this key in this place.
pub fn session_key(
    loot: &EscrowPrivateKey,
    field: &AccessField,
    context: &AccessContext,
) -> Option<SessionKey> {
    let text = open(
        loot,
        &field.encapsulated,
        &context.info(),
        &[],
        field.sealed.as_bytes(),
    )?;
    let text = Zeroizing::new(text);
    Some(SessionKey::from_bytes(text.as_slice().try_into().ok()?))
}

/// ```text
/// def OpenBase(enc, skR, info, aad, ct):              RFC 9180 §6.1
///   shared_secret = Decap(enc, skR)
///   key, base_nonce = KeySchedule(mode_base, shared_secret, info, "", "")
///   return Open(key, base_nonce, aad, ct)
/// ```
pub fn open(
    loot: &EscrowPrivateKey,
    encapsulated: &AgreementPublic,
    info: &[u8],
    aad: &[u8],
    ciphertext: &[u8],
) -> Option<Vec<u8>> {
    let shared_secret = decap(loot, encapsulated)?;
    let (key, base_nonce) = key_schedule(&shared_secret, info);
    open_with(&key, *base_nonce, aad, ciphertext)
}

/// ```text
/// def Decap(enc, skR):                                RFC 9180 §4.1
///   dh = DH(skR, pkE)
///   kem_context = enc || pkRm
///   return ExtractAndExpand(dh, kem_context)
/// ```
pub fn decap(
    loot: &EscrowPrivateKey,
    encapsulated: &AgreementPublic,
) -> Option<Zeroizing<[u8; 32]>> {
    let dh = loot.secret().agree(encapsulated).ok()?;
    let kem_context = [
        encapsulated.as_bytes().as_slice(),
        loot.public().key().as_bytes(),
    ]
    .concat();
    let eae_prk = labeled_extract(KEM_SUITE, &[], b"eae_prk", dh.as_bytes());
    Some(labeled_expand(
        KEM_SUITE,
        &eae_prk,
        b"shared_secret",
        &kem_context,
    ))
}

/// ```text
/// def KeySchedule(mode_base, shared_secret, info, "", ""):   RFC 9180 §5.1
///   context = mode_base || psk_id_hash || info_hash
///   secret = LabeledExtract(shared_secret, "secret", "")
///   key, base_nonce = LabeledExpand(secret, "key" | "base_nonce", context)
/// ```
pub fn key_schedule(
    shared_secret: &[u8; 32],
    info: &[u8],
) -> (Zeroizing<[u8; 32]>, Zeroizing<[u8; 12]>) {
    let context = [
        MODE_BASE,
        labeled_extract(HPKE_SUITE, &[], b"psk_id_hash", &[]).as_slice(),
        labeled_extract(HPKE_SUITE, &[], b"info_hash", info).as_slice(),
    ]
    .concat();
    let secret = labeled_extract(HPKE_SUITE, shared_secret, b"secret", &[]);
    (
        labeled_expand(HPKE_SUITE, &secret, b"key", &context),
        labeled_expand(HPKE_SUITE, &secret, b"base_nonce", &context),
    )
}

/// `LabeledExtract(salt, label, ikm) = Extract(salt, "HPKE-v1" || suite_id || label || ikm)`
fn labeled_extract(suite: &[u8], salt: &[u8], label: &[u8], ikm: &[u8]) -> Zeroizing<[u8; 32]> {
    let labeled = Zeroizing::new([b"HPKE-v1", suite, label, ikm].concat());
    Zeroizing::new(hmac_sha256(salt, &labeled))
}

/// `LabeledExpand(prk, label, info, L) = Expand(prk, I2OSP(L, 2) || "HPKE-v1" || suite_id || label || info, L)`,
/// for `L` up to 32: one block.
fn labeled_expand<const L: usize>(
    suite: &[u8],
    prk: &[u8; 32],
    label: &[u8],
    info: &[u8],
) -> Zeroizing<[u8; L]> {
    const { assert!(L <= 32) };
    let length = u16::try_from(L).unwrap_or_default().to_be_bytes();
    let labeled = [&length, b"HPKE-v1".as_slice(), suite, label, info, &[1]].concat();
    Zeroizing::new(kdf::first(&hmac_sha256(prk, &labeled)))
}

fn hmac_sha256(key: &[u8], input: &[u8]) -> [u8; 32] {
    kdf::hmac_sha256(&hmac::Key::new(hmac::HMAC_SHA256, key), input)
}
