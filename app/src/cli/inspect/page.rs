//! `doormat inspect --html`: one message as a page.

use std::path::Path;

use super::find_packet::find_packet;
use crate::cli::shared::{failure::Failure, files, terminal};
use crate::report::annotated::{self, Side};
use crate::text::{count, printable_path};
use doormat::escrow::EscrowPrivateKey;
use doormat::experiment::{Reach, Trace};
use doormat::protocol::Envelope;

/// What goes onto the page, and where the page goes.
pub(super) struct PageRequest<'a> {
    pub(super) page: &'a Path,
    pub(super) capture: &'a Path,
    pub(super) beside: Option<&'a Path>,
    pub(super) message: u64,
    pub(super) escrow_key: Option<&'a Path>,
}

/// Writes the page. One that holds a private key is readable by its owner only.
pub(super) fn write(request: &PageRequest<'_>) -> Result<(), Failure> {
    files::must_be_free(request.page)?;
    files::check_writable(request.page)?;
    let key = request.escrow_key.map(files::escrow_key).transpose()?;
    let (mut sides, mut not_read) = (Vec::new(), Vec::new());
    for capture in [Some(request.capture), request.beside]
        .into_iter()
        .flatten()
    {
        let (side, missed) = side(capture, request.message, key.as_ref())?;
        sides.push(side);
        let name = printable_path(capture);
        not_read.extend(missed.iter().map(|it| format!("{name}: {it}")));
    }
    if let [first, second] = sides.as_mut_slice()
        && first.name == second.name
    {
        (first.name, second.name) = ("first", "second");
    }
    let page = annotated::page(&sides);
    if key.is_some() {
        files::write_secret(request.page, page.as_bytes())?;
    } else {
        files::write_new(request.page, page.as_bytes())?;
    }
    terminal::print(summary(request, &sides).into_iter().chain(not_read))
}

fn summary(request: &PageRequest<'_>, sides: &[Side]) -> Vec<String> {
    let fields: usize = sides.iter().map(|side| side.fields.len()).sum();
    let page = printable_path(request.page);
    let mut lines = vec![format!(
        "{page}: message {}, {} explained. Open it in a browser.",
        request.message,
        count(fields, "field"),
    )];
    if request.escrow_key.is_some() {
        let read = sides.iter().filter(|side| side.trace.is_some()).count();
        lines.push(format!(
            "The key opens {read} of {}. The page holds it: keep it as you keep the key.",
            count(sides.len(), "envelope"),
        ));
    }
    lines
}

/// One envelope of a recording, what the key opens of it and of the whole recording, and what
/// was not read of that.
fn side(
    capture: &Path,
    message: u64,
    key: Option<&EscrowPrivateKey>,
) -> Result<(Side, Vec<String>), Failure> {
    let mut reach = key.map(|key| Reach::of(key.clone()));
    let found = find_packet(capture, "envelope", message, |packet| {
        if let Some(reach) = &mut reach {
            reach.watch(packet);
        }
        reach.is_some()
    })?;
    let mut side = Side::of(message, found.packet)
        .ok_or_else(|| Failure::of_file(capture, "not an envelope", "Name another message."))?;
    side.reach = reach;
    side.trace = key.and_then(|key| {
        let envelope = Envelope::decode(&side.packet.payload).ok()?;
        Trace::of(key, &envelope)
    });
    Ok((side, found.not_read))
}
