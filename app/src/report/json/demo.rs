//! The demonstration, as figures.

use serde::Serialize;

use doormat::experiment::{Evaluation, LeakOutcome, leak::ModeOutcome};

/// `doormat demo --json`.
#[derive(Serialize)]
pub struct Demo {
    seed: u64,
    messages: usize,
    schedule: &'static str,
    escrow_key: String,
    runs: [Run; 2],
}

#[derive(Serialize)]
struct Run {
    mode: &'static str,
    wire_bytes: usize,
    access_bytes: usize,
    eve: Eve,
}

#[derive(Serialize)]
struct Eve {
    wiretap: Seen,
    leaked_escrow_key: Seen,
    session_keys: usize,
}

#[derive(Serialize)]
struct Seen {
    read: usize,
    metadata: usize,
}

impl From<&LeakOutcome> for Demo {
    fn from(outcome: &LeakOutcome) -> Self {
        Self {
            seed: outcome.seed,
            messages: outcome.conversation.lines().len(),
            schedule: outcome.schedule.as_str(),
            escrow_key: hex::encode(outcome.key.secret().as_bytes()),
            runs: [(&outcome.escrow).into(), (&outcome.e2e).into()],
        }
    }
}

impl From<&ModeOutcome> for Run {
    fn from(outcome: &ModeOutcome) -> Self {
        Self {
            mode: outcome.mode.as_str(),
            wire_bytes: outcome.wire_bytes,
            access_bytes: outcome.access_bytes,
            eve: Eve {
                wiretap: (&outcome.wiretap).into(),
                leaked_escrow_key: (&outcome.leaked_escrow_key).into(),
                session_keys: outcome.session_keys,
            },
        }
    }
}

impl From<&Evaluation> for Seen {
    fn from(evaluation: &Evaluation) -> Self {
        Self {
            read: evaluation.read,
            metadata: evaluation.metadata,
        }
    }
}
