//! A warrant: whom, when, and the signature of whoever may allow it. The desk enforces
//! it, not the cryptography: the escrow key opens the same fields without it.

use std::time::Duration;

use crate::crypto::{Label, Signature, SigningKey, VerifyingKey, bytes::bytes, kdf};
use crate::protocol::{AuthorityId, Name, wire};

/// Terms, and an approver's signature under them (spec §8.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warrant {
    /// What is allowed.
    pub terms: Terms,
    /// The approver's Ed25519 signature.
    pub signature: Signature,
}

/// What a warrant allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The approver's number for it.
    pub number: u64,
    /// Whose desk may serve it.
    pub authority: AuthorityId,
    /// Whose messages: those that they send and those that they get.
    pub target: Name,
    /// Messages of which time.
    pub period: Period,
}

impl Warrant {
    /// ```text
    /// signature = Sign(approver, "doormat v1 warrant" || Terms)
    /// ```
    /// (spec §8.6)
    pub fn sign(terms: Terms, approver: &SigningKey) -> Self {
        let signature = approver.sign(&terms.signed());
        Self { terms, signature }
    }

    /// Whether this desk, with this approver, serves it.
    ///
    /// # Errors
    /// [`Refusal`] says why not.
    pub fn check(&self, approver: &VerifyingKey, ours: AuthorityId) -> Result<(), Refusal> {
        let Terms {
            authority, period, ..
        } = self.terms;
        if approver
            .verify(&self.terms.signed(), &self.signature)
            .is_err()
        {
            Err(Refusal::NotApproved {
                approver: *approver,
            })
        } else if authority != ours {
            Err(Refusal::OtherAuthority {
                ours,
                found: authority,
            })
        } else if period.from >= period.until {
            Err(Refusal::EmptyPeriod {
                from: period.from,
                until: period.until,
            })
        } else {
            Ok(())
        }
    }

    /// `SHA-256("doormat v1 warrant" || Terms || signature)` (spec §8.6).
    pub fn digest(&self) -> WarrantDigest {
        WarrantDigest(kdf::hash(
            Label::Warrant,
            &[&self.terms.encode(), self.signature.as_bytes()],
        ))
    }
}

impl Terms {
    fn encode(&self) -> Vec<u8> {
        [
            self.number.to_be_bytes().as_slice(),
            self.authority.as_bytes(),
            &wire::encode(&self.target),
            &self.period.encode(),
        ]
        .concat()
    }

    fn signed(&self) -> Vec<u8> {
        [Label::Warrant.as_bytes(), &self.encode()].concat()
    }
}

/// From a moment on, until before another; both since 1970-01-01 00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first moment in it.
    pub from: Duration,
    /// The first moment after it.
    pub until: Duration,
}

impl Period {
    /// Whether a moment is in it.
    pub fn contains(&self, time: Duration) -> bool {
        (self.from..self.until).contains(&time)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        [encode_time(self.from), encode_time(self.until)].concat()
    }
}

/// `uint64 seconds; uint32 nanoseconds` (spec §8.6): 12 bytes.
pub(super) fn encode_time(time: Duration) -> Vec<u8> {
    let (seconds, nanoseconds) = (time.as_secs(), time.subsec_nanos());
    [seconds.to_be_bytes().as_slice(), &nanoseconds.to_be_bytes()].concat()
}

bytes! {
    /// What a log names a warrant by, 32 bytes.
    WarrantDigest[32]: Debug
}

/// Why a desk does not serve a warrant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Signed by somebody else, or altered since.
    #[error("the warrant's terms do not have the signature of the approver, {approver:?}")]
    NotApproved {
        /// Whose signature was due.
        approver: VerifyingKey,
    },
    /// For another desk.
    #[error("the warrant is for authority {found}, this is {ours}")]
    OtherAuthority {
        /// This desk's authority.
        ours: AuthorityId,
        /// The warrant's.
        found: AuthorityId,
    },
    /// Nothing is in its period.
    #[error("the warrant's period ends at {until:?}, before it has begun at {from:?}")]
    EmptyPeriod {
        /// Its first moment.
        from: Duration,
        /// The first moment after it.
        until: Duration,
    },
}

impl Refusal {
    /// The same without its details, as a log has it.
    pub const fn reason(&self) -> Reason {
        match self {
            Self::NotApproved { .. } => Reason::NotApproved,
            Self::OtherAuthority { .. } => Reason::OtherAuthority,
            Self::EmptyPeriod { .. } => Reason::EmptyPeriod,
        }
    }
}

/// A refusal as a log has it: only what the log's chain of hashes covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// [`Refusal::NotApproved`]
    NotApproved,
    /// [`Refusal::OtherAuthority`]
    OtherAuthority,
    /// [`Refusal::EmptyPeriod`]
    EmptyPeriod,
}

impl Reason {
    /// The byte that stands for it (spec §8.7).
    pub(super) const fn byte(self) -> u8 {
        match self {
            Self::NotApproved => 1,
            Self::OtherAuthority => 2,
            Self::EmptyPeriod => 3,
        }
    }
}
