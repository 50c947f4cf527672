//! One client, from the challenge to the close.
//!
//! Everything that a client can make the relay hold is bounded by the window:
//! envelopes sent to it that it has not confirmed, and requests of its own that are
//! not answered. A client that does not read is not read from either, and is
//! disconnected in the end.

use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket};
use futures_util::{StreamExt, stream::SplitStream};
use tokio::time::{sleep, timeout};

use super::{
    hub::{ConnectionPermit, Hub, Subscriptions},
    requests::Requests,
    writer::{CloseReason, SocketWriter, text},
};
use crate::transport::{
    admission::{Peer, same_secret},
    control::{Hello, Reply, Request},
};
use doormat::protocol::wire;

/// Runs a connection to its end.
pub(super) async fn serve(mut socket: WebSocket, peer: Peer, permit: ConnectionPermit) {
    let hub = &permit.hub;
    let hello = match authenticate(&mut socket, &peer, hub).await {
        Ok(hello) => hello,
        Err(reason) => {
            let _ = timeout(hub.limits.write, socket.send(reason.message())).await;
            return;
        }
    };
    let address = peer.address();
    let subscriptions = hub.attach(&hello.name, address);
    let (name, number) = (hello.name.clone(), subscriptions.number);
    (hub.log)(&format!("{name} has come, from {address}"));
    let (sink, stream) = socket.split();
    let mut connection = Connection {
        stream,
        writer: SocketWriter::spawn(sink, &hub.limits),
        requests: Requests::new(Arc::clone(hub), *hello, address.ip()),
    };
    let reason = connection.run(subscriptions).await;
    hub.detach(&name, number);
    connection.end(&reason).await;
    (hub.log)(&format!("{name} has gone: {reason}"));
}

/// Sends the challenge, checks the hello and admits the peer.
async fn authenticate(
    socket: &mut WebSocket,
    peer: &Peer,
    hub: &Hub,
) -> Result<Box<Hello>, CloseReason> {
    let nonce = hub.nonce();
    send(socket, hub, &Reply::Challenge { nonce }).await?;
    let message = timeout(hub.limits.hello, socket.recv())
        .await
        .map_err(|_| CloseReason::Idle)?;
    let Some(Ok(Message::Text(json))) = message else {
        return Err(CloseReason::NoHello);
    };
    let Ok(Request::Hello(hello)) = serde_json::from_str(&json) else {
        return Err(CloseReason::NoHello);
    };
    if let Some(token) = &hub.token
        && !same_secret(token, hello.token.as_deref().unwrap_or_default())
    {
        return Err(CloseReason::WrongToken);
    }
    if !hello.answers(&nonce) {
        return Err(CloseReason::BadSignature);
    }
    let identity = wire::encode(&hello.identity);
    let status = hub.store.claim(hello.name.clone(), identity).await?;
    if !peer.admit() {
        return Err(CloseReason::Closed);
    }
    let welcome = Reply::Welcome {
        waiting: status.waiting,
        prekeys: status.prekeys,
        generation: status.generation,
    };
    send(socket, hub, &welcome).await?;
    Ok(hello)
}

async fn send(socket: &mut WebSocket, hub: &Hub, reply: &Reply) -> Result<(), CloseReason> {
    timeout(hub.limits.write, socket.send(text(reply)))
        .await
        .map_err(|_| CloseReason::SlowReader)?
        .map_err(|_| CloseReason::Closed)
}

struct Connection {
    stream: SplitStream<WebSocket>,
    writer: SocketWriter,
    requests: Requests,
}

impl Connection {
    async fn run(&mut self, mut subscriptions: Subscriptions) -> CloseReason {
        let limits = self.requests.hub.limits;
        let idle = sleep(limits.idle);
        tokio::pin!(idle);
        let mut pinged = false;
        let mail_slot = self.writer.mail.clone();
        loop {
            if let Err(reason) = self.requests.refill_mail().await {
                return reason;
            }
            let room = self.requests.pending.len() < limits.window;
            let done = tokio::select! {
                message = self.stream.next(), if room => match message {
                    Some(Ok(message)) => {
                        pinged = false;
                        idle.set(sleep(limits.idle));
                        self.requests.handle_message(message)
                    }
                    _ => Err(CloseReason::Closed),
                },
                // Only what the client sends counts: mail for it does not keep it alive.
                () = &mut idle, if room => if pinged {
                    Err(CloseReason::Idle)
                } else {
                    pinged = true;
                    idle.set(sleep(limits.idle));
                    self.writer.reply(Message::Ping(Default::default())).await
                },
                slot = mail_slot.reserve(), if !self.requests.mail.queue.is_empty() => match slot {
                    Ok(slot) => {
                        if let Some(envelope) = self.requests.mail.queue.pop_front() {
                            slot.send(Message::Binary(envelope.into()));
                        }
                        Ok(())
                    }
                    Err(_) => Err(CloseReason::SlowReader),
                },
                Some(reply) = self.requests.pending.next() => match reply {
                    Some(message) => self.writer.reply(message).await,
                    None => Ok(()),
                },
                Some(notice) = subscriptions.notices.recv() => {
                    self.writer.reply(text(&notice)).await
                }
                () = subscriptions.mail.notified() => {
                    self.requests.mail.more = true;
                    Ok(())
                }
                () = subscriptions.replaced.notified() => Err(CloseReason::Replaced),
                _ = subscriptions.closing.changed() => Err(CloseReason::Stopping),
            };
            if let Err(reason) = done {
                return reason;
            }
        }
    }

    /// Finishes the requests that have begun, says why the connection ends, and closes.
    async fn end(mut self, reason: &CloseReason) {
        let finish = async {
            while let Some(reply) = self.requests.pending.next().await {
                if let Some(message) = reply {
                    let _ = self.writer.reply(message).await;
                }
            }
        };
        let _ = timeout(self.requests.hub.limits.write, finish).await;
        let _ = self.writer.reply(reason.message()).await;
        self.writer.close().await;
    }
}
