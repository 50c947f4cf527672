//! A WebSocket frame's head (RFC 6455 §5.2), and how one of doormat's is known.

/// The longest message, in bytes.
pub(super) const LONGEST: usize = 128 * 1024;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Opcode {
    Begin { binary: bool },
    Continue,
    Control,
}

pub(super) struct FrameHead {
    pub(super) last: bool,
    pub(super) opcode: Opcode,
    mask: [u8; 4],
    /// Bytes of the head, and of the payload behind it.
    pub(super) header: usize,
    pub(super) length: usize,
}

/// What stands there is no frame's head, or that of a longer message than any of ours.
pub(super) struct NotAFrame;

impl FrameHead {
    /// `None` if more bytes must come.
    pub(super) fn parse(bytes: &[u8]) -> Result<Option<Self>, NotAFrame> {
        let Some(([first, second], rest)) = bytes.split_first_chunk() else {
            return Ok(None);
        };
        // Reserved bits mean an extension, and none was agreed on.
        if first & 0x70 != 0 {
            return Err(NotAFrame);
        }
        let opcode = match first & 0x0f {
            0x0 => Opcode::Continue,
            0x1 => Opcode::Begin { binary: false },
            0x2 => Opcode::Begin { binary: true },
            0x8..=0xa => Opcode::Control,
            _ => return Err(NotAFrame),
        };
        let extended = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let Some((length, rest)) = rest.split_at_checked(extended) else {
            return Ok(None);
        };
        let length = match extended {
            0 => u64::from(second & 0x7f),
            _ => length.iter().fold(0, |n, &byte| n << 8 | u64::from(byte)),
        };
        let length = usize::try_from(length)
            .ok()
            .filter(|length| *length <= LONGEST)
            .ok_or(NotAFrame)?;
        let (mask, rest) = match second & 0x80 {
            0 => ([0; 4], rest),
            _ => match rest.split_first_chunk() {
                Some((mask, rest)) => (*mask, rest),
                None => return Ok(None),
            },
        };
        Ok(Some(Self {
            last: first & 0x80 != 0,
            opcode,
            mask,
            header: bytes.len() - rest.len(),
            length,
        }))
    }

    /// The payload without its mask.
    pub(super) fn unmask(&self, payload: &[u8]) -> Vec<u8> {
        let masks = self.mask.iter().cycle();
        payload
            .iter()
            .zip(masks)
            .map(|(byte, mask)| byte ^ mask)
            .collect()
    }
}

/// Whether bytes begin with frames of which the first that carries a message carries one of
/// doormat's. One that is not whole is known by its beginning.
pub(super) fn is_ours(mut bytes: &[u8]) -> bool {
    while let Ok(Some(head)) = FrameHead::parse(bytes) {
        let Some(payload) = bytes.get(head.header..) else {
            return false;
        };
        match head.opcode {
            Opcode::Begin { binary } => {
                let shown = payload.len().min(head.length).min(SHOWN);
                let begins = head.unmask(payload.get(..shown).unwrap_or_default());
                return if binary {
                    is_packet(&begins)
                } else {
                    is_control(&begins)
                };
            }
            Opcode::Continue => return false,
            Opcode::Control => match payload.get(head.length..) {
                Some(rest) => bytes = rest,
                None => return false,
            },
        }
    }
    false
}

/// How much of a message is looked at, in bytes.
const SHOWN: usize = 32;

/// An envelope's first bytes are version, kind, mode and schedule, a key bundle's and a
/// registration's version, kind and the length of a name (spec §5.1, §5.4, §7.1).
const fn is_packet(begins: &[u8]) -> bool {
    matches!(begins, [1, 1, 1 | 2, 1 | 2, ..] | [1, 2 | 3, 1..=64, ..])
}

/// What client and relay say to each other besides (`docs/wire.md`).
fn is_control(begins: &[u8]) -> bool {
    const TYPES: [&str; 15] = [
        "hello",
        "fetch",
        "received",
        "discard",
        "advance",
        "challenge",
        "welcome",
        "refused",
        "accepted",
        "advanced",
        "rejected",
        "delivered",
        "discarded",
        "prekeys",
        "no-bundle",
    ];
    let rest = begins.strip_prefix(br#"{"type":""#.as_slice());
    rest.is_some_and(|rest| {
        let name = rest.split(|&byte| byte == b'"').next().unwrap_or_default();
        TYPES.iter().any(|it| it.as_bytes() == name)
    })
}
