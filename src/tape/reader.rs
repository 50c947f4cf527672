//! Reads a recording as a stream: one block in memory at a time, whatever the
//! file's size. Packets that are not ours are passed over and counted.

use std::{
    io::{self, Cursor, Read},
    time::Duration,
};

use pcap_parser::{Block, PcapBlockOwned, PcapError, PcapNGReader, traits::PcapReaderIterator};

use super::{Packet, exported_pdu, writer::LINKTYPE};

/// How much is read at once, in bytes.
const CHUNK: usize = 64 * 1024;

/// The longest block that is taken, in bytes. The longest envelope is far below.
const MAX_BLOCK: usize = 1 << 20;

/// A recording being read: an iterator over its packets. After an error it ends.
pub struct Reader<R: Read> {
    blocks: PcapNGReader<io::Chain<Cursor<Vec<u8>>, R>>,
    interfaces: Vec<Interface>,
    passed_over: u64,
    offset: u64,
    ended: bool,
}

#[derive(Clone, Copy)]
struct Interface {
    link_type: i32,
    /// Ticks a second.
    resolution: u64,
    offset: i64,
}

impl<R: Read> Reader<R> {
    /// Begins to read; looks at the first bytes to say what the file is if it is
    /// not a recording.
    ///
    /// # Errors
    /// [`TapeError`] for an empty file, a classic pcap, or anything else.
    pub fn new(mut input: R) -> Result<Self, TapeError> {
        let mut head = Vec::new();
        let limit = u64::try_from(CHUNK).unwrap_or(u64::MAX);
        input.by_ref().take(limit).read_to_end(&mut head)?;
        match head.first_chunk::<4>() {
            Some([0x0a, 0x0d, 0x0d, 0x0a]) => {}
            Some(
                [0xa1, 0xb2, 0xc3 | 0x3c, 0xd4 | 0x4d] | [0xd4 | 0x4d, 0xc3 | 0x3c, 0xb2, 0xa1],
            ) => return Err(TapeError::ClassicPcap),
            None if head.is_empty() => return Err(TapeError::Empty),
            _ => return Err(TapeError::NotPcapng),
        }
        let blocks =
            PcapNGReader::new(CHUNK, Cursor::new(head).chain(input)).map_err(
                |error| match error {
                    PcapError::Incomplete(_) => TapeError::Truncated { offset: 0 },
                    _ => TapeError::Damaged { offset: 0 },
                },
            )?;
        Ok(Self {
            blocks,
            interfaces: Vec::new(),
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

    /// The next packet of ours, or the end.
    fn step(&mut self) -> Result<Option<Packet>, TapeError> {
        loop {
            let (length, found) = match self.blocks.next() {
                Ok((length, block)) => (length, take(block, &mut self.interfaces)),
                Err(PcapError::Eof) => return Ok(None),
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
            self.blocks.consume(length);
            self.offset = self
                .offset
                .saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
            match found {
                Found::Packet(packet) => return Ok(Some(packet)),
                Found::Foreign => self.passed_over = self.passed_over.saturating_add(1),
                Found::Other => {}
            }
        }
    }

    fn refill(&mut self) -> Result<(), TapeError> {
        match self.blocks.refill() {
            Ok(()) => Ok(()),
            Err(_) => Err(TapeError::Io(io::Error::other("reading failed"))),
        }
    }

    fn grow(&mut self) -> Result<(), TapeError> {
        if self.blocks.data().len() < MAX_BLOCK && self.blocks.grow(2 * MAX_BLOCK) {
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

enum Found {
    Packet(Packet),
    Foreign,
    Other,
}

fn take(block: PcapBlockOwned<'_>, interfaces: &mut Vec<Interface>) -> Found {
    match block {
        PcapBlockOwned::NG(Block::SectionHeader(_)) => interfaces.clear(),
        PcapBlockOwned::NG(Block::InterfaceDescription(block)) => interfaces.push(Interface {
            link_type: block.linktype.0,
            resolution: block.ts_resolution().unwrap_or(1_000_000).max(1),
            offset: block.if_tsoffset,
        }),
        PcapBlockOwned::NG(Block::EnhancedPacket(block)) => {
            let interface = usize::try_from(block.if_id)
                .ok()
                .and_then(|i| interfaces.get(i));
            let captured = usize::try_from(block.caplen)
                .ok()
                .and_then(|length| block.data.get(..length));
            return match (interface, captured) {
                (Some(interface), Some(data)) if interface.link_type == LINKTYPE => {
                    let time = interface.time(block.ts_high, block.ts_low);
                    exported_pdu::decode(time, data).map_or(Found::Foreign, Found::Packet)
                }
                _ => Found::Foreign,
            };
        }
        PcapBlockOwned::NG(Block::SimplePacket(_)) => return Found::Foreign,
        _ => {}
    }
    Found::Other
}

impl Interface {
    fn time(&self, high: u32, low: u32) -> Duration {
        let ticks = u64::from(high) << 32 | u64::from(low);
        let seconds = (ticks / self.resolution).saturating_add_signed(self.offset);
        let rest = u128::from(ticks % self.resolution) * 1_000_000_000;
        let nanos = rest / u128::from(self.resolution);
        Duration::new(seconds, u32::try_from(nanos).unwrap_or_default())
    }
}

/// Why a recording cannot be read, or not further. All packets before were given.
#[derive(Debug, thiserror::Error)]
pub enum TapeError {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// The older format.
    #[error("it is a classic pcap file, and this reads pcapng")]
    ClassicPcap,
    /// Something else.
    #[error("it is not a pcapng file")]
    NotPcapng,
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
