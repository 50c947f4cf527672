//! The engine of an intercept desk, used without its desk.

use std::time::Duration;

use super::attack::{Attack, Loot, Method, Reader};
use crate::attack::DeskInsider;
use crate::crypto::SigningKey;
use crate::escrow::desk::{Auditor, Desk, Engine, Period, Terms, Warrant, Witness};
use crate::experiment::{Family, 
    ExperimentError,
    conversation::PARTICIPANTS,
    detection::DetectionInput,
    evidence::Evidence,
    network::START,
    outcome::{DeskOutcome, Outcome},
    seed,
    setting::Setting,
};
use crate::protocol::{Envelope, Name};
use crate::tape::{Packet, Reader as TapeReader};

pub(super) static DESK_INSIDER: Attack = Attack {
    name: "desk-insider",
    loot: "the use of the desk's engine, without its desk",
    when: "after the desk has served one honest warrant",
    tried: "having the engine open the access fields of a target, the recorded ones too",
    lesson: "A log tells what the desk did, not what the engine did: it verifies, and tells \
             of one warrant. A counter that the engine cannot avoid shows the rest; one who feeds \
             the desk an altered recording under an honest warrant would not even show there.",
    source: "Prevelakis and Spinellis, The Athens Affair, IEEE Spectrum 44(7) (2007)",
    families: &[Family::SpareKey],
    reader: Reader::Insider,
    remark: None,
    applies: |design, _| {
        if design.custody.has_desk() {
            Ok(())
        } else {
            Err("there is no intercept desk here")
        }
    },
    method: Method::Theft {
        loot: Loot::keys,
        too_early: None,
        run,
    },
};

/// The desk serves one honest warrant; then somebody runs its engine alone.
fn run(evidence: &Evidence, setting: &Setting<'_>) -> Result<Outcome, ExperimentError> {
    let key = evidence.moment.holdings.key_in_use()?;
    let tape = TapeReader::new(evidence.tape.as_slice())?.collect::<Result<Vec<Packet>, _>>()?;
    let envelopes = tape
        .iter()
        .filter_map(|packet| Some((packet.time, Envelope::decode(&packet.payload).ok()?)))
        .collect::<Vec<_>>();
    let target = Name::new(PARTICIPANTS[0])?;
    let approver = SigningKey::generate(&mut seed::generator(setting.seed, "approver"));
    let witness = Witness::new();
    let authority = key.public().id();
    let engine = Engine::new(key, witness.clone());
    let mut desk = Desk::new(engine, approver.verifying_key());
    let published = desk.log().head();

    let quarter = envelopes.get(envelopes.len().div_ceil(4));
    let terms = Terms {
        number: 1,
        authority,
        target: target.clone(),
        period: Period {
            from: START,
            until: quarter.map_or(Duration::MAX, |(time, _)| *time),
        },
    };
    let warrant = Warrant::sign(terms, &approver);
    let recording = envelopes.iter().map(|(time, envelope)| (*time, envelope));
    let end = envelopes.last().map_or(START, |(time, _)| *time);
    let lawful = desk
        .serve(&warrant, recording, end)
        .map_or(0, |keys| keys.len());

    let mut eve = DeskInsider::new(desk.bypass(), vec![target]);
    let outcome = evidence.play(setting, &mut eve)?;
    let auditor = Auditor {
        witness,
        issued: vec![warrant.digest()],
        published,
    };
    let audit = auditor.audit(desk.log());
    let input = DetectionInput {
        audit: Some(audit),
        ..evidence.detection(setting)
    };
    Ok(Outcome {
        noticed_by: input.noticed_by(),
        desk: Some(DeskOutcome { lawful, audit }),
        ..outcome
    })
}
