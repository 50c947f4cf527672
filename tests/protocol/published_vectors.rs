//! The primitives against vectors that others published: Project Wycheproof, RFC 8032 and RFC 9180.
//! Every test says how many vectors it ran, so that none can pass by running none.

use chacha20poly1305::{
    ChaCha20Poly1305, KeyInit,
    aead::{Aead, Payload},
};
use doormat::attack::unwrap;
use doormat::crypto::{
    AgreementPublic, AgreementSecret, Label, MessageKey, NonContributory, Signature, SigningKey,
    VerifyingKey, hpke, kdf,
};
use doormat::escrow::EscrowPrivateKey;
use ring::{aead, hkdf, hmac};
use wycheproof::TestResult;

/// All of a set's vectors, out of their groups.
macro_rules! vectors {
    ($set:ident, $name:ident) => {
        groups!($set, $name).into_iter().flat_map(|it| it.tests)
    };
}
macro_rules! groups {
    ($set:ident, $name:ident) => {
        wycheproof::$set::TestSet::load(wycheproof::$set::TestName::$name)
            .expect(stringify!($name))
            .test_groups
    };
}

#[test]
fn x25519_agrees_with_every_wycheproof_vector() {
    let (mut agreed, mut refused) = (0, 0);
    for t in vectors!(xdh, X25519) {
        let ours = AgreementSecret::from_bytes(array(&t.private_key, t.tc_id));
        let theirs = AgreementPublic::from_bytes(array(&t.public_key, t.tc_id));
        let published: [u8; 32] = array(&t.shared_secret, t.tc_id);
        let found = ours.agree(&theirs).map(|shared| shared.to_bytes());
        if published == [0; 32] {
            assert_eq!(found, Err(NonContributory), "tc {}", t.tc_id);
            refused += 1;
        } else {
            assert_eq!(found, Ok(published), "tc {}", t.tc_id);
            agreed += 1;
        }
    }
    assert_eq!((agreed, refused), (487, 31));
}

#[test]
fn both_ciphers_agree_with_every_wycheproof_vector_and_with_each_other() {
    let (mut valid, mut forged, mut nonce_refused) = (0, 0, 0);
    for t in vectors!(aead, ChaCha20Poly1305) {
        let key = array(&t.key, t.tc_id);
        let published = [t.ct.as_slice(), &t.tag].concat();
        let found = rust_crypto(&key, &t.nonce, &t.aad, &t.pt, &published);
        let by_ring = ring(&key, &t.nonce, &t.aad, &t.pt, &published);
        assert_eq!(found, by_ring, "tc {}: the ciphers differ", t.tc_id);
        let (sealed, opened) = found;
        if t.nonce.len() != 12 {
            assert!(t.result.must_fail(), "tc {}", t.tc_id);
            assert_eq!((sealed, opened), (None, None), "tc {}", t.tc_id);
            nonce_refused += 1;
        } else if t.result.must_fail() {
            assert_ne!(sealed, Some(published), "tc {}", t.tc_id);
            assert_eq!(opened, None, "tc {}", t.tc_id);
            forged += 1;
        } else {
            assert_eq!(sealed, Some(published), "tc {}", t.tc_id);
            assert_eq!(opened.as_ref(), Some(&*t.pt), "tc {}", t.tc_id);
            valid += 1;
        }
    }
    assert_eq!((valid, forged, nonce_refused), (256, 60, 9));
}

/// No published vector has a message key's nonce, which is zero. The two ciphers
/// are proven above at other nonces; here a message key equals both at its own.
#[test]
fn a_message_key_is_both_ciphers_at_the_zero_nonce() {
    const ZERO: &[u8] = &[0; 12];
    let mut equal = 0;
    for t in vectors!(aead, ChaCha20Poly1305) {
        assert_ne!(t.nonce.as_slice(), ZERO, "tc {}: test it here", t.tc_id);
        let bytes = array(&t.key, t.tc_id);
        let key = MessageKey::from_bytes(bytes);
        let mut sealed = key.clone().seal(&t.aad, &t.pt);
        let expected = (Some(sealed.clone()), Some(t.pt.to_vec()));
        let found = rust_crypto(&bytes, ZERO, &t.aad, &t.pt, &sealed);
        assert_eq!(found, expected, "tc {}: chacha20poly1305", t.tc_id);
        let found = ring(&bytes, ZERO, &t.aad, &t.pt, &sealed);
        assert_eq!(found, expected, "tc {}: ring", t.tc_id);
        let opened = key.open(&t.aad, &sealed).map(|text| text.to_vec());
        assert_eq!(opened, Ok(t.pt.to_vec()), "tc {}", t.tc_id);
        sealed[0] ^= 1;
        assert!(key.open(&t.aad, &sealed).is_err(), "tc {}", t.tc_id);
        equal += 1;
    }
    assert_eq!(equal, 325);
}

#[test]
fn hkdf_by_ring_and_from_our_hmac_agree_with_every_wycheproof_vector() {
    let (mut equal, mut refused) = (0, 0);
    for t in vectors!(hkdf, HkdfSha256) {
        let by_ring = ring_hkdf(&t.salt, &t.ikm, &t.info, t.size);
        if t.result.must_fail() {
            assert!(t.size > 255 * 32, "tc {}: too long", t.tc_id);
            assert_eq!(by_ring, None, "tc {}", t.tc_id);
            refused += 1;
        } else {
            let from_hmac = hkdf_from_our_hmac(&t.salt, &t.ikm, &t.info, t.size);
            assert_eq!(from_hmac, *t.okm, "tc {}", t.tc_id);
            assert_eq!(by_ring.as_ref(), Some(&*t.okm), "tc {}", t.tc_id);
            equal += 1;
        }
    }
    assert_eq!((equal, refused), (83, 3));
}

#[test]
fn derive_and_expand_are_hkdf_with_the_label_before_the_context() {
    let mut equal = 0;
    for t in vectors!(hkdf, HkdfSha256) {
        let prk = kdf::hmac_sha256(&hmac::Key::new(hmac::HMAC_SHA256, &t.salt), &t.ikm);
        for label in Label::ALL {
            let info = [label.as_bytes(), &t.info].concat();
            let derived = kdf::derive::<80>(&t.salt, &t.ikm, label, &t.info);
            let expanded = kdf::expand::<80>(&prk, label, &t.info);
            let by_ring = ring_hkdf(&t.salt, &t.ikm, &info, 80);
            assert_eq!(Some(derived.to_vec()), by_ring, "tc {} {label:?}", t.tc_id);
            assert_eq!(derived, expanded, "tc {} {label:?}", t.tc_id);
            equal += 1;
        }
    }
    assert_eq!(equal, 86 * Label::ALL.len());
}

#[test]
fn ed25519_verifies_every_valid_wycheproof_vector_and_no_other() {
    let (mut valid, mut invalid, mut not_64_bytes) = (0, 0, 0);
    for group in groups!(eddsa, Ed25519) {
        for t in group.tests {
            let key = VerifyingKey::from_bytes(array(&group.key.pk, t.tc_id));
            let verified = match t.sig.as_slice().try_into().map(Signature::from_bytes) {
                Ok(signature) => key.verify(&t.msg, &signature).is_ok(),
                Err(_) => false,
            };
            assert_eq!(verified, !t.result.must_fail(), "tc {}", t.tc_id);
            match (verified, t.sig.len()) {
                (true, _) => valid += 1,
                (false, 64) => invalid += 1,
                (false, _) => not_64_bytes += 1,
            }
        }
    }
    assert_eq!((valid, invalid, not_64_bytes), (88, 50, 12));
}

/// The vectors come without private keys; these five are published elsewhere.
#[test]
fn ed25519_signs_as_every_wycheproof_vector_whose_seed_is_known() {
    const SEEDS: [&str; 5] = [
        // Wycheproof's own, for tc 1 to 9.
        "add4bb8103785baf9ac534258e8aaf65f5f1adb5ef5f3df19bb80ab989c4d64b",
        // RFC 8032 §7.1: TEST 1, 2, 3 and 1024.
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5",
    ];
    let equal = SEEDS.map(|seed| {
        let key = SigningKey::from_bytes(unhex(seed));
        let public = key.verifying_key();
        let mut groups = groups!(eddsa, Ed25519);
        groups.retain(|group| group.key.pk.as_slice() == public.as_bytes());
        let tests = groups.iter().flat_map(|group| &group.tests);
        let valid = tests.filter(|t| t.result == TestResult::Valid);
        let same = valid.map(|t| {
            let signature = key.sign(&t.msg).as_bytes().to_vec();
            assert_eq!(signature, *t.sig, "tc {}", t.tc_id);
        });
        same.count()
    });
    assert_eq!(equal, [9, 1, 1, 1, 1]);
}

#[test]
fn hpke_seals_and_opens_rfc_9180_a_2_1_and_so_does_the_attacker() {
    let seed = unhex("909a9b35d3dc4713a5e72a4da274b55d3d3821a37e5d099e74a647db583a904b");
    let secret = unhex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb");
    let public = unhex("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a");
    let encapsulated = unhex("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a");
    let info: [u8; 20] = unhex("4f6465206f6e2061204772656369616e2055726e");
    let aad: [u8; 7] = unhex("436f756e742d30");
    let text: [u8; 29] = unhex("4265617574792069732074727574682c20747275746820626561757479");
    let published = hpke::HpkeCiphertext {
        encapsulated: AgreementPublic::from_bytes(encapsulated),
        ciphertext: unhex::<45>(
            "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db\
             21993c62ce81883d2dd1b51a28",
        )
        .to_vec(),
    };
    let recipient = AgreementSecret::from_bytes(secret);
    let thief = EscrowPrivateKey::from_bytes(secret);
    assert_eq!(recipient.public().as_bytes(), &public, "pkRm of skRm");

    let seed = hpke::EncapsulationSeed::from_bytes(seed);
    let sealed = hpke::seal(recipient.public(), &info, &aad, &text, seed);
    assert_eq!(sealed.as_ref(), Ok(&published), "enc and ct");

    let both = |sealed: &hpke::HpkeCiphertext, info: &[u8], aad: &[u8]| {
        let opened = hpke::open(&recipient, sealed, info, aad).ok();
        let (enc, ct) = (&sealed.encapsulated, &sealed.ciphertext);
        let stolen = unwrap::open(&thief, enc, info, aad, ct);
        (opened.map(|it| it.to_vec()), stolen.map(|it| it.to_vec()))
    };
    let expected = (Some(text.to_vec()), Some(text.to_vec()));
    assert_eq!(both(&published, &info, &aad), expected);
    assert_eq!(both(&published, &info[1..], &aad), (None, None), "info");
    assert_eq!(both(&published, &info, &aad[1..]), (None, None), "aad");
    let mut other = published.clone();
    other.ciphertext[0] ^= 1;
    assert_eq!(both(&other, &info, &aad), (None, None), "ct");
    let mut other = published;
    other.encapsulated = *recipient.public();
    assert_eq!(both(&other, &info, &aad), (None, None), "enc");
}

/// What a cipher seals of a text, and what it opens of something sealed.
type SealedOpened = (Option<Vec<u8>>, Option<Vec<u8>>);

/// The participants' cipher, at any nonce.
fn rust_crypto(
    key: &[u8; 32],
    nonce: &[u8],
    aad: &[u8],
    text: &[u8],
    sealed: &[u8],
) -> SealedOpened {
    let Ok(nonce) = nonce.try_into() else {
        return (None, None);
    };
    let cipher = ChaCha20Poly1305::new(key.into());
    let did_seal = cipher.encrypt(nonce, Payload { msg: text, aad });
    let opened = cipher.decrypt(nonce, Payload { msg: sealed, aad });
    (did_seal.ok(), opened.ok())
}

/// The attacker's cipher, at any nonce.
fn ring(key: &[u8; 32], nonce: &[u8], aad: &[u8], text: &[u8], sealed: &[u8]) -> SealedOpened {
    let nonce = || aead::Nonce::try_assume_unique_for_key(nonce).ok();
    let key = aead::UnboundKey::new(&aead::CHACHA20_POLY1305, key).expect("a key of 32 bytes");
    let key = aead::LessSafeKey::new(key);
    let aad = aead::Aad::from(aad);
    let (mut text, mut sealed) = (text.to_vec(), sealed.to_vec());
    let did_seal = nonce().and_then(|it| key.seal_in_place_append_tag(it, aad, &mut text).ok());
    let opened = nonce().and_then(|it| key.open_in_place(it, aad, &mut sealed).ok());
    (did_seal.map(|()| text), opened.map(|it| it.to_vec()))
}

fn ring_hkdf(salt: &[u8], ikm: &[u8], info: &[u8], size: usize) -> Option<Vec<u8>> {
    struct OutputLength(usize);
    impl hkdf::KeyType for OutputLength {
        fn len(&self) -> usize {
            self.0
        }
    }
    let mut out = vec![0; size];
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(ikm);
    prk.expand(&[info], OutputLength(size))
        .ok()?
        .fill(&mut out)
        .ok()?;
    Some(out)
}

/// RFC 5869 §2.2 and §2.3, written out over [`kdf::hmac_sha256`].
fn hkdf_from_our_hmac(salt: &[u8], ikm: &[u8], info: &[u8], size: usize) -> Vec<u8> {
    let prk = kdf::hmac_sha256(&hmac::Key::new(hmac::HMAC_SHA256, salt), ikm);
    let prk = hmac::Key::new(hmac::HMAC_SHA256, &prk);
    let (mut okm, mut block) = (Vec::new(), Vec::new());
    for counter in 1..=u8::MAX {
        block = kdf::hmac_sha256(&prk, &[&block, info, &[counter]].concat()).to_vec();
        okm.extend_from_slice(&block);
    }
    okm.truncate(size);
    okm
}

fn array<const N: usize>(bytes: &[u8], tc_id: usize) -> [u8; N] {
    let found = bytes.len();
    let Ok(array) = bytes.try_into() else {
        panic!("tc {tc_id}: {found} bytes where {N} belong")
    };
    array
}

fn unhex<const N: usize>(digits: &str) -> [u8; N] {
    let mut bytes = [0; N];
    hex::decode_to_slice(digits, &mut bytes).expect(digits);
    bytes
}
