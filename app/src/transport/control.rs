//! What client and relay say to each other besides envelopes (`docs/wire.md`).
//!
//! On a WebSocket of subprotocol [`SUBPROTOCOL`] each binary message is one
//! envelope or one key bundle, exactly as on a tape, and each text message one of
//! these, as JSON.

use ring::digest;
use serde::{Deserialize, Serialize};

use doormat::crypto::{Label, VerifyingKey};
use doormat::protocol::{Identity, Name, wire};

/// The WebSocket subprotocol.
pub const SUBPROTOCOL: &str = "doormat.v1";

/// The longest WebSocket message, in bytes: an envelope with the longest text and
/// the most access fields, and room to spare.
pub const MAX_MESSAGE_BYTES: usize = 72 * 1024;

/// One-time key bundles of an owner's left in the directory below which it is told, and
/// publishes more.
pub const FEW_PREKEYS: u64 = 10;

/// From the client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// Answers the challenge. Nothing else is accepted before it.
    Hello(Box<Hello>),
    /// Asks for a key bundle.
    Fetch {
        /// Whose.
        owner: Name,
    },
    /// An envelope from this mailbox has been saved by its recipient.
    Received {
        /// Which.
        digest: Digest,
    },
    /// An envelope from this mailbox did not open, and is not to be sent again.
    Discard {
        /// Which.
        digest: Digest,
    },
}

/// Who a client says it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// The mailbox it wants.
    pub name: Name,
    /// The identity that the name belongs to.
    pub identity: Identity,
    /// Ed25519 over [`proof`], by the identity's signing key; hexadecimal.
    #[serde(with = "hex")]
    pub signature: [u8; 64],
    /// The join token of a relay that serves other machines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// From the relay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Reply {
    /// The first message: to be signed.
    Challenge {
        /// 32 random bytes, hexadecimal, for this connection only.
        #[serde(with = "hex")]
        nonce: [u8; 32],
    },
    /// The mailbox is open.
    Welcome {
        /// Envelopes waiting in it.
        waiting: u64,
        /// One-time key bundles left in the directory.
        prekeys: u64,
    },
    /// The connection ends.
    Refused {
        /// Why.
        why: String,
        /// Whether a later attempt may succeed.
        #[serde(default)]
        retry: bool,
    },
    /// An envelope or bundle is on disk here.
    Accepted {
        /// Which.
        digest: Digest,
    },
    /// An envelope or bundle was not taken.
    Rejected {
        /// Which.
        digest: Digest,
        /// Why.
        why: String,
        /// Whether the same bytes may be taken later.
        retry: bool,
    },
    /// An envelope of this client's has been saved by its recipient.
    Delivered {
        /// Which.
        digest: Digest,
    },
    /// An envelope of this client's did not open on its recipient's device.
    Discarded {
        /// Which.
        digest: Digest,
    },
    /// Few of this client's one-time key bundles are left in the directory.
    Prekeys {
        /// How many.
        left: u64,
    },
    /// Nobody of that name has published.
    NoBundle {
        /// Who was asked for.
        owner: Name,
    },
}

/// Identifies an envelope or bundle: the first 16 bytes of its SHA-256, hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Digest(#[serde(with = "hex")] pub [u8; 16]);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let full = digest::digest(&digest::SHA256, bytes);
        Self(doormat::crypto::kdf::first(full.as_ref()))
    }
}

/// What a client signs: `"doormat v1 relay" || nonce || Name || Identity`.
pub fn proof(nonce: &[u8; 32], name: &Name, identity: &Identity) -> Vec<u8> {
    [
        Label::Relay.as_bytes(),
        nonce,
        &wire::encode(name),
        &wire::encode(identity),
    ]
    .concat()
}

impl Hello {
    /// Whether the signature answers this challenge.
    pub fn answers(&self, nonce: &[u8; 32]) -> bool {
        let key: &VerifyingKey = &self.identity.signing;
        let signature = doormat::crypto::Signature::from_bytes(self.signature);
        key.verify(&proof(nonce, &self.name, &self.identity), &signature)
            .is_ok()
    }
}
