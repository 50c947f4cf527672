//! What an attack read, a line of JSON for each message.

use std::io::Write;

use serde::Serialize;

use doormat::attack::{Exposure, Observation};

/// One line of `doormat attack --out`.
#[derive(Serialize)]
pub struct Message<'a> {
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

impl<'a> From<&'a Observation> for Message<'a> {
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

/// The lines of envelopes that differ in number and text only: all but those two,
/// written once.
#[derive(Debug, Clone, Default)]
pub struct Line {
    read: String,
    unread: String,
}

/// How every line begins: its number comes next.
const BEGIN: &str = "{\"index\":";

impl Line {
    /// From any of these envelopes.
    ///
    /// # Errors
    /// None that the encoder has for a [`Message`].
    pub fn like(seen: &Observation) -> serde_json::Result<Self> {
        let middle = |exposure, end| {
            let seen = Observation {
                index: 0,
                exposure,
                ..seen.clone()
            };
            let line = serde_json::to_string(&Message::from(&seen))?;
            let line = line.strip_prefix(BEGIN).and_then(|it| it.strip_prefix("0"));
            let line = line.and_then(|it| it.strip_suffix(end)).unwrap_or_default();
            serde_json::Result::Ok(line.to_owned())
        };
        Ok(Self {
            read: middle(Exposure::Read(Vec::new()), "\"}")?,
            unread: middle(Exposure::MetadataOnly, "}")?,
        })
    }

    /// Adds the line of one. `false`, and nothing added, if its text must be escaped.
    pub fn write(&self, index: u64, text: Option<&[u8]>, out: &mut Vec<u8>) -> bool {
        let (middle, text, end) = match text {
            None => (&self.unread, &[][..], "}\n"),
            Some(text) if stands_as_it_is(text) => (&self.read, text, "\"}\n"),
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

/// Whether JSON shows this text as it is. Looks at every byte, and so at many at once.
fn stands_as_it_is(text: &[u8]) -> bool {
    let plain = |byte: u8| matches!(byte, b' '..=b'~') & (byte != b'"') & (byte != b'\\');
    text.iter().fold(true, |all, byte| all & plain(*byte))
}
