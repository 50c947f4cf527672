//! The command line: the only room that reads files, prints and asks the system for
//! randomness. Nothing else in this crate depends on it. Each command is a file or a
//! folder; `shared` is what several of them use.
//!
//! Exit status: 0 it ran, 1 it could not, 2 the command line is invalid.

mod attack;
mod authority;
mod chat;
mod demo;
mod generate;
mod inspect;
mod lab;
mod matrix;
mod present;
mod relay;
mod shared;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use shared::{failure::Failure, terminal};

/// A laboratory for one question: what changes when a messenger must keep a
/// spare key for somebody else?
///
/// Two modes share one transport: `e2e`, where nobody else has a key, and
/// `escrow`, where an authority gets a copy of every session key. Begin with
/// `doormat demo`.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Options),
    Matrix(matrix::Options),
    #[command(subcommand)]
    Authority(authority::Command),
    Generate(generate::Options),
    Attack(attack::Options),
    Inspect(inspect::Options),
    #[command(subcommand)]
    Lab(lab::LabCommand),
    Relay(relay::Options),
    Chat(chat::Options),
    Present(present::Options),
}

/// The definition of the command line, from which the documents' option tables are made.
pub fn definition() -> clap::Command {
    Cli::command()
}

/// Runs the program on the process's arguments.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return terminal::print_usage(error),
    };
    let result = match cli.command {
        Command::Demo(options) => demo::run(&options),
        Command::Matrix(options) => matrix::run(&options),
        Command::Authority(command) => authority::run(&command),
        Command::Generate(options) => generate::run(&options),
        Command::Attack(options) => attack::run(&options),
        Command::Inspect(options) => inspect::run(&options),
        Command::Lab(command) => lab::run(&command),
        Command::Relay(options) => relay::run(&options),
        Command::Chat(options) => chat::run(&options),
        Command::Present(options) => present::run(&options),
    };
    match result {
        Ok(()) | Err(Failure::ClosedPipe) => ExitCode::SUCCESS,
        Err(Failure::User(error)) => {
            terminal::print_user_error(&error);
            ExitCode::FAILURE
        }
    }
}
