//! Whether two people who write to each other have the same product.

/// What is sold to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Products {
    /// The same to everybody.
    Same,
    /// To Alice a product that gives nothing away, to Bob a special version for his
    /// country, which gives away what it sends.
    Two,
    /// The same, and the special version gives away what it receives too.
    TwoDisclosingBoth,
}

impl Products {
    pub(super) const fn describe(self) -> Option<&'static str> {
        match self {
            Self::Same => None,
            Self::Two => Some(
                "of two products, Alice's gives away nothing and Bob's, for his country, what it sends",
            ),
            Self::TwoDisclosingBoth => Some(
                "of two products, Alice's gives away nothing and Bob's, for his country, what it \
                 sends and receives",
            ),
        }
    }

    pub(super) const fn gist(self) -> Option<&'static str> {
        match self {
            Self::Same => None,
            Self::Two => Some("Bob's gives away what he sends"),
            Self::TwoDisclosingBoth => Some("and what he receives"),
        }
    }
}
