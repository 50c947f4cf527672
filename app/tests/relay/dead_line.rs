//! A connection that goes dead without a word is noticed, whatever is sent on it meanwhile.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use doormat_app::transport::{
    client::{self, Account, ClientCommand, ClientEvent, IDLE_TIMEOUT},
    control::Digest,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::{Instant, sleep, timeout},
};

use crate::common::{
    relay::{PATIENCE, Relay, forged, with_world},
    world::World,
};

const IDLE: Duration = Duration::from_millis(300);

/// A proxy before a relay. Once it is silent, its connections stay open, take what is sent, and
/// carry nothing; new ones are carried.
struct Proxy {
    address: String,
    silent: Arc<AtomicBool>,
}

impl Proxy {
    async fn start(relay: &Relay, takes_bytes: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let silent = Arc::new(AtomicBool::new(false));
        let (to, is_silent) = (relay.address.clone(), Arc::clone(&silent));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&to).await.unwrap();
                // Only what is connected by then goes dead.
                let dead = match is_silent.load(Ordering::Relaxed) {
                    true => Arc::default(),
                    false => Arc::clone(&is_silent),
                };
                let ((from_client, to_client), (from_server, to_server)) =
                    (client.into_split(), server.into_split());
                tokio::spawn(carry(
                    from_client,
                    to_server,
                    Arc::clone(&dead),
                    takes_bytes,
                ));
                tokio::spawn(carry(from_server, to_client, dead, takes_bytes));
            }
        });
        Self { address, silent }
    }
}

async fn carry(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    dead: Arc<AtomicBool>,
    takes_bytes: bool,
) {
    let mut buffer = [0; 4096];
    loop {
        if dead.load(Ordering::Relaxed) && !takes_bytes {
            return std::future::pending().await;
        }
        let Ok(length @ 1..) = from.read(&mut buffer).await else {
            // The other end stays open: nobody hears of the end of this one.
            return std::future::pending().await;
        };
        if !dead.load(Ordering::Relaxed) && to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

struct Device {
    commands: mpsc::Sender<ClientCommand>,
    events: mpsc::Receiver<ClientEvent>,
}

impl Device {
    fn connect(world: &World, proxy: &Proxy) -> Self {
        let account = Account {
            relay: format!("ws://{}", proxy.address),
            name: world.alice.name().clone(),
            identity: *world.alice.identity(),
            signing: world.alice.signing_key().clone(),
            token: None,
        };
        let (commands, queued) = mpsc::channel(16);
        let (sender, events) = mpsc::channel(16);
        tokio::spawn(client::run(account, IDLE, queued, sender));
        Self { commands, events }
    }

    async fn event(&mut self) -> ClientEvent {
        let event = timeout(PATIENCE, self.events.recv()).await;
        event.expect("an event in time").unwrap()
    }

    async fn is_connected(&mut self) {
        let event = self.event().await;
        assert!(matches!(event, ClientEvent::Connected { .. }), "{event:?}");
    }
}

fn fell_silent() -> ClientEvent {
    ClientEvent::Disconnected("the relay fell silent".to_owned())
}

/// A line goes dead, and the device goes on sending, more often than the time limit.
async fn is_noticed_while_sending(bytes: usize, takes_bytes: bool) {
    let (relay, mut world) = with_world(1);
    relay.open(&world.bob).await.close().await;
    let template = world.alice_writes(&"x".repeat(bytes));
    let proxy = Proxy::start(&relay, takes_bytes).await;
    let mut alice = Device::connect(&world, &proxy);
    alice.is_connected().await;
    proxy.silent.store(true, Ordering::Relaxed);
    let commands = alice.commands.clone();
    let sending = tokio::spawn(async move {
        for number in 0.. {
            let envelope = forged(&template, number);
            if commands.send(ClientCommand::Send(envelope)).await.is_err() {
                return;
            }
            sleep(IDLE / 10).await;
        }
    });
    let begun = Instant::now();
    let event = loop {
        match alice.event().await {
            ClientEvent::Accepted(_) => {}
            other => break other,
        }
    };
    assert_eq!(event, fell_silent());
    assert!(begun.elapsed() >= IDLE);
    alice.is_connected().await;
    sending.abort();
}

#[tokio::test]
async fn a_dead_line_is_noticed_while_lines_are_sent_on_it() {
    is_noticed_while_sending(10, true).await;
}

#[tokio::test]
async fn a_dead_line_is_noticed_while_it_takes_nothing_more() {
    is_noticed_while_sending(65_536, false).await;
}

#[tokio::test]
async fn a_dead_line_is_noticed_while_nothing_is_sent() {
    let (relay, world) = with_world(2);
    let proxy = Proxy::start(&relay, true).await;
    let mut alice = Device::connect(&world, &proxy);
    alice.is_connected().await;
    proxy.silent.store(true, Ordering::Relaxed);
    assert_eq!(alice.event().await, fell_silent());
    alice.is_connected().await;
}

#[tokio::test]
async fn a_line_that_is_only_quiet_is_kept() {
    let (relay, mut world) = with_world(3);
    relay.open(&world.bob).await.close().await;
    let proxy = Proxy::start(&relay, true).await;
    let mut alice = Device::connect(&world, &proxy);
    alice.is_connected().await;
    // The pings are answered, for as long as it takes.
    sleep(6 * IDLE).await;
    let envelope = world.alice_writes("still here");
    let sent = ClientCommand::Send(envelope.clone());
    alice.commands.send(sent).await.unwrap();
    assert_eq!(
        alice.event().await,
        ClientEvent::Accepted(Digest::of(&envelope))
    );
}

#[test]
fn a_dead_line_is_noticed_within_a_minute_and_a_half() {
    assert_eq!(2 * IDLE_TIMEOUT, Duration::from_secs(90));
}
