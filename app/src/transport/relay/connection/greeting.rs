//! Challenge and hello: whose mailbox a connection opens. Until then it may do
//! nothing else.

use axum::extract::ws::{Message, WebSocket};
use tokio::time::timeout;

use super::{goodbye::Goodbye, text};
use crate::transport::{
    control::{Hello, Reply, Request},
    relay::{gate::Guest, hub::Hub},
};
use doormat::protocol::wire;

/// Lets a guest in, and gives the hello that was right.
pub(super) async fn greet(
    socket: &mut WebSocket,
    guest: &Guest,
    hub: &Hub,
) -> Result<Box<Hello>, Goodbye> {
    let nonce = hub.nonce();
    let challenge = text(&Reply::Challenge { nonce });
    timeout(hub.limits.write, socket.send(challenge))
        .await
        .map_err(|_| Goodbye::Slow)?
        .map_err(|_| Goodbye::Closed)?;
    let heard = timeout(hub.limits.hello, socket.recv())
        .await
        .map_err(|_| Goodbye::Silent)?;
    let Some(Ok(Message::Text(heard))) = heard else {
        return Err(Goodbye::NoHello);
    };
    let Ok(Request::Hello(hello)) = serde_json::from_str(&heard) else {
        return Err(Goodbye::NoHello);
    };
    if hub.token.is_some() && hub.token != hello.token {
        return Err(Goodbye::NoToken);
    }
    if !hello.answers(&nonce) {
        return Err(Goodbye::BadProof);
    }
    let identity = wire::encode(&hello.identity);
    let standing = hub.store.claim(hello.name.clone(), identity).await?;
    if !guest.admit() {
        return Err(Goodbye::Closed);
    }
    let welcome = text(&Reply::Welcome {
        waiting: standing.waiting,
        prekeys: standing.prekeys,
    });
    timeout(hub.limits.write, socket.send(welcome))
        .await
        .map_err(|_| Goodbye::Slow)?
        .map_err(|_| Goodbye::Closed)?;
    Ok(hello)
}
