//! `relay --report`: the relay's table alone.

use std::{env, process::ExitCode};

use doormat_benches::{Failure, binary, machine::Machine, relay};

#[tokio::main]
async fn main() -> ExitCode {
    let Some((rounds, only)) = options() else {
        eprintln!("usage: relay --report [--rounds N] [--only WORD-OF-A-SERVER'S-NAME]");
        return ExitCode::FAILURE;
    };
    match report(rounds, &only).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn options() -> Option<(usize, String)> {
    let mut arguments = env::args().skip(1);
    let (mut rounds, mut only) = (3, String::new());
    (arguments.next()? == "--report").then_some(())?;
    while let Some(option) = arguments.next() {
        match option.as_str() {
            "--rounds" => rounds = arguments.next()?.parse().ok()?,
            "--only" => only = arguments.next()?,
            _ => return None,
        }
    }
    Some((rounds, only))
}

async fn report(rounds: usize, only: &str) -> Result<(), Failure> {
    let Machine {
        cores, processor, ..
    } = Machine::this()?;
    println!("Machine: {cores} cores, {processor}; servers and load share them.");
    print!("{}", relay::report(&binary::build()?, rounds, only).await?);
    Ok(())
}
