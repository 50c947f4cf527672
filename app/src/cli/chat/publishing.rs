//! Key bundles: when they are published, and when they leave.

use rand::{rand_core::UnwrapErr, rngs::SysRng};

use super::conversation::Chat;
use crate::cli::shared::failure::Failure;
use crate::transport::{
    client::ClientCommand,
    control::{Digest, FEW_PREKEYS},
};

/// One-time prekeys that are published when the relay has few left.
const PREKEYS: usize = 20;

impl Chat {
    /// Publishes one-time prekeys if few are left at the relay, and none are on their way.
    /// Bundles that are to be withdrawn are replaced once they are.
    pub(super) async fn publish_if_few(&mut self, left: u64) -> Result<(), Failure> {
        if left >= FEW_PREKEYS || !self.publishing.is_empty() || self.folder.state.withdraw {
            return Ok(());
        }
        self.publish().await
    }

    /// Publishes new key bundles. It is a generation of its own, also where the one before is
    /// still being told: an older copy would not have their private halves. They leave once the
    /// relay has that generation.
    pub(super) async fn publish(&mut self) -> Result<(), Failure> {
        let state = &mut self.folder.state;
        let mut rng = UnwrapErr(SysRng);
        let bundles = state.device.publish(PREKEYS, &mut rng);
        state.begin_generation(state.generation, &mut rng);
        (self.advancing, self.changed) = (true, true);
        for bundle in bundles {
            let bundle = bundle.encode();
            self.publishing.insert(Digest::of(&bundle));
            self.bundles.push(bundle);
        }
        self.save_changes()?;
        self.advance().await;
        Ok(())
    }

    /// Sends the bundles that waited for their generation.
    pub(super) async fn send_bundles(&mut self) {
        for bundle in std::mem::take(&mut self.bundles) {
            self.command(ClientCommand::Send(bundle)).await;
        }
    }

    /// Forgets the bundles that are on their way: others are published when few are left.
    pub(super) fn forget_bundles(&mut self) {
        self.publishing.clear();
        self.bundles.clear();
    }
}
