//! Custody, behind a desk: nobody gets the escrow key, only session keys, and only
//! for a warrant. It is the arrangement that proposals for lawful access promise.
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
//! | [`log`] | what was done, in a chain of hashes | §8.7 |
//! | [`engine`] | the key, and what opens fields with it | §8.3 |
//! | [`witness`] | a counter that the desk does not manage | |
//! | [`audit`] | the two compared | §8.8 |
//!
//! # Athens, 2004 to 2005
//!
//! In a Greek carrier's exchanges, intruders tapped more than a hundred phones through
//! the lawful-intercept subsystem, the prime minister's among them. They did not break
//! the system that managed warrants: they reached the part below it that does the work,
//! and so nothing was logged. [`Desk::bypass`] models that. A log records what the desk
//! did, not what the engine did. To count the difference takes something that the engine
//! cannot work without and that the desk's staff cannot reach.
//!
//! # What a period is worth
//!
//! The desk enforces the period, not the cryptography. An envelope holds no time, so the
//! desk relies on the recording's. And a session key does not expire: it opens all of its
//! run, also the messages before and after the period, and under the static schedule all
//! that this sender ever says in the session.

pub mod audit;
pub mod engine;
pub mod log;
pub mod warrant;
pub mod witness;

pub use audit::{Audit, Auditor};
pub use engine::Engine;
pub use log::{DeskLog, LogBroken, LogEntry, LogHead, LogRecord, WarrantOutcome};
pub use warrant::{Period, Reason, Refusal, Terms, Warrant, WarrantDigest};
pub use witness::Witness;

use std::{collections::HashSet, time::Duration};

use crate::crypto::{SessionKey, VerifyingKey};
use crate::protocol::{AccessContext, AccessField, Envelope, wire};

/// An authority's desk: takes warrants, gives session keys, logs both.
#[derive(Debug)]
pub struct Desk {
    engine: Engine,
    approver: VerifyingKey,
    log: DeskLog,
}

/// A session key, and the run that it opens: what the desk gives an officer.
#[derive(Debug, Clone)]
pub struct Released {
    /// The run: session, sender, recipient and public key.
    pub context: AccessContext,
    /// The run's session key.
    pub session_key: SessionKey,
}

impl Desk {
    /// Opens a desk over an engine, for warrants that this approver signs.
    pub fn new(engine: Engine, approver: VerifyingKey) -> Self {
        Self {
            engine,
            approver,
            log: DeskLog::default(),
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
                let (served, keys) = self.open(&warrant.terms, recording);
                (served, Ok(keys))
            }
            Err(refusal) => (WarrantOutcome::Refused(refusal.reason()), Err(refusal)),
        };
        self.log.append(LogEntry {
            service: now,
            warrant: warrant.digest(),
            target: warrant.terms.target.clone(),
            period: warrant.terms.period,
            outcome,
        });
        answer
    }

    /// What was done here, for auditors.
    pub const fn log(&self) -> &DeskLog {
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
    ) -> (WarrantOutcome, Vec<Released>) {
        let (mut used, mut returned) = (0, 0);
        let mut seen = HashSet::new();
        let mut keys = Vec::new();
        for (time, envelope) in recording {
            let Some((context, field)) = self.in_scope(terms, time, envelope) else {
                continue;
            };
            // Each envelope of a run carries its field. An altered copy counts as another
            // field, so that it cannot hide the good one.
            if !seen.insert([context.info(), wire::encode(&field)].concat()) {
                continue;
            }
            used += 1;
            if let Ok(session_key) = self.engine.open(&field, &context) {
                returned += 1;
                keys.push(Released {
                    context,
                    session_key,
                });
            }
        }
        (WarrantOutcome::Served { used, returned }, keys)
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
        Some((header.access_context(), *field))
    }
}
