//! The request guard: which requests are answered.
//!
//! Another site's page in the same browser can send us requests (cross-site request
//! forgery), and with a name that resolves to this machine (DNS rebinding) it can read the
//! answers. So the `Host` of each request must be an IP address of this machine or
//! `localhost`, its `Origin`, if it has one, must be ours, and it must have the
//! instructor's token in a header that no other site can set. Phones have a token of their
//! own, in the path, that gives access to the ballot and nothing else.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, header};
use rand::CryptoRng;

use crate::transport::admission::same_secret;
use doormat::crypto::random_bytes;

/// The header with the instructor's token.
pub(super) const TOKEN_HEADER: &str = "x-doormat-token";

/// Authorizes the instructor's pages: 16 random bytes, in hexadecimal.
#[derive(Clone, PartialEq, Eq)]
pub struct InstructorToken(String);

/// Authorizes the phones' page: short, since it is typed into phones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinToken(String);

/// Letters and digits without those that look alike from a distance: no `l`, `o`, `0`, `1`.
const ALPHABET: [char; 32] = [
    'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'm', 'n', 'p', 'q', 'r', 's', 't', 'u',
    'v', 'w', 'x', 'y', 'z', '2', '3', '4', '5', '6', '7', '8', '9',
];

/// Characters of a join token: 40 bits.
const JOIN_LENGTH: usize = 8;

impl InstructorToken {
    /// A random token.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self(hex::encode(random_bytes::<16>(rng)))
    }

    /// A token that was saved; nothing if the text cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.len() == 32 && text.bytes().all(|it| it.is_ascii_hexdigit());
        hex.then(|| Self(text.to_owned()))
    }

    /// The token.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a request has it.
    pub(super) fn authorizes(&self, headers: &HeaderMap) -> bool {
        let token = headers.get(TOKEN_HEADER);
        token.is_some_and(|it| same_secret(it, &self.0))
    }
}

impl std::fmt::Debug for InstructorToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InstructorToken")
    }
}

impl JoinToken {
    /// A random token.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        let random = random_bytes::<JOIN_LENGTH>(rng);
        let letter = |byte: &u8| ALPHABET.get(usize::from(byte % 32)).copied();
        Self(random.iter().filter_map(letter).collect())
    }

    /// A token that was saved; nothing if the text cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == JOIN_LENGTH && text.chars().all(|it| ALPHABET.contains(&it));
        fits.then(|| Self(text.to_owned()))
    }

    /// The token.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a path segment is the token.
    pub(super) fn matches(&self, text: &str) -> bool {
        same_secret(text, &self.0)
    }
}

/// Which `Host` headers a listener accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HostScope {
    /// Loopback addresses and `localhost`.
    Loopback,
    /// Any IP address.
    Network,
}

/// Whether the `Host` of a request is an address of this machine, and no page of another
/// site sent the request.
pub(super) fn is_trusted(headers: &HeaderMap, port: u16, scope: HostScope) -> bool {
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
    // Fetch metadata, which Chromium, Firefox and Safari send.
    let site = headers.get("sec-fetch-site").map(|it| it.as_bytes());
    let from_elsewhere = site.is_some_and(|it| it == b"cross-site" || it == b"same-site");
    let is_navigation = headers
        .get("sec-fetch-mode")
        .is_some_and(|it| it == "navigate");
    is_own_host(host, port, scope)
        && origin.is_none_or(|it| it.strip_prefix("http://") == Some(host))
        && (!from_elsewhere || is_navigation)
}

fn is_own_host(host: &str, port: u16, scope: HostScope) -> bool {
    let address: Option<SocketAddr> = host.parse().ok().or_else(|| {
        Some(SocketAddr::new(
            host.trim_matches(['[', ']']).parse().ok()?,
            80,
        ))
    });
    match (address, scope) {
        (Some(address), HostScope::Loopback) => {
            address.ip().is_loopback() && address.port() == port
        }
        (Some(address), HostScope::Network) => address.port() == port,
        (None, HostScope::Loopback) => {
            host == format!("localhost:{port}") || (port == 80 && host == "localhost")
        }
        (None, HostScope::Network) => false,
    }
}

/// The URL of the phones' page, without the port if it is HTTP's own.
pub fn phone_url(ip: IpAddr, port: u16, join: &JoinToken) -> String {
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

    fn trusted(host: &str, origin: Option<&str>, scope: HostScope) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_str(host).expect("a header"));
        if let Some(origin) = origin {
            headers.insert("origin", HeaderValue::from_str(origin).expect("a header"));
        }
        is_trusted(&headers, 7878, scope)
    }

    #[test]
    fn a_host_is_trusted_by_its_address_and_not_by_a_name() {
        for host in ["127.0.0.1:7878", "localhost:7878", "[::1]:7878"] {
            assert!(trusted(host, None, HostScope::Loopback), "{host}");
        }
        for host in [
            "evil.example:7878",
            "127.0.0.1:80",
            "127.0.0.1",
            "192.0.2.1:7878",
            "",
        ] {
            assert!(!trusted(host, None, HostScope::Loopback), "{host}");
        }
        assert!(trusted("192.0.2.1:7878", None, HostScope::Network));
        for host in ["evil.example:7878", "localhost:7878", "192.0.2.1:1"] {
            assert!(!trusted(host, None, HostScope::Network), "{host}");
        }
    }

    #[test]
    fn the_origin_of_another_site_is_refused() {
        let us = "127.0.0.1:7878";
        assert!(trusted(
            us,
            Some("http://127.0.0.1:7878"),
            HostScope::Loopback
        ));
        for origin in [
            "http://evil.example",
            "null",
            "https://127.0.0.1:7878",
            "http://127.0.0.1",
        ] {
            assert!(!trusted(us, Some(origin), HostScope::Loopback), "{origin}");
        }
    }
}
