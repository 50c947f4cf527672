//! One conversation: what is typed, what comes, and what leaves.

mod heard;
mod outgoing;
mod typed;

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{MissedTickBehavior, interval, timeout},
};

use super::{Options, saved::Home, screen::Screen};
use crate::cli::shared::failure::Failure;
use crate::text::count;
use crate::transport::{
    client::{self, Account, Command, Event},
    control::Digest,
};
use doormat::protocol::{Identity, Mode, Name};

/// How often what is waiting is tried again.
const RETRY: Duration = Duration::from_secs(2);

/// How long the last confirmations may take to leave.
const GOODBYE: Duration = Duration::from_secs(2);

/// Commands and events that may wait.
const QUEUE: usize = 256;

pub(super) struct Talk {
    home: Home,
    peer: Name,
    mode: Box<dyn Mode + Send>,
    /// The mode and its authorities, in words.
    policy: String,
    screen: Screen,
    typed: mpsc::Receiver<String>,
    relay: mpsc::Sender<Command>,
    events: mpsc::Receiver<Event>,
    /// The task that keeps the connection.
    line: JoinHandle<()>,
    /// Whether there is one, once that is known.
    connected: Option<bool>,
    /// Said already that the peer is not there yet.
    awaited: bool,
    /// The relay has put something off: what comes after it waits too.
    holding: bool,
    /// Another identity than before has come under the peer's name, and its safety
    /// number was shown. Only this one can be accepted: a relay must not be able to
    /// put yet another in its place after the number was compared.
    doubted: Option<Identity>,
    /// The peer's key bundle has been asked for.
    fetching: bool,
    /// Key bundles of ours that the relay has not accepted yet.
    publishing: HashSet<Digest>,
    /// Nothing more will be typed.
    finished: bool,
    /// Messages still to come before this ends, if it was told how many.
    to_receive: Option<u64>,
    /// Envelopes that were waiting when we connected and have not come yet.
    waiting: Option<u64>,
    /// Envelopes that are to be confirmed once they are saved, and whether they opened.
    to_confirm: Vec<(Digest, bool)>,
    /// Why the relay last put something off, so that it is said once.
    put_off: String,
    /// Texts that the relay has accepted and the peer has not confirmed.
    underway: HashMap<Digest, String>,
}

/// Whether the conversation goes on.
enum Next {
    GoOn,
    End,
}

impl Talk {
    pub(super) fn new(
        options: &Options,
        home: Home,
        mode: Box<dyn Mode + Send>,
        policy: String,
    ) -> Self {
        let (relay, commands) = mpsc::channel(QUEUE);
        let (tell, events) = mpsc::channel(QUEUE);
        let device = &home.kept.device;
        let account = Account {
            relay: options.relay.clone(),
            name: device.name().clone(),
            identity: *device.identity(),
            signing: device.signing_key().clone(),
            token: options.token.clone(),
        };
        let (screen, typed) = Screen::open(home.history());
        Self {
            line: tokio::spawn(client::run(account, commands, tell)),
            home,
            peer: options.peer.clone(),
            mode,
            policy,
            screen,
            typed,
            relay,
            events,
            connected: None,
            awaited: false,
            holding: false,
            doubted: None,
            fetching: false,
            publishing: HashSet::new(),
            finished: false,
            to_receive: options.receive,
            waiting: None,
            to_confirm: Vec::new(),
            put_off: String::new(),
            underway: HashMap::new(),
        }
    }

    /// Talks until there is nothing more to say or hear, then hangs up.
    pub(super) async fn run(mut self) -> Result<(), Failure> {
        let ended = self.talk().await;
        drop(self.relay);
        let hear_out = async { while self.events.recv().await.is_some() {} };
        let _ = timeout(GOODBYE, async { tokio::join!(hear_out, self.line) }).await;
        ended
    }

    async fn talk(&mut self) -> Result<(), Failure> {
        self.show_unread()?;
        self.home.kept.speak(&self.policy);
        let (_, other) = self.home.kept.to_send(&self.peer, self.mode.id());
        if other > 0 {
            self.screen.notice(&format!(
                "{} typed in the other mode {} there until you chat in it again",
                count(other, "line"),
                if other == 1 { "stays" } else { "stay" }
            ));
        }
        let mut retry = interval(RETRY);
        retry.set_missed_tick_behavior(MissedTickBehavior::Delay);
        retry.reset();
        loop {
            if self.is_done() {
                return Ok(());
            }
            let next = tokio::select! {
                line = self.typed.recv(), if !self.finished => match line {
                    Some(line) => self.lines(line).await?,
                    None => {
                        self.finished = true;
                        if self.connected != Some(true) && !self.is_done() {
                            self.screen.notice("waiting for the relay; Ctrl-C ends, and keeps what is not sent");
                        }
                        Next::GoOn
                    }
                },
                event = self.events.recv() => match event {
                    Some(event) => self.events(event).await?,
                    None => Next::End,
                },
                _ = retry.tick() => {
                    self.send_all().await;
                    Next::GoOn
                }
            };
            if matches!(next, Next::End) {
                return Ok(());
            }
        }
    }

    /// Everything typed is with the relay, and everything that was waiting there,
    /// or was to be received, has come.
    fn is_done(&self) -> bool {
        let received = match self.to_receive {
            Some(left) => left == 0,
            None => self.finished && self.waiting == Some(0),
        };
        let (unsent, _) = self.home.kept.to_send(&self.peer, self.mode.id());
        let sent = unsent == 0 && self.publishing.is_empty();
        received && sent && (self.finished || self.to_receive.is_some())
    }

    /// Shows what was received, once it is saved.
    fn show_unread(&mut self) -> Result<(), Failure> {
        let unread = std::mem::take(&mut self.home.kept.unread);
        for heard in &unread {
            self.screen.message(heard.from.as_str(), &heard.text)?;
        }
        if unread.is_empty() {
            Ok(())
        } else {
            self.home.save()
        }
    }
}
