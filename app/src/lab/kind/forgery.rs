//! `forgery`: the escrow mode with the check of 1994. A field is asked for that seals nothing,
//! and passes; any will do, and each that is given is really checked.

use super::{
    Files, Kind,
    bench::{self, Way},
};
use crate::lab::{Answers, Exercise, LabError, Variant, answers::Right, handout::Made};
use doormat::crypto::AgreementPublic;
use doormat::escrow::{EscrowPrivateKey, key_file};
use doormat::mode::{Clipper, Escrow};
use doormat::protocol::{
    AccessContext, AccessField, AuthorityId, Envelope, Mode, ScheduleId, access::SealedSessionKey,
};

/// The kind.
pub struct Forgery;

const TAPE: &str = "tape.pcapng";

impl Kind for Forgery {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Made, LabError> {
        let key = EscrowPrivateKey::generate(&mut variant.generator("authority"));
        let escrow = Escrow(vec![*key.public()]);
        let mode = Clipper(escrow);
        let way = Way {
            purpose: "forgery",
            schedule: ScheduleId::Ratchet,
            modes: &[&mode],
            padded: false,
            seize_before: None,
        };
        let carried = bench::carry(exercise, variant, &way)?;
        let (honest, context) = first_field(&carried.tape)?;
        let mut made = Made::default();
        let digits = hex::encode(honest.parts().concat());
        made.decoy(
            "field",
            digits.as_str(),
            "That is the honest field: the authority opens it.",
        );
        let mut flipped = honest.parts().concat();
        if let Some(last) = flipped.last_mut() {
            *last ^= 1;
        }
        made.decoy("field", hex::encode(flipped), "");
        if let Some(intact) = tag_forged(&honest) {
            made.decoy("field", hex::encode(intact.parts().concat()), "");
        }
        let file = key_file::write_public(key.public());
        made.file("authority.pub", file);
        made.file(TAPE, carried.tape);
        let [a, b] = carried.names;
        made.fact("a", a);
        made.fact("b", b);
        let test = move |answer: &str| judge(answer, &honest, &context, &key, &mode);
        made.right
            .insert("field".to_owned(), Right::Passes(Box::new(test), None));
        Ok(made)
    }

    fn solve(&self, _: &Exercise, files: &Files) -> Result<Answers, LabError> {
        let (honest, _) = first_field(bench::file(files, TAPE)?)?;
        let check = Clipper(Escrow(Vec::new()));
        let empty = AccessField {
            authority: honest.authority,
            encapsulated: AgreementPublic::from_bytes([7; 32]),
            sealed: SealedSessionKey::from_bytes([0; 48]),
        };
        let bogus = counted(&check, &honest, &empty);
        let bogus = bogus.ok_or(LabError::Unsolved("no field passed"))?;
        Ok(bench::answers([(
            "field",
            hex::encode(bogus.parts().concat()),
        )]))
    }
}

/// This field with a count in its last 8 bytes, the first that passes for the honest one.
fn counted(check: &Clipper, honest: &AccessField, field: &AccessField) -> Option<AccessField> {
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
    fields.find(|bogus| check.check(&[*honest], &[*bogus]).is_ok())
}

/// A field that passes and still has the session key in it: only its tag is another.
fn tag_forged(honest: &AccessField) -> Option<AccessField> {
    counted(&Clipper(Escrow(Vec::new())), honest, honest)
}

/// Whether a field passes the check of 1994, and still is good for nothing.
fn judge(
    answer: &str,
    honest: &AccessField,
    context: &AccessContext,
    key: &EscrowPrivateKey,
    mode: &Clipper,
) -> Result<Option<String>, String> {
    let field = field(answer).ok_or("an access field is 88 bytes: 176 digits (spec §8.2)")?;
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
        match changed(&field, honest) {
            0 => {
                return Err(
                    "the key is still in it: only the tag was changed, and an authority that skips \
                     the tag reads"
                        .to_owned(),
                );
            }
            1..ENOUGH => {
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

/// So many bytes of the encrypted key must be others, or the rest can be guessed.
const ENOUGH: usize = 16;

/// How many of the 32 bytes in which the session key is encrypted are others.
fn changed(field: &AccessField, honest: &AccessField) -> usize {
    let both = field.sealed.as_bytes().iter().zip(honest.sealed.as_bytes());
    both.take(32).filter(|(one, other)| one != other).count()
}

fn field(digits: &str) -> Option<AccessField> {
    let bytes: [u8; 88] = hex::decode(digits).ok()?.try_into().ok()?;
    let (authority, rest) = bytes.split_first_chunk::<8>()?;
    let (encapsulated, sealed) = rest.split_first_chunk::<32>()?;
    Some(AccessField {
        authority: AuthorityId::from_bytes(*authority),
        encapsulated: AgreementPublic::from_bytes(*encapsulated),
        sealed: SealedSessionKey::from_bytes(sealed.try_into().ok()?),
    })
}

/// The access field of the first envelope, and where it belongs.
fn first_field(tape: &[u8]) -> Result<(AccessField, AccessContext), LabError> {
    let packets = bench::packets(tape)?;
    let mut envelopes = packets
        .iter()
        .filter_map(|packet| Envelope::decode(&packet.payload).ok());
    let first = envelopes.next();
    let found =
        first.and_then(|it| Some((*it.header.access.iter().next()?, it.header.access_context())));
    found.ok_or(LabError::Unsolved("there is no access field"))
}
