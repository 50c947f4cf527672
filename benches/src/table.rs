//! The figures of all rounds, as a table.

use crate::{Failure, load::Outcome};

/// A server, as it is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// Ours.
    Doormat,
    /// JetStream, told to sync before it acknowledges.
    NatsAlways,
    /// JetStream by default.
    Nats,
    /// The MQTT broker.
    Mosquitto,
}

/// All of them, ours first.
pub const PEERS: [Peer; 4] = [Peer::Doormat, Peer::NatsAlways, Peer::Nats, Peer::Mosquitto];

impl Peer {
    /// Its name in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Doormat => "doormat relay",
            Self::NatsAlways => "NATS JetStream, `sync_interval: always`",
            Self::Nats => "NATS JetStream, default",
            Self::Mosquitto => "mosquitto, QoS 1, persistence",
        }
    }

    /// What of a message is on disk when it is acknowledged.
    const fn on_disk(self) -> &'static str {
        match self {
            Self::Doormat => "it: SQLite's log is synced, once for all who wait",
            Self::NatsAlways => "it: the stream's file is synced",
            Self::Nats => "it is written, but synced every 2 minutes",
            Self::Mosquitto => "nothing: written every 30 minutes and at the end",
        }
    }
}

/// One load on one server.
#[derive(Debug)]
pub struct Figures {
    /// What came of it.
    pub outcome: Outcome,
    /// Memory for each idle connection, where there are many.
    pub idle_kib: Option<f64>,
}

/// A server and its rounds, or why there are none.
pub type Row = (Peer, Result<Vec<Figures>, Failure>);

type Column = fn(&Figures) -> Option<f64>;

/// The columns; ratios follow the first three.
const COLUMNS: [(&str, Column); 6] = [
    ("delivered/s", |one| Some(one.outcome.delivered)),
    ("p50 ms", |one| Some(one.outcome.p50.as_secs_f64() * 1e3)),
    ("p99 ms", |one| Some(one.outcome.p99.as_secs_f64() * 1e3)),
    ("acknowledged/s", |one| Some(one.outcome.acknowledged)),
    ("its CPU, µs a message", |one| {
        Some(one.outcome.processor.as_secs_f64() * 1e6)
    }),
    ("idle KiB a connection", |one| one.idle_kib),
];

const RATIOS: usize = 3;

/// The table, in Markdown.
pub fn table(rows: &[Row]) -> String {
    let mut head = "| server | on disk when it acknowledges |".to_owned();
    let mut line = "|---|---|".to_owned();
    for (place, (name, _)) in COLUMNS.iter().enumerate() {
        let ratio = place < RATIOS;
        head += &format!(" {name} |{}", if ratio { " ours ÷ its |" } else { "" });
        line += if ratio { "--:|--:|" } else { "--:|" };
    }
    let ours = rows.first().and_then(|(_, all)| all.as_ref().ok());
    let mut table = format!("{head} lost |\n{line}--:|\n");
    for (peer, all) in rows {
        table += &format!("| {} | {} |", peer.name(), peer.on_disk());
        match all {
            Err(failure) => table += &format!(" not measured: {failure} |"),
            Ok(list) => table += &cells(list, ours.filter(|_| *peer != Peer::Doormat)),
        }
        table.push('\n');
    }
    table
}

fn cells(list: &[Figures], ours: Option<&Vec<Figures>>) -> String {
    let mut cells = String::new();
    for (place, (_, column)) in COLUMNS.iter().enumerate() {
        let values = sorted(list, *column);
        cells += &match (values.first(), median(&values), values.last()) {
            (Some(least), Some(middle), Some(most)) => {
                format!(" {} ({}–{}) |", short(middle), short(*least), short(*most))
            }
            _ => " — |".to_owned(),
        };
        if place < RATIOS {
            let ours = ours.and_then(|ours| median(&sorted(ours, *column)));
            cells += &match (ours, median(&values)) {
                (Some(ours), Some(its)) => format!(" {:.2} |", ours / its),
                _ => " — |".to_owned(),
            };
        }
    }
    let lost: usize = list.iter().map(|one| one.outcome.lost).sum();
    cells + &format!(" {lost} |")
}

fn sorted(list: &[Figures], column: Column) -> Vec<f64> {
    let mut values: Vec<f64> = list.iter().filter_map(column).collect();
    values.sort_by(f64::total_cmp);
    values
}

fn median(sorted: &[f64]) -> Option<f64> {
    sorted.get(sorted.len() / 2).copied()
}

fn short(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value => format!("{value:.1}"),
    }
}
