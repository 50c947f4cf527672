//! Writes a recording, packet by packet, so that one cut short can still be read.

use std::{
    io::{self, Write},
    time::Duration,
};

use pcap_parser::{
    EnhancedPacketBlock, InterfaceDescriptionBlock, Linktype, OptionCode, PcapNGOption,
    SectionHeaderBlock, ToVec,
};

use super::{
    exported_pdu::{self, LINKTYPE},
    packet::Packet,
};

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
        let mut section = SectionHeaderBlock {
            block_type: 0,
            block_len1: 0,
            bom: 0,
            major_version: 1,
            minor_version: 0,
            section_len: -1,
            options: vec![text(OptionCode::ShbUserAppl, b"doormat")?],
            block_len2: 0,
        };
        let mut interface = InterfaceDescriptionBlock {
            block_type: 0,
            block_len1: 0,
            linktype: Linktype(LINKTYPE),
            reserved: 0,
            snaplen: 0,
            options: vec![text(OptionCode::IfName, b"tap")?],
            block_len2: 0,
            if_tsresol: 6,
            if_tsoffset: 0,
        };
        out.write_all(&section.to_vec().map_err(io::Error::other)?)?;
        out.write_all(&interface.to_vec().map_err(io::Error::other)?)?;
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
        let mut block = EnhancedPacketBlock {
            block_type: 0,
            block_len1: 0,
            if_id: 0,
            ts_high,
            ts_low,
            caplen: length,
            origlen: length,
            data: &data,
            options: Vec::new(),
            block_len2: 0,
        };
        self.out
            .write_all(&block.to_vec().map_err(io::Error::other)?)
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

fn text(code: OptionCode, value: &'static [u8]) -> io::Result<PcapNGOption<'static>> {
    Ok(PcapNGOption {
        code,
        len: u16::try_from(value.len()).map_err(io::Error::other)?,
        value: value.into(),
    })
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
