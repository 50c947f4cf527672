//! One conversation: what is typed, what comes, and what is kept.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use rand::{rand_core::UnwrapErr, rngs::SysRng};
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{MissedTickBehavior, interval, timeout},
};

use super::{
    Options, keys,
    saved::{Heard, Home, Letter},
    screen::Screen,
};
use crate::cli::failure::Failure;
use crate::protocol::{
    Envelope, KeyBundle, Mode, Name, OpenError, ScheduleId, envelope::MAX_TEXT_BYTES, run::RunError,
};
use crate::report::text::{clip, count, printable};
use crate::transport::{
    client::{self, Account, Command, Event},
    control::Digest,
};

/// How often what is waiting is tried again.
const RETRY: Duration = Duration::from_secs(2);

/// One-time prekeys published when few are left, and when that is.
const PREKEYS: (usize, u64) = (20, 5);

/// How long the last confirmations may take to leave.
const GOODBYE: Duration = Duration::from_secs(2);

/// Envelopes that the relay has not accepted yet, at most: no more than it takes
/// from one client at a time.
const WINDOW: usize = 48;

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
        let other = self.home.kept.outbox.len() - self.home.kept.to_send(self.mode.id());
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
        let sent = self.home.kept.to_send(self.mode.id()) == 0 && self.publishing.is_empty();
        received && sent && (self.finished || self.to_receive.is_some())
    }

    /// Takes a line, and whatever else has been typed by now: one save for all.
    async fn lines(&mut self, first: String) -> Result<Next, Failure> {
        let mut line = Some(first);
        while let Some(text) = line {
            match text.trim() {
                "" => {}
                "/quit" => {
                    self.home.save()?;
                    return Ok(Next::End);
                }
                "/safety" => {
                    let text = keys::safety(&self.home.kept.device, &self.peer);
                    self.screen.notice(&text);
                }
                "/who" => {
                    for line in keys::in_play(&self.home.kept.device, &self.peer) {
                        self.screen.notice(&line);
                    }
                }
                command if command.starts_with('/') && !command.contains(' ') => {
                    self.screen.notice("commands are /safety, /who and /quit");
                }
                _ => self.keep(&text),
            }
            line = self.typed.try_recv().ok();
        }
        self.seal_outbox()?;
        self.send_new().await;
        Ok(Next::GoOn)
    }

    /// Keeps a text to be sent; one that is longer than a message may be becomes
    /// several, cut between characters.
    fn keep(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let (part, more) = rest.split_at(rest.floor_char_boundary(MAX_TEXT_BYTES));
            self.home.kept.outbox.push(Letter {
                to: self.peer.clone(),
                mode: self.mode.id(),
                text: part.to_owned(),
                sealed: None,
                sent: None,
            });
            rest = more;
        }
    }

    /// Takes an event, and whatever else has come by now: one save for all. What
    /// was received is confirmed once it is saved, and shown.
    async fn events(&mut self, first: Event) -> Result<Next, Failure> {
        let mut event = Some(first);
        while let Some(next) = event {
            self.event(next).await?;
            event = self.events.try_recv().ok();
        }
        self.seal_outbox()?;
        self.show_unread()?;
        for (digest, opened) in std::mem::take(&mut self.to_confirm) {
            self.tell(if opened {
                Command::Received(digest)
            } else {
                Command::Discard(digest)
            })
            .await;
        }
        self.send_new().await;
        Ok(Next::GoOn)
    }

    async fn event(&mut self, event: Event) -> Result<(), Failure> {
        match event {
            Event::Connected { waiting, prekeys } => {
                self.connected = Some(true);
                self.waiting = Some(waiting);
                self.screen.notice("connected to the relay");
                if prekeys < PREKEYS.1 {
                    self.publish().await?;
                }
                self.send_all().await;
            }
            Event::Disconnected(why) => {
                if self.connected.replace(false) != Some(false) {
                    let why = printable(&why);
                    self.screen
                        .notice(&format!("no relay ({why}); what you type is kept"));
                }
                self.waiting = None;
                self.publishing.clear();
            }
            Event::Refused(why) => {
                return Err(Failure::new(
                    format!("the relay refused: {}", printable(&why)),
                    "Another name, another relay, or its --token may help.",
                ));
            }
            Event::Envelope(bytes) => self.envelope(&bytes),
            Event::Bundle(bytes) => self.bundle(&bytes),
            Event::NoBundle(owner) => {
                if !std::mem::replace(&mut self.awaited, true) {
                    self.screen.notice(&format!(
                        "{owner} has not been at this relay yet; what you type is kept until then"
                    ));
                }
            }
            Event::Accepted(digest) => {
                self.publishing.remove(&digest);
                if let Some(letter) = self.home.kept.take_letter(digest) {
                    self.underway.insert(digest, letter.text);
                }
            }
            Event::Rejected { digest, why, retry } => self.rejected(digest, &why, retry),
            Event::Discarded(digest) => {
                if let Some(text) = self.underway.remove(&digest) {
                    self.screen.notice(&format!(
                        "{}'s device refused: {}. Do both sides speak the same mode, with the \
                         same authority?",
                        self.peer,
                        excerpt(&text)
                    ));
                }
            }
            Event::Delivered(digest) => {
                if let Some(text) = self.underway.remove(&digest) {
                    self.screen
                        .notice(&format!("delivered: {}", excerpt(&text)));
                }
            }
        }
        Ok(())
    }

    fn envelope(&mut self, bytes: &[u8]) {
        let mut opened = true;
        match self.home.kept.device.open(bytes, self.mode.as_ref()) {
            Ok(message) => {
                self.home.kept.unread.push(Heard {
                    from: message.sender,
                    text: String::from_utf8_lossy(&message.text).into_owned(),
                });
                self.to_receive = self.to_receive.map(|left| left.saturating_sub(1));
            }
            // The relay did not hear that we have it.
            Err(OpenError::Run(RunError::Repeated)) => {}
            Err(error) => {
                let from = Envelope::decode(bytes)
                    .map_or_else(|_| "somebody".to_owned(), |it| it.header.sender.to_string());
                let why = printable(&error.to_string());
                self.screen
                    .notice(&format!("an envelope of {from}'s was refused: {why}"));
                opened = false;
            }
        }
        self.waiting = self.waiting.map(|left| left.saturating_sub(1));
        self.to_confirm.push((Digest::of(bytes), opened));
    }

    fn bundle(&mut self, bytes: &[u8]) {
        let bundle = match KeyBundle::decode(bytes) {
            Ok(bundle) if bundle.owner == self.peer => bundle,
            _ => return,
        };
        let device = &mut self.home.kept.device;
        if device.can_write_to(&self.peer) {
            return;
        }
        let (mode, schedule) = (self.mode.id(), ScheduleId::Ratchet);
        if let Err(error) = device.begin(&bundle, mode, schedule, &mut UnwrapErr(SysRng)) {
            self.screen.notice(&format!(
                "no session with {}: {}",
                self.peer,
                printable(&error.to_string())
            ));
        }
    }

    fn rejected(&mut self, digest: Digest, why: &str, retry: bool) {
        let why = printable(why);
        if self.publishing.remove(&digest) {
            self.screen
                .notice(&format!("a key bundle was not taken: {why}"));
        } else if retry {
            self.holding = true;
            if std::mem::replace(&mut self.put_off, why.clone()) != why {
                self.screen.notice(&format!("not sent yet: {why}"));
            }
        } else if let Some(letter) = self.home.kept.take_letter(digest) {
            self.screen
                .notice(&format!("not sent: {why}: {}", excerpt(&letter.text)));
        }
    }

    /// Seals what can be sealed, and saves.
    fn seal_outbox(&mut self) -> Result<(), Failure> {
        let sealed = self
            .home
            .kept
            .seal_outbox(self.mode.as_ref(), &mut UnwrapErr(SysRng));
        if let Err(error) = sealed {
            let why = format!("not sealed yet: {}", printable(&error.to_string()));
            if self.put_off != why {
                self.screen.notice(&why);
                self.put_off = why;
            }
        }
        self.home.save()
    }

    /// Sends again everything that the relay has not accepted.
    async fn send_all(&mut self) {
        for letter in &mut self.home.kept.outbox {
            letter.sent = None;
        }
        (self.fetching, self.holding) = (false, false);
        self.send_new().await;
    }

    /// Sends what has not been sent on this connection, as far as the window goes,
    /// and asks for the key bundle that something waits for, once.
    async fn send_new(&mut self) {
        if self.connected != Some(true) || self.holding {
            return;
        }
        let kept = &mut self.home.kept;
        let mode = self.mode.id();
        let waits = kept
            .outbox
            .iter()
            .any(|it| it.sealed.is_none() && it.mode == mode);
        if waits
            && !kept.device.can_write_to(&self.peer)
            && !std::mem::replace(&mut self.fetching, true)
        {
            self.tell(Command::Fetch(self.peer.clone())).await;
        }
        for envelope in self.home.kept.next_to_send(WINDOW) {
            self.tell(Command::Send(Arc::new(envelope))).await;
        }
    }

    async fn publish(&mut self) -> Result<(), Failure> {
        let bundles = self
            .home
            .kept
            .device
            .publish(PREKEYS.0, &mut UnwrapErr(SysRng));
        self.home.save()?;
        for bundle in bundles {
            let bundle = bundle.encode();
            self.publishing.insert(Digest::of(&bundle));
            self.tell(Command::Send(Arc::new(bundle))).await;
        }
        Ok(())
    }

    async fn tell(&self, command: Command) {
        // A connection that is gone says so itself.
        let _ = self.relay.send(command).await;
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

/// The beginning of a text, on one line.
fn excerpt(text: &str) -> String {
    clip(&printable(text), 40)
}
