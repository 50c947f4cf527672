//! `doormat chat`: talk through a relay, in either mode.

mod chat_state;
mod conversation;
mod device_folder;
#[cfg(unix)]
mod editor;
mod ended_sessions;
mod generation;
mod incoming;
mod input;
mod keys;
mod outbox;
mod outbox_entry;
mod publishing;
mod renewal;
mod screen;
mod shown;
mod taken_back;

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};
use rand::{rand_core::UnwrapErr, rngs::SysRng};
use tokio::time::{MissedTickBehavior, interval};

use super::{
    relay::runtime,
    shared::{failure::Failure, files},
};
use crate::text::{count, printable};
use crate::transport::client::{Account, check_relay_address};
use conversation::Chat;
use device_folder::DeviceFolder;
use doormat::mode::{EndToEnd, Escrow};
use doormat::protocol::{AuthorityPublic, Device, Mode, Name};

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
/forget forgets the other's identity and sessions, /quit ends.")]
pub(super) struct Options {
    /// Your name at the relay
    #[arg(long = "as", value_name = "NAME", value_parser = Name::new)]
    name: Name,
    /// Theirs
    #[arg(long = "with", value_name = "NAME", value_parser = Name::new)]
    peer: Name,
    /// Who else gets each session key
    #[arg(long, value_enum, default_value_t = ChatMode::E2e)]
    mode: ChatMode,
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
enum ChatMode {
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
    check_relay_address(&options.relay).map_err(|why| {
        Failure::new(
            format!("--relay {}: {why}", printable(&options.relay)),
            "Give it as the relay prints it, such as ws://127.0.0.1:7000.",
        )
    })?;
    let (mode, policy) = mode(options)?;
    let home = home(options)?;
    let folder = DeviceFolder::open(&home, &options.name, || {
        Device::new(options.name.clone(), &mut UnwrapErr(SysRng))
    })?;
    let device = &folder.state.device;
    let account = Account {
        relay: options.relay.clone(),
        name: device.name().clone(),
        identity: *device.identity(),
        signing: device.signing_key().clone(),
        token: options.token.clone(),
    };
    let peer = options.peer.clone();
    runtime()?.block_on(async {
        let mut chat = Chat::new(account, folder, peer, mode, options.receive);
        let ended = match talk(&mut chat, &policy).await {
            Ok(()) => chat.save_stale(),
            Err(failure) => Err(failure),
        };
        chat.disconnect().await;
        ended
    })
}

/// How often what the relay has not accepted is sent again.
const RETRY: Duration = Duration::from_secs(2);

/// Talks until everything is sent and received, or the user ends it.
async fn talk(chat: &mut Chat, policy: &str) -> Result<(), Failure> {
    chat.show_unread()?;
    chat.changed |= chat.folder.state.set_policy(policy);
    let (_, other) = chat.unsent();
    if other > 0 {
        chat.screen.notice(&format!(
            "{} typed in the other mode {} there until you chat in it again",
            count(other, "line"),
            if other == 1 { "stays" } else { "stay" }
        ));
    }
    let mut retry = interval(RETRY);
    retry.set_missed_tick_behavior(MissedTickBehavior::Delay);
    retry.reset();
    while !chat.is_done() {
        tokio::select! {
            line = chat.input.recv(), if !chat.input_ended => match line {
                Some(line) => chat.handle_input(line).await?,
                None => {
                    chat.input_ended = true;
                    if chat.connected != Some(true) && !chat.is_done() {
                        chat.screen.notice(
                            "waiting for the relay; Ctrl-C ends, and keeps what is not sent",
                        );
                    }
                }
            },
            event = chat.events.recv() => match event {
                Some(event) => chat.handle_events(event).await?,
                None => return Ok(()),
            },
            _ = retry.tick() => {
                chat.save_stale()?;
                chat.send_all().await;
                chat.patience_ended = true;
                chat.seal_and_send().await?;
            }
        }
    }
    Ok(())
}

/// The mode, and its policy: the mode and the authorities in words.
fn mode(options: &Options) -> Result<(Box<dyn Mode + Send>, String), Failure> {
    match (options.mode, options.escrow_pub.as_slice()) {
        (ChatMode::E2e, []) => Ok((Box::new(EndToEnd), "e2e".to_owned())),
        (ChatMode::E2e, _) => Err(Failure::new(
            "--escrow-pub: in the end-to-end mode nobody gets a key",
            "Add --mode escrow, or leave --escrow-pub out.",
        )),
        (ChatMode::Escrow, []) => Err(Failure::new(
            "--mode escrow: which authority gets the keys?",
            "Add --escrow-pub FILE; `doormat authority new` makes one.",
        )),
        (ChatMode::Escrow, files) => {
            let mut authorities: Vec<AuthorityPublic> = files
                .iter()
                .map(|file| files::escrow_public(file))
                .collect::<Result<_, _>>()?;
            // A set: in another order it is the same policy.
            authorities.sort_by_key(AuthorityPublic::id);
            authorities.dedup();
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
