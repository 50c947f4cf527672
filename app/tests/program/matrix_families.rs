//! The matrix a family at a time: what a command line chooses, the summary, and the page of
//! several tables.

use std::{collections::BTreeSet, process::Output, sync::LazyLock};

use doormat::experiment::{
    Conversation, Family, Setting,
    attacks::ATTACKS,
    design::DESIGNS,
    tables::{self, Tables},
};
use doormat_app::{
    cli,
    report::matrix::{page, printout, sections::Section, summary::Summary, table::Options},
    text::columns,
};
use serde_json::Value;

use crate::common::process::doormat;

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let conversation = Conversation::default();
    let setting = Setting::new(&conversation, 7, 4);
    tables::run(&Family::listed(), &setting).unwrap()
});

static PAGE: LazyLock<String> = LazyLock::new(|| {
    let sections = Section::each(&TABLES);
    page::page(Some(&Summary::of(&sections)), &sections)
});

/// Every value of an attribute.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let begin = format!(" {attribute}=\"");
    let rests = page.split(&begin).skip(1);
    rests.map(|rest| rest.split('"').next().unwrap()).collect()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn every_link_of_the_page_of_families_leads_to_one_place() {
    let ids = values(&PAGE, "id");
    let places: BTreeSet<_> = ids.iter().copied().collect();
    assert_eq!(places.len(), ids.len(), "an id stands twice");
    for link in values(&PAGE, "href") {
        assert!(places.contains(link.trim_start_matches('#')), "{link}");
    }
    for family in Family::listed() {
        assert!(places.contains(family.name()), "{family}");
        assert!(PAGE.contains(family.question()));
    }
}

#[test]
fn every_cell_of_every_family_is_linked_and_explained_once() {
    for column in &TABLES.columns {
        for cell in &column.cells {
            let id = format!("{}--{}", cell.attack, column.design.name);
            let back = format!(" href=\"#cell-{id}\"");
            assert_eq!(PAGE.matches(&format!(" id=\"{id}\"")).count(), 1, "{id}");
            assert_eq!(PAGE.matches(&back).count(), 1, "{id}");
            let tables = tables::meeting(&column.design, cell.attack).len();
            let there = format!(" href=\"#{id}\"");
            assert_eq!(PAGE.matches(&there).count(), tables, "{id}");
        }
    }
}

#[test]
fn the_summary_counts_the_cells() {
    let summary = Summary::of(&Section::each(&TABLES));
    assert_eq!(summary.designs, DESIGNS.len());
    assert_eq!(summary.rows().count(), ATTACKS.len());
    for row in summary.rows() {
        let cells = TABLES.columns.iter().flat_map(|column| &column.cells);
        let mut counts = [0; 3];
        for cell in cells.filter(|cell| cell.attack == row.attack) {
            let Ok(outcome) = &cell.outcome else { continue };
            let read = outcome.read.iter().filter(|read| **read).count();
            counts[match read {
                0 => 2,
                all if all == outcome.read.len() => 0,
                _ => 1,
            }] += 1;
        }
        assert_eq!(
            row.hit.map(|(_, designs)| designs),
            counts,
            "{}",
            row.attack
        );
        assert_eq!(row.measured(), counts.iter().sum::<usize>());
    }
}

#[test]
fn the_summary_fits_a_narrow_terminal_and_the_tables_a_wide_one() {
    let sections = Section::each(&TABLES);
    let summary = Summary::of(&sections);
    for (width, shown) in [(80, &sections[..0]), (80, &sections), (100, &sections)] {
        let options = Options {
            counts: false,
            width,
        };
        for line in printout::lines(Some(&summary), shown, options) {
            let line = console::strip_ansi_codes(&line).into_owned();
            assert!(columns(&line) <= width, "{line}");
            assert!(!line.contains('…'), "{line}");
        }
    }
}

#[test]
fn without_a_choice_there_is_a_row_for_each_attack_and_the_first_table() {
    let shown = said(&doormat(&["matrix"]));
    for attack in ATTACKS {
        assert!(shown.contains(&format!("\n{attack} ")), "{attack}: {shown}");
    }
    let [first, rest @ ..] = &Family::listed()[..] else {
        panic!("no family")
    };
    let question = |family: &Family| format!("{family}: {}", family.question());
    assert_eq!(shown.matches(&question(first)).count(), 2, "{shown}");
    for family in rest {
        assert_eq!(shown.matches(&question(family)).count(), 1, "{family}");
    }
    let rest = rest.iter().map(|family| family.name()).collect::<Vec<_>>();
    let hint = format!("`doormat matrix FAMILY` shows {};", rest.join(", "));
    assert!(shown.contains(&hint), "{shown}");
    let all = said(&doormat(&["matrix", "--all"]));
    for family in Family::listed() {
        assert_eq!(all.matches(&question(&family)).count(), 2, "{family}");
    }
}

#[test]
fn one_family_is_its_own_designs_and_attacks() {
    for family in Family::listed() {
        let output = doormat(&["matrix", family.name(), "--json"]);
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        let names = |key: &str| -> BTreeSet<&str> {
            let cells = json["cells"].as_array().unwrap().iter();
            cells.map(|it| it[key].as_str().unwrap()).collect()
        };
        let designs = family.designs();
        assert_eq!(names("design"), designs.iter().map(|it| it.name).collect());
        assert_eq!(
            names("attack"),
            family.attacks().map(|it| it.name).collect()
        );
        assert_eq!(json["families"][0]["name"], family.name());
    }
}

#[test]
fn json_has_each_cell_of_all_families_once_and_says_where_it_stands() {
    let output = doormat(&["matrix", "--json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let cells = json["cells"].as_array().unwrap();
    assert_eq!(cells.len(), tables::cells(&Family::listed()));
    let mut seen = BTreeSet::new();
    for cell in cells {
        let name = |key: &str| cell[key].as_str().unwrap();
        assert!(seen.insert((name("attack"), name("design"))), "{cell}");
        let stands: Vec<_> = cell["families"].as_array().unwrap().iter().collect();
        let tables = json["families"].as_array().unwrap().iter();
        let holds = tables.filter(|table| {
            let has = |list: &str, name: &str| {
                let names = table[list].as_array().unwrap();
                names.iter().any(|it| it == name)
            };
            has("attacks", name("attack")) && has("designs", name("design"))
        });
        let holds: Vec<_> = holds.map(|table| &table["name"]).collect();
        assert_eq!(stands, holds, "{cell}");
    }
}

#[test]
fn the_nearest_name_is_suggested() {
    for (args, nearest) in [
        (&["matrix", "spare"][..], "spare-key"),
        (&["matrix", "device"], "devices"),
        (&["matrix", "--designs", "escrow-splt"], "escrow-split"),
        (&["matrix", "--attacks", "wiretab"], "wiretap"),
        (&["matrix", "explain", "wiretab", "e2e"], "wiretap"),
    ] {
        let output = doormat(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let said = said(&output);
        let tip = said.lines().find(|line| line.contains("tip:"));
        let tip = tip.unwrap_or_else(|| panic!("{args:?}: {said}"));
        assert!(tip.contains(nearest), "{tip}");
    }
    // A choice is one table, of no family.
    for args in [
        ["matrix", "devices", "--designs=e2e"],
        ["matrix", "devices", "--all"],
        ["matrix", "--all", "--attacks=wiretap"],
    ] {
        assert_eq!(doormat(&args).status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn no_family_is_called_as_a_command_of_the_matrix() {
    let definition = cli::definition();
    let matrix = definition.find_subcommand("matrix").unwrap();
    for family in Family::ALL {
        assert!(matrix.find_subcommand(family.name()).is_none(), "{family}");
    }
}
