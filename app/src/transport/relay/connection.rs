//! One client, from the challenge to the close.
//!
//! Everything that a client can make the relay hold is bounded: envelopes sent to it that it
//! has not confirmed and requests of its own that are not answered by the window, and the
//! bytes of both by the budget. A client that does not read is not read from either, and is
//! disconnected in the end.

use std::{pin::Pin, sync::Arc};

use futures_util::{SinkExt, StreamExt, future::OptionFuture, stream::SplitStream};
use tokio::time::{Duration, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

use super::{
    budget::{Held, Place},
    handshake::{self, Socket},
    hub::{Hub, Subscriptions},
    requests::Requests,
    turns::Turn,
    writer::{CloseReason, Outgoing, SocketWriter, text},
};
use crate::transport::{
    admission::{GuardedStream, Peer, same_secret},
    control::{Digest, Hello, Reply, Request},
};
use doormat::protocol::{Name, wire};

/// How long a connection that is replaced may take to end.
const REPLACEMENT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a client that is not admitted has to read why.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(1);

/// Runs a connection to its end.
pub(super) async fn serve(stream: GuardedStream, peer: Peer, hub: Arc<Hub>) {
    let mut closing = hub.closing();
    let opened = tokio::select! {
        opened = open(stream, &peer, &hub) => opened,
        // Who has not authenticated does not hear that the relay stops.
        _ = closing.changed() => return,
    };
    let Some((socket, hello, place)) = opened else {
        return;
    };
    let address = peer.address();
    let subscriptions = hub.attach(&hello.name, address);
    let (name, number) = (hello.name.clone(), subscriptions.number);
    (hub.log)(&format!("{name} has come, from {address}"));
    let (sink, stream) = socket.split();
    let mut connection = Connection {
        stream,
        writer: SocketWriter::spawn(sink, &hub.limits),
        requests: Requests::new(Arc::clone(&hub), *hello, address.ip(), place),
        waiting: None,
    };
    let reason = connection.run(subscriptions).await;
    hub.detach(&name, number);
    connection.end(&reason).await;
    (hub.log)(&format!("{name} has gone: {reason}"));
}

/// Makes a WebSocket of a connection and authenticates its client, or tells it why not.
async fn open(
    stream: GuardedStream,
    peer: &Peer,
    hub: &Hub,
) -> Option<(Socket, Box<Hello>, Place)> {
    let mut socket = handshake::accept(stream).await?;
    match authenticate(&mut socket, peer, hub).await {
        Ok((hello, place)) => Some((socket, hello, place)),
        Err(reason) => {
            let refusal = async {
                socket.send(reason.message()).await?;
                socket.close(None).await
            };
            let _ = timeout(REFUSAL_TIMEOUT, refusal).await;
            None
        }
    }
}

/// Sends the challenge, checks the hello and admits the peer.
async fn authenticate(
    socket: &mut Socket,
    peer: &Peer,
    hub: &Hub,
) -> Result<(Box<Hello>, Place), CloseReason> {
    let nonce = hub.nonce();
    send(socket, hub, &Reply::Challenge { nonce }).await?;
    let message = timeout(hub.limits.hello, socket.next())
        .await
        .map_err(|_| CloseReason::Idle)?;
    let Some(Ok(Message::Text(json))) = message else {
        return Err(match peer.is_pending() {
            true => CloseReason::NoHello,
            false => CloseReason::NoRoom,
        });
    };
    let Ok(Request::Hello(hello)) = serde_json::from_str(&json) else {
        return Err(CloseReason::NoHello);
    };
    if let Some(token) = &hub.token
        && !same_secret(token, hello.token.as_deref().unwrap_or_default())
    {
        // With the bound on an address's pending connections, this bounds its guesses.
        sleep(hub.limits.wrong_token).await;
        return Err(CloseReason::WrongToken);
    }
    if !hello.answers(&nonce) {
        return Err(CloseReason::BadSignature);
    }
    let identity = wire::encode(&hello.identity);
    let owner = Digest::of(&identity);
    let address = peer.address().ip();
    let status = hub.claim(&hello.name, identity, address).await?;
    let place = match hub.budget.place(owner) {
        Some(place) => place,
        None => place_of_replaced(hub, &hello.name, owner).await?,
    };
    if !peer.admit() {
        return Err(CloseReason::NoRoom);
    }
    let welcome = Reply::Welcome {
        waiting: status.waiting,
        prekeys: status.prekeys,
        generation: status.generation,
    };
    send(socket, hub, &welcome).await?;
    Ok((hello, place))
}

/// Waits for a place of an identity that has as many as it may: the connection that has this
/// mailbox open is going to be replaced, and ends.
async fn place_of_replaced(hub: &Hub, name: &Name, owner: Digest) -> Result<Place, CloseReason> {
    hub.replace(name);
    let waiting = async {
        loop {
            sleep(REPLACEMENT_TIMEOUT / 100).await;
            if let Some(place) = hub.budget.place(owner) {
                return place;
            }
        }
    };
    let place = timeout(REPLACEMENT_TIMEOUT, waiting).await;
    place.map_err(|_| CloseReason::TooManyConnections)
}

async fn send(socket: &mut Socket, hub: &Hub, reply: &Reply) -> Result<(), CloseReason> {
    timeout(hub.limits.write, socket.send(text(reply)))
        .await
        .map_err(|_| CloseReason::SlowReader)?
        .map_err(|_| CloseReason::Closed)
}

/// A request, its part of the budget, and its turn.
type Admitted = (Message, Held, Turn);

struct Connection {
    stream: SplitStream<Socket>,
    writer: SocketWriter,
    requests: Requests,
    /// A request that waits for room in the budget and for its turn. Nothing is read meanwhile.
    waiting: Option<Pin<Box<dyn Future<Output = Option<Admitted>> + Send>>>,
}

impl Connection {
    async fn run(&mut self, mut subscriptions: Subscriptions) -> CloseReason {
        let limits = self.requests.hub.limits;
        let idle = sleep(limits.idle);
        tokio::pin!(idle);
        let mut pinged = false;
        let mail_slot = self.writer.mail.clone();
        loop {
            let reading = self.requests.mail.read(&self.requests.place);
            let room = self.waiting.is_none();
            let done = tokio::select! {
                message = self.stream.next(), if room => match message {
                    Some(Ok(message)) => {
                        pinged = false;
                        idle.set(sleep(limits.idle));
                        self.receive(message)
                    }
                    _ => Err(CloseReason::Closed),
                },
                Some(admitted) = OptionFuture::from(self.waiting.as_mut()) => {
                    self.waiting = None;
                    match admitted {
                        Some((message, held, turn)) => self.requests.handle(message, held, turn),
                        None => Err(CloseReason::Stopping),
                    }
                }
                // Only what the client sends counts: mail for it does not keep it alive.
                () = &mut idle, if room => if pinged {
                    Err(CloseReason::Idle)
                } else {
                    pinged = true;
                    idle.set(sleep(limits.idle));
                    let ping = Message::Ping(Default::default());
                    self.writer.reply(Outgoing::new(ping, None)).await
                },
                read = self.requests.mail.finish_reading(), if reading => {
                    read.map_err(CloseReason::from)
                }
                slot = mail_slot.reserve(), if !self.requests.mail.is_empty() => match slot {
                    Ok(slot) => {
                        if let Some(mail) = self.requests.mail.pop() {
                            slot.send(mail);
                        }
                        Ok(())
                    }
                    Err(_) => Err(CloseReason::SlowReader),
                },
                Some(reply) = self.requests.pending.next() => match reply {
                    Some(reply) => self.writer.reply(reply).await,
                    None => Ok(()),
                },
                Some(notice) = subscriptions.notices.recv() => {
                    match self.requests.place.notice() {
                        Some(held) => self.writer.notify(Outgoing::new(text(&notice), Some(held))),
                        None => Ok(()),
                    }
                }
                () = subscriptions.mail.notified() => {
                    self.requests.mail.more();
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

    /// Puts a request aside until there is room for it and its turn has come.
    fn receive(&mut self, message: Message) -> Result<(), CloseReason> {
        match message {
            Message::Close(_) => return Err(CloseReason::Closed),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => return Ok(()),
            Message::Binary(_) | Message::Text(_) => {}
        }
        let (place, hub) = (
            Arc::clone(&self.requests.place),
            Arc::clone(&self.requests.hub),
        );
        self.waiting = Some(Box::pin(async move {
            let held = place.request(message.len()).wait().await?;
            let turn = hub.turns.take(place.identity(), message.len()).await?;
            Some((message, held, turn))
        }));
        Ok(())
    }

    /// Finishes the requests that have begun, says why the connection ends, and closes.
    async fn end(mut self, reason: &CloseReason) {
        let finish = async {
            while let Some(reply) = self.requests.pending.next().await {
                if let Some(reply) = reply {
                    let _ = self.writer.reply(reply).await;
                }
            }
        };
        let _ = timeout(self.requests.hub.limits.write, finish).await;
        let last = Outgoing::new(reason.message(), None);
        let _ = self.writer.reply(last).await;
        self.writer.close().await;
    }
}
