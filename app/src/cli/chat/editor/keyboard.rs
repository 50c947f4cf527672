//! What a terminal sends, as keys. A paste comes as one, whatever is in it.

/// A key, or what the terminal says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    Char(char),
    Enter,
    Backspace,
    Delete,
    Left,
    Right,
    WordLeft,
    WordRight,
    Home,
    End,
    Up,
    Down,
    EraseWord,
    EraseToStart,
    EraseToEnd,
    Redraw,
    Interrupt,
    EndOfInput,
    Suspend,
    Paste(String),
    /// The cursor's column, from 1: the answer to a question.
    Column(usize),
    Unknown,
}

/// Bytes that have come and are no whole key yet.
#[derive(Default)]
pub(super) struct Keyboard {
    bytes: Vec<u8>,
    /// In a paste: how much of it has been searched for its end.
    paste: Option<usize>,
}

/// What a terminal sends behind a pasted text.
const PASTE_END: &[u8] = b"\x1b[201~";

/// The longest sequence that is waited for, in bytes.
const MAX_SEQUENCE: usize = 32;

impl Keyboard {
    /// Takes bytes as they come, and gives the keys that are complete.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Vec<Key> {
        self.bytes.extend_from_slice(bytes);
        let mut keys = Vec::new();
        while let Some((key, used)) = self.next() {
            self.bytes.drain(..used.min(self.bytes.len()));
            keys.extend(key);
        }
        keys
    }

    /// The first key, if there is one, and how many bytes it took.
    fn next(&mut self) -> Option<(Option<Key>, usize)> {
        if let Some(searched) = self.paste {
            let from = searched.saturating_sub(PASTE_END.len());
            let mut windows = self.bytes.get(from..)?.windows(PASTE_END.len());
            let Some(end) = windows.position(|it| it == PASTE_END) else {
                self.paste = Some(self.bytes.len());
                return None;
            };
            self.paste = None;
            let text = String::from_utf8_lossy(self.bytes.get(..from + end)?).into_owned();
            let text = text.replace("\r\n", "\n").replace('\r', "\n");
            return Some((Some(Key::Paste(text)), from + end + PASTE_END.len()));
        }
        match self.bytes.as_slice() {
            [] => None,
            [b'\x1b', rest @ ..] => {
                let (key, used) = escape(rest)?;
                if used > 1 && self.bytes.get(..=used) == Some(b"\x1b[200~") {
                    self.paste = Some(0);
                    return Some((None, used + 1));
                }
                Some((Some(key), used + 1))
            }
            [byte @ (..=0x1f | 0x7f), ..] => Some((Some(control(*byte)), 1)),
            bytes => character(bytes).map(|(key, used)| (Some(key), used)),
        }
    }
}

fn control(byte: u8) -> Key {
    match byte {
        b'\r' | b'\n' => Key::Enter,
        0x7f | 0x08 => Key::Backspace,
        0x01 => Key::Home,
        0x02 => Key::Left,
        0x03 => Key::Interrupt,
        0x04 => Key::EndOfInput,
        0x05 => Key::End,
        0x06 => Key::Right,
        0x0b => Key::EraseToEnd,
        0x0c => Key::Redraw,
        0x0e => Key::Down,
        0x10 => Key::Up,
        0x15 => Key::EraseToStart,
        0x17 => Key::EraseWord,
        0x1a => Key::Suspend,
        _ => Key::Unknown,
    }
}

/// The sequence behind an escape character; `None` if it is not complete.
fn escape(rest: &[u8]) -> Option<(Key, usize)> {
    let (first, after) = rest.split_first()?;
    match first {
        b'[' => {
            let is_final = |it: &u8| (0x40..=0x7e).contains(it);
            let Some(length) = after.iter().position(is_final) else {
                return (after.len() > MAX_SEQUENCE).then_some((Key::Unknown, rest.len()));
            };
            let key = sequence(after.get(..length)?, *after.get(length)?);
            Some((key, length + 2))
        }
        b'O' => after.first().map(|last| (sequence(b"", *last), 2)),
        b'b' => Some((Key::WordLeft, 1)),
        b'f' => Some((Key::WordRight, 1)),
        0x7f => Some((Key::EraseWord, 1)),
        // The escape key, and then another.
        _ => Some((Key::Unknown, 0)),
    }
}

fn sequence(parameters: &[u8], last: u8) -> Key {
    match (parameters, last) {
        (b"1;5" | b"1;3" | b"5", b'C') => Key::WordRight,
        (b"1;5" | b"1;3" | b"5", b'D') => Key::WordLeft,
        (_, b'A') => Key::Up,
        (_, b'B') => Key::Down,
        (_, b'C') => Key::Right,
        (_, b'D') => Key::Left,
        (_, b'H') | (b"1" | b"7", b'~') => Key::Home,
        (_, b'F') | (b"4" | b"8", b'~') => Key::End,
        (b"3", b'~') => Key::Delete,
        (_, b'R') => {
            let column = std::str::from_utf8(parameters).ok();
            let column = column.and_then(|it| it.split_once(';')?.1.parse().ok());
            column.map_or(Key::Unknown, Key::Column)
        }
        _ => Key::Unknown,
    }
}

/// A character in UTF-8; `None` if it is not complete.
fn character(bytes: &[u8]) -> Option<(Key, usize)> {
    let head = bytes.get(..bytes.len().min(4))?;
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.valid_up_to() > 0 => {
            std::str::from_utf8(head.get(..error.valid_up_to())?).unwrap_or_default()
        }
        Err(error) => {
            let wrong = error.error_len()?;
            return Some((Key::Char(char::REPLACEMENT_CHARACTER), wrong));
        }
    };
    let c = valid.chars().next()?;
    Some((Key::Char(c), c.len_utf8()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(pieces: &[&[u8]]) -> Vec<Key> {
        let mut keyboard = Keyboard::default();
        pieces.iter().flat_map(|it| keyboard.take(it)).collect()
    }

    #[test]
    fn keys_are_the_same_in_whatever_pieces_their_bytes_come() {
        let bytes = "aé日\x1b[A\x1b[1;5D\x1bOH\x1b[3~\x1bb\x1bx\x17\r\x1b[12;34R".as_bytes();
        let whole = typed(&[bytes]);
        let singly: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(whole, typed(&singly));
        let expected = [
            Key::Char('a'),
            Key::Char('é'),
            Key::Char('日'),
            Key::Up,
            Key::WordLeft,
            Key::Home,
            Key::Delete,
            Key::WordLeft,
            Key::Unknown,
            Key::Char('x'),
            Key::EraseWord,
            Key::Enter,
            Key::Column(34),
        ];
        assert_eq!(whole, expected);
    }

    #[test]
    fn a_paste_is_one_key_and_nothing_in_it_is_another() {
        let bytes = b"\x1b[200~one\r\ntwo\rthree\x1b[A\x03\x1b[201~x";
        let expected = [
            Key::Paste("one\ntwo\nthree\x1b[A\x03".to_owned()),
            Key::Char('x'),
        ];
        let singly: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(typed(&[bytes]), expected);
        assert_eq!(typed(&singly), expected);
    }

    #[test]
    fn bytes_that_are_no_text_do_no_harm() {
        let all: Vec<u8> = (0..=255).chain((0..=255).rev()).collect();
        let long = [b"\x1b[".as_slice(), &[b'1'; 5000], b"x"].concat();
        assert!(!typed(&[&all, &long]).is_empty());
        assert_eq!(typed(&[b"\xff"]), [Key::Char('\u{fffd}')]);
        assert_eq!(typed(&[b"\xe6\x97"]), []);
    }
}
