//! What is read of a capture, with a check that every packet of it is counted.

use doormat::tape::{Coverage, Packet, Reader};

use crate::traffic::pcapng;

/// The packets of a capture, and how much of it was read. The sum is checked: every packet
/// of the file is counted once.
pub fn read(capture: &[u8], in_file: usize) -> (Vec<Packet>, Coverage) {
    let mut reader = Reader::new(capture).unwrap();
    let packets = reader.by_ref().map(Result::unwrap).collect();
    let coverage = reader.coverage();
    assert_eq!(coverage.packets(), u64::try_from(in_file).unwrap());
    assert_eq!(coverage.packets(), coverage.read + coverage.not_read());
    (packets, coverage)
}

/// What is read of an Ethernet capture with these frames.
pub fn read_frames(frames: &[Vec<u8>]) -> (Vec<Vec<u8>>, Coverage) {
    let (packets, coverage) = read(&pcapng(1, frames), frames.len());
    (payloads(packets), coverage)
}

pub fn payloads(packets: Vec<Packet>) -> Vec<Vec<u8>> {
    packets.into_iter().map(|packet| packet.payload).collect()
}
