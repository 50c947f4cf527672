//! `flood KIND CLIENTS [--one-identity] [--seconds N]`: the relay under abuse, in one line.

use std::{env, process::ExitCode, time::Duration};

use doormat_benches::{
    Failure, binary,
    flood::{self, Flood},
};

#[tokio::main]
async fn main() -> ExitCode {
    let Some(flood) = options() else {
        eprintln!(
            "usage: flood envelopes|short|fetches|deaf|partial CLIENTS [--one-identity] [--seconds N]"
        );
        return ExitCode::FAILURE;
    };
    match report(flood).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn options() -> Option<Flood> {
    let mut arguments = env::args().skip(1);
    let mut flood = Flood {
        kind: arguments.next()?.parse().ok()?,
        clients: arguments.next()?.parse().ok().filter(|it| *it > 0)?,
        one_identity: false,
        lasts: Duration::from_secs(20),
    };
    while let Some(option) = arguments.next() {
        match option.as_str() {
            "--one-identity" => flood.one_identity = true,
            "--seconds" => flood.lasts = Duration::from_secs(arguments.next()?.parse().ok()?),
            _ => return None,
        }
    }
    Some(flood)
}

async fn report(flood: Flood) -> Result<(), Failure> {
    println!("{}", flood::run(&binary::build()?, flood).await?);
    Ok(())
}
