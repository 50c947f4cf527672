//! Commands that go on from where the story ends.

use super::Asked;
use crate::text::{
    column, printable,
    style::{FAINT, paint},
};

/// Each command with what it is for.
pub(super) fn steps(asked: Asked<'_>) -> Vec<String> {
    let dir = printable(asked.captures.unwrap_or("lesson"));
    let messages = asked
        .messages
        .filter(|file| *file != "-")
        .map_or_else(String::new, |file| {
            format!(" --messages {}", printable(file))
        });
    let mut steps = Vec::new();
    if asked.captures.is_none() {
        steps.push((
            format!("demo{messages} --captures lesson"),
            "leave the tapes and the key",
        ));
    }
    steps.push((
        format!("attack {dir}/escrow.pcapng --escrow-key {dir}/escrow.key"),
        "be Eve",
    ));
    steps.push((
        format!("inspect {dir}/escrow.pcapng"),
        "every byte of an envelope",
    ));
    steps.push((format!("matrix{messages}"), "every other theft and design"));
    if messages.is_empty() {
        steps.push((
            "demo --messages FILE".to_owned(),
            "with a conversation of your own",
        ));
    }
    steps
        .into_iter()
        .flat_map(|(command, why)| {
            let command = format!("  doormat {command}");
            let why = paint(FAINT, why);
            if command.chars().count() < 42 {
                vec![format!("{} {why}", column(&command, 43))]
            } else {
                vec![command, format!("{:44}{why}", "")]
            }
        })
        .collect()
}
