//! The lesson in a browser: forwards, backwards, and across restarts.

use serde_json::json;

use crate::common::{
    browser::{Browser, keys},
    lesson::LessonProcess,
    process::{doormat, until},
};

const SCENES: [&str; 8] = [
    "talk",
    "record",
    "vote",
    "leak",
    "read-back",
    "compare",
    "steal",
    "matrix",
];

#[test]
fn the_whole_lesson_goes_forwards_and_backwards() {
    let lesson = LessonProcess::start(&[]);
    let page = Browser::open(&lesson.page());
    page.is_in("talk");
    // The address bar does not show the token.
    assert_eq!(
        page.value("location.href"),
        format!("http://{}/", lesson.own)
    );
    let forwards = [
        keys::RIGHT,
        ' ',
        keys::PAGE_DOWN,
        keys::RIGHT,
        ' ',
        keys::PAGE_DOWN,
        keys::RIGHT,
    ];
    for (scene, key) in SCENES[1..].iter().zip(forwards) {
        if *scene == "leak" {
            // The answer is shown first, even without votes.
            page.press(key);
            page.until("document.querySelector('.bars .right')?.textContent === '✓ No, neither'");
            assert!(
                page.text(".voted")
                    .contains("0 read in escrow, 0 end-to-end")
            );
            page.is_in("vote");
        }
        if *scene == "compare" {
            // A press during the reveal ends it, and stays in the scene.
            page.press(key);
            page.until("document.querySelector('.reading, .waits') === null");
            page.is_in("read-back");
        }
        page.press(key);
        page.is_in(scene);
    }
    // A reveal in a scene that was left does not take the next press.
    page.press('4');
    page.is_in("leak");
    page.press(keys::PAGE_DOWN);
    page.is_in("read-back");
    lesson.command(&json!({ "do": "next" }));
    page.is_in("compare");
    page.press(keys::PAGE_DOWN);
    page.is_in("steal");
    page.press(keys::END);
    page.is_in("matrix");
    // The last scene is the last.
    page.press(keys::PAGE_DOWN);
    for (scene, key) in SCENES[..7]
        .iter()
        .rev()
        .zip([keys::PAGE_UP, keys::LEFT].into_iter().cycle())
    {
        page.press(key);
        page.is_in(scene);
    }
    page.press('5');
    page.is_in("read-back");
    page.reload();
    page.is_in("read-back");
    page.press(keys::HOME);
    page.is_in("talk");
    page.click("#next");
    page.is_in("record");
    page.click("#back");
    page.is_in("talk");
    page.assert_self_contained(&lesson.own);
}

#[test]
fn after_the_leak_eve_reads_the_typed_texts_and_in_escrow_only() {
    let lesson = LessonProcess::start(&[]);
    let page = Browser::open(&lesson.page());
    page.is_in("talk");
    page.click("input[value=bob]");
    let typed = "meet me at the old mill, 7 o'clock – ünïcödé ✓";
    page.type_into("#text", typed);
    page.type_into("#text", "\u{e007}");
    page.until("document.querySelectorAll('.side.e2e .spoken').length === 9");
    assert!(page.text(".side.escrow .spoken:last-child").contains(typed));
    page.run("document.activeElement.blur()");

    page.press('2');
    page.is_in("record");
    page.until("document.querySelectorAll('.side.escrow .taped').length === 9");
    assert_eq!(page.value("document.querySelectorAll('.lit').length"), 0);
    let eve_sees = page.text("#body");
    assert!(!eve_sees.contains("old mill"), "{eve_sees}");

    for scene in ["3", "4"] {
        page.press(scene.chars().next().unwrap());
        page.is_in(SCENES[scene.parse::<usize>().unwrap() - 1]);
        assert!(!page.text("main").contains("old mill"));
    }
    page.press('5');
    page.is_in("read-back");
    let texts = |side: &str| {
        page.value(&format!(
        "[...document.querySelectorAll('.side.{side} .taped .said')].map((it) => it.textContent)"
    ))
    };
    let sent = lesson.event("stage")["lines"].clone();
    let sent: Vec<_> = sent
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["text"].clone())
        .collect();
    assert_eq!(sent.len(), 9);
    assert_eq!(sent[8], typed);
    assert_eq!(texts("escrow"), json!(sent));
    assert_eq!(texts("e2e"), json!([]));
    page.until("document.querySelectorAll('.waits, .reading').length === 0");
    assert!(page.text(".side.escrow h2").contains("read 9 of 9"));
    assert!(page.text(".side.e2e h2").contains("read 0 of 9"));
    assert!(!page.text(".side.e2e").contains("old mill"));

    // In an earlier scene nothing is marked as read.
    page.press('2');
    page.is_in("record");
    assert_eq!(page.value("document.querySelectorAll('.lit').length"), 0);
    page.assert_self_contained(&lesson.own);
}

#[test]
fn the_bytes_of_a_message_are_those_that_inspect_prints() {
    let lesson = LessonProcess::start(&[]);
    let captures = lesson.path("captures");
    let demo = doormat(&["demo", "--json", "--captures", captures.to_str().unwrap()]);
    assert!(demo.status.success());
    let page = Browser::open(&lesson.page());
    page.is_in("talk");
    page.press('2');
    page.is_in("record");
    page.click(".side.escrow .taped:nth-child(4) button");
    page.until("document.getElementById('opened').open");
    let shown = page.value(
        "[...document.querySelectorAll('.bytes tbody tr')].map((row) => [...row.querySelectorAll('td')].map((it) => it.querySelector('code')?.textContent ?? null))",
    );
    for (column, mode) in ["escrow", "e2e"].into_iter().enumerate() {
        let tape = captures.join(format!("{mode}.pcapng"));
        let printed = doormat(&[
            "inspect",
            tape.to_str().unwrap(),
            "--message",
            "3",
            "--json",
        ]);
        let printed: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap();
        let printed: String = printed["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["bytes"].as_str().unwrap())
            .collect();
        let shown: String = shown
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|row| row[column].as_str())
            .collect();
        assert_eq!(shown.replace(' ', ""), printed, "{mode}");
    }
    page.press(keys::ESCAPE);
    page.until("!document.getElementById('opened').open");
    page.assert_self_contained(&lesson.own);
}

#[test]
fn markup_that_is_typed_stays_text() {
    let lesson = LessonProcess::start(&[]);
    let page = Browser::open(&lesson.page());
    page.is_in("talk");
    let typed = "<img src=x onerror=\"document.title='gone'\"><script>alert(1)</script>&lt;";
    page.type_into("#text", typed);
    page.type_into("#text", "\u{e007}");
    page.until("document.querySelectorAll('.side.escrow .spoken').length === 9");
    for scene in ['1', '2', '5', '6', '7', '8'] {
        page.run("document.activeElement.blur()");
        page.press(scene);
        page.is_in(SCENES[usize::try_from(scene.to_digit(10).unwrap()).unwrap() - 1]);
        assert_eq!(
            page.value("document.querySelectorAll('main img, main script').length"),
            0
        );
        if scene == '5' {
            assert_eq!(
                page.value(
                    "[...document.querySelectorAll('.side.escrow .said')].at(-1).textContent"
                ),
                typed
            );
        }
    }
    assert!(
        page.value("document.title")
            .as_str()
            .unwrap()
            .starts_with("doormat")
    );
    page.assert_self_contained(&lesson.own);
}

#[test]
fn after_a_restart_of_the_server_the_page_says_so_and_goes_on() {
    let mut lesson = LessonProcess::start(&[]);
    let page = Browser::open(&lesson.page());
    page.is_in("talk");
    page.type_into("#text", "before the restart");
    page.type_into("#text", "\u{e007}");
    page.until("document.querySelectorAll('.side.escrow .spoken').length === 9");
    page.run("document.activeElement.blur()");
    page.press('5');
    page.is_in("read-back");
    let key = lesson.event("stage")["key"].clone();
    lesson.process.kill();
    page.until("!document.getElementById('trouble').hidden");
    assert!(page.text("#trouble").contains("does not answer"));
    let lesson = lesson.restart(&[]);
    page.until("document.getElementById('trouble').hidden");
    page.until("document.getElementById('status').textContent.includes('restarted')");
    page.is_in("read-back");
    assert!(
        page.text(".side.escrow .taped:last-child")
            .contains("before the restart")
    );
    assert_eq!(lesson.event("stage")["key"], key);
    page.press(keys::RIGHT);
    page.is_in("compare");
    // Chromium logs the connection that was lost, and nothing else.
    for complaint in page.console() {
        assert!(
            complaint.contains("/api/events") || complaint.contains("/api/"),
            "{complaint}"
        );
    }
}

#[test]
fn the_notes_follow_the_page_and_the_page_follows_the_notes() {
    let lesson = LessonProcess::start(&[]);
    let page = Browser::open(&lesson.page());
    let notes = Browser::open(&lesson.notes());
    page.is_in("talk");
    notes.until("document.getElementById('title').textContent === 'Alice and Bob talk'");
    assert_eq!(notes.text("#clock"), "0:00");
    page.press(keys::RIGHT);
    notes.until("document.getElementById('title').textContent === 'Eve records the wire'");
    assert!(notes.text("#ask").contains("missing on the right"));
    assert!(notes.text("#next-title").contains("Can Eve read this?"));
    // The first change of scene starts the clock.
    notes.until("/^2:0[1-9]$/.test(document.getElementById('clock').textContent)");
    notes.press(' ');
    page.is_in("vote");
    notes.until(
        "document.querySelector('#plan tr[aria-current]').textContent.includes('Can Eve read this?')",
    );
    notes.click("#back");
    page.is_in("record");
    page.assert_self_contained(&lesson.own);
    notes.assert_self_contained(&lesson.own);
}

#[test]
fn a_clicker_scrolls_an_opened_message_and_its_scene_closes_it() {
    let lesson = LessonProcess::start(&[]);
    let (page, notes) = (
        Browser::open(&lesson.page()),
        Browser::open(&lesson.notes()),
    );
    page.press('2');
    page.is_in("record");
    page.press(keys::ENTER);
    page.until("document.getElementById('opened').open");
    // In this scene the class looks for the difference, so the page does not mark it.
    assert!(!page.text("#opened").contains('◆') && !page.text(".tape-total").contains("access"));
    // The list scrolls, and the dialog around it does not.
    assert_eq!(
        page.run(
            "const it = document.getElementById('opened'); return it.scrollHeight - it.clientHeight"
        ),
        0
    );
    let turned = "document.querySelector('#opened .scroll').scrollTop > 0";
    page.press(keys::PAGE_DOWN);
    page.until(turned);
    for _ in 0..6 {
        page.press(keys::PAGE_DOWN);
        if page.value("document.getElementById('opened').open") == false {
            break;
        }
    }
    page.until("!document.getElementById('opened').open");
    assert_eq!(lesson.scene(), 1, "it closed, and the scene is the same");
    // Later scenes mark it; and a change of scene closes the dialog, also from the notes.
    page.press('5');
    page.is_in("read-back");
    page.press(keys::ENTER);
    page.until("document.getElementById('opened').open");
    assert!(
        page.text("#opened")
            .contains("Access field: the session key, sealed")
    );
    notes.press(keys::RIGHT);
    page.is_in("compare");
    page.until("!document.getElementById('opened').open");
    page.assert_self_contained(&lesson.own);
}

#[test]
fn keys_in_an_empty_field_change_the_scene_and_in_a_filled_one_type() {
    let lesson = LessonProcess::start(&[]);
    let page = Browser::open(&lesson.page());
    page.is_in("talk");
    page.click("#text");
    page.press(' ');
    page.is_in("record");
    assert_eq!(page.value("document.getElementById('text').value"), "");
    page.type_into("#text", "one two");
    page.press(' ');
    assert_eq!(
        page.value("document.getElementById('text').value"),
        "one two "
    );
    assert_eq!(lesson.scene(), 1);
    // A text over the limit in bytes: the field says so, and nothing is sent.
    page.run("document.getElementById('text').value = 'ä'.repeat(150); document.getElementById('text').dispatchEvent(new Event('input'))");
    page.type_into("#text", "\u{e007}");
    assert_eq!(
        page.value("document.getElementById('text').validationMessage"),
        "A message has at most 280 bytes: this one has 20 too many."
    );
    assert_eq!(lesson.event("state")["messages"], 8);
}

#[test]
fn a_key_makes_the_page_black_and_the_next_one_shows_it_again() {
    let lesson = LessonProcess::start(&[]);
    let page = Browser::open(&lesson.page());
    page.is_in("talk");
    page.press('b');
    page.until("getComputedStyle(document.getElementById('title')).visibility === 'hidden'");
    page.press('3');
    page.until("getComputedStyle(document.getElementById('title')).visibility === 'visible'");
    assert_eq!(lesson.scene(), 0);
}

#[test]
fn a_long_text_is_shown_whole_and_covers_no_other() {
    let lesson = LessonProcess::start(&[]);
    lesson.command(&json!({ "do": "say", "sender": "alice", "text": "a long story ".repeat(21) }));
    let page = Browser::open(&lesson.page());
    page.resize(1280, 720, &[("prefers-reduced-motion", "reduce")]);
    page.press('5');
    page.is_in("read-back");
    let spills = "[...document.querySelectorAll('.lit')].filter((it) => it.scrollHeight > it.clientHeight + 1).length";
    assert!(
        page.value("document.querySelectorAll('.lit').length")
            .as_u64()
            > Some(8)
    );
    assert_eq!(page.value(spills), 0);
}

#[test]
fn the_clock_begins_at_the_minute_that_the_plan_has() {
    let lesson = LessonProcess::start(&[]);
    let notes = Browser::open(&lesson.notes());
    notes.until("document.getElementById('clock').textContent === '0:00'");
    notes.press(keys::RIGHT);
    notes.until("document.getElementById('clock').textContent.startsWith('2:0')");
    notes.until("document.getElementById('pace').textContent === 'On time.'");
}

#[test]
fn a_page_without_the_token_shows_nothing_of_the_lesson() {
    let lesson = LessonProcess::start(&[]);
    let page = Browser::open(&format!("http://{}/", lesson.own));
    page.until("!document.getElementById('trouble').hidden");
    assert!(page.text("#trouble").contains("token"));
    assert!(!page.text("body").contains("alice →"));
    page.goto(&lesson.page());
    page.is_in("talk");
}

#[test]
fn a_page_of_an_earlier_lesson_says_that_it_needs_the_new_address() {
    let lesson = LessonProcess::start(&[]);
    let page = Browser::open(&lesson.page());
    page.is_in("talk");
    let lesson = lesson.restart(&["--fresh"]);
    page.until("document.getElementById('trouble').textContent.includes('needs the address')");
    page.goto(&lesson.page());
    page.until("document.getElementById('trouble').hidden");
    page.press('2');
    page.is_in("record");
}

#[test]
fn a_restart_of_the_lesson_takes_a_confirmation() {
    let lesson = LessonProcess::start(&[]);
    let page = Browser::open(&lesson.page());
    page.is_in("talk");
    page.type_into("#text", "not for ever");
    page.type_into("#text", "\u{e007}");
    page.until("document.querySelectorAll('.side.escrow .spoken').length === 9");
    page.run("document.activeElement.blur()");
    page.press('4');
    page.is_in("leak");
    page.press('r');
    page.dismiss();
    assert_eq!(lesson.scene(), 3);
    page.press('r');
    page.confirm();
    page.is_in("talk");
    page.until("document.querySelectorAll('.side.escrow .spoken').length === 8");
    page.press('e');
    page.confirm();
    page.until("document.querySelector('.empty') !== null");
    page.click("#menu");
    page.click("#tools button[aria-keyshortcuts='r']");
    page.confirm();
    page.until("document.querySelectorAll('.side.escrow .spoken').length === 8");
    page.assert_self_contained(&lesson.own);
}

#[test]
fn eve_reads_a_message_that_is_typed_after_the_leak() {
    let lesson = LessonProcess::start(&[]);
    let page = Browser::open(&lesson.page());
    page.is_in("talk");
    page.press('5');
    page.is_in("read-back");
    page.type_into("#text", "and this one?");
    page.type_into("#text", "\u{e007}");
    page.until("document.querySelectorAll('.side.escrow .taped').length === 9");
    assert!(
        page.text(".side.escrow .taped:last-child")
            .contains("● READ")
    );
    assert!(
        page.text(".side.escrow .taped:last-child")
            .contains("and this one?")
    );
    assert!(page.text(".side.e2e .taped:last-child").contains("○ shut"));
    assert!(!page.text(".side.e2e").contains("and this one?"));
    page.assert_self_contained(&lesson.own);
}

#[test]
fn one_mode_can_be_shown_alone_and_the_wire_emptied() {
    let lesson = LessonProcess::start(&[]);
    let page = Browser::open(&lesson.page());
    page.is_in("talk");
    page.press('m');
    page.until("document.querySelectorAll('.side').length === 1");
    page.press('m');
    page.until("document.querySelector('.side.e2e') !== null && document.querySelector('.side.escrow') === null");
    page.press('m');
    page.until("document.querySelectorAll('.side').length === 2");
    lesson.command(&json!({ "do": "clear" }));
    page.until("document.querySelector('.empty') !== null");
    page.click("input[value=bob]");
    page.type_into("#text", "Bob begins");
    page.click("#send");
    page.until("document.querySelectorAll('.side.e2e .spoken.bob').length === 1");
    lesson.command(&json!({ "do": "jump", "scene": 4 }));
    page.is_in("read-back");
    until("it is read", || {
        lesson.event("stage")["sides"][0]["read"] == 1
    });
    page.assert_self_contained(&lesson.own);
}
