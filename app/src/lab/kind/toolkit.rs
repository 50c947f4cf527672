//! What several kinds use: names, small talk, recorded conversations, and reading them.

use std::time::Duration;

use crate::lab::{Answers, Exercise, LabError, Variant, dialogue::Dialogue, draw::Draw, library};
use doormat::attack::{Attacker, Exposure, Observation, SeizedDevice, Tally};
use doormat::experiment::{ExperimentError, Network, design::Design, network::START};
use doormat::protocol::{Envelope, Mode, ScheduleId};
use doormat::tape::{Packet, Reader};

/// Names of `count` people, all different.
pub(super) fn people(
    exercise: &Exercise,
    draw: &mut Draw,
    count: usize,
) -> Result<Vec<String>, LabError> {
    Ok(draw.some(count, &library::words(exercise, "names")?))
}

/// Everyday sentences, to fill conversations with.
pub(super) struct SmallTalk(Vec<String>);

impl SmallTalk {
    pub(super) fn of(exercise: &Exercise) -> Result<Self, LabError> {
        Ok(Self(library::words(exercise, "chatter")?))
    }

    /// One of them.
    pub(super) fn sentence(&self, draw: &mut Draw) -> &str {
        draw.one(&self.0).map_or("", String::as_str)
    }
}

/// A conversation of two people that was carried and recorded.
pub(super) struct RecordedConversation {
    pub(super) names: [String; 2],
    pub(super) dialogue: Dialogue,
    pub(super) tape: Vec<u8>,
    /// The owner and the state of the device that was seized.
    pub(super) phone: Option<(String, Vec<u8>)>,
    /// The states of both devices after the last message.
    pub(super) states: [Vec<u8>; 2],
}

/// How to carry a conversation.
pub(super) struct ConversationSetup<'a> {
    /// Distinguishes it from others of the same variant.
    pub(super) purpose: &'a str,
    pub(super) schedule: ScheduleId,
    /// Each is in force for an equal part of the conversation, in this order.
    pub(super) modes: &'a [&'a dyn Mode],
    /// Put small talk around the dialogue, and draw before which of the messages of a run a
    /// device is seized, so that no two students have the same numbers.
    pub(super) padded: bool,
    /// Seize the recipient's device just before the first message that contains the word
    /// drawn under this name. In a padded conversation it is seized before any of the
    /// messages that precede it in the same run, and kept for an hour.
    pub(super) seize_before: Option<&'a str>,
    /// The two people, if they are not to be drawn.
    pub(super) names: Option<[&'a str; 2]>,
    pub(super) maker: Maker,
}

/// Whose devices two people have.
#[derive(Debug, Clone, Copy)]
pub(super) enum Maker {
    /// Those that are as published.
    Ours,
    /// Both have this design's, with secrets of its maker from this seed.
    OfBoth(Design, u64),
    /// The first has, and joins after the second.
    OfTheFirst(Design, u64),
}

impl<'a> ConversationSetup<'a> {
    /// The dialogue alone, and no device seized.
    pub(super) const fn new(
        purpose: &'a str,
        schedule: ScheduleId,
        modes: &'a [&'a dyn Mode],
    ) -> Self {
        Self {
            purpose,
            schedule,
            modes,
            padded: false,
            seize_before: None,
            names: None,
            maker: Maker::Ours,
        }
    }
}

/// Composes one of the exercise's dialogues, and carries it.
pub(super) fn record_conversation(
    exercise: &Exercise,
    variant: &Variant,
    setup: &ConversationSetup<'_>,
) -> Result<RecordedConversation, LabError> {
    let mut draw = variant.draw(&format!("{} plot", setup.purpose));
    let names: [String; 2] = match setup.names {
        Some(names) => names.map(str::to_owned),
        None => people(exercise, &mut draw, 2)?
            .try_into()
            .map_err(|_| exercise.wrong("words/names.txt", "there are too few names in it"))?,
    };
    let [a, b] = &names;
    let mut dialogue = Dialogue::compose(exercise, [a, b], &mut draw)?;
    let word = setup.seize_before.and_then(|name| dialogue.drawn.get(name));
    let word = word.cloned();
    let mut seized = None;
    if setup.padded {
        pad(exercise, &mut dialogue, word.as_deref(), &mut draw)?;
    }
    if let Some(place) = word.and_then(|word| dialogue.position(&word)) {
        let run = if setup.padded {
            earlier_in_run(&dialogue, place)
        } else {
            0
        };
        seized = Some(place - draw.index(run + 1));
    }
    let start = START + Duration::from_secs(draw.number(0, 12 * 3600));
    let people = variant.generator(&format!("{} people", setup.purpose));
    let mut scene = Network::new(setup.schedule, start, people)?;
    let (order, supply) = match setup.maker {
        Maker::Ours => ([a, b], None),
        Maker::OfBoth(design, seed) => ([a, b], Some((design, seed, a))),
        Maker::OfTheFirst(design, seed) => ([b, a], Some((design, seed, a))),
    };
    for name in order {
        if let Some((design, seed, _)) = supply.filter(|(.., first)| *first == name) {
            scene = scene.supplied_by(design, seed);
        }
        scene.join(name)?;
    }
    let mut phone = None;
    for (number, (second, text)) in (0_usize..).zip(&dialogue.lines) {
        let (from, to) = if *second { (b, a) } else { (a, b) };
        if seized == Some(number) {
            let state = scene.device(to)?.export().map_err(ExperimentError::from)?;
            phone = Some((to.clone(), state.to_vec()));
            if setup.padded {
                scene.wait(Duration::from_secs(draw.number(3600, 4200)));
            }
        }
        scene.wait(typing_time(text, &mut draw));
        let part = number * setup.modes.len() / dialogue.lines.len().max(1);
        let mode = setup.modes.get(part).ok_or(ExperimentError::NoLoot)?;
        scene.say(from, to, text, *mode)?;
    }
    let state = |name: &str| {
        let state = scene
            .device(name)?
            .export()
            .map_err(ExperimentError::from)?;
        Ok::<_, ExperimentError>(state.to_vec())
    };
    let states = [state(a)?, state(b)?];
    let tape = scene.finish()?;
    Ok(RecordedConversation {
        states,
        names,
        dialogue,
        tape,
        phone,
    })
}

/// How many messages of the same person come just before one.
fn earlier_in_run(dialogue: &Dialogue, place: usize) -> usize {
    let writer = dialogue.lines.get(place).map(|it| it.0);
    let earlier = dialogue.lines.iter().take(place).rev();
    earlier.take_while(|it| Some(it.0) == writer).count()
}

/// Puts alternating small talk before and after a dialogue, and perhaps some sentences into
/// the run in which this word occurs.
fn pad(
    exercise: &Exercise,
    dialogue: &mut Dialogue,
    word: Option<&str>,
    draw: &mut Draw,
) -> Result<(), LabError> {
    let sentences = library::words(exercise, "chatter")?;
    let mut sentences = draw.some(2 * MAX_PADDING, &sentences).into_iter();
    if let Some(place) = word.and_then(|word| dialogue.position(word)) {
        let writer = dialogue.lines.get(place).is_some_and(|it| it.0);
        for text in sentences.by_ref().take(draw.index(3)) {
            dialogue.lines.insert(place + 1, (writer, text));
        }
    }
    let turn = draw.index(2);
    let front = sentences.by_ref().take(draw.index(MAX_PADDING));
    let front: Vec<(bool, String)> = (turn..)
        .zip(front)
        .map(|(turn, text)| (turn % 2 == 0, text))
        .collect();
    let back = sentences.take(draw.index(MAX_PADDING - 1));
    let back = (turn..).zip(back).map(|(turn, text)| (turn % 2 == 1, text));
    dialogue.lines.extend(back);
    dialogue.lines.splice(0..0, front);
    Ok(())
}

/// Fewer messages than this are put before a padded dialogue.
const MAX_PADDING: usize = 6;

/// How long it takes to type a text.
pub(super) fn typing_time(text: &str, draw: &mut Draw) -> Duration {
    let letters = u64::try_from(text.len()).unwrap_or(u64::MAX).min(400);
    Duration::from_millis(draw.number(2_000, 9_000) + letters * 180)
}

/// Every envelope of a tape, as an attack sees it.
pub(super) fn observe(
    tape: &[u8],
    attack: &mut dyn Attacker,
) -> Result<Vec<Observation>, LabError> {
    let mut tally = Tally::default();
    let mut seen = Vec::new();
    for packet in packets(tape)? {
        seen.extend(tally.play(&packet, attack));
    }
    Ok(seen)
}

/// The packets of a tape.
pub(super) fn packets(tape: &[u8]) -> Result<Vec<Packet>, LabError> {
    let reader = Reader::new(tape).map_err(ExperimentError::from)?;
    let packets = reader.collect::<Result<Vec<_>, _>>();
    Ok(packets.map_err(ExperimentError::from)?)
}

/// The envelopes among packets, in order.
pub(super) fn envelopes(packets: &[Packet]) -> impl Iterator<Item = Envelope<'_>> {
    let packets = packets.iter();
    packets.filter_map(|packet| Envelope::decode(&packet.payload).ok())
}

/// Every envelope of a tape, as somebody with a seized phone sees it.
pub(super) fn observe_with_phone(tape: &[u8], state: &[u8]) -> Result<Vec<Observation>, LabError> {
    let phone = SeizedDevice::new(state);
    let mut phone = phone.map_err(|_| LabError::Unsolved("the phone's state cannot be read"))?;
    observe(tape, &mut phone)
}

/// The texts that were read, in order.
pub(super) fn texts(seen: &[Observation]) -> Vec<String> {
    let read = seen.iter().filter_map(|it| match &it.exposure {
        Exposure::Read(text) => String::from_utf8(text.clone()).ok(),
        Exposure::MetadataOnly => None,
    });
    read.collect()
}

/// The numbers of the messages that were read.
pub(super) fn read_numbers(seen: &[Observation]) -> Vec<u64> {
    let read = seen
        .iter()
        .filter(|it| matches!(it.exposure, Exposure::Read(_)));
    read.map(|it| it.index).collect()
}

/// Numbers as an answer.
pub(super) fn numbers(all: &[u64]) -> String {
    if all.is_empty() {
        return "none".to_owned();
    }
    let all: Vec<String> = all.iter().map(u64::to_string).collect();
    all.join(",")
}

/// Answers, by part.
pub(super) fn answers<const N: usize>(all: [(&str, String); N]) -> Answers {
    Answers(all.map(|(part, answer)| (part.to_owned(), answer)).into())
}

/// A list for people to read: `a, b and c`.
pub(super) fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// The time of day in hours and minutes, UTC.
pub(super) fn hours_and_minutes(time: Duration) -> String {
    let minutes = time.as_secs() / 60 % 1440;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}
