//! A session that cannot go on is replaced by a new one: a message of it does not open any
//! more, because one side has lost the state that the other relies on. Whoever finds out says
//! so with the refusal, and both are told. The sender sends again what was refused, if the chat is
//! still there; the recipient writes an empty text, which is not shown and brings the
//! new session up.
//!
//! What says that a session cannot go on is not authenticated: a relay that alters one byte, or
//! lies about a refusal, says it too. So it is believed a bounded number of times (spec §9.2).

use super::{
    conversation::Chat,
    ended_sessions::{Ending, MAX_ENDED},
    incoming::excerpt,
    outbox_entry::OutboxEntry,
};
use doormat::protocol::{Name, SessionId};

/// How often a recipient begins a new session by itself, in one run of the program.
const MAX_RENEWALS: u32 = 16;

impl Chat {
    /// The peer's device refused a text.
    pub(super) fn handle_refusal(&mut self, entry: OutboxEntry, session_lost: bool) {
        let (to, text) = (entry.to.clone(), excerpt(&entry.text));
        let is_text = !entry.text.is_empty();
        let session = entry.session();
        let ended = session_lost && session.is_none_or(|it| self.end_session(&to, &it));
        let refused = if ended {
            self.folder.state.outbox.put_back(entry)
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
        let known = self.folder.state.device.contact(peer).is_some();
        if !known || !self.end_session(peer, session) {
            return;
        }
        let state = &mut self.folder.state;
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

    /// Seals nothing more in a session; gives whether that is so. Once too many of the peer's were
    /// ended, it is kept.
    fn end_session(&mut self, peer: &Name, session: &SessionId) -> bool {
        let device = &mut self.folder.state.device;
        let ending = self.ended.insert(device, peer, session);
        if ending != Ending::Kept {
            device.end_writing_in(peer, session);
            self.changed = true;
        }
        match ending {
            Ending::Now => self.name_unconfirmed(session),
            Ending::Before => {}
            Ending::Kept => self.screen.notice(&format!(
                "the session with {peer} is kept: {MAX_ENDED} were said to be lost since this chat \
                 began. The relay may be altering what passes; if {peer} reads nothing, begin the \
                 chat again"
            )),
        }
        ending != Ending::Kept
    }

    /// Names what was sent in a session that is over and is not confirmed. A relay need not
    /// tell of each refusal: it has no room for many at once.
    fn name_unconfirmed(&mut self, session: &SessionId) {
        let sent = self.folder.state.outbox.sent();
        let mut unconfirmed: Vec<&OutboxEntry> = (self.in_flight.values().chain(sent))
            .filter(|it| !it.text.is_empty() && it.session().as_ref() == Some(session))
            .collect();
        unconfirmed.sort_by_key(|it| it.place);
        for entry in unconfirmed {
            let text = excerpt(&entry.text);
            self.screen.notice(&format!(
                "not confirmed yet, and lost if nothing more is said of it: {text}"
            ));
        }
    }
}
