//! The messages in one direction of a WebSocket connection (RFC 6455): the HTTP
//! handshake first, then frames, masked from client to server, whole or in
//! fragments, with control frames between them.

/// The subprotocol that makes a connection ours.
const SUBPROTOCOL: &str = "doormat.v1";

/// The longest handshake and the longest message, in bytes.
const LONGEST: usize = 128 * 1024;

#[derive(Debug, Default)]
pub(super) struct WebSocketReader {
    waiting: Vec<u8>,
    /// Whether the handshake is over, and this is one of ours.
    open: bool,
    /// The fragments of a message so far, and whether they are binary.
    fragments: Option<(bool, Vec<u8>)>,
}

impl WebSocketReader {
    /// Whether this has turned out to be one of ours.
    pub(super) const fn is_ours(&self) -> bool {
        self.open
    }

    /// Takes bytes; adds the binary messages that they complete. `None` if this is
    /// no WebSocket of ours, or not to be followed further.
    pub(super) fn take(&mut self, bytes: &[u8], messages: &mut Vec<Vec<u8>>) -> Option<()> {
        self.waiting.extend_from_slice(bytes);
        if !self.open {
            let Some(end) = self.waiting.windows(4).position(|w| w == b"\r\n\r\n") else {
                let http = [b"GET ".as_slice(), b"HTTP"];
                let begun = http.iter().any(|it| {
                    let shown = self.waiting.len().min(it.len());
                    self.waiting.get(..shown) == it.get(..shown)
                });
                return (begun && self.waiting.len() <= LONGEST).then_some(());
            };
            let head: Vec<u8> = self.waiting.drain(..end + 4).collect();
            if !names_us(&head) {
                return None;
            }
            self.open = true;
        }
        while let Some(frame) = Frame::parse(&self.waiting)? {
            self.waiting.drain(..frame.length);
            self.frame(frame, messages)?;
        }
        Some(())
    }

    fn frame(&mut self, frame: Frame, messages: &mut Vec<Vec<u8>>) -> Option<()> {
        let payload = frame.payload;
        let (binary, message) = match frame.opcode {
            Opcode::Control => return Some(()),
            Opcode::Begin { binary } => (binary, payload),
            Opcode::Continue => {
                let (binary, mut message) = self.fragments.take()?;
                message.extend(payload);
                (binary, message)
            }
        };
        if message.len() > LONGEST {
            return None;
        }
        if !frame.last {
            self.fragments = Some((binary, message));
        } else if binary {
            messages.push(message);
        }
        Some(())
    }
}

/// Whether a request or a response names the subprotocol.
fn names_us(head: &[u8]) -> bool {
    String::from_utf8_lossy(head).lines().any(|line| {
        line.split_once(':').is_some_and(|(name, value)| {
            name.eq_ignore_ascii_case("sec-websocket-protocol")
                && value.split(',').any(|it| it.trim() == SUBPROTOCOL)
        })
    })
}

enum Opcode {
    Begin { binary: bool },
    Continue,
    Control,
}

/// One frame at the front of the bytes (RFC 6455 §5.2).
struct Frame {
    last: bool,
    opcode: Opcode,
    /// Without its mask.
    payload: Vec<u8>,
    /// Bytes of the whole frame.
    length: usize,
}

impl Frame {
    /// `None` if it cannot be one; `Some(None)` if more bytes must come.
    fn parse(bytes: &[u8]) -> Option<Option<Self>> {
        let Some(([first, second], rest)) = bytes.split_first_chunk() else {
            return Some(None);
        };
        // Reserved bits mean an extension, and none was agreed on.
        if first & 0x70 != 0 {
            return None;
        }
        let opcode = match first & 0x0f {
            0x0 => Opcode::Continue,
            0x1 => Opcode::Begin { binary: false },
            0x2 => Opcode::Begin { binary: true },
            0x8..=0xa => Opcode::Control,
            _ => return None,
        };
        let extended = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let Some((length, rest)) = rest.split_at_checked(extended) else {
            return Some(None);
        };
        let length = match extended {
            0 => u64::from(second & 0x7f),
            _ => length.iter().fold(0, |n, &byte| n << 8 | u64::from(byte)),
        };
        let length = usize::try_from(length).ok().filter(|it| *it <= LONGEST)?;
        let (mask, rest) = match second & 0x80 {
            0 => ([0; 4], rest),
            _ => match rest.split_first_chunk() {
                Some((mask, rest)) => (*mask, rest),
                None => return Some(None),
            },
        };
        let Some((payload, rest)) = rest.split_at_checked(length) else {
            return Some(None);
        };
        Some(Some(Self {
            last: first & 0x80 != 0,
            opcode,
            payload: payload
                .iter()
                .zip(mask.iter().cycle())
                .map(|(byte, mask)| byte ^ mask)
                .collect(),
            length: bytes.len() - rest.len(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HANDSHAKE: &[u8] =
        b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: doormat.v1\r\n\r\n";

    fn frame(first: u8, mask: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
        let mut out = vec![first];
        let masked = if mask.is_some() { 0x80 } else { 0 };
        match payload.len() {
            length @ 0..=125 => out.push(masked | u8::try_from(length).expect("short")),
            length => {
                out.push(masked | 126);
                out.extend(u16::try_from(length).expect("short").to_be_bytes());
            }
        }
        out.extend(mask.iter().flatten());
        let key = mask.unwrap_or_default();
        out.extend(payload.iter().zip(key.iter().cycle()).map(|(b, m)| b ^ m));
        out
    }

    #[test]
    fn masked_and_fragmented_messages_come_whole_however_the_bytes_are_cut() {
        let long = vec![7; 300];
        let stream = [
            HANDSHAKE.to_vec(),
            frame(0x82, Some([1, 2, 3, 4]), b"masked"),
            frame(0x81, None, b"{\"type\":\"text\"}"),
            frame(0x02, Some([9, 9, 9, 9]), b"in "),
            frame(0x89, None, b"ping"),
            frame(0x00, None, b"three "),
            frame(0x80, None, b"parts"),
            frame(0x82, None, &long),
        ]
        .concat();
        for size in [1, 2, 7, 1000] {
            let (mut all, mut messages) = (WebSocketReader::default(), Vec::new());
            for bytes in stream.chunks(size) {
                all.take(bytes, &mut messages).expect("one of ours");
            }
            assert_eq!(
                messages,
                [b"masked".to_vec(), b"in three parts".to_vec(), long.clone()]
            );
        }
    }

    #[test]
    fn other_connections_are_given_up_at_once() {
        for bytes in [
            b"GET / HTTP/1.1\r\nHost: example\r\n\r\n".as_slice(),
            b"SSH-2.0-OpenSSH",
            &[0x16, 3, 1],
        ] {
            assert!(
                WebSocketReader::default()
                    .take(bytes, &mut Vec::new())
                    .is_none()
            );
        }
    }

    #[test]
    fn a_frame_that_claims_gigabytes_ends_the_stream() {
        let huge = [HANDSHAKE, &[0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0]].concat();
        assert!(
            WebSocketReader::default()
                .take(&huge, &mut Vec::new())
                .is_none()
        );
    }
}
