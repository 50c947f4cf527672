//! The specification's generated parts are what the code computes.
//!
//! `UPDATE_DOCS=1 cargo test --test protocol` writes them anew.

use crate::common::docs::assert_generated;
use doormat::attack::unwrap;
use doormat::crypto::{AgreementSecret, Label, SigningKey, kdf, random_bytes};
use doormat::escrow::EscrowPrivateKey;
use doormat::experiment::{Conversation, Recording, seed};
use doormat::mode::Escrow;
use doormat::protocol::{Envelope, Header, Identity, KeyBundle, Name, SafetyNumber, ScheduleId};
use doormat::tape::Reader;
use rand::rngs::ChaCha20Rng;
use ring::{
    digest::{SHA512, digest},
    hmac,
};
use tls_codec::Serialize;

const SPEC: &str = "docs/spec.md";

#[test]
fn the_labels_are_the_codes_labels() {
    let mut table = String::from("| label | bytes | used in |\n|---|---|---|\n");
    for label in Label::ALL {
        let used_in = match label {
            Label::Handshake => "§5.2 HKDF info",
            Label::Root => "§6.1 HKDF info",
            Label::Chain => "§6.2 Expand info",
            Label::StaticInitiator | Label::StaticResponder | Label::Message => "§6.3 Expand info",
            Label::Access => "§8.3 HPKE info",
            Label::Encapsulation => "§8.3 Expand info",
            Label::Prekey => "§5.1 signature",
            Label::Safety => "§3.2 SHA-512",
            Label::Authority => "§8.1 SHA-256",
            Label::Experiment => "§12 SHA-256",
            Label::Relay => "wire.md, signature",
            Label::Share => "§8.5 SHA-256",
            Label::Warrant => "§8.6 signature and SHA-256",
            Label::DeskLog => "§8.7 SHA-256",
            Label::Checksum => "§8.9 SHA-256",
            Label::Lab => "lab.md, HMAC",
            Label::Points => "§12.1 SHA-256",
            Label::LowEntropy => "§12.2 SHA-256",
            Label::Implant => "§12.3 Expand info",
            Label::SessionId => "§5.5 SHA-256",
        };
        let text = label.as_str();
        table += &format!("| `{text}` | {} | {used_in} |\n", text.len());
    }
    assert_generated(SPEC, "labels", &table);
}

#[test]
fn the_worked_example_is_what_the_code_computes() {
    let mut example = Example::default();
    ratchet(&mut example);
    example.text += "\nThe first message of the same conversation with `--schedule static`:\n\n";
    fixed(&mut example);
    assert_generated(SPEC, "example", &example.text);
}

/// Message 0 under the ratchet, from the drawn keys to the text, each step computed
/// here from the specification and compared with what the tape holds.
fn ratchet(out: &mut Example) {
    let tape = Tape::of(ScheduleId::Ratchet);
    let envelope = Envelope::decode(&tape.envelopes[0]).unwrap();
    let header = &envelope.header;

    out.begin("Drawn from the seed (§12)");
    let mut rng = seed::generator(7, "authority");
    let escrow = out.draw("escrow private key", &mut rng);
    let escrow_key = EscrowPrivateKey::from_bytes(escrow);
    out.put("escrow public key", escrow_key.public().key().as_bytes());
    out.put("authority id", escrow_key.public().id().as_bytes());
    let mut rng = seed::generator(7, "escrow");
    let draw = |out: &mut Example, name: &str, rng: &mut ChaCha20Rng| {
        AgreementSecret::from_bytes(out.draw(name, rng))
    };
    let ik_a = draw(out, "IK_A private", &mut rng);
    let sign_a = SigningKey::from_bytes(out.draw("Ed25519 seed of alice", &mut rng));
    let _ = random_bytes::<32>(&mut rng);
    let ik_b = draw(out, "IK_B private", &mut rng);
    let sign_b = SigningKey::from_bytes(out.draw("Ed25519 seed of bob", &mut rng));
    let spk_b = draw(out, "SPK_B private", &mut rng);
    let _ = random_bytes::<128>(&mut rng);
    let opk_b = draw(out, "OPK_B private, number 1", &mut rng);
    let _ = random_bytes::<96>(&mut rng);
    let session = out.draw("session", &mut rng);
    let ek_a = draw(out, "EK_A private", &mut rng);
    let ratchet_a = draw(out, "alice's first ratchet private key", &mut rng);
    out.end();

    out.begin("Handshake (§5.2)");
    let name = |name: &str| Name::new(name).unwrap();
    let identity = |agreement: &AgreementSecret, signing: &SigningKey| Identity {
        agreement: *agreement.public(),
        signing: signing.verifying_key(),
    };
    let (alice, bob) = (identity(&ik_a, &sign_a), identity(&ik_b, &sign_b));
    assert_eq!(tape.bundle.identity, bob);
    assert_eq!(tape.bundle.signed_prekey.public, *spk_b.public());
    let people = [("alice", &alice), ("bob", &bob)];
    let safety = SafetyNumber::between((&name("alice"), &alice), (&name("bob"), &bob));
    assert_eq!(safety.digits(), safety_number(people));
    out.text += &format!("safety number (§3.2)\n    {safety}\n");
    let agree =
        |out: &mut Example, name: &str, ours: &AgreementSecret, theirs: &AgreementSecret| {
            let shared = ours.agree(theirs.public()).unwrap();
            out.put(name, shared.as_bytes())
        };
    let agreements = [
        vec![0xff; 32],
        agree(out, "DH1", &ik_a, &spk_b),
        agree(out, "DH2", &ek_a, &ik_b),
        agree(out, "DH3", &ek_a, &spk_b),
        agree(out, "DH4", &ek_a, &opk_b),
    ]
    .concat();
    let parties = out.put(
        "parties",
        &[
            session.to_vec(),
            name("alice").tls_serialize_detached().unwrap(),
            alice.tls_serialize_detached().unwrap(),
            name("bob").tls_serialize_detached().unwrap(),
            bob.tls_serialize_detached().unwrap(),
        ]
        .concat(),
    );
    let secret = kdf::derive::<32>(&[0; 32], &agreements, Label::Handshake, &parties);
    out.put("secret", secret.as_slice());
    out.end();

    out.begin("Session key and message key (§6.1, §6.2)");
    assert_eq!(header.ratchet_public, *ratchet_a.public());
    out.put("ratchet_public", ratchet_a.public().as_bytes());
    let agreed = agree(out, "DH(ours, theirs)", &ratchet_a, &spk_b);
    let okm = kdf::derive::<64>(secret.as_slice(), &agreed, Label::Root, &[]);
    out.put("root", &okm[..32]);
    let session_key: [u8; 32] = okm[32..].try_into().unwrap();
    out.put("session_key", &session_key);
    let chain = kdf::expand::<32>(&session_key, Label::Chain, &[]);
    out.put("chain_0", chain.as_slice());
    let step = |byte| {
        kdf::hmac_sha256(
            &hmac::Key::new(hmac::HMAC_SHA256, chain.as_slice()),
            &[byte],
        )
    };
    let message_key = step(1);
    out.put("message_key_0", &message_key);
    let chain = out.put("chain_1", &step(2));
    let key = hmac::Key::new(hmac::HMAC_SHA256, &chain);
    out.put(
        "message_key_1, not used here",
        &kdf::hmac_sha256(&key, &[1]),
    );
    out.end();

    access(out, header, &escrow_key, &session_key);

    out.begin("Envelope (§7)");
    out.put("header, the associated data", envelope.authenticated);
    out.put("ciphertext and tag", envelope.ciphertext);
    let text = open(&message_key, &envelope);
    out.put("text", &text);
    out.put("envelope, as on the tape", &tape.envelopes[0]);
    out.end();
    assert_eq!(text, tape.conversation.lines()[0].text.as_bytes());
}

/// The access field of a header, opened and made again (§8.3).
fn access(out: &mut Example, header: &Header, escrow: &EscrowPrivateKey, session_key: &[u8; 32]) {
    let field = header.access.iter().next().unwrap();
    let context = header.access_context();
    out.begin("Access field (§8.3; HPKE as in §13)");
    let encoded = out.put("context", &context.tls_serialize_detached().unwrap());
    let bound_to = [escrow.public().key().as_bytes().as_slice(), &encoded].concat();
    let seed = kdf::expand::<32>(session_key, Label::Encapsulation, &bound_to);
    out.put("ikmE", seed.as_slice());
    out.put("encapsulated", field.encapsulated.as_bytes());
    let dh = escrow.secret().agree(&field.encapsulated).unwrap();
    out.put("dh", dh.as_bytes());
    let shared = unwrap::decap(escrow, &field.encapsulated).unwrap();
    out.put("ss", shared.as_slice());
    let (key, nonce) = unwrap::key_schedule(&shared, &context.info());
    out.put("key", key.as_slice());
    out.put("nonce", nonce.as_slice());
    out.put("sealed", field.sealed.as_bytes());
    out.end();
    let opened = unwrap::session_key(escrow, field, &context).unwrap();
    assert_eq!(opened.as_bytes(), session_key);
}

/// Message 0 under the static schedule, from the escrow key to the text.
fn fixed(out: &mut Example) {
    let tape = Tape::of(ScheduleId::Static);
    let envelope = Envelope::decode(&tape.envelopes[0]).unwrap();
    let header = &envelope.header;
    let escrow = EscrowPrivateKey::generate(&mut seed::generator(7, "authority"));
    let context = header.access_context();
    let field = header.access.iter().next().unwrap();
    let session_key = unwrap::session_key(&escrow, field, &context).unwrap();
    out.begin("Static (§6.3)");
    out.put("session_key", session_key.as_bytes());
    let message_key = kdf::expand::<32>(session_key.as_bytes(), Label::Message, &[0; 4]);
    out.put("message_key_0", message_key.as_slice());
    out.put("envelope, as on the tape", &tape.envelopes[0]);
    out.put("text", &open(&message_key, &envelope));
    out.end();
}

/// §3.2, written out once more.
fn safety_number(people: [(&str, &Identity); 2]) -> String {
    let mut halves = people.map(|(name, identity)| {
        let length = u8::try_from(name.len()).unwrap();
        let identity = identity.tls_serialize_detached().unwrap();
        let owner = [&[length], name.as_bytes(), &identity].concat();
        let mut h = [b"doormat v1 safety", owner.as_slice()].concat();
        for _ in 0..5200 {
            h = digest(&SHA512, &[h, owner.clone()].concat())
                .as_ref()
                .to_vec();
        }
        h.chunks(5)
            .take(6)
            .map(|five| {
                let eight = [&[0; 3], five].concat().try_into().unwrap();
                format!("{:05}", u64::from_be_bytes(eight) % 100_000)
            })
            .collect::<String>()
    });
    halves.sort();
    halves.concat()
}

fn open(key: &[u8; 32], envelope: &Envelope<'_>) -> Vec<u8> {
    let key = doormat::crypto::MessageKey::from_bytes(*key);
    key.open(envelope.authenticated, envelope.ciphertext)
        .unwrap()
        .to_vec()
}

struct Tape {
    conversation: Conversation,
    envelopes: Vec<Vec<u8>>,
    /// The bundle that alice fetched: the last one before the first envelope.
    bundle: KeyBundle,
}

impl Tape {
    fn of(schedule: ScheduleId) -> Self {
        let conversation = Conversation::default();
        let escrow = EscrowPrivateKey::generate(&mut seed::generator(7, "authority"));
        let recording = Recording::make(
            &conversation,
            &Escrow(vec![*escrow.public()]),
            schedule,
            &mut seed::generator(7, "escrow"),
            &|| {},
        )
        .unwrap();
        let payloads: Vec<Vec<u8>> = Reader::new(recording.tape.as_slice())
            .unwrap()
            .map(|packet| packet.unwrap().payload)
            .collect();
        let (bundles, envelopes): (Vec<_>, Vec<_>) =
            payloads.into_iter().partition(|bytes| bytes[1] == 2);
        Self {
            conversation,
            envelopes,
            bundle: KeyBundle::decode(bundles.last().unwrap()).unwrap(),
        }
    }
}

/// Named values in fenced blocks, 32 bytes a line.
#[derive(Default)]
struct Example {
    text: String,
}

impl Example {
    fn begin(&mut self, title: &str) {
        self.text += &format!("**{title}**\n\n```text\n");
    }

    fn end(&mut self) {
        self.text += "```\n\n";
    }

    fn put(&mut self, name: &str, bytes: &[u8]) -> Vec<u8> {
        self.text += &format!("{name}\n");
        for row in bytes.chunks(32) {
            self.text += &format!("    {}\n", hex::encode(row));
        }
        bytes.to_vec()
    }

    fn draw(&mut self, name: &str, rng: &mut ChaCha20Rng) -> [u8; 32] {
        let bytes = random_bytes(rng);
        self.put(name, &bytes);
        bytes
    }
}
