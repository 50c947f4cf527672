//! The designs that are columns: each differs from `e2e` or `escrow` in as few axes as it can.

use super::{
    check::Check,
    client::{Client, SessionIds},
    custody::{Custody, Keeper},
    products::Products,
    randomness::{Generator, Registration, Since},
    shape::Design,
};
use crate::experiment::family::Family;
use crate::protocol::{ModeId, ScheduleId};

const E2E: Design = Design {
    name: "e2e",
    family: Family::SpareKey,
    mode: ModeId::EndToEnd,
    schedule: ScheduleId::Ratchet,
    authorities: 0,
    custody: Custody::Whole,
    check: Check::Recomputed,
    keeper: Keeper::Authority,
    generator: Generator::System,
    since: Since::SetUp,
    registration: Registration::Silent,
    client: Client::Honest,
    session_ids: SessionIds::Random,
    products: Products::Same,
};

const ESCROW: Design = Design {
    name: "escrow",
    mode: ModeId::Escrow,
    authorities: 1,
    ..E2E
};

/// Every design, in the order of the matrix's columns.
pub const DESIGNS: [Design; 19] = [
    E2E,
    Design {
        name: "e2e-static",
        family: Family::Devices,
        schedule: ScheduleId::Static,
        ..E2E
    },
    ESCROW,
    Design {
        name: "escrow-static",
        family: Family::Devices,
        schedule: ScheduleId::Static,
        ..ESCROW
    },
    Design {
        name: "escrow-split",
        custody: Custody::Split {
            threshold: 2,
            shares: 3,
        },
        ..ESCROW
    },
    Design {
        name: "escrow-many",
        authorities: 3,
        ..ESCROW
    },
    Design {
        name: "escrow-epochs",
        custody: Custody::Epochs(3),
        ..ESCROW
    },
    Design {
        name: "escrow-desk",
        custody: Custody::Desk,
        ..ESCROW
    },
    Design {
        name: "clipper",
        check: Check::Checksum,
        ..ESCROW
    },
    Design {
        name: "dual-ec",
        generator: Generator::DualEc,
        ..REGISTERING
    },
    Design {
        name: "dual-ec-trapdoor",
        generator: Generator::DualEcTrapdoor,
        ..REGISTERING
    },
    Design {
        name: "dual-ec-update",
        since: Since::Update,
        generator: Generator::DualEcTrapdoor,
        ..REGISTERING
    },
    Design {
        name: "dual-ec-silent",
        generator: Generator::DualEcTrapdoor,
        registration: Registration::Silent,
        ..REGISTERING
    },
    Design {
        name: "low-entropy",
        family: Family::Generator,
        generator: Generator::LowEntropy,
        ..E2E
    },
    IMPLANTED,
    Design {
        name: "implanted-derived",
        session_ids: SessionIds::Derived,
        ..IMPLANTED
    },
    Design {
        name: "provider",
        family: Family::Maker,
        keeper: Keeper::Provider,
        ..ESCROW
    },
    TWO_PRODUCTS,
    Design {
        name: "two-products-both",
        products: Products::TwoDisclosingBoth,
        ..TWO_PRODUCTS
    },
];

/// As the products that fell to their generator: a nonce in the clear, before the keys.
const REGISTERING: Design = Design {
    family: Family::Generator,
    registration: Registration::Nonce,
    ..E2E
};

const IMPLANTED: Design = Design {
    name: "implanted",
    family: Family::Maker,
    client: Client::Implanted,
    ..E2E
};

const TWO_PRODUCTS: Design = Design {
    name: "two-products",
    family: Family::Maker,
    products: Products::Two,
    ..ESCROW
};

impl Design {
    /// A design by its name.
    pub fn named(name: &str) -> Option<Self> {
        DESIGNS.into_iter().find(|design| design.name == name)
    }
}

impl Family {
    /// The designs with which each begins: what the others are compared with.
    pub const fn headlines() -> [Design; 2] {
        [E2E, ESCROW]
    }

    /// Its columns: the headlines, then its own.
    pub fn designs(self) -> Vec<Design> {
        let first = Self::headlines();
        let own = DESIGNS
            .into_iter()
            .filter(|it| it.family == self && !first.contains(it));
        first.into_iter().chain(own).collect()
    }
}
