//! Screenshots of every scene, to look at after a change:
//! `cargo test --test present -- --ignored gallery` leaves them in `target/gallery`.

use std::fs;

use doormat::experiment::Family;
use serde_json::json;

use crate::{
    access::{THEMES, set_theme, show_scene},
    attacks::choose,
    common::{browser::Browser, docs, lesson::LessonProcess},
};

#[test]
#[ignore = "writes pictures to look at"]
fn every_scene_at_both_sizes_in_every_theme() {
    let folder = docs::root().join("target/gallery");
    fs::create_dir_all(&folder).unwrap();
    let lesson = LessonProcess::with_phones(&[]);
    lesson.wait_for_sweep();
    let page = Browser::open(&lesson.page());
    page.is_in("talk");
    for (width, height) in [(1280, 720), (3840, 2160)] {
        page.resize(width, height, &[("prefers-reduced-motion", "reduce")]);
        for theme in THEMES {
            set_theme(&page, theme);
            for scene in 0..8 {
                show_scene(&lesson, &page, scene);
                let families = match scene {
                    6 | 7 => Family::listed(),
                    _ => vec![Family::SpareKey],
                };
                for (number, family) in families.into_iter().enumerate() {
                    if number > 0 {
                        choose(&page, family);
                    }
                    let name = format!("{}-{family}-{theme}-{width}x{height}.png", scene + 1);
                    fs::write(folder.join(name), page.screenshot()).unwrap();
                }
            }
        }
    }
    let notes = Browser::open(&lesson.notes());
    notes.until("document.querySelectorAll('#plan tr').length === 9");
    fs::write(folder.join("notes.png"), notes.screenshot()).unwrap();
    lesson.command(&json!({ "do": "jump", "scene": 2 }));
    notes.resize(390, 844, &[]);
    notes.goto(&lesson.phone());
    notes.until("document.querySelectorAll('#choices button').length === 4");
    fs::write(folder.join("phone.png"), notes.screenshot()).unwrap();
}
