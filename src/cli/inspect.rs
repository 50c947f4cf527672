//! `doormat inspect`: an envelope, byte by byte.

use std::path::PathBuf;

use clap::Args;

use super::{failure::Failure, files, terminal};
use crate::protocol::{
    Envelope, KeyBundle,
    wire::{Field, View},
};
use crate::report::{
    fields, json,
    style::{TITLE, paint},
    text::{count, time_of_day},
};
use crate::tape::{Packet, TapeError};

/// Show an envelope field by field: offset, length, bytes, and who can read it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  doormat demo --captures lesson
  doormat inspect lesson/escrow.pcapng               the first envelope
  doormat inspect lesson/e2e.pcapng --message 3      the fourth
  doormat inspect lesson/e2e.pcapng --bundle 0       the first published key bundle")]
pub(super) struct Options {
    /// A recording: pcapng, as the tap or Wireshark writes it
    capture: PathBuf,
    /// Which envelope, counted from 0 in the order of the recording
    #[arg(long, value_name = "N", default_value_t = 0)]
    message: u64,
    /// Which key bundle instead, counted from 0
    #[arg(long, value_name = "N", conflicts_with = "message")]
    bundle: Option<u64>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let (kind, index) = options
        .bundle
        .map_or(("envelope", options.message), |n| ("bundle", n));
    let (packet, fields) = find(options, kind, index)?;
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

/// The wanted packet, and its fields.
fn find(options: &Options, kind: &str, index: u64) -> Result<(Packet, Vec<Field>), Failure> {
    let mut tape = files::tape(&options.capture)?;
    let (mut packets, mut found) = (0_u64, 0_u64);
    let mut short = "";
    for packet in tape.by_ref() {
        let packet = match packet {
            Ok(packet) => packet,
            Err(TapeError::Truncated { .. } | TapeError::Damaged { .. }) if packets > 0 => {
                short = " before it is cut short or damaged";
                break;
            }
            Err(error) => return Err(files::tape_failure(&options.capture, &error)),
        };
        packets = packets.saturating_add(1);
        let fields = match kind {
            "envelope" => Envelope::decode(&packet.payload).map(|it| it.fields()),
            _ => KeyBundle::decode(&packet.payload).map(|it| View::of(&it)),
        };
        if let Ok(fields) = fields {
            if found == index {
                return Ok((packet, fields));
            }
            found = found.saturating_add(1);
        }
    }
    if packets == 0 {
        return Err(files::foreign(&options.capture, tape.passed_over()));
    }
    Err(Failure::of_file(
        &options.capture,
        format!("there is no {kind} {index}: the recording holds {found}{short}"),
        "They are counted from 0.",
    ))
}
