//! `read`: a conversation in the escrow mode, and the authority's key. The questions ask for
//! the words that were drawn for the conversation: a part `where` for `{where}`.

use super::{
    material::{ExerciseKind, HandoutFiles, Material},
    toolkit::{self, ConversationSetup},
};
use crate::lab::{Answers, Exercise, LabError, Variant, dialogue};
use doormat::attack::EscrowLeak;
use doormat::escrow::{EscrowPrivateKey, key_file};
use doormat::mode::Escrow;
use doormat::protocol::ScheduleId;

/// The kind `read`.
pub struct ReadExercise;

const TAPE: &str = "tape.pcapng";
const KEY: &str = "escrow.key";

impl ExerciseKind for ReadExercise {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Material, LabError> {
        let key = EscrowPrivateKey::generate(&mut variant.generator("authority"));
        let mode = Escrow(vec![*key.public()]);
        let recorded = toolkit::record_conversation(
            exercise,
            variant,
            &ConversationSetup::new("read", ScheduleId::Ratchet, &[&mode]),
        )?;
        let mut material = Material::default();
        material.file(TAPE, recorded.tape);
        material.file(KEY, key_file::write_private(&key).as_bytes());
        material.ask_about(exercise, &recorded.dialogue);
        let [a, b] = recorded.names;
        material.fact("a", a);
        material.fact("b", b);
        Ok(material)
    }

    fn solve(&self, exercise: &Exercise, files: &HandoutFiles) -> Result<Answers, LabError> {
        let mut eve = EscrowLeak::new(files.escrow_key(KEY)?);
        let seen = toolkit::observe(files.bytes(TAPE)?, &mut eve)?;
        dialogue::match_all(exercise, &toolkit::texts(&seen))
    }
}
