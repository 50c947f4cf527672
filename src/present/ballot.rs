//! The ballot box: one vote a device for each question, and nobody's name on it.
//!
//! A device is a random number that its browser keeps in a cookie. It says nothing of
//! whose it is, and is not written down with any address. A second vote of the same
//! device takes the place of its first, until the votes are shown.

use std::collections::BTreeMap;

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

    /// What its cookie says; nothing if that is no cookie of ours.
    pub fn read(cookie: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(cookie, &mut bytes).ok()?;
        Some(Self(bytes))
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
        Self::read(&text).ok_or("not a voter")
    }
}

impl From<Voter> for String {
    fn from(voter: Voter) -> Self {
        voter.to_string()
    }
}

/// All votes of a lesson.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct BallotBox(BTreeMap<Scene, BTreeMap<Voter, usize>>);

/// Why a vote was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// The scene asks nothing, or another one is on by now.
    #[error("this question is not being asked now")]
    NotAsked,
    /// The votes are on the projector.
    #[error("the votes are shown already")]
    Closed,
    /// A choice that is none.
    #[error("there is no such answer")]
    NoSuchChoice,
    /// Too many devices.
    #[error("the ballot box is full")]
    Full,
}

impl BallotBox {
    /// Puts a vote in, in place of the device's earlier one. `asked` is the scene that
    /// the class is in, unless its votes are shown already.
    ///
    /// # Errors
    /// [`NotTaken`]
    pub fn put(&mut self, scene: Scene, voter: Voter, choice: usize) -> Result<(), NotTaken> {
        let question = scene.words().question.ok_or(NotTaken::NotAsked)?;
        if choice >= question.choices.len() {
            return Err(NotTaken::NoSuchChoice);
        }
        let votes = self.0.entry(scene).or_default();
        if votes.len() >= MAX_VOTERS && !votes.contains_key(&voter) {
            return Err(NotTaken::Full);
        }
        votes.insert(voter, choice);
        Ok(())
    }

    /// How many devices chose each answer.
    pub fn counts(&self, scene: Scene) -> Vec<usize> {
        let choices = scene.words().question.map_or(0, |it| it.choices.len());
        let votes = || self.0.get(&scene).into_iter().flatten();
        (0..choices)
            .map(|choice| votes().filter(|(_, chosen)| **chosen == choice).count())
            .collect()
    }

    /// How many devices have voted.
    pub fn voted(&self, scene: Scene) -> usize {
        self.0.get(&scene).map_or(0, BTreeMap::len)
    }

    /// What a device chose.
    pub fn choice(&self, scene: Scene, voter: &Voter) -> Option<usize> {
        self.0.get(&scene)?.get(voter).copied()
    }

    /// Takes out what cannot have been put in: a file may say anything.
    pub fn sift(&mut self) {
        self.0.retain(|scene, votes| {
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
