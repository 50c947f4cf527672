//! Clipper, as in 1993: escrow whose receivers check a copy by 16 bits only.
//!
//! The mode discloses what [`Escrow`] does, byte for byte. What differs is the check
//! alone: a receiver compares a checksum of two bytes. One field in 65,536 passes,
//! whatever is in it, and a sender who tries that many has found one that the
//! authority cannot open (Blaze 1994).
//!
//! In 1993 the checksum lay inside the field, under a family key that only the chips
//! held, and a rogue sender asked her own chip. Here anybody can compute it; since it is
//! cut from a hash, a match takes as many tries.

use crate::crypto::{Label, SessionKey, hpke::HpkeRefused, kdf};
use crate::protocol::{AccessContext, AccessField, Mode, ModeId, NotAdmitted};

use super::escrow::Escrow;

/// The escrow mode with the check of 1993.
#[derive(Debug, Clone)]
pub struct Clipper(pub Escrow);

impl Mode for Clipper {
    fn id(&self) -> ModeId {
        ModeId::Escrow
    }

    fn disclose(
        &self,
        session_key: &SessionKey,
        context: &AccessContext,
    ) -> Result<Vec<AccessField>, HpkeRefused> {
        self.0.disclose(session_key, context)
    }

    fn check(&self, expected: &[AccessField], found: &[AccessField]) -> Result<(), NotAdmitted> {
        if checksum(found) == checksum(expected) {
            Ok(())
        } else {
            Err(NotAdmitted::Forged)
        }
    }
}

/// The first 2 bytes of `SHA-256("doormat v1 checksum" || fields)` (spec §8.9).
fn checksum(fields: &[AccessField]) -> [u8; 2] {
    let parts: Vec<&[u8]> = fields.iter().flat_map(AccessField::parts).collect();
    kdf::first(&kdf::hash(Label::Checksum, &parts))
}
