//! The floor: a Double Ratchet of doormat's own primitives and nothing around them.
//! No names, no header, nothing skipped, nothing encoded: key derivations, agreements
//! and the cipher. What the protocol adds is the distance to it.

use ::doormat::crypto::{
    AgreementPublic, AgreementSecret, ChainKey, Label, RootKey, SessionKey,
    kdf::{self},
};
use rand::{SeedableRng, rngs::ChaCha20Rng};

use super::{Pair, Writer, compare};
use crate::Failure;

/// Two ratchets that belong together.
pub struct Bare {
    anna: Half,
    boris: Half,
    rng: ChaCha20Rng,
}

struct Half {
    root: RootKey,
    ours: AgreementSecret,
    theirs: AgreementPublic,
    /// Nothing when the other side has written since.
    sending: Option<ChainKey>,
    receiving: Option<ChainKey>,
}

impl Bare {
    /// Both sides with one root.
    pub fn new() -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        let anna = AgreementSecret::generate(&mut rng);
        let boris = AgreementSecret::generate(&mut rng);
        let (hers, his) = (*anna.public(), *boris.public());
        Self {
            anna: Half::new(anna, his),
            boris: Half::new(boris, hers),
            rng,
        }
    }
}

impl Default for Bare {
    fn default() -> Self {
        Self::new()
    }
}

impl Pair for Bare {
    fn carry(&mut self, writer: Writer, text: &[u8]) -> Result<(), Failure> {
        let (from, to) = match writer {
            Writer::Anna => (&mut self.anna, &mut self.boris),
            Writer::Boris => (&mut self.boris, &mut self.anna),
        };
        let sending = match from.sending.take() {
            Some(chain) => chain,
            None => {
                from.ours = AgreementSecret::generate(&mut self.rng);
                let sending = from.turn()?;
                to.theirs = *from.ours.public();
                to.receiving = Some(to.turn()?);
                to.sending = None;
                sending
            }
        };
        let (key, next) = sending.step();
        from.sending = Some(next);
        let sealed = key.seal(&[], text);
        let (key, next) = to.receiving.take().ok_or("nothing to read")?.step();
        to.receiving = Some(next);
        compare(&key.open(&[], &sealed)?, text)
    }
}

impl Half {
    fn new(ours: AgreementSecret, theirs: AgreementPublic) -> Self {
        Self {
            root: RootKey::from_bytes([7; 32]),
            ours,
            theirs,
            sending: None,
            receiving: None,
        }
    }

    /// The next root, and the chain that a session key begins.
    fn turn(&mut self) -> Result<ChainKey, Failure> {
        let agreed = self.ours.agree(&self.theirs)?;
        let root = self.root.as_bytes();
        let next = kdf::derive::<64>(root, agreed.as_bytes(), Label::Root, &[]);
        let (root, session_key) = next.split_first_chunk().ok_or("too short")?;
        self.root = RootKey::from_bytes(*root);
        let session_key = session_key.first_chunk().ok_or("too short")?;
        Ok(SessionKey::from_bytes(*session_key).chain())
    }
}
