//! `--report`: measures everything and writes `docs/performance.md`, with its plots.

use std::{env, fs, path::Path, process::ExitCode};

use doormat_benches::{
    Failure, binary,
    machine::Machine,
    page::{self, reading, sealing},
    relay,
};

const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs");

/// The parts of the page.
const PARTS: [&str; 3] = ["sealing", "reading", "relay"];

/// What was asked for.
struct Options {
    most: u32,
    rounds: usize,
    only: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Some(options) = options() else {
        eprintln!(
            "usage: report --report [--most MESSAGES] [--rounds OF-THE-RELAY]\n       \
             report --only {}    prints this part; the page stays as it is",
            PARTS.join("|")
        );
        return ExitCode::FAILURE;
    };
    match report(&options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn options() -> Option<Options> {
    let mut arguments = env::args().skip(1).peekable();
    let mut options = Options {
        most: 10_000_000,
        rounds: 3,
        only: None,
    };
    arguments.peek()?;
    while let Some(option) = arguments.next() {
        match option.as_str() {
            "--report" => {}
            "--most" => options.most = arguments.next()?.parse().ok()?,
            "--rounds" => options.rounds = arguments.next()?.parse().ok()?,
            "--only" => {
                options.only = arguments.next().filter(|it| PARTS.contains(&it.as_str()));
                options.only.as_ref()?;
            }
            _ => return None,
        }
    }
    Some(options)
}

async fn report(options: &Options) -> Result<(), Failure> {
    let machine = Machine::this()?;
    let images = Path::new(DOCS).join("img");
    let program = binary::build()?;
    let wanted = |part| options.only.as_deref().is_none_or(|only| only == part);
    let mut page = page::head(&machine);
    if wanted("sealing") {
        page += sealing::HEAD;
        page += &page::or_why_not(sealing::section());
    }
    if wanted("reading") {
        page += reading::HEAD;
        page += &page::or_why_not(reading::section(reading::Setting {
            program: &program,
            images: &images,
            most: options.most,
            cores: machine.cores.into(),
        }));
    }
    if wanted("relay") {
        page += page::RELAY;
        page += &page::or_why_not(relay::report(&program, options.rounds, "").await);
    }
    if options.only.is_some() {
        print!("{page}");
        return Ok(());
    }
    Ok(fs::write(Path::new(DOCS).join("performance.md"), page)?)
}
