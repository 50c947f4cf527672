//! `doormat chat`: talk through a relay, in either mode.

mod keys;
mod saved;
mod screen;
mod talk;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rand::{rand_core::UnwrapErr, rngs::SysRng};

use super::{
    relay::runtime,
    shared::{failure::Failure, files},
};
use doormat::mode::{EndToEnd, Escrow};
use doormat::protocol::{AuthorityPublic, Device, Mode, Name};
use saved::Home;
use talk::Talk;

/// Talk to somebody through a relay
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  doormat chat --as alice --with bob
  doormat chat --as bob --with alice
  doormat chat --as alice --with bob --mode escrow --escrow-pub ministry.pub
  echo 'Are you there?' | doormat chat --as alice --with bob
  doormat chat --as bob --with alice --receive 1 </dev/null

Both sides must speak the same mode. In a conversation: /safety shows the number to compare
aloud, /who the keys in play, /accept takes a new identity whose number you have compared,
/quit ends.")]
pub(super) struct Options {
    /// Your name at the relay
    #[arg(long = "as", value_name = "NAME", value_parser = Name::new)]
    name: Name,
    /// Theirs
    #[arg(long = "with", value_name = "NAME", value_parser = Name::new)]
    peer: Name,
    /// Who else gets each session key
    #[arg(long, value_enum, default_value_t = ModeName::E2e)]
    mode: ModeName,
    /// An authority's public key, for --mode escrow; may be given more than once
    #[arg(long, value_name = "FILE")]
    escrow_pub: Vec<PathBuf>,
    /// The relay
    #[arg(long, default_value = "ws://127.0.0.1:7000", value_name = "URL")]
    relay: String,
    /// The join token of a relay that serves other machines
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
    /// Where your device is kept between runs; ~/.doormat unless said otherwise
    #[arg(long, value_name = "DIR")]
    home: Option<PathBuf>,
    /// End once this many messages have been received
    #[arg(long, value_name = "N")]
    receive: Option<u64>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ModeName {
    /// Nobody
    E2e,
    /// An authority, by --escrow-pub
    Escrow,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    if options.name == options.peer {
        return Err(Failure::new(
            format!("--with {}: that is you", options.peer),
            "Give the name of somebody else.",
        ));
    }
    if !options.relay.starts_with("ws://") {
        return Err(Failure::new(
            format!(
                "--relay {}: a relay's address begins with ws://",
                options.relay
            ),
            "Give it as the relay prints it, such as ws://127.0.0.1:7000.",
        ));
    }
    let (mode, policy) = mode(options)?;
    let home = home(options)?;
    let home = Home::open(&home, || {
        Device::new(options.name.clone(), &mut UnwrapErr(SysRng))
    })?;
    runtime()?.block_on(async { Talk::new(options, home, mode, policy).run().await })
}

/// The mode, and in words what its sessions depend on.
fn mode(options: &Options) -> Result<(Box<dyn Mode + Send>, String), Failure> {
    match (options.mode, options.escrow_pub.as_slice()) {
        (ModeName::E2e, []) => Ok((Box::new(EndToEnd), "e2e".to_owned())),
        (ModeName::E2e, _) => Err(Failure::new(
            "--escrow-pub: in the end-to-end mode nobody gets a key",
            "Add --mode escrow, or leave --escrow-pub out.",
        )),
        (ModeName::Escrow, []) => Err(Failure::new(
            "--mode escrow: which authority gets the keys?",
            "Add --escrow-pub FILE; `doormat authority new` makes one.",
        )),
        (ModeName::Escrow, files) => {
            let authorities: Vec<AuthorityPublic> = files
                .iter()
                .map(|file| files::escrow_public(file))
                .collect::<Result<_, _>>()?;
            let ids: Vec<String> = authorities.iter().map(|it| it.id().to_string()).collect();
            let policy = format!("escrow to {}", ids.join(", "));
            Ok((Box::new(Escrow(authorities)), policy))
        }
    }
}

fn home(options: &Options) -> Result<PathBuf, Failure> {
    options
        .home
        .clone()
        .or_else(|| std::env::home_dir().map(|home| home.join(".doormat")))
        .map(|home| home.join(options.name.as_str()))
        .ok_or_else(|| {
            Failure::new(
                "there is no home directory to keep the device in",
                "Say where with --home DIR.",
            )
        })
}
