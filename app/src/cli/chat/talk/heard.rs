//! What comes from the relay, and what is made of it.

use rand::{rand_core::UnwrapErr, rngs::SysRng};

use super::{Next, Talk, outgoing::PREKEYS};
use crate::cli::{
    chat::{keys, saved::Heard},
    shared::failure::Failure,
};
use crate::text::{clip, printable};
use crate::transport::{
    client::{Command, Event},
    control::Digest,
};
use doormat::protocol::{
    Envelope, Identity, KeyBundle, OpenError, ScheduleId, chain::ChainError, device::BeginError,
};

impl Talk {
    /// Takes an event, and whatever else has come by now: one save for all. What
    /// was received is confirmed once it is saved, and shown.
    pub(super) async fn events(&mut self, first: Event) -> Result<Next, Failure> {
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
                        "{}'s device refused: {}. Same mode, same authority, same devices \
                         as before?",
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
            Err(OpenError::Chain(ChainError::Repeated)) => {}
            Err(error) => {
                let header = Envelope::decode(bytes).map(|it| it.header).ok();
                let from = header
                    .as_ref()
                    .map_or_else(|| "somebody".to_owned(), |it| it.sender.to_string());
                let why = printable(&error.to_string());
                self.screen
                    .notice(&format!("an envelope of {from}'s was refused: {why}"));
                if let OpenError::IdentityChanged { name } = error
                    && name == self.peer
                    && let Some(opening) = header.and_then(|it| it.opening)
                {
                    self.doubt(opening.initiator);
                }
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
            if matches!(error, BeginError::IdentityChanged { .. }) {
                self.doubt(bundle.identity);
            }
        }
    }

    /// The peer comes with another identity than before: shows its safety number, so
    /// that it can be compared before it is accepted.
    fn doubt(&mut self, identity: Identity) {
        match &self.doubted {
            None => {
                let text = keys::doubt(&self.home.kept.device, &self.peer, &identity);
                self.screen.notice(&text);
                self.doubted = Some(identity);
            }
            Some(shown) if *shown == identity => {}
            Some(_) => self.screen.notice(
                "and it is another than the one whose number is shown above: begin the chat again \
                 to see its number",
            ),
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
}

/// The beginning of a text, on one line.
fn excerpt(text: &str) -> String {
    clip(&printable(text), 40)
}
