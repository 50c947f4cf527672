//! One envelope of a batch: where it stands, and what became of it.

use std::{ops::Range, time::Duration};

use crate::protocol::HeaderMatch;

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) time: Duration,
    pub(super) place: Range<usize>,
    pub(super) parts: HeaderMatch,
    /// Its header template's place in `templates`.
    pub(super) template: usize,
    pub(super) read: bool,
}
