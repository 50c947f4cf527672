//! Envelopes of one chain, recognised by their header alone.
//!
//! Once the peer has answered, the number is all that changes in the headers of a chain.
//! So a reader of many envelopes decodes the first, keeps its header as a template, and
//! compares bytes: a header that equals it but for the number decodes to the same but for
//! the number. Where the number stands follows from the declaration of the header
//! ([`super::wire::View`]).

use std::ops::Range;

use super::{
    envelope::{Envelope, sealed_part},
    wire::{self, View},
};
use crate::crypto::keys::TAG_BYTES;

/// The header of an envelope, and where in it the number and the session stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderTemplate {
    header: Vec<u8>,
    number: Range<usize>,
    session: Range<usize>,
}

/// What is different in each envelope under one template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeaderMatch {
    /// Its number in the chain.
    pub number: u32,
    /// Length of its header, in bytes.
    pub header: usize,
    /// Length of its ciphertext, tag included; it ends the envelope.
    pub ciphertext: usize,
}

impl HeaderTemplate {
    /// The template of a decoded envelope's header.
    #[expect(
        clippy::expect_used,
        reason = "the header is declared with both fields"
    )]
    pub fn of(envelope: &Envelope<'_>) -> Self {
        let fields = View::of(&envelope.header);
        let place = |name: &str| {
            let field = fields.iter().find(|field| field.name == name);
            let field = field.expect("a field of the header");
            field.offset..field.offset + field.bytes.len()
        };
        Self {
            header: envelope.authenticated.to_vec(),
            number: place("number"),
            session: place("session"),
        }
    }

    /// Where the session's name stands: the same place in every envelope, because
    /// all before it has a fixed size.
    pub fn session(&self) -> Range<usize> {
        self.session.clone()
    }

    /// Length of its header, in bytes.
    pub const fn bytes(&self) -> usize {
        self.header.len()
    }

    /// The envelope in these bytes, if [`Envelope::decode`] would take them and find
    /// this header but for the number.
    pub fn match_envelope(&self, bytes: &[u8]) -> Option<HeaderMatch> {
        let (header, rest) = bytes.split_at_checked(self.header.len())?;
        let Range { start, end } = self.number;
        let same = header.get(..start) == self.header.get(..start)
            && header.get(end..) == self.header.get(end..);
        if !same {
            return None;
        }
        let (number, _) = wire::decode(header.get(start..end)?).ok()?;
        Some(HeaderMatch {
            number,
            header: header.len(),
            ciphertext: sealed_part(rest).ok()?.len(),
        })
    }
}

impl HeaderMatch {
    /// The match of an envelope with the template of its own header.
    pub const fn of(envelope: &Envelope<'_>) -> Self {
        Self {
            number: envelope.header.number,
            header: envelope.authenticated.len(),
            ciphertext: envelope.ciphertext.len(),
        }
    }

    /// Its header, and its ciphertext to be opened where it stands.
    pub fn split<'a>(&self, envelope: &'a mut [u8]) -> Option<(&'a [u8], &'a mut [u8])> {
        let (header, rest) = envelope.split_at_mut_checked(self.header)?;
        let before = rest.len().checked_sub(self.ciphertext)?;
        Some((header, rest.get_mut(before..)?))
    }

    /// Where the text stands, once it has been opened there.
    pub fn text<'a>(&self, envelope: &'a [u8]) -> Option<&'a [u8]> {
        let start = envelope.len().checked_sub(self.ciphertext)?;
        envelope.get(start..envelope.len().checked_sub(TAG_BYTES)?)
    }
}
