//! `doormat relay`: the transport over a network, with a tap.

use std::{
    fs,
    io::{BufWriter, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use clap::Args;
use rand::{rand_core::UnwrapErr, rngs::SysRng};
use tokio::net::TcpListener;

use super::shared::{failure::Failure, files, terminal};
use crate::text::count;
use crate::transport::relay::{
    self,
    hub::{ClientLimits, Hub, RelayDependencies},
    store::{StoreError, sqlite::SqliteStore},
};
use doormat::crypto::random_bytes;
use doormat::tape::Writer;

/// Carry envelopes between devices: mailboxes and a directory of key bundles
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  doormat relay                                    on this machine only, port 7000
  doormat relay --tap class.pcapng                 record everything that passes
  doormat relay --listen 0.0.0.0:7000 --lan        for a class; prints a join token")]
pub(super) struct Options {
    /// Address and port to listen on; any other than this machine's own needs --lan
    #[arg(long, default_value = "127.0.0.1:7000", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// Where mailboxes are kept; made if it is not there
    #[arg(long, default_value = "relay-data", value_name = "DIR")]
    data: PathBuf,
    /// Record every envelope and key bundle: pcapng, for Wireshark and `doormat attack`
    #[arg(long, value_name = "FILE")]
    tap: Option<PathBuf>,
    /// Serve other machines too, those that present the join token
    #[arg(long)]
    lan: bool,
    /// The join token, to keep one between runs: at least 16 characters. Drawn anew at each start unless given
    #[arg(long, value_name = "TOKEN", requires = "lan")]
    token: Option<String>,
    /// Do not tell who comes and goes
    #[arg(long)]
    quiet: bool,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    if !options.listen.ip().is_loopback() && !options.lan {
        return Err(Failure::new(
            format!("--listen {}: other machines could connect", options.listen),
            "Add --lan to allow it; clients then need the join token that is printed.",
        ));
    }
    check_clock()?;
    let token = token(options)?;
    fs::create_dir_all(&options.data)
        .map_err(|error| files::cannot_write(&options.data, &error))?;
    let store = SqliteStore::open(&options.data, Default::default())
        .map_err(|error| store_failure(&options.data, &error))?;
    let tap = options.tap.as_deref().map(tap).transpose()?;
    let quiet = options.quiet;
    let dependencies = RelayDependencies {
        rng: Box::new(UnwrapErr(SysRng)),
        clock: now,
        tap,
        token: token.clone(),
        log: Box::new(move |line| {
            if !quiet {
                terminal::print_error(line);
            }
        }),
    };
    let defaults = ClientLimits::default();
    let limits = ClientLimits {
        connections: connections(defaults.connections, OTHER_FILES),
        ..defaults
    };
    let hub = Hub::new(store.clone(), limits, dependencies);
    runtime()?.block_on(async {
        ignore_file_size_signal();
        let cannot_listen = |error| {
            Failure::new(
                format!("--listen {}: {error}", options.listen),
                "Choose another port, or stop what listens there.",
            )
        };
        let listener = TcpListener::bind(options.listen)
            .await
            .map_err(cannot_listen)?;
        announce(
            listener.local_addr().map_err(cannot_listen)?,
            token.as_deref(),
            (limits.connections < defaults.connections).then_some(limits.connections),
        )?;
        let served = relay::serve(listener, hub, interrupted()).await;
        let _ = store.close().await;
        served
            .map_err(|error| Failure::new(format!("the relay failed: {error}"), "Start it again."))
    })
}

/// The shortest join token that may be chosen, in characters. One that is drawn is as long.
const MIN_TOKEN: usize = 16;

/// The join token: the one that was given, or else one drawn anew.
fn token(options: &Options) -> Result<Option<String>, Failure> {
    match &options.token {
        Some(token) if token.chars().count() < MIN_TOKEN => Err(Failure::new(
            format!(
                "--token: {token:?} is shorter than {MIN_TOKEN} characters, and could be guessed"
            ),
            "Give a longer one, or none: the relay then draws one at each start, and prints it.",
        )),
        Some(token) => Ok(Some(token.clone())),
        None if options.lan => Ok(Some(hex::encode(random_bytes::<{ MIN_TOKEN / 2 }>(
            &mut UnwrapErr(SysRng),
        )))),
        None => Ok(None),
    }
}

/// Open files besides connections: the database, the tap and the runtime's own.
const OTHER_FILES: u64 = 64;

/// Raises the limit on open files as far as is allowed, and gives how many connections
/// it has room for beside `other_files`: at most `wanted`.
pub(super) fn connections(wanted: u32, other_files: u64) -> u32 {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        let _ = setrlimit(Resource::Nofile, limit);
        // No limit is `None`.
        let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        u32::try_from(files.saturating_sub(other_files))
            .map_or(wanted, |room| room.clamp(1, wanted))
    }
    #[cfg(not(unix))]
    {
        let _ = other_files;
        wanted
    }
}

fn announce(
    address: SocketAddr,
    token: Option<&str>,
    few_connections: Option<u32>,
) -> Result<(), Failure> {
    let token = token.map(|token| format!("join token {token}: chat --token {token}"));
    let room = few_connections.map(|room| {
        format!(
            "Room for {} at a time: the system lets this program open no more files. `ulimit -n` \
             shows its limit, and `ulimit -n 4200` before the start raises it.",
            count(room, "connection")
        )
    });
    terminal::print(
        [format!("relay at ws://{address}, Ctrl-C stops it")]
            .into_iter()
            .chain(token)
            .chain(room),
    )
}

/// Begins a recording; its header is written at once.
fn tap(path: &Path) -> Result<Writer<Box<dyn Write + Send>>, Failure> {
    let file: Box<dyn Write + Send> = Box::new(BufWriter::new(files::create(path)?));
    Writer::new(file)
        .and_then(|mut writer| writer.flush().map(|()| writer))
        .map_err(|error| files::cannot_write(path, &error))
}

fn store_failure(folder: &Path, error: &StoreError) -> Failure {
    Failure::of_file(
        folder,
        error,
        "Give a folder that a relay may write to, and that no other relay uses.",
    )
}

/// The time since 1970-01-01 00:00 UTC; zero if the clock is before that.
pub(super) fn now() -> Duration {
    since_1970().unwrap_or_default()
}

/// Refuses to begin while the clock is before 1970: a recording's times would be wrong, and
/// the library that serves the lesson's pages cannot write such a date, and panics.
pub(super) fn check_clock() -> Result<(), Failure> {
    match since_1970() {
        Some(_) => Ok(()),
        None => Err(Failure::new(
            "this machine's clock says that it is before 1970",
            "Set the clock, and start again.",
        )),
    }
}

/// The time, unless the clock is before 1970. The program asks for the time nowhere else.
#[expect(
    clippy::disallowed_methods,
    reason = "the binary is where time comes from"
)]
fn since_1970() -> Option<Duration> {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()
}

pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::new(
                format!("the network could not be started: {error}"),
                "Free some memory or file handles, and try again.",
            )
        })
}

/// Makes a write beyond the limit on file sizes fail with an error, as on a full disk:
/// by default the signal SIGXFSZ ends the program.
pub(super) fn ignore_file_size_signal() {
    #[cfg(target_os = "linux")]
    {
        const SIGXFSZ: i32 = 25;
        let kind = tokio::signal::unix::SignalKind::from_raw(SIGXFSZ);
        let _ = tokio::signal::unix::signal(kind);
    }
}

/// Waits for Ctrl-C or SIGTERM.
pub(super) async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
