//! What several commands share: errors, the terminal, files, the progress bar, and the
//! options of experiments.

pub(crate) mod failure;
pub(crate) mod files;
pub(crate) mod private_file;
pub(crate) mod progress;
pub(crate) mod setup;
pub(crate) mod terminal;
