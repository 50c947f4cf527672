//! What the pages are told, as JSON. Everything somebody typed is made printable here,
//! and the pages show it as text.

use std::{collections::BTreeSet, time::Duration};

use serde::Serialize;

use super::{
    ballot::Voter,
    command::{MAX_MESSAGES, MAX_TEXT},
    lesson::Scene,
    stage::Stage,
};
use crate::report::fields::spaced;
use crate::text::{printable, printable_bytes, time_of_day};
use doormat::attack::Exposure;
use doormat::experiment::live::{Eve, Side};
use doormat::protocol::Envelope;

/// Where the lesson is.
#[derive(Debug, Serialize)]
pub(super) struct State {
    scene: usize,
    scenes: Vec<SceneView>,
    leaked: bool,
    read: bool,
    poll: Option<Poll>,
    /// Seconds since the clock was started.
    elapsed: Option<u64>,
    messages: usize,
    limits: Limits,
    pub(super) said: u64,
    pub(super) phones: Option<Phones>,
    pub(super) sweep: Progress,
    /// Of this run of the server.
    pub(super) run: String,
    /// Whether it goes on with the lesson of the run before.
    pub(super) resumed: bool,
    seed: u64,
}

/// One scene in words.
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
struct Poll {
    asks: &'static str,
    choices: &'static [&'static str],
    voted: usize,
    shown: bool,
    /// Only once they are shown.
    counts: Option<Vec<usize>>,
    /// The right one, once the votes are shown and it was computed.
    answer: Option<usize>,
    /// How many messages were read then, in escrow and end-to-end.
    found: Option<[usize; 2]>,
}

#[derive(Debug, Serialize)]
struct Limits {
    messages: usize,
    text: usize,
}

/// How phones come in.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Phones {
    pub(super) address: String,
    /// Connected now.
    pub(super) connected: usize,
}

/// How far the results of every theft at every moment are.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Progress {
    pub(super) done: usize,
    pub(super) of: usize,
    /// For which conversation, by [`Stage::said`].
    pub(super) said: u64,
    /// How many designs are through.
    pub(super) designs: usize,
    /// Whether the matrix is there.
    pub(super) matrix: bool,
    /// What went wrong: a defect.
    pub(super) failed: Option<String>,
}

impl State {
    pub(super) fn of(stage: &Stage, now: Duration) -> Self {
        let scene = stage.scene;
        let question = scene.words().question;
        let shown = stage.ballots.is_shown(scene);
        let answer = stage.answer().filter(|_| shown);
        let found = answer.map(|_| stage.overheard().each_ref().map(|it| it.evaluation.read));
        Self {
            scene: scene.index(),
            scenes: Scene::ALL.map(SceneView::of).into(),
            leaked: scene.has_leaked(),
            read: scene.is_read(),
            poll: question.map(|it| Poll {
                asks: it.asks,
                choices: it.choices,
                voted: stage.ballots.voted(scene),
                shown,
                counts: shown.then(|| stage.ballots.counts(scene)),
                answer: answer
                    .and_then(|right| it.choices.iter().position(|choice| *choice == right)),
                found,
            }),
            elapsed: stage.started.map(|it| now.saturating_sub(it).as_secs()),
            messages: stage.live().lines().len(),
            limits: Limits {
                messages: MAX_MESSAGES,
                text: MAX_TEXT,
            },
            said: stage.said,
            phones: None,
            sweep: Progress::default(),
            run: String::new(),
            resumed: false,
            seed: stage.live().seed(),
        }
    }
}

impl SceneView {
    fn of(scene: Scene) -> Self {
        let words = scene.words();
        Self {
            id: words.id,
            title: words.title,
            says: words.says,
            ask: words.ask,
            notes: words.notes,
            minute: words.minute,
        }
    }
}

/// The conversation, and what Eve has of it on both sides.
#[derive(Debug, Serialize)]
pub(super) struct StageView {
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
    /// Of which an authority has a copy.
    copies: usize,
    wire_bytes: usize,
    access_bytes: usize,
    read: usize,
    /// What she reads without any key.
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

/// Bytes of a ciphertext that a row of the page has room for.
const SHOWN: usize = 20;

impl StageView {
    pub(super) fn of(stage: &Stage) -> Self {
        let live = stage.live();
        let lines = live.lines().iter().map(|line| LineView {
            sender: line.sender,
            text: printable(&line.text),
        });
        let overheard = stage.overheard();
        let sides = live.sides().iter().zip(stage.eve()).zip(overheard);
        Self {
            said: stage.said,
            lines: lines.collect(),
            sides: sides
                .map(|((side, eve), heard)| SideView::of(side, eve, heard.evaluation.read))
                .collect(),
            key: stage
                .scene
                .has_leaked()
                .then(|| hex::encode(live.key().secret().as_bytes())),
        }
    }
}

impl SideView {
    fn of(side: &Side, eve: &Eve, overheard: usize) -> Self {
        let mut runs = BTreeSet::new();
        let mut copies = BTreeSet::new();
        let mut messages = Vec::new();
        for (packet, seen) in side.packets().iter().zip(&eve.evaluation.observations) {
            let Ok(envelope) = Envelope::decode(&packet.payload) else {
                continue;
            };
            let header = &envelope.header;
            runs.insert((header.sender.clone(), *header.ratchet_public.as_bytes()));
            copies.extend(header.access.iter().map(|it| *it.sealed.as_bytes()));
            messages.push(MessageView {
                time: time_of_day(seen.time),
                wire_bytes: seen.wire_bytes,
                access_bytes: seen.access_bytes,
                text_bytes: seen.text_bytes,
                // As much as there is of the text: the tag comes after it.
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
        Self {
            mode: side.mode().as_str(),
            session_keys: runs.len(),
            copies: copies.len(),
            wire_bytes: sum(|it| it.wire_bytes),
            access_bytes: sum(|it| it.access_bytes),
            read: eve.evaluation.read,
            overheard,
            metadata: eve.evaluation.metadata,
            opened: eve.session_keys,
            messages,
        }
    }
}

/// What a phone shows: the question, and nothing else of the lesson.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct PhoneView {
    scene: Option<Scene>,
    asks: Option<&'static str>,
    choices: &'static [&'static str],
    /// What this device chose.
    chosen: Option<usize>,
    /// Whether it may still choose.
    open: bool,
}

impl PhoneView {
    pub(super) fn of(stage: &Stage, voter: &Voter) -> Self {
        let scene = stage.scene;
        let question = scene.words().question;
        Self {
            scene: question.map(|_| scene),
            asks: question.map(|it| it.asks),
            choices: question.map_or(&[], |it| it.choices),
            chosen: stage.ballots.choice(scene, voter),
            open: question.is_some() && !stage.ballots.is_closed(scene),
        }
    }
}
