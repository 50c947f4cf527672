//! `nats-server`, with JetStream on files.
//!
//! One stream holds all mail; each recipient has a push consumer for its own
//! subject and confirms every message. The stream keeps what was confirmed, as
//! streams do unless they are told otherwise: as a work queue, which forgets it
//! as a relay does, the server carries about half as much, or less. Whether a message is on disk when its publication is
//! acknowledged is the server's `sync_interval`: two minutes unless it is told
//! `always`. Servers before 2.10 cannot be told.

use std::{collections::VecDeque, fs, net::SocketAddr};

use async_nats::{
    Client,
    jetstream::{
        self, Context,
        consumer::{AckPolicy, push},
        context::PublishAckFuture,
        stream::{Config, RetentionPolicy, StorageType},
    },
};
use bytes::Bytes;
use futures_util::StreamExt;

use crate::{
    Failure,
    load::{Receives, Sends, number, payload},
    server::{Server, program},
};

const STREAM: &str = "MAIL";

/// The server's path.
pub fn server() -> String {
    program("NATS_SERVER", "/usr/sbin/nats-server")
}

/// Starts a server that syncs before each acknowledgement, or as it comes.
///
/// # Errors
/// If it does not start: one before 2.10 does not know `sync_interval`.
pub fn start(always: bool) -> Result<Server, Failure> {
    Server::start(&server(), |command, address, folder| {
        let sync = if always { "sync_interval: always" } else { "" };
        let store = folder.join("jetstream");
        let config = format!(
            "listen: \"{address}\"\njetstream {{\n store_dir: \"{}\"\n {sync}\n}}\n",
            store.display()
        );
        let file = folder.join("nats.conf");
        fs::write(&file, config)?;
        command.arg("-c").arg(file);
        Ok(())
    })
}

/// Makes the stream.
///
/// # Errors
/// If the server refuses.
pub async fn prepare(address: SocketAddr) -> Result<(), Failure> {
    let client = async_nats::connect(address.to_string()).await?;
    jetstream::new(client)
        .create_stream(Config {
            name: STREAM.to_owned(),
            subjects: vec!["mail.>".to_owned()],
            storage: StorageType::File,
            retention: RetentionPolicy::Limits,
            ..Config::default()
        })
        .await?;
    Ok(())
}

/// Connects both halves of a pair.
///
/// # Errors
/// If the server refuses.
pub async fn connect(address: SocketAddr, pair: usize) -> Result<(Sender, Recipient), Failure> {
    let subject = format!("mail.{pair}");
    let client = async_nats::connect(address.to_string()).await?;
    let config = push::Config {
        durable_name: Some(format!("boris-{pair}")),
        deliver_subject: client.new_inbox(),
        filter_subject: subject.clone(),
        ack_policy: AckPolicy::Explicit,
        ..push::Config::default()
    };
    let consumer = jetstream::new(client.clone())
        .create_consumer_on_stream(config, STREAM)
        .await?;
    let recipient = Recipient {
        messages: consumer.messages().await?,
        last: None,
        _client: client,
    };
    let client = async_nats::connect(address.to_string()).await?;
    let sender = Sender {
        context: jetstream::new(client),
        subject,
        waiting: VecDeque::new(),
    };
    Ok((sender, recipient))
}

/// The writing half of a pair.
#[derive(Debug)]
pub struct Sender {
    context: Context,
    subject: String,
    waiting: VecDeque<PublishAckFuture>,
}

impl Sends for Sender {
    async fn send(&mut self, number: usize) -> Result<(), Failure> {
        let payload = Bytes::from(payload(number));
        let publishing = self.context.publish(self.subject.clone(), payload);
        self.waiting.push_back(publishing.await?);
        Ok(())
    }

    async fn acknowledged(&mut self) -> Result<(), Failure> {
        let oldest = self.waiting.pop_front().ok_or("nothing is waiting")?;
        oldest.await?;
        Ok(())
    }
}

/// The reading half.
pub struct Recipient {
    messages: push::Messages,
    last: Option<jetstream::Message>,
    _client: Client,
}

impl Receives for Recipient {
    async fn receive(&mut self) -> Result<usize, Failure> {
        let message = self.messages.next().await.ok_or("the server closed")??;
        let number = number(&message.payload)?;
        self.last = Some(message);
        Ok(number)
    }

    async fn confirm(&mut self, _number: usize) -> Result<(), Failure> {
        self.last.take().ok_or("nothing to confirm")?.ack().await
    }
}
