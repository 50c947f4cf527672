//! Which of a device's states was the last to seal. The relay keeps its number and a random
//! tag; so a device that was put back from a backup, or that is used as two copies,
//! finds that another copy has gone on, before it seals anything under keys that the other one
//! has used. It then begins new sessions (spec §9.2).

use rand::{rand_core::UnwrapErr, rngs::SysRng};

use super::conversation::Chat;
use crate::cli::shared::failure::Failure;
use crate::text::count;
use crate::transport::{
    client::ClientCommand,
    control::{Digest, FEW_PREKEYS, Generation},
};

/// One-time prekeys that are published when the relay has few left.
const PREKEYS: usize = 20;

impl Chat {
    /// What the relay has, at the beginning of a connection. Nothing is sealed and nothing
    /// that was sealed leaves before the two agree.
    pub(super) fn compare_generations(&mut self, relay: Option<Generation>) {
        self.relay_generation = relay;
        let ours = self.folder.state.generation;
        match relay {
            Some(relay) if ours.is_behind(&relay) => self.go_on_from(relay),
            // A relay that has nothing, or something older, has lost what it had.
            _ => {
                let agree = ours == relay.unwrap_or(Generation::NONE);
                self.advancing = !agree || self.folder.state.withdraw;
            }
        }
    }

    /// Tells the relay of this state's generation, if it does not have it.
    pub(super) async fn advance(&mut self) {
        if self.connected == Some(true) && self.advancing {
            let state = &self.folder.state;
            self.command(ClientCommand::Advance {
                from: self.relay_generation,
                to: state.generation,
                withdraw: state.withdraw,
            })
            .await;
        }
    }

    /// What the relay has now: ours, or that of another copy which was faster.
    pub(super) async fn advanced(&mut self, relay: Generation) -> Result<(), Failure> {
        self.relay_generation = Some(relay);
        let state = &mut self.folder.state;
        if relay == state.generation {
            state.confirmed = relay.number;
            (self.advancing, self.stale) = (false, true);
            if std::mem::take(&mut state.withdraw) {
                self.publish().await?;
            }
        } else if state.generation.is_behind(&relay) {
            // The relay is told with the next attempt to send everything.
            self.go_on_from(relay);
        }
        Ok(())
    }

    /// Publishes one-time prekeys if few are left at the relay, and none are on their way.
    /// Bundles that are to be withdrawn are replaced once they are.
    pub(super) async fn publish_if_few(&mut self, left: u64) -> Result<(), Failure> {
        if left >= FEW_PREKEYS || !self.publishing.is_empty() || self.folder.state.withdraw {
            return Ok(());
        }
        self.publish().await
    }

    /// Publishes new key bundles. It is a generation of its own: an older copy would not have
    /// their private halves.
    pub(super) async fn publish(&mut self) -> Result<(), Failure> {
        let state = &mut self.folder.state;
        let mut rng = UnwrapErr(SysRng);
        let bundles = state.device.publish(PREKEYS, &mut rng);
        if !self.advancing {
            state.begin_generation(state.generation, &mut rng);
            self.advancing = true;
        }
        self.changed = true;
        self.save_changes()?;
        self.advance().await;
        for bundle in bundles {
            let bundle = bundle.encode();
            self.publishing.insert(Digest::of(&bundle));
            self.command(ClientCommand::Send(bundle)).await;
        }
        Ok(())
    }

    fn go_on_from(&mut self, relay: Generation) {
        let state = &mut self.folder.state;
        state.go_on_from(relay, &mut UnwrapErr(SysRng));
        (self.changed, self.advancing) = (true, true);
        let waiting = state.outbox.unsealed(&self.peer, self.mode.id());
        let waiting = match waiting {
            0 => String::new(),
            some => format!(
                ". {} that waited here may have been sent before, and will be sent now",
                count(some, "line")
            ),
        };
        self.screen.notice(&format!(
            "this is an older copy of your device: put back from a backup, or used elsewhere since. \
             New sessions begin, and no key is used twice{waiting}"
        ));
    }
}
