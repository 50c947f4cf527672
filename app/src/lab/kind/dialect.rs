//! `dialect`: the protocol under other labels. Every derivation has a label (spec §4.1); with
//! other labels, and everything else the same, `doormat attack` opens nothing, key or no
//! key. Whoever writes a reader from the specification has to change two strings.
//!
//! The conversation is carried as always. Then each envelope is sealed anew, under the same
//! session key, with derivations that carry the dialect's labels.

use ring::hmac;

use super::{
    Files, Kind,
    bench::{self, Way},
    read,
};
use crate::lab::{Answers, Exercise, LabError, Variant, handout::Made, library};
use doormat::attack::{Attacker, EscrowLeak, Exposure, unwrap};
use doormat::crypto::{MessageKey, SessionKey, hpke, kdf};
use doormat::escrow::{EscrowPrivateKey, key_file};
use doormat::experiment::ExperimentError;
use doormat::mode::Escrow;
use doormat::protocol::{
    AccessField, AuthorityPublic, Envelope, Header, ScheduleId, access::SealedSessionKey, wire,
};
use doormat::tape::{Reader, Writer};
use doormat::transport::TransportError;

/// The kind.
pub struct Dialect;

const TAPE: &str = "tape.pcapng";
const KEY: &str = "escrow.key";

/// The labels that differ.
struct Labels {
    access: String,
    chain: String,
}

impl Kind for Dialect {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Made, LabError> {
        let key = EscrowPrivateKey::generate(&mut variant.generator("authority"));
        let mode = Escrow(vec![*key.public()]);
        let way = Way {
            purpose: "dialect",
            schedule: ScheduleId::Ratchet,
            modes: &[&mode],
            padded: false,
            seize_before: None,
        };
        let carried = bench::carry(exercise, variant, &way)?;
        let mut draw = variant.draw("labels");
        let makers = library::words(exercise, "maker")?;
        let makers: Vec<&str> = makers.iter().map(String::as_str).collect();
        let maker = draw.one(&makers).unwrap_or_default();
        let version = draw.number(2, 99);
        let labels = Labels {
            access: format!("{maker} v{version} access"),
            chain: format!("{maker} v{version} chain"),
        };
        let mut made = Made::default();
        made.file(TAPE, translate(&carried.tape, &key, &labels)?);
        made.file(KEY, key_file::write_private(&key).as_bytes());
        read::ask(exercise, &carried.told, &mut made);
        made.fact("access_label", labels.access);
        made.fact("chain_label", labels.chain);
        Ok(made)
    }

    fn solve(&self, exercise: &Exercise, files: &Files) -> Result<Answers, LabError> {
        let key = bench::key(files, KEY)?;
        let labels = Labels {
            access: bench::between(files, "| `doormat v1 access` | `", "` |")?,
            chain: bench::between(files, "| `doormat v1 chain` | `", "` |")?,
        };
        let mut texts = Vec::new();
        for packet in Reader::new(bench::file(files, TAPE)?).map_err(ExperimentError::from)? {
            let packet = packet.map_err(ExperimentError::from)?;
            if let Ok(envelope) = Envelope::decode(&packet.payload) {
                texts.extend(open(&envelope, &key, &labels));
            }
        }
        read::understand(exercise, &texts)
    }
}

/// The same tape in the dialect.
fn translate(tape: &[u8], key: &EscrowPrivateKey, labels: &Labels) -> Result<Vec<u8>, LabError> {
    let mut eve = EscrowLeak::new(key.clone());
    let tape = Reader::new(tape).map_err(ExperimentError::from)?;
    let out = Writer::new(Vec::new()).map_err(TransportError::from);
    let mut out = out.map_err(ExperimentError::from)?;
    for packet in tape {
        let mut packet = packet.map_err(ExperimentError::from)?;
        if let Ok(envelope) = Envelope::decode(&packet.payload) {
            let Exposure::Read(text) = eve.examine(&envelope) else {
                return Err(ExperimentError::Misread.into());
            };
            let session_key = eve.session_key(&envelope).ok_or(ExperimentError::Misread)?;
            packet.payload = seal(&envelope, session_key, &text, key.public(), labels)?;
        }
        let recorded = out.record(&packet).map_err(TransportError::from);
        recorded.map_err(ExperimentError::from)?;
    }
    let tape = out.finish().map_err(TransportError::from);
    Ok(tape.map_err(ExperimentError::from)?)
}

/// Spec §8.3 and §7.2, in the dialect.
fn seal(
    envelope: &Envelope<'_>,
    session_key: &SessionKey,
    text: &[u8],
    authority: &AuthorityPublic,
    labels: &Labels,
) -> Result<Vec<u8>, LabError> {
    let info = info(envelope, labels);
    let bound_to = [authority.key().as_bytes().as_slice(), &info].concat();
    let sealed = hpke::seal(
        authority.key(),
        &info,
        &[],
        session_key.as_bytes(),
        hpke::EncapsulationSeed::from_bytes(expand(session_key.as_bytes(), &bound_to)),
    )
    .map_err(|_| ExperimentError::NoLoot)?;
    let bytes: [u8; 48] = sealed
        .ciphertext
        .try_into()
        .map_err(|_| ExperimentError::NoLoot)?;
    let field = AccessField {
        authority: authority.id(),
        encapsulated: sealed.encapsulated,
        sealed: SealedSessionKey::from_bytes(bytes),
    };
    let header = wire::encode(&Header {
        access: vec![field].into(),
        ..envelope.header.clone()
    });
    let key = message_key(session_key, envelope.header.number, labels);
    let ciphertext = key.seal(&header, text);
    let length = u32::try_from(ciphertext.len())
        .unwrap_or(u32::MAX)
        .to_be_bytes();
    let length = length.get(1..).unwrap_or_default();
    Ok([header.as_slice(), length, &ciphertext].concat())
}

/// Spec §13, in the dialect.
fn open(envelope: &Envelope<'_>, key: &EscrowPrivateKey, labels: &Labels) -> Option<String> {
    let field = envelope.header.access.iter().next()?;
    let info = info(envelope, labels);
    let sealed = field.sealed.as_bytes();
    let opened = unwrap::open(key, &field.encapsulated, &info, &[], sealed)?;
    let session_key = SessionKey::from_bytes(opened.as_slice().try_into().ok()?);
    let key = message_key(&session_key, envelope.header.number, labels);
    let text = key.open(envelope.authenticated, envelope.ciphertext).ok()?;
    String::from_utf8(text.to_vec()).ok()
}

/// `info = label || context` (spec §8.3)
fn info(envelope: &Envelope<'_>, labels: &Labels) -> Vec<u8> {
    let context = envelope.header.access_context();
    [labels.access.as_bytes(), &wire::encode(&context)].concat()
}

/// Spec §6.2: along the chain, one step for each message.
fn message_key(session_key: &SessionKey, number: u32, labels: &Labels) -> MessageKey {
    let mut chain = expand(session_key.as_bytes(), labels.chain.as_bytes());
    for _ in 0..number {
        chain = hmac(&chain, &[2]);
    }
    MessageKey::from_bytes(hmac(&chain, &[1]))
}

/// HKDF-Expand to 32 bytes (RFC 5869 §2.3): its first block.
fn expand(key: &[u8; 32], info: &[u8]) -> [u8; 32] {
    hmac(key, &[info, &[1]].concat())
}

fn hmac(key: &[u8; 32], input: &[u8]) -> [u8; 32] {
    kdf::hmac_sha256(&hmac::Key::new(hmac::HMAC_SHA256, key), input)
}
