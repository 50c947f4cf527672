//! The last step: ChaCha20-Poly1305 with OpenSSL, whose command line has the two halves of
//! it apart. The cipher opens the text, from block 1 on; block 0 is the tag's own key.

use zeroize::Zeroizing;

use super::{
    shell::{HEX, unhex},
    side::Side,
    steps::Step,
};
use crate::text::printable_bytes;
use doormat::experiment::Trace;

/// A ciphertext and the key to it, in hexadecimal.
pub(super) struct Sealed {
    key: Zeroizing<String>,
    header: String,
    sealed: String,
    tag: String,
    lengths: String,
    text: Vec<u8>,
}

impl Sealed {
    pub(super) fn of(side: &Side, trace: &Trace) -> Self {
        let (sealed, tag) = side
            .ciphertext
            .split_last_chunk::<16>()
            .map_or((&[][..], &[][..]), |(sealed, tag)| (sealed, &tag[..]));
        let padded = |bytes: &[u8]| {
            hex::encode(bytes) + &"00".repeat(bytes.len().next_multiple_of(16) - bytes.len())
        };
        let length = |bytes: &[u8]| {
            hex::encode(u64::try_from(bytes.len()).unwrap_or_default().to_le_bytes())
        };
        Self {
            key: Zeroizing::new(hex::encode(trace.message_key.as_bytes())),
            header: padded(&side.authenticated),
            lengths: length(&side.authenticated) + &length(sealed),
            sealed: padded(sealed),
            tag: hex::encode(tag),
            text: trace.text.clone(),
        }
    }

    pub(super) fn text(&self) -> Step {
        let sealed = self.sealed.get(..self.text.len() * 2).unwrap_or_default();
        Step {
            title: "Compute it again",
            section: "§7.2, RFC 8439 §2.4",
            formula: "text = Open(message_key, 0^12, header, ciphertext)".to_owned(),
            command: format!(
                "{} |\n  openssl enc -d -chacha20 -K {} \\\n    -iv 01000000000000000000000000000000",
                unhex(sealed),
                self.key.as_str(),
            ),
            value: printable_bytes(&self.text),
        }
    }

    pub(super) fn tag(&self) -> Step {
        Step {
            title: "Compute it again",
            section: "§7.2, RFC 8439 §2.8",
            formula:
                "tag = Poly1305(ChaCha20(message_key, block 0), header, ciphertext, their lengths)"
                    .to_owned(),
            command: format!(
                "{} |\n  openssl mac -macopt hexkey:$({} |\n    openssl enc -chacha20 -K {} \\\n      -iv {} | {HEX}) Poly1305 | tr A-F a-f",
                unhex(&format!("{}{}{}", self.header, self.sealed, self.lengths)),
                unhex(&"00".repeat(32)),
                self.key.as_str(),
                "00".repeat(16),
            ),
            value: self.tag.clone(),
        }
    }
}
