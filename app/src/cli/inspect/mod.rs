//! `doormat inspect`: an envelope, byte by byte.

mod find_packet;
mod page;

use std::path::PathBuf;

use clap::Args;

use super::shared::{failure::Failure, terminal};
use crate::report::{fields, json};
use crate::text::{
    count,
    style::{TITLE, paint},
    time_of_day,
};
use find_packet::{FoundPacket, find_packet};

/// Show an envelope field by field: offset, length, bytes, and who can read it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  doormat demo --captures lesson
  doormat inspect lesson/escrow.pcapng               the first envelope
  doormat inspect lesson/e2e.pcapng --message 3      the fourth
  doormat inspect lesson/e2e.pcapng --bundle 0       the first published key bundle
  doormat inspect tape.pcapng --registration 0       the first device's first words, if it has any")]
pub(super) struct Options {
    /// A recording: pcapng, as the tap or Wireshark writes it
    capture: PathBuf,
    /// Which envelope, counted from 0 in the order of the recording
    #[arg(long, value_name = "N", default_value_t = 0)]
    message: u64,
    /// Which key bundle instead, counted from 0
    #[arg(long, value_name = "N", conflicts_with = "message")]
    bundle: Option<u64>,
    /// Which registration instead, counted from 0
    #[arg(long, value_name = "N", conflicts_with_all = ["message", "bundle"])]
    registration: Option<u64>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Write a page to this file instead: every byte, who can read it, and how it was computed
    #[arg(long, value_name = "FILE", conflicts_with_all = ["bundle", "registration", "json"])]
    html: Option<PathBuf>,
    /// Put the same message of another recording beside it
    #[arg(long, value_name = "CAPTURE", requires = "html")]
    beside: Option<PathBuf>,
    /// Show what this escrow key opens, and the commands that compute it again
    #[arg(long, value_name = "FILE", requires = "html")]
    escrow_key: Option<PathBuf>,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    if let Some(page) = &options.html {
        return page::write(&page::PageRequest {
            page,
            capture: &options.capture,
            beside: options.beside.as_deref(),
            message: options.message,
            escrow_key: options.escrow_key.as_deref(),
        });
    }
    let (kind, index) = options.which();
    let FoundPacket { packet, fields, .. } = find_packet(&options.capture, kind, index, |_| false)?;
    if options.json {
        return terminal::print_json(&json::Inspection::new(kind, index, &packet, fields));
    }
    let head = format!(
        "{kind} {index}: {}, at {}, {} → {}",
        count(packet.payload.len(), "byte"),
        time_of_day(packet.time),
        packet.source,
        packet.destination,
    );
    terminal::print(
        [paint(TITLE, &head), String::new()]
            .into_iter()
            .chain(fields::table(&fields)),
    )
}

impl Options {
    /// The kind of packet that is asked for, and its number.
    fn which(&self) -> (&'static str, u64) {
        match (self.bundle, self.registration) {
            (Some(number), _) => ("bundle", number),
            (None, Some(number)) => ("registration", number),
            (None, None) => ("envelope", self.message),
        }
    }
}
