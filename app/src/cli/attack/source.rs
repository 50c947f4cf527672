//! Where an attack's envelopes come from: a recording, or a stolen server.

use std::{io::Cursor, path::Path, time::Duration};

use super::database::StolenDatabase;
use crate::cli::shared::{failure::Failure, files};
use crate::report::json;
use doormat::attack::{Batch, Demultiplexer};
use doormat::tape::{Coverage, Reader, TapeError};

/// A batch's envelopes, in bytes: chains enough for each thread, and few enough bytes that
/// a core's cache still has them when they are opened. Four times as many bytes made the
/// attack slower by a sixth.
const BATCH: usize = 1 << 20;

/// The most that is read of a file for one batch, in bytes.
const READ_LIMIT: u64 = 64 << 20;

/// Packets, one after the other.
pub(crate) struct Source<'a> {
    /// The file they come from.
    pub(crate) path: &'a Path,
    /// Why a recording could not be read to its end, if so.
    pub(super) ended_early: Option<String>,
    packets: u64,
    from: PacketSource,
}

enum PacketSource {
    /// A file, or bytes.
    Tape(Box<Reader<files::Recording>>),
    Database(Box<StolenDatabase>),
}

impl<'a> Source<'a> {
    pub(super) fn recording(path: &'a Path) -> Result<Self, Failure> {
        Ok(Self::new(
            path,
            PacketSource::Tape(Box::new(files::tape(path)?)),
        ))
    }

    /// A copy of a relay's database.
    pub(super) fn database(path: &'a Path) -> Result<Self, Failure> {
        let database = Box::new(StolenDatabase::open(path)?);
        Ok(Self::new(path, PacketSource::Database(database)))
    }

    /// A recording in memory.
    pub(crate) fn memory(bytes: Vec<u8>) -> Result<Self, Failure> {
        let path = Path::new("memory");
        let input: files::Recording = Box::new(Cursor::new(bytes));
        let reader = Reader::new(input).map_err(|error| files::tape_failure(path, &error))?;
        Ok(Self::new(path, PacketSource::Tape(Box::new(reader))))
    }

    const fn new(path: &'a Path, from: PacketSource) -> Self {
        Self {
            path,
            ended_early: None,
            packets: 0,
            from,
        }
    }

    /// Fills a batch with what comes next. `false` at the end.
    pub(super) fn fill(
        &mut self,
        demultiplexer: &mut Demultiplexer,
        batch: &mut Batch,
    ) -> Result<bool, Failure> {
        demultiplexer.begin(batch);
        // Other protocols' packets fill no batch; the progress bar moves for them too.
        let far_enough = self.position() + READ_LIMIT;
        while batch.size() < BATCH && self.position() < far_enough {
            let packets = &mut self.packets;
            let more = match &mut self.from {
                PacketSource::Database(database) => database.next_envelope().map(|envelope| {
                    *packets += 1;
                    demultiplexer.take(Duration::ZERO, &envelope, batch);
                }),
                PacketSource::Tape(tape) => {
                    let shown = tape.show(&mut |packet| {
                        *packets += 1;
                        demultiplexer.take(packet.time, packet.payload, batch);
                    });
                    match shown {
                        Ok(more) => more.then_some(()),
                        Err(error) => self.ends(&error).map(|()| None)?,
                    }
                }
            };
            if more.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// An error ends a recording; it is a failure if nothing was read before.
    fn ends(&mut self, error: &TapeError) -> Result<(), Failure> {
        match error {
            TapeError::Truncated { .. } | TapeError::Damaged { .. } | TapeError::Io(_)
                if self.packets > 0 =>
            {
                self.ended_early = Some(error.to_string());
                Ok(())
            }
            error => Err(files::tape_failure(self.path, error)),
        }
    }

    /// Refuses a recording without a packet of doormat's, and a file that is no database.
    pub(super) fn finish(&self) -> Result<(), Failure> {
        match &self.from {
            PacketSource::Tape(tape) if self.packets == 0 => {
                Err(files::no_packets(self.path, &tape.coverage()))
            }
            PacketSource::Database(database) if self.packets == 0 => database.check(self.path),
            PacketSource::Tape(_) | PacketSource::Database(_) => Ok(()),
        }
    }

    /// What a database gave, and what it did not.
    pub(super) fn database_figures(&self) -> Option<json::DatabaseFigures> {
        match &self.from {
            PacketSource::Tape(_) => None,
            PacketSource::Database(database) => Some(database.figures()),
        }
    }

    /// How much of a recording was read so far.
    pub(super) fn coverage(&self) -> Option<Coverage> {
        match &self.from {
            PacketSource::Tape(tape) => Some(tape.coverage()),
            PacketSource::Database(_) => None,
        }
    }

    /// The size of a recording in bytes, if it is known, or of a database in envelopes.
    pub(super) fn size(&self) -> Option<u64> {
        match &self.from {
            PacketSource::Tape(_) => std::fs::metadata(self.path).ok().map(|meta| meta.len()),
            PacketSource::Database(database) => database.waiting(),
        }
    }

    /// How much of [`Self::size`] has been read.
    pub(super) fn position(&self) -> u64 {
        match &self.from {
            PacketSource::Tape(tape) => tape.offset(),
            PacketSource::Database(_) => self.packets,
        }
    }
}
