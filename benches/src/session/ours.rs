//! doormat's devices, as a program would use them: `Device::seal` and `Device::open`.
//!
//! Everything is in it: the device finds the session, encodes the header with names
//! and access fields, keeps skipped keys, erases used ones; the other side decodes,
//! checks, and changes its state only once the message has authenticated.

use ::doormat::{
    crypto::AgreementSecret,
    mode::{EndToEnd, Escrow},
    protocol::{AuthorityPublic, Device, Mode, Name, ScheduleId},
};
use rand::{SeedableRng, rngs::ChaCha20Rng};

use super::{Pair, Writer, compare};
use crate::Failure;

/// Two devices under the ratchet, and the mode that they keep.
pub struct Ours {
    anna: Device,
    boris: Device,
    mode: Box<dyn Mode>,
    rng: ChaCha20Rng,
}

impl Ours {
    /// End-to-end.
    ///
    /// # Errors
    /// What a device says.
    pub fn end_to_end() -> Result<Self, Failure> {
        Self::new(Box::new(EndToEnd), ChaCha20Rng::seed_from_u64(1))
    }

    /// Every session key goes to one authority as well.
    ///
    /// # Errors
    /// What a device says.
    pub fn escrow() -> Result<Self, Failure> {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        let authority = AgreementSecret::generate(&mut rng);
        let authority = AuthorityPublic::new(*authority.public());
        Self::new(Box::new(Escrow(vec![authority])), rng)
    }

    fn new(mode: Box<dyn Mode>, mut rng: ChaCha20Rng) -> Result<Self, Failure> {
        let mut anna = Device::new(Name::new("anna")?, &mut rng);
        let mut boris = Device::new(Name::new("boris")?, &mut rng);
        let bundle = boris.lasting_bundle();
        anna.begin(&bundle, mode.id(), ScheduleId::Ratchet, &mut rng)?;
        // One text each way, and no envelope carries the session's opening any more.
        let first = anna.seal(boris.name(), b"hello", &*mode, &mut rng)?;
        boris.open(&first, &*mode)?;
        let answer = boris.seal(anna.name(), b"hello", &*mode, &mut rng)?;
        anna.open(&answer, &*mode)?;
        Ok(Self {
            anna,
            boris,
            mode,
            rng,
        })
    }
}

impl Pair for Ours {
    fn carry(&mut self, writer: Writer, text: &[u8]) -> Result<(), Failure> {
        let (from, to) = match writer {
            Writer::Anna => (&mut self.anna, &mut self.boris),
            Writer::Boris => (&mut self.boris, &mut self.anna),
        };
        let envelope = from.seal(to.name(), text, &*self.mode, &mut self.rng)?;
        let message = to.open(&envelope, &*self.mode)?;
        compare(&message.text, text)
    }
}
