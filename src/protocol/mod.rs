//! Two people, one conversation: what is the same in both modes.
//!
//! Read in this order; each file is one idea of the specification.
//!
//! | file | idea | spec |
//! |---|---|---|
//! | [`wire`] | one declaration is the code, the encoding and the annotated view | §2 |
//! | [`name`] | what participants and sessions are called | §2.2 |
//! | [`identity`] | who a device is; the safety number | §3 |
//! | [`bundle`] | keys published for those who write while their owner is offline | §5.1 |
//! | [`registration`] | what some products say before they have keys | §5.4 |
//! | [`handshake`] | X3DH: the first secret | §5.2 |
//! | [`schedule`] | how session keys come and go: `Ratchet`, `Static` | §6 |
//! | [`chain`] | one session key, many message keys, out of order too | §6.4 |
//! | [`access`] | a session key sealed to somebody else | §8 |
//! | [`envelope`] | what crosses the wire | §7 |
//! | [`header_template`] | envelopes of one chain, recognised by their header alone | §7 |
//! | [`disclosure`] | the one place where the two modes differ | §8 |
//! | [`session`] | seals and opens one conversation | §7 |
//! | [`device`] | identity, prekeys and sessions; what a seizure takes | §9 |
//!
//! Nothing here reads a clock, a file or the system's randomness.

pub mod access;
pub mod bundle;
pub mod chain;
pub mod device;
pub mod disclosure;
pub mod envelope;
pub mod handshake;
pub mod header_template;
pub mod identity;
pub mod name;
pub mod registration;
pub mod schedule;
pub mod session;
pub mod wire;

pub use access::{AccessContext, AccessField, AuthorityId, AuthorityPublic};
pub use bundle::KeyBundle;
pub use device::{Device, OpenedMessage};
pub use disclosure::{Mode, ModeId, NotAdmitted};
pub use envelope::{Envelope, Header};
pub use header_template::{HeaderMatch, HeaderTemplate};
pub use identity::{Identity, SafetyNumber};
pub use name::{Name, SessionId};
pub use registration::Registration;
pub use schedule::ScheduleId;
pub use session::{OpenError, SealError, SessionView};
pub use wire::WireError;
