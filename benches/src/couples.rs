//! Devices in couples, and envelopes sealed from one to the other.
//!
//! The envelopes are real: devices agree on sessions and seal every text, end to
//! end, before the clock runs. What is measured is the carrying.

use std::{collections::HashMap, sync::Arc};

use ::doormat::{
    crypto::SigningKey,
    mode::EndToEnd,
    protocol::{Device, Identity, ModeId, Name, ScheduleId},
};
use bytes::Bytes;
use doormat_app::transport::control::Digest;
use rand::{SeedableRng, rngs::ChaCha20Rng};

use crate::{Failure, load::TEXT_BYTES};

/// Two devices, and what one has sealed to the other.
#[derive(Debug, Clone)]
pub struct Couple {
    /// Writes.
    pub sender: Account,
    /// Reads.
    pub recipient: Account,
    /// What was sealed, by number.
    pub envelopes: Arc<Vec<Bytes>>,
    /// Each envelope's number.
    pub numbers: Arc<HashMap<Digest, usize>>,
}

/// Who a connection says it is.
#[derive(Debug, Clone)]
pub struct Account {
    /// The mailbox.
    pub name: Name,
    /// Whose it is.
    pub identity: Identity,
    /// Proves it.
    pub signing: SigningKey,
}

/// Makes couples, and seals `each` envelopes a couple.
///
/// # Errors
/// What a device says.
pub fn couples(count: usize, each: usize) -> Result<Vec<Couple>, Failure> {
    let rng = &mut ChaCha20Rng::seed_from_u64(1);
    let mut couple = |number| {
        let mut anna = Device::new(Name::new(&format!("anna-{number}"))?, rng);
        let mut boris = Device::new(Name::new(&format!("boris-{number}"))?, rng);
        let bundle = boris.publish(0, rng).pop().ok_or("no bundle")?;
        anna.begin(&bundle, ModeId::EndToEnd, ScheduleId::Static, rng)?;
        // One text each way, and no envelope carries the session's opening any more.
        let first = anna.seal(boris.name(), b"hello", &EndToEnd, rng)?;
        boris.open(&first, &EndToEnd)?;
        let answer = boris.seal(anna.name(), b"hello", &EndToEnd, rng)?;
        anna.open(&answer, &EndToEnd)?;
        let mut envelopes = Vec::with_capacity(each);
        for _ in 0..each {
            let sealed = anna.seal(boris.name(), &[b'x'; TEXT_BYTES], &EndToEnd, rng)?;
            envelopes.push(Bytes::from(sealed));
        }
        let numbered = envelopes.iter().enumerate();
        let numbers = numbered.map(|(number, envelope)| (Digest::of(envelope), number));
        Ok(Couple {
            sender: Account::of(&anna),
            recipient: Account::of(&boris),
            numbers: Arc::new(numbers.collect()),
            envelopes: Arc::new(envelopes),
        })
    };
    (0..count).map(&mut couple).collect()
}

impl Couple {
    /// An envelope's length, in bytes.
    pub fn envelope_bytes(&self) -> usize {
        self.envelopes.first().map_or(0, Bytes::len)
    }
}

impl Account {
    /// A device's.
    pub fn of(device: &Device) -> Self {
        Self {
            name: device.name().clone(),
            identity: *device.identity(),
            signing: device.signing_key().clone(),
        }
    }
}
