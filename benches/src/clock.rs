//! Processor time: what one thread, or one child, has really computed. Others who
//! want the same cores make a wall clock slow, and this one hardly.

use std::time::Duration;

use rustix::time::{ClockId, Timespec, clock_gettime};

/// This thread's processor time at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Processor(Duration);

impl Processor {
    /// This moment.
    pub fn now() -> Self {
        let Timespec { tv_sec, tv_nsec } = clock_gettime(ClockId::ThreadCPUTime);
        // A thread has not computed less than nothing, nor for 2^64 seconds.
        let seconds = u64::try_from(tv_sec).unwrap_or_default();
        let nanoseconds = u32::try_from(tv_nsec).unwrap_or_default();
        Self(Duration::new(seconds, nanoseconds))
    }

    /// Processor time since then.
    pub fn elapsed(self) -> Duration {
        Self::now().0.saturating_sub(self.0)
    }
}
