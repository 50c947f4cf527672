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
    ended_sessions::EndedSessions,
    outbox_entry::OutboxEntry,
    screen::{Input, Screen},
};
use crate::cli::shared::failure::Failure;
use crate::text::printable;
use crate::transport::{
    client::{self, Account, ClientCommand, ClientEvent},
    control::{Digest, Generation},
};
use doormat::protocol::{Identity, Mode, Name};

/// How long the last confirmations may take to leave.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Commands and events that may wait.
const QUEUE: usize = 256;

/// A file that is no longer than this is replaced because the relay has accepted something,
/// in bytes; a longer one with the next change that matters.
const SMALL_FILE: usize = 256 * 1024;

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
    /// Those of them that wait until the relay has their generation.
    pub(super) bundles: Vec<Vec<u8>>,
    /// Messages still to come before this ends, if their number was given.
    pub(super) to_receive: Option<u64>,
    /// Envelopes that were waiting when we connected and have not come yet.
    pub(super) waiting: Option<u64>,
    /// Envelopes that are to be confirmed once they are saved, and what became of them.
    pub(super) to_confirm: Vec<Confirmation>,
    /// Why something was last not sent, so that the user is told once.
    pub(super) last_delay: String,
    /// Texts that the relay has accepted and the peer has not confirmed.
    pub(super) in_flight: HashMap<Digest, OutboxEntry>,
    /// The state has changed and is to be saved before anything leaves.
    pub(super) changed: bool,
    /// The file has what the relay has accepted by now, or what has been shown.
    pub(super) stale: bool,
    /// Which generation of this device's state the relay has.
    pub(super) relay_generation: Option<Generation>,
    /// The relay has been told of a generation, and has not answered.
    pub(super) advancing: bool,
    /// How often a new session was begun because one could not go on.
    pub(super) renewals: u32,
    /// No session with the peer can be begun at present.
    pub(super) unreachable: bool,
    /// What waited at the relay when we connected has had time to come.
    pub(super) patience_ended: bool,
    /// Which sessions were ended because they could not go on.
    pub(super) ended: EndedSessions,
}

/// What became of an envelope that came.
#[derive(Debug, Clone, Copy)]
pub(super) enum Confirmation {
    Opened(Digest),
    Refused { digest: Digest, session_lost: bool },
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
            bundles: Vec::new(),
            to_receive,
            waiting: None,
            to_confirm: Vec::new(),
            last_delay: String::new(),
            in_flight: HashMap::new(),
            changed: false,
            stale: false,
            relay_generation: None,
            advancing: false,
            renewals: 0,
            unreachable: false,
            patience_ended: false,
            ended: EndedSessions::default(),
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
        self.folder.state.outbox.unsent(&self.peer, self.mode.id())
    }

    /// The user has typed `/quit`; or the relay has accepted everything that was typed,
    /// and everything that was waiting there, or was to be received, has come.
    pub(super) fn is_done(&self) -> bool {
        let received = match self.to_receive {
            Some(left) => left == 0,
            None => self.input_ended && self.waiting == Some(0),
        };
        let sent = self.unsent().0 == 0 && self.publishing.is_empty() && !self.advancing;
        let sent = sent && !self.brings_up_a_session();
        self.quit || received && sent && (self.input_ended || self.to_receive.is_some())
    }

    /// An empty text that brings a new session up has still to leave, and can.
    fn brings_up_a_session(&self) -> bool {
        let able = self.connected == Some(true) && !self.paused && !self.unreachable;
        let outbox = &self.folder.state.outbox;
        able && outbox.has_empty(&self.peer, self.mode.id())
    }

    /// Saves what has changed: the whole state if it must be, or what was typed.
    pub(super) fn save_changes(&mut self) -> Result<(), Failure> {
        if std::mem::take(&mut self.changed) {
            self.stale = false;
            self.folder.save()
        } else {
            self.folder.append_typed()
        }
    }

    /// Saves what need not have been saved at once, unless that is a great deal.
    pub(super) fn save_stale(&mut self) -> Result<(), Failure> {
        if self.stale && (self.folder.cost() <= SMALL_FILE || self.unsent() == (0, 0)) {
            self.changed = true;
        }
        self.save_changes()
    }

    /// Shows what was received, once it is saved.
    pub(super) fn show_unread(&mut self) -> Result<(), Failure> {
        for message in std::mem::take(&mut self.folder.state.unread) {
            self.folder.begin_showing(message.number)?;
            let mark = if message.perhaps_shown {
                " (perhaps shown before)"
            } else {
                ""
            };
            let from = format!("{}{mark}", message.from);
            self.screen.message(&from, &message.text)?;
            self.folder.end_showing(message.number)?;
            self.stale = true;
        }
        Ok(())
    }

    /// Tells the user why something is not sent yet, once for each reason.
    pub(super) fn notice_delay(&mut self, why: String) {
        if self.last_delay != why {
            self.screen.notice(&why);
            self.last_delay = why;
        }
    }

    /// Seals what can be sealed, once the relay has said that no other copy of this device has
    /// gone on: it would have used the same keys. The state becomes another generation,
    /// which is saved, and told the relay, before anything that was sealed leaves.
    ///
    /// What waited at the relay is read first: a new session may have been begun in it.
    ///
    /// Gives whether something was sealed.
    pub(super) fn seal_outbox(&mut self) -> bool {
        let reading = self.waiting > Some(0) && !self.patience_ended;
        if self.connected != Some(true) || self.advancing || reading {
            return false;
        }
        let state = &mut self.folder.state;
        let mut rng = UnwrapErr(SysRng);
        let next = state.generation.number.saturating_add(1);
        let device = &mut state.device;
        let sealed = state
            .outbox
            .seal(device, self.mode.as_ref(), next, &mut rng);
        if sealed.any {
            state.begin_generation(state.generation, &mut rng);
            (self.changed, self.advancing) = (true, true);
        }
        if let Some(error) = sealed.error {
            self.notice_delay(format!("not sealed yet: {}", printable(&error.to_string())));
        }
        sealed.any
    }

    /// Sends again everything that the relay has not accepted.
    pub(super) async fn send_all(&mut self) {
        self.folder.state.outbox.mark_unsent();
        (self.fetching, self.paused) = (false, false);
        self.advance().await;
        self.send_new().await;
    }

    /// Saves what was sealed and what was typed, and sends what has not been sent on this
    /// connection, as far as the window goes. If something waits for the peer's key bundle,
    /// asks for it, once.
    pub(super) async fn seal_and_send(&mut self) -> Result<(), Failure> {
        let sealed = self.seal_outbox();
        self.save_changes()?;
        self.send_sealed(sealed).await;
        Ok(())
    }

    /// Sends what is ready. If something was sealed just now and saved since, the relay is
    /// told first.
    pub(super) async fn send_sealed(&mut self, sealed: bool) {
        if sealed {
            self.advance().await;
        }
        self.send_new().await;
    }

    async fn send_new(&mut self) {
        if self.connected != Some(true) || self.paused {
            return;
        }
        let state = &mut self.folder.state;
        if state.outbox.unsealed(&self.peer, self.mode.id()) > 0
            && self.pending_identity.is_none()
            && !state.device.can_write_to(&self.peer)
            && !std::mem::replace(&mut self.fetching, true)
        {
            self.command(ClientCommand::Fetch(self.peer.clone())).await;
        }
        // What was sealed leaves once the relay has its generation.
        if self.advancing {
            return;
        }
        self.send_bundles().await;
        for envelope in self.folder.state.outbox.next_to_send() {
            self.command(ClientCommand::Send(envelope)).await;
        }
    }

    pub(super) async fn command(&self, command: ClientCommand) {
        // It fails only where the connection has ended, and an event says so.
        let _ = self.commands.send(command).await;
    }
}
