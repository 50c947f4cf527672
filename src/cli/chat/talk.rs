//! One conversation: what is typed, what comes, and what is kept.

use std::{collections::HashMap, sync::Arc, time::Duration};

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
use crate::protocol::{KeyBundle, Mode, Name, OpenError, ScheduleId, run::RunError};
use crate::report::text::{clip, printable};
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

/// Commands and events that may wait.
const QUEUE: usize = 256;

pub(super) struct Talk {
    home: Home,
    peer: Name,
    mode: Box<dyn Mode + Send>,
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
    /// Nothing more will be typed.
    finished: bool,
    /// Messages still to come before this ends, if it was told how many.
    to_receive: Option<u64>,
    /// Envelopes that were waiting when we connected and have not come yet.
    waiting: Option<u64>,
    /// Texts that the relay has accepted and the peer has not confirmed.
    underway: HashMap<Digest, String>,
}

/// Whether the conversation goes on.
enum Next {
    GoOn,
    End,
}

impl Talk {
    pub(super) fn new(options: &Options, home: Home, mode: Box<dyn Mode + Send>) -> Self {
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
            screen,
            typed,
            relay,
            events,
            connected: None,
            awaited: false,
            finished: false,
            to_receive: options.receive,
            waiting: None,
            underway: HashMap::new(),
        }
    }

    /// Talks until there is nothing more to say or hear, then hangs up.
    pub(super) async fn run(mut self) -> Result<(), Failure> {
        let ended = self.talk().await;
        drop(self.relay);
        drop(self.events);
        let _ = timeout(GOODBYE, self.line).await;
        ended
    }

    async fn talk(&mut self) -> Result<(), Failure> {
        self.show_unread()?;
        let mut retry = interval(RETRY);
        retry.set_missed_tick_behavior(MissedTickBehavior::Delay);
        retry.reset();
        loop {
            if self.is_done() {
                return Ok(());
            }
            let next = tokio::select! {
                line = self.typed.recv(), if !self.finished => match line {
                    Some(line) => self.line(line).await?,
                    None => {
                        self.finished = true;
                        Next::GoOn
                    }
                },
                event = self.events.recv() => match event {
                    Some(event) => self.event(event).await?,
                    None => Next::End,
                },
                _ = retry.tick() => {
                    self.send_waiting().await?;
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
        let sent = self.home.kept.outbox.is_empty();
        received && sent && (self.finished || self.to_receive.is_some())
    }

    async fn line(&mut self, line: String) -> Result<Next, Failure> {
        match line.trim() {
            "" => {}
            "/quit" => return Ok(Next::End),
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
            _ => {
                self.home.kept.outbox.push(Letter {
                    to: self.peer.clone(),
                    text: line,
                    sealed: None,
                });
                self.seal_outbox()?;
                if let Some(letter) = self.home.kept.outbox.last() {
                    self.send_letter(letter.sealed.clone()).await;
                }
                if !self.home.kept.device.can_write_to(&self.peer) {
                    self.send_waiting().await?;
                }
            }
        }
        Ok(Next::GoOn)
    }

    async fn event(&mut self, event: Event) -> Result<Next, Failure> {
        match event {
            Event::Connected { waiting, prekeys } => {
                self.connected = Some(true);
                self.waiting = Some(waiting);
                self.screen.notice("connected to the relay");
                if prekeys < PREKEYS.1 {
                    self.publish().await?;
                }
                self.send_waiting().await?;
            }
            Event::Disconnected(why) => {
                if self.connected.replace(false) != Some(false) {
                    let why = printable(&why);
                    self.screen
                        .notice(&format!("no relay ({why}); what you type is kept"));
                }
                self.waiting = None;
            }
            Event::Refused(why) => {
                return Err(Failure::new(
                    format!("the relay refused: {}", printable(&why)),
                    "Another name, another relay, or its --token may help.",
                ));
            }
            Event::Envelope(bytes) => self.envelope(&bytes).await?,
            Event::Bundle(bytes) => self.bundle(&bytes).await?,
            Event::NoBundle(owner) => {
                if !std::mem::replace(&mut self.awaited, true) {
                    self.screen.notice(&format!(
                        "{owner} has not been at this relay yet; what you type is kept until then"
                    ));
                }
            }
            Event::Accepted(digest) => self.accepted(digest)?,
            Event::Rejected { digest, why, retry } => self.rejected(digest, &why, retry)?,
            Event::Delivered(digest) => {
                if let Some(text) = self.underway.remove(&digest) {
                    self.screen
                        .notice(&format!("delivered: {}", excerpt(&text)));
                }
            }
        }
        Ok(Next::GoOn)
    }

    /// Saved before it is confirmed; shown once it is saved.
    async fn envelope(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let opened = self.home.kept.device.open(bytes, self.mode.as_ref());
        match opened {
            Ok(message) => {
                self.home.kept.unread.push(Heard {
                    from: message.sender,
                    text: String::from_utf8_lossy(&message.text).into_owned(),
                });
                self.seal_outbox()?;
                self.show_unread()?;
                self.to_receive = self.to_receive.map(|left| left.saturating_sub(1));
            }
            // The relay did not hear that we have it.
            Err(OpenError::Run(RunError::Repeated)) => {}
            Err(error) => self.screen.notice(&format!(
                "an envelope was refused: {}",
                printable(&error.to_string())
            )),
        }
        self.waiting = self.waiting.map(|left| left.saturating_sub(1));
        self.tell(Command::Received(Digest::of(bytes))).await;
        Ok(())
    }

    async fn bundle(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let bundle = match KeyBundle::decode(bytes) {
            Ok(bundle) if bundle.owner == self.peer => bundle,
            _ => return Ok(()),
        };
        if self.home.kept.device.can_write_to(&self.peer) {
            return Ok(());
        }
        let begun = self.home.kept.device.begin(
            &bundle,
            self.mode.id(),
            ScheduleId::Ratchet,
            &mut UnwrapErr(SysRng),
        );
        match begun {
            Ok(_) => {
                self.seal_outbox()?;
                self.send_waiting().await?;
            }
            Err(error) => self.screen.notice(&format!(
                "no session with {}: {}",
                self.peer,
                printable(&error.to_string())
            )),
        }
        Ok(())
    }

    fn accepted(&mut self, digest: Digest) -> Result<(), Failure> {
        if let Some(letter) = self.home.kept.take_letter(digest) {
            self.underway.insert(digest, letter.text);
            self.home.save()?;
        }
        Ok(())
    }

    fn rejected(&mut self, digest: Digest, why: &str, retry: bool) -> Result<(), Failure> {
        let why = printable(why);
        if retry {
            self.screen.notice(&format!("not sent yet: {why}"));
        } else if let Some(letter) = self.home.kept.take_letter(digest) {
            self.screen
                .notice(&format!("not sent: {why}: {}", excerpt(&letter.text)));
            self.home.save()?;
        }
        Ok(())
    }

    /// Seals what can be sealed, and saves.
    fn seal_outbox(&mut self) -> Result<(), Failure> {
        let sealed = self
            .home
            .kept
            .seal_outbox(self.mode.as_ref(), &mut UnwrapErr(SysRng));
        if let Err(error) = sealed {
            let why = printable(&error.to_string());
            self.screen.notice(&format!("not sealed yet: {why}"));
        }
        self.home.save()
    }

    /// Sends again what the relay has not accepted, or asks for the key bundle that
    /// it waits for.
    async fn send_waiting(&mut self) -> Result<(), Failure> {
        if self.connected != Some(true) {
            return Ok(());
        }
        let sealed: Vec<_> = self
            .home
            .kept
            .outbox
            .iter()
            .map(|it| it.sealed.clone())
            .collect();
        if sealed.iter().any(Option::is_none) && !self.home.kept.device.can_write_to(&self.peer) {
            self.tell(Command::Fetch(self.peer.clone())).await;
        }
        for sealed in sealed {
            self.send_letter(sealed).await;
        }
        Ok(())
    }

    async fn send_letter(&mut self, sealed: Option<String>) {
        if let Some(bytes) = sealed.and_then(|sealed| hex::decode(sealed).ok())
            && self.connected == Some(true)
        {
            self.tell(Command::Send(Arc::new(bytes))).await;
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
            self.tell(Command::Send(Arc::new(bundle.encode()))).await;
        }
        Ok(())
    }

    async fn tell(&self, command: Command) {
        // A connection that is gone says so itself.
        let _ = self.relay.send(command).await;
    }

    fn show_unread(&mut self) -> Result<(), Failure> {
        for heard in std::mem::take(&mut self.home.kept.unread) {
            self.screen.message(heard.from.as_str(), &heard.text)?;
        }
        self.home.save()
    }
}

/// The beginning of a text, on one line.
fn excerpt(text: &str) -> String {
    clip(&printable(text), 40)
}
