//! `vodozemac`: Olm, the Double Ratchet of Matrix, with AES-256-CBC and HMAC-SHA256.

use vodozemac::olm::{Account, OlmMessage, Session, SessionConfig};

use super::{Pair, Writer, compare};
use crate::Failure;

/// Two Olm sessions that belong together.
pub struct Olm {
    anna: Session,
    boris: Session,
}

impl Olm {
    /// Two accounts, a one-time key, one text each way: no message carries the
    /// session's opening any more.
    ///
    /// # Errors
    /// What an account or a session says.
    pub fn new() -> Result<Self, Failure> {
        let (anna, mut boris) = (Account::new(), Account::new());
        boris.generate_one_time_keys(1);
        let one_time_key = boris.one_time_keys().into_values().next();
        let mut session = anna.create_outbound_session(
            SessionConfig::version_1(),
            boris.curve25519_key(),
            one_time_key.ok_or("no one-time key")?,
        )?;
        let OlmMessage::PreKey(first) = session.encrypt("hello")? else {
            return Err("a first message that opens nothing".into());
        };
        let theirs = boris.create_inbound_session(
            SessionConfig::version_1(),
            anna.curve25519_key(),
            &first,
        )?;
        let mut pair = Self {
            anna: session,
            boris: theirs.session,
        };
        pair.carry(Writer::Boris, b"hello")?;
        Ok(pair)
    }
}

impl Pair for Olm {
    fn carry(&mut self, writer: Writer, text: &[u8]) -> Result<(), Failure> {
        let (from, to) = match writer {
            Writer::Anna => (&mut self.anna, &mut self.boris),
            Writer::Boris => (&mut self.boris, &mut self.anna),
        };
        let (kind, bytes) = from.encrypt(text)?.to_parts();
        let message = OlmMessage::from_parts(kind, &bytes)?;
        compare(&to.decrypt(&message)?, text)
    }
}
