//! `doormat authority`: escrow keys and their custody.

mod share_files;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use rand::{rand_core::UnwrapErr, rngs::SysRng};

use super::shared::{failure::Failure, files, terminal};
use crate::text::printable_path;
use doormat::escrow::{Combined, EscrowPrivateKey, combine, key_file, share_file, split};
use share_files::ShareFiles;

/// Make and keep escrow keys
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    New(New),
    Split(Split),
    Combine(Combine),
}

/// Draw a new escrow key pair from the system's randomness
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  doormat authority new --out interior-ministry
    writes interior-ministry.key (private, mode 0600) and interior-ministry.pub")]
pub(super) struct New {
    /// Writes NAME.key and NAME.pub; neither may exist
    #[arg(long, value_name = "NAME")]
    out: PathBuf,
}

/// Split an escrow private key into shares, of which so many give it back
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  doormat authority split --shares 3 --threshold 2 --key ministry.key --out officer
    writes officer.1.share to officer.3.share (mode 0600); any two of them are the key.
    ministry.key stays where it is: as long as it does, nothing is won")]
pub(super) struct Split {
    /// How many shares to make, at most 255
    #[arg(long, value_name = "N")]
    shares: u8,
    /// How many of them give the key back, at least 2
    #[arg(long, value_name = "K")]
    threshold: u8,
    /// The private key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Writes NAME.1.share and so on; none may exist
    #[arg(long, value_name = "NAME")]
    out: PathBuf,
}

/// Put shares together to an escrow private key
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  doormat authority combine officer.1.share officer.3.share --out again
    writes again.key (private, mode 0600). With one share more than it takes, a warning
    names the file that does not belong")]
pub(super) struct Combine {
    /// Share files of one split, in any order
    #[arg(required = true, value_name = "SHARE")]
    shares: Vec<PathBuf>,
    /// Writes NAME.key, which may not exist
    #[arg(long, value_name = "NAME")]
    out: PathBuf,
}

pub(super) fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::New(options) => new(options),
        Command::Split(options) => split_key(options),
        Command::Combine(options) => combine_shares(options),
    }
}

fn new(options: &New) -> Result<(), Failure> {
    let name = without(&["key", "pub"], &options.out);
    let private = with_suffix(&name, ".key");
    let public = with_suffix(&name, ".pub");
    files::must_be_free(&private)?;
    files::must_be_free(&public)?;
    let key = EscrowPrivateKey::generate(&mut UnwrapErr(SysRng));
    files::write_secret(&private, key_file::write_private(&key).as_bytes())?;
    files::write_new(&public, key_file::write_public(key.public()).as_bytes())?;
    terminal::print([
        format!("authority {}", key.public().id()),
        format!(
            "  {}  private: whoever has it reads everything sealed to it",
            printable_path(&private)
        ),
        format!(
            "  {}  public: for participants in the escrow mode",
            printable_path(&public)
        ),
    ])
}

fn split_key(options: &Split) -> Result<(), Failure> {
    let key = files::escrow_key(&options.key)?;
    let mut rng = UnwrapErr(SysRng);
    let shares = split(&key, options.threshold, options.shares, &mut rng).map_err(|error| {
        Failure::new(
            error.to_string(),
            "Give --threshold 2 or more, and at least as many --shares, such as \
             --shares 3 --threshold 2.",
        )
    })?;
    let name = without(&["share"], &options.out);
    let shares: Vec<_> = shares
        .iter()
        .map(|share| {
            let suffix = format!(".{}.share", share.index);
            (with_suffix(&name, &suffix), share)
        })
        .collect();
    for (path, _) in &shares {
        files::must_be_free(path)?;
    }
    for (path, share) in &shares {
        files::write_secret(path, share_file::write(share).as_bytes())?;
    }
    let summary = format!(
        "authority {}: any {} of {} shares are its key",
        key.public().id(),
        options.threshold,
        options.shares
    );
    let written = shares
        .iter()
        .map(|(path, _)| format!("  {}", printable_path(path)));
    terminal::print([summary].into_iter().chain(written))
}

fn combine_shares(options: &Combine) -> Result<(), Failure> {
    let out = with_suffix(&without(&["key"], &options.out), ".key");
    files::must_be_free(&out)?;
    let given = ShareFiles::read(&options.shares)?;
    let Combined {
        key,
        inconsistent,
        unclear,
    } = combine(&given.shares).map_err(|error| given.failure(&error))?;
    files::write_secret(&out, key_file::write_private(&key).as_bytes())?;
    given.warn(&inconsistent);
    given.warn_of_some(&unclear);
    terminal::print([
        format!("authority {}", key.public().id()),
        format!(
            "  {}  private: whoever has it reads everything sealed to it",
            printable_path(&out)
        ),
    ])
}

/// A file's name without its ending, if it was given with one of these.
fn without(endings: &[&str], name: &Path) -> PathBuf {
    let has = |ending: &&str| name.extension().is_some_and(|found| found == *ending);
    if endings.iter().any(has) {
        name.with_extension("")
    } else {
        name.to_owned()
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}
