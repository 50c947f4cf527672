//! Server-sent events: a page is told where the lesson is now, and again whenever that
//! changes. It is always told the present state, never a history: a page that was away
//! has missed nothing, and a slow one makes nothing grow.

use std::{convert::Infallible, net::IpAddr, sync::Arc, time::Duration};

use axum::{
    http::{HeaderValue, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{Stream, stream};
use serde::Serialize;
use tokio::{
    sync::{oneshot, watch},
    time::sleep,
};

use super::{ballot::Voter, room::Room, view::PhoneView};

/// The shortest time between two states: two hundred votes at once are one change.
const PAUSE: Duration = Duration::from_millis(50);

/// How often a silent stream says that it is there.
const PULSE: Duration = Duration::from_secs(10);

/// What an instructor's page is told: the state, and what was said if that has changed.
pub(super) fn lesson(room: Arc<Room>) -> Response {
    struct Told {
        room: Arc<Room>,
        changes: watch::Receiver<u64>,
        closing: watch::Receiver<bool>,
        /// What was said, and the scene's kind of evaluation, when it was told last.
        stage: Option<String>,
        waiting: Vec<Event>,
        first: bool,
    }
    let told = Told {
        changes: room.changes.subscribe(),
        closing: room.closing.subscribe(),
        room,
        stage: None,
        waiting: Vec::new(),
        first: true,
    };
    let events = stream::unfold(told, async |mut told| {
        loop {
            if let Some(event) = told.waiting.pop() {
                return Some((Ok::<_, Infallible>(event), told));
            }
            if !told.first {
                sleep(PAUSE).await;
                tokio::select! {
                    changed = told.changes.changed() => changed.ok()?,
                    _ = told.closing.wait_for(|closing| *closing) => return None,
                }
            }
            told.first = false;
            told.changes.mark_unchanged();
            let (state, stage) = told.room.snapshot();
            let stage = serde_json::to_string(&stage).ok()?;
            // Popped from the end: the stage first.
            told.waiting.push(event("state", &state)?);
            if told.stage.as_ref() != Some(&stage) {
                told.waiting
                    .push(Event::default().event("stage").data(stage.clone()));
                told.stage = Some(stage);
            }
        }
    });
    answer(events)
}

/// What a phone is told: the question.
pub(super) fn phone(room: Arc<Room>, voter: Voter, from: IpAddr) -> Response {
    let (number, ended) = room.phone_comes(&voter, from);
    let listening = Listening {
        questions: room.questions.subscribe(),
        closing: room.closing.subscribe(),
        room,
        voter,
        number,
        ended,
        told: None,
    };
    let events = stream::unfold(listening, async |mut it| {
        loop {
            let view = it.room.phone_view(&it.voter);
            if it.told.as_ref() != Some(&view) {
                let event = event("question", &view)?;
                it.told = Some(view);
                return Some((Ok::<_, Infallible>(event), it));
            }
            tokio::select! {
                changed = it.questions.changed() => changed.ok()?,
                _ = it.closing.wait_for(|closing| *closing) => return None,
                _ = &mut it.ended => return None,
            }
        }
    });
    answer(events)
}

/// A phone's stream; it signs off when it is dropped.
struct Listening {
    room: Arc<Room>,
    voter: Voter,
    number: u64,
    questions: watch::Receiver<u64>,
    closing: watch::Receiver<bool>,
    ended: oneshot::Receiver<()>,
    told: Option<PhoneView>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.room.phone_goes(self.number);
    }
}

fn event(name: &str, data: &impl Serialize) -> Option<Event> {
    let json = serde_json::to_string(data).ok()?;
    Some(Event::default().event(name).data(json))
}

fn answer(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    let mut response = Sse::new(events)
        .keep_alive(KeepAlive::new().interval(PULSE))
        .into_response();
    // A stream that has ended is a connection that has: nobody keeps a place for nothing.
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
