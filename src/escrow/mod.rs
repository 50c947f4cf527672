//! The far end of an access field: who holds the spare key, and how.
//!
//! | file | idea | spec |
//! |---|---|---|
//! | [`authority`] | the escrow key pair, and what it opens | §8.1 |
//! | [`key_file`] | key files | §11 |
//!
//! However an authority keeps its key, the bytes on the wire are the same. Custody is how
//! it keeps the key:
//!
//! | file | custody | spec |
//! |---|---|---|
//! | [`shares`], [`combine`](mod@combine) | split: `k` of `n` officers together have the key | §8.5 |
//! | [`majority`](mod@majority) | which shares are of one split | §8.5 |
//! | `search` | which shares to use when not all are of one polynomial | §8.5 |
//! | [`share_file`] | share files | §11.3 |
//! | [`gf256`] | the field that shares are computed in | §8.5 |
//! | [`epochs`] | by epoch: old keys are destroyed | §8.1 |
//! | [`desk`] | behind a desk: session keys only, for a warrant, in a log | §8.6 |
//!
//! Two of three officers together have the key, one alone has nothing:
//!
//! ```
//! use doormat::{escrow::{self, EscrowPrivateKey}, experiment::seed};
//!
//! let mut rng = seed::generator(7, "an authority of my own");
//! let key = EscrowPrivateKey::generate(&mut rng);
//! let shares = escrow::split(&key, 2, 3, &mut rng)?;
//! assert!(escrow::combine(&shares[..1]).is_err());
//! let together = escrow::combine(&shares[1..])?;
//! assert_eq!(together.key.public(), key.public());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod authority;
pub mod combine;
pub mod desk;
pub mod epochs;
pub mod gf256;
pub mod key_file;
pub mod majority;
mod search;
pub mod share_file;
pub mod shares;

pub use authority::EscrowPrivateKey;
pub use combine::{CombineError, Combined, combine};
pub use epochs::Epochs;
pub use key_file::KeyFileError;
pub use majority::{Differs, Divided, InconsistentShare, majority};
pub use shares::{Share, SplitError, split};
