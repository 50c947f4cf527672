//! Both forge the access fields of what they send, and neither tells the other; their
//! receivers check as they were built to. Once a receiver has refused one, they give
//! up and are honest. What is read is what the authority reads.

use super::attack::{Attack, Method, Reader};
use crate::attack::{Forger, KeyRing};
use crate::experiment::{Family, 
    ExperimentError,
    conversation::PARTICIPANTS,
    design::Design,
    detection::DetectionInput,
    evaluation::Evaluation,
    key_custody::KeyCustody,
    network::{Network, START},
    outcome::{Forgery, Outcome},
    seed,
    setting::Setting,
};
use crate::protocol::{ModeId, OpenError};
use crate::transport::Memory;

pub(super) static FORGED_ACCESS: Attack = Attack {
    name: "forged-access",
    loot: "nothing: senders forge the access fields of what they send, and receivers are honest; what is read is what the authority reads",
    when: "from the first message on",
    tried: "random fields, until the receiver's own check passes one, at most 2^20 for a session key; once one is refused they give up, and send honestly",
    lesson: "A check of 16 bits is passed after some 2^16 tries, and the authority then holds a \
             field that opens nothing. A receiver that computes the field anew refuses every \
             forgery.",
    source: "Blaze, Protocol Failure in the Escrowed Encryption Standard (1994)",
    families: &[Family::SpareKey],
    reader: Reader::Authority,
    remark: None,
    applies: |design, _| match design.mode {
        ModeId::Escrow => Ok(()),
        ModeId::EndToEnd => Err("there is no access field to forge"),
    },
    method: Method::TakesPart { run },
};

fn run(design: Design, setting: &Setting<'_>) -> Result<Outcome, ExperimentError> {
    let conversation = setting.conversation;
    let mut custody = KeyCustody::new(design, setting.seed)?;
    let rng = setting.generator(design, FORGED_ACCESS.name);
    let mut network = Network::tapped(Memory::default(), design.schedule, START, rng)?;
    network.join_together(&PARTICIPANTS)?;
    network.begin(conversation.first(), conversation.second(), design.mode)?;
    let mut forgery = Forgery::default();
    // The messages on the tape: a refused one is there twice.
    let mut sent = Vec::new();
    custody.carry(conversation, |_, number, line, mode| {
        let (from, to, text) = (line.sender, line.recipient(), line.text.as_bytes());
        network.type_in(&line.text);
        if forgery.refused == 0 {
            let purpose = format!("{} forger {number}", design.name);
            let forger = Forger::new(mode, seed::generator(setting.seed, &purpose));
            network.send(from, to, text, &forger)?;
            forgery.trials += forger.trials();
            forgery.session_keys += usize::from(forger.trials() > 0);
            sent.push(number);
            match network.try_receive(to, mode)? {
                Some(Ok(_)) => {
                    forgery.accepted += 1;
                    return Ok(());
                }
                Some(Err(OpenError::NotAdmitted(_))) => forgery.refused += 1,
                Some(Err(error)) => return Err(error.into()),
                None => return Err(ExperimentError::Undelivered),
            }
            // The refused session key is given up: an honest field needs a new one.
            network.begin(from, to, design.mode)?;
        }
        network.send(from, to, text, mode)?;
        network.deliver(to, text, mode)?;
        sent.push(number);
        Ok(())
    })?;
    let safety = network.safety_numbers(PARTICIPANTS)?;
    let input = DetectionInput {
        refused: forgery.refused,
        ..DetectionInput::of(&safety)
    };
    let noticed_by = input.noticed_by();
    let tape = network.finish()?;
    let mut authority = KeyRing::new(custody.drawn().iter().cloned());
    let texts = || conversation.texts();
    let on_tape = sent.iter().filter_map(|number| texts().nth(*number));
    let evaluation = Evaluation::of(&tape, on_tape, &mut authority, &|| {})?;
    let mut read = vec![false; texts().count()];
    for (number, is_read) in sent.iter().zip(evaluation.read_flags()) {
        if let Some(flag) = read.get_mut(*number) {
            *flag |= is_read;
        }
    }
    Ok(Outcome {
        metadata: read.len(),
        read,
        noticed_by,
        forgery: Some(forgery),
        ..Outcome::default()
    })
}
