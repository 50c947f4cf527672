//! Writes a recording, packet by packet, so that one cut short can still be read.

use std::{
    io::{self, Write},
    time::Duration,
};

use super::{
    exported_pdu::{self, LINKTYPE},
    file::pcapng::{
        BYTE_ORDER_MAGIC, END_OF_OPTIONS, ENHANCED_PACKET, IF_NAME, IF_TIME_OFFSET,
        IF_TIME_RESOLUTION, INTERFACE_DESCRIPTION, SECTION_HEADER, SECTION_PROGRAM,
    },
    packet::Packet,
};

/// The section's length: to the end of the file.
const UNKNOWN_LENGTH: i64 = -1;

/// Packets are recorded whole.
const NO_LIMIT: u32 = 0;

/// The section's only interface.
const INTERFACE: u32 = 0;

/// A recording being written.
#[derive(Debug)]
pub struct Writer<W: Write> {
    out: W,
}

impl<W: Write> Writer<W> {
    /// Begins a recording: one section, one interface, time in microseconds.
    ///
    /// # Errors
    /// What `out` says.
    pub fn new(mut out: W) -> io::Result<Self> {
        let section = [
            &BYTE_ORDER_MAGIC.to_le_bytes()[..],
            &1_u16.to_le_bytes(),
            &0_u16.to_le_bytes(),
            &UNKNOWN_LENGTH.to_le_bytes(),
            &option(SECTION_PROGRAM, b"doormat")?,
            &option(END_OF_OPTIONS, b"")?,
        ];
        let interface = [
            &u32::from(LINKTYPE).to_le_bytes()[..],
            &NO_LIMIT.to_le_bytes(),
            &option(IF_NAME, b"tap")?,
            &option(IF_TIME_RESOLUTION, &[6])?,
            &option(IF_TIME_OFFSET, &0_i64.to_le_bytes())?,
            &option(END_OF_OPTIONS, b"")?,
        ];
        out.write_all(&block(SECTION_HEADER, &section)?)?;
        out.write_all(&block(INTERFACE_DESCRIPTION, &interface)?)?;
        Ok(Self { out })
    }

    /// Adds a packet.
    ///
    /// # Errors
    /// What the output says, or a packet beyond 4 GiB.
    pub fn record(&mut self, packet: &Packet) -> io::Result<()> {
        let data = exported_pdu::encode(packet);
        let length = u32::try_from(data.len()).map_err(io::Error::other)?;
        let (ts_high, ts_low) = microseconds(packet.time)?;
        let fields = [INTERFACE, ts_high, ts_low, length, length].map(u32::to_le_bytes);
        let block = block(ENHANCED_PACKET, &[fields.as_flattened(), &data])?;
        self.out.write_all(&block)
    }

    /// Where the recording goes.
    pub const fn out(&mut self) -> &mut W {
        &mut self.out
    }

    /// Hands everything recorded so far to the output's far end.
    ///
    /// # Errors
    /// What the output says.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Ends the recording.
    ///
    /// # Errors
    /// What the output says when it is flushed.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

/// A block, little-endian: type, length, the parts of its body padded to a multiple of
/// four bytes, and its length again.
fn block(block_type: u32, body: &[&[u8]]) -> io::Result<Vec<u8>> {
    let length: usize = body.iter().map(|part| part.len()).sum();
    let padded = length.next_multiple_of(4);
    let length = u32::try_from(padded + 12).map_err(io::Error::other)?;
    let mut block = Vec::with_capacity(padded + 12);
    block.extend_from_slice(&block_type.to_le_bytes());
    block.extend_from_slice(&length.to_le_bytes());
    body.iter().for_each(|part| block.extend_from_slice(part));
    block.resize(padded + 8, 0);
    block.extend_from_slice(&length.to_le_bytes());
    Ok(block)
}

/// A block's option: code, length, value padded to a multiple of four bytes.
fn option(code: u16, value: &[u8]) -> io::Result<Vec<u8>> {
    let length = u16::try_from(value.len()).map_err(io::Error::other)?;
    let mut option = [code.to_le_bytes(), length.to_le_bytes()].concat();
    option.extend_from_slice(value);
    option.resize(option.len().next_multiple_of(4), 0);
    Ok(option)
}

/// A timestamp's upper and lower half.
fn microseconds(time: Duration) -> io::Result<(u32, u32)> {
    let micros = u64::try_from(time.as_micros()).map_err(io::Error::other)?;
    let [a, b, c, d, e, f, g, h] = micros.to_be_bytes();
    Ok((
        u32::from_be_bytes([a, b, c, d]),
        u32::from_be_bytes([e, f, g, h]),
    ))
}
