//! The page: what was measured, how, what it means and what it does not.
//!
//! | file | part |
//! |---|---|
//! | [`sealing`] | sealing and opening messages |
//! | [`reading`] | one stolen key, and what reading takes |

pub mod reading;
pub mod sealing;

use crate::{Failure, machine::Machine};

/// What comes before the parts.
pub fn head(machine: &Machine) -> String {
    let Machine {
        processor,
        cores,
        system,
        compiler,
        load,
        date,
    } = machine;
    // Building this package takes all cores in the minute before.
    let others = load - f64::from(*cores);
    let busy = if others > 1.0 { BUSY } else { "" };
    format!(
        "# Performance

*Written by `cargo run --release --manifest-path benches/Cargo.toml -- --report`; not by hand.*

| measured on | |
|---|---|
| processor | {processor}, {cores} cores |
| system | {system} |
| compiler | {compiler} |
| load | {load} programs wanted a core in the minute before |
| date | {date} |

Read the ratios. Whatever a ratio compares was measured in the same run, so that a
busy machine slows both alike; on another machine the seconds will be others, and the ratios
nearly these. *2.00 (1.90–2.10)* is the median of all rounds, and the range in which the middle
half of them lay.
{busy}"
    )
}

/// What is said when others wanted the cores.
const BUSY: &str = "
**The machine was busy with other work.** Sealing and opening counts processor time, which suffers little.
The other parts count what a clock on the wall shows: take their orders of magnitude from this run, and
nothing from the comparison of cores. An idle machine gives figures worth quoting.
";

/// A number as it is read: 1,000,000.
pub fn count(number: u32) -> String {
    let digits = number.to_string();
    let mut read = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            read.push(',');
        }
        read.push(digit);
    }
    read
}

/// A part of the page, or a line that says why it is not there: what else was measured
/// should not be lost with it.
pub fn or_why_not(part: Result<String, Failure>) -> String {
    part.unwrap_or_else(|failure| format!("*Not measured: {failure}*\n"))
}

/// What comes before the relay's table.
pub const RELAY: &str = "
## The relay

`doormat relay` beside two servers that also keep a message until its recipient has it, all on this
machine, over loopback, under the same load: senders keep so many messages unacknowledged, recipients
confirm each. Servers and load share the cores. Not one of them is like another: a row says what
of a message is on disk when its server acknowledges it. Read a line only with that in mind: one that
syncs nothing is fast until the power goes.

";
