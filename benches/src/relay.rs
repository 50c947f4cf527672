//! Rounds of the same load over every server, and a table.
//!
//! The servers take turns within a round, so that a noisy minute falls on all of
//! them; a figure is the median of its rounds, with the least and the most beside.

use std::{fmt::Write, path::Path, time::Duration};

use crate::{
    Failure,
    couples::{Couple, couples},
    doormat,
    load::{self, Load, Receives, Sends, TEXT_BYTES},
    mosquitto, nats,
    server::{self, Server},
    table::{Figures, PEERS, Peer, Row, table},
};

/// Pairs, and messages that each sender may have unacknowledged.
const CROWDS: [(usize, usize); 2] = [(5, 16), (500, 1)];

/// Envelopes sealed for each crowd, in all. More than can be carried in its time.
const SEALED: usize = 250_000;

const WARM_UP: Duration = Duration::from_secs(1);
const MEASURED: Duration = Duration::from_secs(5);

/// How long connections sit idle before memory is read.
const IDLE: Duration = Duration::from_secs(2);

/// Loads every server whose name has `only` in it; `program` is doormat. Gives
/// Markdown.
///
/// # Errors
/// What making the envelopes says. A server that fails says so in its row.
pub async fn report(program: &Path, rounds: usize, only: &str) -> Result<String, Failure> {
    let mut page = String::new();
    writeln!(page, "One sync of 4 KiB here: {:?}.", server::sync_cost()?)?;
    writeln!(
        page,
        "Servers: {}; {}.",
        server::version(&nats::server(), "--version"),
        server::version(&mosquitto::broker(), "-h")
    )?;
    for (pairs, window) in CROWDS {
        let couples = couples(pairs, SEALED / pairs)?;
        let bytes = couples.first().map_or(0, Couple::envelope_bytes);
        writeln!(
            page,
            "\n### {} clients: {pairs} pairs, {window} unacknowledged a sender\n\n\
             Texts of {TEXT_BYTES} bytes; to doormat as envelopes of {bytes}. \
             {} s counted; rounds: {rounds}; median (least–most).\n",
            2 * pairs,
            MEASURED.as_secs()
        )?;
        let load = Load {
            pairs,
            window,
            warm_up: WARM_UP,
            measured: MEASURED,
        };
        let chosen = PEERS.iter().filter(|peer| peer.name().contains(only));
        let mut figures: Vec<Row> = chosen.map(|peer| (*peer, Ok(Vec::new()))).collect();
        for round in 1..=rounds {
            for (peer, all) in &mut figures {
                eprintln!("{} clients, round {round}: {}", 2 * pairs, peer.name());
                let Ok(list) = all else { continue };
                match measure(program, *peer, load, &couples).await {
                    Ok(one) => list.push(one),
                    Err(failure) => *all = Err(failure),
                }
            }
        }
        page += &table(&figures);
    }
    Ok(page)
}

async fn measure(
    program: &Path,
    peer: Peer,
    load: Load,
    couples: &[Couple],
) -> Result<Figures, Failure> {
    let server = match peer {
        Peer::Doormat => doormat::start(program)?,
        Peer::NatsAlways => nats::start(true)?,
        Peer::Nats => nats::start(false)?,
        Peer::Mosquitto => mosquitto::start()?,
    };
    let (address, mut pairs) = (server.address, 0..load.pairs);
    match peer {
        Peer::Doormat => {
            let mut couples = couples.iter().cloned();
            let next = async || match couples.next() {
                Some(couple) => couple.connect(address).await.map(Some),
                None => Ok(None),
            };
            loaded(&server, load, next).await
        }
        Peer::Nats | Peer::NatsAlways => {
            nats::prepare(address).await?;
            let next = async || match pairs.next() {
                Some(pair) => nats::connect(address, pair).await.map(Some),
                None => Ok(None),
            };
            loaded(&server, load, next).await
        }
        Peer::Mosquitto => {
            let next = async || match pairs.next() {
                Some(pair) => mosquitto::connect(address, pair).await.map(Some),
                None => Ok(None),
            };
            loaded(&server, load, next).await
        }
    }
}

/// Connects everybody, lets them sit, and runs the load.
async fn loaded<S: Sends, R: Receives>(
    server: &Server,
    load: Load,
    mut next: impl AsyncFnMut() -> Result<Option<(S, R)>, Failure>,
) -> Result<Figures, Failure> {
    let before = server.memory()?;
    let mut pairs = Vec::new();
    while let Some(pair) = next().await? {
        pairs.push(pair);
    }
    tokio::time::sleep(IDLE).await;
    let grown = u32::try_from(server.memory()?.saturating_sub(before))?;
    let connections = u32::try_from(2 * pairs.len())?;
    let outcome = load::run(load, pairs, || server.processor()).await?;
    Ok(Figures {
        outcome,
        // A few connections disappear in what the server takes for itself.
        idle_kib: (connections >= 1000).then(|| f64::from(grown) / f64::from(connections)),
    })
}
