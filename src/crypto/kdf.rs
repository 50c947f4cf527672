//! Every key derivation in this program, and every label that separates them.
//!
//! Two derivations from one key must never collide, or a key disclosed for one purpose
//! serves another. So each purpose has a label, all labels stand in one enum, and no
//! participant's code elsewhere calls HKDF. (The steps of a chain have the one-byte inputs
//! of the Double Ratchet; HPKE has labels of its own.)

use ring::{digest, hkdf, hmac};
use zeroize::Zeroizing;

/// What a derived value is for. The bytes of each label are part of the
/// protocol (spec §4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// HKDF info of the handshake: four agreements become one secret.
    Handshake,
    /// HKDF info of a step of the DH ratchet: root key in, root and session key out.
    Root,
    /// The initiator's only session key under the static schedule.
    StaticInitiator,
    /// The responder's only session key under the static schedule.
    StaticResponder,
    /// First chain key, from a session key.
    Chain,
    /// Message key number *n* under the static schedule.
    Message,
    /// HPKE info of an access field.
    Access,
    /// Randomness of an access field's encapsulation.
    Encapsulation,
    /// What an identity signs to vouch for its signed prekey.
    Prekey,
    /// One identity's half of a safety number.
    Safety,
    /// An authority's key id.
    Authority,
    /// The seed of a reproducible experiment.
    Experiment,
    /// What a device signs to open its mailbox at a relay.
    Relay,
    /// By what a split escrow key is verified when it is put together.
    Share,
    /// What an approver signs, and what a log names a warrant by.
    Warrant,
    /// One link of the chain that an intercept desk's log is.
    DeskLog,
    /// The 16-bit checksum of access fields in the clipper design.
    Checksum,
    /// A student's variant of an exercise.
    Lab,
    /// Points of a curve between which nobody knows a relation.
    Points,
    /// The seed of a generator that has 15 bits of one.
    LowEntropy,
    /// What an implanted client hides things under.
    Implant,
    /// A session id that follows from public keys.
    SessionId,
}

impl Label {
    /// Every label, in the order of the specification.
    pub const ALL: [Self; 22] = [
        Self::Handshake,
        Self::Root,
        Self::StaticInitiator,
        Self::StaticResponder,
        Self::Chain,
        Self::Message,
        Self::Access,
        Self::Encapsulation,
        Self::Prekey,
        Self::Safety,
        Self::Authority,
        Self::Experiment,
        Self::Relay,
        Self::Share,
        Self::Warrant,
        Self::DeskLog,
        Self::Checksum,
        Self::Lab,
        Self::Points,
        Self::LowEntropy,
        Self::Implant,
        Self::SessionId,
    ];

    /// The label as ASCII, without terminator or length.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Handshake => "doormat v1 handshake",
            Self::Root => "doormat v1 root",
            Self::StaticInitiator => "doormat v1 static initiator",
            Self::StaticResponder => "doormat v1 static responder",
            Self::Chain => "doormat v1 chain",
            Self::Message => "doormat v1 message",
            Self::Access => "doormat v1 access",
            Self::Encapsulation => "doormat v1 encapsulation",
            Self::Prekey => "doormat v1 prekey",
            Self::Safety => "doormat v1 safety",
            Self::Authority => "doormat v1 authority",
            Self::Experiment => "doormat v1 experiment",
            Self::Relay => "doormat v1 relay",
            Self::Share => "doormat v1 share",
            Self::Warrant => "doormat v1 warrant",
            Self::DeskLog => "doormat v1 desk log",
            Self::Checksum => "doormat v1 checksum",
            Self::Lab => "doormat v1 lab",
            Self::Points => "doormat v1 points",
            Self::LowEntropy => "doormat v1 low entropy",
            Self::Implant => "doormat v1 implant",
            Self::SessionId => "doormat v1 session id",
        }
    }

    /// The label's bytes.
    pub const fn as_bytes(self) -> &'static [u8] {
        self.as_str().as_bytes()
    }
}

/// `HKDF-Expand(HKDF-Extract(salt, secret), label || context, N)`
/// (RFC 5869 §2.2, §2.3; SHA-256). `N` is at most 8160 bytes.
pub fn derive<const N: usize>(
    salt: &[u8],
    secret: &[u8],
    label: Label,
    context: &[u8],
) -> Zeroizing<[u8; N]> {
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret);
    fill(&prk, &[label.as_bytes(), context])
}

/// `HKDF-Expand(key, label || context, N)` (RFC 5869 §2.3; SHA-256), for a
/// `key` of 32 bytes that is already uniformly random.
pub fn expand<const N: usize>(key: &[u8; 32], label: Label, context: &[u8]) -> Zeroizing<[u8; N]> {
    let prk = hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, key);
    fill(&prk, &[label.as_bytes(), context])
}

/// `HMAC-SHA256(key, input)` (RFC 2104), 32 bytes.
pub fn hmac_sha256(key: &hmac::Key, input: &[u8]) -> [u8; 32] {
    first(hmac::sign(key, input).as_ref())
}

/// `SHA-256(label || parts…)`, 32 bytes.
pub fn hash(label: Label, parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(label.as_bytes());
    for part in parts {
        context.update(part);
    }
    first(context.finish().as_ref())
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

#[expect(
    clippy::expect_used,
    reason = "a key that was not derived must not be used"
)]
fn fill<const N: usize>(prk: &hkdf::Prk, info: &[&[u8]]) -> Zeroizing<[u8; N]> {
    const { assert!(N <= 255 * 32, "HKDF-SHA256 gives at most 8160 bytes") };
    let mut out = Zeroizing::new([0; N]);
    prk.expand(info, Length(N))
        .and_then(|okm| okm.fill(out.as_mut()))
        .expect("fails for one reason only, a length that the line above forbids");
    out
}

/// The first `N` bytes of something that is known to be at least that long.
#[expect(
    clippy::expect_used,
    reason = "a short input must not pass for a whole key"
)]
pub fn first<const N: usize>(bytes: &[u8]) -> [u8; N] {
    *bytes.first_chunk().expect("long enough by its type")
}
