//! A server's process: started in a folder of its own, watched through `/proc`,
//! ended with its handle.

use std::{
    env,
    fs::{self, File},
    io::Write,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::Failure;

/// Clock ticks in a second, as `/proc/PID/stat` counts them on every Linux.
const TICKS: u32 = 100;

/// How long a server may take to listen.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running server. Dropped, it is killed and its folder removed.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
    _folder: TempDir,
}

impl Server {
    /// Starts a program on a free port of this machine, with a fresh folder, and
    /// waits until it listens.
    ///
    /// # Errors
    /// If it cannot be started, or does not listen.
    pub fn start(
        program: &str,
        prepare: impl FnOnce(&mut Command, SocketAddr, &Path) -> Result<(), Failure>,
    ) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        // Free when asked, and nobody else here is looking for one.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let mut command = Command::new(program);
        prepare(&mut command, address, folder.path())?;
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("{program}: {error}"))?;
        let mut server = Self {
            address,
            child,
            _folder: folder,
        };
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(address).is_err() {
            if let Some(status) = server.child.try_wait()? {
                return Err(format!("{program} ended: {status}").into());
            }
            if Instant::now() > deadline {
                return Err(format!("{program} does not listen").into());
            }
            sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// Its resident memory, in KiB.
    ///
    /// # Errors
    /// If `/proc` does not tell.
    pub fn memory(&self) -> Result<u64, Failure> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().nth(1));
        Ok(kib.ok_or("no VmRSS")?.parse()?)
    }

    /// Its processor time so far, its own and the system's for it.
    ///
    /// # Errors
    /// If `/proc` does not tell.
    pub fn processor(&self) -> Result<Duration, Failure> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The second field is the name, in parentheses; the 14th and 15th are ours.
        let (_, fields) = stat.rsplit_once(')').ok_or("no stat")?;
        let ticks = fields.split_whitespace().skip(11).take(2);
        let ticks = ticks.map(str::parse::<u32>).sum::<Result<u32, _>>()?;
        Ok(Duration::from_secs(1) * ticks / TICKS)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program's path: what the environment says, or where Debian puts it.
pub fn program(variable: &str, otherwise: &str) -> String {
    env::var(variable).unwrap_or_else(|_| otherwise.to_owned())
}

/// The first line that a program says about its version.
pub fn version(program: &str, argument: &str) -> String {
    let said = Command::new(program).arg(argument).output();
    let said = said.map(|said| String::from_utf8_lossy(&said.stdout).into_owned());
    let line = said
        .ok()
        .and_then(|said| said.lines().next().map(str::to_owned));
    line.unwrap_or_else(|| format!("{program} (not found)"))
}

/// What one sync costs where the servers keep their files: the median of 200
/// appends of 4 KiB, each with `fdatasync`.
///
/// # Errors
/// What the disk says.
pub fn sync_cost() -> Result<Duration, Failure> {
    let folder = tempfile::tempdir()?;
    let mut file = File::create(folder.path().join("sync"))?;
    let mut times = Vec::new();
    for _ in 0..200 {
        let begun = Instant::now();
        file.write_all(&[1; 4096])?;
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    Ok(times.get(100).copied().unwrap_or_default())
}
