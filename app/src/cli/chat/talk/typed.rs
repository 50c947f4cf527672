//! What is typed: a text to be sent, or a command.

use super::{Next, Talk};
use crate::cli::{
    chat::{keys, saved::Letter},
    shared::failure::Failure,
};
use doormat::protocol::envelope::MAX_TEXT_BYTES;

impl Talk {
    /// Takes a line, and whatever else has been typed by now: one save for all.
    pub(super) async fn lines(&mut self, first: String) -> Result<Next, Failure> {
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
                "/accept" => self.accept(),
                command if command.starts_with('/') && !command.contains(' ') => {
                    self.screen
                        .notice("commands are /safety, /who, /accept and /quit");
                }
                _ => self.keep(&text),
            }
            line = self.typed.try_recv().ok();
        }
        self.seal_outbox()?;
        self.send_new().await;
        Ok(Next::GoOn)
    }

    /// Takes the peer's new identity for theirs. What had been sealed to the old one,
    /// and is still here, is sealed again to the new one.
    fn accept(&mut self) {
        let Some(identity) = self.doubted.take() else {
            let text = format!("{} has not come with another identity", self.peer);
            self.screen.notice(&text);
            return;
        };
        let kept = &mut self.home.kept;
        kept.device.accept_identity(&self.peer, identity);
        kept.unseal(&self.peer);
        self.fetching = false;
        self.screen.notice(&format!(
            "accepted; only this identity is {} from now on",
            self.peer
        ));
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
}
