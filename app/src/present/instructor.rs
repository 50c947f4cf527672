//! The instructor's pages, and what they may ask for. The files are nobody's secret; all
//! else takes the token.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, DefaultBodyLimit, Path, Request, State},
    http::StatusCode,
    middleware::{self, Next},
    response::Response,
    routing::{get, post},
};
use serde::Deserialize;
use tokio::task::spawn_blocking;

use super::{
    command::{Command, Refused},
    door::{Reach, is_ours},
    heat,
    pages::{file, guarded, json, refused},
    qr,
    room::Room,
    streams,
};
use crate::transport::admission::Peer;
use doormat::experiment::{attacks, design::Design};

/// The longest command, in bytes.
const MAX_COMMAND: usize = 4 * 1024;

/// The room, and the port that it is asked for at.
#[derive(Clone)]
struct Desk {
    room: Arc<Room>,
    port: u16,
}

/// Everything that is served to this machine.
pub(super) fn router(room: Arc<Room>, port: u16) -> Router {
    let desk = Desk { room, port };
    let asked = Router::new()
        .route("/api/events", get(events))
        .route("/api/do", post(command))
        .route("/api/message/{number}", get(message))
        .route("/api/sweep", get(sweep))
        .route("/api/matrix", get(matrix))
        .route("/api/cell", post(cell))
        .route("/api/join", get(join))
        .layer(middleware::from_fn_with_state(desk.clone(), with_token))
        .layer(DefaultBodyLimit::max(MAX_COMMAND));
    Router::new()
        .route("/", get(async || file("present.html")))
        .route("/notes", get(async || file("notes.html")))
        .route(
            "/page/{name}",
            get(async |Path(name): Path<String>| file(&name)),
        )
        .merge(asked)
        .layer(middleware::from_fn_with_state(desk.clone(), from_us))
        .with_state(desk)
}

/// Refuses requests that a stranger made our browser send.
async fn from_us(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    if !is_ours(request.headers(), desk.port, Reach::Loopback) {
        let why = "this page is for this machine only, by its number and from its own pages";
        return guarded(refused(StatusCode::FORBIDDEN, why));
    }
    guarded(next.run(request).await)
}

async fn with_token(
    State(desk): State<Desk>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Response {
    if !desk.room.token.is_brought_by(request.headers()) {
        let why = "open the address that the terminal printed: it has the instructor's token";
        return refused(StatusCode::UNAUTHORIZED, why);
    }
    peer.admit();
    next.run(request).await
}

async fn events(State(desk): State<Desk>) -> Response {
    streams::lesson(desk.room)
}

async fn command(State(desk): State<Desk>, body: Bytes) -> Response {
    let command: Command = match serde_json::from_slice(&body) {
        Ok(command) => command,
        Err(error) => return refused(StatusCode::BAD_REQUEST, error),
    };
    let done = spawn_blocking(move || desk.room.obey(command)).await;
    match done {
        Ok(Ok(())) => json(&serde_json::json!({})),
        Ok(Err(Refused::Experiment(error))) => refused(StatusCode::INTERNAL_SERVER_ERROR, error),
        Ok(Err(why)) => refused(StatusCode::UNPROCESSABLE_ENTITY, why),
        Err(error) => refused(StatusCode::INTERNAL_SERVER_ERROR, error),
    }
}

async fn message(State(desk): State<Desk>, Path(number): Path<usize>) -> Response {
    match desk.room.bytes(number) {
        Some(bytes) => json(&bytes),
        None => refused(StatusCode::NOT_FOUND, "there is no such message"),
    }
}

async fn sweep(State(desk): State<Desk>) -> Response {
    json(&desk.room.results.sweep())
}

async fn matrix(State(desk): State<Desk>) -> Response {
    match desk.room.results.matrix() {
        Some(matrix) => json(&matrix),
        None => refused(StatusCode::NOT_FOUND, "the matrix is still being computed"),
    }
}

/// One cell, to be run now.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Again {
    attack: String,
    design: String,
    theft_at: usize,
}

async fn cell(State(desk): State<Desk>, body: Bytes) -> Response {
    let again: Again = match serde_json::from_slice(&body) {
        Ok(again) => again,
        Err(error) => return refused(StatusCode::BAD_REQUEST, error),
    };
    let named = (attacks::named(&again.attack), Design::named(&again.design));
    let (Some(row), Some(design)) = named else {
        return refused(StatusCode::NOT_FOUND, "there is no such cell");
    };
    let Some((conversation, seed, _)) = desk.room.conversation() else {
        return refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "nothing has been said yet",
        );
    };
    let theft_at = again.theft_at.min(conversation.lines().len());
    let run = move || heat::run_again(row, design, &conversation, seed, theft_at);
    match spawn_blocking(run).await {
        Ok(Ok(cell)) => json(&cell),
        Ok(Err(error)) => refused(StatusCode::INTERNAL_SERVER_ERROR, error),
        Err(error) => refused(StatusCode::INTERNAL_SERVER_ERROR, error),
    }
}

/// How phones come in: the address, and the same as squares to be photographed.
async fn join(State(desk): State<Desk>) -> Response {
    match desk.room.join_address().and_then(|it| qr::code(&it)) {
        Some(code) => json(&code),
        None => refused(
            StatusCode::NOT_FOUND,
            "phones are not let in: start with --lan",
        ),
    }
}
