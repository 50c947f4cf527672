//! `cells`: four tapes, one for each combination of mode and schedule, and a seized phone. One
//! of the two messengers with an authority declares `e2e` on every envelope.

use super::{
    material::{ExerciseKind, HandoutFiles, Material},
    toolkit::{self, ConversationSetup, Maker},
};
use crate::lab::{Answers, Exercise, LabError, Variant, dialogue};
use doormat::crypto::{SessionKey, hpke::HpkeRefused};
use doormat::escrow::EscrowPrivateKey;
use doormat::mode::{EndToEnd, Escrow};
use doormat::protocol::{AccessContext, AccessField, Mode, ModeId, ScheduleId};

/// The kind `cells`.
pub struct CellsExercise;

const TAPES: [&str; 4] = ["a", "b", "c", "d"];
const PHONE: &str = "phone.json";

/// An escrow mode that declares `e2e` on the wire.
struct Mislabelled(Escrow);

impl Mode for Mislabelled {
    fn id(&self) -> ModeId {
        ModeId::EndToEnd
    }

    fn disclose(
        &self,
        session_key: &SessionKey,
        context: &AccessContext,
    ) -> Result<Vec<AccessField>, HpkeRefused> {
        self.0.disclose(session_key, context)
    }
}

impl ExerciseKind for CellsExercise {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Material, LabError> {
        let mut draw = variant.draw("cells");
        let key = EscrowPrivateKey::generate(&mut variant.generator("authority"));
        let escrow = Escrow(vec![*key.public()]);
        let mislabelled = Mislabelled(escrow.clone());
        let mut cells = [
            (ModeId::EndToEnd, ScheduleId::Ratchet),
            (ModeId::EndToEnd, ScheduleId::Static),
            (ModeId::Escrow, ScheduleId::Ratchet),
            (ModeId::Escrow, ScheduleId::Static),
        ];
        draw.shuffle(&mut cells);
        // One of the two tapes with an authority declares another mode.
        let mislabelled_schedule = if draw.index(2) == 0 {
            ScheduleId::Ratchet
        } else {
            ScheduleId::Static
        };
        let seized = draw.index(TAPES.len());
        let mut material = Material::default();
        for (number, (tape, (mode, schedule))) in TAPES.into_iter().zip(cells).enumerate() {
            let actual: &dyn Mode = match mode {
                ModeId::EndToEnd => &EndToEnd,
                ModeId::Escrow if schedule == mislabelled_schedule => &mislabelled,
                ModeId::Escrow => &escrow,
            };
            let setup = ConversationSetup {
                purpose: tape,
                schedule,
                modes: &[actual],
                padded: false,
                seize_before: (number == seized).then_some("code"),
                names: None,
                maker: Maker::Ours,
            };
            let recorded = toolkit::record_conversation(exercise, variant, &setup)?;
            let spellings = [format!("{mode} {schedule}"), format!("{schedule} {mode}")];
            material.any_of(tape, spellings);
            for incomplete in ["e2e", "escrow", "ratchet", "static"] {
                let note = "Give one of the four: a mode and a schedule.";
                material.decoy(tape, incomplete, note);
            }
            if mode == ModeId::Escrow && schedule == mislabelled_schedule {
                let declared = format!("{} {schedule}", ModeId::EndToEnd);
                material.decoy(
                    tape,
                    declared,
                    "The mode byte says so. What rides on the envelope says otherwise.",
                );
            }
            if let Some((_, state)) = recorded.phone {
                let seen = toolkit::observe_with_phone(&recorded.tape, &state)?;
                material.any_of("phone", [tape.to_owned(), format!("{tape}.pcapng")]);
                material.answer("reads", toolkit::numbers(&toolkit::read_numbers(&seen)));
                material.ask_about(exercise, &recorded.dialogue);
                material.file(PHONE, state);
            }
            material.file(&format!("{tape}.pcapng"), recorded.tape);
        }
        Ok(material)
    }

    fn solve(&self, exercise: &Exercise, files: &HandoutFiles) -> Result<Answers, LabError> {
        let mut answers = Answers::default();
        for name in TAPES {
            let tape = files.bytes(&format!("{name}.pcapng"))?;
            answers.0.insert(name.to_owned(), mode_and_schedule(tape)?);
            let seen = toolkit::observe_with_phone(tape, files.bytes(PHONE)?)?;
            let read = toolkit::read_numbers(&seen);
            if read.is_empty() {
                continue;
            }
            let texts = toolkit::texts(&seen);
            answers.0.extend(dialogue::match_any(exercise, &texts));
            answers.0.insert("phone".to_owned(), name.to_owned());
            answers
                .0
                .insert("reads".to_owned(), toolkit::numbers(&read));
        }
        Ok(answers)
    }
}

/// Mode and schedule of a tape: whether its envelopes carry access fields, and whether a
/// sender's ratchet key changes.
fn mode_and_schedule(tape: &[u8]) -> Result<String, LabError> {
    let packets = toolkit::packets(tape)?;
    let envelopes: Vec<_> = toolkit::envelopes(&packets).collect();
    let first = envelopes
        .first()
        .ok_or(LabError::Unsolved("an empty tape"))?;
    let mode = if first.header.access.is_empty() {
        ModeId::EndToEnd
    } else {
        ModeId::Escrow
    };
    let turns = envelopes.iter().filter(|it| {
        it.header.sender == first.header.sender
            && it.header.ratchet_public != first.header.ratchet_public
    });
    let schedule = if turns.count() > 0 {
        ScheduleId::Ratchet
    } else {
        ScheduleId::Static
    };
    Ok(format!("{mode} {schedule}"))
}
