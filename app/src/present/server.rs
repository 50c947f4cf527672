//! The state of a lesson, as all its connections share it.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};

use rand::CryptoRng;
use tokio::sync::{oneshot, watch};

use super::{
    ballot::{VoteError, Voter},
    ballot_token::BallotTokens,
    command::{CommandError, LessonCommand},
    guard::{InstructorToken, JoinToken},
    lesson::LessonScene,
    message_bytes::MessageBytes,
    phone_streams::PhoneStreams,
    saved::SavedState,
    state::LessonState,
    sweeps::SweepResults,
    view::{ConversationView, JoinView, PhoneView, StateView},
};
use doormat::crypto::random_bytes;
use doormat::experiment::Conversation;

/// A listener of the server, as its routes know it.
#[derive(Clone)]
pub(super) struct Endpoint {
    pub(super) server: Arc<LessonServer>,
    /// The port in the `Host` of its requests.
    pub(super) port: u16,
}

/// What a server gets from outside.
pub struct Dependencies {
    /// Random bytes for ballot tokens.
    pub rng: Box<dyn CryptoRng + Send>,
    /// The time since 1970.
    pub clock: fn() -> Duration,
    /// Saves the lesson, after each change.
    pub save: Box<dyn Fn(&SavedState) + Send + Sync>,
    /// Authorizes the instructor's pages.
    pub token: InstructorToken,
    /// Authorizes the phones' page.
    pub join: JoinToken,
    /// Whether the lesson was interrupted, and goes on.
    pub resumed: bool,
}

/// A lesson, shared by everybody who follows it.
pub struct LessonServer {
    state: Mutex<LessonState>,
    pub(super) results: SweepResults,
    rng: Mutex<Box<dyn CryptoRng + Send>>,
    clock: fn() -> Duration,
    save: Box<dyn Fn(&SavedState) + Send + Sync>,
    pub(super) token: InstructorToken,
    pub(super) join: JoinToken,
    pub(super) ballot_tokens: BallotTokens,
    /// Wakes the streams of instructors' pages.
    pub(super) changes: watch::Sender<()>,
    /// Wakes the streams of phones.
    pub(super) questions: watch::Sender<()>,
    /// Whether the server is about to end.
    pub(super) closing: watch::Sender<bool>,
    phones: Mutex<PhoneStreams>,
    phone_url: Mutex<Option<String>>,
    /// Held from the snapshot until it is saved, so that an older one never replaces a newer.
    saving: Mutex<()>,
    resumed: bool,
    run: String,
    jobs: mpsc::Sender<()>,
}

impl LessonServer {
    /// Shares a lesson, and begins to compute its sweeps on a thread of their own.
    pub fn open(state: LessonState, dependencies: Dependencies) -> Arc<Self> {
        let Dependencies {
            mut rng,
            clock,
            save,
            token,
            join,
            resumed,
        } = dependencies;
        let (jobs, to_do) = mpsc::channel();
        let server = Arc::new(Self {
            state: Mutex::new(state),
            results: SweepResults::default(),
            run: hex::encode(random_bytes::<8>(rng.as_mut())),
            ballot_tokens: BallotTokens::new(token.as_str().as_bytes()),
            rng: Mutex::new(rng),
            clock,
            save,
            token,
            join,
            changes: watch::Sender::new(()),
            questions: watch::Sender::new(()),
            closing: watch::Sender::new(false),
            phones: Mutex::default(),
            phone_url: Mutex::default(),
            saving: Mutex::default(),
            resumed,
            jobs,
        });
        let worker = Arc::downgrade(&server);
        thread::spawn(move || {
            while to_do.recv().is_ok() {
                // Several requests are one: only the newest conversation is computed.
                while to_do.try_recv().is_ok() {}
                let Some(server) = worker.upgrade() else {
                    return;
                };
                server.compute();
            }
        });
        server.request_sweeps();
        server.save();
        server
    }

    /// Lets phones in: their page's URL, and how many connections they may have.
    pub(super) fn admit_phones(&self, url: String, places: u32) {
        *lock(&self.phone_url) = Some(url);
        *lock(&self.phones) = PhoneStreams::with_places(places);
    }

    /// Ends all streams: the server is about to stop.
    pub(super) fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Executes a command of the instructor's, notifies the pages, and returns when the lesson
    /// is saved.
    pub(super) fn apply(&self, command: LessonCommand) -> Result<(), CommandError> {
        let conversation_changed = {
            let mut state = lock(&self.state);
            let before = state.revision;
            state.apply(command, (self.clock)())?;
            state.revision != before
        };
        if conversation_changed {
            self.request_sweeps();
        }
        self.changes.send_replace(());
        self.questions.send_replace(());
        self.save();
        Ok(())
    }

    pub(super) fn vote(
        &self,
        scene: LessonScene,
        voter: Voter,
        choice: usize,
    ) -> Result<(), VoteError> {
        lock(&self.state).vote(scene, voter, choice)?;
        self.changes.send_replace(());
        Ok(())
    }

    /// Saves the lesson as it is.
    pub(super) fn save(&self) {
        let saving = lock(&self.saving);
        let lesson = lock(&self.state).save();
        (self.save)(&SavedState {
            at: (self.clock)(),
            token: self.token.as_str().to_owned(),
            join: self.join.as_str().to_owned(),
            lesson,
        });
        drop(saving);
    }

    /// The state and the conversation, both of one moment; nothing if a packet of the lesson's
    /// own cannot be decoded, which is a defect.
    pub(super) fn snapshot(&self) -> Option<(StateView, ConversationView)> {
        let state = lock(&self.state);
        let mut view = StateView::of(&state, (self.clock)());
        let conversation = ConversationView::of(&state)?;
        drop(state);
        view.sweep = self.results.progress();
        view.run.clone_from(&self.run);
        view.resumed = self.resumed;
        view.phones = self.phone_url().map(|address| JoinView {
            address,
            connected: lock(&self.phones).devices(),
        });
        Some((view, conversation))
    }

    pub(super) fn message_bytes(&self, number: usize) -> Option<MessageBytes> {
        MessageBytes::of(&lock(&self.state), number)
    }

    pub(super) fn phone_view(&self, voter: &Voter) -> PhoneView {
        PhoneView::of(&lock(&self.state), voter)
    }

    /// The conversation so far, unless it is empty; its seed; its revision.
    pub(super) fn conversation(&self) -> Option<(Conversation, u64, u64)> {
        let state = lock(&self.state);
        let lines = state.live().lines().to_vec();
        let conversation = Conversation::of(lines).ok()?;
        Some((conversation, state.live().seed(), state.revision))
    }

    pub(super) fn issue_ballot_token(&self, to: IpAddr) -> Option<String> {
        self.ballot_tokens.issue(to, lock(&self.rng).as_mut())
    }

    pub(super) fn phone_url(&self) -> Option<String> {
        lock(&self.phone_url).clone()
    }

    /// Registers a phone's stream: its number, and what ends it.
    pub(super) fn add_phone(&self, voter: &Voter, from: IpAddr) -> (u64, oneshot::Receiver<()>) {
        let stream = lock(&self.phones).add(voter, from);
        self.changes.send_replace(());
        stream
    }

    /// Removes a phone's stream.
    pub(super) fn remove_phone(&self, number: u64) {
        lock(&self.phones).remove(number);
        self.changes.send_replace(());
    }

    fn request_sweeps(&self) {
        let state = lock(&self.state);
        self.results
            .want(state.revision, state.live().lines().len());
        drop(state);
        let _ = self.jobs.send(());
    }

    fn compute(&self) {
        let Some((conversation, seed, revision)) = self.conversation() else {
            return;
        };
        let notify = || {
            self.changes.send_replace(());
        };
        self.results.compute(&conversation, seed, revision, &notify);
    }
}

/// Locks a mutex. No code panics while it holds one, so that a poisoned one cannot be.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
