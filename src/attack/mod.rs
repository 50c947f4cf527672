//! Loot in, exposure out.
//!
//! An attacker has a tape and whatever she stole, nothing else: this room never
//! touches a participant's state. She opens with `ring` what the participants
//! sealed with `chacha20poly1305`, and unwraps access fields with code of her own
//! where they use the `hpke` crate. Agreement, derivations and decoding she shares
//! with them; the reader that shares nothing is `tests/decryptor.py`.
//!
//! | attack | loot |
//! |---|---|
//! | [`wiretap`] | none: only the tape |
//! | [`escrow_leak`] | an authority's private key: the only one, one of several, one epoch's |
//! | [`key_ring`] | several keys, or shares of one |
//! | [`one_product`] | an authority's private key, where one of two products serves it |
//! | [`relay_database`] | a copy of a relay's database |
//! | [`seized_device`] | a device's complete state |
//! | [`desk_insider`] | the engine of an intercept desk |
//! | [`key_substitution`] | none: the relay itself lies |
//! | [`ghost_device`] | none: the relay itself adds a device |
//! | [`trapdoor`] | the number that the author of a generator's points kept |
//! | [`weak_generator`] | none: all seeds are tried |
//! | [`implant`], [`implanter_key`] | the private key of whoever put an implant into a client |
//! | [`forged_access`] | none: a sender evades the authority |
//! | [`double_encryption`] | none: two people do |
//!
//! [`bulk`] runs `escrow_leak` on all cores, for tapes of millions; [`floor`] measures the
//! bare cryptography of it.
//!
//! The relay's two active attacks have devices of their own, and no state of anybody
//! else's.

pub mod bulk;
mod candidates;
mod chain_cursor;
mod chains;
pub mod desk_insider;
pub mod double_encryption;
pub mod escrow_leak;
pub mod floor;
pub mod forged_access;
pub mod ghost_device;
mod hex_number;
pub mod implant;
pub mod implanter_key;
pub mod key_ring;
pub mod key_substitution;
pub mod known_keys;
mod observation;
pub mod one_product;
mod opener;
pub mod published;
pub mod relay_database;
pub mod seized_device;
pub mod session_reader;
pub mod trapdoor;
pub mod unwrap;
pub mod weak_generator;
pub mod wiretap;

pub use bulk::{Batch, BatchResult, Bulk, Demultiplexer};
pub use desk_insider::DeskInsider;
pub use double_encryption::NestedDecryptor;
pub use escrow_leak::{EscrowLeak, Summary};
pub use floor::Floor;
pub use forged_access::Forger;
pub use ghost_device::Ghost;
pub use hex_number::NotANumber;
pub use key_ring::KeyRing;
pub use key_substitution::Impostor;
pub use known_keys::KnownKeys;
pub use observation::{Attacker, Exposure, Observation, Tally};
pub use one_product::{FieldCounts, OneProduct};
pub use published::{KeyUse, Published};
pub use relay_database::RelayDatabase;
pub use seized_device::SeizedDevice;
pub use session_reader::SessionReader;
pub use wiretap::Wiretap;
