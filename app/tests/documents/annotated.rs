//! The annotated page in a real browser, its commands in a real shell, and the pictures
//! and recordings of the documents.
//!
//! `UPDATE_DOCS=1 cargo test --test documents` writes the generated files anew;
//! `DOORMAT_SHOTS=FOLDER` leaves screenshots of the page there.

use std::{fs, path::Path, process::Command};

use crate::common::{
    browser::{Browser, keys},
    docs::{assert_generated_file, root},
    folder::Folder,
};
use doormat::experiment::{Conversation, LeakOutcome, Reach, leak};
use doormat::protocol::ScheduleId;
use doormat_app::report::{
    cast, picture,
    story::{self, StoryOptions},
};
use serde_json::Value;

const PAGE: &str = "docs/walkthrough/annotated.html";

#[test]
fn the_page_of_the_walkthrough_is_what_the_program_writes() {
    let lesson = Lesson::new();
    assert_generated_file(PAGE, &lesson.page(&WITH_KEY));
}

#[test]
fn every_command_on_a_page_gives_the_value_beside_it() {
    for (schedule, message) in [("ratchet", "0"), ("ratchet", "3"), ("static", "4")] {
        let lesson = Lesson::of(schedule);
        let page = lesson.write(&[&WITH_KEY[..], &["--message", message]].concat());
        let browser = Browser::open(&page);
        let steps = browser.value(
            "[...document.querySelectorAll('.step')].map(step => \
             ['.command', 'output'].map(part => step.querySelector(part).textContent))",
        );
        let steps = steps.as_array().unwrap();
        assert!(steps.len() >= 9, "{} commands", steps.len());
        for step in steps {
            let (command, value) = (step[0].as_str().unwrap(), step[1].as_str().unwrap());
            let shell = Command::new("bash").args(["-c", command]).output().unwrap();
            let said = String::from_utf8_lossy(&shell.stdout);
            let complaint = String::from_utf8_lossy(&shell.stderr);
            assert_eq!(said.trim(), value, "{command}\n{complaint}");
        }
    }
}

#[test]
fn every_byte_of_both_envelopes_is_on_the_page_once() {
    let lesson = Lesson::new();
    let browser = Browser::open(&lesson.write(&WITH_KEY));
    for mode in ["escrow", "e2e"] {
        let shown = browser.value(&format!(
            "[...document.querySelectorAll('a.field[href^=\"#{mode}.\"] .bytes')]\
             .map(bytes => bytes.textContent).join(' ')"
        ));
        let shown = hex::decode(shown.as_str().unwrap().replace(' ', "")).unwrap();
        let capture = lesson.folder.path(format!("{mode}.pcapng"));
        assert_eq!(shown, first_envelope(&capture), "{mode}");
    }
}

#[test]
fn every_field_is_reached_by_key_and_explained() {
    let lesson = Lesson::new();
    let browser = Browser::open(&lesson.write(&WITH_KEY));
    let fields = browser.value("document.querySelectorAll('a.field').length");
    let fields = fields.as_u64().unwrap();
    assert!(fields > 45, "{fields}");

    // By Tab: first the link to the explanation, then every field.
    browser.press(keys::TAB);
    let mut told = Vec::new();
    for _ in 0..fields {
        browser.press(keys::TAB);
        told.push(explained(&browser));
    }
    told.sort();
    told.dedup();
    assert_eq!(u64::try_from(told.len()), Ok(fields));

    // By arrows: down one side from its first field to its last, and across.
    browser.run("document.querySelector('a.field').focus()");
    let own = browser.value("document.querySelectorAll('a.field[href^=\"#escrow.\"]').length");
    for _ in 1..own.as_u64().unwrap() {
        browser.press(keys::DOWN);
        explained(&browser);
    }
    assert_eq!(explained(&browser), "escrow.opened.text");
    browser.press(keys::HOME);
    browser.press(keys::RIGHT);
    assert_eq!(explained(&browser), "e2e.version");
    browser.press(keys::DOWN);
    browser.press(keys::ENTER);
    assert_eq!(browser.value("location.hash"), "#e2e.kind");
}

/// The address of the focused field, which must be the one that is explained, seen and
/// announced.
#[track_caller]
fn explained(browser: &Browser) -> String {
    let state = browser.value(
        "(() => {
            const link = document.activeElement;
            const shown = [...document.querySelectorAll('#panel article')].filter(a => a.checkVisibility());
            const box = link.getBoundingClientRect();
            return {
                link: (link.hash || '').slice(1),
                named: link.getAttribute('aria-label') || '',
                shown: shown.map(article => article.id),
                heading: shown[0].querySelector('h2').textContent,
                announced: document.getElementById('announced').textContent,
                seen: box.bottom > 0 && box.top < innerHeight,
            };
        })()",
    );
    let link = state["link"].as_str().unwrap().to_owned();
    assert_eq!(state["shown"], serde_json::json!([link]), "{state}");
    let announced = state["announced"].as_str().unwrap();
    assert!(
        announced.contains(state["heading"].as_str().unwrap().trim()),
        "{state}"
    );
    assert!(!state["named"].as_str().unwrap().is_empty(), "{state}");
    assert_eq!(state["seen"], true, "{state}");
    link
}

#[test]
fn every_address_on_the_page_leads_to_its_field() {
    let lesson = Lesson::new();
    let page = lesson.write(&WITH_KEY);
    let browser = Browser::open(&page);
    let ids = browser.value("[...document.querySelectorAll('[id]')].map(it => it.id)");
    let ids: Vec<&str> = strings(&ids);
    let mut once = ids.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), ids.len(), "an id stands twice");

    let addresses = browser
        .value("[...document.querySelectorAll('a[href]')].map(it => it.getAttribute('href'))");
    for address in strings(&addresses) {
        let id = address.strip_prefix('#').expect("an address on the page");
        assert!(ids.contains(&id), "{address} leads nowhere");
        assert!(
            id.chars()
                .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)),
            "{address}"
        );
        if id.starts_with("escrow.") || id.starts_with("e2e.") {
            browser.run(&format!(
                "location.hash = '{address}'; return new Promise(done => setTimeout(done))"
            ));
            assert_eq!(explained(&browser), id);
        }
    }
    browser.goto("about:blank");
    browser.goto(&format!("{page}#escrow.access.0.sealed"));
    assert_eq!(explained(&browser), "escrow.access.0.sealed");
}

#[test]
fn the_page_loads_nothing_and_logs_no_error() {
    let lesson = Lesson::new();
    let browser = Browser::open("about:blank");
    for options in [&WITH_KEY[..], &WITH_KEY[..2], &[]] {
        let page = lesson.write(options);
        browser.requests();
        browser.goto(&page);
        for _ in 0..4 {
            browser.press(keys::TAB);
        }
        assert_eq!(browser.requests(), [page]);
        assert_eq!(browser.console(), Vec::<String>::new());
    }
    let page = fs::read_to_string(root().join(PAGE)).unwrap();
    let elsewhere = page.replace("http://www.w3.org/2000/svg", "");
    assert!(!elsewhere.contains("://"), "the page names another host");
}

#[test]
fn a_message_is_shown_as_text_whatever_it_contains() {
    let folder = Folder::new();
    let hostile = "</code><script>document.title = 'owned'</script><img src=x onerror=\"document.title='owned'\">";
    folder.write("talk.txt", format!("{hostile}\n"));
    let lesson = Lesson::with(folder, &["--messages", "talk.txt"]);
    let browser = Browser::open(&lesson.write(&WITH_KEY));
    assert_eq!(
        browser.value("document.querySelector('.said').textContent"),
        hostile
    );
    let title = browser.value("document.title");
    assert!(title.as_str().unwrap().starts_with("Message 0"), "{title}");
    assert_eq!(browser.value("document.images.length"), 0);
}

#[test]
fn without_the_key_no_secret_is_on_the_page() {
    let lesson = Lesson::new();
    let page = lesson.page(&WITH_KEY[..2]);
    for secret in [
        "e270052872146ff6",
        "b5 26 6e 8e",
        "Are you the reporter",
        "python3",
    ] {
        assert!(!page.contains(secret), "{secret}");
    }
}

#[test]
fn a_page_is_never_written_over_another() {
    let lesson = Lesson::new();
    lesson.write(&[]);
    let again = lesson.inspect("page.html", &[]);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("exists already"));
}

#[test]
fn the_pictures_of_the_documents_are_what_the_program_draws() {
    let mut pictures = vec![("timeline", picture::timeline::picture())];
    for schedule in [ScheduleId::Ratchet, ScheduleId::Static] {
        let outcome = outcome(schedule);
        for (name, run) in [("escrow", &outcome.escrow), ("e2e", &outcome.e2e)] {
            let reach = Reach::over(&run.recording.tape, outcome.key.clone()).unwrap();
            let read = usize::try_from(reach.tally.read).unwrap();
            assert_eq!(read, run.leaked_escrow_key.read);
            let name = match schedule {
                ScheduleId::Ratchet => format!("keys-{name}"),
                ScheduleId::Static => format!("keys-{name}-static"),
            };
            let picture = picture::schedule::picture(&name, &reach);
            assert_generated_file(&format!("docs/img/{name}.svg"), &picture.file());
        }
        if schedule == ScheduleId::Ratchet {
            pictures.push(("flow", picture::flow::picture(&outcome)));
        }
    }
    for (name, picture) in pictures {
        assert_generated_file(&format!("docs/img/{name}.svg"), &picture.file());
    }
}

#[test]
fn every_picture_has_a_description_for_screen_readers() {
    let browser = Browser::open("about:blank");
    for name in PICTURES {
        let file = root().join(format!("docs/img/{name}.svg"));
        browser.goto(&format!("file://{}", file.display()));
        let words = browser.value(
            "document.documentElement.getAttribute('aria-labelledby').split(' ')\
             .map(id => document.getElementById(id).textContent.length)",
        );
        assert!(
            words[0].as_u64() > Some(10) && words[1].as_u64() > Some(100),
            "{name}: {words}"
        );
        // No word reaches beyond the picture, into another, or out of the box that it stands in.
        let beyond = browser.value(
            "(() => {
                const view = document.documentElement.viewBox.baseVal;
                const boxes = [...document.querySelectorAll('rect.box')].map(box => box.getBBox());
                const within = (box, x, y) => box.x <= x && x <= box.x + box.width && box.y <= y && y <= box.y + box.height;
                const texts = [...document.querySelectorAll('text')];
                const apart = (a, b) => a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y + 2 || b.y + b.height <= a.y + 2;
                return texts.filter(text => {
                    if (texts.some(other => other !== text && !apart(text.getBBox(), other.getBBox()))) return true;
                    const { x, y, width } = text.getBBox();
                    const box = boxes.find(box => within(box, x + width / 2, y + 5));
                    return x < 0 || x + width > view.width
                        || box && (x < box.x || x + width > box.x + box.width);
                }).map(text => text.textContent);
            })()",
        );
        assert_eq!(beyond, serde_json::json!([]), "{name}");
        assert_eq!(browser.console(), Vec::<String>::new());
    }
}

#[test]
fn every_event_of_the_timeline_is_told_in_its_chapter() {
    let chapter = fs::read_to_string(root().join("docs/walkthrough/why.md")).unwrap();
    let chapter = chapter.split_whitespace().collect::<Vec<_>>().join(" ");
    for event in picture::timeline::EVENTS {
        assert!(chapter.contains(&event.year.to_string()), "{}", event.year);
        assert!(chapter.contains(event.name), "{}", event.name);
    }
}

#[test]
fn the_recorded_session_is_the_programs_story() {
    let outcome = outcome(ScheduleId::Ratchet);
    let scenes = story::scenes(&outcome, StoryOptions::default());
    let recorded = cast::cast(&scenes, "seed 7: reproducible, not secret");
    let lines: Vec<Value> = recorded
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["version"], 2);
    let times: Vec<f64> = lines[1..]
        .iter()
        .map(|it| it[0].as_f64().unwrap())
        .collect();
    assert!(times.is_sorted());
    let markers: Vec<&Value> = lines
        .iter()
        .filter(|it| it[1] == "m")
        .map(|it| &it[2])
        .collect();
    let titles: Vec<&str> = scenes.iter().map(|scene| scene.title).collect();
    assert_eq!(markers, titles);
    assert_generated_file("docs/demo.cast", &recorded);
}

/// No assertion: screenshots of the page, for a person to look at.
#[test]
fn pictures_of_the_page_are_left_where_asked_for() {
    let Some(folder) = std::env::var_os("DOORMAT_SHOTS") else {
        return;
    };
    let folder = Path::new(&folder);
    fs::create_dir_all(folder).unwrap();
    let keep = |name: &str, picture: Vec<u8>| fs::write(folder.join(name), picture).unwrap();
    let lesson = Lesson::new();
    let page = lesson.write(&WITH_KEY);
    let browser = Browser::open("about:blank");
    for (name, width, height, scheme, at) in [
        ("desk-light", 1280, 720, "light", "#escrow.access.0.sealed"),
        ("desk-dark", 1280, 720, "dark", "#escrow.tag"),
        ("desk-begin", 1280, 720, "light", ""),
        ("wall-light", 1920, 1080, "light", "#e2e.ciphertext"),
        (
            "wall-dark",
            1920,
            1080,
            "dark",
            "#escrow.opened.message_key",
        ),
        (
            "tablet",
            900,
            1100,
            "light",
            "#escrow.access.0.encapsulated",
        ),
        ("phone", 390, 844, "light", "#escrow.access.0.sealed"),
    ] {
        browser.resize(width, height, &[("prefers-color-scheme", scheme)]);
        browser.goto("about:blank");
        browser.goto(&format!("{page}{at}"));
        keep(&format!("{name}.png"), browser.screenshot());
    }
    browser.resize(1280, 1400, &[("prefers-color-scheme", "light")]);
    browser.run("document.getElementById('reach').scrollIntoView()");
    keep("reach.png", browser.screenshot());
    browser.resize(1280, 1400, &[("prefers-color-scheme", "dark")]);
    keep("reach-dark.png", browser.screenshot());
    keep("paper.pdf", browser.pdf());
    for name in PICTURES {
        for scheme in ["light", "dark"] {
            browser.resize(900, 700, &[("prefers-color-scheme", scheme)]);
            let file = root().join(format!("docs/img/{name}.svg"));
            browser.goto(&format!("file://{}", file.display()));
            keep(&format!("{name}-{scheme}.png"), browser.screenshot());
        }
    }
}

const PICTURES: [&str; 6] = [
    "keys-escrow",
    "keys-e2e",
    "keys-escrow-static",
    "keys-e2e-static",
    "flow",
    "timeline",
];

/// The options for a page with both recordings and the key.
const WITH_KEY: [&str; 4] = ["--beside", "e2e.pcapng", "--escrow-key", "escrow.key"];

/// A folder with the recordings of a demonstration, and the key that leaks.
struct Lesson {
    folder: Folder,
}

impl Lesson {
    fn new() -> Self {
        Self::of("ratchet")
    }

    fn of(schedule: &str) -> Self {
        Self::with(Folder::new(), &["--schedule", schedule])
    }

    fn with(folder: Folder, options: &[&str]) -> Self {
        folder.ok(&[&["demo", "--captures", ".", "--json"], options].concat());
        Self { folder }
    }

    /// The page as it is written with these options.
    fn page(&self, options: &[&str]) -> String {
        let address = self.write(options);
        fs::read_to_string(address.trim_start_matches("file://")).unwrap()
    }

    /// Where it is.
    fn write(&self, options: &[&str]) -> String {
        let name = match options {
            [] => "page.html".to_owned(),
            _ => format!("{}.html", options.join("").replace(['-', '.'], "")),
        };
        let output = self.inspect(&name, options);
        assert!(output.status.success(), "{output:?}");
        format!("file://{}", self.folder.path(name).display())
    }

    fn inspect(&self, page: &str, options: &[&str]) -> std::process::Output {
        let inspect = ["inspect", "escrow.pcapng", "--html", page];
        self.folder.run(&[&inspect[..], options].concat())
    }
}

fn outcome(schedule: ScheduleId) -> LeakOutcome {
    leak::run(Conversation::default(), schedule, 7, &|| {}).unwrap()
}

fn first_envelope(capture: &Path) -> Vec<u8> {
    let tape = fs::read(capture).unwrap();
    let recording = doormat::experiment::Recording { tape };
    recording.first_envelope().unwrap().unwrap()
}

fn strings(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect()
}
