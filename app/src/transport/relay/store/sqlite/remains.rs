//! Envelopes in a database's bytes, whether or not a row leads to them. SQLite does not
//! erase what is deleted: it stays in free pages, in the unused parts of pages and in the
//! log's older frames until something else is written there.

use std::io::{self, Cursor, Read};

use doormat::protocol::{Envelope, wire::WireError};

/// Something that begins as an envelope does.
pub(super) enum Found {
    /// All of an envelope, in one page.
    Whole(Vec<u8>),
    /// The first bytes of one: the rest is on other pages, or has been overwritten.
    Beginning(Vec<u8>),
}

/// The pages of a database or of its write-ahead log, one after the other.
pub(super) struct Remains<R> {
    file: io::Chain<Cursor<Vec<u8>>, R>,
    /// Bytes before each page.
    before: usize,
    page_size: usize,
    /// The page, and how far it has been searched.
    page: Vec<u8>,
    at: usize,
}

/// Bytes by which an envelope is known again where its end is missing. They reach beyond
/// the session, the run and the number.
pub(super) const BEGINNING: usize = 256;

/// Bytes at the beginning of a log, and before each of its pages.
const LOG_HEADER: u64 = 32;
const FRAME_HEADER: usize = 24;

/// The page size where the header names none that SQLite has.
const USUAL_PAGE: usize = 4096;

impl<R: Read> Remains<R> {
    /// Of a database: its first page begins with its header.
    pub(super) fn of_database(file: R) -> io::Result<Self> {
        let (head, file) = begin(file, 18)?;
        let size = match head.get(16..18) {
            // 65,536 does not fit in two bytes.
            Some([0, 1]) => 65_536,
            Some(size) => big_endian(size),
            None => 0,
        };
        Ok(Self::new(Cursor::new(head).chain(file), 0, size))
    }

    /// Of a write-ahead log.
    pub(super) fn of_log(file: R) -> io::Result<Self> {
        let (head, file) = begin(file, LOG_HEADER)?;
        let size = head.get(8..12).map_or(0, big_endian);
        let file = Cursor::new(Vec::new()).chain(file);
        Ok(Self::new(file, FRAME_HEADER, size))
    }

    fn new(file: io::Chain<Cursor<Vec<u8>>, R>, before: usize, size: usize) -> Self {
        let known = size.is_power_of_two() && (512..=65_536).contains(&size);
        Self {
            file,
            before,
            page_size: if known { size } else { USUAL_PAGE },
            page: Vec::new(),
            at: 0,
        }
    }

    /// The next envelope, or beginning of one.
    pub(super) fn next_found(&mut self) -> io::Result<Option<Found>> {
        loop {
            let rest = self.page.get(self.at..).unwrap_or_default();
            let begins = |it: &[u8]| matches!(it, [1, 1, 1 | 2, 1 | 2]);
            let Some(skipped) = rest.windows(4).position(begins) else {
                if self.next_page()? {
                    continue;
                }
                return Ok(None);
            };
            let candidate = rest.get(skipped..).unwrap_or_default();
            self.at += skipped + 1;
            let whole = match Envelope::decode(candidate) {
                Ok(_) => candidate.len(),
                // The page goes on behind it.
                Err(WireError::Trailing { excess }) => candidate.len() - excess,
                Err(WireError::Truncated { .. }) => {
                    let beginning = candidate.get(..BEGINNING).unwrap_or(candidate);
                    return Ok(Some(Found::Beginning(beginning.to_vec())));
                }
                Err(_) => continue,
            };
            let envelope = candidate.get(..whole).unwrap_or_default().to_vec();
            self.at += whole.saturating_sub(1);
            return Ok(Some(Found::Whole(envelope)));
        }
    }

    /// Reads the next page, or what there is of it.
    fn next_page(&mut self) -> io::Result<bool> {
        let length = self.before + self.page_size;
        self.page.clear();
        let limit = u64::try_from(length).unwrap_or(u64::MAX);
        self.file.by_ref().take(limit).read_to_end(&mut self.page)?;
        self.at = self.before;
        Ok(self.page.len() > self.before)
    }
}

/// The first bytes of a file, and the rest of it.
fn begin<R: Read>(mut file: R, length: u64) -> io::Result<(Vec<u8>, R)> {
    let mut head = Vec::new();
    file.by_ref().take(length).read_to_end(&mut head)?;
    Ok((head, file))
}

fn big_endian(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .fold(0, |value, byte| value << 8 | usize::from(*byte))
}
