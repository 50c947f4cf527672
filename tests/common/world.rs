//! Alice and Bob with a session begun, in any mode and schedule, from a seed.

use std::convert::Infallible;

use doormat::{
    escrow::EscrowPrivateKey,
    experiment::seed,
    mode::{EndToEnd, Escrow},
    protocol::{
        AccessContext, AccessField, Device, Envelope, KeyBundle, Mode, Name, OpenError, ScheduleId,
        SessionId, device::BeginError,
    },
};
use rand::{TryCryptoRng, TryRng, rngs::ChaCha20Rng};

pub struct World {
    pub alice: Device,
    pub bob: Device,
    pub mode: Box<dyn Mode>,
    pub escrow: EscrowPrivateKey,
    pub rng: ChaCha20Rng,
}

/// Every combination that the generic tests run over.
pub const CELLS: [(&str, ScheduleId); 4] = [
    ("e2e", ScheduleId::Ratchet),
    ("e2e", ScheduleId::Static),
    ("escrow", ScheduleId::Ratchet),
    ("escrow", ScheduleId::Static),
];

pub fn name(name: &str) -> Name {
    Name::new(name).unwrap()
}

/// An envelope's first access field, and what it is bound to.
pub fn access(envelope: &[u8]) -> (AccessField, AccessContext) {
    let header = Envelope::decode(envelope).unwrap().header;
    (header.access.as_slice()[0], header.access_context())
}

impl World {
    pub fn new(mode: &str, schedule: ScheduleId, seed: u64) -> Self {
        let mut rng = seed::generator(seed, "test");
        let escrow = EscrowPrivateKey::generate(&mut rng);
        let mode: Box<dyn Mode> = match mode {
            "e2e" => Box::new(EndToEnd),
            _ => Box::new(Escrow(vec![*escrow.public()])),
        };
        let mut alice = Device::new(name("alice"), &mut rng);
        let mut bob = Device::new(name("bob"), &mut rng);
        let bundles = bob.publish(2, &mut rng);
        alice
            .begin(&bundles[0], mode.id(), schedule, &mut rng)
            .unwrap();
        Self {
            alice,
            bob,
            mode,
            escrow,
            rng,
        }
    }

    /// A session of Alice's under the ratchet.
    pub fn alice_begins(&mut self, bundle: &KeyBundle) -> Result<SessionId, BeginError> {
        let (mode, schedule) = (self.mode.id(), ScheduleId::Ratchet);
        self.alice.begin(bundle, mode, schedule, &mut self.rng)
    }

    /// An envelope of Alice's to Bob.
    pub fn alice_writes(&mut self, text: &str) -> Vec<u8> {
        let (mode, to) = (self.mode.as_ref(), self.bob.name().clone());
        self.alice
            .seal(&to, text.as_bytes(), mode, &mut self.rng)
            .unwrap()
    }

    /// An envelope of Bob's to Alice.
    pub fn bob_writes(&mut self, text: &str) -> Vec<u8> {
        let (mode, to) = (self.mode.as_ref(), self.alice.name().clone());
        self.bob
            .seal(&to, text.as_bytes(), mode, &mut self.rng)
            .unwrap()
    }

    pub fn bob_reads(&mut self, envelope: &[u8]) -> Result<String, OpenError> {
        open(&mut self.bob, envelope, self.mode.as_ref())
    }

    pub fn alice_reads(&mut self, envelope: &[u8]) -> Result<String, OpenError> {
        open(&mut self.alice, envelope, self.mode.as_ref())
    }

    /// A message each way, so that both sides have a chain.
    pub fn greet(&mut self) {
        let envelope = self.alice_writes("hello");
        assert_eq!(self.bob_reads(&envelope).unwrap(), "hello");
        let envelope = self.bob_writes("hello yourself");
        assert_eq!(self.alice_reads(&envelope).unwrap(), "hello yourself");
    }
}

fn open(device: &mut Device, envelope: &[u8], mode: &dyn Mode) -> Result<String, OpenError> {
    let message = device.open(envelope, mode)?;
    Ok(String::from_utf8(message.text.to_vec()).unwrap())
}

/// A generator that begins with bytes of somebody's choice.
pub struct Scripted(Vec<u8>, ChaCha20Rng);

impl Scripted {
    pub fn new(first: &[u8]) -> Self {
        Self(first.to_vec(), seed::generator(1, "after the script"))
    }
}

impl TryRng for Scripted {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.1.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.1.try_next_u64()
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.1.try_fill_bytes(out)?;
        let scripted = self.0.len().min(out.len());
        for (to, from) in out.iter_mut().zip(self.0.drain(..scripted)) {
            *to = from;
        }
        Ok(())
    }
}

impl TryCryptoRng for Scripted {}
