//! Disclosure: the one place where the two modes differ.
//!
//! A session calls [`Mode::disclose`] once for each session key it begins to
//! send under, and [`Mode::admit`] once for each session key that a peer begins.
//! Everything else in this program is the same in both modes. The implementations
//! are in [`crate::mode`]; the trait is here because the session calls it and
//! knows nothing of who answers.

use serde::{Deserialize, Serialize};
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

use super::{
    access::{AccessContext, AccessField},
    wire::leaf,
};
use crate::crypto::{SessionKey, hpke::HpkeRefused};

/// Who else gets a copy of each new session key.
pub trait Mode {
    /// The byte that says so on the wire.
    fn id(&self) -> ModeId;

    /// What to give away of a new session key, in the order it will ride on the wire.
    ///
    /// # Errors
    /// [`HpkeRefused`] if it cannot be sealed to somebody who must get it.
    fn disclose(
        &self,
        session_key: &SessionKey,
        context: &AccessContext,
    ) -> Result<Vec<AccessField>, HpkeRefused>;

    /// Whether to accept what a peer gave away of a session key, judged by what one
    /// would have given away oneself, since disclosure is deterministic.
    ///
    /// # Errors
    /// [`NotAdmitted`] says in what it differs.
    fn admit(
        &self,
        session_key: &SessionKey,
        context: &AccessContext,
        fields: &[AccessField],
    ) -> Result<(), NotAdmitted> {
        self.check(&self.disclose(session_key, context)?, fields)
    }

    /// Whether what was found passes for what was expected: only if it is the same, in
    /// whatever order.
    ///
    /// # Errors
    /// [`NotAdmitted`] says in what it differs.
    fn check(&self, expected: &[AccessField], found: &[AccessField]) -> Result<(), NotAdmitted> {
        if same_set(found, expected) {
            Ok(())
        } else if found
            .iter()
            .any(|it| expected.iter().all(|ours| ours.authority != it.authority))
        {
            Err(NotAdmitted::OtherAuthority)
        } else if found.len() == expected.len() {
            Err(NotAdmitted::Forged)
        } else {
            Err(NotAdmitted::Count {
                expected: expected.len(),
                found: found.len(),
            })
        }
    }
}

/// Authorities are a set: two people may have named them in different orders.
fn same_set(one: &[AccessField], other: &[AccessField]) -> bool {
    let ordered = |fields: &[AccessField]| {
        let mut fields = fields.to_vec();
        fields.sort_by(|a, b| a.parts().cmp(&b.parts()));
        fields
    };
    one == other || ordered(one) == ordered(other)
}

/// A mode's byte on the wire (spec §7.1).
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    TlsSerialize,
    TlsDeserializeBytes,
    TlsSize,
)]
#[repr(u8)]
pub enum ModeId {
    /// Nobody else has a key.
    EndToEnd = 1,
    /// An authority gets every session key.
    Escrow = 2,
}

impl ModeId {
    /// The mode's name on the command line and in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EndToEnd => "e2e",
            Self::Escrow => "escrow",
        }
    }
}

impl std::fmt::Display for ModeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

leaf!(|it| Some(it.to_string()) => ModeId);

/// The peer's message is authentic, but what it gives away is not what this mode asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAdmitted {
    /// Too few or too many access fields.
    #[error("{found} access fields where the mode asks for {expected}")]
    Count {
        /// How many the mode asks for.
        expected: usize,
        /// How many came.
        found: usize,
    },
    /// Sealed to an authority that this side does not serve.
    #[error("its session key is sealed to another authority than ours")]
    OtherAuthority,
    /// A field that does not seal this session key to this authority.
    #[error("an access field does not hold this session key: forged, or taken from elsewhere")]
    Forged,
    /// Other access fields than the chain's first message had.
    #[error("other access fields than came with the first message of the run")]
    Changed,
    /// The right field could not be computed.
    #[error(transparent)]
    Unsealable(#[from] HpkeRefused),
}
