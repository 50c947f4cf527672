//! The key pair of whoever put an implant into a client, as a file.
//!
//! ```json
//! { "public": "…", "private": "…" }
//! ```
//!
//! Each is 32 bytes, 64 hexadecimal digits; X25519.

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::hex_number::{self, NotANumber};
use crate::crypto::{AgreementSecret, secret_json};

#[derive(Serialize, Deserialize)]
struct KeyPairFile {
    public: String,
    private: String,
}

/// Reads a file.
///
/// # Errors
/// [`NotAnImplanterKey`] says what is wrong with it.
pub fn read(json: &[u8]) -> Result<AgreementSecret, NotAnImplanterKey> {
    let KeyPairFile { public, private } = serde_json::from_slice(json)?;
    let private = Zeroizing::new(private);
    let public = hex_number::read("public", &public)?;
    let key = AgreementSecret::from_bytes(hex_number::read("private", &private)?);
    if *key.public().as_bytes() == public {
        Ok(key)
    } else {
        Err(NotAnImplanterKey::Pair)
    }
}

/// The file's text.
///
/// # Errors
/// What the encoder says.
pub fn write(key: &AgreementSecret) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
    let mut file = KeyPairFile {
        public: hex::encode(key.public().as_bytes()),
        private: hex::encode(key.as_bytes()),
    };
    let json = secret_json(&file);
    file.private.zeroize();
    json
}

/// Why a file does not give an implanter's key pair.
#[derive(Debug, thiserror::Error)]
pub enum NotAnImplanterKey {
    /// It is not JSON, or something is missing in it.
    #[error("it is not the JSON of an implanter's key pair: {0}")]
    Json(#[from] serde_json::Error),
    /// A number in it is none.
    #[error(transparent)]
    Number(#[from] NotANumber),
    /// The public key is another private key's.
    #[error("`public` does not belong to `private`")]
    Pair,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_was_written_reads_back_and_nothing_else_does() {
        let key = AgreementSecret::from_bytes([7; 32]);
        let json = String::from_utf8(write(&key).unwrap().to_vec()).unwrap();
        assert_eq!(read(json.as_bytes()).unwrap().public(), key.public());
        let private = "07".repeat(32);
        for (changed, expected) in [
            ("[]".to_owned(), "not the JSON of an implanter's key pair"),
            (json.replace(&private, "zz"), "`private` is not hexadecimal"),
            (json.replace(&private, "0707"), "`private` has 4 digits"),
            (json.replace(&private, &"08".repeat(32)), "does not belong"),
        ] {
            let said = read(changed.as_bytes()).unwrap_err().to_string();
            assert!(said.contains(expected), "{expected}: {said}");
        }
    }
}
