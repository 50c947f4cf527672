//! A share as text (spec §11.3), in the manner of a [key file](super::key_file): one
//! file for one officer.

use std::num::NonZeroU8;

use zeroize::Zeroizing;

use super::{
    key_file::{FileKind, KeyFileError, authority, decode, entries},
    shares::{KeyCheck, Share, ShareValue},
};

/// The share file's text.
pub fn write(share: &Share) -> Zeroizing<String> {
    Zeroizing::new(format!(
        "{}\n\
         # Alone it says nothing of the key; {} such shares together are the key.\n\
         id: {}\n\
         public: {}\n\
         check: {}\n\
         threshold: {}\n\
         share: {}\n\
         value: {}\n",
        FileKind::Share.title(),
        share.threshold,
        share.of.id(),
        hex::encode(share.of.key().as_bytes()),
        hex::encode(share.check.as_bytes()),
        share.threshold,
        share.index,
        Zeroizing::new(hex::encode(share.value.as_bytes())).as_str(),
    ))
}

/// Reads a share file.
///
/// # Errors
/// [`KeyFileError`] names what is wrong. That a value was altered shows only when
/// shares are put together.
pub fn read(text: &str) -> Result<Share, KeyFileError> {
    let names = ["id", "public", "check", "threshold", "share", "value"];
    let [id, public, check, threshold, index, value] = entries(text, FileKind::Share, names)?;
    Ok(Share {
        of: authority(id, public)?,
        check: KeyCheck::from_bytes(decode("check", check)?),
        threshold: number("threshold", threshold, 2)?,
        index: NonZeroU8::new(number("share", index, 1)?).ok_or(KeyFileError::NotANumber {
            name: "share",
            least: 1,
        })?,
        value: ShareValue::from_bytes(*Zeroizing::new(decode("value", value)?)),
    })
}

/// Decimal digits, nothing else.
fn number(name: &'static str, value: &str, least: u8) -> Result<u8, KeyFileError> {
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    match value.parse() {
        Ok(number) if digits && number >= least => Ok(number),
        _ => Err(KeyFileError::NotANumber { name, least }),
    }
}
