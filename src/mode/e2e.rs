//! End-to-end: nobody else gets a copy of a session key.

use crate::crypto::{SessionKey, hpke::HpkeRefused};
use crate::protocol::{AccessContext, AccessField, Mode, ModeId};

/// The end-to-end mode.
#[derive(Debug, Clone)]
pub struct EndToEnd;

impl Mode for EndToEnd {
    fn id(&self) -> ModeId {
        ModeId::EndToEnd
    }

    fn disclose(
        &self,
        _session_key: &SessionKey,
        _context: &AccessContext,
    ) -> Result<Vec<AccessField>, HpkeRefused> {
        Ok(Vec::new())
    }
}
