//! Which of a device's states was the last to seal. The relay keeps its number and a random
//! tag; so a device that was put back from a backup, or that is used as two copies,
//! finds that another copy has gone on, before it seals anything under keys that the other one
//! has used. It then begins new sessions (spec §9.2).

use rand::{rand_core::UnwrapErr, rngs::SysRng};

use super::conversation::Chat;
use crate::cli::shared::failure::Failure;
use crate::text::count;
use crate::transport::{client::ClientCommand, control::Generation};

/// How far ahead of a device another copy of it may be: further than any can have gone. Taken
/// as it comes, a number near the largest one would leave the device none to count on with.
const MAX_AHEAD: u64 = 1 << 32;

/// Refuses a number that no copy of this device can have reached.
fn check_number(relay: Option<&Generation>, ours: &Generation) -> Result<(), Failure> {
    match relay {
        Some(relay) if relay.number > ours.number.saturating_add(MAX_AHEAD) => Err(Failure::new(
            format!(
                "the relay says that your device's state is number {}; here it is number {}, and \
                 no copy can be so far ahead",
                relay.number, ours.number
            ),
            "Nothing was sent. Use another relay: this one has lied, or its data is damaged.",
        )),
        _ => Ok(()),
    }
}

impl Chat {
    /// What the relay has, at the beginning of a connection. Nothing is sealed and nothing
    /// that was sealed leaves before the two agree.
    pub(super) fn compare_generations(&mut self, relay: Option<Generation>) -> Result<(), Failure> {
        let ours = self.folder.state.generation;
        check_number(relay.as_ref(), &ours)?;
        self.relay_generation = relay;
        match relay {
            Some(relay) if ours.is_behind(&relay) => self.go_on_from(relay),
            // A relay that has nothing, or something older, has lost what it had.
            _ => {
                let agree = ours == relay.unwrap_or(Generation::NONE);
                self.advancing = !agree || self.folder.state.withdraw;
                if agree && self.folder.state.confirmed != ours.number {
                    self.folder.state.confirmed = ours.number;
                    self.stale = true;
                }
            }
        }
        Ok(())
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
        check_number(Some(&relay), &self.folder.state.generation)?;
        let is_news = self.relay_generation.replace(relay) != Some(relay);
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
        } else if is_news {
            // It has the one before: this state has gone on while that was being told.
            self.advance().await;
        }
        Ok(())
    }

    fn go_on_from(&mut self, relay: Generation) {
        self.forget_bundles();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_cannot_use_up_a_devices_numbers() {
        let number = |number| Generation {
            number,
            tag: [1; 16],
        };
        let check = |relay, ours| check_number(Some(&number(relay)), &number(ours)).is_ok();
        assert!(check_number(None, &number(7)).is_ok());
        for (relay, ours) in [(3, 7), (8, 7), (MAX_AHEAD, 0), (MAX_AHEAD + 7, 7)] {
            assert!(check(relay, ours), "{relay} {ours}");
        }
        for (relay, ours) in [(MAX_AHEAD + 1, 0), (u64::MAX, 0), (u64::MAX, 1 << 62)] {
            assert!(!check(relay, ours), "{relay} {ours}");
        }
    }
}
