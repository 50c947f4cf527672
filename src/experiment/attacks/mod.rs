//! The attacks, a file each: the rows of the matrix.
//!
//! A file holds everything of its attack: name, loot, beginning, reader, where it
//! applies, how it is run, lesson and source. What the attacker does with an envelope is
//! in [`crate::attack`]. The table below is the only other place that names it.

macro_rules! table {
    ($($file:ident: $($attack:ident),+;)+) => {
        $(mod $file;)+

        /// Every attack, in the order of the matrix.
        pub static ATTACKS: &[&Attack] = &[$($(&$file::$attack),+),+];
    };
}

table! {
    wiretap: WIRETAP;
    escrow_key: ESCROW_KEY;
    shares: ONE_SHARE, TWO_SHARES;
    one_jurisdiction: ONE_JURISDICTION;
    epoch_key: EPOCH_KEY;
    relay_database: RELAY_DATABASE;
    seized_device: SEIZED_DEVICE;
    key_substitution: KEY_SUBSTITUTION;
    ghost_device: GHOST_DEVICE;
    desk_insider: DESK_INSIDER;
    forged_access: FORGED_ACCESS;
    double_encryption: DOUBLE_ENCRYPTION;
    trapdoor: TRAPDOOR;
    weak_generator: WEAK_GENERATOR;
    implant: IMPLANT;
    provider_breach: PROVIDER_BREACH;
    provider_warrant: PROVIDER_WARRANT;
    provider_insider: PROVIDER_INSIDER;
    one_product: ONE_PRODUCT;
}

mod attack;

use super::family::Family;

pub use attack::{Attack, Loot, Method, Reader};

impl Family {
    /// Its rows.
    pub fn attacks(self) -> impl Iterator<Item = &'static Attack> {
        let all = ATTACKS.iter().copied();
        all.filter(move |attack| attack.families.contains(&self))
    }

    /// Those that have a row, in the order in which they are shown.
    pub fn listed() -> Vec<Self> {
        let has_row = |it: &Self| it.attacks().next().is_some();
        Self::ALL.into_iter().filter(has_row).collect()
    }
}

/// An attack by its name.
pub fn named(name: &str) -> Option<&'static Attack> {
    ATTACKS.iter().copied().find(|attack| attack.name == name)
}
