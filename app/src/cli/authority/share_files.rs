//! Share files, and the warnings and errors that name them.

use std::{
    path::{Path, PathBuf},
    slice,
};

use crate::cli::shared::{failure::Failure, files, terminal};
use crate::text::printable_path;
use doormat::escrow::{CombineError, Differs, Divided, InconsistentShare, Share, majority};

/// Shares, and the files they came from.
pub(super) struct ShareFiles<'a> {
    pub(super) shares: Vec<Share>,
    paths: Vec<&'a Path>,
}

impl<'a> ShareFiles<'a> {
    /// Reads share files. A damaged one is named and left out, as long as there is another.
    pub(super) fn read(files: &'a [PathBuf]) -> Result<Self, Failure> {
        let (mut shares, mut paths, mut damaged) = (Vec::new(), Vec::new(), Vec::new());
        for path in files {
            match files::escrow_share(path)? {
                Ok(share) => {
                    shares.push(share);
                    paths.push(path.as_path());
                }
                Err(error) => damaged.push((path, error)),
            }
        }
        if let (true, Some((path, error))) = (shares.is_empty(), damaged.first()) {
            return Err(Failure::of_file(path, error, files::SHARES_ARE));
        }
        for (path, error) in damaged {
            let path = printable_path(path);
            terminal::print_error(&format!("warning: {path} was left out: {error}"));
        }
        Ok(Self { shares, paths })
    }

    /// Warns of shares that do not belong to the key.
    pub(super) fn warn(&self, inconsistent: &[InconsistentShare]) {
        for InconsistentShare { at, differs } in inconsistent {
            let name = self.names(&[*at]);
            let Some(share) = self.shares.get(*at) else {
                continue;
            };
            let number = share.index;
            let rivals = self.rivals(*at, share);
            terminal::print_error(&match (differs, rivals.len()) {
                (Differs::Point, 1) => format!(
                    "warning: share {number} ({name}) does not belong to this key: its {differs} \
                     was altered, or it is of another split; the others gave the key without it"
                ),
                (Differs::Point, claims) => format!(
                    "warning: {} say number {number}: {}; {name} does not \
                     belong to this key",
                    if claims == 2 {
                        "two different shares both"
                    } else {
                        "different shares"
                    },
                    self.names(&rivals)
                ),
                _ => format!(
                    "warning: share {number} ({name}) does not belong to the others: it has \
                     another {differs}, and was left out"
                ),
            });
        }
    }

    /// Warns of shares of which some, it is not known which, do not belong to the key.
    pub(super) fn warn_of_some(&self, unclear: &[usize]) {
        if !unclear.is_empty() {
            terminal::print_error(&format!(
                "warning: the key is right, but not all of the shares are, and it cannot be told \
                 which of these: {}; give more shares, or other ones",
                self.names(unclear)
            ));
        }
    }

    /// The failure of shares that give no key.
    pub(super) fn failure(&self, error: &CombineError) -> Failure {
        if let Ok(majority) = majority(&self.shares) {
            self.warn(&majority.inconsistent);
        }
        let help = match error {
            CombineError::None | CombineError::TooFew { .. } => {
                "Give more of the key's shares.".into()
            }
            CombineError::Divided(Divided { sides, .. }) => {
                let sides: Vec<_> = sides.iter().map(|side| self.names(side)).collect();
                format!(
                    "Compare {}. Give one share more of the right split, and it has the majority.",
                    sides.join(" with ")
                )
            }
            CombineError::Twice { places, .. } => format!(
                "Leave {} out, and give another officer's share.",
                self.names(places.last().map(slice::from_ref).unwrap_or_default())
            ),
            CombineError::OneNumber { places, .. } => format!(
                "Give another officer's share with these, and the wrong one is found: {}.",
                self.names(places)
            ),
            CombineError::OneIsWrong { .. } => "Give one more share of the same split.".into(),
            CombineError::NoneFit { .. } => {
                "Give other shares, and look for files that were edited or belong elsewhere.".into()
            }
            CombineError::GaveUp { .. } => "Give fewer shares at a time.".into(),
        };
        Failure::new(error.to_string(), help)
    }

    /// The places of this share and of every other share of its split with its number.
    fn rivals(&self, at: usize, share: &Share) -> Vec<usize> {
        let members = majority(&self.shares).map_or_else(|_| Vec::new(), |it| it.members);
        members
            .into_iter()
            .filter(|(_, other)| other.index == share.index)
            .filter(|(place, other)| *place == at || other.value != share.value)
            .map(|(place, _)| place)
            .collect()
    }

    fn names(&self, places: &[usize]) -> String {
        let names: Vec<_> = places
            .iter()
            .filter_map(|at| self.paths.get(*at))
            .map(|path| printable_path(path))
            .collect();
        names.join(", ")
    }
}
