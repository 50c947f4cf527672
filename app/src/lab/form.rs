//! The forms in which answers are given, and which spellings count as the same answer.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The form of one answer. What a student types is normalized before it is compared, so that
/// capitals and spaces do not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerForm {
    /// Any words: capitals, spaces, hyphens, punctuation and a `the` in front do not matter.
    Words,
    /// A whole number.
    Number,
    /// Whole numbers, in any order; ranges as `3-7`; `none` for none.
    Numbers,
    /// A time of day, as `14:05`; seconds are ignored.
    Time,
    /// Bytes in hexadecimal.
    Hex,
}

impl AnswerForm {
    /// How to give an answer in this form.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Words => {
                "a word or a few; capitals, spaces, hyphens and a `the` in front do not matter"
            }
            Self::Number => "a whole number, such as 42",
            Self::Numbers => "whole numbers in any order, such as 0,2,5-7, or `none`",
            Self::Time => "a time of day in hours and minutes, such as 00:15",
            Self::Hex => "hexadecimal digits, such as 0af3",
        }
    }

    /// The canonical spelling of an answer.
    ///
    /// # Errors
    /// [`NotOfThisForm`] says how to give it.
    pub fn spell(self, answer: &str) -> Result<String, NotOfThisForm> {
        if answer.len() > MAX_ANSWER {
            return Err(NotOfThisForm(self));
        }
        let spelled = match self {
            Self::Words => words(answer),
            Self::Number => number(answer).map(|it| it.to_string()),
            Self::Numbers => numbers(answer),
            Self::Time => time(answer),
            Self::Hex => hexadecimal(answer),
        };
        spelled.ok_or(NotOfThisForm(self))
    }

    /// The spelling that is compared: as [`spell`](Self::spell), and words besides without
    /// spaces and without a preposition or article in front.
    ///
    /// # Errors
    /// [`NotOfThisForm`] says how to give it.
    pub fn compared(self, answer: &str) -> Result<String, NotOfThisForm> {
        let spelled = self.spell(answer)?;
        if self != Self::Words {
            return Ok(spelled);
        }
        let words: Vec<&str> = spelled.split(' ').collect();
        let first = words.iter().position(|it| !BEFORE.contains(it));
        let significant = words.get(first.unwrap_or(words.len().saturating_sub(1))..);
        Ok(significant.unwrap_or_default().concat())
    }
}

/// The longest answer, in bytes.
const MAX_ANSWER: usize = 64 * 1024;

/// Words that may precede a place without changing it.
const BEFORE: [&str; 6] = ["at", "in", "on", "the", "a", "an"];

/// Lower case, letters and digits only, one space between words.
fn words(answer: &str) -> Option<String> {
    let lower = answer.to_lowercase();
    let parts: Vec<&str> = lower
        .split(|it: char| !it.is_alphanumeric())
        .filter(|it| !it.is_empty())
        .collect();
    (!parts.is_empty() && answer.len() <= 4096).then(|| parts.join(" "))
}

fn number(answer: &str) -> Option<u64> {
    let lower = answer.trim().to_lowercase();
    let digits: String = lower
        .trim_end_matches("bytes")
        .trim_end()
        .chars()
        .filter(|it| !matches!(it, '_' | ','))
        .collect();
    let plain = digits.bytes().all(|it| it.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

/// The most numbers that an answer may list, each as often as it is listed: ranges may
/// overlap, and each costs its length.
const MAX_NUMBERS: usize = 10_000;

fn numbers(answer: &str) -> Option<String> {
    if answer.trim().eq_ignore_ascii_case("none") {
        return Some("none".to_owned());
    }
    let answer = answer.replace("..", "-").replace('–', "-");
    let (mut all, mut listed) = (BTreeSet::new(), 0);
    for part in answer
        .split([',', ';', ' ', '\t'])
        .filter(|it| !it.is_empty() && !it.eq_ignore_ascii_case("and"))
    {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (number(first)?, number(last)?);
        let length = usize::try_from(last.checked_sub(first)?).ok()?;
        listed += length.min(MAX_NUMBERS) + 1;
        if listed > MAX_NUMBERS {
            return None;
        }
        all.extend(first..=last);
    }
    let list: Vec<String> = all.iter().map(u64::to_string).collect();
    (!list.is_empty()).then(|| list.join(" "))
}

/// Hours and minutes of `14:05`, `14:05:30` or `1405`.
fn time(answer: &str) -> Option<String> {
    let answer = answer.trim();
    let digits = answer.len() == 4 && answer.bytes().all(|it| it.is_ascii_digit());
    let (hours, rest) = if digits {
        answer.split_at_checked(2)?
    } else {
        answer.split_once([':', '.', 'h'])?
    };
    let (minutes, seconds) = rest.split_once([':', '.']).unwrap_or((rest, "0"));
    let (hours, minutes, seconds) = (number(hours)?, number(minutes)?, number(seconds)?);
    let fits = hours < 24 && minutes < 60 && seconds < 60;
    fits.then(|| format!("{hours:02}:{minutes:02}"))
}

fn hexadecimal(answer: &str) -> Option<String> {
    let digits: String = answer
        .trim()
        .trim_start_matches("0x")
        .chars()
        .filter(|it| !it.is_whitespace() && *it != ':')
        .collect();
    let bytes = hex::decode(digits).ok()?;
    (!bytes.is_empty()).then(|| hex::encode(bytes))
}

/// An answer that is not in this form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("give {}", .0.advice())]
pub struct NotOfThisForm(pub AnswerForm);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_and_spaces_do_not_matter() {
        for (form, one, other) in [
            (AnswerForm::Words, " The Old-Mill. ", "the old mill"),
            (AnswerForm::Words, "granary loft", "the granary loft"),
            (AnswerForm::Words, "At the granary-loft", "granaryloft"),
            (AnswerForm::Words, "e2eratchet", "e2e ratchet"),
            (AnswerForm::Words, "A", "a"),
            (AnswerForm::Number, " 1,024 ", "1024"),
            (AnswerForm::Number, "1204bytes", "1204"),
            (AnswerForm::Numbers, "7 5-6,0", "0,5,6,7"),
            (AnswerForm::Numbers, "0..7", "0-7"),
            (AnswerForm::Numbers, "0, 7 and 11", "0,7,11"),
            (AnswerForm::Time, "9:05", "09:05"),
            (AnswerForm::Time, "07:35:59", "07:35"),
            (AnswerForm::Time, "0735", "07:35"),
            (AnswerForm::Hex, "0x0A:f3", "0af3"),
        ] {
            assert_eq!(form.compared(one), form.compared(other), "{form:?}");
            assert!(form.compared(one).is_ok(), "{form:?}");
        }
    }

    #[test]
    fn an_answer_not_in_its_form_is_refused() {
        for (form, answer) in [
            (AnswerForm::Words, " . "),
            (AnswerForm::Number, "twelve"),
            (AnswerForm::Number, "99999999999999999999999"),
            (AnswerForm::Numbers, "0-99999999999"),
            (AnswerForm::Numbers, "0-9999,".repeat(9_000).as_str()),
            (AnswerForm::Numbers, "1,".repeat(40_000).as_str()),
            (AnswerForm::Hex, "0a".repeat(40_000).as_str()),
            (AnswerForm::Numbers, "7-5"),
            (AnswerForm::Numbers, ""),
            (AnswerForm::Time, "24:00"),
            (AnswerForm::Time, "2460"),
            (AnswerForm::Time, "07:35:60"),
            (AnswerForm::Time, "7é5"),
            (AnswerForm::Time, "noon"),
            (AnswerForm::Hex, "abc"),
        ] {
            assert_eq!(form.spell(answer), Err(NotOfThisForm(form)), "{answer:?}");
        }
    }
}
