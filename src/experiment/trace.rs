//! The road from an escrow key to one text, with every value on the way.
//!
//! An attack keeps what it needs and no more. Here the same road is gone once more, one
//! step at a time, and each value is written down under the name that the specification
//! has for it: so that somebody who sees the envelope, the key and the text can compute
//! the steps between them again, with tools that are not ours.
//!
//! ```text
//! dh          = DH(escrow private key, encapsulated)
//! key, nonce  = HPKE's key schedule of dh, encapsulated, escrow public key, info
//! session_key = Open(key, nonce, "", sealed)
//! message_key = from session_key and the envelope's number
//! text        = Open(message_key, 0^12, header, ciphertext)
//! ```
//! (spec §13)

use zeroize::Zeroizing;

use crate::attack::{Attacker, EscrowLeak, Exposure, unwrap};
use crate::crypto::{ChainKey, Label, MessageKey, SessionKey, kdf};
use crate::escrow::EscrowPrivateKey;
use crate::protocol::{Envelope, ScheduleId, wire};

/// What one escrow key makes of one envelope.
pub struct Trace {
    /// The key.
    pub loot: EscrowPrivateKey,
    /// Which of the envelope's access fields it opened, counted from 0.
    pub field: usize,
    /// What that field is bound to, encoded (spec §8.3).
    pub context: Vec<u8>,
    /// The agreement of the escrow key with the encapsulated one.
    pub dh: Zeroizing<[u8; 32]>,
    /// HPKE's key and nonce, under which the session key lies.
    pub sealed_under: (Zeroizing<[u8; 32]>, Zeroizing<[u8; 12]>),
    /// What was in the field.
    pub session_key: SessionKey,
    /// The randomness that the sender sealed the field with, which follows from the
    /// session key: `ikmE`.
    pub encapsulation: Zeroizing<[u8; 32]>,
    /// Under the ratchet, the run's first chain key and this message's.
    pub chain: Option<(ChainKey, ChainKey)>,
    /// The key of this message alone.
    pub message_key: MessageKey,
    /// What was said.
    pub text: Vec<u8>,
}

impl Trace {
    /// Goes the road, if the attack reads this envelope by an access field of its own.
    pub fn of(loot: &EscrowPrivateKey, envelope: &Envelope<'_>) -> Option<Self> {
        let mut eve = EscrowLeak::new(loot.clone());
        let Exposure::Read(text) = eve.examine(envelope) else {
            return None;
        };
        let session_key = eve.session_key(envelope)?.clone();
        let header = &envelope.header;
        let id = loot.public().id();
        let mut fields = header.access.iter().enumerate();
        let (position, field) = fields.find(|(_, field)| field.authority == id)?;
        let dh = loot.secret().agree(&field.encapsulated).ok()?;
        let shared_secret = unwrap::decap(loot, &field.encapsulated)?;
        let context = header.access_context();
        let sealed_under = unwrap::key_schedule(&shared_secret, &context.info());
        let context = wire::encode(&context);
        let bound_to = [loot.public().key().as_bytes().as_slice(), &context].concat();
        let chain = match header.schedule {
            ScheduleId::Ratchet => Some(chain(&session_key, header.number)),
            ScheduleId::Static => None,
        };
        let message_key = match &chain {
            Some((_, chain)) => chain.clone().step().0,
            None => session_key.message_key(header.number),
        };
        Some(Self {
            loot: loot.clone(),
            field: position,
            context,
            dh: Zeroizing::new(*dh.as_bytes()),
            sealed_under,
            encapsulation: kdf::expand(session_key.as_bytes(), Label::Encapsulation, &bound_to),
            session_key,
            chain,
            message_key,
            text,
        })
    }
}

/// `chain_0`, and `chain_number` so many steps further (spec §6.2). The attack has
/// gone so far already: no run is longer than a run may be.
fn chain(session_key: &SessionKey, number: u32) -> (ChainKey, ChainKey) {
    let first = session_key.chain();
    let last = (0..number).fold(first.clone(), |chain, _| chain.step().1);
    (first, last)
}
