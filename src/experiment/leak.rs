//! The headline: the same conversation in both modes; then the escrow key leaks.
//!
//! What varies is the mode, nothing else: participants, messages, handshake, key
//! schedule, cipher, transport, tap and attacker are the same. Each mode draws
//! keys of its own from the seed.

use super::{
    ExperimentError, conversation::Conversation, evaluation::Evaluation, recording::Recording, seed,
};
use crate::attack::{EscrowLeak, Observation, Wiretap};
use crate::crypto::SessionKey;
use crate::escrow::EscrowPrivateKey;
use crate::mode::{EndToEnd, Escrow};
use crate::protocol::{Envelope, Mode, ModeId, ScheduleId};

/// What came of it.
#[derive(Debug, Clone)]
pub struct LeakOutcome {
    /// The number that reproduces every byte.
    pub seed: u64,
    /// How session keys came and went, in both modes.
    pub schedule: ScheduleId,
    /// What was said.
    pub conversation: Conversation,
    /// The key that leaked.
    pub key: EscrowPrivateKey,
    /// The escrow mode.
    pub escrow: ModeOutcome,
    /// The end-to-end mode.
    pub e2e: ModeOutcome,
}

/// One mode's recording, and what Eve read from it.
#[derive(Debug, Clone)]
pub struct ModeOutcome {
    /// Which mode.
    pub mode: ModeId,
    /// What the tap wrote down.
    pub recording: Recording,
    /// Bytes of all envelopes on the wire.
    pub wire_bytes: usize,
    /// Of which access fields.
    pub access_bytes: usize,
    /// Before the leak.
    pub wiretap: Evaluation,
    /// The same tape, after it.
    pub leaked_escrow_key: Evaluation,
    /// Session keys that the leaked key unwrapped.
    pub session_keys: usize,
    /// The first message's, if it was among them.
    pub first_session_key: Option<SessionKey>,
}

/// Runs the experiment, the two modes beside each other. `progress` is called
/// after each message sent and after each message examined: six times for each
/// message of the conversation.
///
/// # Errors
/// [`ExperimentError`] if anything refuses, which would be a defect.
pub fn run(
    conversation: Conversation,
    schedule: ScheduleId,
    seed: u64,
    progress: &(dyn Fn() + Sync),
) -> Result<LeakOutcome, ExperimentError> {
    let key = EscrowPrivateKey::generate(&mut seed::generator(seed, "authority"));
    let escrow = Escrow(vec![*key.public()]);
    let in_mode = |mode: &dyn Mode| one_mode(&conversation, mode, schedule, seed, &key, progress);
    let (escrow, e2e) = std::thread::scope(|scope| {
        let escrow = scope.spawn(|| in_mode(&escrow));
        let e2e = in_mode(&EndToEnd);
        (escrow.join(), e2e)
    });
    Ok(LeakOutcome {
        seed,
        schedule,
        escrow: escrow.map_err(|_| ExperimentError::Thread)??,
        e2e: e2e?,
        conversation,
        key,
    })
}

/// The messages of a conversation, counted as [`run`] reports progress.
pub fn steps(conversation: &Conversation) -> usize {
    conversation.lines().len().saturating_mul(6)
}

fn one_mode(
    conversation: &Conversation,
    mode: &dyn Mode,
    schedule: ScheduleId,
    seed: u64,
    key: &EscrowPrivateKey,
    progress: &dyn Fn(),
) -> Result<ModeOutcome, ExperimentError> {
    let mut rng = seed::generator(seed, mode.id().as_str());
    let recording = Recording::make(conversation, mode, schedule, &mut rng, progress)?;
    let sent = || conversation.texts();
    let wiretap = Evaluation::of(&recording.tape, sent(), &mut Wiretap, progress)?;
    let mut eve = EscrowLeak::new(key.clone());
    let leaked_escrow_key = Evaluation::of(&recording.tape, sent(), &mut eve, progress)?;
    let first_session_key = recording
        .first_envelope()?
        .and_then(|bytes| eve.session_key(&Envelope::decode(&bytes).ok()?).cloned());
    let sum = |bytes: fn(&Observation) -> usize| wiretap.observations.iter().map(bytes).sum();
    Ok(ModeOutcome {
        mode: mode.id(),
        wire_bytes: sum(|seen| seen.wire_bytes),
        access_bytes: sum(|seen| seen.access_bytes),
        recording,
        wiretap,
        leaked_escrow_key,
        session_keys: eve.summary().session_keys,
        first_session_key,
    })
}
