//! An insider at the intercept desk runs its engine without a warrant. The desk keeps
//! a log of what it does; the engine does not know of the desk.
//!
//! In Athens, in 2004 and 2005, more than a hundred phones, the prime minister's among
//! them, were tapped through the lawful-intercept part of a carrier's exchanges, and
//! not through the management system that would have written it down.

use super::{
    chains::Chains,
    observation::{Attacker, Exposure},
};
use crate::escrow::desk::Engine;
use crate::protocol::{Envelope, Name};

/// An attacker with the engine of a desk, and a list of targets.
#[derive(Debug)]
pub struct DeskInsider<'a> {
    engine: &'a mut Engine,
    targets: Vec<Name>,
    chains: Chains,
}

impl<'a> DeskInsider<'a> {
    /// Somebody who may touch the engine.
    pub fn new(engine: &'a mut Engine, targets: Vec<Name>) -> Self {
        Self {
            engine,
            targets,
            chains: Chains::default(),
        }
    }
}

impl Attacker for DeskInsider<'_> {
    fn examine(&mut self, envelope: &Envelope<'_>) -> Exposure {
        let header = &envelope.header;
        if ![&header.sender, &header.recipient]
            .iter()
            .any(|name| self.targets.contains(name))
        {
            return Exposure::MetadataOnly;
        }
        let context = header.access_context();
        for field in header.access.iter() {
            let unwrap = || self.engine.open(field, &context).ok();
            let exposure = self.chains.read(envelope, field, unwrap);
            if exposure != Exposure::MetadataOnly {
                return exposure;
            }
        }
        Exposure::MetadataOnly
    }
}
