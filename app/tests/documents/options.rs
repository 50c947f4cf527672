//! The option tables of the documents are what the command line defines.
//!
//! `UPDATE_DOCS=1 cargo test --test documents option_table` writes them anew.

use std::fs;

use clap::{Arg, ArgAction, Command};

use crate::common::docs::{assert_generated, root};

#[test]
fn each_option_table_is_what_the_command_line_defines() {
    let commands = commands(String::new(), &doormat_app::cli::definition());
    let document = fs::read_to_string(root().join("docs/commands.md")).unwrap();
    let tables = document.matches("<!-- generated: options ").count();
    assert_eq!(tables, commands.len(), "a table of no command");
    for (name, command) in commands {
        let part = format!("options {name}");
        assert_generated("docs/commands.md", &part, &table(&command));
    }
}

/// Every command that has arguments, with its name as it is typed.
fn commands(name: String, command: &Command) -> Vec<(String, Command)> {
    let own = (command.get_arguments().next().is_some()).then(|| (name.clone(), command.clone()));
    let below = command.get_subcommands().flat_map(|below| {
        let name = format!("{name} {}", below.get_name());
        commands(name.trim_start().to_owned(), below)
    });
    own.into_iter().chain(below).collect()
}

fn table(command: &Command) -> String {
    let mut table = String::from("| option | value | default | meaning |\n|---|---|---|---|\n");
    let (positional, named): (Vec<&Arg>, Vec<&Arg>) =
        command.get_arguments().partition(|arg| arg.is_positional());
    for arg in positional.into_iter().chain(named) {
        let cells = [option(arg), value(arg), default(arg), meaning(arg)].join(" | ");
        table += &format!("| {} |\n", cells.replace("  ", " "));
    }
    table
}

fn option(arg: &Arg) -> String {
    match arg.get_long() {
        Some(long) => format!("`--{long}`"),
        None => format!("`{}`", placeholder(arg)),
    }
}

fn value(arg: &Arg) -> String {
    if arg.is_positional() || !arg.get_action().takes_values() {
        return String::new();
    }
    let placeholder = placeholder(arg);
    let may_be_left_out = arg.get_num_args().is_some_and(|it| it.min_values() == 0);
    if may_be_left_out {
        format!("`[{placeholder}]`")
    } else {
        format!("`{placeholder}`")
    }
}

/// What stands for the value in the usage line: `FILE`, `SHARE...`.
fn placeholder(arg: &Arg) -> String {
    let names = arg.get_value_names().expect("a value's name");
    let names: Vec<&str> = names.iter().map(|it| it.as_str()).collect();
    let is_list = arg.get_value_delimiter().is_some();
    let repeats = matches!(arg.get_action(), ArgAction::Append) && !is_list;
    names.join(" ") + if repeats { "..." } else { "" }
}

fn default(arg: &Arg) -> String {
    if !arg.get_action().takes_values() {
        return String::new();
    }
    let values = arg.get_default_values().iter();
    let values: Vec<_> = values
        .map(|it| format!("`{}`", it.to_str().unwrap()))
        .collect();
    if values.is_empty() && arg.is_required_set() {
        return "required".to_owned();
    }
    values.join(" ")
}

/// The help text, and each possible value with its own.
fn meaning(arg: &Arg) -> String {
    let help = arg.get_long_help().or_else(|| arg.get_help());
    let help = help.expect("a help text").to_string();
    let values = arg.get_possible_values();
    let values: Vec<String> = values
        .iter()
        .filter(|_| arg.get_action().takes_values())
        .map(|it| match it.get_help() {
            Some(help) => format!(
                "`{}` ({})",
                it.get_name(),
                first_in_lower_case(&help.to_string())
            ),
            None => format!("`{}`", it.get_name()),
        })
        .collect();
    let values = match values.as_slice() {
        [] => String::new(),
        values => format!(": {}", values.join(", ")),
    };
    options_as_code(&format!("{help}{values}")).replace('|', "\\|")
}

fn first_in_lower_case(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|it| it.to_lowercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// Sets the names of options as code, outside of what is code already: Markdown would
/// otherwise make dashes of their hyphens.
fn options_as_code(text: &str) -> String {
    let mut is_code = false;
    let words = text.split_whitespace().map(|word| {
        let was_code = is_code;
        is_code ^= word.matches('`').count() % 2 == 1;
        let option = word.trim_end_matches([',', ';', '.', ':', ')']);
        match word.strip_prefix(option) {
            Some(rest) if option.starts_with("--") && !was_code => format!("`{option}`{rest}"),
            _ => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}
