//! What is typed: a text to be sent, or a command.

use super::{conversation::Chat, device_folder::OutboxEntry, keys, screen::Input};
use crate::cli::shared::failure::Failure;
use doormat::protocol::envelope::MAX_TEXT_BYTES;

impl Chat {
    /// Takes a line and those that have been typed by now, and saves once for all.
    pub(super) async fn handle_input(&mut self, first: Input) -> Result<(), Failure> {
        let mut line = Some(first);
        while let Some(typed) = line {
            match typed.command() {
                Some("") => {}
                Some("/quit") => {
                    self.quit = true;
                    return self.folder.save();
                }
                Some("/safety") => {
                    let text = keys::safety(&self.folder.state.device, &self.peer);
                    self.screen.notice_lines(&text);
                }
                Some("/who") => {
                    for line in keys::in_use(&self.folder.state.device, &self.peer) {
                        self.screen.notice(&line);
                    }
                }
                Some("/accept") => self.accept(),
                Some(command) if command.starts_with('/') && !command.contains(' ') => {
                    self.screen
                        .notice("commands are /safety, /who, /accept and /quit");
                }
                _ => self.queue(&typed.text),
            }
            line = self.input.try_recv().ok();
        }
        self.seal_outbox()?;
        self.send_new().await;
        Ok(())
    }

    /// Accepts the peer's new identity. What was sealed to the old one and has not been
    /// accepted by the relay is sealed again to the new one.
    fn accept(&mut self) {
        let Some(identity) = self.pending_identity.take() else {
            let text = format!("{} has not come with another identity", self.peer);
            self.screen.notice(&text);
            return;
        };
        let state = &mut self.folder.state;
        state.device.accept_identity(&self.peer, identity);
        state.unseal(&self.peer);
        self.fetching = false;
        self.screen.notice(&format!(
            "accepted; only this identity is {} from now on",
            self.peer
        ));
    }

    /// Queues a text to be sent; one that is longer than a message may be becomes
    /// several, cut between characters.
    fn queue(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let (part, more) = rest.split_at(rest.floor_char_boundary(MAX_TEXT_BYTES));
            self.folder.state.outbox.push(OutboxEntry {
                to: self.peer.clone(),
                mode: self.mode.id(),
                text: part.to_owned(),
                sealed: None,
                sent: None,
            });
            rest = more;
        }
    }
}
