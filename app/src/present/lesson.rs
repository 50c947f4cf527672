//! The lesson as data: its scenes, and for each the text on the projector, the question to
//! the class, and the instructor's notes.

use serde::{Deserialize, Serialize};

/// One scene of the lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum LessonScene {
    Talk,
    Record,
    Vote,
    Leak,
    ReadBack,
    Compare,
    Steal,
    Matrix,
}

/// The texts of a scene.
#[derive(Debug, Clone, Copy)]
pub struct SceneText {
    /// Its name in addresses and in the page.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// The sentence on the projector.
    pub says: &'static str,
    /// The question that the class votes on, if there is one.
    pub question: Option<Question>,
    /// What the instructor asks aloud.
    pub ask: &'static str,
    /// What the instructor says and watches for.
    pub notes: &'static [&'static str],
    /// The minute at which it begins in the lesson of fifteen minutes; the last scene is not
    /// part of that.
    pub minute: Option<u8>,
}

/// A question that the experiment answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// The question.
    pub asks: &'static str,
    /// The answers to choose from.
    pub choices: &'static [&'static str],
}

/// The answers to who can read something, in the order of [`Question::choices`].
pub const BOTH: &str = "Yes, both sides";
/// See [`BOTH`].
pub const ONLY_ESCROW: &str = "Only the escrow side";
/// See [`BOTH`].
pub const ONLY_E2E: &str = "Only the end-to-end side";
/// See [`BOTH`].
pub const NEITHER: &str = "No, neither";

const SIDES: &[&str] = &[BOTH, ONLY_ESCROW, ONLY_E2E, NEITHER];

impl LessonScene {
    /// All scenes in their order.
    pub const ALL: [Self; 8] = [
        Self::Talk,
        Self::Record,
        Self::Vote,
        Self::Leak,
        Self::ReadBack,
        Self::Compare,
        Self::Steal,
        Self::Matrix,
    ];

    /// Its index in [`Self::ALL`]: how many scenes are before it.
    pub fn index(self) -> usize {
        Self::ALL.iter().take_while(|it| **it < self).count()
    }

    /// The scene at an index.
    pub fn at(index: usize) -> Option<Self> {
        Self::ALL.get(index).copied()
    }

    /// Whether the key has leaked by now.
    pub fn has_leaked(self) -> bool {
        self >= Self::Leak
    }

    /// Whether Eve has read her tapes with it by now.
    pub fn is_read(self) -> bool {
        self >= Self::ReadBack
    }

    /// Its texts.
    pub const fn text(self) -> SceneText {
        match self {
            Self::Talk => SceneText {
                id: "talk",
                title: "Alice and Bob talk",
                says: "The same conversation twice. One thing differs: on the left, an authority \
                       gets a copy of every session key.",
                question: None,
                ask: "Who would want to read this?",
                notes: &[
                    "“Two people write to each other. The same conversation twice; one thing differs.”",
                    "Read it aloud with a volunteer, or let somebody type: both modes carry each message at once.",
                    "Point at the boxes, who holds which key. A session key never travels: both phones compute it, for one turn, and then forget it. On the left each message also carries it, locked to the authority's one escrow key.",
                ],
                minute: Some(0),
            },
            Self::Record => SceneText {
                id: "record",
                title: "Eve records the wire",
                says: "This is what crosses the line. Eve keeps all of it, on both sides.",
                question: None,
                ask: "What stands on the left, and is missing on the right?",
                notes: &[
                    "Open a message (Enter opens the first, a click any): its real bytes, field by field, both modes beside each other. Page Down scrolls it, and closes it at its end.",
                    "Let them find the access field, access[0], one Page Down below: the session key, locked to the authority. Random bytes differ everywhere, since each side draws its own; what counts is which fields there are.",
                    "“What does she know without any key?” Who, to whom, when, how many bytes: on both sides.",
                    "“Is this real?” These bytes were made on this machine, by real ciphers; the same seed makes the same ones again. Staged are the clock on the tape, and “years later”.",
                ],
                minute: Some(2),
            },
            Self::Vote => SceneText {
                id: "vote",
                title: "Can Eve read this?",
                says: "Eve has everything on the line, and no key.",
                question: Some(Question {
                    asks: "With the recording alone: can Eve read the messages?",
                    choices: SIDES,
                }),
                ask: "Can Eve read this, now? Both sides, one, or neither?",
                notes: &[
                    "Vote by phone, or by hands. Next shows the answer, and the votes if there are any; then it goes on.",
                    "The answer is computed: she tried every value on the tape as a key. That nothing cleverer works is an assumption about the cipher and X25519, the same on both sides; a large quantum computer would break X25519, and both.",
                    "Neither: while nothing is stolen, a copy that is sealed to the authority is as shut as the message. Then what is the trouble with it? Go on.",
                ],
                minute: Some(5),
            },
            Self::Leak => SceneText {
                id: "leak",
                title: "The escrow key leaks",
                says: "Years later: a theft, a bribe, a copy on somebody's laptop. Eve still has her old tapes.",
                question: Some(Question {
                    asks: "The escrow key leaks. Can Eve read the messages that were sent before?",
                    choices: SIDES,
                }),
                ask: "Can she read the old messages: both sides, one, or neither? Write it down, then vote.",
                notes: &[
                    "“The escrow key leaks, years later. Both, left, right, neither? Write it down.” Wait until everybody has.",
                    "The same 32 bytes, the authority's one private key, will be tried on both tapes.",
                    "“Is that not rigged?” It is the point: end-to-end there is no such key to steal. What can be stolen there is scene 7.",
                    "If phones have voted, Next shows the votes, and the press after it is the reveal. With hands, the next press is the reveal.",
                ],
                minute: Some(6),
            },
            Self::ReadBack => SceneText {
                id: "read-back",
                title: "Eve reads her old tapes",
                says: "The same key, the same attack, both recordings.",
                question: None,
                ask: "(Say nothing for ten seconds.)",
                notes: &[
                    "Say nothing for ten seconds. Then: “These are the old tapes.”",
                    "Open a message: the access field opens to a session key, that to the text. On the right there is nothing to open.",
                    "Type one more message: it is read as it is sent.",
                ],
                minute: Some(8),
            },
            Self::Compare => SceneText {
                id: "compare",
                title: "What differed?",
                says: "Same people, same words, same cipher, same tap. One difference: a copy of each key, for an authority.",
                question: None,
                ask: "What did Alice and Bob do wrong? Who noticed?",
                notes: &[
                    "“What did Alice and Bob do wrong?” (Nothing.) “Who noticed?” (Nobody.)",
                    "Be fair: metadata is open on both sides, and recovery of lost messages is what escrow is honestly wished for.",
                    "If one sentence is to stay: forward secrecy (old messages stay shut when today's key is stolen) ends where somebody else keeps a copy.",
                ],
                minute: Some(10),
            },
            Self::Steal => SceneText {
                id: "steal",
                title: "Steal something else",
                says: "What was stolen, and when? Each square is one message: which ones fall?",
                question: None,
                ask: "What does end-to-end not help against?",
                notes: &[
                    "The spare key, escrow-key: drag the theft from left to right. It does not matter when. Only in escrow-epochs does it: there old keys are destroyed, and ┊ is where a new one begins.",
                    "The devices (f is the next family), seized-device, and drag again. Compare e2e, a ratchet: a new key every turn, the old one thrown away; and e2e-static: one key for ever.",
                    "“What does end-to-end not help against?” The directory, key-substitution and ghost-device: a relay that lies. Safety numbers, 60 digits that both phones show, would tell, if anybody compares them. Take two answers.",
                    "Without a mouse: f chooses a family, Tab goes to the slider, arrows move the theft, Page Down goes on. Close with: forward secrecy ends where somebody else keeps a copy.",
                ],
                minute: Some(12),
            },
            Self::Matrix => SceneText {
                id: "matrix",
                title: "Every theft, every design",
                says: "Each cell with a word was really run. Choose one: it tells what was stolen, and runs again.",
                question: None,
                ask: "Which row would you want to know before you were for or against a proposal?",
                notes: &[
                    "A table a family, f is the next. Down the column e2e, in each of them: what end-to-end is not an answer to. Across escrow-key: what no ratchet helps against.",
                    "A cell opens its explanation; “run it again” runs the attack now, in this process.",
                    "The witness is a counter that the authority's own engine cannot avoid. The rows below a line ask something else: can those who talk dodge the authority?",
                    "Longer lessons, of forty-five and of ninety minutes, are in docs/instructors.",
                ],
                minute: None,
            },
        }
    }
}

/// The right answer, from whether the attacks read messages in each mode.
pub const fn answer(escrow: bool, e2e: bool) -> &'static str {
    match (escrow, e2e) {
        (true, true) => BOTH,
        (true, false) => ONLY_ESCROW,
        (false, true) => ONLY_E2E,
        (false, false) => NEITHER,
    }
}
