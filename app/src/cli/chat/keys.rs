//! The keys of a conversation, as they are shown to the user.

use crate::text::count;
use doormat::protocol::{Device, Identity, Name, SafetyNumber};

/// The safety number, to be compared aloud.
pub(super) fn safety(device: &Device, peer: &Name) -> String {
    match device.safety_number(peer) {
        Some(number) => format!(
            "safety number with {peer}, the same on both devices:\n{}",
            two_lines(&number)
        ),
        None => format!("no identity of {peer}'s is known here yet"),
    }
}

/// The safety number of another identity than before, and what to do about it.
pub(super) fn new_identity(device: &Device, peer: &Name, identity: &Identity) -> String {
    let number = device.safety_number_with(peer, identity);
    format!(
        "with that identity the safety number would be\n{}\n  if {peer} reads you the same one from \
         a new device (/safety), /accept it; otherwise\n  somebody is in the middle, and would read \
         what you write",
        two_lines(&number)
    )
}

fn two_lines(number: &SafetyNumber) -> String {
    let digits = number.to_string();
    let (first, second) = digits.split_at(digits.len() / 2);
    format!("    {}\n    {}", first.trim(), second.trim())
}

/// The public keys in use.
pub(super) fn in_use(device: &Device, peer: &Name) -> Vec<String> {
    let mut lines = vec![format!(
        "you are {}, identity {}",
        device.name(),
        short(device.identity().agreement.as_bytes())
    )];
    if let Some(identity) = device.contact(peer) {
        let identity = short(identity.agreement.as_bytes());
        lines.push(format!("{peer} is identity {identity}"));
    }
    let Some(view) = device.active_session(peer).map(|session| session.view()) else {
        lines.push("no session yet".to_owned());
        return lines;
    };
    let id = short(view.id.as_bytes());
    lines.push(format!("session {id}, {} {}", view.mode, view.schedule));
    lines.push(match view.sending {
        Some((public, sent)) => {
            let sent = count(usize::try_from(sent).unwrap_or(usize::MAX), "message");
            format!("you send under {}, {sent}", short(public.as_bytes()))
        }
        None => "you send under a new key with your next message".to_owned(),
    });
    if let Some(public) = view.receiving {
        lines.push(format!("{peer} sends under {}", short(public.as_bytes())));
    }
    lines.push(format!(
        "{} kept for messages that have not come",
        count(view.skipped, "key")
    ));
    lines
}

fn short(bytes: &[u8; 32]) -> String {
    hex::encode(bytes).chars().take(16).chain(['…']).collect()
}
