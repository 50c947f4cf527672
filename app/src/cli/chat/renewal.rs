//! A session that cannot go on is replaced by a new one: a message of it does not open any
//! more, because one side has lost the state that the other relies on. Whoever finds out says
//! so with the refusal, and both are told. The sender sends again what was refused, if the chat is
//! still there; the recipient writes an empty text, which is not shown and brings the
//! new session up.

use super::{conversation::Chat, incoming::excerpt, outbox_entry::OutboxEntry};
use doormat::protocol::{Name, SessionId};

/// How often a recipient begins a new session by itself, in one run of the program.
const MAX_RENEWALS: u32 = 16;

impl Chat {
    /// The peer's device refused a text.
    pub(super) fn handle_refusal(&mut self, entry: OutboxEntry, session_lost: bool) {
        let state = &mut self.folder.state;
        let (to, text) = (entry.to.clone(), excerpt(&entry.text));
        let is_text = !entry.text.is_empty();
        let refused = if session_lost {
            if let Some(session) = entry.session() {
                state.device.end_writing_in(&to, &session);
            }
            self.changed = true;
            state.outbox.put_back(entry)
        } else {
            Err(entry)
        };
        match refused {
            Ok(()) if is_text => self.screen.notice(&format!(
                "{to}'s device could not open: {text}. The session could not go on: a new one \
                 begins, and it is sent again there"
            )),
            Err(_) if is_text => self.screen.notice(&format!(
                "{to}'s device refused: {text}. Same mode, same authority, same devices as before?"
            )),
            Ok(()) | Err(_) => {}
        }
    }

    /// An envelope of a contact's shows that its session cannot go on.
    pub(super) fn renew_session(&mut self, peer: &Name, session: &SessionId) {
        let state = &mut self.folder.state;
        if state.device.contact(peer).is_none() {
            return;
        }
        state.device.end_writing_in(peer, session);
        self.changed = true;
        let active = state.device.active_session(peer);
        // One that the peer has not answered yet is new enough.
        let begun = active.is_some_and(|it| it.is_unanswered());
        let waiting = state.outbox.unsealed(peer, self.mode.id()) > 0;
        if *peer == self.peer && !begun && !waiting && self.renewals < MAX_RENEWALS {
            self.renewals += 1;
            state.outbox.push(peer, self.mode.id(), String::new());
            self.screen
                .notice(&format!("a new session with {peer} begins"));
        }
    }
}
