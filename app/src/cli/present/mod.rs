//! `doormat present`: the projector page.

mod open;
mod saved;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    path::{Path, PathBuf},
};

use clap::Args;
use rand::{rand_core::UnwrapErr, rngs::SysRng};
use tokio::net::TcpListener;

use super::{
    relay::{check_clock, connections, interrupted, now, runtime},
    shared::{
        failure::Failure,
        setup::{self, Setup},
        terminal,
    },
};
use crate::present::{
    self, Dependencies, LessonServer, LessonState, PhoneListener,
    command::{CommandError, MAX_MESSAGES, MAX_TEXT},
    guard::{InstructorToken, JoinToken},
    lesson::LessonScene,
};
use crate::text::printable_path;
use saved::Earlier;

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
    check_clock()?;
    let file = saved::file(options.home.as_deref())?;
    let lock = saved::lock(&file)?;
    let (state, start) = load(options, &file)?;
    runtime()?.block_on(async {
        let own = bind("--listen", options.listen).await?;
        let phones = match options.lan {
            Some(address) => Some(phone_listener(options.listen, address).await?),
            None => None,
        };
        // Only now that both addresses are bound.
        let aside = match start.replaces {
            Some(_) => Some(saved::set_aside(&file)?),
            None => None,
        };
        let dependencies = Dependencies {
            rng: Box::new(UnwrapErr(SysRng)),
            clock: now,
            save: saved::saver(file, lock),
            token: start.token.clone(),
            join: start.join.clone(),
            resumed: start.resumed.is_some(),
        };
        let server = LessonServer::open(state, dependencies);
        announce(options, &own, phones.as_ref(), &start, aside.as_deref())?;
        present::serve(server, own, phones, interrupted())
            .await
            .map_err(|error| Failure::new(format!("the page failed: {error}"), "Start it again."))
    })
}

/// What is known of a lesson when it starts.
struct LessonStart {
    seed: u64,
    /// The scene in which it resumes, if it was interrupted.
    resumed: Option<LessonScene>,
    /// Why a saved lesson that is there does not go on, if so.
    replaces: Option<&'static str>,
    token: InstructorToken,
    join: JoinToken,
    /// The folder of the saved lesson.
    home: PathBuf,
}

/// The lesson that was interrupted, or a new one. Without `--fresh` a new lesson keeps the
/// saved tokens too, so that open pages stay valid.
fn load(options: &Options, file: &Path) -> Result<(LessonState, LessonStart), Failure> {
    let conversation = options.setup.conversation()?;
    let (saved, old) = match options.fresh {
        true => (None, false),
        false => match saved::read(file)? {
            Earlier::None => (None, false),
            Earlier::Interrupted(saved) => (Some(saved), false),
            Earlier::Old => (None, true),
        },
    };
    // `--seed random` keeps the seed of a saved lesson.
    let seed = saved.as_ref().map(|it| it.lesson.seed());
    let seed = options.setup.seed_or(seed)?;
    let rng = &mut UnwrapErr(SysRng);
    let mut state =
        LessonState::new(&conversation, seed).map_err(|error| refused(options, &error))?;
    let mut start = LessonStart {
        seed,
        resumed: None,
        replaces: old.then_some("is more than two hours old"),
        token: InstructorToken::generate(rng),
        join: JoinToken::generate(rng),
        home: file.parent().unwrap_or(Path::new(".")).to_owned(),
    };
    if let Some(saved) = saved {
        start.token = InstructorToken::parse(&saved.token).unwrap_or(start.token);
        start.join = JoinToken::parse(&saved.join).unwrap_or(start.join);
        let resumed = state.resume(saved.lesson);
        let resumed = resumed.map_err(|error| saved::damaged(file, &error))?;
        start.resumed = resumed.then_some(state.scene());
        start.replaces = (!resumed).then_some("has other messages or another seed");
    }
    Ok((state, start))
}

fn refused(options: &Options, error: &CommandError) -> Failure {
    let help = format!(
        "Give at most {MAX_MESSAGES} messages of at most {MAX_TEXT} bytes: a wall has room for no more."
    );
    match (&options.setup.messages, error) {
        (_, CommandError::Experiment(error)) => setup::defect(error),
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

/// Files that the program opens besides the phones' connections: the instructor's pages, the
/// saved lesson, and its own.
const OTHER_FILES: u64 = 128;

/// The phones' listener: on the address that was given, or on all of this machine's.
async fn phone_listener(
    page: SocketAddr,
    asked: Option<SocketAddr>,
) -> Result<PhoneListener, Failure> {
    let address = match asked {
        Some(address) => address,
        None => SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port_after(page.port())?),
    };
    let listener = bind("--lan", address).await?;
    let said = asked.map(|it| it.ip()).filter(|it| !it.is_unspecified());
    let ip = said.or_else(own_address).ok_or_else(|| {
        Failure::new(
            "--lan: this machine seems to be on no network",
            "Join one; or say which of its addresses phones can reach: --lan 192.168.1.20:7879.",
        )
    })?;
    let places = connections(present::MAX_PHONES, OTHER_FILES);
    Ok(PhoneListener {
        listener,
        ip,
        places,
    })
}

/// The phones' port, unless one is given.
fn port_after(port: u16) -> Result<u16, Failure> {
    if port == 0 {
        return Ok(0);
    }
    port.checked_add(1).ok_or_else(|| {
        Failure::new(
            format!("--lan: there is no port after {port}"),
            "Give one: --lan 0.0.0.0:7879.",
        )
    })
}

/// Where a listener listens.
fn local_address(listener: &TcpListener) -> Result<SocketAddr, Failure> {
    listener
        .local_addr()
        .map_err(|error| Failure::new(format!("the page failed: {error}"), "Start it again."))
}

fn announce(
    options: &Options,
    own: &TcpListener,
    phones: Option<&PhoneListener>,
    start: &LessonStart,
    aside: Option<&Path>,
) -> Result<(), Failure> {
    let address = local_address(own)?;
    let token = start.token.as_str();
    let page = format!("http://{address}/#{token}");
    let mut lines = vec![
        format!("projector  {page}"),
        format!("notes      http://{address}/notes#{token}"),
    ];
    if let Some(phones) = phones {
        let port = local_address(&phones.listener)?.port();
        let url = present::guard::phone_url(phones.ip, port, &start.join);
        lines.push(format!("phones     {url}"));
        if phones.places < present::MAX_PHONES {
            lines.push(format!(
                "Room for {} phones: the system lets this program open no more files.",
                phones.places
            ));
        }
    }
    if let Some(scene) = start.resumed {
        lines.push(format!(
            "Going on in scene {} of {}, where the lesson was interrupted; --fresh begins anew.",
            scene.index() + 1,
            LessonScene::ALL.len()
        ));
    }
    if let (Some(aside), Some(why)) = (aside, start.replaces) {
        lines.push(format!(
            "The lesson that was interrupted {why}; it is in {}.",
            printable_path(aside)
        ));
        lines.push(
            "To go on with it: stop this one, rename that file to lesson.json, and give the same \
             --messages and --seed."
                .to_owned(),
        );
    }
    let seed = start.seed;
    lines.push(format!(
        "Seed {seed}: reproducible, not secret. Ctrl-C stops it."
    ));
    terminal::print(lines)?;
    if options.open && !open::in_browser(&start.home, &page)? {
        terminal::print_error("No browser could be started: open the first address yourself.");
    }
    Ok(())
}

/// The address from which this machine would send to a network, under which phones should
/// reach it. Connecting a UDP socket sends nothing.
fn own_address() -> Option<IpAddr> {
    // The first is reserved for documentation (RFC 5737), and is routed as any public address.
    // The others are usual in networks without a default route.
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
