//! Bytes from the front of a stream, seen before they are consumed.

use std::io::{self, Read};

/// How much is read at once, in bytes.
const CHUNK: usize = 64 * 1024;

pub(super) struct Input<R> {
    from: R,
    buffer: Vec<u8>,
    /// Where in `buffer` the bytes begin that are not consumed, and where they end.
    begin: usize,
    end: usize,
    /// Bytes consumed so far.
    offset: u64,
    /// The source itself is cut short, as a compressed file is whose end is missing.
    ends_early: bool,
}

impl<R: Read> Input<R> {
    pub(super) fn new(from: R) -> Self {
        Self {
            from,
            buffer: vec![0; CHUNK],
            begin: 0,
            end: 0,
            offset: 0,
            ends_early: false,
        }
    }

    /// Bytes consumed so far.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether the end that was found is not the end of what was written.
    pub(super) const fn ends_early(&self) -> bool {
        self.ends_early
    }

    /// The next `length` bytes; fewer where the stream ends before.
    pub(super) fn peek(&mut self, length: usize) -> io::Result<&[u8]> {
        if self.end - self.begin < length {
            self.fill(length)?;
        }
        let end = self.end.min(self.begin + length);
        Ok(self.buffer.get(self.begin..end).unwrap_or_default())
    }

    fn fill(&mut self, length: usize) -> io::Result<()> {
        self.buffer.copy_within(self.begin..self.end, 0);
        (self.begin, self.end) = (0, self.end - self.begin);
        if self.buffer.len() < length {
            self.buffer.resize(length, 0);
        }
        while self.end < length {
            let free = self.buffer.get_mut(self.end..).unwrap_or_default();
            match self.from.read(free) {
                Ok(0) => break,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    self.ends_early = true;
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Consumes `length` bytes. `false` where the stream ends before.
    pub(super) fn skip(&mut self, mut length: u64) -> io::Result<bool> {
        loop {
            let held = self.end - self.begin;
            let now = usize::try_from(length).map_or(held, |length| held.min(length));
            self.begin += now;
            let skipped = u64::try_from(now).map_err(io::Error::other)?;
            self.offset += skipped;
            length -= skipped;
            if length == 0 {
                return Ok(true);
            }
            self.fill(1)?;
            if self.end == 0 {
                return Ok(false);
            }
        }
    }
}
