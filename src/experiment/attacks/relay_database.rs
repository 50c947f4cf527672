//! A copy of the relay's database.

use super::attack::{Attack, Loot, Method, Reader, always};
use crate::attack::{Attacker, Exposure, RelayDatabase};
use crate::experiment::{Family, 
    ExperimentError, evidence::Evidence, outcome::Outcome,
    setting::Setting,
};
use crate::protocol::Envelope;

pub(super) static RELAY_DATABASE: Attack = Attack {
    name: "relay-database",
    loot: "a copy of the relay's database: the mail that waits, the directory of key bundles",
    when: "at the theft, before the last message is fetched; she has no tape",
    tried: "every public value in it, as a key of each waiting envelope",
    lesson: "A relay that holds no keys has none to lose. What it does hold, who waits for \
             whose mail, is lost with it; and a disk forgets less than a relay means to.",
    source: "Open Whisper Systems, answer to a grand jury subpoena (2016): the two dates that it had",
    families: &[Family::Directory],
    reader: Reader::Eve,
    remark: Some(
        "Metadata is open for every message; in relay-database, for those that wait there",
    ),
    applies: always,
    method: Method::Theft {
        loot: Loot::of_moment,
        too_early: None,
        run,
    },
};

fn run(evidence: &Evidence, setting: &Setting<'_>) -> Result<Outcome, ExperimentError> {
    let mut eve = RelayDatabase::new(evidence.moment.relay.directory());
    read_the_mail(evidence, setting, &mut eve)
}

/// Looks into the mailboxes of the stolen copy. There is no tape here, and this relay
/// forgets what it has handed over; a database on a disk may not (`docs/wire.md`).
pub(super) fn read_the_mail(
    evidence: &Evidence,
    setting: &Setting<'_>,
    eve: &mut dyn Attacker,
) -> Result<Outcome, ExperimentError> {
    let mut outcome = Outcome {
        read: vec![false; setting.conversation.lines().len()],
        noticed_by: evidence.detection(setting).noticed_by(),
        ..Outcome::default()
    };
    let sent: Vec<_> = setting.conversation.texts().take(setting.theft_at).collect();
    for envelope in evidence.moment.relay.mail() {
        let Ok(envelope) = Envelope::decode(envelope) else {
            continue;
        };
        outcome.metadata += 1;
        if let Exposure::Read(text) = eve.examine(&envelope)
            && let Some(number) = sent.iter().rposition(|sent| sent.as_bytes() == text)
            && let Some(read) = outcome.read.get_mut(number)
        {
            *read = true;
        }
    }
    Ok(outcome)
}
