//! The encoding: TLS presentation language (RFC 8446 §3), big-endian, every
//! variable length bounded by its prefix.
//!
//! A structure on the wire is declared once, with `wire!`. From that one
//! declaration come the Rust type, the encoder and decoder (by `tls_codec`),
//! and the annotated view that `doormat inspect` prints: the first line of a
//! field's documentation is the sentence that a student reads beside its bytes.

use tls_codec::{DeserializeBytes, Serialize, Size, TlsVecU16};
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

use crate::crypto::{AgreementPublic, Signature, VerifyingKey};

/// The longest text of one message, in bytes.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;

/// The protocol's version byte, the first of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, TlsSerialize, TlsDeserializeBytes, TlsSize)]
#[repr(u8)]
pub enum Version {
    /// The only one so far.
    V1 = 1,
}

impl Version {
    /// The version byte of everything this program writes.
    pub const CURRENT: u8 = 1;
}

/// What follows the first two bytes: the second byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, TlsSerialize, TlsDeserializeBytes, TlsSize)]
#[repr(u8)]
pub enum Kind {
    /// A message.
    Envelope = 1,
    /// A published key bundle.
    Bundle = 2,
    /// A device's first words, in products that have them.
    Registration = 3,
}

impl Kind {
    const fn byte(self) -> u8 {
        match self {
            Self::Envelope => 1,
            Self::Bundle => 2,
            Self::Registration => 3,
        }
    }

    /// What these bytes say they are, by their first two.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        [Self::Envelope, Self::Bundle, Self::Registration]
            .into_iter()
            .find(|kind| kind.check(bytes).is_ok())
    }

    /// Checks the first two bytes of something that should be of this kind.
    pub(super) fn check(self, bytes: &[u8]) -> Result<(), WireError> {
        match *bytes {
            [Version::CURRENT, found, ..] if found == self.byte() => Ok(()),
            [Version::CURRENT, found, ..] => Err(WireError::UnexpectedKind {
                expected: self.byte(),
                found,
            }),
            [found, _, ..] => Err(WireError::UnknownVersion { found }),
            _ => Err(WireError::Truncated { found: bytes.len() }),
        }
    }
}

/// Declares a structure that crosses the wire; see the [module](self).
macro_rules! wire {
    (
        $(#[$about:meta])*
        pub struct $name:ident {
            $(#[doc = $sentence:literal] pub $field:ident: $type:ty,)+
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[derive(tls_codec::TlsSerialize, tls_codec::TlsDeserializeBytes, tls_codec::TlsSize)]
        pub struct $name {
            $(#[doc = $sentence] pub $field: $type,)+
        }

        impl $crate::protocol::wire::Annotate for $name {
            fn annotate(&self, name: &str, _: &'static str, view: &mut $crate::protocol::wire::View) {
                $(self.$field.annotate(
                    &$crate::protocol::wire::path(name, stringify!($field)),
                    $sentence,
                    view,
                );)+
            }
        }
    };
}
pub(crate) use wire;

/// One field of one recorded structure, where it stood and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Dotted path, such as `opening.ephemeral`.
    pub name: String,
    /// First byte, counted from the start of the structure.
    pub offset: usize,
    /// The bytes themselves.
    pub bytes: Vec<u8>,
    /// What they say, where they say something: a number, a name, a choice.
    pub value: Option<String>,
    /// What it is, and who can read it.
    pub sentence: &'static str,
}

/// The fields of a structure in order; together they are all of its bytes.
#[derive(Debug, Clone, Default)]
pub struct View {
    fields: Vec<Field>,
    offset: usize,
}

impl View {
    /// The annotated fields of a decoded structure.
    pub fn of(structure: &impl Annotate) -> Vec<Field> {
        let mut view = Self::default();
        structure.annotate("", "", &mut view);
        view.fields
    }

    /// Adds the next bytes under a name.
    pub fn push(
        &mut self,
        name: &str,
        sentence: &'static str,
        bytes: &[u8],
        value: Option<String>,
    ) {
        self.fields.push(Field {
            name: name.to_owned(),
            offset: self.offset,
            bytes: bytes.to_vec(),
            value,
            sentence,
        });
        self.offset += bytes.len();
    }
}

/// A structure that can say what each of its bytes is.
pub trait Annotate {
    /// Adds its fields to the view, each under `name`.
    fn annotate(&self, name: &str, sentence: &'static str, view: &mut View);
}

/// `parent.field`, or `field` at the top.
pub fn path(parent: &str, field: &str) -> String {
    if parent.is_empty() {
        field.to_owned()
    } else {
        format!("{parent}.{field}")
    }
}

/// Annotates types as one field each: all of the encoding, and what it says if it says
/// anything.
macro_rules! leaf {
    ($value:expr => $($type:ty),+ $(,)?) => {$(
        impl $crate::protocol::wire::Annotate for $type {
            fn annotate(&self, name: &str, sentence: &'static str, view: &mut $crate::protocol::wire::View) {
                let value: fn(&Self) -> Option<String> = $value;
                view.push(name, sentence, &$crate::protocol::wire::encode(self), value(self));
            }
        }
    )+};
}
pub(crate) use leaf;

leaf!(|it| Some(it.to_string()) => u32);
leaf!(|_| None => Version, Kind, AgreementPublic, VerifyingKey, Signature);

impl<T: Annotate> Annotate for Option<T> {
    fn annotate(&self, name: &str, sentence: &'static str, view: &mut View) {
        view.push(
            &path(name, "present"),
            "1 if the next field is there, 0 if not; anyone on the wire can read it.",
            &[u8::from(self.is_some())],
            Some(if self.is_some() { "yes" } else { "no" }.to_owned()),
        );
        if let Some(inner) = self {
            inner.annotate(name, sentence, view);
        }
    }
}

impl<T: Annotate + Serialize + std::fmt::Debug> Annotate for TlsVecU16<T> {
    fn annotate(&self, name: &str, sentence: &'static str, view: &mut View) {
        let prefix: Vec<u8> = encode(self).into_iter().take(2).collect();
        view.push(
            &path(name, "length"),
            "How many bytes the next fields take together; anyone on the wire can read it.",
            &prefix,
            Some((self.tls_serialized_len() - 2).to_string()),
        );
        for (i, element) in self.iter().enumerate() {
            element.annotate(&format!("{name}[{i}]"), sentence, view);
        }
    }
}

/// Encodes a structure whose variable parts are within their bounds: names by
/// their type, access fields because a session takes no more than its limit.
#[expect(clippy::expect_used, reason = "a truncated encoding must not be used")]
pub fn encode(structure: &impl Serialize) -> Vec<u8> {
    structure
        .tls_serialize_detached()
        .expect("variable parts within their bounds")
}

/// Decodes a structure from the front and gives the rest.
pub(crate) fn decode<T: DeserializeBytes>(bytes: &[u8]) -> Result<(T, &[u8]), WireError> {
    T::tls_deserialize_bytes(bytes).map_err(|error| match error {
        tls_codec::Error::EndOfStream => WireError::Truncated { found: bytes.len() },
        tls_codec::Error::UnknownValue(value) => WireError::UnknownValue { value },
        tls_codec::Error::DecodingError(what) => WireError::Invalid { what },
        _ => WireError::Invalid {
            what: "a length does not fit its contents".to_owned(),
        },
    })
}

/// Decodes a structure that has no bytes behind it.
pub(crate) fn decode_whole<T: DeserializeBytes>(bytes: &[u8]) -> Result<T, WireError> {
    let (structure, rest) = decode(bytes)?;
    if rest.is_empty() {
        Ok(structure)
    } else {
        Err(WireError::Trailing { excess: rest.len() })
    }
}

/// Why bytes from the wire were not taken. Nothing was changed by them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// A first byte that no version of this protocol has.
    #[error(
        "unknown version {found}; this program speaks version {}",
        Version::CURRENT
    )]
    UnknownVersion {
        /// The byte that came.
        found: u8,
    },
    /// No kind that there is, or one where another was due.
    #[error("kind {found} where {expected} was due (1 envelope, 2 key bundle, 3 registration)")]
    UnexpectedKind {
        /// The byte that was due.
        expected: u8,
        /// The byte that came.
        found: u8,
    },
    /// A mode byte that no mode has.
    #[error("unknown mode {found}; 1 is e2e, 2 is escrow")]
    UnknownMode {
        /// The byte that came.
        found: u8,
    },
    /// A schedule byte that no schedule has.
    #[error("unknown schedule {found}; 1 is ratchet, 2 is static")]
    UnknownSchedule {
        /// The byte that came.
        found: u8,
    },
    /// The bytes end before the structure does.
    #[error("truncated: the {found} bytes end before the structure does")]
    Truncated {
        /// How many bytes there were.
        found: usize,
    },
    /// Bytes left over after the structure.
    #[error("{excess} bytes too many after the end of the structure")]
    Trailing {
        /// How many.
        excess: usize,
    },
    /// A ciphertext or text beyond the protocol's limit.
    #[error("{length} bytes of text; the limit is {MAX_TEXT_BYTES}")]
    Oversize {
        /// Its length in bytes.
        length: usize,
    },
    /// A ciphertext too short to hold its tag.
    #[error("a ciphertext of {length} bytes is shorter than its tag of 16")]
    Undersize {
        /// Its length in bytes.
        length: usize,
    },
    /// An enumeration or option byte out of range.
    #[error("a field has the value {value}, which means nothing here")]
    UnknownValue {
        /// The value that came.
        value: u64,
    },
    /// A field with contents that it must not have.
    #[error("{what}")]
    Invalid {
        /// What is wrong with it.
        what: String,
    },
}
