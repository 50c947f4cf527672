//! `doormat present`: the projector page.

mod kept;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use clap::Args;
use rand::{rand_core::UnwrapErr, rngs::SysRng};
use tokio::net::TcpListener;

use super::{
    failure::Failure,
    relay::{connections, interrupted, now, runtime},
    setup::{self, Setup},
    terminal,
};
use crate::present::{
    self, PhoneDoor, Room, Stage, Surroundings,
    command::{MAX_MESSAGES, MAX_TEXT, Refused},
    door::{InstructorToken, JoinToken},
    lesson::Scene,
};

/// The lesson as a page for a projector, with notes for you and votes from the class
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  doormat present --open                     the lesson, in this machine's browser
  doormat present --messages talk.txt        with your conversation
  doormat present --open --lan               the class votes from its phones

Open the printed address on the projector, and its notes on your own screen. Space and
the arrows go on and back, as a clicker does. docs/instructors has the lesson of fifteen
minutes, all keys, and what can go wrong.")]
pub(super) struct Options {
    #[command(flatten)]
    setup: Setup,
    /// Address and port of the page, on this machine only
    #[arg(long, default_value = "127.0.0.1:7878", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// Let phones vote: serves the ballot, and nothing else, to the network; on the port after the page's unless said otherwise
    #[arg(long, value_name = "ADDRESS:PORT", num_args = 0..=1)]
    lan: Option<Option<SocketAddr>>,
    /// Open the page in the browser
    #[arg(long)]
    open: bool,
    /// Begin anew, even if a lesson was interrupted
    #[arg(long)]
    fresh: bool,
    /// Where an interrupted lesson is kept; ~/.doormat unless said otherwise
    #[arg(long, value_name = "DIR")]
    home: Option<PathBuf>,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    if !options.listen.ip().is_loopback() {
        return Err(Failure::new(
            format!(
                "--listen {}: the page would be open to other machines",
                options.listen
            ),
            "Give 127.0.0.1 and a port; for the class's phones there is --lan.",
        ));
    }
    let file = kept::file(options.home.as_deref())?;
    let lock = kept::lock(&file)?;
    let (stage, begun) = begin(options, &file)?;
    runtime()?.block_on(async {
        let own = bind("--listen", options.listen).await?;
        let phones = match options.lan {
            Some(address) => Some(phone_door(options.listen, address).await?),
            None => None,
        };
        // Not before this lesson can really begin.
        let aside = match begun.another {
            true => Some(kept::set_aside(&file)?),
            false => None,
        };
        let surroundings = Surroundings {
            rng: Box::new(UnwrapErr(SysRng)),
            clock: now,
            save: kept::saver(file, lock),
            token: begun.token.clone(),
            join: begun.join.clone(),
            resumed: begun.resumed.is_some(),
        };
        let room = Room::open(stage, surroundings);
        announce(options, &own, phones.as_ref(), &begun, aside.as_deref())?;
        present::serve(room, own, phones, interrupted())
            .await
            .map_err(|error| Failure::new(format!("the page failed: {error}"), "Start it again."))
    })
}

/// What there is to say of a lesson that begins.
struct Begun {
    seed: u64,
    /// Where it goes on, if it was interrupted.
    resumed: Option<Scene>,
    /// Whether another one was interrupted, that this one does not go on with.
    another: bool,
    token: InstructorToken,
    join: JoinToken,
}

/// The lesson that was interrupted, or a new one. The pages that are still open stay
/// valid, even if the new one is about another conversation.
fn begin(options: &Options, file: &Path) -> Result<(Stage, Begun), Failure> {
    let conversation = options.setup.conversation()?;
    let saved = match options.fresh {
        true => None,
        false => kept::read(file)?,
    };
    // A number that was drawn is the lesson's, until another lesson begins.
    let seed = saved.as_ref().map(|it| it.lesson.seed());
    let seed = options.setup.seed_or(seed)?;
    let rng = &mut UnwrapErr(SysRng);
    let mut stage = Stage::new(&conversation, seed).map_err(|error| refused(options, &error))?;
    let mut begun = Begun {
        seed,
        resumed: None,
        another: false,
        token: InstructorToken::draw(rng),
        join: JoinToken::draw(rng),
    };
    if let Some(saved) = saved {
        begun.token = InstructorToken::read(&saved.token).unwrap_or(begun.token);
        begun.join = JoinToken::read(&saved.join).unwrap_or(begun.join);
        let resumed = stage.resume(saved.lesson);
        let resumed = resumed.map_err(|error| kept::damaged(file, &error))?;
        begun.resumed = resumed.then_some(stage.scene());
        begun.another = !resumed;
    }
    Ok((stage, begun))
}

fn refused(options: &Options, error: &Refused) -> Failure {
    let help = format!(
        "Give at most {MAX_MESSAGES} messages of at most {MAX_TEXT} bytes: a wall has room for no more."
    );
    match (&options.setup.messages, error) {
        (_, Refused::Experiment(error)) => setup::defect(error),
        (Some(path), error) => Failure::of_file(path, error, help),
        (None, error) => Failure::new(error.to_string(), help),
    }
}

async fn bind(option: &str, address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::new(
            format!("{option} {address}: {error}"),
            "Choose another port, or stop what listens there.",
        )
    })
}

/// Files for the instructor's pages, the lesson that is kept, and the system's own.
const OTHER_FILES: u64 = 128;

/// Where phones come in: what was asked for, or every network that this machine is on.
async fn phone_door(page: SocketAddr, asked: Option<SocketAddr>) -> Result<PhoneDoor, Failure> {
    let next = match page.port() {
        0 => 0,
        port => port.checked_add(1).unwrap_or(port),
    };
    let everywhere = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), next);
    let listener = bind("--lan", asked.unwrap_or(everywhere)).await?;
    let said = asked.map(|it| it.ip()).filter(|it| !it.is_unspecified());
    let ip = said.or_else(own_address).ok_or_else(|| {
        Failure::new(
            "--lan: this machine seems to be on no network",
            "Join one; or say which of its addresses phones can reach: --lan 192.168.1.20:7879.",
        )
    })?;
    let places = connections(present::PHONES, OTHER_FILES);
    Ok(PhoneDoor {
        listener,
        ip,
        places,
    })
}

fn announce(
    options: &Options,
    own: &TcpListener,
    phones: Option<&PhoneDoor>,
    begun: &Begun,
    aside: Option<&Path>,
) -> Result<(), Failure> {
    let address = own.local_addr().unwrap_or(options.listen);
    let token = begun.token.as_str();
    let page = format!("http://{address}/#{token}");
    let mut lines = vec![
        format!("projector  {page}"),
        format!("notes      http://{address}/notes#{token}"),
    ];
    if let Some(door) = phones {
        let port = door.listener.local_addr().map_or(0, |it| it.port());
        let phones = present::door::address(door.ip, port, &begun.join);
        lines.push(format!("phones     {phones}"));
        if door.places < present::PHONES {
            lines.push(format!(
                "Room for {} phones: the system lets this program open no more files.",
                door.places
            ));
        }
    }
    if let Some(scene) = begun.resumed {
        lines.push(format!(
            "Going on in scene {} of {}, where the lesson was interrupted; --fresh begins anew.",
            scene.index() + 1,
            Scene::ALL.len()
        ));
    }
    if let Some(aside) = aside {
        lines.push(format!(
            "The lesson that was interrupted has other messages or another seed; it is in {}.",
            aside.display()
        ));
        lines.push(
            "To go on with it: stop this one, rename that file to lesson.json, and give the same \
             --messages and --seed."
                .to_owned(),
        );
    }
    let seed = begun.seed;
    lines.push(format!(
        "Seed {seed}: reproducible, not secret. Ctrl-C stops it."
    ));
    terminal::print(lines)?;
    if options.open && !open(&page) {
        terminal::complain("No browser could be started: open the first address yourself.");
    }
    Ok(())
}

/// Asks the system to show an address.
fn open(page: &str) -> bool {
    let (program, before): (_, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        ("rundll32", &["url.dll,FileProtocolHandler"])
    } else {
        ("xdg-open", &[])
    };
    let started = Command::new(program)
        .args(before)
        .arg(page)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    started.is_ok()
}

/// Where phones could reach this machine, seen from its own sockets: the address that it
/// would send from. Nothing is sent.
fn own_address() -> Option<IpAddr> {
    // The first is reserved for documentation: it stands for the whole world. The others
    // are where a network without a way out usually is.
    ["192.0.2.1:9", "192.168.1.1:9", "10.0.0.1:9", "172.16.0.1:9"]
        .iter()
        .find_map(|far| {
            let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
            let far: SocketAddr = far.parse().ok()?;
            socket.connect(far).ok()?;
            let ip = socket.local_addr().ok()?.ip();
            (!ip.is_loopback() && !ip.is_unspecified()).then_some(ip)
        })
}
