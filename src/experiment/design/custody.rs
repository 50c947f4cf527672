//! How an authority keeps its private key, and who that authority is.

/// How an authority keeps its private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Custody {
    /// In one piece, in one place.
    Whole,
    /// Split into shares, some of which make the key.
    Split {
        /// How many it takes.
        threshold: u8,
        /// How many there are.
        shares: u8,
    },
    /// A new key for each part of the conversation, the old ones destroyed.
    Epochs(usize),
    /// Behind an intercept desk.
    Desk,
}

/// Who holds the private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeper {
    /// Somebody who has nothing else to do with the messages.
    Authority,
    /// The operator of the relay, beside the mailboxes.
    Provider,
}

impl Custody {
    /// Which epoch message `number` of `of` is in, from 0. There is one epoch where
    /// keys do not change.
    pub fn epoch(self, number: usize, of: usize) -> usize {
        match self {
            Self::Epochs(epochs) => number * epochs / of.max(1),
            Self::Whole | Self::Split { .. } | Self::Desk => 0,
        }
    }

    /// How many epochs there are, where keys change.
    pub const fn epochs(self) -> Option<usize> {
        match self {
            Self::Epochs(epochs) => Some(epochs),
            Self::Whole | Self::Split { .. } | Self::Desk => None,
        }
    }

    /// Whether the key is split into shares.
    pub const fn is_split(self) -> bool {
        match self {
            Self::Split { .. } => true,
            Self::Whole | Self::Epochs(_) | Self::Desk => false,
        }
    }

    /// Whether there is an intercept desk.
    pub const fn has_desk(self) -> bool {
        match self {
            Self::Desk => true,
            Self::Whole | Self::Split { .. } | Self::Epochs(_) => false,
        }
    }

    /// Whom the owner of a lost device asks.
    pub fn who_recovers(self) -> String {
        match self {
            Self::Whole => "the authority".to_owned(),
            Self::Split { threshold, .. } => {
                format!("{threshold} officers, who put their shares together")
            }
            Self::Epochs(_) => "the authority, with the key of this epoch".to_owned(),
            Self::Desk => "the desk, under a warrant that its owner asks for".to_owned(),
        }
    }

    pub(super) fn describe(self, authorities: usize) -> String {
        match self {
            Self::Whole if authorities > 1 => {
                format!("each of {authorities} authorities gets a copy")
            }
            Self::Whole => "an authority gets a copy".to_owned(),
            Self::Split { threshold, shares } => format!(
                "an authority gets a copy, and {threshold} of the {shares} shares of its key open it"
            ),
            Self::Epochs(epochs) => format!(
                "an authority gets a copy, under a new key in each of {epochs} epochs; \
                 old keys are destroyed"
            ),
            Self::Desk => {
                "an authority gets a copy, and opens it behind a desk that asks for a warrant"
                    .to_owned()
            }
        }
    }

    pub(super) fn gist(self) -> Option<String> {
        match self {
            Self::Whole => None,
            Self::Split { threshold, shares } => {
                Some(format!("{threshold} of {shares} shares make its key"))
            }
            Self::Epochs(_) => Some("its key changes (┊)".to_owned()),
            Self::Desk => Some("its desk asks for a warrant".to_owned()),
        }
    }
}

impl Keeper {
    /// Whether a copy of the relay has the key in it.
    pub const fn is_beside_the_mail(self) -> bool {
        match self {
            Self::Authority => false,
            Self::Provider => true,
        }
    }

    pub(super) const fn describe(self) -> Option<&'static str> {
        match self {
            Self::Authority => None,
            Self::Provider => {
                Some("the authority is the relay's operator, who keeps its key there")
            }
        }
    }

    pub(super) const fn gist(self) -> Option<&'static str> {
        match self {
            Self::Authority => None,
            Self::Provider => Some("the relay has the key"),
        }
    }
}
