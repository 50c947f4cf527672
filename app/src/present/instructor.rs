//! The instructor's routes. The pages' files are public; everything else takes the token.

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
    command::{CommandError, LessonCommand},
    guard::{HostScope, is_trusted},
    matrix_view, qr,
    responses::{file, json, refusal, with_security_headers},
    server::{Endpoint, LessonServer},
    sse,
};
use crate::transport::admission::Peer;
use doormat::experiment::{attacks, design::Design};

/// The longest command, in bytes.
const MAX_COMMAND: usize = 4 * 1024;

/// Everything that is served to this machine.
pub(super) fn router(server: Arc<LessonServer>, port: u16) -> Router {
    let endpoint = Endpoint { server, port };
    let asked = Router::new()
        .route("/api/events", get(events))
        .route("/api/do", post(command))
        .route("/api/message/{number}", get(message))
        .route("/api/sweep", get(sweep))
        .route("/api/matrix", get(matrix))
        .route("/api/cell", post(cell))
        .route("/api/join", get(join))
        .layer(middleware::from_fn_with_state(
            endpoint.clone(),
            require_token,
        ))
        .layer(DefaultBodyLimit::max(MAX_COMMAND));
    Router::new()
        .route("/", get(async || file("present.html")))
        .route("/notes", get(async || file("notes.html")))
        .route(
            "/page/{name}",
            get(async |Path(name): Path<String>| file(&name)),
        )
        .merge(asked)
        .layer(middleware::from_fn_with_state(
            endpoint.clone(),
            require_trusted,
        ))
        .with_state(endpoint)
}

/// Refuses requests that another site's page sent.
async fn require_trusted(
    State(endpoint): State<Endpoint>,
    request: Request,
    next: Next,
) -> Response {
    if !is_trusted(request.headers(), endpoint.port, HostScope::Loopback) {
        let why = "this page is for this machine only, by its number and from its own pages";
        return with_security_headers(refusal(StatusCode::FORBIDDEN, why));
    }
    with_security_headers(next.run(request).await)
}

async fn require_token(
    State(endpoint): State<Endpoint>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Response {
    if !endpoint.server.token.authorizes(request.headers()) {
        let why = "open the address that the terminal printed: it has the instructor's token";
        return refusal(StatusCode::UNAUTHORIZED, why);
    }
    peer.admit();
    next.run(request).await
}

async fn events(State(endpoint): State<Endpoint>) -> Response {
    sse::instructor(endpoint.server)
}

async fn command(State(endpoint): State<Endpoint>, body: Bytes) -> Response {
    let command: LessonCommand = match serde_json::from_slice(&body) {
        Ok(command) => command,
        Err(error) => return refusal(StatusCode::BAD_REQUEST, error),
    };
    let done = spawn_blocking(move || endpoint.server.apply(command)).await;
    match done {
        Ok(Ok(())) => json(&serde_json::json!({})),
        Ok(Err(CommandError::Experiment(error))) => {
            refusal(StatusCode::INTERNAL_SERVER_ERROR, error)
        }
        Ok(Err(why)) => refusal(StatusCode::UNPROCESSABLE_ENTITY, why),
        Err(error) => refusal(StatusCode::INTERNAL_SERVER_ERROR, error),
    }
}

async fn message(State(endpoint): State<Endpoint>, Path(number): Path<usize>) -> Response {
    match endpoint.server.message_bytes(number) {
        Some(bytes) => json(&bytes),
        None => refusal(StatusCode::NOT_FOUND, "there is no such message"),
    }
}

async fn sweep(State(endpoint): State<Endpoint>) -> Response {
    json(&endpoint.server.results.sweep())
}

async fn matrix(State(endpoint): State<Endpoint>) -> Response {
    match endpoint.server.results.matrix() {
        Some(matrix) => json(&matrix),
        None => refusal(StatusCode::NOT_FOUND, "the matrix is still being computed"),
    }
}

/// A cell of the matrix that is to be run again.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CellRequest {
    attack: String,
    design: String,
    theft_at: usize,
}

async fn cell(State(endpoint): State<Endpoint>, body: Bytes) -> Response {
    let again: CellRequest = match serde_json::from_slice(&body) {
        Ok(again) => again,
        Err(error) => return refusal(StatusCode::BAD_REQUEST, error),
    };
    let named = (attacks::named(&again.attack), Design::named(&again.design));
    let (Some(row), Some(design)) = named else {
        return refusal(StatusCode::NOT_FOUND, "there is no such cell");
    };
    let Some((conversation, seed, _)) = endpoint.server.conversation() else {
        return refusal(
            StatusCode::UNPROCESSABLE_ENTITY,
            "nothing has been said yet",
        );
    };
    let theft_at = again.theft_at.min(conversation.lines().len());
    let run = move || matrix_view::run_again(row, design, &conversation, seed, theft_at);
    match spawn_blocking(run).await {
        Ok(Ok(cell)) => json(&cell),
        Ok(Err(error)) => refusal(StatusCode::INTERNAL_SERVER_ERROR, error),
        Err(error) => refusal(StatusCode::INTERNAL_SERVER_ERROR, error),
    }
}

/// The URL of the phones' page, and its QR code.
async fn join(State(endpoint): State<Endpoint>) -> Response {
    match endpoint.server.phone_url().and_then(|it| qr::qr_code(&it)) {
        Some(code) => json(&code),
        None => refusal(
            StatusCode::NOT_FOUND,
            "phones are not let in: start with --lan",
        ),
    }
}
