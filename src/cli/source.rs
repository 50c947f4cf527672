//! Where an attack's envelopes come from: a recording, or a stolen server.

use std::{fs::File, io::BufReader, net::Ipv4Addr, path::Path, time::Duration, vec};

use super::{attack::Options, failure::Failure, files};
use crate::tape::{Packet, Reader, TapeError};
use crate::transport::relay::store::{self, Mail};

/// Packets, one after the other.
pub(super) struct Source<'a> {
    /// The file they come from.
    pub(super) path: &'a Path,
    /// Why a recording could not be read to its end.
    pub(super) ended_early: Option<String>,
    packets: u64,
    from: From,
}

enum From {
    Tape(Box<Reader<BufReader<File>>>),
    Database(vec::IntoIter<Mail>),
}

impl<'a> Source<'a> {
    pub(super) fn open(options: &'a Options) -> Result<Self, Failure> {
        let (path, from) = match (&options.capture, &options.database) {
            (Some(path), _) => (path, From::Tape(Box::new(files::tape(path)?))),
            (None, Some(path)) => {
                // SQLite's own words for a file that is not there are vague.
                drop(files::open(path)?);
                let mail = store::read_copy(path).map_err(|error| {
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

    pub(super) fn next(&mut self) -> Result<Option<Packet>, Failure> {
        let next = match &mut self.from {
            From::Database(mail) => mail.next().map(|mail| Packet {
                time: Duration::ZERO,
                source: Ipv4Addr::UNSPECIFIED.into(),
                destination: Ipv4Addr::UNSPECIFIED.into(),
                payload: mail.envelope,
            }),
            From::Tape(tape) => match tape.next() {
                None => None,
                Some(Ok(packet)) => Some(packet),
                Some(Err(error @ (TapeError::Truncated { .. } | TapeError::Damaged { .. })))
                    if self.packets > 0 =>
                {
                    self.ended_early = Some(error.to_string());
                    None
                }
                Some(Err(error)) => return Err(files::tape_failure(self.path, &error)),
            },
        };
        self.packets = self.packets.saturating_add(u64::from(next.is_some()));
        Ok(next)
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
