//! The nth envelope or key bundle of a recording.

use std::{fs, path::Path};

use crate::cli::shared::{failure::Failure, files, progress::Progress};
use crate::report::coverage;
use doormat::protocol::{
    Envelope, KeyBundle,
    wire::{Field, View},
};
use doormat::tape::{Packet, TapeError};

/// The `index`th packet of its `kind`, and its fields. `watch` is called with each packet up
/// to that one, and with those behind it as long as it returns true.
pub(super) fn find_packet(
    capture: &Path,
    kind: &str,
    index: u64,
    mut watch: impl FnMut(&Packet) -> bool,
) -> Result<(Packet, Vec<Field>), Failure> {
    let mut tape = files::tape(capture)?;
    let (mut packets, mut count) = (0_u64, 0_u64);
    let mut short = "";
    let mut found = None;
    let size = fs::metadata(capture).ok().map(|meta| meta.len());
    let progress = Progress::new(size, "searching");
    while let Some(packet) = tape.next() {
        progress.reach(tape.offset());
        let packet = match packet {
            Ok(packet) => packet,
            Err(TapeError::Truncated { .. } | TapeError::Damaged { .. }) if packets > 0 => {
                short = " before it is cut short or damaged";
                break;
            }
            Err(error) => return Err(files::tape_failure(capture, &error)),
        };
        packets += 1;
        let goes_on = watch(&packet);
        let fields = match kind {
            "envelope" => Envelope::decode(&packet.payload).map(|it| it.fields()),
            _ => KeyBundle::decode(&packet.payload).map(|it| View::of(&it)),
        };
        if let Ok(fields) = fields {
            if count == index {
                found = Some((packet, fields));
            }
            count += 1;
        }
        if found.is_some() && !goes_on {
            break;
        }
    }
    drop(progress);
    match found {
        Some(found) => Ok(found),
        None if packets == 0 => Err(files::no_packets(capture, &tape.coverage())),
        None => Err(Failure::of_file(
            capture,
            [format!(
                "there is no {kind} {index}: the recording holds {count}{short}"
            )]
            .into_iter()
            .chain(coverage::sentences(&tape.coverage()))
            .collect::<Vec<_>>()
            .join(". "),
            "They are counted from 0.",
        )),
    }
}
