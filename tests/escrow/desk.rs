//! The intercept desk: what a warrant gets, what the log shows, and what it cannot.

use std::{collections::BTreeMap, time::Duration};

use crate::common::world::{access, name};
use doormat::crypto::{SessionKey, Signature, SigningKey};
use doormat::escrow::{
    EscrowPrivateKey,
    desk::{
        Audit, Auditor, Desk, DeskLog, Engine, LogBroken, LogRecord, Period, Reason, Refusal,
        Released, Terms, Warrant, WarrantDigest, WarrantOutcome, Witness, log::LogHash,
    },
};
use doormat::experiment::seed;
use doormat::mode::{Escrow, Mode};
use doormat::protocol::{Device, Envelope, ScheduleId};
use rand::rngs::ChaCha20Rng;
use ring::digest::{SHA256, digest};

// What a warrant gets.

#[test]
fn only_keys_in_scope_are_returned() {
    let mut town = Town::new(ScheduleId::Ratchet);
    let mut desk = town.desk();
    let keys = town.serve(&mut desk, "alice", 0, 100).unwrap();
    assert_eq!(parties(&keys), ["alice bob", "bob alice", "carol alice"]);
    let keys = town.serve(&mut desk, "carol", 0, 100).unwrap();
    assert_eq!(parties(&keys), ["carol alice", "bob carol"]);
    let keys = town.serve(&mut desk, "dave", 0, 100).unwrap();
    assert_eq!(parties(&keys), [""; 0]);
}

#[test]
fn a_returned_key_opens_its_run_and_no_other() {
    let mut town = Town::new(ScheduleId::Ratchet);
    let mut desk = town.desk();
    let keys = town.serve(&mut desk, "carol", 0, 100).unwrap();
    let read: Vec<_> = town.tape.iter().map(|(_, it)| open(&keys, it)).collect();
    let texts = ["", "", "", "", "at 20", "at 25", "at 30"];
    assert_eq!(read, texts);
}

#[test]
fn a_period_has_its_first_moment_and_not_its_last() {
    let mut town = Town::new(ScheduleId::Ratchet);
    let mut desk = town.desk();
    let mut serve = |from, until| {
        let keys = town.serve(&mut desk, "alice", from, until).unwrap();
        parties(&keys).join(", ")
    };
    assert_eq!(serve(14, 20), "alice bob, bob alice");
    assert_eq!(serve(15, 20), "bob alice");
    assert_eq!(serve(16, 20), "");
    assert_eq!(serve(16, 21), "carol alice");
}

/// The rule is the desk's, not the key's.
#[test]
fn a_key_returned_for_a_period_opens_what_was_said_outside_of_it() {
    for (schedule, later) in [(ScheduleId::Ratchet, ""), (ScheduleId::Static, "at 50")] {
        let mut town = Town::new(schedule);
        let mut desk = town.desk();
        town.tape.retain(|(time, _)| *time < at(20));
        town.say("alice", "bob", 50);
        let keys = town.serve(&mut desk, "bob", 12, 13).unwrap();
        assert_eq!(parties(&keys), ["alice bob"]);
        let read: Vec<_> = town.tape.iter().map(|(_, it)| open(&keys, it)).collect();
        assert_eq!(read, ["at 10", "at 12", "at 14", "", later], "{schedule}");
    }
}

#[test]
fn a_key_is_counted_once_a_use() {
    let mut town = Town::new(ScheduleId::Ratchet);
    let mut desk = town.desk();
    town.serve(&mut desk, "bob", 0, 100).unwrap();
    assert_eq!(town.witness.uses(), 3);
    town.serve(&mut desk, "bob", 0, 100).unwrap();
    assert_eq!(town.witness.uses(), 6);
    let (used, returned) = (3, 3);
    for line in desk.log().records() {
        assert_eq!(
            line.entry.outcome,
            WarrantOutcome::Served { used, returned }
        );
    }
}

#[test]
fn a_forged_field_is_used_and_not_returned_and_hides_nothing() {
    let mut town = Town::new(ScheduleId::Ratchet);
    let mut desk = town.desk();
    let mut forged = town.tape[0].1.clone();
    let sealed = Envelope::decode(&forged).unwrap().authenticated.len() - 1;
    forged[sealed] ^= 1;
    town.tape.insert(0, (at(10), forged));
    let keys = town.serve(&mut desk, "alice", 0, 12).unwrap();
    assert_eq!(parties(&keys), ["alice bob"]);
    let (used, returned) = (2, 1);
    let outcome = desk.log().records()[0].entry.outcome;
    assert_eq!(outcome, WarrantOutcome::Served { used, returned });
}

// What is refused.

#[test]
fn a_warrant_of_another_approver_is_refused_and_logged() {
    let mut town = Town::new(ScheduleId::Ratchet);
    let mut desk = town.desk();
    let somebody = SigningKey::generate(&mut town.rng);
    let warrant = Warrant::sign(town.terms("alice", 0, 100), &somebody);
    let approver = town.approver.verifying_key();
    let refused = town.bring(&mut desk, &warrant).unwrap_err();
    assert_eq!(refused, Refusal::NotApproved { approver });
    let entry = &desk.log().records()[0].entry;
    assert_eq!(entry.outcome, WarrantOutcome::Refused(Reason::NotApproved));
    assert_eq!(
        (&entry.target, entry.warrant),
        (&name("alice"), warrant.digest())
    );
    assert_eq!(town.witness.uses(), 0);
    assert_eq!(
        town.auditor(&desk).audit(desk.log()),
        Audit::Clean { uses: 0 }
    );
}

#[test]
fn a_warrant_altered_in_any_part_is_refused() {
    let town = Town::new(ScheduleId::Ratchet);
    let mut desk = town.desk();
    let approver = town.approver.verifying_key();
    let good = Warrant::sign(town.terms("alice", 0, 100), &town.approver);
    let changes: [fn(&mut Warrant); 7] = [
        |it| it.terms.number += 1,
        |it| it.terms.target = name("bob"),
        |it| it.terms.authority = EscrowPrivateKey::from_bytes([1; 32]).public().id(),
        |it| it.terms.period.from += Duration::from_nanos(1),
        |it| it.terms.period.until += Duration::from_secs(1),
        |it| it.signature = Signature::from_bytes([0; 64]),
        |it| std::mem::swap(&mut it.terms.period.from, &mut it.terms.period.until),
    ];
    for change in changes {
        let mut warrant = good.clone();
        change(&mut warrant);
        assert_ne!(warrant.digest(), good.digest());
        let refused = town.bring(&mut desk, &warrant).unwrap_err();
        assert_eq!(refused, Refusal::NotApproved { approver });
    }
    town.bring(&mut desk, &good).unwrap();
}

#[test]
fn a_warrant_for_another_authority_or_for_no_time_is_refused() {
    let mut town = Town::new(ScheduleId::Ratchet);
    let mut desk = town.desk();
    let (from, until) = (at(30), at(30));
    let refused = town.serve(&mut desk, "alice", 30, 30).unwrap_err();
    assert_eq!(refused, Refusal::EmptyPeriod { from, until });
    let mut terms = town.terms("alice", 0, 100);
    let ours = terms.authority;
    let found = EscrowPrivateKey::from_bytes([1; 32]).public().id();
    terms.authority = found;
    let warrant = Warrant::sign(terms, &town.approver);
    let refused = town.bring(&mut desk, &warrant).unwrap_err();
    assert_eq!(refused, Refusal::OtherAuthority { ours, found });
    assert_eq!(town.witness.uses(), 0);
}

// What the log shows.

#[test]
fn the_chain_is_the_one_of_the_specification() {
    let mut town = Town::new(ScheduleId::Ratchet);
    let mut desk = town.desk();
    town.serve(&mut desk, "bob", 10, 100).unwrap();
    let warrant = &town.issued[0];
    let time = |secs: u64| [&secs.to_be_bytes()[..], &[0; 4]].concat();
    let terms = [
        &1_u64.to_be_bytes()[..],
        town.key.public().id().as_bytes(),
        b"\x03bob",
        &time(10),
        &time(100),
    ]
    .concat();
    let signed = [b"doormat v1 warrant", terms.as_slice()].concat();
    assert_eq!(warrant.signature, town.approver.sign(&signed));
    let digest_of = digest(
        &SHA256,
        &[&signed, &warrant.signature.as_bytes()[..]].concat(),
    );
    let entry = [
        &time(1000)[..],
        digest_of.as_ref(),
        b"\x03bob",
        &time(10),
        &time(100),
        &[0],
        &3_u64.to_be_bytes(),
        &3_u64.to_be_bytes(),
    ]
    .concat();
    let chained = [b"doormat v1 desk log", &[0; 32][..], &entry].concat();
    assert_eq!(
        desk.log().head().hash.as_bytes(),
        digest(&SHA256, &chained).as_ref()
    );
}

#[test]
fn a_changed_entry_is_named() {
    let changes: [fn(&mut LogRecord); 7] = [
        |it| it.entry.target = name("dave"),
        |it| it.entry.service += Duration::from_nanos(1),
        |it| it.entry.period.until = at(11),
        |it| it.entry.warrant = WarrantDigest::from_bytes([0; 32]),
        |it| it.entry.outcome = WarrantOutcome::Refused(Reason::NotApproved),
        |it| {
            let (used, returned) = (0, 0);
            it.entry.outcome = WarrantOutcome::Served { used, returned };
        },
        |it| it.hash = LogHash::START,
    ];
    for change in changes {
        let (desk, _) = served();
        desk.log().verify().unwrap();
        let mut lines = desk.log().records().to_vec();
        change(&mut lines[1]);
        let broken = DeskLog::from_records(lines).verify().unwrap_err();
        assert_eq!(broken, LogBroken::Entry { entry: 1 });
    }
}

#[test]
fn an_entry_taken_out_or_moved_is_named() {
    let (desk, _) = served();
    let verify = |change: fn(&mut Vec<LogRecord>)| {
        let mut lines = desk.log().records().to_vec();
        change(&mut lines);
        DeskLog::from_records(lines).verify()
    };
    let broken = |entry| Err(LogBroken::Entry { entry });
    assert_eq!(verify(|it| drop(it.remove(0))), broken(0));
    assert_eq!(verify(|it| drop(it.remove(1))), broken(1));
    assert_eq!(verify(|it| it.swap(1, 2)), broken(1));
    assert_eq!(verify(|it| it.push(it[0].clone())), broken(3));
    assert_eq!(
        verify(|it| it.truncate(2)),
        Ok(()),
        "the chain alone does not show it"
    );
}

#[test]
fn a_log_cut_short_or_written_anew_shows_against_a_published_head() {
    let (mut desk, mut town) = served();
    let published = desk.log().head();
    let lines = desk.log().records().to_vec();
    let cut = DeskLog::from_records(lines[..2].to_vec());
    assert_eq!(
        cut.verify_since(&published),
        Err(LogBroken::CutShort {
            published: 3,
            found: 2
        })
    );
    let mut anew = DeskLog::default();
    for line in [&lines[0], &lines[2], &lines[2]] {
        anew.append(line.entry.clone());
    }
    anew.verify().unwrap();
    assert_eq!(
        anew.verify_since(&published),
        Err(LogBroken::WrittenAnew { published: 3 })
    );
    town.serve(&mut desk, "bob", 0, 100).unwrap();
    desk.log().verify_since(&published).unwrap();
    desk.log().verify_since(&DeskLog::default().head()).unwrap();
}

// The engine used past the desk.

#[test]
fn a_bypass_leaves_the_log_clean_and_the_witness_sees_it() {
    let (mut desk, town) = served();
    let auditor = town.auditor(&desk);
    assert_eq!(auditor.audit(desk.log()), Audit::Clean { uses: 8 });
    let before = desk.log().clone();

    let (field, context) = access(&town.tape[0].1);
    desk.bypass().open(&field, &context).unwrap();

    assert_eq!(*desk.log(), before);
    desk.log().verify_since(&auditor.published).unwrap();
    let (witness, logged) = (9, 8);
    let found = Audit::UsesWithoutWarrant { witness, logged };
    assert_eq!(auditor.audit(desk.log()), found);
}

#[test]
fn an_entry_invented_to_hide_a_bypass_has_no_warrant() {
    let (mut desk, town) = served();
    let auditor = town.auditor(&desk);
    let (field, context) = access(&town.tape[0].1);
    desk.bypass().open(&field, &context).unwrap();
    let mut log = desk.log().clone();
    let mut invented = log.records()[0].entry.clone();
    let (used, returned) = (1, 1);
    invented.outcome = WarrantOutcome::Served { used, returned };
    invented.warrant = WarrantDigest::from_bytes([7; 32]);
    log.append(invented.clone());
    assert_eq!(auditor.audit(&log), Audit::NoSuchWarrant { entry: 3 });

    // Under a warrant that was issued nothing is left to see, unless it is too much.
    let mut log = desk.log().clone();
    invented.warrant = town.issued[0].digest();
    log.append(invented.clone());
    assert_eq!(auditor.audit(&log), Audit::Clean { uses: 9 });

    log.append(invented);
    let (witness, logged) = (9, 10);
    let found = Audit::UsesThatNeverWere { witness, logged };
    assert_eq!(auditor.audit(&log), found);
}

#[test]
fn a_log_written_anew_to_hide_a_bypass_shows_against_the_published_head_only() {
    let (mut desk, town) = served();
    let mut auditor = town.auditor(&desk);
    let (field, context) = access(&town.tape[0].1);
    desk.bypass().open(&field, &context).unwrap();
    let mut anew = DeskLog::default();
    for (at, line) in desk.log().records().iter().enumerate() {
        let mut entry = line.entry.clone();
        if at == 0 {
            let (used, returned) = (4, 4);
            entry.outcome = WarrantOutcome::Served { used, returned };
        }
        anew.append(entry);
    }
    let broken = LogBroken::WrittenAnew { published: 3 };
    assert_eq!(auditor.audit(&anew), Audit::LogBroken(broken));
    auditor.published = DeskLog::default().head();
    assert_eq!(auditor.audit(&anew), Audit::Clean { uses: 9 });
}

#[test]
fn the_witness_counts_what_does_not_open_too() {
    let (mut desk, town) = served();
    let (field, _) = access(&town.tape[0].1);
    let (_, elsewhere) = access(&town.tape[6].1);
    desk.bypass().open(&field, &elsewhere).unwrap_err();
    assert_eq!(town.witness.uses(), 9);
}

#[test]
fn keys_do_not_print() {
    let (mut desk, mut town) = served();
    let keys = town.serve(&mut desk, "carol", 0, 100).unwrap();
    for secret in [keys[0].session_key.as_bytes(), town.key.secret().as_bytes()] {
        let printed = format!("{keys:?} {desk:?}");
        assert!(!printed.contains(&hex::encode(secret)));
        assert!(!printed.contains(&format!("{secret:?}")));
    }
}

/// Three people, one tape, one authority.
struct Town {
    key: EscrowPrivateKey,
    mode: Escrow,
    approver: SigningKey,
    witness: Witness,
    devices: BTreeMap<&'static str, Device>,
    rng: ChaCha20Rng,
    tape: Vec<(Duration, Vec<u8>)>,
    issued: Vec<Warrant>,
}

impl Town {
    /// alice → bob at 10, 12 and 14; bob → alice at 15; carol → alice at 20 and 25;
    /// bob → carol at 30.
    fn new(schedule: ScheduleId) -> Self {
        let mut rng = seed::generator(7, "town");
        let key = EscrowPrivateKey::generate(&mut rng);
        let mode = Escrow(vec![*key.public()]);
        let mut devices: BTreeMap<_, _> = ["alice", "bob", "carol"]
            .map(|it| (it, Device::new(name(it), &mut rng)))
            .into();
        for (from, to) in [("alice", "bob"), ("carol", "alice"), ("bob", "carol")] {
            let bundles = devices.get_mut(to).unwrap().publish(1, &mut rng);
            let device = devices.get_mut(from).unwrap();
            device
                .begin(&bundles[0], mode.id(), schedule, &mut rng)
                .unwrap();
        }
        let mut town = Self {
            approver: SigningKey::generate(&mut rng),
            witness: Witness::new(),
            tape: Vec::new(),
            issued: Vec::new(),
            key,
            mode,
            devices,
            rng,
        };
        for secs in [10, 12, 14] {
            town.say("alice", "bob", secs);
        }
        town.say("bob", "alice", 15);
        town.say("carol", "alice", 20);
        town.say("carol", "alice", 25);
        town.say("bob", "carol", 30);
        town
    }

    fn say(&mut self, from: &str, to: &str, secs: u64) {
        let text = format!("at {secs}");
        let sender = self.devices.get_mut(from).unwrap();
        let envelope = sender
            .seal(&name(to), text.as_bytes(), &self.mode, &mut self.rng)
            .unwrap();
        let recipient = self.devices.get_mut(to).unwrap();
        recipient.open(&envelope, &self.mode).unwrap();
        self.tape.push((at(secs), envelope));
    }

    fn desk(&self) -> Desk {
        let engine = Engine::new(self.key.clone(), self.witness.clone());
        Desk::new(engine, self.approver.verifying_key())
    }

    fn terms(&self, target: &str, from: u64, until: u64) -> Terms {
        Terms {
            number: u64::try_from(self.issued.len()).unwrap() + 1,
            authority: self.key.public().id(),
            target: name(target),
            period: Period {
                from: at(from),
                until: at(until),
            },
        }
    }

    /// The approver signs, the desk serves.
    fn serve(
        &mut self,
        desk: &mut Desk,
        target: &str,
        from: u64,
        until: u64,
    ) -> Result<Vec<Released>, Refusal> {
        let warrant = Warrant::sign(self.terms(target, from, until), &self.approver);
        self.issued.push(warrant.clone());
        self.bring(desk, &warrant)
    }

    fn bring(&self, desk: &mut Desk, warrant: &Warrant) -> Result<Vec<Released>, Refusal> {
        let envelopes: Vec<_> = self
            .tape
            .iter()
            .map(|(time, bytes)| (*time, Envelope::decode(bytes).unwrap()))
            .collect();
        let recording = envelopes.iter().map(|(time, it)| (*time, it));
        desk.serve(warrant, recording, at(1000))
    }

    fn auditor(&self, desk: &Desk) -> Auditor {
        Auditor {
            witness: self.witness.clone(),
            issued: self.issued.iter().map(Warrant::digest).collect(),
            published: desk.log().head(),
        }
    }
}

/// A desk that has served three warrants, with eight uses of its engine.
fn served() -> (Desk, Town) {
    let mut town = Town::new(ScheduleId::Ratchet);
    let mut desk = town.desk();
    for target in ["alice", "bob", "carol"] {
        town.serve(&mut desk, target, 0, 100).unwrap();
    }
    (desk, town)
}

fn at(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn parties(keys: &[Released]) -> Vec<String> {
    keys.iter()
        .map(|key| format!("{} {}", key.context.sender, key.context.recipient))
        .collect()
}

/// What an officer with these keys reads in an envelope; nothing without its run's.
fn open(keys: &[Released], bytes: &[u8]) -> String {
    let envelope = Envelope::decode(bytes).unwrap();
    let (_, context) = access(bytes);
    let Some(key) = keys.iter().find(|key| key.context == context) else {
        return String::new();
    };
    let message_key = message_key(&key.session_key, &envelope);
    let text = message_key
        .open(envelope.authenticated, envelope.ciphertext)
        .unwrap();
    String::from_utf8(text.to_vec()).unwrap()
}

fn message_key(key: &SessionKey, envelope: &Envelope<'_>) -> doormat::crypto::MessageKey {
    let number = envelope.header.number;
    if envelope.header.schedule == ScheduleId::Static {
        return key.message_key(number);
    }
    let (mut message_key, mut chain) = key.chain().step();
    for _ in 0..number {
        (message_key, chain) = chain.step();
    }
    message_key
}
