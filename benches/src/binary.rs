//! The `doormat` that is measured: built as the source stands, so that no figure is of
//! an older one. `DOORMAT` in the environment names another.

use std::{
    env,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::Failure;

/// Builds it, unless it is built; gives its path.
///
/// # Errors
/// If it cannot be built.
pub fn build() -> Result<PathBuf, Failure> {
    if let Some(named) = env::var_os("DOORMAT") {
        return Ok(named.into());
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--release", "--locked", "--bin", "doormat"])
        .args(["--message-format", "json-render-diagnostics"])
        .args([
            "--manifest-path",
            concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"),
        ])
        .stderr(Stdio::inherit())
        .output()?;
    let said = String::from_utf8(output.stdout)?;
    let artifacts = said
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let executable = artifacts
        .filter_map(|artifact: Value| Some(artifact.get("executable")?.as_str()?.into()))
        .next_back();
    executable.ok_or_else(|| "doormat could not be built".into())
}
