//! The order of a number's bytes, which a capture file's writer chooses.

#[derive(Clone, Copy, Default)]
pub(super) enum ByteOrder {
    #[default]
    Little,
    Big,
}

impl ByteOrder {
    /// The order in which these bytes are a known number.
    pub(super) fn of(bytes: [u8; 4], known: u32) -> Option<Self> {
        [Self::Little, Self::Big]
            .into_iter()
            .find(|order| order.u32(bytes) == known)
    }

    pub(super) const fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    pub(super) const fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    pub(super) const fn u64(self, bytes: [u8; 8]) -> u64 {
        match self {
            Self::Little => u64::from_le_bytes(bytes),
            Self::Big => u64::from_be_bytes(bytes),
        }
    }

    pub(super) const fn i64(self, bytes: [u8; 8]) -> i64 {
        self.u64(bytes).cast_signed()
    }

    /// A number's lower and upper 16 bits.
    pub(super) fn halves(self, bytes: [u8; 4]) -> [u16; 2] {
        let [a, b, c, d] = self.u32(bytes).to_be_bytes();
        [u16::from_be_bytes([c, d]), u16::from_be_bytes([a, b])]
    }
}
