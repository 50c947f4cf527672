//! Private keys that an attack has found, beside the public ones that a tape shows.

use std::collections::BTreeSet;

use crate::report::json::FoundKey;
use crate::text::count;
use doormat::attack::SessionReader;
use doormat::protocol::Name;

/// The public keys of some devices, and the private halves that were found.
pub(super) struct PrivateKeys {
    pub(super) found: Vec<FoundKey>,
    /// Of how many public keys no private half was found.
    pub(super) not_found: usize,
}

impl PrivateKeys {
    /// Asks a reader for the private half of each key that these are seen with.
    pub(super) fn of(owners: BTreeSet<&Name>, reader: &mut SessionReader) -> Self {
        let (mut found, mut not_found) = (Vec::new(), 0);
        for owner in owners {
            for (key_use, public) in reader.published().uses_of(owner).to_vec() {
                match reader.private_key(owner, &public) {
                    Some(private) => found.push(FoundKey::new(owner, key_use, private)),
                    None => not_found += 1,
                }
            }
        }
        Self { found, not_found }
    }

    /// Each with its public half, and how many there are.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for key in &self.found {
            lines.push(format!("{}'s {}", key.owner, key.key_use));
            lines.push(format!("  public   {}", key.public));
            lines.push(format!("  private  {}", key.private.as_str()));
        }
        let of = self.found.len() + self.not_found;
        if of > 0 {
            lines.push(format!(
                "The private halves of {} of the {} that the tape shows of these devices.",
                self.found.len(),
                count(of, "public key"),
            ));
        }
        lines
    }
}
