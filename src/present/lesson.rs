//! The lesson as data: its scenes, and for each what the projector says, what the class
//! is asked, and what the instructor has before them.

use serde::{Deserialize, Serialize};

/// One scene of the lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Scene {
    Talk,
    Record,
    Vote,
    Leak,
    ReadBack,
    Compare,
    Steal,
    Matrix,
}

/// A scene in words.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// Its name in addresses and in the page.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// The sentence on the projector.
    pub says: &'static str,
    /// What the class votes on, if it does.
    pub question: Option<Question>,
    /// What to ask aloud.
    pub ask: &'static str,
    /// What to say and to watch for.
    pub notes: &'static [&'static str],
    /// When it begins in the lesson of fifteen minutes; the last scene is beyond it.
    pub minute: Option<u8>,
}

/// A question with an answer that the experiment gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// The question.
    pub asks: &'static str,
    /// What can be answered.
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

impl Scene {
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

    /// Its place, from 0.
    pub fn index(self) -> usize {
        let place = Self::ALL.iter().position(|it| *it == self);
        place.unwrap_or_default()
    }

    /// The scene at a place.
    pub fn at(index: usize) -> Option<Self> {
        Self::ALL.get(index).copied()
    }

    /// Whether the key has leaked by now.
    pub fn has_leaked(self) -> bool {
        self >= Self::Leak
    }

    /// Whether Eve has read her tapes again with it.
    pub fn is_read(self) -> bool {
        self >= Self::ReadBack
    }

    /// The scene in words.
    pub const fn words(self) -> Words {
        match self {
            Self::Talk => Words {
                id: "talk",
                title: "Alice and Bob talk",
                says: "The same conversation twice. One thing differs: on the left, an authority \
                       gets a copy of every session key.",
                question: None,
                ask: "Who would want to read this?",
                notes: &[
                    "“Two people write to each other. The same conversation twice; one thing differs.”",
                    "Read the conversation aloud with a volunteer, or let somebody type: both modes carry each message at once.",
                    "Point at the line of keys: who holds which. Only the authority's box differs.",
                ],
                minute: Some(0),
            },
            Self::Record => Words {
                id: "record",
                title: "Eve records the wire",
                says: "This is what crosses the line. Eve keeps all of it, on both sides.",
                question: None,
                ask: "Find the one field that stands on one side only.",
                notes: &[
                    "Open a message (Enter, or a click): its real bytes, field by field, both modes beside each other.",
                    "Let them find the access field. Same cipher, ciphertexts of the same length; what differs is a copy of the key.",
                    "“What does she know without any key?” Who, to whom, when, how many bytes: on both sides.",
                ],
                minute: Some(3),
            },
            Self::Vote => Words {
                id: "vote",
                title: "Can Eve read this?",
                says: "Eve has everything on the line, and no key.",
                question: Some(Question {
                    asks: "With the recording alone: can Eve read the messages?",
                    choices: SIDES,
                }),
                ask: "Can Eve read this, now? Both sides, one, or neither?",
                notes: &[
                    "Vote by phone, or by hands. Next shows the votes first, then goes on.",
                    "The answer was computed, not asserted: the attack was run on the recorded bytes.",
                    "Neither: escrow is not weaker encryption. Then what is the trouble with it? Go on.",
                ],
                minute: Some(6),
            },
            Self::Leak => Words {
                id: "leak",
                title: "The escrow key leaks",
                says: "Years later: a theft, a subpoena, a copy on somebody's laptop. Eve still has her old tapes.",
                question: Some(Question {
                    asks: "The escrow key leaks. Can Eve read the messages that were sent before?",
                    choices: SIDES,
                }),
                ask: "How many of the old messages, left and right? Write it down.",
                notes: &[
                    "“The key leaks, years later. Write down: how many, left and right?” Wait until everybody has.",
                    "The same 32 bytes will be tried on both tapes.",
                    "Next shows the votes, and then the reveal.",
                ],
                minute: Some(8),
            },
            Self::ReadBack => Words {
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
                minute: Some(10),
            },
            Self::Compare => Words {
                id: "compare",
                title: "What differed?",
                says: "Same people, same words, same cipher, same tap. One copy of each key.",
                question: None,
                ask: "What did Alice and Bob do wrong? Who noticed?",
                notes: &[
                    "“What did Alice and Bob do wrong?” (Nothing.) “Who noticed?” (Nobody.)",
                    "Be fair: metadata is open on both sides, and recovery of lost messages is what escrow is honestly wished for.",
                    "If one sentence is to stay: forward secrecy ends where somebody else keeps a copy.",
                ],
                minute: Some(12),
            },
            Self::Steal => Words {
                id: "steal",
                title: "Steal something else",
                says: "What was stolen, and when? Each square is one message: which ones fall?",
                question: None,
                ask: "What does end-to-end not help against?",
                notes: &[
                    "Choose seized-device, and drag the theft from left to right. Compare e2e with e2e-static.",
                    "Then escrow-key, and drag again: it does not matter when. Then escrow-epochs.",
                    "“What does end-to-end not help against?” key-substitution, ghost-device: a relay that lies. Take two answers.",
                ],
                minute: Some(14),
            },
            Self::Matrix => Words {
                id: "matrix",
                title: "Every theft, every design",
                says: "Each cell with a word was really run; grey: the authority reads. Choose a cell.",
                question: None,
                ask: "Which row would you want to know before you were for or against a proposal?",
                notes: &[
                    "Down the column e2e: what end-to-end is not an answer to. Across escrow-key: what no ratchet helps against.",
                    "A cell opens its explanation; “run it again” runs the attack now, in this process.",
                    "For the longer lessons: see forty-five minutes and ninety minutes in the book.",
                ],
                minute: None,
            },
        }
    }
}

/// The right answer, from what was really read of each side.
pub const fn answer(escrow: bool, e2e: bool) -> &'static str {
    match (escrow, e2e) {
        (true, true) => BOTH,
        (true, false) => ONLY_ESCROW,
        (false, true) => ONLY_E2E,
        (false, false) => NEITHER,
    }
}
