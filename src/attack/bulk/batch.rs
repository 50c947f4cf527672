//! Some of a tape's envelopes, in its order, with the chains that they belong to.

use std::{collections::HashMap, mem, ops::Range, sync::Arc, time::Duration};

use super::{chain_state::ChainState, entry::Entry};
use crate::attack::{Exposure, Observation};
use crate::protocol::{Envelope, HeaderMatch};

/// A batch: filled by a [`Demultiplexer`](super::Demultiplexer), opened by a [`Bulk`](super::Bulk),
/// then read. Its memory is used again for the next.
#[derive(Debug, Default)]
pub struct Batch {
    /// The envelopes' bytes, one after the other. Opening puts texts into them.
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    chains: Vec<Arc<ChainState>>,
    /// Where each chain stands in `chains`, by its address.
    chain_places: HashMap<usize, usize>,
    /// Of each header template: the first entry that has it, and its chain's place in
    /// `chains`.
    templates: Vec<(usize, usize)>,
    /// The first envelope's number on the tape.
    pub(super) first: u64,
}

/// The envelopes of one chain, each with the bytes that it stands in.
pub(super) type Share<'a> = Vec<(&'a mut Entry, &'a mut [u8])>;

impl Batch {
    /// Makes room for the next.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
        self.chains.clear();
        self.chain_places.clear();
        self.templates.clear();
    }

    /// How many envelopes it has.
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has none.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many bytes of envelopes it has.
    pub const fn size(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn push(
        &mut self,
        time: Duration,
        envelope: &[u8],
        parts: HeaderMatch,
        template: usize,
    ) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(envelope);
        self.entries.push(Entry {
            time,
            place: start..self.bytes.len(),
            parts,
            template,
            read: false,
        });
    }

    /// Adds a header template of a chain, that of the next envelope: its place.
    pub(super) fn add_template(&mut self, chain: &Arc<ChainState>) -> usize {
        let next = self.chains.len();
        let place = *self
            .chain_places
            .entry(Arc::as_ptr(chain).addr())
            .or_insert(next);
        if place == next {
            self.chains.push(Arc::clone(chain));
        }
        self.templates.push((self.entries.len(), place));
        self.templates.len() - 1
    }

    /// Deals the envelopes out to their chains.
    pub(super) fn shares(&mut self) -> Vec<(&ChainState, Share<'_>)> {
        let mut shares: Vec<_> = self
            .chains
            .iter()
            .map(|chain| (chain.as_ref(), Vec::new()))
            .collect();
        let mut rest = self.bytes.as_mut_slice();
        for entry in &mut self.entries {
            let taken = mem::take(&mut rest).split_at_mut_checked(entry.place.len());
            let share = self
                .templates
                .get(entry.template)
                .and_then(|(_, chain)| shares.get_mut(*chain));
            if let (Some((envelope, after)), Some((_, share))) = (taken, share) {
                share.push((entry, envelope));
                rest = after;
            }
        }
        shares
    }

    /// What was seen of these envelopes, by their places in the batch.
    pub fn seen(&self, places: Range<usize>) -> impl Iterator<Item = Seen<'_>> {
        let first = u64::try_from(places.start).unwrap_or(u64::MAX);
        let entries = self.entries.get(places).unwrap_or_default();
        (self.first.saturating_add(first)..)
            .zip(entries)
            .map(|(index, entry)| Seen {
                index,
                entry,
                envelope: self.bytes.get(entry.place.clone()).unwrap_or_default(),
            })
    }

    /// One envelope of each header template: those that have it differ from each other in
    /// number and text only.
    pub fn header_templates(&self) -> impl Iterator<Item = Seen<'_>> {
        self.templates
            .iter()
            .filter_map(|(place, _)| self.seen(*place..place.saturating_add(1)).next())
    }
}

/// One envelope, after the batch was opened.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Counts envelopes in the order of the tape, from 0.
    pub index: u64,
    entry: &'a Entry,
    /// Its bytes, the text in the ciphertext's place if it was read.
    envelope: &'a [u8],
}

impl<'a> Seen<'a> {
    /// Its header template's place among the batch's.
    pub const fn template(&self) -> usize {
        self.entry.template
    }

    /// The text, if it was read.
    pub fn text(&self) -> Option<&'a [u8]> {
        let text = self.entry.parts.text(self.envelope);
        text.filter(|_| self.entry.read)
    }

    /// All that was seen of it.
    pub fn observation(&self) -> Option<Observation> {
        let envelope = Envelope::decode(self.envelope).ok()?;
        let exposure = self
            .text()
            .map_or(Exposure::MetadataOnly, |text| Exposure::Read(text.to_vec()));
        Some(Observation::of(
            &envelope,
            self.index,
            self.entry.time,
            self.envelope.len(),
            exposure,
        ))
    }
}
