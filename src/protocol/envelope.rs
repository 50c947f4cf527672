//! What crosses the wire: a header, access fields, a ciphertext. Everything that
//! precedes the ciphertext is authenticated with it, so a relay that flips the
//! mode or strips a field is caught (spec §7).

use tls_codec::{Size, TlsVecU16, U24};

use super::{
    access::{AccessContext, AccessField},
    disclosure::ModeId,
    handshake::Opening,
    name::{Name, SessionId},
    schedule::ScheduleId,
    wire::{self, Annotate, Field, View, path, wire},
};
use crate::crypto::{AgreementPublic, MessageKey, keys::TAG_BYTES};

pub use super::wire::{Kind, MAX_TEXT_BYTES, Version, WireError};

/// The most access fields that one envelope carries.
pub const MAX_ACCESS_FIELDS: usize = 16;

wire! {
    /// All of an envelope that precedes its ciphertext (spec §7.1).
    pub struct Header {
        #[doc = "Protocol version, 1; anyone on the wire can read it."]
        pub version: Version,
        #[doc = "What follows: 1, an envelope; anyone on the wire can read it."]
        pub kind: Kind,
        #[doc = "Who else gets the session key: 1 nobody (e2e), 2 an authority (escrow); anyone on the wire can read it."]
        pub mode: ModeId,
        #[doc = "How session keys come and go: 1 a new one every turn (ratchet), 2 one for ever (static); anyone on the wire can read it."]
        pub schedule: ScheduleId,
        #[doc = "Random name of the session; anyone on the wire can read it, and so link its messages."]
        pub session: SessionId,
        #[doc = "Who wrote; anyone on the wire can read it."]
        pub sender: Name,
        #[doc = "To whom; anyone on the wire can read it."]
        pub recipient: Name,
        #[doc = "The handshake, repeated until the recipient answers."]
        pub opening: Option<Opening>,
        #[doc = "The sender's X25519 key of this run of messages; anyone on the wire can read it, it opens nothing by itself."]
        pub ratchet_public: AgreementPublic,
        #[doc = "How many messages the sender's run before this one had; anyone on the wire can read it."]
        pub previous: u32,
        #[doc = "This message's number in its run, from 0; anyone on the wire can read it."]
        pub number: u32,
        #[doc = "Copies of the session key, each sealed to an authority."]
        pub access: TlsVecU16<AccessField>,
    }
}

impl Header {
    /// What the envelope's access fields are bound to (spec §8.3).
    pub fn access_context(&self) -> AccessContext {
        AccessContext {
            session: self.session,
            sender: self.sender.clone(),
            recipient: self.recipient.clone(),
            ratchet_public: self.ratchet_public,
        }
    }
}

/// One envelope, its parts borrowed from the bytes that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// The decoded header.
    pub header: Header,
    /// The header's bytes: the associated data of the cipher.
    pub authenticated: &'a [u8],
    /// The sealed text and its tag.
    pub ciphertext: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// Takes an envelope from the wire.
    ///
    /// # Errors
    /// What is wrong with its form. Nothing is allocated from a length that the
    /// bytes do not back.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, WireError> {
        Kind::Envelope.check(bytes)?;
        match *bytes {
            [_, _, found, ..] if !matches!(found, 1 | 2) => {
                return Err(WireError::UnknownMode { found });
            }
            [_, _, _, found, ..] if !matches!(found, 1 | 2) => {
                return Err(WireError::UnknownSchedule { found });
            }
            _ => {}
        }
        let (header, rest): (Header, _) = wire::decode(bytes)?;
        if header.access.len() > MAX_ACCESS_FIELDS {
            return Err(WireError::Invalid {
                what: format!(
                    "{} access fields; the limit is {MAX_ACCESS_FIELDS}",
                    header.access.len()
                ),
            });
        }
        let (authenticated, _) = bytes
            .split_at_checked(bytes.len() - rest.len())
            .ok_or(WireError::Truncated { found: bytes.len() })?;
        let ciphertext = sealed_part(rest).map_err(|error| match error {
            WireError::Truncated { .. } => WireError::Truncated { found: bytes.len() },
            error => error,
        })?;
        Ok(Self {
            header,
            authenticated,
            ciphertext,
        })
    }

    /// The envelope field by field; together the fields are all of its bytes.
    pub fn fields(&self) -> Vec<Field> {
        View::of(self)
    }

    /// Bytes of access fields, without their length prefix.
    pub fn access_bytes(&self) -> usize {
        self.header
            .access
            .iter()
            .map(Size::tls_serialized_len)
            .sum()
    }
}

/// What follows the header: the ciphertext, after its length.
pub(super) fn sealed_part(bytes: &[u8]) -> Result<&[u8], WireError> {
    let (length, rest): (U24, _) = wire::decode(bytes)?;
    let length = usize::from(length);
    if length < TAG_BYTES {
        return Err(WireError::Undersize { length });
    }
    if length > MAX_TEXT_BYTES + TAG_BYTES {
        return Err(WireError::Oversize {
            length: length - TAG_BYTES,
        });
    }
    let (ciphertext, rest) = rest
        .split_at_checked(length)
        .ok_or(WireError::Truncated { found: bytes.len() })?;
    if !rest.is_empty() {
        return Err(WireError::Trailing { excess: rest.len() });
    }
    Ok(ciphertext)
}

/// `header || ciphertext<16..2^24-1>` (spec §7.1): the envelope's bytes.
pub(super) fn seal(header: &Header, key: MessageKey, text: &[u8]) -> Result<Vec<u8>, WireError> {
    let too_long = |_| WireError::Oversize { length: text.len() };
    let length = U24::try_from(text.len() + TAG_BYTES).map_err(too_long)?;
    let header = wire::encode(header);
    let ciphertext = key.seal(&header, text);
    Ok([header.as_slice(), &length.to_be_bytes(), &ciphertext].concat())
}

impl Annotate for Envelope<'_> {
    #[expect(
        clippy::expect_used,
        reason = "`Envelope::decode` refuses a longer ciphertext"
    )]
    fn annotate(&self, name: &str, sentence: &'static str, view: &mut View) {
        self.header.annotate(name, sentence, view);
        let text_length = self.ciphertext.len().saturating_sub(TAG_BYTES);
        let (sealed, tag) = self.ciphertext.split_at(text_length);
        let length = U24::try_from(self.ciphertext.len()).expect("at most 2^24 - 1 bytes");
        view.push(
            &path(name, "ciphertext.length"),
            "How many bytes follow; anyone on the wire can read it, and so the text's length.",
            &length.to_be_bytes(),
            Some(format!("{text_length} and the tag's {TAG_BYTES}")),
        );
        view.push(
            &path(name, "ciphertext"),
            "The text, sealed: sender and recipient can read it, and whoever has the session key.",
            sealed,
            None,
        );
        view.push(
            &path(name, "tag"),
            "Poly1305 tag over header and ciphertext: whoever has the message key can check it, nobody else can make it.",
            tag,
            None,
        );
    }
}
