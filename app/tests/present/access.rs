//! Accessibility: axe-core has no serious finding on any scene in any theme; every scene
//! fits the window, prints, and works by keyboard.

use serde_json::json;

use doormat::experiment::Family;

use crate::{
    attacks::{choose, shows_cells, shows_tracks},
    common::{
        browser::{Browser, keys},
        lesson::LessonProcess,
    },
};

/// The themes, as `localStorage` keeps them.
pub const THEMES: [&str; 4] = ["light", "dark", "light-more", "dark-more"];

pub fn set_theme(page: &Browser, theme: &str) {
    page.run(&format!(
        "localStorage.setItem('doormat-theme', '{theme}'); dispatchEvent(new Event('storage'))"
    ));
}

/// Goes to a scene, and waits until the page has drawn all of it.
pub fn show_scene(lesson: &LessonProcess, page: &Browser, scene: usize) {
    lesson.command(&json!({ "do": "jump", "scene": scene }));
    let step = format!("#scenes li:nth-child({}) button[aria-current]", scene + 1);
    page.until(&format!("document.querySelector('{step}') !== null"));
    if let 6 | 7 = scene {
        page.until("document.querySelector('.families button') !== null");
        choose(page, Family::SpareKey);
    }
    match scene {
        6 => page.until(&shows_tracks(Family::SpareKey)),
        7 => page.until(&shows_cells(Family::SpareKey)),
        _ => {}
    }
}

#[test]
fn axe_has_no_serious_finding_on_any_scene_in_any_theme() {
    let lesson = LessonProcess::with_phones(&[]);
    lesson.wait_for_sweep();
    let page = Browser::open(&lesson.page());
    page.resize(1280, 720, &[("prefers-reduced-motion", "reduce")]);
    page.is_in("talk");
    for theme in THEMES {
        set_theme(&page, theme);
        for scene in 0..8 {
            show_scene(&lesson, &page, scene);
            assert_eq!(
                page.axe_findings(),
                Vec::<String>::new(),
                "{theme}, scene {scene}"
            );
        }
    }
    page.click("[data-cell=\"escrow-key--escrow\"]");
    assert_eq!(page.axe_findings(), Vec::<String>::new(), "a cell");
    page.press(keys::ESCAPE);
    lesson.command(&json!({ "do": "jump", "scene": 4 }));
    page.is_in("read-back");
    page.click(".taped button");
    page.until("document.querySelector('.bytes') !== null");
    assert_eq!(page.axe_findings(), Vec::<String>::new(), "a message");
    page.press(keys::ESCAPE);
    page.click("#menu");
    assert_eq!(page.axe_findings(), Vec::<String>::new(), "the menu");
}

#[test]
fn axe_finds_a_button_without_a_name() {
    let lesson = LessonProcess::start(&[]);
    let page = Browser::open(&lesson.page());
    page.is_in("talk");
    page.run("document.querySelector('main').append(document.createElement('button'))");
    let found = page.axe_findings();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("Buttons must have discernible text"),
        "{found:?}"
    );
}

#[test]
fn axe_has_no_serious_finding_on_the_notes_or_the_phones_page() {
    let lesson = LessonProcess::with_phones(&[]);
    for scene in [0, 2] {
        lesson.command(&json!({ "do": "jump", "scene": scene }));
        let notes = Browser::open(&lesson.notes());
        notes.until("document.querySelectorAll('#plan tr').length === 9");
        for theme in THEMES {
            set_theme(&notes, theme);
            assert_eq!(
                notes.axe_findings(),
                Vec::<String>::new(),
                "notes, {theme}, scene {scene}"
            );
        }
        notes.goto(&lesson.phone());
        notes.until("document.getElementById('asks').textContent !== 'One moment…'");
        for scheme in ["light", "dark"] {
            notes.resize(390, 844, &[("prefers-color-scheme", scheme)]);
            assert_eq!(
                notes.axe_findings(),
                Vec::<String>::new(),
                "phone, {scheme}, scene {scene}"
            );
        }
    }
}

#[test]
fn every_scene_fits_the_window_in_letters_that_are_large_enough() {
    let lesson = LessonProcess::with_phones(&[]);
    lesson.wait_for_sweep();
    let page = Browser::open(&lesson.page());
    page.is_in("talk");
    let walls = [(1280, 720), (1920, 1080), (3840, 2160)];
    let looked_at = walls.map(|wall| ["light", "dark-more"].map(|theme| (wall, theme)));
    for ((width, height), theme) in looked_at.into_iter().flatten() {
        set_theme(&page, theme);
        page.resize(width, height, &[("prefers-reduced-motion", "reduce")]);
        for scene in 0..8 {
            show_scene(&lesson, &page, scene);
            // Each family has rows of its own, and each attack texts of its own length.
            let families = match scene {
                6 | 7 => Family::listed(),
                _ => vec![Family::SpareKey],
            };
            for family in families {
                if scene >= 6 {
                    choose(&page, family);
                }
                let beyond = page.run(
                "const out = [];
                 const looked = [...document.querySelectorAll('.attacks button')];
                 for (const attack of looked.length > 0 ? looked : [null]) {
                 attack?.click();
                 const edge = document.getElementById('foot').getBoundingClientRect().top + 1;
                 out.push(...[...document.querySelectorAll('main *')].filter((it) => {
                   const box = it.getBoundingClientRect();
                   return box.width > 1 && box.height > 1 && (box.bottom > edge || box.right > innerWidth + 1);
                 }));
                 }
                 const cut = [...document.querySelectorAll('.messages, .matrix')].filter((it) => it.scrollHeight > it.clientHeight + 1);
                 const short = [...document.querySelectorAll('.heat button, .who span, .told, .compare td, h1')].filter((it) => it.scrollWidth > it.clientWidth + 1 && getComputedStyle(it).display !== 'inline');
                 const text = (node) => {
                   const range = document.createRange();
                   range.selectNodeContents(node);
                   return range.getBoundingClientRect();
                 };
                 const touching = [...document.querySelectorAll('.who:has(small)')].filter((it) => text(it.querySelector('b')).right + 3 > text(it.querySelector('small')).left);
                 cut.push(...short, ...touching);
                 const wide = document.documentElement.scrollWidth > innerWidth;
                 return [...out, ...cut].map((it) => `${it.tagName}.${it.className}`).concat(wide ? ['the page'] : [])",
            );
                assert_eq!(
                    beyond,
                    json!([]),
                    "{width}×{height}, {theme}, scene {scene}, {family}"
                );
            }
            // The smallest letters are a fiftieth of the window's height, or a little less in the matrix.
            let smallest = page.value(
                "Math.min(...[...document.querySelectorAll('main *, header *')]
                   .filter((it) => [...it.childNodes].some((one) => one.nodeType === 3 && one.data.trim() !== '') && it.getBoundingClientRect().width > 1)
                   .map((it) => parseFloat(getComputedStyle(it).fontSize))) / innerHeight",
            );
            let smallest = smallest.as_f64().unwrap();
            assert!(
                smallest >= 0.0185,
                "{width}×{height}, scene {scene}: {smallest}"
            );
        }
    }
}

#[test]
fn a_scene_is_printed_on_white_without_the_buttons() {
    let lesson = LessonProcess::start(&[]);
    let page = Browser::open(&lesson.page());
    set_theme(&page, "dark");
    lesson.command(&json!({ "do": "jump", "scene": 4 }));
    page.is_in("read-back");
    page.devtools("Emulation.setEmulatedMedia", &json!({ "media": "print" }));
    assert_eq!(
        page.value("getComputedStyle(document.body).backgroundColor"),
        "rgb(255, 255, 255)"
    );
    assert_eq!(
        page.value("getComputedStyle(document.getElementById('foot')).display"),
        "none"
    );
    assert!(page.pdf().starts_with(b"%PDF-"));
}

#[test]
fn reduced_motion_is_respected_and_nothing_flashes() {
    let lesson = LessonProcess::start(&[]);
    let page = Browser::open(&lesson.page());
    page.resize(1280, 720, &[("prefers-reduced-motion", "reduce")]);
    lesson.command(&json!({ "do": "jump", "scene": 3 }));
    page.is_in("leak");
    lesson.command(&json!({ "do": "next" }));
    page.is_in("read-back");
    assert_eq!(page.value("document.querySelectorAll('.waits').length"), 0);
    // With motion, each row lights up once, at most three in a second (WCAG 2.3.1).
    page.resize(1280, 720, &[]);
    page.press('4');
    page.is_in("leak");
    page.run(
        "window.lit = [];
         new MutationObserver((all) => { for (const it of all) if (it.oldValue?.includes('waits') && !it.target.classList.contains('waits')) window.lit.push(performance.now()); })
           .observe(document.body, { subtree: true, attributes: true, attributeFilter: ['class'], attributeOldValue: true })",
    );
    page.press(keys::RIGHT);
    page.is_in("read-back");
    page.until("document.querySelectorAll('.waits').length === 0 && window.lit.length === 16");
    let times = page
        .value("[...new Set(window.lit.map((it) => Math.round(it / 50)))].map((it) => it * 50)");
    let times: Vec<f64> = times
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it.as_f64().unwrap())
        .collect();
    let steps = times.windows(4).filter(|it| it[3] - it[0] < 1000.0);
    assert_eq!(steps.count(), 0, "{times:?}");
}

#[test]
fn every_control_works_by_keyboard() {
    let lesson = LessonProcess::start(&[]);
    lesson.wait_for_sweep();
    let page = Browser::open(&lesson.page());
    page.is_in("talk");
    page.press('2');
    page.is_in("record");
    // Enter opens a message that has the focus.
    page.run("document.querySelector('.taped button').focus()");
    page.press(keys::ENTER);
    page.until("document.getElementById('opened').open");
    page.press(keys::ESCAPE);
    page.until("!document.getElementById('opened').open");
    page.press('8');
    page.until(&shows_cells(Family::SpareKey));
    page.run("document.querySelector('.heat td button').focus()");
    page.press(keys::RIGHT);
    page.until("document.activeElement.dataset.cell === 'wiretap--escrow'");
    // Arrows choose a family, as a key does from anywhere.
    page.run("document.querySelector('.families [aria-checked=true]').focus()");
    page.press(keys::RIGHT);
    page.until(&shows_cells(Family::Devices));
    page.until("document.activeElement.textContent === 'The devices'");
    for family in [
        Family::Generator,
        Family::Maker,
        Family::Directory,
        Family::SpareKey,
    ] {
        page.press('f');
        page.until(&shows_cells(family));
    }
    // The family stays from scene to scene.
    page.press('f');
    page.press('7');
    page.until(&shows_tracks(Family::Devices));
    page.press('t');
    page.until("document.getElementById('status').textContent === 'Light'");
}
