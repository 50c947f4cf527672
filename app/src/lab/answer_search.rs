//! Whether an answer can be looked up in a file: in plain text, in hexadecimal or in base64.

/// Whether a file contains an answer in one of these encodings. Case does not matter in plain
/// text and hexadecimal.
pub fn contains_answer(file: &[u8], answer: &str) -> bool {
    let lower = file.to_ascii_lowercase();
    let digits = hex::encode(answer);
    if contains_word(&lower, answer.as_bytes()) || contains(&lower, digits.as_bytes()) {
        return true;
    }
    // The base64 of a text depends on its offset modulo 3; the first and last characters
    // depend on its neighbours as well, and are not compared.
    (0..3).any(|shift| {
        let padded = [vec![0; shift], answer.as_bytes().to_vec()].concat();
        let text = base64(&padded);
        let skip = [0, 2, 3].get(shift).copied().unwrap_or(0);
        let inner = text.get(skip..text.len().saturating_sub(2)).unwrap_or("");
        inner.len() >= 4 && contains(file, inner.as_bytes())
    })
}

/// Whether the answer occurs, and, if it is a number, not as a part of a longer run of
/// hexadecimal digits.
fn contains_word(file: &[u8], answer: &[u8]) -> bool {
    let numeric = answer.iter().all(u8::is_ascii_digit);
    let ends = |byte: Option<&u8>| !numeric || byte.is_none_or(|it| !it.is_ascii_hexdigit());
    let mut places = file.windows(answer.len().max(1)).enumerate();
    places.any(|(at, found)| {
        let before = at.checked_sub(1).and_then(|it| file.get(it));
        found == answer && ends(before) && ends(file.get(at + answer.len()))
    })
}

fn contains(file: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && file.windows(part.len()).any(|it| it == part)
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// RFC 4648 §4, without padding.
fn base64(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0_usize, |bits, place| {
            bits << 8 | usize::from(chunk.get(place).copied().unwrap_or(0))
        });
        for place in 0..=chunk.len() {
            let six = bits >> (18 - 6 * place) & 63;
            out.extend(BASE64.get(six).map(|it| char::from(*it)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_can_be_looked_up_is_found() {
        for file in [
            "it is the Old Mill, say",
            "6f6c64206d696c6c",
            "eyJhIjoib2xkIG1pbGwifQ==",
        ] {
            assert!(contains_answer(file.as_bytes(), "old mill"), "{file}");
        }
        assert!(!contains_answer(b"it is the old windmill", "old mill"));
    }
}
