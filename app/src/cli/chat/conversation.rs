//! One conversation: its state, and what leaves. A text is sealed in the order in which
//! it was typed, saved, and then sent.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use rand::{rand_core::UnwrapErr, rngs::SysRng};
use tokio::{sync::mpsc, task::JoinHandle, time::timeout};

use super::{
    device_folder::DeviceFolder,
    screen::{Input, Screen},
};
use crate::cli::shared::failure::Failure;
use crate::text::printable;
use crate::transport::{
    client::{self, Account, ClientCommand, ClientEvent},
    control::{Digest, FEW_PREKEYS},
};
use doormat::protocol::{Identity, Mode, Name};

/// How long the last confirmations may take to leave.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Commands and events that may wait.
const QUEUE: usize = 256;

/// Envelopes that the relay has not accepted yet, at most: no more than it takes
/// from one client at a time.
const WINDOW: usize = 48;

/// One-time prekeys that are published when the relay has few left.
const PREKEYS: usize = 20;

pub(super) struct Chat {
    pub(super) folder: DeviceFolder,
    pub(super) peer: Name,
    pub(super) mode: Box<dyn Mode + Send>,
    pub(super) screen: Screen,
    /// Typed lines.
    pub(super) input: mpsc::Receiver<Input>,
    /// No more lines will be typed.
    pub(super) input_ended: bool,
    /// The user has typed `/quit`.
    pub(super) quit: bool,
    pub(super) events: mpsc::Receiver<ClientEvent>,
    commands: mpsc::Sender<ClientCommand>,
    /// The task that keeps the connection.
    client: JoinHandle<()>,
    /// Whether there is a connection; `None` before the first attempt has ended.
    pub(super) connected: Option<bool>,
    /// The user has been told that the relay does not know the peer.
    pub(super) told_peer_unknown: bool,
    /// The relay has rejected something that is to be sent again later: nothing typed
    /// after it may overtake it.
    pub(super) paused: bool,
    /// Another identity than before has come under the peer's name, and its safety
    /// number was shown. Only this one can be accepted: a relay must not be able to
    /// put yet another in its place after the number was compared.
    pub(super) pending_identity: Option<Identity>,
    /// The peer's key bundle has been asked for.
    pub(super) fetching: bool,
    /// Key bundles of ours that the relay has not accepted yet.
    pub(super) publishing: HashSet<Digest>,
    /// Messages still to come before this ends, if their number was given.
    pub(super) to_receive: Option<u64>,
    /// Envelopes that were waiting when we connected and have not come yet.
    pub(super) waiting: Option<u64>,
    /// Envelopes that are to be confirmed once they are saved, and whether they opened.
    pub(super) to_confirm: Vec<(Digest, bool)>,
    /// Why something was last not sent, so that the user is told once.
    pub(super) last_delay: String,
    /// Texts that the relay has accepted and the peer has not confirmed.
    pub(super) in_flight: HashMap<Digest, String>,
}

impl Chat {
    /// Begins to connect, and to read what is typed.
    pub(super) fn new(
        account: Account,
        folder: DeviceFolder,
        peer: Name,
        mode: Box<dyn Mode + Send>,
        to_receive: Option<u64>,
    ) -> Self {
        let (commands, queued_commands) = mpsc::channel(QUEUE);
        let (sender, events) = mpsc::channel(QUEUE);
        let (screen, input) = Screen::open(folder.history());
        Self {
            client: tokio::spawn(client::run(
                account,
                client::IDLE_TIMEOUT,
                queued_commands,
                sender,
            )),
            folder,
            peer,
            mode,
            screen,
            input,
            input_ended: false,
            quit: false,
            events,
            commands,
            connected: None,
            told_peer_unknown: false,
            paused: false,
            pending_identity: None,
            fetching: false,
            publishing: HashSet::new(),
            to_receive,
            waiting: None,
            to_confirm: Vec::new(),
            last_delay: String::new(),
            in_flight: HashMap::new(),
        }
    }

    /// Lets the last commands leave, and closes the connection.
    pub(super) async fn disconnect(mut self) {
        drop(self.commands);
        let drain = async { while self.events.recv().await.is_some() {} };
        let _ = timeout(DISCONNECT_TIMEOUT, async {
            tokio::join!(drain, self.client)
        })
        .await;
    }

    /// Texts to the peer that the relay has not accepted: in this mode, and in the other.
    pub(super) fn unsent(&self) -> (usize, usize) {
        self.folder.state.unsent(&self.peer, self.mode.id())
    }

    /// The user has typed `/quit`; or the relay has accepted everything that was typed,
    /// and everything that was waiting there, or was to be received, has come.
    pub(super) fn is_done(&self) -> bool {
        let received = match self.to_receive {
            Some(left) => left == 0,
            None => self.input_ended && self.waiting == Some(0),
        };
        let sent = self.unsent().0 == 0 && self.publishing.is_empty();
        self.quit || received && sent && (self.input_ended || self.to_receive.is_some())
    }

    /// Shows what was received, once it is saved.
    pub(super) fn show_unread(&mut self) -> Result<(), Failure> {
        let unread = std::mem::take(&mut self.folder.state.unread);
        for message in &unread {
            self.screen.message(message.from.as_str(), &message.text)?;
        }
        if unread.is_empty() {
            Ok(())
        } else {
            self.folder.save()
        }
    }

    /// Tells the user why something is not sent yet, once for each reason.
    pub(super) fn notice_delay(&mut self, why: String) {
        if self.last_delay != why {
            self.screen.notice(&why);
            self.last_delay = why;
        }
    }

    /// Seals what can be sealed, and saves.
    pub(super) fn seal_outbox(&mut self) -> Result<(), Failure> {
        let sealed = self
            .folder
            .state
            .seal_outbox(self.mode.as_ref(), &mut UnwrapErr(SysRng));
        if let Err(error) = sealed {
            self.notice_delay(format!("not sealed yet: {}", printable(&error.to_string())));
        }
        self.folder.save()
    }

    /// Sends again everything that the relay has not accepted.
    pub(super) async fn send_all(&mut self) {
        for entry in &mut self.folder.state.outbox {
            entry.sent = None;
        }
        (self.fetching, self.paused) = (false, false);
        self.send_new().await;
    }

    /// Sends what has not been sent on this connection, as far as the window goes. If
    /// something waits for the peer's key bundle, asks for it, once.
    pub(super) async fn send_new(&mut self) {
        if self.connected != Some(true) || self.paused {
            return;
        }
        let state = &mut self.folder.state;
        if state.has_unsealed(&self.peer, self.mode.id())
            && self.pending_identity.is_none()
            && !state.device.can_write_to(&self.peer)
            && !std::mem::replace(&mut self.fetching, true)
        {
            self.command(ClientCommand::Fetch(self.peer.clone())).await;
        }
        for envelope in self.folder.state.next_to_send(WINDOW) {
            self.command(ClientCommand::Send(envelope)).await;
        }
    }

    /// Publishes one-time prekeys if few are left at the relay, and none are on their way.
    pub(super) async fn publish_if_few(&mut self, left: u64) -> Result<(), Failure> {
        if left >= FEW_PREKEYS || !self.publishing.is_empty() {
            return Ok(());
        }
        let bundles = self
            .folder
            .state
            .device
            .publish(PREKEYS, &mut UnwrapErr(SysRng));
        self.folder.save()?;
        for bundle in bundles {
            let bundle = bundle.encode();
            self.publishing.insert(Digest::of(&bundle));
            self.command(ClientCommand::Send(bundle)).await;
        }
        Ok(())
    }

    pub(super) async fn command(&self, command: ClientCommand) {
        // It fails only where the connection has ended, and an event says so.
        let _ = self.commands.send(command).await;
    }
}
