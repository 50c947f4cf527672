//! Where an attack's envelopes come from: a recording, or a stolen server.

use std::{
    io::{Cursor, Read},
    path::Path,
    time::Duration,
    vec,
};

use super::{attack::Options, failure::Failure, files};
use crate::transport::relay::store::{Mail, sqlite};
use doormat::attack::{Batch, Demultiplexer};
use doormat::tape::{Reader, TapeError};

/// A batch's envelopes, in bytes: runs enough for each thread, and little enough that
/// a core's cache still has them when they are opened. Four times as much costs a sixth.
const BATCH: usize = 1 << 20;

/// What is read of a file for one batch at most, in bytes.
const AT_ONCE: u64 = 64 << 20;

/// Packets, one after the other.
pub(super) struct Source<'a> {
    /// The file they come from.
    pub(super) path: &'a Path,
    /// Why a recording could not be read to its end.
    pub(super) ended_early: Option<String>,
    packets: u64,
    from: From,
}

/// A file, or bytes.
type Input = Box<dyn Read + Send>;

enum From {
    Tape(Box<Reader<Input>>),
    Database(vec::IntoIter<Mail>),
}

impl<'a> Source<'a> {
    pub(super) fn open(options: &'a Options) -> Result<Self, Failure> {
        let (path, from) = match (&options.capture, &options.database) {
            (Some(path), _) => (path, From::Tape(Box::new(tape(path, files::open(path)?)?))),
            (None, Some(path)) => {
                // SQLite's own words for a file that is not there are vague.
                drop(files::open(path)?);
                let mail = sqlite::read_copy(path).map_err(|error| {
                    Failure::of_file(
                        path,
                        error,
                        "Give a copy of `relay.db` from a relay's --data folder, and of \
                         `relay.db-wal` beside it.",
                    )
                })?;
                (path, From::Database(mail.into_iter()))
            }
            (None, None) => {
                return Err(Failure::new(
                    "attack what?",
                    "Give a recording, or a relay's database with --database.",
                ));
            }
        };
        Ok(Self {
            path,
            ended_early: None,
            packets: 0,
            from,
        })
    }

    /// A recording in memory.
    pub(super) fn memory(bytes: Vec<u8>) -> Result<Self, Failure> {
        let path = Path::new("memory");
        Ok(Self {
            path,
            ended_early: None,
            packets: 0,
            from: From::Tape(Box::new(tape(path, Cursor::new(bytes))?)),
        })
    }

    /// Fills a batch with what comes next. `false` at the end.
    pub(super) fn fill(
        &mut self,
        demultiplexer: &mut Demultiplexer,
        batch: &mut Batch,
    ) -> Result<bool, Failure> {
        demultiplexer.begin(batch);
        // Packets of somebody else's fill no batch; the bar is to move all the same.
        let far_enough = self.position().saturating_add(AT_ONCE);
        while batch.size() < BATCH && self.position() < far_enough {
            let packets = &mut self.packets;
            let more = match &mut self.from {
                From::Database(mail) => mail.next().map(|mail| {
                    *packets = packets.saturating_add(1);
                    demultiplexer.take(Duration::ZERO, &mail.envelope, batch);
                }),
                From::Tape(tape) => {
                    let shown = tape.show(&mut |packet| {
                        *packets = packets.saturating_add(1);
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
            TapeError::Truncated { .. } | TapeError::Damaged { .. } if self.packets > 0 => {
                self.ended_early = Some(error.to_string());
                Ok(())
            }
            error => Err(files::tape_failure(self.path, error)),
        }
    }

    /// Refuses a recording in which nothing was ours.
    pub(super) fn finish(&self) -> Result<(), Failure> {
        match &self.from {
            From::Tape(tape) if self.packets == 0 => {
                Err(files::foreign(self.path, tape.passed_over()))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn passed_over(&self) -> u64 {
        match &self.from {
            From::Tape(tape) => tape.passed_over(),
            From::Database(_) => 0,
        }
    }

    /// The recording's size and how far it has been read, in bytes.
    pub(super) fn size(&self) -> u64 {
        match &self.from {
            From::Tape(_) => std::fs::metadata(self.path).map_or(0, |meta| meta.len()),
            From::Database(mail) => u64::try_from(mail.len()).unwrap_or(u64::MAX),
        }
    }

    pub(super) fn position(&self) -> u64 {
        match &self.from {
            From::Tape(tape) => tape.offset(),
            From::Database(_) => self.packets,
        }
    }
}

fn tape(path: &Path, input: impl Read + Send + 'static) -> Result<Reader<Input>, Failure> {
    let input: Input = Box::new(input);
    Reader::new(input).map_err(|error| files::tape_failure(path, &error))
}
