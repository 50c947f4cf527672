//! The relay lies on first contact: asked for somebody's key bundle, it hands out
//! its own. From then on it opens every envelope, reads it, and seals it again for
//! whom it was meant. Both devices work as they should; both modes fall alike.
//!
//! Mallory has two devices of her own here, one in each victim's name, and none of
//! theirs. What she cannot do is to make both safety numbers the same.

use std::collections::BTreeMap;

use rand::CryptoRng;

use super::observation::Exposure;
use crate::protocol::{
    Device, Envelope, KeyBundle, Mode, Name, OpenError, ScheduleId, SealError, device::BeginError,
};

/// A relay that puts itself in the middle.
#[derive(Debug, Default)]
pub struct Impostor {
    /// Her devices, by the names that she gives them.
    devices: BTreeMap<Name, Device>,
}

impl Impostor {
    /// `asker` wants to write to the owner of `genuine`. Gives a bundle of her own in
    /// that name, and begins a session with the true owner in the asker's.
    ///
    /// # Errors
    /// [`BeginError`] if the genuine bundle is none.
    pub fn substitute(
        &mut self,
        asker: &Name,
        genuine: &KeyBundle,
        (mode, schedule): (&dyn Mode, ScheduleId),
        rng: &mut dyn CryptoRng,
    ) -> Result<KeyBundle, BeginError> {
        let victim = Device::new(genuine.owner.clone(), rng);
        let bundle = victim.lasting_bundle();
        let mut impersonated = Device::new(asker.clone(), rng);
        impersonated.begin(genuine, mode.id(), schedule, rng)?;
        self.devices.insert(genuine.owner.clone(), victim);
        self.devices.insert(asker.clone(), impersonated);
        Ok(bundle)
    }

    /// An envelope passes: what she reads of it, and what she sends on instead.
    ///
    /// # Errors
    /// [`MiddleError`] if it is not for one of her devices, or they refuse it.
    pub fn pass(
        &mut self,
        envelope: &[u8],
        mode: &dyn Mode,
        rng: &mut dyn CryptoRng,
    ) -> Result<(Exposure, Vec<u8>), MiddleError> {
        let header = Envelope::decode(envelope).map_err(OpenError::from)?.header;
        let towards_sender = self.devices.get_mut(&header.recipient);
        let message = towards_sender
            .ok_or(MiddleError::NobodyHere)?
            .open(envelope, mode)?;
        let towards_recipient = self.devices.get_mut(&header.sender);
        let again = towards_recipient.ok_or(MiddleError::NobodyHere)?.seal(
            &header.recipient,
            &message.text,
            mode,
            rng,
        )?;
        Ok((Exposure::Read(message.text.to_vec()), again))
    }
}

/// Why the relay could not stand in the middle.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum MiddleError {
    #[error("an envelope between people whom the relay does not pretend to be")]
    NobodyHere,
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Seal(#[from] SealError),
}
