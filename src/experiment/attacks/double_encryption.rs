//! Two people seal each message end-to-end between devices of their own, and that
//! envelope is what they say in the escrow mode. What is read is what the authority reads.

use super::attack::{Attack, Method, Reader};
use crate::attack::{KeyRing, NestedDecryptor};
use crate::experiment::{Family, 
    ExperimentError,
    conversation::{Conversation, PARTICIPANTS},
    design::Design,
    detection::DetectionInput,
    evaluation::Evaluation,
    key_custody::KeyCustody,
    network::{Network, START},
    outcome::Outcome,
    setting::Setting,
};
use crate::mode::EndToEnd;
use crate::protocol::{ModeId, Name, ScheduleId, envelope::MAX_TEXT_BYTES};
use crate::transport::Memory;

pub(super) static DOUBLE_ENCRYPTION: Attack = Attack {
    name: "double-encryption",
    loot: "nothing: the two who talk encrypt end-to-end before they write; what is read is what the authority reads",
    when: "from the first message on",
    tried: "the authority opens each message, and what it finds in it",
    lesson: "Access binds those who let it: two who encrypt before they write are opened, and \
             read by nobody. What escrow reliably reads is everybody else.",
    source: "Blaze (1994), on encrypting before the chip does; Abelson et al. (2015)",
    families: &[Family::SpareKey],
    reader: Reader::Authority,
    remark: None,
    applies,
    method: Method::TakesPart { run },
};

/// An envelope adds less than this to a text when nobody else gets its key, in bytes.
const LARGEST_HEADER: usize = 512;

fn applies(design: &Design, conversation: &Conversation) -> Result<(), &'static str> {
    let longest = conversation.texts().map(str::len).max().unwrap_or(0);
    match design.mode {
        ModeId::EndToEnd => {
            Err("there is no authority to evade: one layer is end-to-end already")
        }
        ModeId::Escrow if longest > MAX_TEXT_BYTES - LARGEST_HEADER => {
            Err("a message of this conversation leaves no room for an envelope in it")
        }
        ModeId::Escrow => Ok(()),
    }
}

fn run(design: Design, setting: &Setting<'_>) -> Result<Outcome, ExperimentError> {
    let conversation = setting.conversation;
    let (first, second) = (conversation.first(), conversation.second());
    let mut custody = KeyCustody::new(design, setting.seed)?;
    let rng = setting.generator(design, DOUBLE_ENCRYPTION.name);
    let mut outer = Network::tapped(Memory::default(), design.schedule, START, rng)?;
    outer.join_together(&PARTICIPANTS)?;
    outer.begin(first, second, design.mode)?;
    let rng = setting.generator(design, "double-encryption within");
    let mut inner = Network::over(Memory::default(), ScheduleId::Ratchet, START, rng);
    inner.join_together(&PARTICIPANTS)?;
    inner.begin(first, second, ModeId::EndToEnd)?;
    custody.carry(conversation, |_, _, line, mode| {
        let (from, to, text) = (line.sender, line.recipient(), line.text.as_bytes());
        outer.type_in(&line.text);
        let (writer, rng) = inner.device_mut(from)?;
        let sealed = writer.seal(&Name::new(to)?, text, &EndToEnd, rng)?;
        outer.send(from, to, &sealed, mode)?;
        let arrived = outer.receive(to, mode)?;
        let arrived = arrived.ok_or(ExperimentError::Undelivered)?;
        let (reader, _) = inner.device_mut(to)?;
        if reader.open(&arrived, &EndToEnd)?.text.as_slice() == text {
            Ok(())
        } else {
            Err(ExperimentError::Undelivered)
        }
    })?;
    let safety = outer.safety_numbers(PARTICIPANTS)?;
    let tape = outer.finish()?;
    let mut authority = NestedDecryptor::new(KeyRing::new(custody.drawn().iter().cloned()));
    let evaluation = Evaluation::of(&tape, conversation.texts(), &mut authority, &|| {})?;
    Ok(Outcome {
        read: evaluation.read_flags(),
        metadata: evaluation.metadata,
        noticed_by: DetectionInput::of(&safety).noticed_by(),
        nested: Some(authority.nested()),
        ..Outcome::default()
    })
}
