//! What comes from the relay.

use rand::{rand_core::UnwrapErr, rngs::SysRng};

use super::{
    conversation::{Chat, Confirmation},
    keys,
};
use crate::cli::shared::failure::Failure;
use crate::text::{clip, printable};
use crate::transport::{
    client::{ClientCommand, ClientEvent},
    control::Digest,
};
use doormat::protocol::{
    Envelope, Header, Identity, KeyBundle, OpenError, ScheduleId, device::BeginError,
    device::OpenedMessage,
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
        let sealed = self.seal_outbox();
        self.save_changes()?;
        self.show_unread()?;
        for confirmation in std::mem::take(&mut self.to_confirm) {
            self.command(match confirmation {
                Confirmation::Opened(digest) => ClientCommand::Received(digest),
                Confirmation::Refused {
                    digest,
                    session_lost,
                } => ClientCommand::Discard {
                    digest,
                    session_lost,
                },
            })
            .await;
        }
        self.send_sealed(sealed).await;
        Ok(())
    }

    async fn handle_event(&mut self, event: ClientEvent) -> Result<(), Failure> {
        match event {
            ClientEvent::Connected {
                waiting,
                prekeys,
                generation,
            } => {
                self.connected = Some(true);
                self.waiting = Some(waiting);
                (self.unreachable, self.patience_ended) = (false, false);
                self.screen.notice("connected to the relay");
                self.compare_generations(generation)?;
                self.save_changes()?;
                self.publish_if_few(prekeys).await?;
                self.send_all().await;
            }
            ClientEvent::Advanced(generation) => self.advanced(generation).await?,
            ClientEvent::Disconnected(why) => {
                if self.connected.replace(false) != Some(false) {
                    let why = printable(&why);
                    self.screen
                        .notice(&format!("no relay ({why}); what you type is kept"));
                }
                (self.waiting, self.advancing) = (None, false);
                self.forget_bundles();
            }
            ClientEvent::Refused(why) => {
                return Err(Failure::new(
                    format!("the relay refused: {}", printable(&why)),
                    "What you typed is kept. Another name, another relay, or its --token may help; a device that \
                     is open elsewhere is used there until that chat ends.",
                ));
            }
            ClientEvent::Envelope(bytes) => self.handle_envelope(&bytes),
            ClientEvent::Prekeys(left) => self.publish_if_few(left).await?,
            ClientEvent::Bundle(bytes) => self.handle_bundle(&bytes),
            ClientEvent::NoBundle(owner) => {
                self.unreachable = true;
                if !std::mem::replace(&mut self.told_peer_unknown, true) {
                    self.screen.notice(&format!(
                        "{owner} has not been at this relay yet; what you type is kept until then"
                    ));
                }
            }
            ClientEvent::Accepted(digest) => {
                self.publishing.remove(&digest);
                if let Some(entry) = self.folder.state.outbox.take(digest) {
                    self.stale = true;
                    self.in_flight.insert(digest, entry);
                }
            }
            ClientEvent::Rejected { digest, why, retry } => {
                self.handle_rejection(digest, &why, retry)
            }
            ClientEvent::Discarded {
                digest,
                session_lost,
            } => {
                let entry = self.in_flight.remove(&digest);
                if let Some(entry) = entry.or_else(|| self.folder.state.outbox.take(digest)) {
                    self.handle_refusal(entry, session_lost);
                }
            }
            ClientEvent::Delivered(digest) => {
                let entry = self.in_flight.remove(&digest);
                if let Some(entry) = entry.filter(|it| !it.text.is_empty()) {
                    self.screen
                        .notice(&format!("delivered: {}", excerpt(&entry.text)));
                }
            }
        }
        Ok(())
    }

    fn handle_envelope(&mut self, bytes: &[u8]) {
        let digest = Digest::of(bytes);
        self.waiting = self.waiting.map(|left| left.saturating_sub(1));
        let state = &mut self.folder.state;
        // The relay did not receive our confirmation.
        let confirmation = if state.has_opened(digest) {
            Confirmation::Opened(digest)
        } else {
            let header = Envelope::decode(bytes).map(|it| it.header).ok();
            let is_new = header.as_ref().is_some_and(|it| {
                let known = state.device.session(&it.sender, &it.session);
                let active = state.device.active_session(&it.sender);
                known.is_none() && active.is_some_and(|it| !it.is_unanswered())
            });
            match state.device.open(bytes, self.mode.as_ref()) {
                Ok(message) => {
                    state.remember_opened(digest);
                    self.changed = true;
                    self.handle_message(message, is_new);
                    Confirmation::Opened(digest)
                }
                Err(error) => {
                    let session_lost = error.is_session_lost();
                    self.refuse(header.as_ref(), error);
                    Confirmation::Refused {
                        digest,
                        session_lost,
                    }
                }
            }
        };
        self.to_confirm.push(confirmation);
    }

    fn handle_message(&mut self, message: OpenedMessage, is_new: bool) {
        let from = message.sender;
        if is_new {
            self.screen.notice(&format!(
                "{from} has begun a new session; what was not delivered before may be lost"
            ));
        }
        // An empty text is none: it brings a new session up.
        if !message.text.is_empty() {
            let text = String::from_utf8_lossy(&message.text).into_owned();
            self.folder.state.receive(from, text);
            self.to_receive = self.to_receive.map(|left| left.saturating_sub(1));
        }
    }

    /// Tells the user why an envelope did not open, and does what follows from it.
    fn refuse(&mut self, header: Option<&Header>, error: OpenError) {
        let from = header.map_or_else(|| "somebody".to_owned(), |it| it.sender.to_string());
        let why = printable(&error.to_string());
        self.screen
            .notice(&format!("an envelope of {from}'s was refused: {why}"));
        let Some(header) = header else { return };
        if error.is_session_lost() {
            self.renew_session(&header.sender, &header.session);
        }
        if let OpenError::IdentityChanged { name } = error
            && name == self.peer
            && let Some(opening) = &header.opening
        {
            self.ask_about_identity(opening.initiator);
        }
    }

    fn handle_bundle(&mut self, bytes: &[u8]) {
        let bundle = match KeyBundle::decode(bytes) {
            Ok(bundle) if bundle.owner == self.peer => bundle,
            _ => return,
        };
        let device = &mut self.folder.state.device;
        if device.can_write_to(&self.peer) {
            self.fetching = false;
            return;
        }
        let (mode, schedule) = (self.mode.id(), ScheduleId::Ratchet);
        self.changed = true;
        let begun = device.begin(&bundle, mode, schedule, &mut UnwrapErr(SysRng));
        // Another is asked for when this session ends; after a failure, with the next attempt.
        self.fetching = begun.is_err();
        self.unreachable = begun.is_err();
        if let Err(error) = begun {
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
        } else if digest == self.folder.state.generation.digest() {
            self.notice_delay(format!("not sent yet: {why}"));
        } else if retry {
            self.paused = true;
            self.notice_delay(format!("not sent yet: {why}"));
        } else if let Some(entry) = self.folder.state.outbox.take(digest) {
            self.stale = true;
            self.screen
                .notice(&format!("not sent: {why}: {}", excerpt(&entry.text)));
        }
    }
}

/// The beginning of a text, on one line.
pub(super) fn excerpt(text: &str) -> String {
    clip(&printable(text), 40)
}
