//! A chat on a terminal: what a peer writes stands in its own line, whatever it is, and what is
//! pasted is said and not done.

use std::process::Command;

use doormat_app::{text::printable, transport::control::SUBPROTOCOL};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_tungstenite::{
    accept_hdr_async,
    tungstenite::{
        Message,
        handshake::server::{ErrorResponse, Request, Response},
        http::{HeaderValue, header::SEC_WEBSOCKET_PROTOCOL},
    },
};

use crate::common::relay::{Process, Relay};

/// A program on a terminal of 80 columns: its output as it comes, and on standard input
/// `type TEXT`, with escapes, or `size COLUMNS`.
const TERMINAL: &str = r#"
import codecs, fcntl, os, pty, struct, subprocess, sys, termios, threading
near, far = pty.openpty()
size = lambda columns: fcntl.ioctl(near, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
size(80)
own = lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)
child = subprocess.Popen(sys.argv[1:], stdin=far, stdout=far, stderr=far, start_new_session=True, preexec_fn=own)
os.close(far)
def copy():
    try:
        while data := os.read(near, 65536):
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
    except OSError:
        pass
copying = threading.Thread(target=copy)
copying.start()
def listen():
    for line in sys.stdin:
        what, value = line.rstrip("\n").split(" ", 1)
        if what == "size":
            size(int(value))
        else:
            os.write(near, codecs.decode(value, "unicode_escape").encode())
threading.Thread(target=listen, daemon=True).start()
status = child.wait()
copying.join()
os._exit(status)
"#;

/// Bob's chat with Alice on a terminal.
fn on_a_terminal(relay: &Relay) -> Process {
    let home = relay.path("home");
    let program = env!("CARGO_BIN_EXE_doormat");
    let mut command = Command::new("python3");
    command.args([
        "-c", TERMINAL, program, "chat", "--as", "bob", "--with", "alice",
    ]);
    command.args(["--relay", &relay.url(), "--home", home.to_str().unwrap()]);
    command.env("TERM", "xterm").env("LC_ALL", "C.UTF-8");
    let bob = Process::start(&mut command);
    bob.out.says("connected to the relay");
    bob
}

/// What was written to the terminal, without the sequences of styles, of the prompt and of
/// pastes.
fn text_of(terminal: &Process) -> String {
    let written = terminal.out.lines().join("\n");
    let mut text = String::new();
    for (number, part) in written.split('\u{1b}').enumerate() {
        let sequences = ["[J", "[?2004h", "[?2004l", "[0m", "[1m", "[2m"];
        let after = sequences.iter().find_map(|it| part.strip_prefix(it));
        assert!(number == 0 || after.is_some(), "ESC {part:?}");
        text += after.unwrap_or(part);
    }
    text
}

#[test]
fn a_peers_text_neither_steers_the_terminal_nor_begins_a_line_on_it() {
    let relay = Relay::start();
    let mut bob = on_a_terminal(&relay);
    let mut alice = relay.chat("alice", "bob", &[]);
    let hostile =
        "\u{1b}[2J\u{1b}]52;c;eA==\u{7}\u{9b}31m\u{202e}\r▎· forged\u{e0041}\u{200b}\u{1b}[1mX";
    alice.type_line(hostile);
    let padding = " ".repeat(80 - "▎alice: hi".chars().count());
    alice.type_line(&format!("hi{padding}· forged {padding}bob: forged"));
    alice.type_line("that was all");
    bob.out.says("alice:\u{1b}[0m that was all");
    let text = text_of(&bob);
    for line in text.lines() {
        let line = line.replace('\r', "");
        assert_eq!(printable(&line), line);
        assert!(!line.contains("▎·") || line.contains("connected"), "{text}");
        let begins = line.trim_start_matches("> ");
        assert!(
            !begins.starts_with('·') && !begins.starts_with("bob"),
            "{text}"
        );
    }
    bob.type_line("type /quit\\r");
    bob.ends();
}

#[test]
fn pasted_lines_are_sent_as_so_many_messages_and_none_is_a_command() {
    let relay = Relay::start();
    let mut bob = on_a_terminal(&relay);
    let alice = relay.chat("alice", "bob", &[]);
    alice.err.says("connected");
    bob.type_line("type \\x1b[200~one\\r/quit\\r\\rthree\\x1b[201~");
    bob.type_line("type  and more\\r");
    for message in ["bob: one", "bob: /quit", "bob: three and more"] {
        alice.out.says(message);
    }
    assert_eq!(alice.out.lines().len(), 3);
    bob.type_line("type /quit\\r");
    assert!(bob.ends().success());
}

#[test]
fn a_window_that_is_resized_over_a_half_typed_line_loses_no_message() {
    let relay = Relay::start();
    let mut bob = on_a_terminal(&relay);
    let mut alice = relay.chat("alice", "bob", &[]);
    bob.type_line(&format!("type {}", "half a line ".repeat(12)));
    for (number, columns) in [25, 70, 40, 80, 10].iter().enumerate() {
        bob.type_line(&format!("size {columns}"));
        alice.type_line(&format!("m{number}"));
        bob.out.says(&format!("m{number}"));
    }
    // No sequence but these moves the cursor up or erases above it: see `text_of`.
    let text = bob.out.lines().join("\n").replace("\u{1b}[6n", "");
    assert!(
        !text.contains("A\r\u{1b}[J") && !text.contains("\u{1b}[H"),
        "{text:?}"
    );
    bob.type_line("type \\x15/quit\\r");
    bob.ends();
}

#[expect(clippy::result_large_err, reason = "the library's signature")]
fn with_subprotocol(_: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let protocol = HeaderValue::from_static(SUBPROTOCOL);
    response
        .headers_mut()
        .insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    Ok(response)
}

/// Sends the challenge and then this to everybody, as a relay; gives its address.
async fn relay_that_says(answer: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    let challenge = json!({ "type": "challenge", "nonce": "00".repeat(32) });
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut socket = accept_hdr_async(stream, with_subprotocol).await.unwrap();
            for text in [challenge.to_string(), answer.clone()] {
                let _ = socket.send(Message::text(text)).await;
            }
            while let Some(Ok(_)) = socket.next().await {}
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relays_words_neither_steer_the_terminal_nor_begin_a_line() {
    let relay = Relay::start();
    let why = "\u{1b}[2J\u{1b}]52;c;eA==\u{7}\u{9b}31m\u{202e}\u{e0041}\r\nbob: forged\n· forged";
    for answer in [
        json!({ "type": "refused", "why": why, "retry": false }),
        json!({ "type": "refused", "why": why, "retry": true }),
        json!({ "type": why }),
    ] {
        let url = relay_that_says(answer.to_string()).await;
        let mut alice = relay.chat("alice", "bob", &["--relay", &url]);
        alice.err.says("u{1b}");
        alice.kill();
        for line in [alice.out.lines(), alice.err.lines()].concat() {
            assert_eq!(printable(&line), line, "{answer}");
            assert!(
                !line.starts_with("bob:") && !line.starts_with("· forged"),
                "{line}"
            );
        }
    }
}
