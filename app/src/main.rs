//! Parse, run, print, exit status.

use std::process::ExitCode;

fn main() -> ExitCode {
    doormat_app::cli::main()
}
