//! What participants and sessions are called on the wire.

use std::{io::Write, sync::Arc};

use tls_codec::{DeserializeBytes, Error, Serialize, Size, TlsByteSliceU8};

use super::wire::leaf;
use crate::crypto::bytes::bytes;

bytes! {
    /// 32 random bytes that name a session, in clear, as TLS's client random does.
    SessionId[32]: Debug Display
}

leaf!(|_| None => SessionId);
leaf!(|it| Some(it.to_string()) => Name);

/// A participant's name: 1 to 32 bytes of `a-z`, `0-9` and `-` (spec §2.2).
/// So it is safe in logs, file names and terminals. Every header has two names, so
/// copies share their text.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Name(Arc<str>);

/// The longest name, in bytes.
pub const MAX_NAME_BYTES: usize = 32;

impl Name {
    /// Takes a name if it is one.
    ///
    /// # Errors
    /// [`NotAName`] beyond 32 bytes, when empty, or with any other character.
    pub fn new(name: &str) -> Result<Self, NotAName> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (1..=MAX_NAME_BYTES).contains(&name.len()) && name.bytes().all(allowed) {
            Ok(Self(name.into()))
        } else {
            Err(NotAName)
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Name {
    type Error = NotAName;

    fn try_from(name: String) -> Result<Self, NotAName> {
        Self::new(&name)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.as_str().to_owned()
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name is 1 to 32 characters of a-z, 0-9 and -")]
pub struct NotAName;

impl Size for Name {
    fn tls_serialized_len(&self) -> usize {
        TlsByteSliceU8(self.0.as_bytes()).tls_serialized_len()
    }
}

impl Serialize for Name {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        TlsByteSliceU8(self.0.as_bytes()).tls_serialize(writer)
    }
}

impl DeserializeBytes for Name {
    fn tls_deserialize_bytes(bytes: &[u8]) -> Result<(Self, &[u8]), Error> {
        let (length, rest) = u8::tls_deserialize_bytes(bytes)?;
        let (raw, rest) = rest
            .split_at_checked(usize::from(length))
            .ok_or(Error::EndOfStream)?;
        let name = std::str::from_utf8(raw)
            .map_err(|_| NotAName)
            .and_then(Self::new)
            .map_err(|error| Error::DecodingError(error.to_string()))?;
        Ok((name, rest))
    }
}
