//! The encoding of text files: what editors on other systems write is read where it is
//! harmless, and named where it is not.

/// The text of a file in UTF-8, without the byte order mark that some editors write before
/// it. Whoever parses it takes CR LF for a line's end, as `str::lines` does.
///
/// # Errors
/// [`NotUtf8`] names the encoding, if it can be known.
pub fn decode(bytes: &[u8]) -> Result<&str, NotUtf8> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => return Err(NotUtf8::Utf32),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Err(NotUtf8::Utf16),
        // Without a mark: our files begin with ASCII, whose other byte is zero.
        [0, 1..=127, 0, 1..=127, ..] | [1..=127, 0, 1..=127, 0, ..] => return Err(NotUtf8::Utf16),
        _ => {}
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count();
        NotUtf8::Other { line }
    })
}

/// Why a file is not text in UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotUtf8 {
    /// UTF-16, as PowerShell and some editors on Windows write it.
    #[error("it is UTF-16 text; UTF-8 is needed (`iconv -f UTF-16 -t UTF-8` converts it)")]
    Utf16,
    /// UTF-32.
    #[error("it is UTF-32 text; UTF-8 is needed (`iconv -f UTF-32 -t UTF-8` converts it)")]
    Utf32,
    /// Another encoding, or no text.
    #[error("line {line} is not UTF-8 text")]
    Other {
        /// The line's number, from 1.
        line: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf_16(text: &str, mark: bool, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        let mark = mark.then_some(0xfeff);
        let units = mark.into_iter().chain(text.encode_utf16());
        units.flat_map(bytes).collect()
    }

    #[test]
    fn a_byte_order_mark_is_passed_over_once_and_only_at_the_beginning() {
        assert_eq!(decode("\u{feff}id: 1\r\n".as_bytes()), Ok("id: 1\r\n"));
        assert_eq!(decode("a\u{feff}b".as_bytes()), Ok("a\u{feff}b"));
        assert_eq!(decode(b""), Ok(""));
    }

    #[test]
    fn a_zero_byte_alone_is_no_other_encoding() {
        assert_eq!(decode(b"a\0b\nc"), Ok("a\0b\nc"));
    }

    #[test]
    fn other_encodings_are_named() {
        for mark in [true, false] {
            for order in [u16::to_le_bytes, u16::to_be_bytes] {
                let text = utf_16("doormat", mark, order);
                assert_eq!(decode(&text), Err(NotUtf8::Utf16), "{text:?}");
            }
        }
        assert_eq!(decode(&[0xff, 0xfe, 0, 0, b'd']), Err(NotUtf8::Utf32));
        let latin_1 = b"one\ntwo \xfc";
        assert_eq!(decode(latin_1), Err(NotUtf8::Other { line: 2 }));
    }
}
