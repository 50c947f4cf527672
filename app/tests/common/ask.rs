//! What can be asked of a server without a browser, byte for byte.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

/// A request, byte for byte.
#[derive(Clone)]
pub struct Ask {
    address: String,
    head: String,
    host: Option<String>,
    body: String,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    /// The ballot token in its cookie, and the value of the whole header.
    pub fn ballot_token(&self) -> Option<(String, String)> {
        let lines = self.head.lines();
        let mut lines = lines.filter_map(|it| it.split_once(": "));
        let (_, line) = lines.find(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))?;
        let token = line.split(['=', ';']).nth(1)?;
        Some((token.to_owned(), line.to_owned()))
    }
}

impl Ask {
    pub fn get(address: &str, path: &str) -> Self {
        Self::by("GET", address, path, "")
    }

    pub fn post(address: &str, path: &str, body: &str) -> Self {
        Self::by("POST", address, path, body)
    }

    pub fn by(method: &str, address: &str, path: &str, body: &str) -> Self {
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !body.is_empty() {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        Self {
            address: address.to_owned(),
            head,
            host: Some(address.to_owned()),
            body: body.to_owned(),
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.head += &format!("{name}: {value}\r\n");
        self
    }

    pub fn token(self, token: &str) -> Self {
        self.header("x-doormat-token", token)
    }

    pub fn voter(self, voter: &str) -> Self {
        self.header("Cookie", &format!("other=1; doormat-voter={voter}"))
    }

    pub fn host(mut self, host: Option<&str>) -> Self {
        self.host = host.map(str::to_owned);
        self
    }

    /// Sends it, and leaves the answer to be read.
    pub fn open(&self) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        let host = self
            .host
            .as_ref()
            .map_or(String::new(), |it| format!("Host: {it}\r\n"));
        let request = format!("{}{host}\r\n{}", self.head, self.body);
        stream.write_all(request.as_bytes()).unwrap();
        stream
    }

    pub fn send(&self) -> Answer {
        let mut stream = self.open();
        let mut bytes = Vec::new();
        // A server that refuses a long body may close before it has read it all.
        let _ = stream.read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).unwrap_or("0").parse().unwrap_or(0);
        let chunked = head
            .to_ascii_lowercase()
            .contains("transfer-encoding: chunked");
        assert!(!chunked, "not a stream");
        Answer {
            status,
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }
}

/// Reads a stream until what came fits.
pub fn read_until(stream: &mut TcpStream, fits: impl Fn(&str) -> bool) -> String {
    let mut text = String::new();
    let mut bytes = Vec::new();
    let mut piece = [0; 65536];
    while !fits(&text) {
        let read = stream.read(&mut piece).expect("the stream goes on");
        assert!(read > 0, "the stream ended: {text}");
        bytes.extend_from_slice(&piece[..read]);
        text = unchunked(&bytes);
    }
    text
}

/// The text of a chunked body so far.
fn unchunked(bytes: &[u8]) -> String {
    let begin = bytes
        .windows(4)
        .position(|it| it == b"\r\n\r\n")
        .map_or(bytes.len(), |at| at + 4);
    let mut rest = &bytes[begin..];
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|it| it == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        let Some(chunk) = rest.get(end + 2..end + 2 + size) else {
            break;
        };
        body.extend_from_slice(chunk);
        rest = rest.get(end + 4 + size..).unwrap_or_default();
    }
    String::from_utf8_lossy(&body).into_owned()
}
