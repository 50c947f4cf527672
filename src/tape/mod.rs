//! What was recorded: pcapng files that Wireshark opens.
//!
//! On a recording of ours each packet is one envelope or one published key bundle,
//! in Wireshark's *exported PDU* form, which carries addresses and the name of a
//! dissector without inventing Ethernet and TCP around it (spec §10). A capture
//! that `tcpdump` or Wireshark made of a relay's real traffic is read too, from
//! Ethernet to WebSocket, by the module `wire`. This room sees opaque bytes and their
//! metadata: who, to whom, when, how much.
//!
//! ```
//! use std::time::Duration;
//! use doormat::tape::{Packet, Reader, Writer};
//!
//! let mut tape = Writer::new(Vec::new())?;
//! let packet = Packet {
//!     time: Duration::from_micros(1_767_603_600_000_001),
//!     source: [192, 0, 2, 1].into(),
//!     destination: [192, 0, 2, 254].into(),
//!     payload: b"opaque".to_vec(),
//! };
//! tape.record(&packet)?;
//! let bytes = tape.finish()?;
//! let read: Vec<Packet> = Reader::new(bytes.as_slice())?.collect::<Result<_, _>>()?;
//! assert_eq!(read, [packet]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod coverage;
mod error;
mod exported_pdu;
mod file;
mod packet;
mod reader;
mod wire;
mod writer;

pub use coverage::{Coverage, Losses, Unread};
pub use error::TapeError;
pub use packet::{Packet, PacketRef};
pub use reader::Reader;
pub use writer::Writer;
