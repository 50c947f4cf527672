//! Numbers of 32 bytes in files, as 64 hexadecimal digits.

/// The 32 bytes of a field.
pub(super) fn read(field: &'static str, digits: &str) -> Result<[u8; 32], NotANumber> {
    if !digits.bytes().all(|it| it.is_ascii_hexdigit()) {
        return Err(NotANumber::Digits { field });
    }
    let mut bytes = [0; 32];
    let length = digits.len();
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| NotANumber::Length { field, length })?;
    Ok(bytes)
}

/// Why a field is not 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotANumber {
    /// A character that is no hexadecimal digit.
    #[error("`{field}` is not hexadecimal")]
    Digits {
        /// Whose.
        field: &'static str,
    },
    /// Too many digits, or too few.
    #[error("`{field}` has {length} digits; 32 bytes are 64")]
    Length {
        /// Whose.
        field: &'static str,
        /// How many there are.
        length: usize,
    },
}
