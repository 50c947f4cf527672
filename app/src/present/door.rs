//! The door: who may ask for what.
//!
//! A page of somebody else's, open in the same browser, can make that browser ask us for
//! things; a name that suddenly means this machine (DNS rebinding) can make it read the
//! answer. So each request must name this machine by number, must come from a page of
//! ours if it comes from a page, and must bring the instructor's token in a header that
//! no other page can set. Phones have a token of their own, in the address, that opens
//! the ballot and nothing else.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, header};
use rand::CryptoRng;
use ring::digest::{SHA256, digest};

use doormat::crypto::random_bytes;

/// The header that brings the instructor's token.
pub(super) const TOKEN_HEADER: &str = "x-doormat-token";

/// What opens the instructor's pages: 16 random bytes, in hexadecimal.
#[derive(Clone, PartialEq, Eq)]
pub struct InstructorToken(String);

/// What opens the ballot: short, since it is typed into phones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinToken(String);

/// Letters and digits that are not taken for one another when read from a wall.
const ALPHABET: [char; 32] = [
    'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'm', 'n', 'p', 'q', 'r', 's', 't', 'u',
    'v', 'w', 'x', 'y', 'z', '2', '3', '4', '5', '6', '7', '8', '9',
];

/// Characters of a join token: 40 bits.
const JOIN: usize = 8;

impl InstructorToken {
    /// A new one.
    pub fn draw(rng: &mut dyn CryptoRng) -> Self {
        Self(hex::encode(random_bytes::<16>(rng)))
    }

    /// One that was kept; nothing if it cannot have been.
    pub fn read(text: &str) -> Option<Self> {
        let hex = text.len() == 32 && text.bytes().all(|it| it.is_ascii_hexdigit());
        hex.then(|| Self(text.to_owned()))
    }

    /// The token.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a request brings it. Digests are compared: how long that takes tells
    /// nothing of the token.
    pub(super) fn is_brought_by(&self, headers: &HeaderMap) -> bool {
        let brought = headers.get(TOKEN_HEADER);
        brought.is_some_and(|it| same(it.as_bytes(), self.0.as_bytes()))
    }
}

impl std::fmt::Debug for InstructorToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InstructorToken")
    }
}

impl JoinToken {
    /// A new one.
    pub fn draw(rng: &mut dyn CryptoRng) -> Self {
        let random = random_bytes::<JOIN>(rng);
        let letter = |byte: &u8| ALPHABET.get(usize::from(byte % 32)).copied();
        Self(random.iter().filter_map(letter).collect())
    }

    /// One that was kept; nothing if it cannot have been.
    pub fn read(text: &str) -> Option<Self> {
        let fits = text.len() == JOIN && text.chars().all(|it| ALPHABET.contains(&it));
        fits.then(|| Self(text.to_owned()))
    }

    /// The token.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether an address has it.
    pub(super) fn is(&self, text: &str) -> bool {
        same(text.as_bytes(), self.0.as_bytes())
    }
}

fn same(one: &[u8], other: &[u8]) -> bool {
    digest(&SHA256, one).as_ref() == digest(&SHA256, other).as_ref()
}

/// Where a listener may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// By this machine itself.
    Loopback,
    /// By whoever is on the network.
    Network,
}

/// Whether a request names this machine by number, and was not sent by a page of
/// somebody else's.
pub(super) fn is_ours(headers: &HeaderMap, port: u16, reach: Reach) -> bool {
    let one = |name| {
        let mut values = headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (value, None) => Ok(value.and_then(|it| it.to_str().ok())),
            _ => Err(()),
        }
    };
    let Ok(Some(host)) = one(header::HOST) else {
        return false;
    };
    let Ok(origin) = one(header::ORIGIN) else {
        return false;
    };
    // Chromium, Firefox and Safari say how a request came about.
    let site = headers.get("sec-fetch-site").map(|it| it.as_bytes());
    let from_elsewhere = site.is_some_and(|it| it == b"cross-site" || it == b"same-site");
    let to_a_page = headers
        .get("sec-fetch-mode")
        .is_some_and(|it| it == "navigate");
    names_us(host, port, reach)
        && origin.is_none_or(|it| it.strip_prefix("http://") == Some(host))
        && (!from_elsewhere || to_a_page)
}

fn names_us(host: &str, port: u16, reach: Reach) -> bool {
    let address: Option<SocketAddr> = host.parse().ok().or_else(|| {
        Some(SocketAddr::new(
            host.trim_matches(['[', ']']).parse().ok()?,
            80,
        ))
    });
    match (address, reach) {
        (Some(address), Reach::Loopback) => address.ip().is_loopback() && address.port() == port,
        (Some(address), Reach::Network) => address.port() == port,
        (None, Reach::Loopback) => {
            host == format!("localhost:{port}") || (port == 80 && host == "localhost")
        }
        (None, Reach::Network) => false,
    }
}

/// The address that phones are given: without the port where browsers know it.
pub fn address(ip: IpAddr, port: u16, join: &JoinToken) -> String {
    let join = join.as_str();
    match port {
        80 if ip.is_ipv6() => format!("http://[{ip}]/{join}"),
        80 => format!("http://{ip}/{join}"),
        _ => format!("http://{}/{join}", SocketAddr::new(ip, port)),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn asked(host: &str, origin: Option<&str>, reach: Reach) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_str(host).expect("a header"));
        if let Some(origin) = origin {
            headers.insert("origin", HeaderValue::from_str(origin).expect("a header"));
        }
        is_ours(&headers, 7878, reach)
    }

    #[test]
    fn a_name_that_means_us_is_not_us() {
        for host in ["127.0.0.1:7878", "localhost:7878", "[::1]:7878"] {
            assert!(asked(host, None, Reach::Loopback), "{host}");
        }
        for host in [
            "evil.example:7878",
            "127.0.0.1:80",
            "127.0.0.1",
            "192.0.2.1:7878",
            "",
        ] {
            assert!(!asked(host, None, Reach::Loopback), "{host}");
        }
        assert!(asked("192.0.2.1:7878", None, Reach::Network));
        for host in ["evil.example:7878", "localhost:7878", "192.0.2.1:1"] {
            assert!(!asked(host, None, Reach::Network), "{host}");
        }
    }

    #[test]
    fn a_page_of_somebody_elses_is_refused() {
        let us = "127.0.0.1:7878";
        assert!(asked(us, Some("http://127.0.0.1:7878"), Reach::Loopback));
        for origin in [
            "http://evil.example",
            "null",
            "https://127.0.0.1:7878",
            "http://127.0.0.1",
        ] {
            assert!(!asked(us, Some(origin), Reach::Loopback), "{origin}");
        }
    }
}
