//! Where a lesson is: its scene, what was said, what Eve has, how the class voted.
//! Pure: commands in, state out.

use std::time::Duration;

use super::{
    ballot::{BallotBox, NotTaken, Voter},
    command::{Command, MAX_MESSAGES, MAX_TEXT, Refused, typed_line},
    lesson::{Scene, answer},
};
use doormat::experiment::{Conversation, Line, Live, live::Eve};

/// A lesson.
pub struct Stage {
    pub(super) prepared: Vec<Line>,
    pub(super) live: Live,
    /// What Eve has, with the key or without: as the scene is.
    eve: [Eve; 2],
    leaked: Option<[Eve; 2]>,
    pub(super) scene: Scene,
    pub(super) ballots: BallotBox,
    /// When the clock was started, since 1970.
    pub(super) started: Option<Duration>,
    /// Counts changes of what was said.
    pub(super) said: u64,
}

impl Stage {
    /// A lesson at its beginning.
    ///
    /// # Errors
    /// [`Refused`] for too many or too long messages.
    pub fn new(prepared: &Conversation, seed: u64) -> Result<Self, Refused> {
        let prepared = prepared.lines().to_vec();
        if prepared.len() > MAX_MESSAGES {
            return Err(Refused::Full);
        }
        if let Some(at) = prepared.iter().position(|it| it.text.len() > MAX_TEXT) {
            return Err(Refused::PreparedTooLong { number: at + 1 });
        }
        let mut live = Live::begin(seed)?;
        for line in &prepared {
            live.say(line.clone())?;
        }
        Ok(Self {
            prepared,
            eve: live.overhear()?,
            live,
            leaked: None,
            scene: Scene::Talk,
            ballots: BallotBox::default(),
            started: None,
            said: 0,
        })
    }

    /// Does what is asked. `now` is the time since 1970.
    ///
    /// # Errors
    /// [`Refused`]; nothing has changed then, unless [`Refused::Experiment`]: after such a
    /// defect the lesson is to be begun again.
    pub fn obey(&mut self, command: Command, now: Duration) -> Result<(), Refused> {
        match command {
            Command::Next {} => {
                // The answer and the votes are shown before the scene goes on.
                if self.has_more_to_show() {
                    self.ballots.show(self.scene, true);
                    return Ok(());
                }
                let after = Scene::at(self.scene.index() + 1);
                after.map_or(Ok(()), |scene| self.go_at(scene, now))
            }
            Command::Back {} => {
                let before = self.scene.index().checked_sub(1).and_then(Scene::at);
                before.map_or(Ok(()), |scene| self.go(scene))
            }
            Command::Jump { scene } => {
                self.go_at(Scene::at(scene).ok_or(Refused::NoScene(scene))?, now)
            }
            Command::Say { sender, text } => {
                let line = typed_line(&sender, text.trim())?;
                if self.live.lines().len() >= MAX_MESSAGES {
                    return Err(Refused::Full);
                }
                self.live.say(line)?;
                self.listen()
            }
            Command::Restart {} => self.begin_again(self.prepared.clone()),
            Command::Clear {} => self.begin_again(Vec::new()),
            Command::ShowVotes { scene, shown } => {
                self.ballots.show(self.asked(scene)?, shown);
                Ok(())
            }
            Command::AskAgain { scene } => {
                self.ballots.ask_again(self.asked(scene)?);
                Ok(())
            }
            Command::StartClock { running } => {
                self.started = running.then_some(now);
                Ok(())
            }
        }
    }

    /// The scene, if it is still the one that was meant.
    fn asked(&self, meant: Scene) -> Result<Scene, Refused> {
        if meant == self.scene {
            Ok(meant)
        } else {
            Err(Refused::NotTheScene)
        }
    }

    /// Takes a vote on the question of the scene.
    ///
    /// # Errors
    /// [`NotTaken`]
    pub fn vote(&mut self, scene: Scene, voter: Voter, choice: usize) -> Result<(), NotTaken> {
        if scene != self.scene {
            return Err(NotTaken::NotAsked);
        }
        self.ballots.put(scene, voter, choice)
    }

    /// The scene.
    pub const fn scene(&self) -> Scene {
        self.scene
    }

    /// The conversation and its tapes.
    pub(super) const fn live(&self) -> &Live {
        &self.live
    }

    /// What Eve has in this scene.
    pub(super) fn eve(&self) -> &[Eve; 2] {
        match &self.leaked {
            Some(leaked) if self.scene.is_read() => leaked,
            _ => &self.eve,
        }
    }

    /// What she has without any key.
    pub(super) const fn overheard(&self) -> &[Eve; 2] {
        &self.eve
    }

    /// The right answer to the scene's question about Eve's tapes, as the attacks gave it.
    /// After the leak none is given: the next scene does.
    pub(super) fn answer(&self) -> Option<&'static str> {
        let [escrow, e2e] = match self.scene {
            Scene::Vote if !self.live.lines().is_empty() => &self.eve,
            _ => return None,
        };
        Some(answer(escrow.evaluation.read > 0, e2e.evaluation.read > 0))
    }

    fn has_more_to_show(&self) -> bool {
        let there_is_more = self.ballots.voted(self.scene) > 0 || self.answer().is_some();
        there_is_more && !self.ballots.is_shown(self.scene)
    }

    /// Goes to a scene. The first step starts the clock, at the minute that the plan has for
    /// where it leads.
    fn go_at(&mut self, scene: Scene, now: Duration) -> Result<(), Refused> {
        if scene != self.scene {
            let minutes = scene.words().minute.map_or(0, u64::from);
            let begun = now.saturating_sub(Duration::from_secs(minutes.saturating_mul(60)));
            self.started.get_or_insert(begun);
        }
        self.go(scene)
    }

    pub(super) fn go(&mut self, scene: Scene) -> Result<(), Refused> {
        // The attack is run when the key leaks, and what it gave is shown when it is read.
        if scene.has_leaked() && self.leaked.is_none() {
            self.leaked = Some(self.live.read_back()?);
        }
        self.scene = scene;
        Ok(())
    }

    fn begin_again(&mut self, lines: Vec<Line>) -> Result<(), Refused> {
        self.carry_all(lines)?;
        self.ballots = BallotBox::default();
        self.started = None;
        self.go(Scene::Talk)
    }

    pub(super) fn carry_all(&mut self, lines: Vec<Line>) -> Result<(), Refused> {
        let mut live = Live::begin(self.live.seed())?;
        for line in lines {
            live.say(line)?;
        }
        self.live = live;
        self.leaked = None;
        self.listen()
    }

    /// Eve listens again, with what she has.
    fn listen(&mut self) -> Result<(), Refused> {
        self.said = self.said.wrapping_add(1);
        self.eve = self.live.overhear()?;
        self.leaked = match self.scene.has_leaked() {
            true => Some(self.live.read_back()?),
            false => None,
        };
        Ok(())
    }
}
