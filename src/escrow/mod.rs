//! The far end of an access field: who holds the spare key, and how.
//!
//! | file | idea | spec |
//! |---|---|---|
//! | [`authority`] | the escrow key pair, and what it opens | §8.1 |
//! | [`key_file`] | the key written down | §11 |

pub mod authority;
pub mod key_file;

pub use authority::EscrowPrivateKey;
pub use key_file::KeyFileError;
