//! What the pages receive, as JSON. Control and invisible characters in typed text are
//! escaped here, and the pages show all of it as text.

use std::{collections::BTreeSet, time::Duration};

use serde::Serialize;

use super::{
    ballot::Voter,
    command::{MAX_MESSAGES, MAX_TEXT},
    lesson::LessonScene,
    state::LessonState,
};
use crate::report::fields::spaced;
use crate::text::{printable, printable_bytes, time_of_day};
use doormat::attack::Exposure;
use doormat::experiment::live::{Eve, Side};
use doormat::protocol::Envelope;

/// The state of the lesson, for the instructor's pages.
#[derive(Debug, Serialize)]
pub(super) struct StateView {
    scene: usize,
    scenes: Vec<SceneView>,
    leaked: bool,
    read: bool,
    poll: Option<PollView>,
    /// Seconds since the clock was started.
    elapsed: Option<u64>,
    messages: usize,
    limits: LimitsView,
    pub(super) said: u64,
    pub(super) phones: Option<JoinView>,
    pub(super) sweep: SweepProgress,
    /// A random number of this run of the server.
    pub(super) run: String,
    /// Whether the lesson goes on from an earlier run.
    pub(super) resumed: bool,
    seed: u64,
}

/// The texts of one scene.
#[derive(Debug, Serialize)]
struct SceneView {
    id: &'static str,
    title: &'static str,
    says: &'static str,
    ask: &'static str,
    notes: &'static [&'static str],
    minute: Option<u8>,
}

/// The question of the scene, and how the class votes.
#[derive(Debug, Serialize)]
struct PollView {
    asks: &'static str,
    choices: &'static [&'static str],
    voted: usize,
    shown: bool,
    /// Votes for each choice, once they are shown.
    counts: Option<Vec<usize>>,
    /// The right choice, once the votes are shown, if the attacks have given it.
    answer: Option<usize>,
    /// How many messages the attacks read, in escrow and end-to-end, with the answer.
    found: Option<[usize; 2]>,
}

#[derive(Debug, Serialize)]
struct LimitsView {
    messages: usize,
    text: usize,
}

/// How phones join.
#[derive(Debug, Clone, Serialize)]
pub(super) struct JoinView {
    pub(super) address: String,
    /// Devices with an open stream.
    pub(super) connected: usize,
}

/// How much of the sweeps is computed.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct SweepProgress {
    pub(super) done: usize,
    pub(super) of: usize,
    /// The revision of the conversation.
    pub(super) said: u64,
    /// How many designs are complete.
    pub(super) designs: usize,
    /// Whether the matrix is complete.
    pub(super) matrix: bool,
    /// An error of the experiment: a defect.
    pub(super) failed: Option<String>,
}

impl StateView {
    pub(super) fn of(state: &LessonState, now: Duration) -> Self {
        let scene = state.scene;
        let question = scene.text().question;
        let shown = state.ballots.is_shown(scene);
        let answer = state.answer().filter(|_| shown);
        let found = answer.map(|_| state.overheard().each_ref().map(|it| it.evaluation.read));
        Self {
            scene: scene.index(),
            scenes: LessonScene::ALL.map(SceneView::of).into(),
            leaked: scene.has_leaked(),
            read: scene.is_read(),
            poll: question.map(|it| PollView {
                asks: it.asks,
                choices: it.choices,
                voted: state.ballots.voted(scene),
                shown,
                counts: shown.then(|| state.ballots.counts(scene)),
                answer: answer
                    .and_then(|right| it.choices.iter().position(|choice| *choice == right)),
                found,
            }),
            elapsed: state.started.map(|it| now.saturating_sub(it).as_secs()),
            messages: state.live().lines().len(),
            limits: LimitsView {
                messages: MAX_MESSAGES,
                text: MAX_TEXT,
            },
            said: state.revision,
            phones: None,
            sweep: SweepProgress::default(),
            run: String::new(),
            resumed: false,
            seed: state.live().seed(),
        }
    }
}

impl SceneView {
    fn of(scene: LessonScene) -> Self {
        let text = scene.text();
        Self {
            id: text.id,
            title: text.title,
            says: text.says,
            ask: text.ask,
            notes: text.notes,
            minute: text.minute,
        }
    }
}

/// The conversation, and what Eve has of it in both modes.
#[derive(Debug, Serialize)]
pub(super) struct ConversationView {
    said: u64,
    lines: Vec<LineView>,
    sides: Vec<SideView>,
    /// The authority's private key, once it has leaked.
    key: Option<String>,
}

#[derive(Debug, Serialize)]
struct LineView {
    sender: &'static str,
    text: String,
}

/// One mode.
#[derive(Debug, Serialize)]
struct SideView {
    mode: &'static str,
    /// Session keys that the participants have used.
    session_keys: usize,
    /// Those of which an authority has a copy.
    copies: usize,
    wire_bytes: usize,
    access_bytes: usize,
    read: usize,
    /// How many messages she reads without any key.
    overheard: usize,
    metadata: usize,
    /// Session keys that Eve has opened.
    opened: usize,
    messages: Vec<MessageView>,
}

/// One message on the wire, as Eve has it.
#[derive(Debug, Serialize)]
struct MessageView {
    time: String,
    wire_bytes: usize,
    access_bytes: usize,
    text_bytes: usize,
    /// The beginning of the ciphertext.
    sealed: String,
    /// What the attack read.
    read: Option<String>,
}

/// Bytes of a ciphertext that fit in a row of the page.
const SHOWN: usize = 20;

impl ConversationView {
    /// Nothing if a packet cannot be decoded.
    pub(super) fn of(state: &LessonState) -> Option<Self> {
        let live = state.live();
        let lines = live.lines().iter().map(|line| LineView {
            sender: line.sender,
            text: printable(&line.text),
        });
        let overheard = state.overheard();
        let sides = live.sides().iter().zip(state.eve()).zip(overheard);
        Some(Self {
            said: state.revision,
            lines: lines.collect(),
            sides: sides
                .map(|((side, eve), heard)| SideView::of(side, eve, heard.evaluation.read))
                .collect::<Option<_>>()?,
            key: state
                .scene
                .has_leaked()
                .then(|| hex::encode(live.key().secret().as_bytes())),
        })
    }
}

impl SideView {
    fn of(side: &Side, eve: &Eve, overheard: usize) -> Option<Self> {
        let mut session_keys = BTreeSet::new();
        let mut copies = BTreeSet::new();
        let mut messages = Vec::new();
        for (packet, seen) in side.packets().iter().zip(&eve.evaluation.observations) {
            let envelope = Envelope::decode(&packet.payload).ok()?;
            let header = &envelope.header;
            session_keys.insert((header.sender.clone(), *header.ratchet_public.as_bytes()));
            copies.extend(header.access.iter().map(|it| *it.sealed.as_bytes()));
            messages.push(MessageView {
                time: time_of_day(seen.time),
                wire_bytes: seen.wire_bytes,
                access_bytes: seen.access_bytes,
                text_bytes: seen.text_bytes,
                // The text without the tag after it.
                sealed: spaced(
                    envelope
                        .ciphertext
                        .get(..seen.text_bytes.min(SHOWN))
                        .unwrap_or(envelope.ciphertext),
                ),
                read: match &seen.exposure {
                    Exposure::Read(text) => Some(printable_bytes(text)),
                    Exposure::MetadataOnly => None,
                },
            });
        }
        let sum = |bytes: fn(&MessageView) -> usize| messages.iter().map(bytes).sum();
        Some(Self {
            mode: side.mode().as_str(),
            session_keys: session_keys.len(),
            copies: copies.len(),
            wire_bytes: sum(|it| it.wire_bytes),
            access_bytes: sum(|it| it.access_bytes),
            read: eve.evaluation.read,
            overheard,
            metadata: eve.evaluation.metadata,
            opened: eve.session_keys,
            messages,
        })
    }
}

/// What a phone receives: the question, and nothing else of the lesson.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct PhoneView {
    scene: Option<LessonScene>,
    asks: Option<&'static str>,
    choices: &'static [&'static str],
    /// What this device chose.
    chosen: Option<usize>,
    /// Whether it may still choose.
    open: bool,
}

impl PhoneView {
    pub(super) fn of(state: &LessonState, voter: &Voter) -> Self {
        let scene = state.scene;
        let question = scene.text().question;
        Self {
            scene: question.map(|_| scene),
            asks: question.map(|it| it.asks),
            choices: question.map_or(&[], |it| it.choices),
            chosen: state.ballots.choice(scene, voter),
            open: question.is_some() && !state.ballots.is_closed(scene),
        }
    }
}
