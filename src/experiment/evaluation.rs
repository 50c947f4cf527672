//! What one attack saw of one tape, compared with what was said.

use super::ExperimentError;
use crate::attack::{Attacker, Exposure, Observation, Tally};
use crate::tape::Reader;

/// What one attack saw of one tape.
#[derive(Debug, Clone, Default)]
pub struct Evaluation {
    /// Messages whose recovered bytes equal what was sent: compared, not assumed.
    pub read: usize,
    /// Envelopes of which she saw who, to whom, when and how much: every one on
    /// the tape, read or not.
    pub metadata: usize,
    /// Every envelope, in the order of the tape.
    pub observations: Vec<Observation>,
}

impl Evaluation {
    /// Plays a tape to an attack. `sent` is the text in each of its envelopes;
    /// `progress` is called after each.
    ///
    /// # Errors
    /// [`ExperimentError`] if the tape does not read back, or if the attack reads
    /// something that was not sent.
    pub fn of<'a>(
        tape: &[u8],
        sent: impl IntoIterator<Item = &'a str>,
        attack: &mut dyn Attacker,
        progress: &dyn Fn(),
    ) -> Result<Self, ExperimentError> {
        let mut evaluation = Self::default();
        let mut tally = Tally::default();
        let mut sent = sent.into_iter();
        for packet in Reader::new(tape)? {
            let Some(observation) = tally.play(&packet?, attack) else {
                continue;
            };
            let text = sent.next().map(str::as_bytes);
            match &observation.exposure {
                Exposure::Read(read) if Some(read.as_slice()) == text => evaluation.read += 1,
                Exposure::Read(_) => return Err(ExperimentError::Misread),
                Exposure::MetadataOnly => {}
            }
            evaluation.metadata += 1;
            evaluation.observations.push(observation);
            progress();
        }
        Ok(evaluation)
    }

    /// For each envelope, in the order of the tape, whether it was read.
    pub fn read_flags(&self) -> Vec<bool> {
        self.observations
            .iter()
            .map(|seen| matches!(seen.exposure, Exposure::Read(_)))
            .collect()
    }
}
