//! Two products of one maker that can write to each other: one gives nothing away, the
//! other, a special version for some country, gives away what its owner sends, and perhaps
//! what its owner receives.
//!
//! A session has one mode, and end-to-end there is no place for an access field. So both
//! products speak the escrow mode with each other, and each discloses what its own law asks
//! for. The owner of the first sees that the conversation is in that mode, whose access
//! fields come, and for how many session keys; not what is done with them.

use std::sync::{Mutex, PoisonError};

use crate::crypto::{SessionKey, hpke::HpkeRefused};
use crate::protocol::{
    AccessContext, AccessField, AuthorityPublic, Mode, ModeId, Name, NotAdmitted,
};

use super::escrow::Escrow;

/// The mode that both products are in with each other.
#[derive(Debug)]
pub struct TwoProducts {
    special: Name,
    authorities: Vec<AuthorityPublic>,
    /// Access fields of what the special version received and has not given away yet,
    /// where it does.
    received: Option<Mutex<Vec<AccessField>>>,
}

/// Access fields of received session keys that are kept for the next message.
const KEPT: usize = 8;

impl TwoProducts {
    /// With the special version in the hands of somebody of this name.
    pub const fn new(special: Name, authorities: Vec<AuthorityPublic>) -> Self {
        Self {
            special,
            authorities,
            received: None,
        }
    }

    /// The special version gives away what it receives too.
    #[must_use]
    pub fn disclosing_both(self) -> Self {
        let received = Some(Mutex::default());
        Self { received, ..self }
    }

    fn fields(
        &self,
        session_key: &SessionKey,
        context: &AccessContext,
    ) -> Result<Vec<AccessField>, HpkeRefused> {
        Escrow(self.authorities.clone()).disclose(session_key, context)
    }
}

impl Mode for TwoProducts {
    fn id(&self) -> ModeId {
        ModeId::Escrow
    }

    fn disclose(
        &self,
        session_key: &SessionKey,
        context: &AccessContext,
    ) -> Result<Vec<AccessField>, HpkeRefused> {
        if context.sender != self.special {
            return Ok(Vec::new());
        }
        let mut fields = self.fields(session_key, context)?;
        if let Some(received) = &self.received {
            fields.append(&mut received.lock().unwrap_or_else(PoisonError::into_inner));
        }
        Ok(fields)
    }

    fn admit(
        &self,
        session_key: &SessionKey,
        context: &AccessContext,
        fields: &[AccessField],
    ) -> Result<(), NotAdmitted> {
        let expected = self.fields(session_key, context)?;
        if context.sender == self.special {
            // What is behind these is sealed from keys that its receiver has as well, but
            // her product does not ask for what.
            let own = fields.get(..expected.len()).unwrap_or(fields);
            return self.check(&expected, own);
        }
        if let Some(received) = &self.received {
            let mut received = received.lock().unwrap_or_else(PoisonError::into_inner);
            received.extend(expected);
            let excess = received.len().saturating_sub(KEPT);
            received.drain(..excess);
        }
        self.check(&[], fields)
    }
}
