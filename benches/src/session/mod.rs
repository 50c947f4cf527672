//! Two people in one session, both in this process, and messages carried between
//! them: sealed to the bytes that would cross the wire, and opened from those bytes.
//!
//! | file | who |
//! |---|---|
//! | [`ours`] | doormat's devices, end-to-end and in escrow |
//! | [`olm`] | `vodozemac`, Matrix's implementation of Olm |
//! | [`bare`] | a Double Ratchet of our primitives and nothing else: the floor |

pub mod bare;
pub mod olm;
pub mod ours;

use crate::{Failure, clock::Processor};

/// The text of every message, in bytes.
pub const TEXT_BYTES: usize = 256;

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// The one who began the session.
    Anna,
    /// The one who answered.
    Boris,
}

/// Two people in one session.
pub trait Pair {
    /// Seals a text, puts it into bytes, takes it out of them and opens it.
    ///
    /// # Errors
    /// What either side says, or that another text came out.
    fn carry(&mut self, writer: Writer, text: &[u8]) -> Result<(), Failure>;
}

/// Who writes when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Anna writes everything: one long run, no turn of the ratchet.
    InOrder,
    /// Each message answers the one before: a turn of the ratchet every time.
    PingPong,
}

impl Order {
    /// Its name in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InOrder => "in order",
            Self::PingPong => "ping-pong",
        }
    }

    /// Messages of one measurement: some tens of milliseconds for everybody.
    pub const fn messages(self) -> u32 {
        match self {
            Self::InOrder => 2000,
            Self::PingPong => 200,
        }
    }

    const fn writer(self, number: u32) -> Writer {
        match self {
            Self::PingPong if number % 2 == 1 => Writer::Boris,
            _ => Writer::Anna,
        }
    }
}

/// Processor time for each message, in microseconds: both sides together.
///
/// # Errors
/// What the pair says.
pub fn measure(pair: &mut dyn Pair, order: Order) -> Result<f64, Failure> {
    let text = [b'x'; TEXT_BYTES];
    let begun = Processor::now();
    for number in 0..order.messages() {
        pair.carry(order.writer(number), &text)?;
    }
    Ok(begun.elapsed().as_secs_f64() * 1e6 / f64::from(order.messages()))
}

/// That what came out is what went in.
fn compare(came: &[u8], text: &[u8]) -> Result<(), Failure> {
    if came == text {
        Ok(())
    } else {
        Err("another text came out".into())
    }
}
