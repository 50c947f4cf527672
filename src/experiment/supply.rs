//! What the devices of a design run and draw from, where that is not as published.
//!
//! [`Network::supplied_by`](super::Network::supplied_by) has people come with such devices;
//! what is public here are the secrets of whoever is behind them.

use rand::CryptoRng;

use super::{
    ExperimentError,
    design::{Client, Design, Generator, Registration, SessionIds, Since},
    seed,
};
use crate::attack::implant::Implant;
use crate::crypto::{
    AgreementSecret,
    generator::{DualEc, LowEntropy, Points, Trapdoor},
    random_bytes,
};
use crate::protocol::{Device, Name, Registration as FirstWords};

/// Who ships the devices of a design.
#[derive(Debug, Clone, Copy)]
pub(super) struct Supply {
    design: Design,
    seed: u64,
}

/// What a device draws from, if not from what the others draw from.
pub(super) enum Source {
    Generator(Box<dyn CryptoRng + Send>),
    Implant(Box<Implant>),
}

impl Source {
    pub(super) fn rng(&mut self) -> &mut dyn CryptoRng {
        match self {
            Self::Generator(generator) => generator.as_mut(),
            Self::Implant(implant) => implant.as_mut(),
        }
    }

    /// Whether the client is another than the published one.
    pub(super) const fn is_implant(&self) -> bool {
        match self {
            Self::Generator(_) => false,
            Self::Implant(_) => true,
        }
    }

    /// A session id is drawn next.
    pub(super) fn begins_session(&mut self) {
        match self {
            Self::Generator(_) => {}
            Self::Implant(implant) => implant.hide_in_next_draw(),
        }
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Generator(_) => "Generator",
            Self::Implant(_) => "Implant",
        })
    }
}

impl Supply {
    pub(super) const fn of(design: Design, seed: u64) -> Self {
        Self { design, seed }
    }

    /// What a new device draws from, from its set-up on.
    pub(super) fn at_set_up(&self, name: &str) -> Option<Source> {
        match self.design.since {
            Since::SetUp => self.generator(name).map(Source::Generator),
            Since::Update => None,
        }
    }

    /// What comes to a device by an update, before its first message.
    pub(super) fn by_update(
        &self,
        name: &str,
        device: &Device,
    ) -> Result<Option<Source>, ExperimentError> {
        // An implant draws for itself, whatever generator there is.
        if let Some(implant) = self.implant(device)? {
            return Ok(Some(Source::Implant(Box::new(implant))));
        }
        Ok(match self.design.since {
            Since::SetUp => None,
            Since::Update => self.generator(name).map(Source::Generator),
        })
    }

    /// Whether session ids follow from public keys.
    pub(super) const fn derives_ids(&self) -> bool {
        match self.design.session_ids {
            SessionIds::Random => false,
            SessionIds::Derived => true,
        }
    }

    /// What a new device says before it has keys.
    pub(super) fn first_words(&self, owner: &Name, rng: &mut dyn CryptoRng) -> Option<FirstWords> {
        match self.design.registration {
            Registration::Silent => None,
            Registration::Nonce => Some(FirstWords::draw(owner.clone(), rng)),
        }
    }

    /// 32 public bytes of a fresh device's, for a laboratory: its first draw, or a session
    /// id where the client is another.
    pub(super) fn sample(&self, number: usize, rng: &mut dyn CryptoRng) -> [u8; 32] {
        if self.design.client.is_implanted() {
            let implanter = implanter(self.seed);
            let identity = AgreementSecret::generate(rng);
            let mut implant = Implant::in_device(identity, implanter.public());
            implant.hide_in_next_draw();
            return random_bytes(&mut implant);
        }
        // Fresh devices are the same in every design that has this generator.
        let fresh = Self::of(
            Design {
                name: "fresh",
                ..self.design
            },
            self.seed,
        );
        match fresh.generator(&format!("device {number}")) {
            Some(mut generator) => random_bytes(generator.as_mut()),
            None => random_bytes(rng),
        }
    }

    fn generator(&self, name: &str) -> Option<Box<dyn CryptoRng + Send>> {
        let mut rng = seed::generator(self.seed, &format!("{} {name}", self.design.name));
        match self.design.generator {
            Generator::System => None,
            Generator::DualEc | Generator::DualEcTrapdoor => {
                let points = points(self.design.generator, self.seed);
                Some(Box::new(DualEc::seeded(points, &mut rng)))
            }
            Generator::LowEntropy => Some(Box::new(LowEntropy::seeded(&mut rng))),
        }
    }

    fn implant(&self, device: &Device) -> Result<Option<Implant>, ExperimentError> {
        match self.design.client {
            Client::Honest => Ok(None),
            Client::Implanted | Client::ImplantedUnpublished => {
                let implanter = implanter(self.seed);
                let implant = Implant::install(&device.export()?, implanter.public())?;
                Ok(Some(implant))
            }
        }
    }
}

/// The points that a generator has; where it has none, those whose relation is known.
pub(super) fn points(generator: Generator, seed: u64) -> Points {
    match generator {
        Generator::DualEc => Points::verifiable(),
        Generator::DualEcTrapdoor | Generator::System | Generator::LowEntropy => author(seed).0,
    }
}

/// The points that the devices of a design with a trapdoor have, and their relation, which
/// the author of the points kept.
pub fn author(seed: u64) -> (Points, Trapdoor) {
    Points::with_trapdoor(&mut seed::generator(seed, "points"))
}

/// The private key of whoever put the implant into the builds.
pub fn implanter(seed: u64) -> AgreementSecret {
    AgreementSecret::generate(&mut seed::generator(seed, "implanter"))
}
