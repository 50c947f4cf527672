//! `doormat attack --device`: a tape, and the state of a device that was seized, copied and
//! given back.

use std::{fs, path::Path};

use crate::cli::shared::{failure::Failure, files, progress::Progress, terminal};
use crate::report::{coverage, reading};
use crate::text::grouped;
use doormat::attack::{SeizedDevice, Tally};

/// The longest state of a device, in bytes.
const LIMIT: u64 = 64 << 20;

pub(super) fn attack_device(tape: &Path, device: &Path) -> Result<(), Failure> {
    let help = "Give a device's state as spec §9 has it, such as an exercise of the lab hands out.";
    let state = files::read_secret(files::open(device)?.into_inner(), LIMIT)
        .map_err(|error| Failure::of_file(device, files::describe(&error), help))?;
    let text = files::text_of(device, &state)?;
    let mut eve = SeizedDevice::new(text.as_bytes())
        .map_err(|_| Failure::of_file(device, "it is not the state of a device", help))?;
    let owner = eve.owner().to_string();
    let mut packets = files::tape(tape)?;
    let mut tally = Tally::default();
    let width = terminal::width();
    let mut lines = vec![reading::heading()];
    let mut ended_early = None;
    let size = fs::metadata(tape).ok().map(|meta| meta.len());
    let progress = Progress::new(size, "attacking");
    while let Some(packet) = packets.next() {
        progress.reach(packets.offset());
        let packet = match packet {
            Ok(packet) => packet,
            Err(error) if tally.envelopes > 0 => {
                ended_early = Some(error);
                break;
            }
            Err(error) => return Err(files::tape_failure(tape, &error)),
        };
        let seen = tally.play(&packet, &mut eve);
        lines.extend(
            seen.into_iter()
                .flat_map(|seen| reading::wrapped(&seen, width)),
        );
    }
    drop(progress);
    if tally.envelopes == 0 {
        return Err(files::no_packets(tape, &packets.coverage()));
    }
    lines.push(String::new());
    lines.push(format!(
        "{} envelopes on the tape; {} read, with what was on {owner}'s device when it was seized.",
        grouped(tally.envelopes),
        grouped(tally.read),
    ));
    lines.extend(coverage::sentences(&packets.coverage()));
    terminal::print(lines)?;
    if let Some(why) = ended_early {
        terminal::print_error(&reading::ended_early(tape, &why.to_string()));
    }
    Ok(())
}
