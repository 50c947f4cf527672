//! A large recording, as figures.

use serde::Serialize;

use doormat::experiment::Crowd;
use doormat::protocol::ModeId;

/// `doormat generate --json`.
#[derive(Serialize)]
pub struct Generated {
    seed: u64,
    mode: &'static str,
    schedule: &'static str,
    messages: u64,
    size: usize,
    sessions: u64,
    session_keys: u64,
}

impl Generated {
    /// What a crowd has said in a mode.
    pub const fn new(crowd: &Crowd, mode: ModeId) -> Self {
        Self {
            seed: crowd.seed,
            mode: mode.as_str(),
            schedule: crowd.schedule.as_str(),
            messages: crowd.messages,
            size: crowd.size,
            sessions: crowd.sessions(),
            session_keys: crowd.session_keys(),
        }
    }
}
