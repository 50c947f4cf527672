//! The machine, named: a figure without it says little, and a ratio less than it seems.

use std::{
    fs,
    process::{Command, Stdio},
};

use crate::Failure;

/// What the figures were measured on.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The processor's name.
    pub processor: String,
    /// Cores that this process may use.
    pub cores: u16,
    /// The operating system and its kernel.
    pub system: String,
    /// The compiler, and the flags that it was given.
    pub compiler: String,
    /// Programs that wanted a core during the minute before.
    pub load: f64,
    /// The day, in UTC.
    pub date: String,
}

impl Machine {
    /// This machine, today.
    ///
    /// # Errors
    /// If Linux does not tell.
    pub fn this() -> Result<Self, Failure> {
        let info = fs::read_to_string("/proc/cpuinfo")?;
        let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
        let system = field(&release, "PRETTY_NAME=").unwrap_or("an unnamed system");
        // What follows the number is the builder's own.
        let kernel = kernel.trim().split('-').next().unwrap_or_default();
        let flags = option_env!("RUSTFLAGS").filter(|flags| !flags.is_empty());
        Ok(Self {
            processor: field(&info, "model name")
                .unwrap_or("an unnamed processor")
                .to_owned(),
            cores: u16::try_from(std::thread::available_parallelism()?.get())?,
            system: format!("{system}, Linux {kernel}"),
            compiler: format!(
                "{}, {}",
                said("rustc", &["--version"])?,
                flags.map_or("no flags".to_owned(), |flags| format!("flags `{flags}`")),
            ),
            load: fs::read_to_string("/proc/loadavg")?
                .split_whitespace()
                .next()
                .unwrap_or_default()
                .parse()?,
            date: said("date", &["-u", "+%Y-%m-%d"])?,
        })
    }
}

/// The version of a crate that this package was built with.
pub fn version(package: &str) -> &'static str {
    let lock = include_str!("../Cargo.lock");
    let entry = lock.split_once(&format!("name = \"{package}\"\nversion = \""));
    let version = entry.and_then(|(_, rest)| rest.split_once('"'));
    version.map_or("of an unknown version", |(version, _)| version)
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim_matches([' ', '\t', ':', '"']))
}

fn said(program: &str, arguments: &[&str]) -> Result<String, Failure> {
    let mut command = Command::new(program);
    let output = command.args(arguments).stderr(Stdio::inherit()).output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
