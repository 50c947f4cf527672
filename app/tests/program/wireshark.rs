//! Wireshark and tcpdump on our recordings and on the relay's real traffic.
//! `scripts/test` installs them.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::common::{
    docs::root,
    folder::{Folder, succeeds},
    process::until,
};
use serde_json::Value;

/// The packets of a capture that our dissector took, as tshark shows them: of each, every
/// field of ours by its name.
fn dissect(folder: &Folder, capture: &str, port: u16, keylog: Option<&str>) -> Vec<Layer> {
    let plugin = root().join("wireshark/doormat.lua");
    let plugin = format!("lua_script:{}", plugin.display());
    let port = format!("doormat.port:{port}");
    let keylog = keylog.map(|name| format!("doormat.keylog:{}", folder.path(name).display()));
    let mut args = vec!["-X", &plugin, "-r", capture, "-o", &port, "-T", "pdml"];
    if let Some(keylog) = &keylog {
        args.extend(["-o", keylog.as_str()]);
    }
    let pdml = succeeds(&mut folder.command("tshark", &args));
    assert!(!pdml.contains("Lua Error"), "{pdml}");
    layers(&pdml)
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
            if name == "_ws.expert.message" {
                let said = (String::new(), attribute(line, "show"));
                layer.insert("expert".to_owned(), said);
            } else if let Some(name) = name.strip_prefix("doormat.") {
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
    let folder = Folder::new();
    folder.ok(&["demo", "--captures", "lesson", "--json"]);
    for capture in ["lesson/escrow.pcapng", "lesson/e2e.pcapng"] {
        let dissected = dissect(&folder, capture, 7000, None);
        let envelopes: Vec<_> = dissected
            .iter()
            .filter(|it| it.contains_key("sender"))
            .collect();
        assert_eq!((dissected.len(), envelopes.len()), (19, 8));
        for (index, layer) in envelopes.iter().enumerate() {
            let index = index.to_string();
            let inspected = folder.ok(&["inspect", capture, "--message", &index, "--json"]);
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
fn with_the_escrow_keys_log_the_escrow_messages_open_and_the_others_do_not() {
    for schedule in ["ratchet", "static"] {
        let folder = Folder::new();
        folder.ok(&[
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
            folder.ok(&[&args, rest].concat())
        };
        attack("escrow", &["--keylog", "keys.txt", "--out", "read.jsonl"]);
        let sent: Vec<String> = fs::read_to_string(folder.path("read.jsonl"))
            .unwrap()
            .lines()
            .map(|line| {
                serde_json::from_str::<Value>(line).unwrap()["text"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        let opened = texts(&dissect(
            &folder,
            "lesson/escrow.pcapng",
            7000,
            Some("keys.txt"),
        ));
        assert_eq!(opened, sent);
        assert_eq!(opened.len(), 8);
        let shut = dissect(&folder, "lesson/e2e.pcapng", 7000, Some("keys.txt"));
        assert!(texts(&shut).is_empty());
        let without = dissect(&folder, "lesson/escrow.pcapng", 7000, None);
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
    let folder = Folder::new();
    let port = free_port();
    let listen = format!("127.0.0.1:{port}");
    let url = format!("ws://{listen}");
    let filter = format!("tcp port {port}");

    let mut dump = folder
        .command("tcpdump", &["-i", "lo", "-U", "-w", "live.pcap", &filter])
        .stderr(Stdio::piped())
        .spawn()
        .expect("tcpdump runs");
    let mut said = BufReader::new(dump.stderr.take().unwrap());
    wait_for_line(&mut said, "listening on");
    let mut relay = folder
        .doormat(&["relay", "--listen", &listen, "--data", "relay", "--quiet"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for_line(
        &mut BufReader::new(relay.stdout.take().unwrap()),
        "relay at",
    );

    folder.ok(&["authority", "new", "--out", "ministry"]);
    for mode in [
        &["--mode", "e2e"][..],
        &["--mode", "escrow", "--escrow-pub", "ministry.pub"],
    ] {
        let names = [format!("alice-{}", mode[1]), format!("bob-{}", mode[1])];
        let chat = |who: &str, with: &str, rest: &[&str], typed: &str| {
            let args = [
                "chat", "--as", who, "--with", with, "--relay", &url, "--home", "home",
            ];
            let mut child = folder
                .doormat(&[&args[..], mode, rest].concat())
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
    // Each envelope crosses the wire twice: to the relay, and from it.
    let args = ["attack", "live.pcap", "--escrow-key", "ministry.key"];
    let figures = || -> Value {
        let output = folder.run(&[&args[..], &["--json"]].concat());
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    };
    until("tcpdump has written all", || {
        thread::sleep(Duration::from_millis(300));
        figures()["envelopes"] == 8
    });
    stop(&mut dump);

    crate::captures::assert_adds_up(&figures()["capture"]);
    let lines = folder.ok(&[&args[..], &["--out", "-", "--keylog", "keys.txt"]].concat());
    let lines: Vec<Value> = lines
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    assert_eq!(lines.len(), 8);
    for line in &lines {
        let escrow = line["sender"] == "alice-escrow";
        assert_eq!(line["exposure"] == "read", escrow, "{line}");
    }
    let opened = texts(&dissect(&folder, "live.pcap", port, Some("keys.txt")));
    assert!(opened.contains(&"first line".to_owned()), "{opened:?}");
    assert!(opened.len() >= 2);
}

/// What the dissector complains of.
fn experts(layers: &[Layer]) -> impl Iterator<Item = &String> {
    layers
        .iter()
        .filter_map(|layer| layer.get("expert").map(|(_, said)| said))
}

/// A lesson whose escrow messages' session keys are logged in `keys.txt`.
fn logged() -> Folder {
    let folder = Folder::with_lesson(&[]);
    folder.ok(&[
        "attack",
        "lesson/escrow.pcapng",
        "--escrow-key",
        "lesson/escrow.key",
        "--keylog",
        "keys.txt",
        "--json",
    ]);
    folder
}

/// Where the numbers of the envelopes on a tape stand.
fn numbers(tape: &[u8]) -> Vec<usize> {
    let begins = |at: &usize| tape[*at..*at + 4] == [1, 1, 2, 1];
    let envelopes = (0..tape.len() - 4).filter(begins);
    envelopes
        .map(|at| {
            let sender = at + 36;
            let recipient = sender + 1 + usize::from(tape[sender]);
            let opening = recipient + 1 + usize::from(tape[recipient]);
            let one_time = opening + 1 + 3 * 32 + 4;
            let ratchet = match (tape[opening], tape[one_time]) {
                (0, _) => opening + 1,
                (_, 0) => one_time + 1,
                (_, _) => one_time + 5,
            };
            ratchet + 32 + 4
        })
        .collect()
}

#[test]
fn a_key_log_of_another_editor_is_read_or_its_encoding_is_named() {
    let folder = logged();
    let log = folder.read("keys.txt");
    let crlf = log.replace('\n', "\r\n");
    for text in [
        format!("\u{feff}{log}"),
        crlf.clone(),
        format!("\u{feff}{crlf}"),
        log.trim_end().to_owned(),
    ] {
        folder.write("other.txt", &text);
        let layers = dissect(&folder, "lesson/escrow.pcapng", 7000, Some("other.txt"));
        assert_eq!(texts(&layers).len(), 8);
    }
    let utf_16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let without: Vec<u8> = utf_16(&log);
    for bytes in [[&[0xff, 0xfe], &without[..]].concat(), without] {
        folder.write("other.txt", bytes);
        let plugin = format!(
            "lua_script:{}",
            root().join("wireshark/doormat.lua").display()
        );
        let log = format!("doormat.keylog:{}", folder.path("other.txt").display());
        let args = ["-X", &plugin, "-r", "lesson/escrow.pcapng", "-o", &log];
        let output = folder.command("tshark", &args).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("UTF-16"), "{said}");
    }
}

#[test]
fn a_forged_number_costs_no_walk_and_the_tree_says_that_it_was_not_looked_at() {
    let folder = logged();
    let sound = folder.bytes("lesson/escrow.pcapng");
    let places = numbers(&sound);
    assert_eq!(places.len(), 8);
    for (forged, why) in [
        (8193_u32, "not looked at"),
        (65_536, "not looked at"),
        ((1 << 20) - 1, "not looked at"),
        (1 << 20, "beyond the longest run"),
        (u32::MAX, "beyond the longest run"),
    ] {
        let mut tape = sound.clone();
        for place in &places[..3] {
            tape[*place..place + 4].copy_from_slice(&forged.to_be_bytes());
        }
        folder.write("forged.pcapng", tape);
        let begun = Instant::now();
        let layers = dissect(&folder, "forged.pcapng", 7000, Some("keys.txt"));
        assert!(begun.elapsed() < Duration::from_secs(30), "{forged}");
        assert_eq!(texts(&layers).len(), 5, "{forged}");
        let said = experts(&layers).filter(|said| said.contains(why));
        assert_eq!(said.count(), 3, "{forged}: {layers:?}");
    }
}

#[test]
fn many_forged_numbers_cost_no_more_than_one_and_sound_messages_still_open() {
    let folder = logged();
    let mut tape = folder.bytes("lesson/escrow.pcapng");
    let places = numbers(&tape);
    // Each alone may be walked; together they may not.
    for (place, number) in places[..7]
        .iter()
        .zip([3000_u32, 3001, 6000, 4000, 5000, 6000, 2000])
    {
        tape[*place..place + 4].copy_from_slice(&number.to_be_bytes());
    }
    folder.write("forged.pcapng", tape);
    let layers = dissect(&folder, "forged.pcapng", 7000, Some("keys.txt"));
    assert_eq!(texts(&layers).len(), 1);
    let refused = experts(&layers).filter(|said| said.contains("to messages that did not open"));
    assert!(refused.count() > 0, "{layers:?}");
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

#[test]
fn tsharks_summary_adds_up_to_what_the_attack_says() {
    let folder = logged();
    let plugin = root().join("wireshark/doormat.lua");
    let plugin = format!("lua_script:{}", plugin.display());
    let keylog = format!("doormat.keylog:{}", folder.path("keys.txt").display());
    // A byte of the last tag is changed: that envelope does not open, and is counted so.
    let mut tape = folder.bytes("lesson/escrow.pcapng");
    let at = tape.len() - 12;
    tape[at] ^= 1;
    folder.write("damaged.pcapng", tape);
    let summary = |capture: &str| {
        let args = [
            "-q",
            "-X",
            &plugin,
            "-X",
            "lua_script1:summary",
            "-o",
            &keylog,
            "-r",
            capture,
        ];
        let said = succeeds(&mut folder.command("tshark", &args));
        let numbers = said.split(|it: char| !it.is_ascii_digit());
        let numbers: Vec<u64> = numbers.filter_map(|it| it.parse().ok()).collect();
        numbers
    };
    for (capture, damaged) in [("lesson/escrow.pcapng", 0), ("damaged.pcapng", 1)] {
        let args = [
            "attack",
            capture,
            "--escrow-key",
            "lesson/escrow.key",
            "--json",
        ];
        let figures: Value = serde_json::from_str(&folder.ok(&args)).unwrap();
        let figure = |name: &str| figures[name].as_u64().unwrap();
        let numbers = summary(capture);
        let [
            frames,
            envelopes,
            opened,
            shut,
            unlogged,
            bundles,
            malformed,
        ] = numbers[..]
        else {
            panic!("{numbers:?}");
        };
        assert_eq!(envelopes, opened + shut + unlogged);
        assert_eq!(frames, envelopes + bundles + malformed);
        assert_eq!(frames, figures["capture"]["packets"].as_u64().unwrap());
        assert_eq!((envelopes, opened), (figure("envelopes"), figure("read")));
        assert_eq!((shut, unlogged, figure("damaged")), (damaged, 0, damaged));
    }
}
