//! The nth envelope, key bundle or registration of a recording.

use std::{fs, path::Path};

use crate::cli::shared::{failure::Failure, files, progress::Progress};
use crate::report::coverage;
use doormat::protocol::{
    Envelope, KeyBundle, Registration,
    wire::{Field, View},
};
use doormat::tape::{Coverage, Packet, TapeError};

/// A packet, its fields, and what was not read of the recording up to where it was watched.
pub(super) struct FoundPacket {
    pub(super) packet: Packet,
    pub(super) fields: Vec<Field>,
    pub(super) not_read: Vec<String>,
}

/// The `index`th packet of its `kind`, and its fields. `watch` is called with each packet up
/// to that one, and with those behind it as long as it returns true.
pub(super) fn find_packet(
    capture: &Path,
    kind: &str,
    index: u64,
    mut watch: impl FnMut(&Packet) -> bool,
) -> Result<FoundPacket, Failure> {
    let mut tape = files::tape(capture)?;
    let (mut packets, mut count) = (0_u64, 0_u64);
    let mut ended_early = None;
    let mut found = None;
    let size = fs::metadata(capture).ok().map(|meta| meta.len());
    let progress = Progress::new(size, "searching");
    while let Some(packet) = tape.next() {
        progress.reach(tape.offset());
        let packet = match packet {
            Ok(packet) => packet,
            Err(error) if packets > 0 => {
                ended_early = Some(error);
                break;
            }
            Err(error) => return Err(files::tape_failure(capture, &error)),
        };
        packets += 1;
        let goes_on = watch(&packet);
        let fields = match kind {
            "envelope" => Envelope::decode(&packet.payload).map(|it| it.fields()),
            "registration" => Registration::decode(&packet.payload).map(|it| View::of(&it)),
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
        Some((packet, fields)) => Ok(FoundPacket {
            packet,
            fields,
            not_read: not_read(&tape.coverage(), ended_early.as_ref()),
        }),
        None if packets == 0 => Err(files::no_packets(capture, &tape.coverage())),
        None => Err(Failure::of_file(
            capture,
            [format!(
                "there is no {kind} {index}: the recording holds {count}"
            )]
            .into_iter()
            .chain(not_read(&tape.coverage(), ended_early.as_ref()))
            .collect::<Vec<_>>()
            .join(". "),
            "They are counted from 0.",
        )),
    }
}

/// What was not read of a recording, as far as it was looked at.
fn not_read(coverage: &Coverage, ended_early: Option<&TapeError>) -> Vec<String> {
    let ended = ended_early.map(|why| format!("The recording was read in part: {why}."));
    ended
        .into_iter()
        .chain(coverage::sentences(coverage))
        .collect()
}
