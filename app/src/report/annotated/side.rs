//! One envelope, what the escrow key makes of it, and the names of its fields.

use doormat::experiment::{Reach, Trace};
use doormat::protocol::{Envelope, Header, ModeId, ScheduleId, wire::Field};
use doormat::tape::Packet;

/// One side of the page.
pub struct Side {
    /// What its fields' addresses begin with: its mode, unless both have the same.
    pub name: &'static str,
    /// Which envelope of its recording, counted from 0.
    pub index: u64,
    /// The envelope as it was recorded.
    pub packet: Packet,
    /// All before its ciphertext.
    pub header: Header,
    /// All of it.
    pub fields: Vec<Field>,
    /// The header's bytes.
    pub authenticated: Vec<u8>,
    /// The ciphertext and its tag.
    pub ciphertext: Vec<u8>,
    /// What the escrow key makes of it, if there is one and it does.
    pub trace: Option<Trace>,
    /// What the escrow key makes of the whole recording, if there is one.
    pub reach: Option<Reach>,
}

/// A value that is not on the wire, but follows from it and the escrow key.
pub(super) struct OpenedValue {
    pub(super) id: &'static str,
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    pub(super) what: &'static str,
}

impl Side {
    /// An envelope of a recording; nothing if the packet is not an envelope.
    pub fn of(index: u64, packet: Packet) -> Option<Self> {
        let envelope = Envelope::decode(&packet.payload).ok()?;
        Some(Self {
            name: envelope.header.mode.as_str(),
            index,
            fields: envelope.fields(),
            authenticated: envelope.authenticated.to_vec(),
            ciphertext: envelope.ciphertext.to_vec(),
            header: envelope.header,
            packet,
            trace: None,
            reach: None,
        })
    }

    /// The mode in words.
    pub(super) const fn mode_name(&self) -> &'static str {
        match self.header.mode {
            ModeId::Escrow => "in escrow",
            ModeId::EndToEnd => "end-to-end",
        }
    }

    /// The address of a field: `escrow.access.0.sealed`.
    pub(super) fn address(&self, field: &str) -> String {
        let field = field.replace('[', ".").replace(']', "");
        format!("{}.{field}", self.name)
    }

    /// What the escrow key opened, in the order in which it did.
    pub(super) fn opened(&self) -> Vec<OpenedValue> {
        let Some(trace) = &self.trace else {
            return Vec::new();
        };
        let number = self.header.number;
        let chain = trace.chain.as_ref().map(|(_, chain)| OpenedValue {
            id: "opened.chain_key",
            name: format!("chain_{number}"),
            bytes: chain.as_bytes().to_vec(),
            what: "The moving part of the run: whoever has it has this message's key and every \
                   later one of the run.",
        });
        let mut opened = vec![OpenedValue {
            id: "opened.session_key",
            name: "session_key".to_owned(),
            bytes: trace.session_key.as_bytes().to_vec(),
            what: "What starts the run: every message key of it follows. It is on no wire; one \
                   sealed copy of it is.",
        }];
        opened.extend(chain);
        opened.push(OpenedValue {
            id: "opened.message_key",
            name: format!("message_key_{number}"),
            bytes: trace.message_key.as_bytes().to_vec(),
            what: match self.header.schedule {
                ScheduleId::Ratchet => {
                    "Seals this message and no other. The two phones used it once each, and \
                     forgot it."
                }
                ScheduleId::Static => {
                    "Seals this message and no other. It follows from the session key and the \
                     message's number, today as on the day it was sent."
                }
            },
        });
        opened.push(OpenedValue {
            id: "opened.text",
            name: "text".to_owned(),
            bytes: trace.text.clone(),
            what: "What was said.",
        });
        opened
    }
}

/// A field's name without the index of its access field: `access.sealed`.
pub(super) fn without_index(field: &str) -> String {
    let mut name = String::new();
    let mut within = false;
    for c in field.chars() {
        match c {
            '[' => within = true,
            ']' => within = false,
            _ if within => {}
            _ => name.push(c),
        }
    }
    name
}
