//! A session as its owner may see it, without a secret.

use crate::crypto::AgreementPublic;
use crate::protocol::{disclosure::ModeId, name::SessionId, schedule::ScheduleId};

/// What a session looks like from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    /// Its random name.
    pub id: SessionId,
    /// Who else gets its session keys.
    pub mode: ModeId,
    /// How they come and go.
    pub schedule: ScheduleId,
    /// The chain that is being sent: its public key, and how many messages it has.
    pub sending: Option<(AgreementPublic, u32)>,
    /// The public key of the peer's latest chain.
    pub receiving: Option<AgreementPublic>,
    /// Keys kept for messages that have not come yet.
    pub skipped: usize,
}
