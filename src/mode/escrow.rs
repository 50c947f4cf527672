//! Escrow: each authority gets a copy of every session key.

use crate::crypto::{SessionKey, hpke::HpkeRefused};
use crate::protocol::{AccessContext, AccessField, AuthorityPublic, Mode, ModeId};

/// The escrow mode, and the authorities that it serves.
#[derive(Debug, Clone)]
pub struct Escrow(pub Vec<AuthorityPublic>);

impl Mode for Escrow {
    fn id(&self) -> ModeId {
        ModeId::Escrow
    }

    fn disclose(
        &self,
        session_key: &SessionKey,
        context: &AccessContext,
    ) -> Result<Vec<AccessField>, HpkeRefused> {
        let Self(authorities) = self;
        authorities
            .iter()
            .map(|authority| AccessField::seal(session_key, context, authority))
            .collect()
    }
}
