//! Custody, behind a desk: nobody gets the escrow key, only session keys, and only
//! for a warrant. The desk is what the promises of lawful access are made of.
//!
//! ```text
//! approver ── warrant ──→ Desk ── access fields in scope ──→ Engine (the key) ──→ session keys
//!                          │                                   │
//!                         Log  ←──────── Auditor ────────→  Witness
//! ```
//!
//! | file | idea | spec |
//! |---|---|---|
//! | [`warrant`] | whom, when, and who allowed it | §8.6 |
//! | [`log`] | what was done, in a chain that shows a change | §8.7 |
//! | [`engine`] | the key, and what opens fields with it | §8.3 |
//! | [`witness`] | a counter that the desk does not manage | |
//! | [`audit`] | the two compared | §8.8 |
//!
//! # Athens, 2004 to 2005
//!
//! In a Greek carrier's exchanges, intruders tapped more than a hundred phones through
//! the lawful-intercept subsystem, the prime minister's among them. They did not break
//! the system that managed warrants: they reached the part below it that does the work,
//! and so nothing was logged. [`Desk::bypass`] is that door. A log tells what the desk
//! did, never what the engine did; only something that the engine cannot work without,
//! and that the desk's staff cannot reach, can count the difference.
//!
//! # What a period is worth
//!
//! The rules stand in the desk, not in the mathematics. No time stands in an envelope:
//! the desk believes the recording. And a session key has no end: it opens all of its
//! run, also the messages before and after the period, and under the static schedule
//! all that this sender ever says in the session.

pub mod audit;
pub mod engine;
pub mod log;
pub mod warrant;
pub mod witness;

pub use audit::{Audit, Auditor};
pub use engine::Engine;
pub use log::{Entry, Head, Line, Log, LogBroken, Outcome};
pub use warrant::{Period, Reason, Refusal, Terms, Warrant, WarrantDigest};
pub use witness::Witness;

use std::{collections::HashSet, time::Duration};

use crate::crypto::{SessionKey, VerifyingKey};
use crate::protocol::{AccessContext, AccessField, Envelope, wire};

/// An authority's counter: takes warrants, gives session keys, writes everything down.
#[derive(Debug)]
pub struct Desk {
    engine: Engine,
    approver: VerifyingKey,
    log: Log,
}

/// A session key, and the run that it opens: what the desk gives an officer.
#[derive(Debug, Clone)]
pub struct Released {
    /// Session, sender, recipient and the run's public key.
    pub run: AccessContext,
    /// The run's session key.
    pub session_key: SessionKey,
}

impl Desk {
    /// Opens a desk over an engine, for warrants that this approver signs.
    pub fn new(engine: Engine, approver: VerifyingKey) -> Self {
        Self {
            engine,
            approver,
            log: Log::default(),
        }
    }

    /// ```text
    /// verify the warrant                                          (spec §8.6)
    /// for each envelope at a time in the period, with the target as sender or recipient:
    ///   the first access field sealed to this authority, each once:
    ///     the engine opens it
    /// append to the log what was used and what was returned       (spec §8.7)
    /// ```
    /// `recording` holds each envelope with its time, and `now` is the time of service;
    /// both since 1970-01-01 00:00 UTC. A field that does not open is used and not
    /// returned.
    ///
    /// # Errors
    /// [`Refusal`], which is logged too.
    pub fn serve<'a, 'b: 'a>(
        &mut self,
        warrant: &Warrant,
        recording: impl IntoIterator<Item = (Duration, &'a Envelope<'b>)>,
        now: Duration,
    ) -> Result<Vec<Released>, Refusal> {
        let checked = warrant.check(&self.approver, self.engine.public().id());
        let (outcome, answer) = match checked {
            Ok(()) => {
                let (used, keys) = self.open(&warrant.terms, recording);
                let returned = count(keys.len());
                (Outcome::Served { used, returned }, Ok(keys))
            }
            Err(refusal) => (Outcome::Refused(refusal.reason()), Err(refusal)),
        };
        self.log.append(Entry {
            service: now,
            warrant: warrant.digest(),
            target: warrant.terms.target.clone(),
            period: warrant.terms.period,
            outcome,
        });
        answer
    }

    /// What was done here, for auditors to read and heads to be published of.
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// The engine itself, past the desk: no warrant is asked for and nothing is logged.
    /// This is what was done in Athens; see the [module](self).
    pub const fn bypass(&mut self) -> &mut Engine {
        &mut self.engine
    }

    /// How many fields were opened, and the keys that came of it.
    fn open<'a, 'b: 'a>(
        &mut self,
        terms: &Terms,
        recording: impl IntoIterator<Item = (Duration, &'a Envelope<'b>)>,
    ) -> (u64, Vec<Released>) {
        let mut seen = HashSet::new();
        let mut keys = Vec::new();
        for (time, envelope) in recording {
            let Some((run, field)) = self.in_scope(terms, time, envelope) else {
                continue;
            };
            // A run's field rides on each of its envelopes. A copy with anything changed
            // is another field, so it cannot hide the good one.
            if !seen.insert([run.info(), wire::encode(&field)].concat()) {
                continue;
            }
            if let Ok(session_key) = self.engine.open(&field, &run) {
                keys.push(Released { run, session_key });
            }
        }
        (count(seen.len()), keys)
    }

    fn in_scope(
        &self,
        terms: &Terms,
        time: Duration,
        envelope: &Envelope<'_>,
    ) -> Option<(AccessContext, AccessField)> {
        let header = &envelope.header;
        let concerned = header.sender == terms.target || header.recipient == terms.target;
        if !concerned || !terms.period.contains(time) {
            return None;
        }
        let ours = self.engine.public().id();
        let field = header.access.iter().find(|field| field.authority == ours)?;
        let run = AccessContext {
            session: header.session,
            sender: header.sender.clone(),
            recipient: header.recipient.clone(),
            ratchet_public: header.ratchet_public,
        };
        Some((run, *field))
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
