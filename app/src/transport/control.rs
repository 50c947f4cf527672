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
        /// Whether its session cannot go on, so that its sender should begin another.
        #[serde(default, skip_serializing_if = "is_false")]
        session_lost: bool,
    },
    /// The device's state is of this generation now. It takes effect if the relay has the
    /// generation that this one follows, or none.
    Advance {
        /// What the relay is known to have.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Generation>,
        /// What it is to have.
        to: Generation,
        /// Whether the one-time key bundles in the directory are to be withdrawn: the
        /// device no longer has their private halves.
        #[serde(default, skip_serializing_if = "is_false")]
        withdraw: bool,
    },
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
const fn is_false(it: &bool) -> bool {
    !*it
}

/// Which of a device's states was the last that it sealed with. The relay keeps it, so that
/// a device that was put back from a copy finds that it is older than what was used since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generation {
    /// Grows by one.
    pub number: u64,
    /// 16 random bytes: two copies that both went on have the same number, not the same tag.
    #[serde(with = "hex")]
    pub tag: [u8; 16],
}

impl Generation {
    /// Before the first.
    pub const NONE: Self = Self {
        number: 0,
        tag: [0; 16],
    };

    /// Whether a device with this generation has missed what led to the other one.
    pub const fn is_behind(&self, other: &Self) -> bool {
        let same = u128::from_be_bytes(self.tag) == u128::from_be_bytes(other.tag);
        other.number > self.number || (other.number == self.number && !same)
    }

    /// By what the relay names it where it has no answer.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.tag)
    }
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
        /// The generation of the device's state when it last sealed, as far as is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        generation: Option<Generation>,
    },
    /// The generation that the relay has now: the one asked for, or what is in its way.
    Advanced {
        /// Which.
        generation: Generation,
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
        /// Whether its session cannot go on.
        #[serde(default, skip_serializing_if = "is_false")]
        session_lost: bool,
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
