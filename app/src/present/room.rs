//! The room in which a lesson takes place: the one truth that all pages follow.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};

use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use tokio::sync::{oneshot, watch};

use super::{
    ballot::{NotTaken, Voter},
    command::{Command, Refused},
    door::{InstructorToken, JoinToken},
    kept::Kept,
    lesson::Scene,
    opened::BytesView,
    papers::Papers,
    phonebook::Phonebook,
    stage::Stage,
    sweeps::Results,
    view::{PhoneView, Phones, StageView, State},
};
use doormat::crypto::random_bytes;
use doormat::experiment::Conversation;

/// What a room needs from outside.
pub struct Surroundings {
    /// For voters' numbers.
    pub rng: Box<dyn CryptoRng + Send>,
    /// The time since 1970.
    pub clock: fn() -> Duration,
    /// Keeps what a lesson is to go on from, after each change.
    pub save: Box<dyn Fn(&Saved) + Send + Sync>,
    /// Opens the instructor's pages.
    pub token: InstructorToken,
    /// Opens the ballot.
    pub join: JoinToken,
    /// Whether the lesson is one that was interrupted.
    pub resumed: bool,
}

/// What is kept between runs of the server.
#[derive(Debug, Serialize, Deserialize)]
pub struct Saved {
    /// When, since 1970.
    pub at: Duration,
    /// The instructor's token.
    pub token: String,
    /// The phones'.
    pub join: String,
    /// The lesson.
    pub lesson: Kept,
}

/// A lesson, and everybody who follows it.
pub struct Room {
    stage: Mutex<Stage>,
    pub(super) results: Results,
    rng: Mutex<Box<dyn CryptoRng + Send>>,
    clock: fn() -> Duration,
    save: Box<dyn Fn(&Saved) + Send + Sync>,
    pub(super) token: InstructorToken,
    pub(super) join: JoinToken,
    pub(super) papers: Papers,
    /// Counts what instructors' pages are to hear of.
    pub(super) changes: watch::Sender<u64>,
    /// Counts what phones are to hear of.
    pub(super) questions: watch::Sender<u64>,
    /// Whether the server is about to end.
    pub(super) closing: watch::Sender<bool>,
    phones: Mutex<Phonebook>,
    address: Mutex<Option<String>>,
    /// Held while the lesson is kept: what is kept last is the last.
    keeping: Mutex<()>,
    resumed: bool,
    run: String,
    jobs: mpsc::Sender<()>,
}

impl Room {
    /// Opens a room, and begins to compute in it.
    pub fn open(stage: Stage, surroundings: Surroundings) -> Arc<Self> {
        let Surroundings {
            mut rng,
            clock,
            save,
            token,
            join,
            resumed,
        } = surroundings;
        let (jobs, to_do) = mpsc::channel();
        let room = Arc::new(Self {
            stage: Mutex::new(stage),
            results: Results::default(),
            run: hex::encode(random_bytes::<8>(rng.as_mut())),
            papers: Papers::new(token.as_str().as_bytes()),
            rng: Mutex::new(rng),
            clock,
            save,
            token,
            join,
            changes: watch::Sender::new(0),
            questions: watch::Sender::new(0),
            closing: watch::Sender::new(false),
            phones: Mutex::default(),
            address: Mutex::default(),
            keeping: Mutex::default(),
            resumed,
            jobs,
        });
        let worker = Arc::downgrade(&room);
        thread::spawn(move || {
            while to_do.recv().is_ok() {
                while to_do.try_recv().is_ok() {}
                let Some(room) = worker.upgrade() else { return };
                room.compute();
            }
        });
        room.want_results();
        room.keep();
        room
    }

    /// Where phones come in, once it is known, and how many connections they may have.
    pub fn phones_come_to(&self, address: String, places: u32) {
        *lock(&self.address) = Some(address);
        *lock(&self.phones) = Phonebook::with_places(places);
    }

    /// Ends all streams: the server is about to stop.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Does what the instructor asks.
    pub(super) fn obey(&self, command: Command) -> Result<(), Refused> {
        let more_said = {
            let mut stage = lock(&self.stage);
            let before = stage.said;
            stage.obey(command, (self.clock)())?;
            stage.said != before
        };
        if more_said {
            self.want_results();
        }
        tick(&self.changes);
        tick(&self.questions);
        // The wall does not wait for the disk; who asked does.
        self.keep();
        Ok(())
    }

    pub(super) fn vote(&self, scene: Scene, voter: Voter, choice: usize) -> Result<(), NotTaken> {
        lock(&self.stage).vote(scene, voter, choice)?;
        tick(&self.changes);
        Ok(())
    }

    /// Keeps the lesson as it is.
    pub(super) fn keep(&self) {
        let keeping = lock(&self.keeping);
        let lesson = lock(&self.stage).kept();
        (self.save)(&Saved {
            at: (self.clock)(),
            token: self.token.as_str().to_owned(),
            join: self.join.as_str().to_owned(),
            lesson,
        });
        drop(keeping);
    }

    /// Where the lesson is, and what was said so far: both of one moment.
    pub(super) fn snapshot(&self) -> (State, StageView) {
        let stage = lock(&self.stage);
        let mut state = State::of(&stage, (self.clock)());
        let view = StageView::of(&stage);
        drop(stage);
        state.sweep = self.results.progress();
        state.run.clone_from(&self.run);
        state.resumed = self.resumed;
        state.phones = lock(&self.address).clone().map(|address| Phones {
            address,
            connected: lock(&self.phones).devices(),
        });
        (state, view)
    }

    pub(super) fn bytes(&self, number: usize) -> Option<BytesView> {
        BytesView::of(&lock(&self.stage), number)
    }

    pub(super) fn phone_view(&self, voter: &Voter) -> PhoneView {
        PhoneView::of(&lock(&self.stage), voter)
    }

    /// What was said so far, if anything was, and its seed.
    pub(super) fn conversation(&self) -> Option<(Conversation, u64, u64)> {
        let stage = lock(&self.stage);
        let lines = stage.live().lines().to_vec();
        let conversation = Conversation::of(lines).ok()?;
        Some((conversation, stage.live().seed(), stage.said))
    }

    pub(super) fn new_paper(&self, to: IpAddr) -> Option<String> {
        self.papers.give(to, lock(&self.rng).as_mut())
    }

    pub(super) fn join_address(&self) -> Option<String> {
        lock(&self.address).clone()
    }

    /// A phone begins to listen: the number of its stream, and what ends it.
    pub(super) fn phone_comes(&self, voter: &Voter, from: IpAddr) -> (u64, oneshot::Receiver<()>) {
        let stream = lock(&self.phones).enter(voter, from);
        tick(&self.changes);
        stream
    }

    /// It has gone.
    pub(super) fn phone_goes(&self, number: u64) {
        lock(&self.phones).leave(number);
        tick(&self.changes);
    }

    fn want_results(&self) {
        let stage = lock(&self.stage);
        self.results.want(stage.said, stage.live().lines().len());
        drop(stage);
        let _ = self.jobs.send(());
    }

    fn compute(&self) {
        let Some((conversation, seed, said)) = self.conversation() else {
            return;
        };
        let told = || tick(&self.changes);
        self.results.compute(&conversation, seed, said, &told);
    }
}

fn tick(counter: &watch::Sender<u64>) {
    counter.send_modify(|it| *it = it.wrapping_add(1));
}

/// Nothing can panic where these are held.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
