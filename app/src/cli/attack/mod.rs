//! `doormat attack`: a tape and some loot in; what was read out.

mod database;
mod device;
mod implanter;
mod private_keys;
mod received;
mod recorded;
pub(crate) mod sink;
pub(crate) mod source;
pub(crate) mod sweep;
mod trapdoor;

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::shared::{failure::Failure, files, progress::Progress, setup::Threads};
use sink::Sink;
use source::Source;

/// Read a recording with a leaked escrow key
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("loot").required(true).args(["escrow_key", "device", "trapdoor", "implanter"])))]
#[command(after_help = "\
Examples:
  doormat demo --captures lesson
  doormat attack lesson/escrow.pcapng --escrow-key lesson/escrow.key
  doormat attack lesson/e2e.pcapng --escrow-key lesson/escrow.key --out read.jsonl
  doormat attack big.pcapng --escrow-key big.key --json      a recording of `doormat generate`
  doormat attack --database stolen/relay.db --escrow-key ministry.key
  doormat attack class.pcapng --escrow-key ministry.key --keylog keys.txt
  doormat attack class.pcapng --device phone.json
  doormat attack tape.pcapng --trapdoor trapdoor.json
  doormat attack tape.pcapng --implanter implanter.json
  doormat attack tape.pcapng --escrow-key ministry.key --received")]
pub(super) struct Options {
    /// A recording: of a tap, or of tcpdump or Wireshark on a relay's interface
    #[arg(required_unless_present = "database", conflicts_with = "database")]
    capture: Option<PathBuf>,
    /// A copy of a relay's database instead: a stolen server
    #[arg(long, value_name = "FILE")]
    database: Option<PathBuf>,
    /// The leaked key: a file that `doormat authority new` or `demo --captures` wrote
    #[arg(long, value_name = "FILE")]
    escrow_key: Option<PathBuf>,
    /// A seized device's state instead (spec §9); its owner goes on with it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["escrow_key", "database", "out", "keylog", "json", "floor"])]
    device: Option<PathBuf>,
    /// The relation of the points of the devices' generator instead: JSON with `p`, `q` and `d`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["database", "out", "keylog", "floor"])]
    trapdoor: Option<PathBuf>,
    /// The key pair of whoever put an implant into a client instead: JSON with `public` and `private`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["database", "out", "keylog", "floor"])]
    implanter: Option<PathBuf>,
    /// Try each access field with earlier runs of its session too: for a product that gives away what it receives
    #[arg(long, requires = "escrow_key", conflicts_with_all = ["database", "out", "keylog", "floor", "device", "trapdoor", "implanter"])]
    received: bool,
    /// Write one line of JSON for each message; `-` writes to standard output, and the summary to standard error
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the session keys that were unwrapped, for Wireshark (preference doormat.keylog)
    #[arg(long, value_name = "FILE")]
    keylog: Option<PathBuf>,
    /// Print figures instead of sentences
    #[arg(long)]
    json: bool,
    /// Measure afterwards how long the bare cryptography takes; --json does too
    #[arg(long)]
    floor: bool,
    #[command(flatten)]
    threads: Threads,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    if options.keylog.is_some() && options.keylog == options.out {
        return Err(Failure::new(
            "--out and --keylog name the same file",
            "Give each a name of its own.",
        ));
    }
    if let (Some(tape), Some(device)) = (&options.capture, &options.device) {
        return device::attack_device(tape, device);
    }
    if let (Some(tape), Some(relation)) = (&options.capture, &options.trapdoor) {
        let pool = options.threads.pool()?;
        return trapdoor::attack_generator(tape, relation, options.json, &pool);
    }
    if let (Some(tape), Some(key)) = (&options.capture, &options.implanter) {
        return implanter::attack_implant(tape, key, options.json);
    }
    if let (Some(tape), Some(key), true) = (&options.capture, &options.escrow_key, options.received)
    {
        return received::attack_received(tape, key, options.json);
    }
    let loot = options.escrow_key.as_deref().ok_or_else(|| {
        Failure::new(
            "attack with what?",
            "Give the leaked key with --escrow-key, a seized device's state with --device, the relation \
             of a generator's points with --trapdoor, or an implanter's key with --implanter.",
        )
    })?;
    let loot = files::escrow_key(loot)?;
    if let Some(path) = &options.keylog {
        files::must_be_free(path)?;
    }
    let pool = options.threads.pool()?;
    let mut source = match (&options.capture, &options.database) {
        (Some(path), _) => Source::recording(path)?,
        (None, Some(path)) => Source::database(path)?,
        (None, None) => {
            return Err(Failure::new(
                "attack what?",
                "Give a recording, or a relay's database with --database.",
            ));
        }
    };
    let mut sink = Sink::new(options.out.as_deref(), options.json)?;
    let progress = Progress::new(source.size(), "attacking");
    let swept = sweep::timed(
        &loot,
        options.keylog.is_some(),
        &pool,
        &mut source,
        &mut sink,
        &|position| progress.reach(position),
        options.json || options.floor,
    )?;
    drop(progress);
    if let Some(path) = &options.keylog {
        let lines: String = swept
            .result
            .into_key_log()
            .iter()
            .map(|line| format!("{}\n", **line))
            .collect();
        files::write_secret(path, lines.as_bytes())?;
    }
    sink.finish(&swept.outcome, options.json, source.path)
}
