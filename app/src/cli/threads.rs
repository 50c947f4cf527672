//! `--threads`: how many of the machine's cores a command takes.

use clap::Args;

use super::failure::Failure;

#[derive(Debug, Clone, Copy, Default, Args)]
pub(super) struct Threads {
    /// Threads to work with, one for each core unless said otherwise
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

impl Threads {
    /// As many as are asked for.
    pub(super) fn pool(self) -> Result<rayon::ThreadPool, Failure> {
        rayon::ThreadPoolBuilder::new()
            .num_threads(self.threads.map_or(0, usize::from))
            .build()
            .map_err(|error| {
                Failure::new(
                    format!("the system gives no threads: {error}"),
                    "Ask for fewer with --threads.",
                )
            })
    }
}
