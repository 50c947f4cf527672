//! What a file says of the interface that its packets were captured on.

use std::{num::NonZeroU64, time::Duration};

#[derive(Clone, Copy)]
pub(super) struct Interface {
    pub(super) link_type: u16,
    /// The most bytes that were captured of a packet; 0 without a limit.
    pub(super) limit: u32,
    /// Seconds to add to each time.
    pub(super) offset: i64,
    /// Ticks a second; `None` if the file gives a resolution beyond 64 bits.
    resolution: Option<NonZeroU64>,
    /// Packets lost on it so far.
    pub(super) dropped: u64,
}

impl Interface {
    /// Of a description that cannot be read: no link type has this number.
    pub(super) const UNKNOWN: Self = Self::new(u16::MAX, 0);

    /// Times are in microseconds unless [`Self::set_resolution`] says otherwise.
    pub(super) const fn new(link_type: u16, limit: u32) -> Self {
        Self {
            link_type,
            limit,
            offset: 0,
            resolution: NonZeroU64::new(1_000_000),
            dropped: 0,
        }
    }

    /// `if_tsresol`: a power of 10, or of 2 if the highest bit is set.
    pub(super) const fn set_resolution(&mut self, if_tsresol: u8) {
        self.resolution = ticks_a_second(if_tsresol);
    }

    /// When a packet passed. The epoch where the file does not say it in the range of a
    /// [`Duration`]: a packet without a time is read all the same.
    pub(super) fn time(&self, ticks: u64) -> Duration {
        self.checked_time(ticks).unwrap_or_default()
    }

    fn checked_time(&self, ticks: u64) -> Option<Duration> {
        let resolution = self.resolution?;
        let seconds = (ticks / resolution).checked_add_signed(self.offset)?;
        let rest = u128::from(ticks % resolution) * 1_000_000_000;
        let nanos = rest / u128::from(resolution.get());
        Some(Duration::new(seconds, u32::try_from(nanos).ok()?))
    }
}

const fn ticks_a_second(if_tsresol: u8) -> Option<NonZeroU64> {
    let base: u64 = if if_tsresol & 0x80 == 0 { 10 } else { 2 };
    // `u32::from` is not const.
    let mut exponent = if_tsresol & 0x7f;
    let mut ticks: u64 = 1;
    while exponent > 0 {
        let Some(more) = ticks.checked_mul(base) else {
            return None;
        };
        ticks = more;
        exponent -= 1;
    }
    NonZeroU64::new(ticks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resolution_is_a_power_of_ten_or_two_of_at_most_64_bits() {
        let found = [0, 6, 9, 19, 20, 0x80, 0x8a, 0xbf, 0xc0].map(ticks_a_second);
        let found = found.map(|ticks| ticks.map(NonZeroU64::get));
        let expected = [
            Some(1),
            Some(1_000_000),
            Some(1_000_000_000),
            Some(10_000_000_000_000_000_000),
            None,
            Some(1),
            Some(1024),
            Some(1 << 63),
            None,
        ];
        assert_eq!(found, expected);
    }
}
