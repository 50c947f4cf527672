//! The scrubber and the heat map show the figures of `doormat matrix`.

use doormat::experiment::Family;
use serde_json::Value;

use crate::common::{
    browser::{Browser, keys},
    lesson::LessonProcess,
    process::doormat,
};

fn matrix(theft_at: &str) -> Value {
    let output = doormat(&["matrix", "--json", "--theft-at", theft_at]);
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// That the scrubber shows the designs and attacks of a family.
pub fn shows_tracks(family: Family) -> String {
    format!(
        "document.querySelector('.families [aria-checked=true]')?.dataset.choice === '{family}'
           && document.querySelectorAll('.track').length === {}
           && document.querySelectorAll('.attacks button').length === {}",
        family.designs().len(),
        family.attacks().count()
    )
}

/// That the heat map shows its cells.
pub fn shows_cells(family: Family) -> String {
    format!(
        "document.querySelector('.families [aria-checked=true]')?.dataset.choice === '{family}'
           && document.querySelectorAll('.heat td button').length === {}",
        family.designs().len() * family.attacks().count()
    )
}

/// Chooses a family on either.
pub fn choose(page: &Browser, family: Family) {
    page.click(&format!(".families [data-choice={family}]"));
}

/// Whether a cell of `doormat matrix --json` stands in a family's table.
fn stands_in(cell: &Value, family: Family) -> bool {
    let families = cell["families"].as_array().unwrap();
    families.iter().any(|it| it == family.name())
}

#[test]
fn the_scrubber_shows_the_counts_of_the_matrix() {
    let lesson = LessonProcess::start(&[]);
    lesson.wait_for_sweep();
    let page = Browser::open(&lesson.page());
    page.is_in("talk");
    page.press('7');
    page.is_in("steal");
    page.until(&shows_tracks(Family::SpareKey));
    let sweep = lesson.json("/api/sweep");
    let attacks = sweep["attacks"].as_array().unwrap().iter();
    let from_the_start: Vec<&str> = attacks
        .filter(|it| it["from_the_start"] == true)
        .map(|it| it["attack"].as_str().unwrap())
        .collect();
    for (at, fraction) in [(0, "0"), (3, "0.375"), (8, "1")] {
        let matrix = matrix(fraction);
        assert_eq!(matrix["theft_at"], at);
        for family in Family::listed() {
            choose(&page, family);
            page.until(&shows_tracks(family));
            // The counts and the squares of each attack and each design, as the page draws them.
            let shown = page.run_async(&format!(
            "const done = arguments[arguments.length - 1];
             const drawn = () => new Promise((on) => requestAnimationFrame(() => requestAnimationFrame(on)));
             (async () => {{
               const all = {{}};
               for (const attack of document.querySelectorAll('.attacks button')) {{
                 attack.click();
                 const slider = document.getElementById('when');
                 slider.value = {at};
                 slider.dispatchEvent(new Event('input'));
                 await drawn();
                 for (const row of document.querySelectorAll('[data-design]'))
                   all[`${{attack.dataset.choice}} ${{row.dataset.design}}`] = [
                     row.querySelector('.counts').textContent,
                     [...row.querySelectorAll('.cell')].map((it) => it.classList.contains('read')),
                   ];
               }}
               done(all);
             }})();"
        ));
            let cells = family.designs().len() * family.attacks().count();
            assert_eq!(shown.as_object().unwrap().len(), cells);
            let cells = matrix["cells"].as_array().unwrap().iter();
            for cell in cells.filter(|cell| stands_in(cell, family)) {
                let name = format!(
                    "{} {}",
                    cell["attack"].as_str().unwrap(),
                    cell["design"].as_str().unwrap()
                );
                let counts = shown[&name][0].as_str().unwrap();
                if cell["applies"] == false {
                    assert_eq!(counts, "–", "{name}");
                    continue;
                }
                let count = |part: &str| {
                    let part = &cell[part];
                    (part["read"].as_u64().unwrap(), part["of"].as_u64().unwrap())
                };
                let ((past, before), (future, after)) = (count("past"), count("future"));
                // An attack that begins with the first message has no count before the theft.
                let of_all = format!("{}/{}", past + future, before + after);
                let wanted = match from_the_start.contains(&cell["attack"].as_str().unwrap()) {
                    true => of_all,
                    false => format!("{past}/{before} │ {future}/{after}"),
                };
                assert_eq!(counts, wanted, "{name}, {at}");
                let squares = shown[&name][1]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|it| it == true);
                let squares: Vec<bool> = squares.collect();
                let dark = |squares: &[bool]| {
                    let dark = squares.iter().filter(|it| **it).count();
                    u64::try_from(dark).unwrap()
                };
                assert_eq!(
                    (dark(&squares[..at]), dark(&squares[at..])),
                    (past, future),
                    "{name}, {at}"
                );
            }
        }
    }
    page.assert_self_contained(&lesson.own);
}

#[test]
fn arrows_on_the_slider_move_the_theft_and_not_the_scene() {
    let lesson = LessonProcess::start(&[]);
    lesson.wait_for_sweep();
    let page = Browser::open(&lesson.page());
    page.is_in("talk");
    page.press('7');
    page.until(&shows_tracks(Family::SpareKey));
    choose(&page, Family::Devices);
    page.until(&shows_tracks(Family::Devices));
    page.click("[data-choice=seized-device]");
    page.run("document.getElementById('when').focus()");
    page.press(keys::RIGHT);
    page.until("document.querySelector('.scrub').dataset.at === '5'");
    let told = page.value("document.getElementById('when').getAttribute('aria-valuetext')");
    assert!(
        told.as_str()
            .unwrap()
            .starts_with("After message 5 of 8. e2e: 0/5 before, 1/3 after"),
        "{told}"
    );
    page.is_in("steal");
    // A clicker's key changes the scene, also from the slider.
    page.press(keys::PAGE_DOWN);
    page.is_in("matrix");
}

#[test]
fn the_heat_map_shows_the_matrix_and_runs_a_cell_again() {
    let lesson = LessonProcess::start(&[]);
    lesson.wait_for_sweep();
    let page = Browser::open(&lesson.page());
    page.is_in("talk");
    page.press('8');
    page.is_in("matrix");
    page.until(&shows_cells(Family::SpareKey));
    let matrix = matrix("0.5");
    let cells = matrix["cells"].as_array().unwrap();
    for (family, cell) in Family::listed().into_iter().flat_map(|family| {
        cells
            .iter()
            .filter(move |it| stands_in(it, family))
            .map(move |it| (family, it))
    }) {
        if page.value(&shows_cells(family)) != true {
            choose(&page, family);
            page.until(&shows_cells(family));
        }
        let name = format!(
            "{}--{}",
            cell["attack"].as_str().unwrap(),
            cell["design"].as_str().unwrap()
        );
        let shown = page.value(&format!(
            "document.querySelector('[data-cell=\"{name}\"]').getAttribute('aria-label')"
        ));
        let shown = shown.as_str().unwrap();
        if cell["applies"] == false {
            assert!(shown.ends_with("does not apply"), "{shown}");
            continue;
        }
        let (past, future) = (&cell["past"], &cell["future"]);
        let counts = format!(
            "{} of {} before the theft, {} of {} after it",
            past["read"], past["of"], future["read"], future["of"]
        );
        assert!(shown.contains(&counts), "{shown}: {counts}");
    }
    choose(&page, Family::Devices);
    page.click("[data-cell=\"seized-device--escrow\"]");
    page.until("document.getElementById('opened').open");
    assert!(page.text("#opened").contains("A ratchet forgets each key"));
    page.click(".rerun button");
    page.until("document.querySelector('.again .amount') !== null");
    assert!(
        page.text(".again")
            .contains("0 of 4 before the theft, 1 of 4 after it")
    );
    page.assert_self_contained(&lesson.own);
}
