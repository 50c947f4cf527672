//! The two modes. Put [`e2e`] and [`escrow`] side by side on a projector: their
//! difference is the lesson.
//!
//! Both answer one question, [`Mode::disclose`]: *who else gets a copy of each
//! new session key?* What a receiver admits follows from it, in
//! [`crate::protocol::disclosure`]. Two more are there for the history: [`clipper`], the
//! escrow mode with the check that Clipper had in 1993, and [`two_products`], in which only one
//! side gives anything away.
//!
//! ```
//! use doormat::crypto::{AgreementPublic, SessionKey};
//! use doormat::escrow::EscrowPrivateKey;
//! use doormat::mode::{EndToEnd, Escrow, Mode};
//! use doormat::protocol::{AccessContext, Name, SessionId};
//!
//! let authority = EscrowPrivateKey::from_bytes([1; 32]);
//! let session_key = SessionKey::from_bytes([2; 32]);
//! let context = AccessContext {
//!     session: SessionId::from_bytes([3; 32]),
//!     sender: Name::new("alice")?,
//!     recipient: Name::new("bob")?,
//!     ratchet_public: AgreementPublic::from_bytes([4; 32]),
//! };
//!
//! assert!(EndToEnd.disclose(&session_key, &context)?.is_empty());
//!
//! let fields = Escrow(vec![*authority.public()]).disclose(&session_key, &context)?;
//! let opened = authority.open(&fields[0], &context)?;
//! assert_eq!(opened.as_bytes(), session_key.as_bytes());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod clipper;
pub mod e2e;
pub mod escrow;
pub mod two_products;

pub use crate::protocol::Mode;
pub use clipper::Clipper;
pub use e2e::EndToEnd;
pub use escrow::Escrow;
pub use two_products::TwoProducts;
