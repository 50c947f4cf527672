//! The matrix as a page: it shows what the library computed, loads nothing, and holds no
//! text of a message.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Output},
    sync::LazyLock,
    time::Duration,
};

use doormat::experiment::{
    Conversation, Setting,
    attacks::{self, ATTACKS, Attack},
    design::{DESIGNS, Design},
    matrix::{self, Cell, Matrix},
};
use doormat_app::report::matrix::{page, sections::Section};
use doormat_app::text::grouped;

/// Everything against everything, and its page.
static FULL: LazyLock<(Matrix, String)> = LazyLock::new(|| {
    let matrix = compute(&Conversation::default(), ATTACKS);
    let page = page(&matrix);
    (matrix, page)
});

fn page(matrix: &Matrix) -> String {
    page::page(None, &[Section::chosen(matrix, true)])
}

/// Attacks that take no time.
fn quick() -> [&'static Attack; 3] {
    ["wiretap", "escrow-key", "seized-device"].map(|name| attacks::named(name).unwrap())
}

fn compute(conversation: &Conversation, rows: &[&'static Attack]) -> Matrix {
    let setting = Setting::new(conversation, 7, conversation.lines().len() / 2);
    matrix::run(&DESIGNS, rows, &setting).unwrap()
}

fn cells() -> impl Iterator<Item = (&'static Design, &'static Cell)> {
    let columns = FULL.0.columns.iter();
    columns.flat_map(|column| column.cells.iter().map(|cell| (&column.design, cell)))
}

/// The element that has an id, with all that is in it.
fn element<'a>(page: &'a str, name: &str, id: &str) -> &'a str {
    let at = page.find(&format!(" id=\"{id}\"")).expect(id);
    let begin = page[..at].rfind(&format!("<{name}")).expect(id);
    let end = page[at..].find(&format!("</{name}>")).expect(id) + at;
    &page[begin..end]
}

/// Every value of an attribute.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let begin = format!(" {attribute}=\"");
    let rests = page.split(&begin).skip(1);
    rests.map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn the_page_loads_nothing_and_names_no_other_host() {
    let page = &FULL.1;
    for word in [
        "://",
        "\"//",
        "www.",
        "src=",
        "srcset=",
        "url(",
        "@import",
        "@font-face",
        "<script",
        "<link",
        "<img",
        "<iframe",
        "<object",
        "<form",
        "<base",
        "javascript:",
    ] {
        assert!(!page.contains(word), "{word}");
    }
    for target in values(page, "href") {
        assert!(target.starts_with('#'), "{target}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn every_link_leads_to_one_place_on_the_page() {
    let page = &FULL.1;
    let ids = values(page, "id");
    let places: BTreeSet<_> = ids.iter().copied().collect();
    assert_eq!(places.len(), ids.len(), "an id stands twice");
    let links = values(page, "href");
    assert!(links.len() > 2 * DESIGNS.len() * ATTACKS.len());
    for link in links {
        assert!(places.contains(link.trim_start_matches('#')), "{link}");
    }
}

#[test]
fn every_cell_leads_to_its_explanation_and_every_row_to_its_words_and_back() {
    let page = &FULL.1;
    for (design, cell) in cells() {
        let id = format!("{}--{}", cell.attack, design.name);
        let shown = element(page, "td", &format!("cell-{id}"));
        assert!(shown.contains(&format!("href=\"#{id}\"")), "{shown}");
        let explained = element(page, "a", &id);
        let back = format!("href=\"#cell-{id}\"");
        assert!(explained.contains(&back), "{explained}");
    }
    for row in ATTACKS {
        let heading = element(page, "th", &format!("row-{row}"));
        assert!(heading.contains(&format!("href=\"#{row}\"")), "{heading}");
        let section = element(page, "section", row.name);
        assert!(section.contains(&format!("href=\"#row-{row}\"")));
        for text in [row.loot, row.when, row.tried, row.lesson, row.source] {
            assert!(section.contains(text), "{text}");
        }
    }
    for design in DESIGNS {
        let told = element(page, "div", &format!("design-{}", design.name));
        assert!(told.contains(&design.describe()), "{told}");
    }
}

#[test]
fn every_cells_counts_are_what_the_library_computed() {
    let (matrix, page) = &*FULL;
    for (design, cell) in cells() {
        let id = format!("{}--{}", cell.attack, design.name);
        let shown = element(page, "td", &format!("cell-{id}"));
        let explained = element(page, "article", &id);
        let outcome = match &cell.outcome {
            Ok(outcome) => outcome,
            Err(why) => {
                assert!(shown.contains(&format!("title=\"does not apply: {why}\"")));
                assert!(shown.contains("–</span>"), "{shown}");
                assert!(shown.contains(">does not apply<"), "{shown}");
                assert!(explained.contains(&format!("{why}.")), "{explained}");
                continue;
            }
        };
        let (past, future) = (
            outcome.past(matrix.theft_at),
            outcome.future(matrix.theft_at),
        );
        let title = format!(
            "title=\"{} of {} before, {} of {} after\"",
            past.0, past.1, future.0, future.1
        );
        assert!(shown.contains(&title), "{shown}");
        let counts = format!(
            "{} of {} before the theft, {} of {} after it",
            past.0, past.1, future.0, future.1
        );
        assert!(explained.contains(&counts), "{explained}");
        let (word, sign) = match past.0 + future.0 {
            0 => ("none", '○'),
            all if all == matrix.messages => ("all", '●'),
            _ => ("part", '◐'),
        };
        assert!(shown.contains(&format!("class=\"{word}\"")), "{shown}");
        assert!(
            shown.contains(&format!("{sign}</span>{word}</span>")),
            "{shown}"
        );
        let metadata = format!("{} of {} messages", outcome.metadata, matrix.messages);
        assert!(explained.contains(&metadata), "{explained}");
        let noticed = shown.contains("class=\"noticed\"");
        assert_eq!(noticed, outcome.noticed_by.is_some(), "{shown}");
        let nothing = explained.contains(">by nothing ");
        assert_eq!(nothing, outcome.noticed_by.is_none(), "{explained}");
    }
}

#[test]
fn an_explanation_tells_what_else_was_found() {
    let page = &FULL.1;
    let mut found = [0; 5];
    for (design, cell) in cells() {
        let Ok(outcome) = &cell.outcome else { continue };
        let explained = element(
            page,
            "article",
            &format!("{}--{}", cell.attack, design.name),
        );
        let mut tells = |which: usize, text: String| {
            found[which] += 1;
            assert!(explained.contains(&text), "{text}: {explained}");
        };
        let mut read = (0..).zip(&outcome.read).filter(|(_, read)| **read);
        match (read.next(), read.last()) {
            (None, _) => {}
            (Some((only, _)), None) => tells(0, format!(">message {only}, ")),
            (Some((first, _)), Some((last, _))) => {
                tells(0, format!(">messages {first} and {last}, "));
            }
        }
        if let Some(at) = outcome.healed_at {
            let plural = if at == 1 { "" } else { "s" };
            tells(
                1,
                format!(">after the first {at} message{plural} the copy "),
            );
        }
        if let Some(it) = outcome.forgery {
            let trials = usize::try_from(it.trials).unwrap();
            tells(2, format!(">{} fields tried", grouped(trials)));
        }
        if let Some(messages) = outcome.nested {
            tells(3, format!(">{messages} messages opened by the authority"));
        }
        if let Some(desk) = outcome.desk {
            tells(4, format!("{}<", desk.audit));
        }
    }
    assert!(found.iter().all(|times| *times > 0), "{found:?}");
}

#[test]
fn the_page_holds_nothing_of_what_was_said() {
    for line in Conversation::default().lines() {
        assert!(!FULL.1.contains(&line.text), "{}", line.text);
    }
    let hostile = "<script>alert(1)</script>\n\"><img src=x onerror=alert(1)>\n&lt;b&gt;\n";
    let conversation = Conversation::read(hostile).unwrap();
    let page = page(&compute(&conversation, &quick()));
    for word in ["alert", "<script", "onerror", "&lt;b", "&amp;lt;"] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn one_seed_gives_one_page_but_for_the_time_it_took() {
    let conversation = Conversation::default();
    let again = || compute(&conversation, &quick());
    assert_eq!(page(&again()), page(&again()));
    assert!(!page(&again()).contains("id=\"timings\""));

    let timed = |took| {
        let mut matrix = again();
        for column in &mut matrix.columns {
            column.cost.took = Some(Duration::from_micros(took));
        }
        page(&matrix)
    };
    let (one, other) = (timed(8_000), timed(16_000_000));
    assert!(element(&one, "tr", "timings").contains("<td>1,000</td>"));
    assert!(element(&other, "tr", "timings").contains("<td>2,000,000</td>"));
    assert_eq!(masked(&one), masked(&other));
}

/// A page without what no seed reproduces.
fn masked(page: &str) -> String {
    if page.contains("id=\"timings\"") {
        page.replace(element(page, "tr", "timings"), "")
    } else {
        page.to_owned()
    }
}

#[test]
fn without_attacks_the_page_holds_recovery_and_cost() {
    let page = page(&compute(&Conversation::default(), &[]));
    assert!(page.contains("id=\"recovery\"") && page.contains("id=\"cost\""));
    for link in values(&page, "href") {
        assert!(values(&page, "id").contains(&link.trim_start_matches('#')));
    }
    assert!(!values(&page, "id").contains(&"matrix"));
}

#[test]
fn what_begins_with_the_first_message_has_one_figure_and_the_evaders_a_colour_of_their_own() {
    for (design, cell) in cells().filter(|(_, cell)| cell.outcome.is_ok()) {
        let shown = element(
            &FULL.1,
            "td",
            &format!("cell-{}--{}", cell.attack, design.name),
        );
        assert_eq!(
            !shown.contains('│'),
            cell.attack.is_from_the_start(),
            "{shown}"
        );
    }
    for row in ATTACKS {
        let line = element(&FULL.1, "tr", &format!("row-{row}"));
        assert_eq!(
            line.contains("class=\"evasion\""),
            row.is_evasion(),
            "{line}"
        );
    }
}

#[test]
fn the_page_says_how_it_was_made_and_stays_small() {
    let page = &FULL.1;
    assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">"));
    assert!(page.contains("Seed 7: reproducible, not secret."));
    assert!(page.contains("<strong>8 messages</strong>"));
    assert!(page.contains("<strong>after the first 4</strong>"));
    let cells = DESIGNS.len() * ATTACKS.len();
    assert!(page.len() < 30_000 + 600 * cells, "{} bytes", page.len());
}

fn doormat(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_doormat"))
        .args(["matrix", "--designs", "e2e,escrow"])
        .args(["--attacks", "wiretap,escrow-key"])
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap()
}

#[test]
fn the_command_writes_the_page_and_says_so_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let output = doormat(folder.path(), &["--html", "matrix.html"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "Wrote matrix.html: open it in a browser, or print it.\n"
    );
    let written = fs::read_to_string(folder.path().join("matrix.html")).unwrap();
    let cell = element(&written, "td", "cell-escrow-key--escrow");
    assert!(cell.contains("4 of 4 before, 4 of 4 after"), "{cell}");

    let printed = doormat(folder.path(), &["--html", "-"]).stdout;
    let printed = String::from_utf8(printed).unwrap();
    assert_eq!(masked(&printed), masked(&written));
    assert!(!folder.path().join("-").exists());
}

#[test]
fn the_command_overwrites_nothing_and_refuses_before_it_computes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("matrix.html");
    fs::write(&path, "mine").unwrap();
    // The messages are missing as well: the page's file is looked at first.
    let args = ["--html", "matrix.html", "--messages", "none.txt"];
    let output = doormat(folder.path(), &args);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("matrix.html: it exists already"), "{said}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");

    let output = doormat(folder.path(), &["--html", "nowhere/matrix.html"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("its directory does not exist"), "{said}");
}
