//! The lines of `doormat attack --out`: one JSON object for each message.

use std::io::Write;

use serde::Serialize;

use doormat::attack::{Exposure, Observation};

/// One line of `doormat attack --out`.
#[derive(Serialize)]
pub struct MessageLine<'a> {
    index: u64,
    session: String,
    sender: &'a str,
    recipient: &'a str,
    exposure: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<String>,
}

impl<'a> From<&'a Observation> for MessageLine<'a> {
    fn from(seen: &'a Observation) -> Self {
        let (exposure, read) = match &seen.exposure {
            Exposure::Read(bytes) => ("read", Some(bytes)),
            Exposure::MetadataOnly => ("metadata", None),
        };
        let text = read.map(|bytes| std::str::from_utf8(bytes));
        Self {
            index: seen.index,
            session: seen.session.to_string(),
            sender: seen.sender.as_str(),
            recipient: seen.recipient.as_str(),
            exposure,
            text: text.and_then(Result::ok),
            bytes: match text {
                Some(Err(_)) => read.map(hex::encode),
                _ => None,
            },
        }
    }
}

/// The JSON line of envelopes that differ in index and text only, encoded once; the bulk
/// attack inserts these two.
#[derive(Debug, Clone)]
pub struct LineTemplate {
    read: String,
    unread: String,
}

/// How every line begins; the index follows.
const BEGIN: &str = "{\"index\":";

impl LineTemplate {
    /// The template of all envelopes that share this one's session, sender and recipient;
    /// nothing if the encoder does not begin and end the line as expected.
    pub fn of(seen: &Observation) -> Option<Self> {
        let middle = |exposure, end| {
            let seen = Observation {
                index: 0,
                exposure,
                ..seen.clone()
            };
            let line = serde_json::to_string(&MessageLine::from(&seen)).ok()?;
            let line = line.strip_prefix(BEGIN)?.strip_prefix('0')?;
            Some(line.strip_suffix(end)?.to_owned())
        };
        Some(Self {
            read: middle(Exposure::Read(Vec::new()), "\"}")?,
            unread: middle(Exposure::MetadataOnly, "}")?,
        })
    }

    /// Appends the line of one envelope. `false`, and nothing appended, if its text must be
    /// escaped.
    pub fn write(&self, index: u64, text: Option<&[u8]>, out: &mut Vec<u8>) -> bool {
        let (middle, text, end) = match text {
            None => (&self.unread, &[][..], "}\n"),
            Some(text) if needs_no_escape(text) => (&self.read, text, "\"}\n"),
            Some(_) => return false,
        };
        out.extend_from_slice(BEGIN.as_bytes());
        if write!(out, "{index}").is_err() {
            return false;
        }
        for part in [middle.as_bytes(), text, end.as_bytes()] {
            out.extend_from_slice(part);
        }
        true
    }
}

/// Whether JSON shows this text as it is. It has no early exit, so that the compiler can
/// vectorize it.
fn needs_no_escape(text: &[u8]) -> bool {
    let plain = |byte: u8| matches!(byte, b' '..=b'~') & (byte != b'"') & (byte != b'\\');
    text.iter().fold(true, |all, byte| all & plain(*byte))
}
