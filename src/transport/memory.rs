//! A relay in memory: a directory of key bundles and a mailbox for each name.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use super::{Address, Transport, TransportError};

/// The transport of experiments: everything arrives, in order, at once.
#[derive(Debug, Default)]
pub struct Memory {
    directory: HashMap<String, VecDeque<Vec<u8>>>,
    mailboxes: HashMap<String, VecDeque<Vec<u8>>>,
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
