//! Escrow keys as text (spec §11): a title that says what the file is, then one
//! `name: value` a line. A private key stands beside its public key and its id,
//! so that one wrong digit anywhere is noticed.

use zeroize::Zeroizing;

use super::authority::EscrowPrivateKey;
use crate::crypto::AgreementPublic;
use crate::protocol::AuthorityPublic;

/// What a file of this form holds, as its first line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// An escrow private key.
    Private,
    /// An escrow public key.
    Public,
    /// A share of an escrow private key: [`super::share_file`].
    Share,
}

impl FileKind {
    const ALL: [Self; 3] = [Self::Private, Self::Public, Self::Share];

    /// The file's first line.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Private => "doormat escrow private key, version 1",
            Self::Public => "doormat escrow public key, version 1",
            Self::Share => "doormat escrow key share, version 1",
        }
    }
}

impl std::fmt::Display for FileKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Private => "the private half of an escrow key",
            Self::Public => "the public half of an escrow key",
            Self::Share => "a share of an escrow key",
        })
    }
}

/// The private key file's text.
pub fn write_private(key: &EscrowPrivateKey) -> Zeroizing<String> {
    Zeroizing::new(format!(
        "{}\n\
         # Whoever reads this file reads every message whose session key was sealed to it.\n\
         id: {}\n\
         public: {}\n\
         private: {}\n",
        FileKind::Private.title(),
        key.public().id(),
        hex::encode(key.public().key().as_bytes()),
        Zeroizing::new(hex::encode(key.secret().as_bytes())).as_str(),
    ))
}

/// The public key file's text.
pub fn write_public(key: &AuthorityPublic) -> String {
    format!(
        "{}\nid: {}\npublic: {}\n",
        FileKind::Public.title(),
        key.id(),
        hex::encode(key.key().as_bytes())
    )
}

/// Reads a private key file.
///
/// # Errors
/// [`KeyFileError`] names what is wrong.
pub fn read_private(text: &str) -> Result<EscrowPrivateKey, KeyFileError> {
    let [id, public, private] = entries(text, FileKind::Private, ["id", "public", "private"])?;
    let bytes = Zeroizing::new(decode::<32>("private", private)?);
    let key = EscrowPrivateKey::from_bytes(*bytes);
    if decode::<32>("public", public)? != *key.public().key().as_bytes() {
        return Err(KeyFileError::Inconsistent {
            one: "public",
            other: "private",
        });
    }
    check_id(id, key.public())?;
    Ok(key)
}

/// Reads a public key file.
///
/// # Errors
/// [`KeyFileError`] names what is wrong.
pub fn read_public(text: &str) -> Result<AuthorityPublic, KeyFileError> {
    let [id, public] = entries(text, FileKind::Public, ["id", "public"])?;
    authority(id, public)
}

/// A public key that stands beside its id.
pub(super) fn authority(id: &str, public: &str) -> Result<AuthorityPublic, KeyFileError> {
    let key = AuthorityPublic::new(AgreementPublic::from_bytes(decode("public", public)?));
    check_id(id, &key)?;
    Ok(key)
}

fn check_id(id: &str, key: &AuthorityPublic) -> Result<(), KeyFileError> {
    if decode::<8>("id", id)? == *key.id().as_bytes() {
        Ok(())
    } else {
        Err(KeyFileError::Inconsistent {
            one: "id",
            other: "public",
        })
    }
}

/// The values of exactly these names, in this order, in a file of this kind. Empty
/// lines and those that begin with `#` are passed over.
pub(super) fn entries<'a, const N: usize>(
    text: &'a str,
    wanted: FileKind,
    names: [&'static str; N],
) -> Result<[&'a str; N], KeyFileError> {
    let mut lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let title = lines.next();
    let mut kinds = FileKind::ALL.into_iter();
    match kinds.find(|kind| title == Some(kind.title())) {
        Some(found) if found == wanted => {}
        Some(found) => return Err(KeyFileError::OtherKind { wanted, found }),
        None => return Err(KeyFileError::NotAKeyFile { wanted }),
    }
    let mut found = [None; N];
    for line in lines {
        let (name, value) = line.split_once(':').ok_or(KeyFileError::StrayLine)?;
        let slot = names
            .iter()
            .zip(&mut found)
            .find_map(|(known, slot)| (*known == name.trim_end()).then_some(slot))
            .ok_or(KeyFileError::StrayLine)?;
        if slot.replace(value.trim()).is_some() {
            return Err(KeyFileError::StrayLine);
        }
    }
    let mut values = [""; N];
    for ((name, found), value) in names.into_iter().zip(found).zip(&mut values) {
        *value = found.ok_or(KeyFileError::Missing { name })?;
    }
    Ok(values)
}

pub(super) fn decode<const N: usize>(
    name: &'static str,
    value: &str,
) -> Result<[u8; N], KeyFileError> {
    let mut bytes = [0; N];
    hex::decode_to_slice(value, &mut bytes).map_err(|_| KeyFileError::NotHex {
        name,
        digits: 2 * N,
    })?;
    Ok(bytes)
}

/// Why a text is not the key file that was wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// No title that this program writes.
    #[error("it is not an escrow key file: its first line should be `{}`", wanted.title())]
    NotAKeyFile {
        /// What is needed.
        wanted: FileKind,
    },
    /// One kind of file where another is needed.
    #[error("it is {found}; {wanted} is needed")]
    OtherKind {
        /// What is needed.
        wanted: FileKind,
        /// What it is.
        found: FileKind,
    },
    /// A line that does not belong, or stands twice.
    #[error("it is damaged: a line that does not belong in an escrow key file")]
    StrayLine,
    /// A line that should be there.
    #[error("it is damaged: the line `{name}: …` is missing")]
    Missing {
        /// The line's name.
        name: &'static str,
    },
    /// A value that is not hexadecimal of the right length.
    #[error("it is damaged: `{name}` should be {digits} hexadecimal digits")]
    NotHex {
        /// The line's name.
        name: &'static str,
        /// How many digits it should have.
        digits: usize,
    },
    /// A value that is not a number in its bounds.
    #[error("it is damaged: `{name}` should be a number from {least} to 255")]
    NotANumber {
        /// The line's name.
        name: &'static str,
        /// The least that it may be.
        least: u8,
    },
    /// Two values that do not belong together.
    #[error("it is damaged: `{one}` does not belong to `{other}`")]
    Inconsistent {
        /// One line's name.
        one: &'static str,
        /// The other's.
        other: &'static str,
    },
}

impl KeyFileError {
    /// Whether it is a file of the kind that was wanted, and damaged since.
    pub const fn is_damage(&self) -> bool {
        !matches!(self, Self::NotAKeyFile { .. } | Self::OtherKind { .. })
    }
}
