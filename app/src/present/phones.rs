//! The phones' door: a page with the question, and one vote a device. Everything stands
//! behind the join token; there is nothing else here to ask for.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, DefaultBodyLimit, Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    ballot::{NotTaken, Voter},
    door::{Reach, is_ours},
    lesson::Scene,
    pages::{ballot, file, guarded, json, refused},
    room::Room,
    streams,
};
use crate::transport::admission::Peer;

/// The longest vote, in bytes.
const MAX_VOTE: usize = 256;

/// What a device is known by.
const COOKIE: &str = "doormat-voter";

/// The room, and the port that phones ask for it at.
#[derive(Clone)]
struct Booth {
    room: Arc<Room>,
    port: u16,
}

/// Everything that is served to the network.
pub(super) fn router(room: Arc<Room>, port: u16) -> Router {
    let booth = Booth { room, port };
    Router::new()
        .route("/{join}", get(page))
        .route("/{join}/events", get(events))
        .route("/{join}/vote", post(vote))
        .route("/{join}/page/{name}", get(asset))
        .layer(DefaultBodyLimit::max(MAX_VOTE))
        .layer(middleware::from_fn_with_state(booth.clone(), from_us))
        .with_state(booth)
}

/// Refuses what another page sent, and whatever has no join token: with the same words.
/// Each answer ends its connection, so that none stays open for nothing.
async fn from_us(State(booth): State<Booth>, request: Request, next: Next) -> Response {
    let join = request.uri().path().split('/').nth(1);
    let joins = join.is_some_and(|it| booth.room.join.is(it));
    let mut response = if joins && is_ours(request.headers(), booth.port, Reach::Network) {
        next.run(request).await
    } else {
        refused(StatusCode::NOT_FOUND, "there is nothing here")
    };
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    guarded(response)
}

async fn page(
    State(booth): State<Booth>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
) -> Response {
    let join = booth.room.join.as_str();
    let page = ballot(join);
    if booth.voter(&headers).is_some() {
        return page;
    }
    let Some(paper) = booth.room.new_paper(peer.address().ip()) else {
        let why = "too many ballots were asked for from your network address: raise your hand";
        return refused(StatusCode::SERVICE_UNAVAILABLE, why);
    };
    // Lax: a link from the camera's app brings the ballot that the device has already.
    let cookie = format!("{COOKIE}={paper}; HttpOnly; SameSite=Lax; Path=/{join}");
    ([(header::SET_COOKIE, cookie)], page).into_response()
}

/// Of the pages' files, those that a phone needs.
async fn asset(Path((_, name)): Path<(String, String)>) -> Response {
    match name.as_str() {
        "vote.css" | "vote.js" | "icon.svg" => file(&name),
        _ => refused(StatusCode::NOT_FOUND, "there is nothing here"),
    }
}

async fn events(
    State(booth): State<Booth>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
) -> Response {
    let Some(voter) = booth.voter(&headers) else {
        return without_ballot();
    };
    peer.admit();
    streams::phone(booth.room, voter, peer.address().ip())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vote {
    scene: Scene,
    choice: usize,
}

async fn vote(State(booth): State<Booth>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(voter) = booth.voter(&headers) else {
        return without_ballot();
    };
    let vote: Vote = match serde_json::from_slice(&body) {
        Ok(vote) => vote,
        Err(error) => return refused(StatusCode::BAD_REQUEST, error),
    };
    match booth.room.vote(vote.scene, voter.clone(), vote.choice) {
        Ok(()) => json(&booth.room.phone_view(&voter)),
        Err(why @ NotTaken::Full) => refused(StatusCode::SERVICE_UNAVAILABLE, why),
        Err(why) => refused(StatusCode::CONFLICT, why),
    }
}

fn without_ballot() -> Response {
    let why = "open the page first: it gives you a ballot";
    refused(StatusCode::FORBIDDEN, why)
}

impl Booth {
    /// The device that a request is of.
    fn voter(&self, headers: &HeaderMap) -> Option<Voter> {
        let cookies = headers.get_all(header::COOKIE).iter();
        cookies
            .filter_map(|it| it.to_str().ok())
            .flat_map(|it| it.split(';'))
            .filter_map(|it| it.trim().split_once('='))
            .filter(|(name, _)| *name == COOKIE)
            .find_map(|(_, paper)| self.room.papers.read(paper))
    }
}
