//! Reading: one stolen escrow key, and how long it takes with more messages, with more
//! session keys, and on more cores.

use std::path::Path;

use crate::{
    Failure,
    attack::{Attack, Recording, Size, TEXT_BYTES},
    page::count,
    plot::{Line, Plot, PowerLaw, Series},
    rounds::Spread,
};

/// Messages under one session key, but where keys are what varies.
const PER_KEY: u32 = 100;

/// Messages, where keys are what varies.
const MESSAGES: u32 = 100_000;

/// Attacks on each recording; the fastest counts.
const TIMES: usize = 3;

/// Rounds in which the cores take turns.
const ROUNDS: usize = 7;

/// What was aimed at, for a million messages: time ÷ bare cryptography, at most.
const AIM: f64 = 1.25;

/// What is attacked, and where plots go.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The program.
    pub program: &'a Path,
    /// A folder for plots.
    pub images: &'a Path,
    /// The most messages of one recording.
    pub most: u32,
    /// The most cores of one attack.
    pub cores: usize,
}

/// What comes before it.
pub const HEAD: &str = "\n## One stolen key\n\n";

/// Measures, draws, and says what came of it.
///
/// # Errors
/// If the program fails, or a plot cannot be written.
pub fn section(setting: Setting<'_>) -> Result<String, Failure> {
    let most = count(setting.most);
    let messages = messages(setting)?;
    let keys = keys(setting)?;
    let cores = cores(setting)?;
    Ok(format!(
        "`doormat generate` records a crowd's sessions in escrow, texts of {TEXT_BYTES} bytes; `doormat attack` gets
the recording and the escrow key, and nothing else. Counted is from the file to the last
recovered text. Beside it stands what the bare cryptography of the same attack takes, measured after it
in the same process: opening each access field, stepping each chain, opening each message, in memory, with
nothing to read or write. No attack that calls these primitives as this one does is faster; a faster
X25519, which other libraries have, would lower both. The first two tables are of attacks on one core, of
{TIMES} on each recording the fastest, the one that was least disturbed.

### More messages

{messages}
### More session keys

{keys}
### More cores

{cores}
**What it means.** Reading everything is cheap, and once a recording is large enough for starting the
program not to count, it takes time in proportion. There is no wall that a larger archive would put in the way. What an escrow key costs its thief
is a key agreement for each session key, and a cipher for each message, once; whoever keeps recordings can do it
in ten years as well.

**What it does not mean.** That cryptography was broken: every key was given away by design. The same
recording in the end-to-end mode gives the same thief metadata only. Recordings larger than
{most} messages were not tried for this page, and a slow disk would show.
"
    ))
}

fn messages(setting: Setting<'_>) -> Result<String, Failure> {
    let sizes = std::iter::successors(Some(1000_u32), |size| size.checked_mul(10));
    let (mut table, mut found) = (String::new(), Vec::new());
    for messages in sizes.take_while(|size| *size <= setting.most) {
        let size = Size {
            messages,
            per_key: PER_KEY,
        };
        eprintln!("reading {messages} messages");
        let attack = Recording::make(setting.program, size)?.attack(1, TIMES)?;
        table += &row([messages, size.keys()], attack);
        found.push((f64::from(messages), attack));
    }
    let law = PowerLaw::fit(&seconds(&found)).ok_or("too few sizes for a line")?;
    let exponent = law.exponent;
    plot(
        &format!("Reading everything, on one core: time grows as messages^{exponent:.2}"),
        &format!("messages, {PER_KEY} under each session key"),
        &found,
        |points| law.through(points),
    )
    .logarithmic(&setting.images.join("attack-messages.svg"))?;
    Ok(format!(
        "![Seconds against messages](img/attack-messages.svg)

| messages | session keys | time ÷ bare cryptography |
|--:|--:|--:|
{table}
The line is fitted to the points: time grows as messages to the power of {exponent:.3}. Linear growth is 1.
"
    ))
}

fn keys(setting: Setting<'_>) -> Result<String, Failure> {
    let (mut table, mut found) = (String::new(), Vec::new());
    for per_key in [1000, 10, 5, 3, 2, 1] {
        let size = Size {
            messages: MESSAGES,
            per_key,
        };
        let keys = f64::from(size.keys());
        eprintln!("reading under {keys} session keys");
        let attack = Recording::make(setting.program, size)?.attack(1, TIMES)?;
        table += &row([size.keys(), per_key], attack);
        found.push((keys, attack));
    }
    let line = Line::fit(&seconds(&found)).ok_or("too few keys for a line")?;
    // What a message takes is what is left where there are no keys.
    let dear = line.slope / (line.begin / f64::from(MESSAGES));
    let dear = if dear > 0.0 {
        format!(
            "By the fitted line one more session key costs as much as {dear:.0} more\nmessages."
        )
    } else {
        "The points lie too far from a line to say what one more session key costs.".to_owned()
    };
    plot(
        "Reading everything, on one core: each session key has its price",
        &format!("session keys for {} messages", count(MESSAGES)),
        &found,
        |points| line.through(points),
    )
    .linear(&setting.images.join("attack-keys.svg"), 5)?;
    Ok(format!(
        "![Seconds against session keys](img/attack-keys.svg)

| session keys | messages under each | time ÷ bare cryptography |
|--:|--:|--:|
{table}
Always {} messages. {dear} A ratchet that turns more often makes the thief work more, in proportion, and keeps nothing from her.
",
        count(MESSAGES)
    ))
}

fn cores(setting: Setting<'_>) -> Result<String, Failure> {
    let size = Size {
        messages: setting.most.min(1_000_000),
        per_key: PER_KEY,
    };
    let recording = Recording::make(setting.program, size)?;
    let mut taken = vec![(Vec::new(), Vec::new()); setting.cores];
    for round in 1..=ROUNDS {
        for (cores, (seconds, floors)) in (1..).zip(&mut taken) {
            eprintln!("reading on {cores} cores, round {round}");
            let attack = recording.attack(cores, 1)?;
            seconds.push(attack.seconds);
            floors.push(attack.floor_seconds);
        }
    }
    let (alone, _) = taken.first().ok_or("no core")?.clone();
    let (mut table, mut speeds) = (String::new(), Vec::new());
    for (cores, (seconds, floors)) in (1_u32..).zip(&taken) {
        let speed = Spread::of_ratios(&alone, seconds).ok_or("no round")?;
        let ratio = Spread::of_ratios(seconds, floors).ok_or("no round")?;
        table += &format!("| {cores} | {speed} | {ratio} |\n");
        speeds.push((f64::from(cores), speed.median));
    }
    let ideal = speeds.iter().map(|(cores, _)| (*cores, *cores)).collect();
    let plot = Plot {
        title: format!("Reading {} messages on more cores", count(size.messages)),
        axes: ("cores".to_owned(), "times as fast as on one".to_owned()),
        series: vec![
            Series {
                name: "the attack".to_owned(),
                points: speeds,
                line: Vec::new(),
            },
            Series {
                name: "if nothing were lost".to_owned(),
                points: Vec::new(),
                line: ideal,
            },
        ],
    };
    plot.linear(
        &setting.images.join("attack-cores.svg"),
        setting.cores.min(8),
    )?;
    Ok(format!(
        "![Speed against cores](img/attack-cores.svg)

| cores | times as fast as on one | time ÷ bare cryptography |
|--:|--:|--:|
{table}
{} messages, {ROUNDS} rounds in which the cores took turns; the bare cryptography on as many cores. The aim
was {AIM} or less. What lies above 1 is reading the file, finding out what belongs together, moving bytes and
writing lines; on more cores than one, also waiting for each other. Runs do not depend on each other, so cores can have them all at once; what is left is one file,
read and written in order.
",
        count(size.messages)
    ))
}

fn row(cells: [u32; 2], attack: Attack) -> String {
    let cells: String = cells.map(|cell| format!(" {} |", count(cell))).concat();
    format!("|{cells} {:.2} |\n", attack.seconds / attack.floor_seconds)
}

fn seconds(found: &[(f64, Attack)]) -> Vec<(f64, f64)> {
    found.iter().map(|(x, it)| (*x, it.seconds)).collect()
}

/// The attack with a line through it, and its floor.
fn plot(
    title: &str,
    across: &str,
    found: &[(f64, Attack)],
    line: impl Fn(&[(f64, f64)]) -> Vec<(f64, f64)>,
) -> Plot {
    let floor = found.iter().map(|(x, it)| (*x, it.floor_seconds));
    let attack = seconds(found);
    Plot {
        title: title.to_owned(),
        axes: (across.to_owned(), "seconds".to_owned()),
        series: vec![
            Series {
                name: "the attack, and the line that fits it".to_owned(),
                line: line(&attack),
                points: attack,
            },
            Series {
                name: "its bare cryptography alone".to_owned(),
                points: floor.collect(),
                line: Vec::new(),
            },
        ],
    }
}
