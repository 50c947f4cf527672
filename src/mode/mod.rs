//! The two modes. Put [`e2e`] and [`escrow`] side by side on a projector: their
//! difference is the lesson.
//!
//! Both answer one question, [`Mode::disclose`]: *who else gets a copy of each
//! new session key?* What a receiver admits follows from it, in
//! [`crate::protocol::joint`]. A third, [`clipper`], is there for the history: the
//! escrow mode with the check that Clipper had in 1993.

pub mod clipper;
pub mod e2e;
pub mod escrow;

pub use crate::protocol::Mode;
pub use clipper::Clipper;
pub use e2e::EndToEnd;
pub use escrow::Escrow;
