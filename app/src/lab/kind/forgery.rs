//! `forgery`: the escrow mode with the check of 1994. The question asks for an access field that
//! seals nothing and passes; every such field is correct, so each answer is checked.

use super::{
    material::{ExerciseKind, HandoutFiles, Material},
    toolkit::{self, ConversationSetup},
};
use crate::lab::{
    Answers, Exercise, LabError, Variant,
    marking::{AnswerTest, CorrectAnswer},
};
use doormat::crypto::AgreementPublic;
use doormat::escrow::{EscrowPrivateKey, key_file};
use doormat::mode::{Clipper, Escrow};
use doormat::protocol::{
    AccessContext, AccessField, AuthorityId, Mode, ScheduleId, access::SealedSessionKey,
};

/// The kind `forgery`.
pub struct ForgeryExercise;

const TAPE: &str = "tape.pcapng";

impl ExerciseKind for ForgeryExercise {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Material, LabError> {
        let key = EscrowPrivateKey::generate(&mut variant.generator("authority"));
        let escrow = Escrow(vec![*key.public()]);
        let mode = Clipper(escrow);
        let recorded = toolkit::record_conversation(
            exercise,
            variant,
            &ConversationSetup::new("forgery", ScheduleId::Ratchet, &[&mode]),
        )?;
        let (honest, context) = first_field(&recorded.tape)?;
        let mut material = Material::default();
        let digits = hex::encode(honest.parts().concat());
        material.decoy(
            "field",
            digits.as_str(),
            "That is the honest field: the authority opens it.",
        );
        let mut flipped = honest.parts().concat();
        if let Some(last) = flipped.last_mut() {
            *last ^= 1;
        }
        material.decoy("field", hex::encode(flipped), "");
        if let Some(intact) = with_forged_tag(&honest) {
            material.decoy("field", hex::encode(intact.parts().concat()), "");
        }
        let file = key_file::write_public(key.public());
        material.file("authority.pub", file);
        material.file(TAPE, recorded.tape);
        let [a, b] = recorded.names;
        material.fact("a", a);
        material.fact("b", b);
        let test = move |answer: &str| judge(answer, &honest, &context, &key, &mode);
        material.correct.insert(
            "field".to_owned(),
            CorrectAnswer::Tested(AnswerTest::new(test), None),
        );
        Ok(material)
    }

    fn solve(&self, _: &Exercise, files: &HandoutFiles) -> Result<Answers, LabError> {
        let (honest, _) = first_field(files.bytes(TAPE)?)?;
        let check = Clipper(Escrow(Vec::new()));
        let empty = AccessField {
            authority: honest.authority,
            encapsulated: AgreementPublic::from_bytes([7; 32]),
            sealed: SealedSessionKey::from_bytes([0; 48]),
        };
        let forged = search_checksum(&check, &honest, &empty);
        let forged = forged.ok_or(LabError::Unsolved("no field passed"))?;
        Ok(toolkit::answers([(
            "field",
            hex::encode(forged.parts().concat()),
        )]))
    }
}

/// Counts up in the last 8 bytes of a field until its checksum is that of the honest field.
fn search_checksum(
    check: &Clipper,
    honest: &AccessField,
    field: &AccessField,
) -> Option<AccessField> {
    let mut fields = (0_u64..1 << 22).map(|trial| {
        let mut sealed = *field.sealed.as_bytes();
        if let Some(last) = sealed.last_chunk_mut() {
            *last = trial.to_be_bytes();
        }
        AccessField {
            sealed: SealedSessionKey::from_bytes(sealed),
            ..*field
        }
    });
    fields.find(|forged| check.check(&[*honest], &[*forged]).is_ok())
}

/// A field that passes and still contains the session key: only its tag differs.
fn with_forged_tag(honest: &AccessField) -> Option<AccessField> {
    search_checksum(&Clipper(Escrow(Vec::new())), honest, honest)
}

/// Whether a field passes the check of 1994 although the authority can open nothing with it.
fn judge(
    answer: &str,
    honest: &AccessField,
    context: &AccessContext,
    key: &EscrowPrivateKey,
    mode: &Clipper,
) -> Result<Option<String>, String> {
    let field = parse_field(answer).ok_or("an access field is 88 bytes: 176 digits (spec §8.2)")?;
    if field.authority != honest.authority {
        return Err("it should name the same authority, or nobody would look at it".to_owned());
    }
    if mode.check(&[*honest], &[field]).is_err() {
        return Err(
            "its checksum is not the honest field's: a receiver would refuse it".to_owned(),
        );
    }
    if key.open(&field, context).is_ok() || field == *honest {
        return Err("a receiver admits it, and so does the authority: it opens".to_owned());
    }
    if field.encapsulated == honest.encapsulated {
        match changed_key_bytes(&field, honest) {
            0 => {
                return Err(
                    "the key is still in it: only the tag was changed, and an authority that skips \
                     the tag reads"
                        .to_owned(),
                );
            }
            1..MIN_CHANGED => {
                return Err(
                    "most of the key is still in it, and the rest can be guessed: replace all that \
                     is behind the id"
                        .to_owned(),
                );
            }
            _ => {}
        }
    }
    if mode.0.check(&[*honest], &[field]).is_ok() {
        return Err("a receiver that computes the field anew would admit it too".to_owned());
    }
    Ok(None)
}

/// At least so many bytes of the encrypted key must differ, or the rest can be guessed.
const MIN_CHANGED: usize = 16;

/// How many of the 32 bytes of the encrypted session key differ.
fn changed_key_bytes(field: &AccessField, honest: &AccessField) -> usize {
    let both = field.sealed.as_bytes().iter().zip(honest.sealed.as_bytes());
    both.take(32).filter(|(one, other)| one != other).count()
}

fn parse_field(digits: &str) -> Option<AccessField> {
    let bytes: [u8; 88] = hex::decode(digits).ok()?.try_into().ok()?;
    let (authority, rest) = bytes.split_first_chunk::<8>()?;
    let (encapsulated, sealed) = rest.split_first_chunk::<32>()?;
    Some(AccessField {
        authority: AuthorityId::from_bytes(*authority),
        encapsulated: AgreementPublic::from_bytes(*encapsulated),
        sealed: SealedSessionKey::from_bytes(sealed.try_into().ok()?),
    })
}

/// The access field of the first envelope, and its context.
fn first_field(tape: &[u8]) -> Result<(AccessField, AccessContext), LabError> {
    let packets = toolkit::packets(tape)?;
    let first = toolkit::envelopes(&packets).next();
    let found =
        first.and_then(|it| Some((*it.header.access.iter().next()?, it.header.access_context())));
    found.ok_or(LabError::Unsolved("there is no access field"))
}
