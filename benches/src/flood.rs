//! A relay under abuse: clients that flood it, an honest couple beside them, and what both
//! cost: the honest round trips, and the relay's memory.

use std::{net::SocketAddr, path::Path, str::FromStr, time::Duration};

use ::doormat::{
    mode::EndToEnd,
    protocol::{Device, ModeId, Name, ScheduleId},
};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use rand::{SeedableRng, rngs::ChaCha20Rng};
use tokio::{
    runtime::Builder,
    task::{JoinSet, spawn_blocking},
    time::{Instant, sleep, timeout},
};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    Failure,
    couples::{Account, Couple, couples},
    doormat,
    load::{Receives, Sends},
};

/// What the flooding clients do, as fast as they can. None of them confirms anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Send the longest envelopes to each other.
    Envelopes,
    /// Send short envelopes to each other.
    Short,
    /// Ask for key bundles.
    Fetches,
    /// Ask for key bundles, and read no answer.
    Deaf,
    /// Send all but the end of the longest message, and wait.
    Partial,
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Ok(match word {
            "envelopes" => Self::Envelopes,
            "short" => Self::Short,
            "fetches" => Self::Fetches,
            "deaf" => Self::Deaf,
            "partial" => Self::Partial,
            other => return Err(format!("no kind of flood: {other}")),
        })
    }
}

/// A flood.
#[derive(Debug, Clone, Copy)]
pub struct Flood {
    /// What its clients do.
    pub kind: Kind,
    /// How many they are.
    pub clients: usize,
    /// Whether all have one identity.
    pub one_identity: bool,
    /// How long it lasts.
    pub lasts: Duration,
}

/// Floods a relay and gives a line of figures.
///
/// # Errors
/// If the honest couple is not served.
pub async fn run(program: &Path, flood: Flood) -> Result<String, Failure> {
    let clients = devices(flood)?;
    let couple = couples(1, 4000)?.pop().ok_or("no couple")?;
    let server = doormat::start(program)?;
    let address = server.address;
    let (mut sockets, mut refused) = (Vec::new(), 0);
    for (account, message) in clients {
        match timeout(PATIENCE, account.connect(address)).await {
            Ok(Ok(socket)) => sockets.push((socket, message)),
            Ok(Err(_)) | Err(_) => refused += 1,
        }
    }
    let admitted = sockets.len();
    let mut tasks = JoinSet::new();
    for (socket, message) in sockets {
        tasks.spawn(attack(socket, message, flood.kind));
    }
    // A thread of its own: the couple must not wait for the flood's own tasks.
    let honest = spawn_blocking(move || {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(round_trips(couple, address, flood.lasts))
    });
    let mut most = 0;
    while !honest.is_finished() {
        most = server.memory()?.max(most);
        sleep(Duration::from_millis(50)).await;
    }
    let mut trips = honest.await??;
    tasks.shutdown().await;
    sleep(Duration::from_secs(3)).await;
    trips.sort_unstable();
    let of = |part: usize| trips.get((trips.len() * part / 100).min(trips.len() - 1));
    Ok(format!(
        "{flood:?}: admitted {admitted}, refused {refused}; honest round trips {}: median {:.1?}, \
         99 % {:.1?}, worst {:.1?}; memory: most {} MiB, 3 s later {} MiB",
        trips.len(),
        of(50).copied().unwrap_or_default(),
        of(99).copied().unwrap_or_default(),
        trips.last().copied().unwrap_or_default(),
        most / 1024,
        server.memory()? / 1024,
    ))
}

/// How long messages of an honest couple take to reach their recipient.
async fn round_trips(
    couple: Couple,
    address: SocketAddr,
    lasts: Duration,
) -> Result<Vec<Duration>, Failure> {
    let (mut alice, mut bob) = couple.connect(address).await?;
    let (begun, mut trips) = (Instant::now(), Vec::new());
    for number in 0.. {
        if begun.elapsed() > lasts {
            break;
        }
        let sent = Instant::now();
        let trip = async {
            alice.send(number).await?;
            bob.receive().await?;
            let took = sent.elapsed();
            bob.confirm(number).await?;
            alice.acknowledged().await?;
            Ok::<_, Failure>(took)
        };
        let Ok(took) = timeout(PATIENCE, trip).await else {
            trips.push(PATIENCE);
            break;
        };
        trips.push(took?);
        sleep(Duration::from_millis(20)).await;
    }
    Ok(trips)
}

/// How long anything honest may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The longest text.
const LONG: usize = 65_536;

/// The clients, and what each sends.
fn devices(flood: Flood) -> Result<Vec<(Account, Bytes)>, Failure> {
    let rng = &mut ChaCha20Rng::seed_from_u64(2);
    let named = |number: usize| Name::new(&format!("flood-{}", number % flood.clients));
    let text = match flood.kind {
        Kind::Envelopes | Kind::Partial => LONG,
        Kind::Short | Kind::Fetches | Kind::Deaf => 16,
    };
    let first = Device::new(named(0)?, rng);
    let mut made = Vec::new();
    for number in 0..flood.clients {
        let mut device = Device::new(named(number)?, rng);
        let mut next = Device::new(named(number + 1)?, rng);
        let bundle = next.publish(0, rng).pop().ok_or("no bundle")?;
        device.begin(&bundle, ModeId::EndToEnd, ScheduleId::Static, rng)?;
        let envelope = device.seal(next.name(), &vec![b'x'; text], &EndToEnd, rng)?;
        let mut account = Account::of(&device);
        if flood.one_identity {
            let one = Account::of(&first);
            (account.identity, account.signing) = (one.identity, one.signing);
        }
        made.push((account, Bytes::from(envelope)));
    }
    Ok(made)
}

async fn attack(mut socket: doormat::Socket, envelope: Bytes, kind: Kind) {
    if kind == Kind::Partial {
        use tokio::io::AsyncWriteExt;
        // A masked binary frame whose last bytes never come.
        let length = u64::try_from(envelope.len()).unwrap_or(0).to_be_bytes();
        let head = [&[0x82, 0xff][..], &length, &[0; 4]].concat();
        let cut = envelope.len().saturating_sub(100);
        let stream = socket.get_mut();
        let _ = stream.write_all(&head).await;
        let _ = stream
            .write_all(envelope.get(..cut).unwrap_or_default())
            .await;
        std::future::pending::<()>().await;
    }
    let mut number = 0_u64;
    let mut message = || {
        number += 1;
        match kind {
            Kind::Envelopes | Kind::Short | Kind::Partial => {
                let (rest, _) = envelope.split_last_chunk::<8>().unwrap_or((&[], &[0; 8]));
                Message::binary([rest, &number.to_be_bytes()].concat())
            }
            Kind::Fetches | Kind::Deaf => {
                Message::text("{\"type\":\"fetch\",\"owner\":\"nobody\"}")
            }
        }
    };
    if kind == Kind::Deaf {
        while socket.send(message()).await.is_ok() {}
        return;
    }
    let (mut sink, mut stream) = socket.split();
    let reading = async { while let Some(Ok(_)) = stream.next().await {} };
    let writing = async { while sink.send(message()).await.is_ok() {} };
    tokio::join!(reading, writing);
}
