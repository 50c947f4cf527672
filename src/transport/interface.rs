//! What a transport does, and the addresses it carries between.

use std::{
    io,
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

/// Where a participant is on the network: what a transport knows of a participant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The mailbox's name.
    pub name: String,
    /// The host it is read from.
    pub host: IpAddr,
}

/// The host of the relay that keeps mailboxes and the directory of key bundles:
/// one of the addresses that RFC 5737 reserves for documentation.
pub const RELAY: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 254);

/// Carries bytes between addresses. `now` is the time since 1970-01-01 00:00 UTC.
pub trait Transport {
    /// Carries what a device says before it publishes, in products that say anything.
    /// Nobody keeps it.
    ///
    /// # Errors
    /// [`TransportError`]
    fn register(
        &mut self,
        _now: Duration,
        _owner: &Address,
        _registration: &[u8],
    ) -> Result<(), TransportError> {
        Ok(())
    }

    /// Leaves key bundles in the directory, each to be handed out once, the last
    /// one as often as it is asked for.
    ///
    /// # Errors
    /// [`TransportError`]
    fn publish(
        &mut self,
        now: Duration,
        owner: &Address,
        bundles: Vec<Vec<u8>>,
    ) -> Result<(), TransportError>;

    /// Asks the directory for a key bundle of somebody's.
    ///
    /// # Errors
    /// [`TransportError::NoBundle`] if there is none.
    fn fetch(
        &mut self,
        now: Duration,
        asker: &Address,
        owner: &Address,
    ) -> Result<Vec<u8>, TransportError>;

    /// Sends an envelope to somebody's mailbox.
    ///
    /// # Errors
    /// [`TransportError`]
    fn send(
        &mut self,
        now: Duration,
        from: &Address,
        to: &Address,
        envelope: Vec<u8>,
    ) -> Result<(), TransportError>;

    /// Takes the oldest envelope from one's own mailbox.
    ///
    /// # Errors
    /// [`TransportError`]
    fn receive(&mut self, owner: &Address) -> Result<Option<Vec<u8>>, TransportError>;
}

/// Why something was not carried.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// Nobody by that name has published.
    #[error("{owner} has published no key bundle")]
    NoBundle {
        /// Whose bundle was asked for.
        owner: String,
    },
    /// The tap could not record; the packet was not carried either.
    #[error("the tap could not record: {0}")]
    Tap(#[from] io::Error),
}
