//! The ballot box: one vote a device for each question, and nobody's name on it.
//!
//! A device is a random number that its browser keeps in a cookie. It says nothing of
//! whose it is, and is not written down with any address. A second vote of the same
//! device takes the place of its first, until the votes are shown. Votes that were shown
//! stay closed, unless the question is asked again.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::lesson::Scene;

/// Devices that may vote on one question; so a flood of them costs little.
pub const MAX_VOTERS: usize = 2_000;

/// A device: 16 random bytes, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Voter([u8; 16]);

impl Voter {
    /// A device that nobody has seen before, if the bytes are random.
    pub const fn new(random: [u8; 16]) -> Self {
        Self(random)
    }
}

impl std::fmt::Display for Voter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl TryFrom<String> for Voter {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| "not a voter")?;
        Ok(Self(bytes))
    }
}

impl From<Voter> for String {
    fn from(voter: Voter) -> Self {
        voter.to_string()
    }
}

/// All votes of a lesson.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BallotBox {
    votes: BTreeMap<Scene, BTreeMap<Voter, usize>>,
    /// The questions whose votes are on the projector.
    shown: BTreeSet<Scene>,
    /// Those whose votes are there, or were.
    closed: BTreeSet<Scene>,
}

/// Why a vote was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// The scene asks nothing, or another one is on by now.
    #[error("this question is not being asked now")]
    NotAsked,
    /// The votes are on the projector.
    #[error("the votes were shown already")]
    Closed,
    /// A choice that is none.
    #[error("there is no such answer")]
    NoSuchChoice,
    /// Too many devices.
    #[error("the ballot box is full")]
    Full,
}

impl BallotBox {
    /// Puts a vote in, in place of the device's earlier one.
    ///
    /// # Errors
    /// [`NotTaken`]
    pub fn put(&mut self, scene: Scene, voter: Voter, choice: usize) -> Result<(), NotTaken> {
        let question = scene.words().question.ok_or(NotTaken::NotAsked)?;
        if choice >= question.choices.len() {
            return Err(NotTaken::NoSuchChoice);
        }
        if self.is_closed(scene) {
            return Err(NotTaken::Closed);
        }
        let votes = self.votes.entry(scene).or_default();
        if votes.len() >= MAX_VOTERS && !votes.contains_key(&voter) {
            return Err(NotTaken::Full);
        }
        votes.insert(voter, choice);
        Ok(())
    }

    /// Shows the votes on a question, which closes it; or hides them, which does not open
    /// it again.
    pub fn show(&mut self, scene: Scene, shown: bool) {
        if shown && scene.words().question.is_some() {
            self.shown.insert(scene);
            self.closed.insert(scene);
        } else {
            self.shown.remove(&scene);
        }
    }

    /// Whether no more votes on a question are taken.
    pub fn is_closed(&self, scene: Scene) -> bool {
        self.closed.contains(&scene)
    }

    /// Whether the votes on a question are shown.
    pub fn is_shown(&self, scene: Scene) -> bool {
        self.shown.contains(&scene)
    }

    /// Asks a question anew: its votes are gone.
    pub fn ask_again(&mut self, scene: Scene) {
        self.votes.remove(&scene);
        self.shown.remove(&scene);
        self.closed.remove(&scene);
    }

    /// How many devices chose each answer.
    pub fn counts(&self, scene: Scene) -> Vec<usize> {
        let choices = scene.words().question.map_or(0, |it| it.choices.len());
        let votes = || self.votes.get(&scene).into_iter().flatten();
        (0..choices)
            .map(|choice| votes().filter(|(_, chosen)| **chosen == choice).count())
            .collect()
    }

    /// How many devices have voted.
    pub fn voted(&self, scene: Scene) -> usize {
        self.votes.get(&scene).map_or(0, BTreeMap::len)
    }

    /// What a device chose.
    pub fn choice(&self, scene: Scene, voter: &Voter) -> Option<usize> {
        self.votes.get(&scene)?.get(voter).copied()
    }

    /// Takes out what cannot have been put in: a file may say anything.
    pub fn sift(&mut self) {
        for scenes in [&mut self.shown, &mut self.closed] {
            scenes.retain(|scene| scene.words().question.is_some());
        }
        self.votes.retain(|scene, votes| {
            let choices = scene.words().question.map_or(0, |it| it.choices.len());
            votes.retain(|_, choice| *choice < choices);
            choices > 0 && votes.len() <= MAX_VOTERS
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_has_one_vote_and_may_change_its_mind() {
        let mut ballots = BallotBox::default();
        let [one, other] = [Voter::new([1; 16]), Voter::new([2; 16])];
        ballots.put(Scene::Vote, one.clone(), 0).expect("taken");
        ballots.put(Scene::Vote, one.clone(), 3).expect("taken");
        ballots.put(Scene::Vote, other, 3).expect("taken");
        assert_eq!(ballots.counts(Scene::Vote), [0, 0, 0, 2]);
        assert_eq!(ballots.choice(Scene::Vote, &one), Some(3));
        assert_eq!(ballots.counts(Scene::Leak), [0; 4]);
    }

    #[test]
    fn what_is_not_asked_or_no_answer_is_not_taken() {
        let mut ballots = BallotBox::default();
        let voter = Voter::new([1; 16]);
        let put =
            |ballots: &mut BallotBox, scene, choice| ballots.put(scene, voter.clone(), choice);
        assert_eq!(put(&mut ballots, Scene::Talk, 0), Err(NotTaken::NotAsked));
        assert_eq!(
            put(&mut ballots, Scene::Vote, 4),
            Err(NotTaken::NoSuchChoice)
        );
    }

    #[test]
    fn what_was_shown_is_closed_until_it_is_asked_again() {
        let mut ballots = BallotBox::default();
        let voter = Voter::new([1; 16]);
        ballots.put(Scene::Vote, voter.clone(), 0).expect("taken");
        for shown in [true, false] {
            ballots.show(Scene::Vote, shown);
            let late = ballots.put(Scene::Vote, voter.clone(), 1);
            assert_eq!(late, Err(NotTaken::Closed));
        }
        assert_eq!(ballots.counts(Scene::Vote), [1, 0, 0, 0]);
        ballots.put(Scene::Leak, voter.clone(), 1).expect("taken");
        ballots.ask_again(Scene::Vote);
        assert_eq!(ballots.voted(Scene::Vote), 0);
        ballots.put(Scene::Vote, voter, 1).expect("taken");
        assert_eq!(ballots.voted(Scene::Leak), 1);
    }

    #[test]
    fn a_full_box_still_lets_its_voters_change_their_minds() {
        let mut ballots = BallotBox::default();
        for number in 0..MAX_VOTERS {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&number.to_be_bytes());
            ballots
                .put(Scene::Vote, Voter::new(bytes), 0)
                .expect("taken");
        }
        let late = ballots.put(Scene::Vote, Voter::new([9; 16]), 0);
        assert_eq!(late, Err(NotTaken::Full));
        ballots
            .put(Scene::Vote, Voter::new([0; 16]), 1)
            .expect("taken");
    }
}
