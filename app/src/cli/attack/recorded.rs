//! A recording in memory, for attacks that go through it more than once.

use std::{fs, path::Path};

use crate::cli::shared::{failure::Failure, files, progress::Progress, terminal};
use crate::report::{coverage, json::TapeFigures, reading};
use doormat::attack::{Attacker, Observation, Published, Tally};
use doormat::protocol::Envelope;
use doormat::tape::{Coverage, Packet};

/// A recording's packets.
pub(super) struct RecordedTape<'a> {
    path: &'a Path,
    pub(super) packets: Vec<Packet>,
    coverage: Coverage,
    ended_early: Option<String>,
}

/// What an attack saw of it.
pub(super) struct Replayed {
    pub(super) figures: TapeFigures,
    messages: Vec<Observation>,
}

impl<'a> RecordedTape<'a> {
    /// What it shows of devices besides their messages.
    pub(super) fn published(&self) -> Published {
        let mut published = Published::default();
        let payloads = self.packets.iter().map(|it| &it.payload);
        payloads.for_each(|it| published.add(it));
        published
    }

    /// Reads a recording; one without an envelope is refused.
    pub(super) fn read(path: &'a Path) -> Result<Self, Failure> {
        let mut reader = files::tape(path)?;
        let size = fs::metadata(path).ok().map(|meta| meta.len());
        let progress = Progress::new(size, "reading");
        let (mut packets, mut ended_early) = (Vec::new(), None);
        while let Some(packet) = reader.next() {
            progress.reach(reader.offset());
            match packet {
                Ok(packet) => packets.push(packet),
                Err(error) if !packets.is_empty() => {
                    ended_early = Some(error.to_string());
                    break;
                }
                Err(error) => return Err(files::tape_failure(path, &error)),
            }
        }
        let mut payloads = packets.iter().map(|packet| &packet.payload);
        if !payloads.any(|it| Envelope::decode(it).is_ok()) {
            return Err(files::no_packets(path, &reader.coverage()));
        }
        Ok(Self {
            path,
            packets,
            coverage: reader.coverage(),
            ended_early,
        })
    }

    /// Plays it to an attack.
    pub(super) fn play(&self, eve: &mut dyn Attacker) -> Replayed {
        let mut tally = Tally::default();
        let packets = self.packets.iter();
        let messages = packets
            .filter_map(|packet| tally.play(packet, eve))
            .collect();
        let figures = TapeFigures::new(tally, &self.coverage, self.ended_early.clone());
        Replayed { figures, messages }
    }

    /// Prints its messages, and sentences before and behind them.
    pub(super) fn print(
        &self,
        replayed: &Replayed,
        before: Vec<String>,
        behind: Vec<String>,
    ) -> Result<(), Failure> {
        let width = terminal::width();
        let mut lines = before;
        lines.push(reading::heading());
        let messages = replayed.messages.iter();
        lines.extend(messages.flat_map(|seen| reading::wrapped(seen, width)));
        lines.push(String::new());
        lines.extend(behind);
        lines.extend(replayed.figures.malformed_sentence());
        lines.extend(coverage::sentences(&self.coverage));
        terminal::print(lines)?;
        if let Some(why) = &self.ended_early {
            terminal::print_error(&reading::ended_early(self.path, why));
        }
        Ok(())
    }
}
