//! A capture file: the frames in it, whatever they carry. One block is in memory at a
//! time, whatever the file's size.

mod byte_order;
mod event;
mod input;
mod interface;
mod pcap;
pub(super) mod pcapng;

use std::{io::Read, mem};

pub(super) use self::event::{Event, Frame};
use self::{input::Input, pcap::Pcap, pcapng::Pcapng};
use super::error::TapeError;

/// A capture file being read.
pub(super) struct CaptureFile<R> {
    input: Input<R>,
    format: Format,
    /// Bytes of what was shown last, still to be consumed.
    shown: u64,
}

enum Format {
    Pcapng(Pcapng),
    Pcap(Pcap),
}

impl<R: Read> CaptureFile<R> {
    /// Looks at the first bytes to say what the file is.
    pub(super) fn open(from: R) -> Result<Self, TapeError> {
        let mut input = Input::new(from);
        let head = input.peek(8)?;
        if head.is_empty() {
            return Err(TapeError::Empty);
        }
        let magic = head.first_chunk::<4>().ok_or(TapeError::NotACapture)?;
        let format = if u32::from_be_bytes(*magic) == pcapng::SECTION_HEADER {
            Format::Pcapng(Pcapng::default())
        } else if Pcap::is_one(*magic) {
            Format::Pcap(Pcap::open(&mut input).map_err(|fault| fault.at(0))?)
        } else {
            return Err(TapeError::of_other(head));
        };
        Ok(Self {
            input,
            format,
            shown: 0,
        })
    }

    pub(super) fn next(&mut self) -> Result<Event<'_>, TapeError> {
        let before = self.input.offset();
        if !self.input.skip(mem::take(&mut self.shown))? {
            return Err(TapeError::Truncated { offset: before });
        }
        let offset = self.input.offset();
        if self.input.peek(1)?.is_empty() {
            return match self.input.ends_early() {
                true => Err(TapeError::Truncated { offset }),
                false => Ok(Event::End),
            };
        }
        let next = match &mut self.format {
            Format::Pcapng(file) => file.next(&mut self.input),
            Format::Pcap(file) => file.next(&mut self.input),
        };
        let (event, length) = next.map_err(|fault| fault.at(offset))?;
        self.shown = length;
        Ok(event)
    }

    /// How many bytes have been read, up to the end of what was shown last.
    pub(super) const fn offset(&self) -> u64 {
        self.input.offset() + self.shown
    }
}
