//! What an attack is to the laboratory.

use std::fmt;

use crate::experiment::{
    ExperimentError, conversation::Conversation, design::Design, evidence::Evidence,
    family::Family, outcome::Outcome, setting::Setting,
};
use crate::protocol::AuthorityId;

/// One attack: everything of it stands in one file of this folder.
pub struct Attack {
    /// Its name on the command line and in reports.
    pub name: &'static str,
    /// What is stolen, or done.
    pub loot: &'static str,
    /// When, in words.
    pub when: &'static str,
    /// What is tried with it.
    pub tried: &'static str,
    /// A few sentences on what it teaches.
    pub lesson: &'static str,
    /// Where the argument comes from.
    pub source: &'static str,
    /// Whose row it is.
    pub families: &'static [Family],
    /// Who it is that reads, or tries to.
    pub reader: Reader,
    /// What a legend has to say of it.
    pub remark: Option<&'static str>,
    /// Whether there is anything to attack in a design and a conversation, or why not:
    /// a sentence without its full stop.
    pub applies: fn(&Design, &Conversation) -> Result<(), &'static str>,
    /// When it begins, and how it is run.
    pub method: Method,
}

/// Who it is that reads, or tries to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Somebody who listens, and steals something.
    Eve,
    /// Somebody inside, who takes part.
    Insider,
    /// The authority, whom senders evade.
    Authority,
}

/// When an attack begins, and how it is run.
pub enum Method {
    /// At the theft, with what there is to steal at that moment.
    Theft {
        /// What tells the loot of one moment from another's.
        loot: fn(&Evidence) -> Loot,
        /// Why nothing is read if the theft comes before the first message.
        too_early: Option<&'static str>,
        /// Runs it.
        run: fn(&Evidence, &Setting<'_>) -> Result<Outcome, ExperimentError>,
    },
    /// From the first message on, in a conversation of its own.
    TakesPart {
        /// Runs it.
        run: fn(Design, &Setting<'_>) -> Result<Outcome, ExperimentError>,
    },
}

/// What tells the loot of one moment from another's. With equal loot an attack comes to
/// an equal outcome, and need not be run again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loot {
    /// There is none: the tape alone.
    Nothing,
    /// Escrow keys, or shares of them.
    Keys(Vec<AuthorityId>),
    /// Something that is different after each message.
    OfMoment(usize),
}

impl Loot {
    /// The escrow keys that there are to steal.
    pub(super) fn keys(evidence: &Evidence) -> Self {
        let keys = evidence.moment.holdings.keys.iter();
        Self::Keys(keys.map(|key| key.public().id()).collect())
    }

    /// What is different after each message.
    pub(super) const fn of_moment(evidence: &Evidence) -> Self {
        Self::OfMoment(evidence.theft_at)
    }
}

impl Attack {
    /// Whether it takes place from the first message on, and not half-way.
    pub const fn is_from_the_start(&self) -> bool {
        match self.method {
            Method::Theft { .. } => false,
            Method::TakesPart { .. } => true,
        }
    }

    /// Whether it is the authority that reads, and the senders who evade it.
    pub fn is_evasion(&self) -> bool {
        self.reader == Reader::Authority
    }

    /// Runs it on what a conversation has left behind.
    pub(in crate::experiment) fn run(
        &self,
        evidence: &Evidence,
        setting: &Setting<'_>,
    ) -> Result<Outcome, ExperimentError> {
        match self.method {
            Method::Theft { run, .. } => run(evidence, setting),
            Method::TakesPart { run } => run(evidence.design, setting),
        }
    }
}

impl PartialEq for Attack {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Attack {}

impl fmt::Debug for Attack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Display for Attack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// For attacks that every design and conversation can meet.
pub(super) const fn always(_: &Design, _: &Conversation) -> Result<(), &'static str> {
    Ok(())
}
