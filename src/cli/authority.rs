//! `doormat authority`: escrow keys and their custody.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use rand::{rand_core::UnwrapErr, rngs::SysRng};

use super::{failure::Failure, files, terminal};
use crate::escrow::{EscrowPrivateKey, key_file};

/// Make and keep escrow keys
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    New(New),
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

pub(super) fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::New(options) => new(options),
    }
}

fn new(options: &New) -> Result<(), Failure> {
    let private = with_suffix(&options.out, ".key");
    let public = with_suffix(&options.out, ".pub");
    files::must_be_free(&private)?;
    files::must_be_free(&public)?;
    let key = EscrowPrivateKey::generate(&mut UnwrapErr(SysRng));
    files::write_secret(&private, key_file::write_private(&key).as_bytes())?;
    files::write_new(&public, key_file::write_public(key.public()).as_bytes())?;
    terminal::print([
        format!("authority {}", key.public().id()),
        format!(
            "  {}  private: whoever has it reads everything sealed to it",
            private.display()
        ),
        format!(
            "  {}  public: for participants in the escrow mode",
            public.display()
        ),
    ])
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}
