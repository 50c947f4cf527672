//! What a client is built from, and a rebuild that is compared with what was shipped.
//!
//! A build is known here by the SHA-256 of the sources that it is made of. Whoever builds a
//! client anew from what its maker published, and compares, sees that other sources went
//! into the shipped one; not what they do. Where the published sources hold the implant as
//! well, as in xz's release of 2024 (CVE-2024-3094), the two are the same.

use ring::digest;

use super::design::Design;

/// The SHA-256 of a build's sources, 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Build([u8; 32]);

/// The sources of the honest client that have to do with sessions.
const PUBLISHED: [&str; 5] = [
    include_str!("../protocol/device/state.rs"),
    include_str!("../protocol/device/sessions.rs"),
    include_str!("../protocol/session/mod.rs"),
    include_str!("../protocol/handshake.rs"),
    include_str!("../protocol/schedule/ratchet.rs"),
];

/// What the implanted one has besides.
const IMPLANT: &str = include_str!("../attack/implant.rs");

impl Build {
    /// What was shipped.
    pub fn shipped(design: &Design) -> Self {
        Self::of(&Self::shipped_sources(design))
    }

    /// The texts of what was shipped, in the order in which they are hashed.
    pub fn shipped_sources(design: &Design) -> Vec<&'static str> {
        let mut sources = PUBLISHED.to_vec();
        if design.client.is_implanted() {
            sources.push(IMPLANT);
        }
        sources
    }

    /// What anybody can build from what was published, if anything was.
    pub fn rebuilt(design: &Design) -> Option<Self> {
        design.client.is_published().then(|| Self::of(&PUBLISHED))
    }

    /// Whether a rebuild shows that something else was shipped.
    pub fn differs(design: &Design) -> bool {
        Self::rebuilt(design).is_some_and(|rebuilt| rebuilt != Self::shipped(design))
    }

    fn of(sources: &[&str]) -> Self {
        let mut hash = digest::Context::new(&digest::SHA256);
        for source in sources {
            hash.update(source.as_bytes());
        }
        let hash = hash.finish();
        Self(hash.as_ref().try_into().unwrap_or_default())
    }
}

impl std::fmt::Display for Build {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}
