//! Secrets as JSON, in one buffer that does not grow: a buffer that grows leaves copies of
//! what was in it behind, which nobody erases.

use std::io::{self, Write};

use serde::Serialize;
use zeroize::Zeroizing;

/// A value with secrets in it as JSON, in a buffer of its exact length, erased on drop.
///
/// # Errors
/// What the encoder says.
pub fn secret_json(value: &impl Serialize) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
    let mut length = Counter(0);
    serde_json::to_writer(&mut length, value)?;
    let mut json = Zeroizing::new(Vec::with_capacity(length.0));
    serde_json::to_writer(Bounded(&mut json), value)?;
    Ok(json)
}

/// Counts what is written to it.
struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes no more than there is room for.
struct Bounded<'a>(&'a mut Vec<u8>);

impl Write for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > self.0.capacity() {
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buffer_is_as_long_as_what_is_in_it() {
        for value in ["", "x", &"secret".repeat(1000)] {
            let json = secret_json(&value).expect("JSON");
            assert_eq!(json.as_slice(), format!("\"{value}\"").as_bytes());
            assert_eq!(json.len(), json.capacity());
        }
    }
}
