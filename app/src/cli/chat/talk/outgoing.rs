//! What leaves: sealed in the order in which it was typed, saved, and then sent.

use std::sync::Arc;

use rand::{rand_core::UnwrapErr, rngs::SysRng};

use super::Talk;
use crate::cli::shared::failure::Failure;
use crate::text::printable;
use crate::transport::{client::Command, control::Digest};

/// Envelopes that the relay has not accepted yet, at most: no more than it takes
/// from one client at a time.
const WINDOW: usize = 48;

/// One-time prekeys published when few are left, and when that is.
pub(super) const PREKEYS: (usize, u64) = (20, 5);

impl Talk {
    /// Seals what can be sealed, and saves.
    pub(super) fn seal_outbox(&mut self) -> Result<(), Failure> {
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
    pub(super) async fn send_all(&mut self) {
        for letter in &mut self.home.kept.outbox {
            letter.sent = None;
        }
        (self.fetching, self.holding) = (false, false);
        self.send_new().await;
    }

    /// Sends what has not been sent on this connection, as far as the window goes,
    /// and asks for the key bundle that something waits for, once.
    pub(super) async fn send_new(&mut self) {
        if self.connected != Some(true) || self.holding {
            return;
        }
        let kept = &mut self.home.kept;
        let mode = self.mode.id();
        let waits = kept
            .outbox
            .iter()
            .any(|it| it.sealed.is_none() && it.mode == mode && it.to == self.peer);
        if waits
            && self.doubted.is_none()
            && !kept.device.can_write_to(&self.peer)
            && !std::mem::replace(&mut self.fetching, true)
        {
            self.tell(Command::Fetch(self.peer.clone())).await;
        }
        for envelope in self.home.kept.next_to_send(WINDOW) {
            self.tell(Command::Send(Arc::new(envelope))).await;
        }
    }

    pub(super) async fn publish(&mut self) -> Result<(), Failure> {
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

    pub(super) async fn tell(&self, command: Command) {
        // A connection that is gone says so itself.
        let _ = self.relay.send(command).await;
    }
}
