//! Byte strings of a fixed length, a type for each purpose: `secret!` declares a secret
//! one, `bytes!` a public one. [`random_bytes`] draws either.

use rand::CryptoRng;

/// Draws `N` bytes from a generator that the caller chose.
pub fn random_bytes<const N: usize>(rng: &mut dyn CryptoRng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}

/// Secret bytes in hexadecimal, of which no copy is left on the heap.
pub(crate) mod secret_hex {
    use serde::{Serializer, ser::Error};
    use zeroize::Zeroizing;

    pub(crate) use hex::deserialize;

    pub(crate) fn serialize<S: Serializer>(
        secret: &[u8; 32],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut digits = Zeroizing::new([0; 64]);
        hex::encode_to_slice(secret, digits.as_mut()).map_err(S::Error::custom)?;
        let text = std::str::from_utf8(digits.as_ref()).map_err(S::Error::custom)?;
        serializer.serialize_str(text)
    }
}

/// Declares types of 32 secret bytes; in JSON hexadecimal.
macro_rules! secret {
    ($($(#[$attribute:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$attribute])*
        ///
        /// # Security
        /// 32 secret bytes: erased on drop, printed as the type's name only.
        #[derive(Clone, zeroize::Zeroize, zeroize::ZeroizeOnDrop)]
        #[derive(serde::Serialize, serde::Deserialize)]
        pub struct $name(#[serde(with = "crate::crypto::bytes::secret_hex")] [u8; 32]);

        impl $name {
            /// Takes 32 bytes that are already uniformly random.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The secret itself.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let Self(_) = self;
                f.write_str(stringify!($name))
            }
        }
    )+};
}
pub(crate) use secret;

/// Declares types of public bytes, compared by them; in JSON hexadecimal, on the wire as
/// they are. After the length stand the traits that print them in hexadecimal.
macro_rules! bytes {
    ($($(#[$attribute:meta])* $name:ident[$length:literal] $(: $($format:ident)+)?),+ $(,)?) => {$(
        $(#[$attribute])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize)]
        #[derive(tls_codec::TlsSerialize, tls_codec::TlsDeserializeBytes, tls_codec::TlsSize)]
        pub struct $name(#[serde(with = "hex")] [u8; $length]);

        impl $name {
            /// Takes bytes as they stood on the wire or in a file.
            pub const fn from_bytes(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }

            /// The bytes themselves.
            pub const fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }
        }

        $($($crate::crypto::bytes::in_hex!($format $name);)+)?
    )+};
}
pub(crate) use bytes;

/// One trait of `bytes!` that prints hexadecimal digits.
macro_rules! in_hex {
    (Display $name:ident) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }
    };
    (Debug $name:ident) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), hex::encode(self.0))
            }
        }
    };
}
pub(crate) use in_hex;
