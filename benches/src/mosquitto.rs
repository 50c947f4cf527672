//! `mosquitto`, at quality of service 1, with persistence.
//!
//! A recipient has a session that outlives its connection, and a topic of its
//! own; publications are acknowledged by the broker and deliveries by the
//! recipient. Persistence is a file that the broker writes every half hour and
//! when it ends: an acknowledged message is in its memory.

use std::{fs, net::SocketAddr, time::Duration};

use rumqttc::{AsyncClient, Event, EventLoop, Incoming, MqttOptions, NetworkOptions, QoS};

use crate::{
    Failure,
    load::{Receives, Sends, number, payload},
    server::{Server, program},
};

/// The broker's path.
pub fn broker() -> String {
    program("MOSQUITTO", "/usr/sbin/mosquitto")
}

/// Starts a broker.
///
/// # Errors
/// If it does not start.
pub fn start() -> Result<Server, Failure> {
    Server::start(&broker(), |command, address, folder| {
        // `user root` only says: stay who started it, so that the folder is its own.
        let config = format!(
            "listener {} {}\nuser root\nallow_anonymous true\nset_tcp_nodelay true\n\
             persistence true\npersistence_location {}/\nmax_queued_messages 10000\n\
             log_dest none\n",
            address.port(),
            address.ip(),
            folder.display()
        );
        let file = folder.join("mosquitto.conf");
        fs::write(&file, config)?;
        command.arg("-c").arg(file);
        Ok(())
    })
}

/// Connects both halves of a pair.
///
/// # Errors
/// If the broker refuses.
pub async fn connect(address: SocketAddr, pair: usize) -> Result<(Sender, Recipient), Failure> {
    let topic = format!("mail/{pair}");
    let (client, mut events) = open(address, &format!("boris-{pair}"), false).await?;
    client.subscribe(&topic, QoS::AtLeastOnce).await?;
    wait(&mut events, |incoming| {
        matches!(incoming, Incoming::SubAck(_)).then_some(())
    })
    .await?;
    let recipient = Recipient {
        events,
        _client: client,
    };
    let (client, events) = open(address, &format!("anna-{pair}"), true).await?;
    let sender = Sender {
        client,
        events,
        topic,
    };
    Ok((sender, recipient))
}

async fn open(
    address: SocketAddr,
    name: &str,
    clean: bool,
) -> Result<(AsyncClient, EventLoop), Failure> {
    let mut options = MqttOptions::new(name, address.ip().to_string(), address.port());
    options.set_clean_session(clean);
    options.set_keep_alive(Duration::from_secs(60));
    let (client, mut events) = AsyncClient::new(options, 64);
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    events.set_network_options(network);
    wait(&mut events, |incoming| {
        matches!(incoming, Incoming::ConnAck(_)).then_some(())
    })
    .await?;
    Ok((client, events))
}

/// Lets the connection work until something that is looked for comes in.
async fn wait<T>(
    events: &mut EventLoop,
    wanted: impl Fn(Incoming) -> Option<T> + Send,
) -> Result<T, Failure> {
    loop {
        if let Event::Incoming(incoming) = events.poll().await?
            && let Some(found) = wanted(incoming)
        {
            return Ok(found);
        }
    }
}

/// The writing half of a pair.
pub struct Sender {
    client: AsyncClient,
    events: EventLoop,
    topic: String,
}

impl Sends for Sender {
    async fn send(&mut self, number: usize) -> Result<(), Failure> {
        let (topic, payload) = (self.topic.as_str(), payload(number));
        Ok(self
            .client
            .try_publish(topic, QoS::AtLeastOnce, false, payload)?)
    }

    async fn acknowledged(&mut self) -> Result<(), Failure> {
        wait(&mut self.events, |incoming| {
            matches!(incoming, Incoming::PubAck(_)).then_some(())
        })
        .await
    }
}

/// The reading half. Its client confirms what it reads by itself.
pub struct Recipient {
    events: EventLoop,
    _client: AsyncClient,
}

impl Receives for Recipient {
    async fn receive(&mut self) -> Result<usize, Failure> {
        let payload = wait(&mut self.events, |incoming| match incoming {
            Incoming::Publish(publish) => Some(publish.payload),
            _ => None,
        });
        number(&payload.await?)
    }

    async fn confirm(&mut self, _number: usize) -> Result<(), Failure> {
        Ok(())
    }
}
