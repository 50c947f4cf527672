//! The phones' routes: a page with the question, and one vote for each device. The join
//! token is the first segment of every path.

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
    ballot::{VoteError, Voter},
    guard::{HostScope, is_trusted},
    lesson::LessonScene,
    responses::{file, json, refusal, vote_page, with_security_headers},
    server::{Endpoint, LessonServer},
    sse,
};
use crate::transport::admission::Peer;

/// The longest vote, in bytes.
const MAX_VOTE: usize = 256;

/// The cookie with the ballot token.
const COOKIE: &str = "doormat-voter";

/// Everything that is served to the network.
pub(super) fn router(server: Arc<LessonServer>, port: u16) -> Router {
    let endpoint = Endpoint { server, port };
    Router::new()
        .route("/{join}", get(page))
        .route("/{join}/events", get(events))
        .route("/{join}/vote", post(vote))
        .route("/{join}/page/{name}", get(asset))
        .layer(DefaultBodyLimit::max(MAX_VOTE))
        .layer(middleware::from_fn_with_state(
            endpoint.clone(),
            require_trusted,
        ))
        .with_state(endpoint)
}

/// Refuses requests that another site's page sent, and those without the join token, with
/// the same answer. Each answer closes its connection, to free its place.
async fn require_trusted(
    State(endpoint): State<Endpoint>,
    request: Request,
    next: Next,
) -> Response {
    let join = request.uri().path().split('/').nth(1);
    let joins = join.is_some_and(|it| endpoint.server.join.matches(it));
    let mut response = if joins && is_trusted(request.headers(), endpoint.port, HostScope::Network)
    {
        next.run(request).await
    } else {
        refusal(StatusCode::NOT_FOUND, "there is nothing here")
    };
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    with_security_headers(response)
}

async fn page(
    State(endpoint): State<Endpoint>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
) -> Response {
    let join = endpoint.server.join.as_str();
    let page = vote_page(join);
    if voter(&endpoint.server, &headers).is_some() {
        return page;
    }
    let Some(token) = endpoint.server.issue_ballot_token(peer.address().ip()) else {
        let why = "too many ballots were asked for from your network address: raise your hand";
        return refusal(StatusCode::SERVICE_UNAVAILABLE, why);
    };
    // Lax: the cookie is sent when the camera's app opens the page again.
    let cookie = format!("{COOKIE}={token}; HttpOnly; SameSite=Lax; Path=/{join}");
    ([(header::SET_COOKIE, cookie)], page).into_response()
}

/// The files that a phone's page needs, and no others.
async fn asset(Path((_, name)): Path<(String, String)>) -> Response {
    match name.as_str() {
        "vote.css" | "vote.js" | "icon.svg" => file(&name),
        _ => refusal(StatusCode::NOT_FOUND, "there is nothing here"),
    }
}

async fn events(
    State(endpoint): State<Endpoint>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
) -> Response {
    let Some(voter) = voter(&endpoint.server, &headers) else {
        return no_ballot_token();
    };
    peer.admit();
    sse::phone(endpoint.server, voter, peer.address().ip())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vote {
    scene: LessonScene,
    choice: usize,
}

async fn vote(State(endpoint): State<Endpoint>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(voter) = voter(&endpoint.server, &headers) else {
        return no_ballot_token();
    };
    let vote: Vote = match serde_json::from_slice(&body) {
        Ok(vote) => vote,
        Err(error) => return refusal(StatusCode::BAD_REQUEST, error),
    };
    match endpoint.server.vote(vote.scene, voter.clone(), vote.choice) {
        Ok(()) => json(&endpoint.server.phone_view(&voter)),
        Err(why @ VoteError::Full) => refusal(StatusCode::SERVICE_UNAVAILABLE, why),
        Err(why @ (VoteError::NotAsked | VoteError::Closed | VoteError::NoSuchChoice)) => {
            refusal(StatusCode::CONFLICT, why)
        }
    }
}

fn no_ballot_token() -> Response {
    let why = "open the page first: it gives you a ballot";
    refusal(StatusCode::FORBIDDEN, why)
}

/// The device that sent a request, by the ballot token in its cookie.
fn voter(server: &LessonServer, headers: &HeaderMap) -> Option<Voter> {
    let cookies = headers.get_all(header::COOKIE).iter();
    cookies
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(';'))
        .filter_map(|it| it.trim().split_once('='))
        .filter(|(name, _)| *name == COOKIE)
        .find_map(|(_, token)| server.ballot_tokens.verify(token))
}
