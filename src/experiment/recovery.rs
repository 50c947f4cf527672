//! The other side: what escrow is wished for. A device is lost, and its owner wants
//! the messages back. The relay still has every envelope; nobody but an authority has
//! a key. The answer without escrow is a backup under a passphrase, which is asked of
//! the owner before the loss, as escrow is.

use rand::CryptoRng;
use serde::{Deserialize, Serialize};

use super::{ExperimentError, evaluation::Evaluation, evidence::Evidence, seed, setting::Setting};
use crate::attack::EscrowLeak;
use crate::crypto::{passphrase, random_bytes, secret_json};

/// One way to get messages back, and how many came back by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// Its name in JSON.
    pub name: &'static str,
    /// In a table.
    pub short: &'static str,
    /// Who gives them back, to follow "by".
    pub who: String,
    /// Messages that came back, of those before the loss.
    pub restored: usize,
}

/// Loses a device when the theft would have been, and tries every way to get its messages
/// back. `from_backup` is what a backup gave: that is the same under every design.
pub(super) fn every_way(
    evidence: &Evidence,
    setting: &Setting<'_>,
    from_backup: usize,
) -> Result<Vec<Recovery>, ExperimentError> {
    let mut authority = EscrowLeak::new(evidence.moment.holdings.key_in_use()?);
    let texts = setting.conversation.texts();
    let evaluation = Evaluation::of(&evidence.tape, texts, &mut authority, &|| {})?;
    let opened = evaluation.read_flags().into_iter().take(setting.theft_at);
    Ok(vec![
        Recovery {
            name: "authority",
            short: "by the authority",
            who: evidence.design.custody.who_recovers(),
            restored: opened.filter(|read| *read).count(),
        },
        Recovery {
            name: "passphrase",
            short: "by a passphrase",
            who: "a backup under a passphrase (Argon2id), made before the loss".to_owned(),
            restored: from_backup,
        },
    ])
}

/// Seals the messages before the loss into a backup, opens it with the passphrase,
/// and counts those that came back as they were.
pub(super) fn from_backup(setting: &Setting<'_>) -> Result<usize, ExperimentError> {
    let texts = setting.conversation.texts();
    let before: Vec<&str> = texts.take(setting.theft_at).collect();
    let mut rng = seed::generator(setting.seed, "backup");
    let backup = Backup::seal(&before, PASSPHRASE, &mut rng)?;
    let restored = backup.open(PASSPHRASE)?;
    let pairs = restored.iter().zip(&before);
    Ok(pairs.filter(|(got, said)| got == *said).count())
}

/// Six words from a list of 7,776 would be 77 bits; a test's passphrase is no secret.
const PASSPHRASE: &str = "correct horse battery staple under the doormat";

/// A history, sealed under a passphrase (RFC 9106 and RFC 8439).
#[derive(Debug)]
pub struct Backup {
    salt: [u8; 16],
    sealed: Vec<u8>,
}

/// What is in it.
#[derive(Serialize, Deserialize)]
struct History(Vec<String>);

impl Backup {
    /// ```text
    /// key = Argon2id(passphrase, salt)
    /// salt || Seal(key, salt, history)
    /// ```
    /// Draws 16 bytes of `rng`.
    ///
    /// # Errors
    /// [`ExperimentError`] for a passphrase that no key can be made of.
    pub fn seal(
        history: &[&str],
        words: &str,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, ExperimentError> {
        let salt = random_bytes(rng);
        let history = History(history.iter().map(ToString::to_string).collect());
        let text = secret_json(&history)?;
        let sealed = passphrase::key(words, &salt)?.seal(&salt, &text);
        Ok(Self { salt, sealed })
    }

    /// The history, for whoever has the passphrase.
    ///
    /// # Errors
    /// [`ExperimentError::WrongPassphrase`] with any other.
    pub fn open(&self, words: &str) -> Result<Vec<String>, ExperimentError> {
        let text = passphrase::key(words, &self.salt)?
            .open(&self.salt, &self.sealed)
            .map_err(|_| ExperimentError::WrongPassphrase)?;
        let History(history) = serde_json::from_slice(&text)?;
        Ok(history)
    }
}
