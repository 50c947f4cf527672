//! Server-sent events: each page receives the present state when it connects, and again
//! whenever it changes. No history is sent, so a page that lost its connection has missed
//! nothing, and no queue grows for a slow one.

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

use super::{ballot::Voter, server::LessonServer, view::PhoneView};

/// The shortest time between two states: many votes within it are one change.
const MIN_INTERVAL: Duration = Duration::from_millis(50);

/// How often a stream without events sends a comment, to show that the connection is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// The stream of an instructor's page.
struct InstructorFeed {
    server: Arc<LessonServer>,
    changes: watch::Receiver<()>,
    closing: watch::Receiver<bool>,
    /// The conversation as it was sent last.
    conversation: Option<String>,
    /// Events to be sent, the next one at the end.
    waiting: Vec<Event>,
    first: bool,
}

/// The stream of an instructor's page: the state, and before it the conversation if that
/// has changed.
pub(super) fn instructor(server: Arc<LessonServer>) -> Response {
    let feed = InstructorFeed {
        changes: server.changes.subscribe(),
        closing: server.closing.subscribe(),
        server,
        conversation: None,
        waiting: Vec::new(),
        first: true,
    };
    let events = stream::unfold(feed, async |mut feed| {
        loop {
            if let Some(event) = feed.waiting.pop() {
                return Some((Ok::<_, Infallible>(event), feed));
            }
            if !feed.first {
                sleep(MIN_INTERVAL).await;
                tokio::select! {
                    changed = feed.changes.changed() => changed.ok()?,
                    _ = feed.closing.wait_for(|closing| *closing) => return None,
                }
            }
            feed.first = false;
            feed.changes.mark_unchanged();
            let (state, conversation) = feed.server.snapshot()?;
            let conversation = serde_json::to_string(&conversation).ok()?;
            feed.waiting.push(event("state", &state)?);
            if feed.conversation.as_ref() != Some(&conversation) {
                let event = Event::default().event("stage").data(conversation.clone());
                feed.waiting.push(event);
                feed.conversation = Some(conversation);
            }
        }
    });
    answer(events)
}

/// The stream of a phone: the question.
pub(super) fn phone(server: Arc<LessonServer>, voter: Voter, from: IpAddr) -> Response {
    let (number, ended) = server.add_phone(&voter, from);
    let feed = PhoneFeed {
        questions: server.questions.subscribe(),
        closing: server.closing.subscribe(),
        server,
        voter,
        number,
        ended,
        sent: None,
    };
    let events = stream::unfold(feed, async |mut feed| {
        loop {
            let view = feed.server.phone_view(&feed.voter);
            if feed.sent.as_ref() != Some(&view) {
                let event = event("question", &view)?;
                feed.sent = Some(view);
                return Some((Ok::<_, Infallible>(event), feed));
            }
            tokio::select! {
                changed = feed.questions.changed() => changed.ok()?,
                _ = feed.closing.wait_for(|closing| *closing) => return None,
                _ = &mut feed.ended => return None,
            }
        }
    });
    answer(events)
}

/// The stream of a phone, which is removed from the server's when it is dropped.
struct PhoneFeed {
    server: Arc<LessonServer>,
    voter: Voter,
    number: u64,
    questions: watch::Receiver<()>,
    closing: watch::Receiver<bool>,
    ended: oneshot::Receiver<()>,
    sent: Option<PhoneView>,
}

impl Drop for PhoneFeed {
    fn drop(&mut self) {
        self.server.remove_phone(self.number);
    }
}

fn event(name: &str, data: &impl Serialize) -> Option<Event> {
    let json = serde_json::to_string(data).ok()?;
    Some(Event::default().event(name).data(json))
}

fn answer(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    let mut response = Sse::new(events)
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response();
    // The connection ends with its stream, and frees its place.
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
