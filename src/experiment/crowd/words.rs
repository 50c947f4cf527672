//! Something to say.

use rand::Rng;

/// Sixty-four words, so that six bits choose one.
const WORDS: [&str; 64] = [
    "about", "account", "after", "again", "answer", "audit", "bank", "because", "before", "book",
    "both", "call", "careful", "could", "door", "early", "evening", "every", "friend", "from",
    "give", "have", "hear", "here", "house", "know", "late", "leave", "letter", "little",
    "meeting", "merger", "money", "morning", "name", "never", "night", "nobody", "number", "once",
    "only", "other", "paper", "people", "place", "promise", "question", "read", "report", "say",
    "story", "street", "talk", "tell", "thing", "think", "time", "today", "tomorrow", "train",
    "until", "wait", "with", "write",
];

/// A text of exactly so many bytes: words, as far as they go.
pub(super) fn text(size: usize, rng: &mut impl Rng) -> Vec<u8> {
    let mut text = String::with_capacity(size.saturating_add(16));
    while text.len() < size {
        let mut bits = rng.next_u32();
        // Five words of six bits in each draw.
        for _ in 0..5 {
            text += usize::try_from(bits % 64)
                .ok()
                .and_then(|i| WORDS.get(i))
                .unwrap_or(&"");
            text.push(' ');
            bits /= 64;
        }
    }
    let mut text = text.into_bytes();
    text.truncate(size);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::seed;

    #[test]
    fn a_text_has_its_size_and_is_readable() {
        let mut rng = seed::generator(7, "words");
        for size in [0, 1, 5, 256, 65_536] {
            let text = text(size, &mut rng);
            assert_eq!(text.len(), size);
            assert!(text.iter().all(|it| it.is_ascii_lowercase() || *it == b' '));
        }
    }
}
