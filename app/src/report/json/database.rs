//! What a stolen database gave, and what it did not.

use serde::Serialize;

use crate::text::count;

/// The part of `doormat attack --database --json` that is about the database.
#[derive(Debug, Clone, Serialize)]
pub struct DatabaseFigures {
    /// Envelopes that wait for their recipients.
    pub waiting: u64,
    /// Rows that could not be read.
    pub unreadable: u64,
    /// Envelopes to which no row leads: in free pages, unused or damaged parts of pages,
    /// and older frames of the log.
    pub remains: u64,
    /// Such envelopes of which only the beginning is left.
    pub cut_short: u64,
    /// Partly overwritten copies of envelopes of which another was read.
    pub overwritten: u64,
    /// Whether there was a write-ahead log beside the database.
    pub log: bool,
    /// Why something was not looked at, if so.
    pub ended_early: Vec<String>,
}

impl DatabaseFigures {
    /// What is to be said of it.
    pub fn sentences(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        if self.remains > 0 {
            let were = if self.remains == 1 { "was" } else { "were" };
            sentences.push(format!(
                "{} {were} found where no row leads: in free pages, unused or damaged parts of \
                 pages, and older frames of the log.",
                count(self.remains, "envelope")
            ));
        }
        if self.unreadable > 0 {
            sentences.push(format!(
                "{} of the database could not be read.",
                count(self.unreadable, "row")
            ));
        }
        if self.cut_short > 0 {
            sentences.push(format!(
                "{} such are left in part only, and were not read.",
                count(self.cut_short, "other envelope")
            ));
        }
        if self.overwritten > 0 {
            let verb = if self.overwritten == 1 { "was" } else { "were" };
            sentences.push(format!(
                "{} of these, partly overwritten, {verb} left out.",
                count(self.overwritten, "old version"),
            ));
        }
        if !self.log {
            sentences.push(
                "There was no write-ahead log (`-wal`) beside it: what a running relay wrote last \
                 may be missing."
                    .to_owned(),
            );
        }
        let reasons = self.ended_early.iter();
        sentences.extend(reasons.map(|why| format!("Not all of it was looked at: {why}.")));
        sentences
    }
}
