//! Thefts: loot out of the evidence, then one attack on the tape.

use std::time::Duration;

use super::{Outcome, Setting, alarm::Signs, evidence::Evidence, row::AttackId};
use crate::attack::{
    Attacker, DeskInsider, EscrowLeak, Exposure, KeyRing, RelayDatabase, SeizedDevice, Wiretap,
};
use crate::crypto::SigningKey;
use crate::escrow::desk::{Audit, Auditor, Desk, Engine, Period, Terms, Warrant, Witness};
use crate::experiment::{
    conversation::PARTICIPANTS,
    evaluation::Evaluation,
    seed,
    talk::{ExperimentError, START},
};
use crate::protocol::{Envelope, Name, ScheduleId};
use crate::tape::{Packet, Reader};

/// Runs an attack that listens and steals.
pub(super) fn run(
    row: AttackId,
    evidence: &Evidence,
    setting: &Setting<'_>,
) -> Result<Outcome, ExperimentError> {
    let loot = &evidence.moment.holdings;
    let stolen_key = || loot.key_in_use().ok_or(ExperimentError::NoLoot);
    match row {
        AttackId::EscrowKey | AttackId::OneJurisdiction | AttackId::EpochKey => {
            listen(evidence, setting, &mut EscrowLeak::new(stolen_key()?))
        }
        AttackId::OneShare | AttackId::TwoShares => {
            let count = if row == AttackId::OneShare { 1 } else { 2 };
            let shares = loot.shares.get(..count).ok_or(ExperimentError::NoLoot)?;
            listen(evidence, setting, &mut KeyRing::of_shares(shares))
        }
        AttackId::SeizedDevice => {
            let mut eve = SeizedDevice::new(evidence.moment.phone())?;
            let outcome = listen(evidence, setting, &mut eve)?;
            Ok(Outcome {
                healed_at: healed_at(evidence, setting, &outcome),
                ..outcome
            })
        }
        AttackId::RelayDatabase => Ok(relay_database(evidence, setting)),
        AttackId::DeskInsider => desk_insider(evidence, setting, stolen_key()?),
        _ => listen(evidence, setting, &mut Wiretap),
    }
}

/// Plays the whole tape to an attack.
fn listen(
    evidence: &Evidence,
    setting: &Setting<'_>,
    attack: &mut dyn Attacker,
) -> Result<Outcome, ExperimentError> {
    let evaluation = Evaluation::of(&evidence.tape, setting.texts(), attack, &|| {})?;
    let signs = Signs::of(&evidence.safety);
    Ok(Outcome {
        read: evaluation.read_flags(),
        metadata: evaluation.metadata,
        noticed_by: signs.noticed_by(),
        ..Outcome::default()
    })
}

/// The first message after the theft from which on nothing is read any more.
fn healed_at(evidence: &Evidence, setting: &Setting<'_>, outcome: &Outcome) -> Option<usize> {
    if evidence.design.schedule == ScheduleId::Static {
        return None;
    }
    let last_read = outcome.read.iter().rposition(|read| *read);
    let next = last_read.map_or(0, |last| last.saturating_add(1));
    let healed = next.max(setting.theft_at);
    (healed < outcome.read.len()).then_some(healed)
}

/// Looks into the mailboxes of the stolen copy. There is no tape here, and this relay
/// forgets what it has handed over; a database on a disk may not (`docs/wire.md`).
fn relay_database(evidence: &Evidence, setting: &Setting<'_>) -> Outcome {
    let mut eve = RelayDatabase::new(evidence.moment.relay.directory());
    let mut outcome = Outcome {
        read: vec![false; setting.conversation.lines().len()],
        noticed_by: Signs::of(&evidence.safety).noticed_by(),
        ..Outcome::default()
    };
    let waiting = setting.texts().take(setting.theft_at).collect::<Vec<_>>();
    for envelope in evidence.moment.relay.mail() {
        let Ok(envelope) = Envelope::decode(envelope) else {
            continue;
        };
        outcome.metadata += 1;
        if let Exposure::Read(text) = eve.examine(&envelope)
            && let Some(number) = waiting.iter().rposition(|sent| sent.as_bytes() == text)
            && let Some(read) = outcome.read.get_mut(number)
        {
            *read = true;
        }
    }
    outcome
}

/// The desk serves one honest warrant; then somebody runs its engine alone.
fn desk_insider(
    evidence: &Evidence,
    setting: &Setting<'_>,
    key: crate::escrow::EscrowPrivateKey,
) -> Result<Outcome, ExperimentError> {
    let tape = Reader::new(evidence.tape.as_slice())?.collect::<Result<Vec<Packet>, _>>()?;
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

    let evaluation = {
        let mut eve = DeskInsider::new(desk.bypass(), vec![target]);
        Evaluation::of(&evidence.tape, setting.texts(), &mut eve, &|| {})?
    };
    let auditor = Auditor {
        witness,
        issued: vec![warrant.digest()],
        published,
    };
    let audit = auditor.audit(desk.log());
    let signs = Signs {
        audit: Some(audit),
        ..Signs::of(&evidence.safety)
    };
    Ok(Outcome {
        read: evaluation.read_flags(),
        metadata: evaluation.metadata,
        noticed_by: signs.noticed_by(),
        desk: Some(DeskOutcome { lawful, audit }),
        ..Outcome::default()
    })
}

/// What the desk's books say afterwards.
#[derive(Debug, Clone, Copy)]
pub struct DeskOutcome {
    /// Session keys that the one honest warrant gave.
    pub lawful: usize,
    /// What the auditor found.
    pub audit: Audit,
}
