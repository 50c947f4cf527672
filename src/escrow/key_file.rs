//! Escrow keys as text (spec §11): a title that says what the file is, then one
//! `name: value` a line. A private key stands beside its public key and its id,
//! so that one wrong digit anywhere is noticed.

use zeroize::Zeroizing;

use super::authority::EscrowPrivateKey;
use crate::crypto::AgreementPublic;
use crate::protocol::AuthorityPublic;

const PRIVATE_TITLE: &str = "doormat escrow private key, version 1";
const PUBLIC_TITLE: &str = "doormat escrow public key, version 1";

/// The private key file's text.
pub fn write_private(key: &EscrowPrivateKey) -> Zeroizing<String> {
    Zeroizing::new(format!(
        "{PRIVATE_TITLE}\n\
         # Whoever reads this file reads every message whose session key was sealed to it.\n\
         id: {}\n\
         public: {}\n\
         private: {}\n",
        key.public().id(),
        hex::encode(key.public().key().as_bytes()),
        Zeroizing::new(hex::encode(key.secret().as_bytes())).as_str(),
    ))
}

/// The public key file's text.
pub fn write_public(key: &AuthorityPublic) -> String {
    format!(
        "{PUBLIC_TITLE}\nid: {}\npublic: {}\n",
        key.id(),
        hex::encode(key.key().as_bytes())
    )
}

/// Reads a private key file.
///
/// # Errors
/// [`KeyFileError`] names what is wrong.
pub fn read_private(text: &str) -> Result<EscrowPrivateKey, KeyFileError> {
    let entries = entries(text, PRIVATE_TITLE, &["id", "public", "private"])?;
    let [id, public, private] = entries.as_slice() else {
        return Err(KeyFileError::NotAKeyFile);
    };
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
    let entries = entries(text, PUBLIC_TITLE, &["id", "public"])?;
    let [id, public] = entries.as_slice() else {
        return Err(KeyFileError::NotAKeyFile);
    };
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

/// The values of exactly these names, in this order, under this title. Empty
/// lines and those that begin with `#` are passed over.
fn entries<'a>(
    text: &'a str,
    title: &'static str,
    names: &[&'static str],
) -> Result<Vec<&'a str>, KeyFileError> {
    let mut lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    match lines.next() {
        Some(found) if found == title => {}
        Some(PRIVATE_TITLE) => return Err(KeyFileError::PrivateWherePublic),
        Some(PUBLIC_TITLE) => return Err(KeyFileError::PublicWherePrivate),
        _ => return Err(KeyFileError::NotAKeyFile),
    }
    let mut values = vec![None; names.len()];
    for line in lines {
        let (name, value) = line.split_once(':').ok_or(KeyFileError::StrayLine)?;
        let slot = names
            .iter()
            .zip(&mut values)
            .find_map(|(known, slot)| (*known == name.trim_end()).then_some(slot))
            .ok_or(KeyFileError::StrayLine)?;
        if slot.replace(value.trim()).is_some() {
            return Err(KeyFileError::StrayLine);
        }
    }
    names
        .iter()
        .zip(values)
        .map(|(name, value)| value.ok_or(KeyFileError::Missing { name }))
        .collect()
}

fn decode<const N: usize>(name: &'static str, value: &str) -> Result<[u8; N], KeyFileError> {
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
    #[error("it is not an escrow key file: its first line should be `{PRIVATE_TITLE}`")]
    NotAKeyFile,
    /// The public half where the private one is needed.
    #[error("it is the public half of an escrow key; the private half is needed")]
    PublicWherePrivate,
    /// The private half where the public one is needed.
    #[error("it is the private half of an escrow key; the public half is needed")]
    PrivateWherePublic,
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
    /// Two values that do not belong together.
    #[error("it is damaged: `{one}` does not belong to `{other}`")]
    Inconsistent {
        /// One line's name.
        one: &'static str,
        /// The other's.
        other: &'static str,
    },
}
