//! What a chat keeps between runs: the device, what it has still to send, and what it has still
//! to show.

use std::collections::VecDeque;

use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::{
    outbox::Outbox,
    outbox_entry::OutboxEntry,
    shown::{UnreadMessage, number_unread},
    taken_back::TakenBack,
};
use crate::transport::control::{Digest, Generation};
use doormat::crypto::{random_bytes, secret_json};
use doormat::protocol::{Device, Name};

/// Digests of the envelopes that were opened last: more than a relay sends before they are
/// confirmed.
const OPENED_DIGESTS: usize = 256;

/// The device, what it has still to send, and what it has still to show.
pub(super) struct ChatState {
    pub(super) device: Device,
    pub(super) outbox: Outbox,
    pub(super) unread: Vec<UnreadMessage>,
    /// How many messages have been received.
    pub(super) received: u64,
    /// The mode and the authorities that its sessions were begun with, in words.
    policy: String,
    /// Which state this is, of those that sealed.
    pub(super) generation: Generation,
    /// The number of the last generation that a relay has confirmed.
    pub(super) confirmed: u64,
    /// The private halves of the prekeys in the directory may not be here.
    pub(super) withdraw: bool,
    /// The envelopes that were opened last: when one comes again, the relay has not
    /// received that it was confirmed.
    opened: VecDeque<Digest>,
}

impl ChatState {
    /// A new device's.
    pub(super) fn new(device: Device) -> Self {
        Self {
            device,
            outbox: Outbox::new(Vec::new(), TakenBack::default()),
            unread: Vec::new(),
            received: 0,
            policy: String::new(),
            generation: Generation::NONE,
            confirmed: 0,
            withdraw: false,
            opened: VecDeque::new(),
        }
    }

    /// Sets the mode and the authorities; if they differ from those before, the next
    /// text begins a new session. Gives whether they do.
    pub(super) fn set_policy(&mut self, policy: &str) -> bool {
        let differs = self.policy != policy;
        if differs {
            self.device.retire_sessions();
            policy.clone_into(&mut self.policy);
        }
        differs
    }

    /// Takes a message that is to be shown.
    pub(super) fn receive(&mut self, from: Name, text: String) {
        self.received += 1;
        self.unread.push(UnreadMessage {
            from,
            text,
            number: self.received,
            perhaps_shown: false,
        });
    }

    /// Remembers an envelope that was opened.
    pub(super) fn remember_opened(&mut self, digest: Digest) {
        if self.opened.len() >= OPENED_DIGESTS {
            self.opened.pop_front();
        }
        self.opened.push_back(digest);
    }

    pub(super) fn has_opened(&self, digest: Digest) -> bool {
        self.opened.contains(&digest)
    }

    /// The state is to be saved with something in it that must not happen twice: it
    /// becomes the generation after `last`.
    pub(super) fn begin_generation(&mut self, last: Generation, rng: &mut dyn CryptoRng) {
        self.generation = Generation {
            number: last.number.saturating_add(1),
            tag: random_bytes(rng),
        };
    }

    /// Another copy of this device has gone on: nothing is sealed in the sessions that there
    /// are, and what has not left is sealed anew.
    pub(super) fn go_on_from(&mut self, relay: Generation, rng: &mut dyn CryptoRng) {
        self.device.end_writing();
        self.outbox.unseal_after(self.confirmed);
        self.withdraw = true;
        self.begin_generation(relay, rng);
    }

    /// The state as one line of JSON, without the line's end.
    pub(super) fn serialized(&self) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
        secret_json(&WrittenState {
            device: &self.device,
            outbox: self.outbox.with_state(),
            outbox_aside: !self.outbox.aside().is_empty(),
            taken: self.outbox.taken(),
            unread: &self.unread,
            received: self.received,
            policy: &self.policy,
            generation: self.generation,
            confirmed: self.confirmed,
            withdraw: self.withdraw,
            opened: &self.opened,
        })
    }

    /// The state in the first line and what was typed after it, and whether more of the outbox is
    /// in a file of its own.
    pub(super) fn read(json: &[u8]) -> Result<(Self, bool), String> {
        let end = json.iter().position(|byte| *byte == b'\n');
        let (first, typed) = json.split_at(end.map_or(json.len(), |at| at + 1));
        let mut state: ReadState<'_> = serde_json::from_slice(first).map_err(damaged)?;
        let device = Device::import(state.device.get().as_bytes());
        let received = number_unread(&mut state.unread, state.received);
        let mut outbox = state.outbox;
        outbox.extend(read_lines(typed)?);
        let read = Self {
            device: device.map_err(|error| error.to_string())?,
            outbox: Outbox::new(outbox, state.taken),
            unread: state.unread,
            received,
            policy: state.policy,
            generation: state.generation,
            confirmed: state.confirmed,
            withdraw: state.withdraw,
            opened: state.opened,
        };
        Ok((read, state.outbox_aside))
    }
}

/// The first line of the file, as it is written.
#[derive(Serialize)]
struct WrittenState<'a> {
    device: &'a Device,
    outbox: Vec<&'a OutboxEntry>,
    /// There is more, in another file, but for what was taken back.
    outbox_aside: bool,
    taken: &'a TakenBack,
    unread: &'a [UnreadMessage],
    received: u64,
    policy: &'a str,
    generation: Generation,
    confirmed: u64,
    withdraw: bool,
    opened: &'a VecDeque<Digest>,
}

/// The first line of the file, as it is read. The device reads its own part.
#[derive(Deserialize)]
struct ReadState<'a> {
    #[serde(borrow)]
    device: &'a RawValue,
    outbox: Vec<OutboxEntry>,
    #[serde(default)]
    outbox_aside: bool,
    #[serde(default)]
    taken: TakenBack,
    unread: Vec<UnreadMessage>,
    #[serde(default)]
    received: u64,
    policy: String,
    #[serde(default = "first_generation")]
    generation: Generation,
    #[serde(default)]
    confirmed: u64,
    #[serde(default)]
    withdraw: bool,
    #[serde(default)]
    opened: VecDeque<Digest>,
}

const fn first_generation() -> Generation {
    Generation::NONE
}

/// Entries, a line each. A last line without its end was being written when the program
/// ended: nobody was told that it is kept.
pub(super) fn read_lines(lines: &[u8]) -> Result<Vec<OutboxEntry>, String> {
    let lines = lines.split_inclusive(|byte| *byte == b'\n');
    lines
        .filter(|it| it.ends_with(b"\n"))
        .map(|line| serde_json::from_slice(line).map_err(damaged))
        .collect()
}

fn damaged(error: serde_json::Error) -> String {
    format!("it is damaged: {error}")
}
