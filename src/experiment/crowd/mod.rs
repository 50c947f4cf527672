//! A crowd on one line: as many real sessions as it takes to fill a large recording.
//!
//! Each session is carried like any other experiment's: two devices, X3DH, a key
//! schedule, a tapped transport, and a recipient who really opens each message.
//! Sixteen talk at a time, so that the tape looks as a relay's line would, one
//! session's messages between the others'.
//!
//! ```text
//! until everybody has said everything:
//!   in parallel, each of the sixteen:  says what it says in the next ten seconds
//!   all of that goes to the tape, in the order of its time
//!   whoever has finished makes room for the next session
//! ```
//!
//! Each session draws from generators of its own (spec §12). So it does not matter
//! which thread carries it: one seed gives the same bytes on any number of them. And
//! no more than those ten seconds is ever in memory.

mod session_generator;
mod shape;
mod words;

pub use shape::Crowd;

use std::io::Write;

use rayon::prelude::*;

use super::{ExperimentError, network::START};
use crate::protocol::Mode;
use crate::tape::Writer;
use crate::transport::TransportError;
use session_generator::{Block, SessionGenerator};

/// Sessions at a time.
const AT_A_TIME: usize = 16;

/// How much of the crowd's time is carried before it is written down.
const WINDOW: std::time::Duration = std::time::Duration::from_secs(10);

impl Crowd {
    /// Carries it all, and records it on `out`. `said` is told from time to time how
    /// many messages more have been said.
    ///
    /// # Errors
    /// [`ExperimentError`] if `out` refuses, or anything else, which would be a defect.
    pub fn record<W: Write>(
        &self,
        mode: &(dyn Mode + Sync),
        out: W,
        said: &(dyn Fn(u64) + Sync),
    ) -> Result<W, ExperimentError> {
        let mut tape = Writer::new(out).map_err(TransportError::from)?;
        let mut waiting = 0..self.sessions();
        let mut talking: Vec<SessionGenerator> = Vec::new();
        let mut now = START;
        loop {
            let room = AT_A_TIME.saturating_sub(talking.len());
            let arriving = waiting.by_ref().take(room);
            talking.extend(arriving.map(|number| SessionGenerator::new(*self, number, now)));
            if talking.is_empty() {
                return Ok(tape.finish().map_err(TransportError::from)?);
            }
            now = now.saturating_add(WINDOW);
            let carried: Result<Vec<Vec<Block>>, _> = talking
                .par_iter_mut()
                .map(|session| session.carry_until(now, mode))
                .collect();
            let mut blocks = carried?.concat();
            // Stable: what is said at one moment stays in the order of the sessions.
            blocks.sort_by_key(|block| block.time);
            for block in blocks {
                let written = tape.out().write_all(&block.bytes);
                written.map_err(TransportError::from)?;
            }
            said(talking.iter_mut().map(SessionGenerator::newly_said).sum());
            talking.retain(|session| !session.has_finished());
        }
    }
}
