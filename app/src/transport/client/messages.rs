//! What a device asks of its connection, and what that tells it.

use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::transport::control::{Digest, Generation};
use doormat::crypto::SigningKey;
use doormat::protocol::{Identity, Name};

/// Who connects, and where to.
#[derive(Debug, Clone)]
pub struct Account {
    /// The relay: `ws://host:port`.
    pub relay: String,
    /// The mailbox.
    pub name: Name,
    /// The identity that owns it.
    pub identity: Identity,
    /// Signs the challenge.
    pub signing: SigningKey,
    /// The relay's join token, if it asks for one.
    pub token: Option<String>,
}

/// What a device asks its connection to do.
#[derive(Debug, Clone)]
pub enum ClientCommand {
    /// Send an envelope or a key bundle.
    Send(Vec<u8>),
    /// Ask for somebody's key bundle.
    Fetch(Name),
    /// Confirm an envelope.
    Received(Digest),
    /// Refuse one that did not open.
    Discard {
        /// Which.
        digest: Digest,
        /// Whether its session cannot go on.
        session_lost: bool,
    },
    /// Say which generation the device's state is of.
    Advance {
        /// What the relay is known to have.
        from: Option<Generation>,
        /// What it is to have.
        to: Generation,
        /// Whether to withdraw the one-time key bundles.
        withdraw: bool,
    },
}

/// What a connection tells its device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientEvent {
    /// Connected. What was sent before and has not been accepted must be sent again.
    Connected {
        /// Envelopes waiting.
        waiting: u64,
        /// One-time key bundles left in the directory.
        prekeys: u64,
        /// The generation of the device's state when it last sealed.
        generation: Option<Generation>,
    },
    /// The generation that the relay has now.
    Advanced(Generation),
    /// The connection broke, or was not made; another attempt follows.
    Disconnected(String),
    /// The relay refuses this account; no other attempt follows.
    Refused(String),
    /// An envelope.
    Envelope(Vec<u8>),
    /// So many one-time key bundles are left in the directory: few.
    Prekeys(u64),
    /// A key bundle that was asked for.
    Bundle(Vec<u8>),
    /// Nobody of that name has published.
    NoBundle(Name),
    /// On the relay's disk.
    Accepted(Digest),
    /// Not taken.
    Rejected {
        /// Which.
        digest: Digest,
        /// Why.
        why: String,
        /// Whether to try again later.
        retry: bool,
    },
    /// Safe with its recipient.
    Delivered(Digest),
    /// Refused by its recipient's device.
    Discarded {
        /// Which.
        digest: Digest,
        /// Whether its session cannot go on.
        session_lost: bool,
    },
}

/// Checks a relay's address, `ws://HOST:PORT`. A port that is none must not become the
/// port that is usual for the scheme.
///
/// # Errors
/// What is wrong with it.
pub fn check_relay_address(address: &str) -> Result<(), String> {
    let rest = address
        .strip_prefix("ws://")
        .ok_or("a relay's address begins with ws://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("a relay's address has no user name in it".to_owned());
    }
    // An IPv6 address stands in brackets and has colons of its own.
    let after_host = authority.rfind(']').map_or(0, |at| at + 1);
    let (host, port) = match authority.get(after_host..).and_then(|it| it.rfind(':')) {
        Some(at) => authority.split_at(after_host + at),
        None => (authority, ""),
    };
    if host.is_empty() {
        return Err("it names no host".to_owned());
    }
    if let Some(port) = port.strip_prefix(':')
        && !port.parse::<u16>().is_ok_and(|port| port > 0)
    {
        return Err(format!(
            "{port:?} is no port: give a number from 1 to 65535"
        ));
    }
    match address.into_client_request() {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}
