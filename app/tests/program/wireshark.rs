//! Wireshark and tcpdump, the tools of the trade, on our recordings and on the
//! relay's real traffic. `scripts/test` installs them.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

/// A folder to work in, and the programs run in it.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs a program to its end; it must succeed.
    fn run(&self, program: &str, args: &[&str]) -> String {
        let output = Command::new(program)
            .args(args)
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("{program} does not run: {error}"));
        assert!(output.status.success(), "{program} {args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn doormat(&self, args: &[&str]) -> String {
        self.run(env!("CARGO_BIN_EXE_doormat"), args)
    }

    /// The packets of a capture that our dissector took, as tshark tells them:
    /// of each, every field of ours by its name.
    fn dissect(&self, capture: &str, port: u16, keylog: Option<&str>) -> Vec<Layer> {
        let plugin = crate::common::docs::root().join("wireshark/doormat.lua");
        let plugin = format!("lua_script:{}", plugin.display());
        let port = format!("doormat.port:{port}");
        let keylog = keylog.map(|name| format!("doormat.keylog:{}", self.path(name).display()));
        let mut args = vec!["-X", &plugin, "-r", capture, "-o", &port, "-T", "pdml"];
        if let Some(keylog) = &keylog {
            args.extend(["-o", keylog.as_str()]);
        }
        let pdml = self.run("tshark", &args);
        assert!(!pdml.contains("Lua Error"), "{pdml}");
        layers(&pdml)
    }
}

/// One PDU of ours: each field's name, with its bytes and what is shown.
type Layer = BTreeMap<String, (String, String)>;

/// Our layers in tshark's XML, which has one element a line.
fn layers(pdml: &str) -> Vec<Layer> {
    let mut layers = Vec::new();
    let mut current: Option<Layer> = None;
    for line in pdml.lines().map(str::trim) {
        if line.starts_with("<proto ") {
            layers.extend(current.take());
            if attribute(line, "name") == "doormat" {
                current = Some(Layer::new());
            }
        } else if line.starts_with("<field ")
            && let Some(layer) = &mut current
        {
            let name = attribute(line, "name");
            if let Some(name) = name.strip_prefix("doormat.") {
                let value = (attribute(line, "value"), attribute(line, "show"));
                layer.entry(name.to_owned()).or_insert(value);
            }
        } else if line == "</packet>" {
            layers.extend(current.take());
        }
    }
    layers
}

fn attribute(line: &str, name: &str) -> String {
    let begin = format!(" {name}=\"");
    let value = line
        .split_once(&begin)
        .and_then(|(_, rest)| rest.split_once('"'));
    value
        .map_or("", |(value, _)| value)
        .replace("&#x27;", "'")
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

#[test]
fn the_dissector_shows_every_field_as_inspect_does() {
    let desk = Desk::new();
    desk.doormat(&["demo", "--captures", "lesson", "--json"]);
    for capture in ["lesson/escrow.pcapng", "lesson/e2e.pcapng"] {
        let dissected = desk.dissect(capture, 7000, None);
        let envelopes: Vec<_> = dissected
            .iter()
            .filter(|it| it.contains_key("sender"))
            .collect();
        assert_eq!((dissected.len(), envelopes.len()), (19, 8));
        for (index, layer) in envelopes.iter().enumerate() {
            let index = index.to_string();
            let inspected = desk.doormat(&["inspect", capture, "--message", &index, "--json"]);
            let inspected: Value = serde_json::from_str(&inspected).unwrap();
            for field in inspected["fields"].as_array().unwrap() {
                let name = field["name"].as_str().unwrap().replace("[0]", "");
                let (bytes, _) = layer
                    .get(&name)
                    .unwrap_or_else(|| panic!("{capture} {index}: no field {name}: {layer:?}"));
                // A name's element shows its text; its length byte stands before it.
                let wanted = field["bytes"].as_str().unwrap();
                assert!(!bytes.is_empty() || wanted.is_empty(), "{name}");
                assert!(wanted.ends_with(bytes.as_str()), "{name}: {bytes} {wanted}");
            }
        }
    }
}

#[test]
fn with_the_escrow_keys_log_the_escrow_messages_open_and_the_others_stay_shut() {
    for schedule in ["ratchet", "static"] {
        let desk = Desk::new();
        desk.doormat(&[
            "demo",
            "--captures",
            "lesson",
            "--json",
            "--schedule",
            schedule,
        ]);
        let attack = |capture: &str, rest: &[&str]| {
            let capture = format!("lesson/{capture}.pcapng");
            let args = ["attack", &capture, "--escrow-key", "lesson/escrow.key"];
            desk.doormat(&[&args, rest].concat())
        };
        attack("escrow", &["--keylog", "keys.txt", "--out", "read.jsonl"]);
        let sent: Vec<String> = fs::read_to_string(desk.path("read.jsonl"))
            .unwrap()
            .lines()
            .map(|line| {
                serde_json::from_str::<Value>(line).unwrap()["text"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        let opened = texts(&desk.dissect("lesson/escrow.pcapng", 7000, Some("keys.txt")));
        assert_eq!(opened, sent);
        assert_eq!(opened.len(), 8);
        let shut = desk.dissect("lesson/e2e.pcapng", 7000, Some("keys.txt"));
        assert!(texts(&shut).is_empty());
        let without = desk.dissect("lesson/escrow.pcapng", 7000, None);
        assert!(texts(&without).is_empty());
    }
}

fn texts(layers: &[Layer]) -> Vec<String> {
    layers
        .iter()
        .filter_map(|layer| layer.get("text").map(|(_, shown)| shown.clone()))
        .collect()
}

#[test]
fn a_capture_of_the_relays_traffic_gives_the_escrow_messages_and_no_other() {
    let desk = Desk::new();
    let port = free_port();
    let listen = format!("127.0.0.1:{port}");
    let url = format!("ws://{listen}");
    let filter = format!("tcp port {port}");

    let mut dump = Command::new("tcpdump")
        .args(["-i", "lo", "-U", "-w", "live.pcap", &filter])
        .current_dir(desk.0.path())
        .stderr(Stdio::piped())
        .spawn()
        .expect("tcpdump runs");
    let mut said = BufReader::new(dump.stderr.take().unwrap());
    wait_for_line(&mut said, "listening on");
    let mut relay = Command::new(env!("CARGO_BIN_EXE_doormat"))
        .args(["relay", "--listen", &listen, "--data", "relay", "--quiet"])
        .current_dir(desk.0.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for_line(
        &mut BufReader::new(relay.stdout.take().unwrap()),
        "relay at",
    );

    desk.doormat(&["authority", "new", "--out", "ministry"]);
    for mode in [
        &["--mode", "e2e"][..],
        &["--mode", "escrow", "--escrow-pub", "ministry.pub"],
    ] {
        let names = [format!("alice-{}", mode[1]), format!("bob-{}", mode[1])];
        let chat = |who: &str, with: &str, rest: &[&str], typed: &str| {
            let args = [
                "chat", "--as", who, "--with", with, "--relay", &url, "--home", "home",
            ];
            let mut child = Command::new(env!("CARGO_BIN_EXE_doormat"))
                .args([&args[..], mode, rest].concat())
                .current_dir(desk.0.path())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            std::io::Write::write_all(&mut child.stdin.take().unwrap(), typed.as_bytes()).unwrap();
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success());
            String::from_utf8(output.stdout).unwrap()
        };
        chat(&names[1], &names[0], &[], "");
        chat(&names[0], &names[1], &[], "first line\nsecond line\n");
        let read = chat(&names[1], &names[0], &["--receive", "2"], "");
        assert_eq!(read.lines().count(), 2);
    }
    stop(&mut relay);
    wait_until(|| fs::metadata(desk.path("live.pcap")).is_ok_and(|it| it.len() > 20_000));
    stop(&mut dump);

    let args = ["attack", "live.pcap", "--escrow-key", "ministry.key"];
    let lines = desk.doormat(&[&args[..], &["--out", "-", "--keylog", "keys.txt"]].concat());
    let lines: Vec<Value> = lines
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    // Each envelope crosses the wire twice: to the relay, and from it.
    assert_eq!(lines.len(), 8);
    for line in &lines {
        let escrow = line["sender"] == "alice-escrow";
        assert_eq!(line["exposure"] == "read", escrow, "{line}");
    }
    let opened = texts(&desk.dissect("live.pcap", port, Some("keys.txt")));
    assert!(opened.contains(&"first line".to_owned()), "{opened:?}");
    assert!(opened.len() >= 2);
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn wait_for_line(from: &mut impl BufRead, wanted: &str) {
    let mut line = String::new();
    while !line.contains(wanted) {
        line.clear();
        assert!(
            from.read_line(&mut line).unwrap() > 0,
            "ended before {wanted}"
        );
    }
}

fn wait_until(mut condition: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !condition() && begun.elapsed() < Duration::from_secs(5) {
        thread::sleep(Duration::from_millis(50));
    }
}

/// Asks a program to end, as Ctrl-C would.
fn stop(child: &mut Child) {
    let id = child.id().to_string();
    Command::new("kill").args(["-INT", &id]).status().unwrap();
    let mut rest = String::new();
    if let Some(out) = &mut child.stdout {
        let _ = out.read_to_string(&mut rest);
    }
    assert!(child.wait().unwrap().success());
}
