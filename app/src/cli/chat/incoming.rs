//! What comes from the relay.

use rand::{rand_core::UnwrapErr, rngs::SysRng};

use super::{conversation::Chat, device_folder::UnreadMessage, keys};
use crate::cli::shared::failure::Failure;
use crate::text::{clip, printable};
use crate::transport::{
    client::{ClientCommand, ClientEvent},
    control::Digest,
};
use doormat::protocol::{
    Envelope, Identity, KeyBundle, OpenError, ScheduleId, chain::ChainError, device::BeginError,
};

impl Chat {
    /// Takes an event and those that have come by now, and saves once for all. What
    /// was received is shown and confirmed once it is saved.
    pub(super) async fn handle_events(&mut self, first: ClientEvent) -> Result<(), Failure> {
        let mut event = Some(first);
        while let Some(next) = event {
            self.handle_event(next).await?;
            event = self.events.try_recv().ok();
        }
        self.seal_outbox()?;
        self.show_unread()?;
        for (digest, opened) in std::mem::take(&mut self.to_confirm) {
            self.command(if opened {
                ClientCommand::Received(digest)
            } else {
                ClientCommand::Discard(digest)
            })
            .await;
        }
        self.send_new().await;
        Ok(())
    }

    async fn handle_event(&mut self, event: ClientEvent) -> Result<(), Failure> {
        match event {
            ClientEvent::Connected { waiting, prekeys } => {
                self.connected = Some(true);
                self.waiting = Some(waiting);
                self.screen.notice("connected to the relay");
                self.publish_if_few(prekeys).await?;
                self.send_all().await;
            }
            ClientEvent::Disconnected(why) => {
                if self.connected.replace(false) != Some(false) {
                    let why = printable(&why);
                    self.screen
                        .notice(&format!("no relay ({why}); what you type is kept"));
                }
                self.waiting = None;
                self.publishing.clear();
            }
            ClientEvent::Refused(why) => {
                return Err(Failure::new(
                    format!("the relay refused: {}", printable(&why)),
                    "Another name, another relay, or its --token may help.",
                ));
            }
            ClientEvent::Envelope(bytes) => self.handle_envelope(&bytes),
            ClientEvent::Prekeys(left) => self.publish_if_few(left).await?,
            ClientEvent::Bundle(bytes) => self.handle_bundle(&bytes),
            ClientEvent::NoBundle(owner) => {
                if !std::mem::replace(&mut self.told_peer_unknown, true) {
                    self.screen.notice(&format!(
                        "{owner} has not been at this relay yet; what you type is kept until then"
                    ));
                }
            }
            ClientEvent::Accepted(digest) => {
                self.publishing.remove(&digest);
                if let Some(entry) = self.folder.state.take_entry(digest) {
                    self.in_flight.insert(digest, entry.text);
                }
            }
            ClientEvent::Rejected { digest, why, retry } => {
                self.handle_rejection(digest, &why, retry)
            }
            ClientEvent::Discarded(digest) => {
                if let Some(text) = self.in_flight.remove(&digest) {
                    self.screen.notice(&format!(
                        "{}'s device refused: {}. Same mode, same authority, same devices \
                         as before?",
                        self.peer,
                        excerpt(&text)
                    ));
                }
            }
            ClientEvent::Delivered(digest) => {
                if let Some(text) = self.in_flight.remove(&digest) {
                    self.screen
                        .notice(&format!("delivered: {}", excerpt(&text)));
                }
            }
        }
        Ok(())
    }

    fn handle_envelope(&mut self, bytes: &[u8]) {
        let mut opened = true;
        match self.folder.state.device.open(bytes, self.mode.as_ref()) {
            Ok(message) => {
                self.folder.state.unread.push(UnreadMessage {
                    from: message.sender,
                    text: String::from_utf8_lossy(&message.text).into_owned(),
                });
                self.to_receive = self.to_receive.map(|left| left.saturating_sub(1));
            }
            // The relay did not receive our confirmation.
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
                    self.ask_about_identity(opening.initiator);
                }
                opened = false;
            }
        }
        self.waiting = self.waiting.map(|left| left.saturating_sub(1));
        self.to_confirm.push((Digest::of(bytes), opened));
    }

    fn handle_bundle(&mut self, bytes: &[u8]) {
        let bundle = match KeyBundle::decode(bytes) {
            Ok(bundle) if bundle.owner == self.peer => bundle,
            _ => return,
        };
        let device = &mut self.folder.state.device;
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
                self.ask_about_identity(bundle.identity);
            }
        }
    }

    /// The peer comes with another identity than before: shows its safety number, to be
    /// compared before the identity is accepted.
    fn ask_about_identity(&mut self, identity: Identity) {
        match &self.pending_identity {
            None => {
                let text = keys::new_identity(&self.folder.state.device, &self.peer, &identity);
                self.screen.notice_lines(&text);
                self.pending_identity = Some(identity);
            }
            Some(shown) if *shown == identity => {}
            Some(_) => self.screen.notice(
                "and it is another than the one whose number is shown above: begin the chat again \
                 to see its number",
            ),
        }
    }

    fn handle_rejection(&mut self, digest: Digest, why: &str, retry: bool) {
        let why = printable(why);
        if self.publishing.remove(&digest) {
            self.screen
                .notice(&format!("a key bundle was not taken: {why}"));
        } else if retry {
            self.paused = true;
            self.notice_delay(format!("not sent yet: {why}"));
        } else if let Some(entry) = self.folder.state.take_entry(digest) {
            self.screen
                .notice(&format!("not sent: {why}: {}", excerpt(&entry.text)));
        }
    }
}

/// The beginning of a text, on one line.
fn excerpt(text: &str) -> String {
    clip(&printable(text), 40)
}
