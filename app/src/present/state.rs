//! The state of a lesson: the scene, the messages, what Eve has, the votes. A state machine
//! without input or output of its own: it takes commands and the time.

use std::time::Duration;

use super::{
    ballot::{BallotBox, VoteError, Voter},
    command::{CommandError, LessonCommand, MAX_MESSAGES, MAX_TEXT, typed_line},
    lesson::{LessonScene, answer},
};
use doormat::experiment::{Conversation, Line, Live, live::Eve};

/// The state of a lesson.
pub struct LessonState {
    pub(super) prepared: Vec<Line>,
    pub(super) live: Live,
    /// What Eve has without any key.
    overheard: [Eve; 2],
    /// What she has with the escrow key, from the scene on in which it leaks.
    with_key: Option<[Eve; 2]>,
    pub(super) scene: LessonScene,
    pub(super) ballots: BallotBox,
    /// When the clock was started, since 1970.
    pub(super) started: Option<Duration>,
    /// Grows with each change of the messages.
    pub(super) revision: u64,
}

impl LessonState {
    /// A lesson at its beginning.
    ///
    /// # Errors
    /// [`CommandError`] for too many or too long messages.
    pub fn new(prepared: &Conversation, seed: u64) -> Result<Self, CommandError> {
        let prepared = prepared.lines().to_vec();
        if prepared.len() > MAX_MESSAGES {
            return Err(CommandError::Full);
        }
        if let Some(at) = prepared.iter().position(|it| it.text.len() > MAX_TEXT) {
            return Err(CommandError::PreparedTooLong { number: at + 1 });
        }
        let mut live = Live::begin(seed)?;
        for line in &prepared {
            live.say(line.clone())?;
        }
        Ok(Self {
            prepared,
            overheard: live.overhear()?,
            live,
            with_key: None,
            scene: LessonScene::Talk,
            ballots: BallotBox::default(),
            started: None,
            revision: 0,
        })
    }

    /// Executes a command. `now` is the time since 1970.
    ///
    /// # Errors
    /// [`CommandError`]. The state is unchanged then, except after
    /// [`CommandError::Experiment`]: such a defect leaves a lesson that must be restarted.
    pub fn apply(&mut self, command: LessonCommand, now: Duration) -> Result<(), CommandError> {
        match command {
            LessonCommand::Next {} => {
                // The answer and the votes are shown before the scene changes.
                if self.has_more_to_show() {
                    self.ballots.show(self.scene, true);
                    return Ok(());
                }
                let after = LessonScene::at(self.scene.index() + 1);
                after.map_or(Ok(()), |scene| self.go_at(scene, now))
            }
            LessonCommand::Back {} => {
                let before = self.scene.index().checked_sub(1);
                let before = before.and_then(LessonScene::at);
                before.map_or(Ok(()), |scene| self.go(scene))
            }
            LessonCommand::Jump { scene } => {
                let to = LessonScene::at(scene).ok_or(CommandError::NoScene(scene))?;
                self.go_at(to, now)
            }
            LessonCommand::Say { sender, text } => {
                let line = typed_line(&sender, text.trim())?;
                if self.live.lines().len() >= MAX_MESSAGES {
                    return Err(CommandError::Full);
                }
                self.live.say(line)?;
                self.run_attacks()
            }
            LessonCommand::Restart {} => self.restart(self.prepared.clone()),
            LessonCommand::Clear {} => self.restart(Vec::new()),
            LessonCommand::ShowVotes { scene, shown } => {
                self.ballots.show(self.current(scene)?, shown);
                Ok(())
            }
            LessonCommand::AskAgain { scene } => {
                self.ballots.ask_again(self.current(scene)?);
                Ok(())
            }
            LessonCommand::StartClock { running } => {
                self.started = running.then_some(now);
                Ok(())
            }
        }
    }

    /// The scene that a command names, if it is the current one.
    fn current(&self, named: LessonScene) -> Result<LessonScene, CommandError> {
        if named == self.scene {
            Ok(named)
        } else {
            Err(CommandError::NotTheScene)
        }
    }

    /// Takes a vote on the question of the current scene.
    ///
    /// # Errors
    /// [`VoteError`]
    pub fn vote(
        &mut self,
        scene: LessonScene,
        voter: Voter,
        choice: usize,
    ) -> Result<(), VoteError> {
        if scene != self.scene {
            return Err(VoteError::NotAsked);
        }
        self.ballots.cast(scene, voter, choice)
    }

    /// The current scene.
    pub const fn scene(&self) -> LessonScene {
        self.scene
    }

    /// The conversation and its tapes.
    pub(super) const fn live(&self) -> &Live {
        &self.live
    }

    /// What Eve has in the current scene.
    pub(super) fn eve(&self) -> &[Eve; 2] {
        match &self.with_key {
            Some(with_key) if self.scene.is_read() => with_key,
            _ => &self.overheard,
        }
    }

    /// What she has without any key.
    pub(super) const fn overheard(&self) -> &[Eve; 2] {
        &self.overheard
    }

    /// The right answer to the question on Eve's tapes, as the attacks gave it. The question
    /// on the leak has none here: the scene after it shows the answer.
    pub(super) fn answer(&self) -> Option<&'static str> {
        let [escrow, e2e] = match self.scene {
            LessonScene::Vote if !self.live.lines().is_empty() => &self.overheard,
            _ => return None,
        };
        Some(answer(escrow.evaluation.read > 0, e2e.evaluation.read > 0))
    }

    fn has_more_to_show(&self) -> bool {
        let there_is_more = self.ballots.voted(self.scene) > 0 || self.answer().is_some();
        there_is_more && !self.ballots.is_shown(self.scene)
    }

    /// Goes to a scene. The first change of scene starts the clock, at the minute that the
    /// plan has for the new scene.
    fn go_at(&mut self, scene: LessonScene, now: Duration) -> Result<(), CommandError> {
        if scene != self.scene {
            let minutes = scene.text().minute.map_or(0, u64::from);
            let begun = now.saturating_sub(Duration::from_secs(minutes * 60));
            self.started.get_or_insert(begun);
        }
        self.go(scene)
    }

    pub(super) fn go(&mut self, scene: LessonScene) -> Result<(), CommandError> {
        // The attack runs when the key leaks, so that its result is there when it is shown.
        if scene.has_leaked() && self.with_key.is_none() {
            self.with_key = Some(self.live.read_back()?);
        }
        self.scene = scene;
        Ok(())
    }

    fn restart(&mut self, lines: Vec<Line>) -> Result<(), CommandError> {
        self.carry_all(lines)?;
        self.ballots = BallotBox::default();
        self.started = None;
        self.go(LessonScene::Talk)
    }

    pub(super) fn carry_all(&mut self, lines: Vec<Line>) -> Result<(), CommandError> {
        let mut live = Live::begin(self.live.seed())?;
        for line in lines {
            live.say(line)?;
        }
        self.live = live;
        self.with_key = None;
        self.run_attacks()
    }

    /// Runs Eve's attacks on the tapes, with what she has in the current scene.
    fn run_attacks(&mut self) -> Result<(), CommandError> {
        self.revision += 1;
        self.overheard = self.live.overhear()?;
        self.with_key = match self.scene.has_leaked() {
            true => Some(self.live.read_back()?),
            false => None,
        };
        Ok(())
    }
}
