//! Reads a recording as a stream: one block in memory at a time, whatever the
//! file's size. Packets that are not ours are passed over and counted.

use std::{
    collections::VecDeque,
    io::{self, Cursor, Read},
    mem,
};

use pcap_parser::{LegacyPcapReader, PcapError, PcapNGReader, traits::PcapReaderIterator};

use super::{
    packet::{Packet, PacketRef},
    section::{Found, Section},
};

/// How much is read at once, in bytes.
const CHUNK: usize = 64 * 1024;

/// How much is read to tell the format, in bytes: at least a whole first block, which the
/// parsers read at once.
const HEAD: u64 = 64 * 1024;

/// The longest block that is taken, in bytes. The longest envelope is far below.
const MAX_BLOCK: usize = 1 << 20;

/// A recording being read: an iterator over its packets. After an error it ends.
pub struct Reader<R: Read> {
    blocks: Blocks<R>,
    section: Section,
    found: VecDeque<Packet>,
    passed_over: u64,
    offset: u64,
    ended: bool,
}

/// pcapng, or the classic format that `tcpdump` writes.
enum Blocks<R: Read> {
    Ng(PcapNGReader<io::Chain<Cursor<Vec<u8>>, R>>),
    Classic(LegacyPcapReader<io::Chain<Cursor<Vec<u8>>, R>>),
}

impl<R: Read> Blocks<R> {
    fn get(&mut self) -> &mut dyn PcapReaderIterator {
        match self {
            Self::Ng(blocks) => blocks,
            Self::Classic(blocks) => blocks,
        }
    }
}

impl<R: Read> Reader<R> {
    /// Begins to read; looks at the first bytes to say what the file is if it is
    /// not a recording.
    ///
    /// # Errors
    /// [`TapeError`] for an empty file, or one that is no capture.
    pub fn new(mut input: R) -> Result<Self, TapeError> {
        let mut head = Vec::new();
        input.by_ref().take(HEAD).read_to_end(&mut head)?;
        let magic = head.first_chunk::<4>().copied();
        let empty = head.is_empty();
        let input = Cursor::new(head).chain(input);
        let blocks = match magic {
            Some([0x0a, 0x0d, 0x0d, 0x0a]) => PcapNGReader::new(CHUNK, input).map(Blocks::Ng),
            Some(
                [0xa1, 0xb2, 0xc3 | 0x3c, 0xd4 | 0x4d] | [0xd4 | 0x4d, 0xc3 | 0x3c, 0xb2, 0xa1],
            ) => LegacyPcapReader::new(CHUNK, input).map(Blocks::Classic),
            None if empty => return Err(TapeError::Empty),
            _ => return Err(TapeError::NotACapture),
        };
        Ok(Self {
            blocks: blocks.map_err(|error| match error {
                PcapError::Incomplete(_) => TapeError::Truncated { offset: 0 },
                _ => TapeError::Damaged { offset: 0 },
            })?,
            section: Section::default(),
            found: VecDeque::new(),
            passed_over: 0,
            offset: 0,
            ended: false,
        })
    }

    /// How many packets so far were somebody else's.
    pub const fn passed_over(&self) -> u64 {
        self.passed_over
    }

    /// How many bytes of the file have been read so far.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Reads the next block and shows the packets of ours in it, which are none,
    /// one or several. `false` at the end.
    ///
    /// # Errors
    /// [`TapeError`]; all packets before have been shown.
    pub fn show(&mut self, packet: &mut dyn FnMut(PacketRef<'_>)) -> Result<bool, TapeError> {
        loop {
            let length = match self.blocks.get().next() {
                Ok((length, block)) => {
                    match self.section.take(block) {
                        Found::Whole(found) => packet(found),
                        Found::Completed(found) => {
                            found.iter().for_each(|it| packet(it.as_packet_ref()))
                        }
                        Found::Foreign => self.passed_over += 1,
                        Found::Other => {}
                    }
                    length
                }
                Err(PcapError::Eof) => return Ok(false),
                Err(PcapError::Incomplete(_)) => {
                    self.refill()?;
                    continue;
                }
                Err(PcapError::BufferTooSmall) => {
                    self.grow()?;
                    continue;
                }
                Err(PcapError::UnexpectedEof) => {
                    return Err(TapeError::Truncated {
                        offset: self.offset,
                    });
                }
                Err(_) => {
                    return Err(TapeError::Damaged {
                        offset: self.offset,
                    });
                }
            };
            // What is left moves to the front when the buffer is filled again, not before.
            self.blocks.get().consume_noshift(length);
            self.offset += u64::try_from(length).map_err(|_| TapeError::Damaged {
                offset: self.offset,
            })?;
            return Ok(true);
        }
    }

    /// The next packet of ours, or the end.
    fn step(&mut self) -> Result<Option<Packet>, TapeError> {
        loop {
            if let Some(packet) = self.found.pop_front() {
                return Ok(Some(packet));
            }
            let mut found = mem::take(&mut self.found);
            let more = self.show(&mut |packet| found.push_back(packet.to_packet()));
            self.found = found;
            if !more? {
                return Ok(None);
            }
        }
    }

    fn refill(&mut self) -> Result<(), TapeError> {
        match self.blocks.get().refill() {
            Ok(()) => Ok(()),
            Err(_) => Err(TapeError::Io(io::Error::other("reading failed"))),
        }
    }

    fn grow(&mut self) -> Result<(), TapeError> {
        if self.blocks.get().data().len() < MAX_BLOCK && self.blocks.get().grow(2 * MAX_BLOCK) {
            self.refill()
        } else {
            Err(TapeError::Damaged {
                offset: self.offset,
            })
        }
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Packet, TapeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let item = self.step().transpose();
        self.ended = !matches!(item, Some(Ok(_)));
        item
    }
}

/// Why a recording cannot be read, or not further. All packets before were given.
#[derive(Debug, thiserror::Error)]
pub enum TapeError {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Something else.
    #[error("it is not a capture, neither pcapng nor pcap")]
    NotACapture,
    /// Cut short.
    #[error("it is cut short: the block at byte {offset} is incomplete")]
    Truncated {
        /// Where the incomplete block begins.
        offset: u64,
    },
    /// Damaged between blocks, so that what follows cannot be found.
    #[error("it is damaged: no block can begin at byte {offset}")]
    Damaged {
        /// Where a block should begin.
        offset: u64,
    },
    /// The operating system says no.
    #[error(transparent)]
    Io(#[from] io::Error),
}
