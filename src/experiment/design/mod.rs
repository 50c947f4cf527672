//! Designs: the columns of the matrix. A design is data on independent axes, each a type
//! in a file of its own, with its descriptions; whatever two designs have in common runs
//! the same code.
//!
//! Whoever acts on an axis matches it without a wildcard arm, so that a new value compiles
//! nowhere before it is dealt with.

mod check;
mod client;
mod columns;
mod custody;
mod products;
mod randomness;
mod shape;

pub use check::Check;
pub use client::{Client, SessionIds};
pub use columns::DESIGNS;
pub use custody::{Custody, Keeper};
pub use products::Products;
pub use randomness::{Generator, Registration, Since};
pub use shape::Design;
