//! Reads a recording as a stream. Every packet of the file is counted: as read, or under
//! the reason why it was not.

use std::{collections::VecDeque, io::Read, mem};

use super::{
    coverage::{Coverage, Unread},
    error::TapeError,
    exported_pdu::{self, LINKTYPE},
    file::{CaptureFile, Event, Frame},
    packet::{Packet, PacketRef},
    wire::Connections,
};

/// A recording being read: an iterator over its packets. After an error it ends.
pub struct Reader<R: Read> {
    file: CaptureFile<R>,
    connections: Connections,
    /// What was counted here, not by `connections`.
    counted: Coverage,
    /// Packets that the capturing program lost: by its statistics, and as packets tell it.
    dropped: (u64, u64),
    found: VecDeque<Packet>,
    ended: bool,
}

impl<R: Read> Reader<R> {
    /// Begins to read; looks at the first bytes to say what the file is if it is
    /// not a recording.
    ///
    /// # Errors
    /// [`TapeError`] for an empty file, or one that is no capture.
    pub fn new(input: R) -> Result<Self, TapeError> {
        Ok(Self {
            file: CaptureFile::open(input)?,
            connections: Connections::default(),
            counted: Coverage::default(),
            dropped: (0, 0),
            found: VecDeque::new(),
            ended: false,
        })
    }

    /// How much was read so far, and why the rest was not.
    pub fn coverage(&self) -> Coverage {
        let mut coverage = self.counted.clone();
        self.connections.count(&mut coverage);
        coverage.losses.dropped = self.dropped.0.max(self.dropped.1);
        coverage
    }

    /// How many bytes of the file have been read so far.
    pub const fn offset(&self) -> u64 {
        self.file.offset()
    }

    /// Reads the next block and shows the packets of ours in it, which are none,
    /// one or several. `false` at the end.
    ///
    /// # Errors
    /// [`TapeError`]; all packets before have been shown.
    pub fn show(&mut self, packet: &mut dyn FnMut(PacketRef<'_>)) -> Result<bool, TapeError> {
        let event = match self.file.next() {
            Ok(Event::End) => None,
            Ok(event) => Some(event),
            Err(error) => {
                show_all(&self.connections.finish(), packet);
                return Err(error);
            }
        };
        if let Some(Event::Frame(frame)) = &event {
            let dropped = frame.dropped.unwrap_or(0);
            self.dropped.1 = self.dropped.1.saturating_add(dropped);
        }
        match event {
            Some(Event::Frame(frame)) if frame.link_type == LINKTYPE => match of_a_tap(&frame) {
                Ok(found) => {
                    self.counted.read += 1;
                    packet(found);
                }
                Err(why) => self.counted.count(why, 1),
            },
            Some(Event::Frame(frame)) => show_all(&self.connections.take(&frame), packet),
            Some(Event::Damaged) => self.counted.count(Unread::Damaged, 1),
            Some(Event::NotDescribed) => self.counted.count(Unread::NotDescribed, 1),
            Some(Event::Dropped(packets)) => {
                self.dropped.0 = self.dropped.0.saturating_add(packets);
            }
            Some(Event::Other) => {}
            Some(Event::End) | None => {
                show_all(&self.connections.finish(), packet);
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The next packet of ours, or the end.
    fn step(&mut self) -> Result<Option<Packet>, TapeError> {
        loop {
            if let Some(packet) = self.found.pop_front() {
                return Ok(Some(packet));
            }
            if self.ended {
                return Ok(None);
            }
            let mut found = mem::take(&mut self.found);
            let more = self.show(&mut |packet| found.push_back(packet.to_packet()));
            self.found = found;
            self.ended = !matches!(more, Ok(true));
            more?;
        }
    }
}

fn show_all(found: &[Packet], packet: &mut dyn FnMut(PacketRef<'_>)) {
    found.iter().for_each(|it| packet(it.as_packet_ref()));
}

/// A packet that a tap of ours recorded.
fn of_a_tap<'a>(frame: &Frame<'a>) -> Result<PacketRef<'a>, Unread> {
    let found = exported_pdu::decode(frame.time, frame.data)?;
    match frame.cut() {
        0 => Ok(found),
        _ => Err(Unread::CutShort),
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Packet, TapeError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}
