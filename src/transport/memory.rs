//! A relay in memory: a directory of key bundles and a mailbox for each name.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use super::interface::{Address, Transport, TransportError};

/// The transport of experiments: everything arrives, in order, at once.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    directory: BTreeMap<String, VecDeque<Vec<u8>>>,
    mailboxes: BTreeMap<String, VecDeque<Vec<u8>>>,
}

impl Memory {
    /// The key bundles that are still in the directory.
    pub fn directory(&self) -> impl Iterator<Item = &[u8]> {
        self.directory.values().flatten().map(Vec::as_slice)
    }

    /// The envelopes that nobody has fetched yet.
    pub fn mail(&self) -> impl Iterator<Item = &[u8]> {
        self.mailboxes.values().flatten().map(Vec::as_slice)
    }
}

impl Transport for Memory {
    fn publish(
        &mut self,
        _now: Duration,
        owner: &Address,
        bundles: Vec<Vec<u8>>,
    ) -> Result<(), TransportError> {
        self.directory.insert(owner.name.clone(), bundles.into());
        Ok(())
    }

    fn fetch(
        &mut self,
        _now: Duration,
        _asker: &Address,
        owner: &Address,
    ) -> Result<Vec<u8>, TransportError> {
        self.directory
            .get_mut(&owner.name)
            .and_then(|bundles| match bundles.len() {
                0 | 1 => bundles.front().cloned(),
                _ => bundles.pop_front(),
            })
            .ok_or_else(|| TransportError::NoBundle {
                owner: owner.name.clone(),
            })
    }

    fn send(
        &mut self,
        _now: Duration,
        _from: &Address,
        to: &Address,
        envelope: Vec<u8>,
    ) -> Result<(), TransportError> {
        self.mailboxes
            .entry(to.name.clone())
            .or_default()
            .push_back(envelope);
        Ok(())
    }

    fn receive(&mut self, owner: &Address) -> Result<Option<Vec<u8>>, TransportError> {
        Ok(self
            .mailboxes
            .get_mut(&owner.name)
            .and_then(VecDeque::pop_front))
    }
}
