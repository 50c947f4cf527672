//! The ballot box: one anonymous vote for each device and question.
//!
//! A device is a random number that its browser keeps in a cookie, and that is never stored
//! with an address. A device may change its vote until the votes are shown. That closes the
//! vote, until the question is asked again.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::lesson::LessonScene;

/// The most devices that may vote on one question, to bound the memory that votes take.
pub const MAX_VOTERS: usize = 2_000;

/// A device: 16 random bytes, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Voter([u8; 16]);

impl Voter {
    /// A new device, if the bytes are random.
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
    votes: BTreeMap<LessonScene, BTreeMap<Voter, usize>>,
    /// The questions whose votes are shown now.
    shown: BTreeSet<LessonScene>,
    /// The questions whose votes are shown, or were.
    closed: BTreeSet<LessonScene>,
}

/// Why a vote was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VoteError {
    /// The scene has no question, or is not the current one.
    #[error("this question is not being asked now")]
    NotAsked,
    /// The votes are shown, or were.
    #[error("the votes were shown already")]
    Closed,
    /// No such choice.
    #[error("there is no such answer")]
    NoSuchChoice,
    /// [`MAX_VOTERS`] have voted already.
    #[error("the ballot box is full")]
    Full,
}

impl BallotBox {
    /// Casts a vote, in place of the device's earlier one.
    ///
    /// # Errors
    /// [`VoteError`]
    pub fn cast(
        &mut self,
        scene: LessonScene,
        voter: Voter,
        choice: usize,
    ) -> Result<(), VoteError> {
        let question = scene.text().question.ok_or(VoteError::NotAsked)?;
        if choice >= question.choices.len() {
            return Err(VoteError::NoSuchChoice);
        }
        if self.is_closed(scene) {
            return Err(VoteError::Closed);
        }
        let votes = self.votes.entry(scene).or_default();
        if votes.len() >= MAX_VOTERS && !votes.contains_key(&voter) {
            return Err(VoteError::Full);
        }
        votes.insert(voter, choice);
        Ok(())
    }

    /// Shows the votes on a question, and closes it; or hides them, and leaves it closed.
    pub fn show(&mut self, scene: LessonScene, shown: bool) {
        if shown && scene.text().question.is_some() {
            self.shown.insert(scene);
            self.closed.insert(scene);
        } else {
            self.shown.remove(&scene);
        }
    }

    /// Whether no more votes on a question are taken.
    pub fn is_closed(&self, scene: LessonScene) -> bool {
        self.closed.contains(&scene)
    }

    /// Whether the votes on a question are shown.
    pub fn is_shown(&self, scene: LessonScene) -> bool {
        self.shown.contains(&scene)
    }

    /// Deletes the votes on a question, and opens it again.
    pub fn ask_again(&mut self, scene: LessonScene) {
        self.votes.remove(&scene);
        self.shown.remove(&scene);
        self.closed.remove(&scene);
    }

    /// How many devices chose each answer.
    pub fn counts(&self, scene: LessonScene) -> Vec<usize> {
        let choices = scene.text().question.map_or(0, |it| it.choices.len());
        let votes = || self.votes.get(&scene).into_iter().flatten();
        (0..choices)
            .map(|choice| votes().filter(|(_, chosen)| **chosen == choice).count())
            .collect()
    }

    /// How many devices have voted.
    pub fn voted(&self, scene: LessonScene) -> usize {
        self.votes.get(&scene).map_or(0, BTreeMap::len)
    }

    /// What a device chose.
    pub fn choice(&self, scene: LessonScene, voter: &Voter) -> Option<usize> {
        self.votes.get(&scene)?.get(voter).copied()
    }

    /// Removes what [`Self::cast`] and [`Self::show`] cannot have stored, from a box that was
    /// read from a file.
    pub fn remove_invalid(&mut self) {
        for scenes in [&mut self.shown, &mut self.closed] {
            scenes.retain(|scene| scene.text().question.is_some());
        }
        self.votes.retain(|scene, votes| {
            let choices = scene.text().question.map_or(0, |it| it.choices.len());
            votes.retain(|_, choice| *choice < choices);
            choices > 0 && votes.len() <= MAX_VOTERS
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_has_one_vote_and_may_change_it() {
        let mut ballots = BallotBox::default();
        let [one, other] = [Voter::new([1; 16]), Voter::new([2; 16])];
        ballots
            .cast(LessonScene::Vote, one.clone(), 0)
            .expect("taken");
        ballots
            .cast(LessonScene::Vote, one.clone(), 3)
            .expect("taken");
        ballots.cast(LessonScene::Vote, other, 3).expect("taken");
        assert_eq!(ballots.counts(LessonScene::Vote), [0, 0, 0, 2]);
        assert_eq!(ballots.choice(LessonScene::Vote, &one), Some(3));
        assert_eq!(ballots.counts(LessonScene::Leak), [0; 4]);
    }

    #[test]
    fn a_vote_on_another_question_or_without_a_choice_is_refused() {
        let mut ballots = BallotBox::default();
        let voter = Voter::new([1; 16]);
        let cast =
            |ballots: &mut BallotBox, scene, choice| ballots.cast(scene, voter.clone(), choice);
        assert_eq!(
            cast(&mut ballots, LessonScene::Talk, 0),
            Err(VoteError::NotAsked)
        );
        assert_eq!(
            cast(&mut ballots, LessonScene::Vote, 4),
            Err(VoteError::NoSuchChoice)
        );
    }

    #[test]
    fn a_vote_that_was_shown_is_closed_until_it_is_asked_again() {
        let mut ballots = BallotBox::default();
        let voter = Voter::new([1; 16]);
        ballots
            .cast(LessonScene::Vote, voter.clone(), 0)
            .expect("taken");
        for shown in [true, false] {
            ballots.show(LessonScene::Vote, shown);
            let late = ballots.cast(LessonScene::Vote, voter.clone(), 1);
            assert_eq!(late, Err(VoteError::Closed));
        }
        assert_eq!(ballots.counts(LessonScene::Vote), [1, 0, 0, 0]);
        ballots
            .cast(LessonScene::Leak, voter.clone(), 1)
            .expect("taken");
        ballots.ask_again(LessonScene::Vote);
        assert_eq!(ballots.voted(LessonScene::Vote), 0);
        ballots.cast(LessonScene::Vote, voter, 1).expect("taken");
        assert_eq!(ballots.voted(LessonScene::Leak), 1);
    }

    #[test]
    fn in_a_full_box_votes_can_still_be_changed() {
        let mut ballots = BallotBox::default();
        for number in 0..MAX_VOTERS {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&number.to_be_bytes());
            ballots
                .cast(LessonScene::Vote, Voter::new(bytes), 0)
                .expect("taken");
        }
        let late = ballots.cast(LessonScene::Vote, Voter::new([9; 16]), 0);
        assert_eq!(late, Err(VoteError::Full));
        ballots
            .cast(LessonScene::Vote, Voter::new([0; 16]), 1)
            .expect("taken");
    }
}
