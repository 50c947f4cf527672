//! The scrubber and the heat map show what the matrix computes.

use serde_json::Value;

use crate::{
    common::{lesson::Lesson, process::doormat},
    driver::Page,
};

fn matrix(theft_at: &str) -> Value {
    let output = doormat(&["matrix", "--json", "--theft-at", theft_at]);
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_scrubber_counts_what_the_matrix_counts() {
    let lesson = Lesson::start(&[]);
    lesson.has_computed();
    let page = Page::open(&lesson.page());
    page.is_in("talk");
    page.press('7');
    page.is_in("steal");
    page.until("document.querySelectorAll('.track').length === 9");
    for (at, fraction) in [(0, "0"), (1, "0.125"), (3, "0.375"), (4, "0.5"), (8, "1")] {
        let matrix = matrix(fraction);
        assert_eq!(matrix["theft_at"], at);
        // The very counts, and the very squares, of each attack and each design.
        let shown = page.value(&format!(
            "const slider = document.getElementById('when');
             const all = [];
             for (const attack of document.querySelectorAll('.attacks button')) {{
               attack.click();
               slider.value = {at};
               slider.dispatchEvent(new Event('input'));
               all.push(new Promise((on) => requestAnimationFrame(() => requestAnimationFrame(on))).then(() => null));
             }}
             return all.length"
        ));
        assert_eq!(shown, 13);
        for cell in matrix["cells"].as_array().unwrap() {
            let (attack, design) = (
                cell["attack"].as_str().unwrap(),
                cell["design"].as_str().unwrap(),
            );
            let shown = page.value_later(&format!(
                "const done = arguments[arguments.length - 1];
                 document.querySelector('.attacks [data-attack=\"{attack}\"]').click();
                 const slider = document.getElementById('when');
                 slider.value = {at};
                 slider.dispatchEvent(new Event('input'));
                 requestAnimationFrame(() => requestAnimationFrame(() => {{
                   const row = document.querySelector('.design[data-design=\"{design}\"]');
                   done([row.querySelector('.counts').textContent, row.querySelectorAll('.cell.read').length]);
                 }}));"
            ));
            if cell["applies"] == false {
                assert_eq!(shown[0], "– │ ", "{attack} on {design}");
                continue;
            }
            let count = |part: &str| {
                (
                    cell[part]["read"].as_u64().unwrap(),
                    cell[part]["of"].as_u64().unwrap(),
                )
            };
            let ((past, before), (future, after)) = (count("past"), count("future"));
            assert_eq!(
                shown[0],
                format!("{past}/{before} │ {future}/{after}"),
                "{attack} on {design}, {at}"
            );
            assert_eq!(shown[1], past + future, "{attack} on {design}, {at}");
        }
    }
    page.kept_to_itself(&lesson.own);
}

#[test]
fn the_theft_is_dragged_with_the_arrows_and_the_scene_stays() {
    let lesson = Lesson::start(&[]);
    lesson.has_computed();
    let page = Page::open(&lesson.page());
    page.is_in("talk");
    page.press('7');
    page.until("document.querySelectorAll('.track').length === 9");
    page.value("document.getElementById('when').focus()");
    page.press(crate::keys::RIGHT);
    page.until("document.querySelector('.scrub').dataset.at === '5'");
    let told = page.value("return document.getElementById('when').getAttribute('aria-valuetext')");
    assert!(
        told.as_str()
            .unwrap()
            .starts_with("After message 5 of 8. e2e: 0/5 before, 1/3 after"),
        "{told}"
    );
    page.is_in("steal");
    // A clicker goes on all the same.
    page.press(crate::keys::PAGE_DOWN);
    page.is_in("matrix");
}

#[test]
fn the_heat_map_is_the_matrix_and_a_cell_runs_again() {
    let lesson = Lesson::start(&[]);
    lesson.has_computed();
    let page = Page::open(&lesson.page());
    page.is_in("talk");
    page.press('8');
    page.is_in("matrix");
    page.until("document.querySelectorAll('.heat td button').length === 117");
    for cell in matrix("0.5")["cells"].as_array().unwrap() {
        let name = format!(
            "{}--{}",
            cell["attack"].as_str().unwrap(),
            cell["design"].as_str().unwrap()
        );
        let shown = page.value(&format!(
            "return document.querySelector('[data-cell=\"{name}\"]').getAttribute('aria-label')"
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
    page.click("[data-cell=\"seized-device--escrow\"]");
    page.until("document.getElementById('opened').open");
    assert!(page.text("#opened").contains("A ratchet forgets each key"));
    page.click(".rerun button");
    page.until("document.querySelector('.again .amount') !== null");
    assert!(
        page.text(".again")
            .contains("0 of 4 before the theft, 1 of 4 after it")
    );
    page.kept_to_itself(&lesson.own);
}
