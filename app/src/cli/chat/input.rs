//! What is typed: a text to be sent, or a command.

use super::{conversation::Chat, keys, screen::Input};
use crate::cli::shared::failure::Failure;
use crate::text::count;
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
                    return self.save_changes();
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
                Some("/forget") => self.forget(),
                Some(command) if command.starts_with('/') && !command.contains(' ') => {
                    self.screen
                        .notice("commands are /safety, /who, /accept, /forget and /quit");
                }
                _ => self.queue(&typed.text),
            }
            line = self.input.try_recv().ok();
        }
        self.seal_and_send().await
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
        state.outbox.unseal(&self.peer);
        (self.fetching, self.changed) = (false, true);
        self.screen.notice(&format!(
            "accepted; only this identity is {} from now on",
            self.peer
        ));
    }

    /// Forgets the peer's identity and the sessions with it. What was sealed goes out as it is.
    fn forget(&mut self) {
        let state = &mut self.folder.state;
        let known = state.device.contact(&self.peer).is_some();
        let sessions = state.device.forget(&self.peer);
        self.pending_identity = None;
        (self.fetching, self.changed) = (false, true);
        self.screen.notice(&if known {
            format!(
                "forgotten: {peer}'s identity and {}. Whoever comes under this name next is taken \
                 for {peer}: compare /safety then",
                count(sessions, "session"),
                peer = self.peer,
            )
        } else {
            format!("nothing is known of {} here", self.peer)
        });
    }

    /// Queues a text to be sent; one that is longer than a message may be becomes
    /// several, cut between characters.
    fn queue(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let (part, more) = rest.split_at(rest.floor_char_boundary(MAX_TEXT_BYTES));
            let outbox = &mut self.folder.state.outbox;
            outbox.push(&self.peer, self.mode.id(), part.to_owned());
            rest = more;
        }
    }
}
