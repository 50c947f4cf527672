//! `dialect`: the protocol under other labels. Every derivation has a label (spec §4.1); with
//! other labels, and everything else the same, `doormat attack` opens nothing, even with the
//! key. A reader written from the specification needs two other strings.
//!
//! The conversation is carried in the ordinary protocol. Then each envelope is sealed again,
//! under the same session key, with derivations that use the other labels.

use ring::hmac;

use super::{
    material::{ExerciseKind, HandoutFiles, Material},
    toolkit::{self, ConversationSetup},
};
use crate::lab::{Answers, Exercise, LabError, Variant, dialogue, library};
use doormat::attack::{Attacker, EscrowLeak, Exposure, unwrap};
use doormat::crypto::{MessageKey, SessionKey, hpke, kdf};
use doormat::escrow::{EscrowPrivateKey, key_file};
use doormat::experiment::ExperimentError;
use doormat::mode::Escrow;
use doormat::protocol::{
    AccessField, AuthorityPublic, Envelope, Header, ScheduleId, access::SealedSessionKey, wire,
};
use doormat::tape::Writer;
use doormat::transport::TransportError;

/// The kind `dialect`.
pub struct LabelVariantExercise;

const TAPE: &str = "tape.pcapng";
const KEY: &str = "escrow.key";

/// The labels that differ.
struct Labels {
    access: String,
    chain: String,
}

impl ExerciseKind for LabelVariantExercise {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Material, LabError> {
        let key = EscrowPrivateKey::generate(&mut variant.generator("authority"));
        let mode = Escrow(vec![*key.public()]);
        let recorded = toolkit::record_conversation(
            exercise,
            variant,
            &ConversationSetup::new("dialect", ScheduleId::Ratchet, &[&mode]),
        )?;
        let mut draw = variant.draw("labels");
        let makers = library::words(exercise, "maker")?;
        let none = || exercise.wrong("words/maker.txt", "there is no word in it");
        let maker = draw.one(&makers).ok_or_else(none)?;
        let version = draw.number(2, 99);
        let labels = Labels {
            access: format!("{maker} v{version} access"),
            chain: format!("{maker} v{version} chain"),
        };
        let mut material = Material::default();
        material.file(TAPE, relabel(&recorded.tape, &key, &labels)?);
        material.file(KEY, key_file::write_private(&key).as_bytes());
        material.ask_about(exercise, &recorded.dialogue);
        material.fact("access_label", labels.access);
        material.fact("chain_label", labels.chain);
        Ok(material)
    }

    fn solve(&self, exercise: &Exercise, files: &HandoutFiles) -> Result<Answers, LabError> {
        let key = files.escrow_key(KEY)?;
        let labels = Labels {
            access: files.between("| `doormat v1 access` | `", "` |")?,
            chain: files.between("| `doormat v1 chain` | `", "` |")?,
        };
        let packets = toolkit::packets(files.bytes(TAPE)?)?;
        let texts = toolkit::envelopes(&packets).filter_map(|it| open(&it, &key, &labels));
        dialogue::match_all(exercise, &texts.collect::<Vec<_>>())
    }
}

/// The same tape under other labels.
fn relabel(tape: &[u8], key: &EscrowPrivateKey, labels: &Labels) -> Result<Vec<u8>, LabError> {
    let mut eve = EscrowLeak::new(key.clone());
    let out = Writer::new(Vec::new()).map_err(TransportError::from);
    let mut out = out.map_err(ExperimentError::from)?;
    for mut packet in toolkit::packets(tape)? {
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

/// Spec §8.3 and §7.2, with these labels.
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
    let length = u32::try_from(ciphertext.len()).map_err(|_| ExperimentError::Misread)?;
    let [_, length @ ..] = length.to_be_bytes();
    Ok([header.as_slice(), &length, &ciphertext].concat())
}

/// Spec §13, with these labels.
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

/// Spec §6.2: one step along the chain for each message.
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
