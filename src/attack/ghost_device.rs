//! A ghost: the provider adds a device of its own to somebody's list of devices.
//! Whoever writes to them seals each message to every device on the list, the ghost
//! among them (proposed by Levy and Robinson of GCHQ, 2018). Nothing is broken: each
//! copy is sealed end-to-end, one of them to the wrong end. It begins when the ghost
//! is added; what was said before stays shut.
//!
//! The device is the attacker's own. It shows in the list of devices, and as a safety
//! number that no device of the true owner has.

use rand::CryptoRng;

use super::observation::Exposure;
use crate::protocol::{Device, KeyBundle, Mode, Name, name::NotAName};

/// A device that its supposed owner has never seen.
#[derive(Debug)]
pub struct Ghost(Device);

impl Ghost {
    /// A device that pretends to be the second of `owner`'s.
    ///
    /// # Errors
    /// [`NotAName`] if the owner's name leaves no room for a second.
    pub fn new(owner: &Name, rng: &mut dyn CryptoRng) -> Result<Self, NotAName> {
        let device = Device::new(Name::new(&format!("{owner}-2"))?, rng);
        Ok(Self(device))
    }

    /// The key bundle that the relay lists for it.
    pub fn bundle(&self) -> KeyBundle {
        self.0.lasting_bundle()
    }

    /// What it is called on the list.
    pub const fn name(&self) -> &Name {
        self.0.name()
    }

    /// Opens its copy of a message.
    pub fn examine(&mut self, envelope: &[u8], mode: &dyn Mode) -> Exposure {
        self.0
            .open(envelope, mode)
            .map_or(Exposure::MetadataOnly, |message| {
                Exposure::Read(message.text.to_vec())
            })
    }
}
