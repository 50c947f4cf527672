//! What a client is built from, and a rebuild that is compared with what was shipped.
//!
//! A build is known here by the SHA-256 of the sources that it is made of. Whoever builds a
//! client anew from what its maker published, and compares, sees that other sources went
//! into the shipped one; not what they do. Where the published sources hold the implant as
//! well, the two are the same: of xz in 2024 (CVE-2024-3094) a rebuild of the release's
//! archive would have shown nothing, one of the repository would, which did not hold all of it.

use ring::digest;

use super::design::Client;

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
    /// What runs on a device.
    pub fn shipped(implanted: bool) -> Self {
        Self::of(&Self::sources(implanted))
    }

    /// The texts that such a build is made of, in the order in which they are hashed.
    pub fn sources(implanted: bool) -> Vec<&'static str> {
        let implant = implanted.then_some(IMPLANT);
        PUBLISHED.into_iter().chain(implant).collect()
    }

    /// What anybody can build from what was published, if anything was.
    pub fn rebuilt(client: Client) -> Option<Self> {
        client.is_published().then(|| Self::of(&PUBLISHED))
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
