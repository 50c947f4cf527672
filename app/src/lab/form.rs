//! In which form an answer is given, and which answers are the same.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The form of one answer. What a student types is brought to one spelling before it is
/// compared, so that nobody fails for a capital or a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// Any words: capitals, spaces, hyphens, punctuation and a `the` in front do not matter.
    Words,
    /// A whole number.
    Number,
    /// Whole numbers, in any order; ranges as `3-7`; `none` for none.
    Numbers,
    /// A time of day, as `14:05`; seconds are passed over.
    Time,
    /// Bytes in hexadecimal.
    Hex,
}

impl Form {
    /// How to give it.
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

    /// The one spelling of an answer.
    ///
    /// # Errors
    /// [`NotOfThisForm`] says how to give it.
    pub fn spell(self, answer: &str) -> Result<String, NotOfThisForm> {
        let spelled = match self {
            Self::Words => words(answer),
            Self::Number => number(answer).map(|it| it.to_string()),
            Self::Numbers => numbers(answer),
            Self::Time => time(answer),
            Self::Hex => hexadecimal(answer),
        };
        spelled.ok_or(NotOfThisForm(self))
    }

    /// What two answers have in common that are the same: words without the spaces, and
    /// without an `at the` in front.
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
        let told = words.get(first.unwrap_or(words.len().saturating_sub(1))..);
        Ok(told.unwrap_or_default().concat())
    }
}

/// What may stand before a place and says nothing of it.
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

/// The most numbers that an answer may list.
const MOST: usize = 10_000;

fn numbers(answer: &str) -> Option<String> {
    if answer.trim().eq_ignore_ascii_case("none") {
        return Some("none".to_owned());
    }
    let answer = answer.replace("..", "-").replace('–', "-");
    let mut all = BTreeSet::new();
    for part in answer
        .split([',', ';', ' ', '\t'])
        .filter(|it| !it.is_empty() && !it.eq_ignore_ascii_case("and"))
    {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (number(first)?, number(last)?);
        let length = usize::try_from(last.checked_sub(first)?).ok()?;
        if length > MOST || all.len() > MOST {
            return None;
        }
        all.extend(first..=last);
    }
    let list: Vec<String> = all.iter().map(u64::to_string).collect();
    (!list.is_empty()).then(|| list.join(" "))
}

/// `14:05`, `14:05:30`, `1405`: hours and minutes of it.
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

/// An answer in no such form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("give {}", .0.advice())]
pub struct NotOfThisForm(pub Form);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_fails_for_a_capital_or_a_space() {
        for (form, one, other) in [
            (Form::Words, " The Old-Mill. ", "the old mill"),
            (Form::Words, "granary loft", "the granary loft"),
            (Form::Words, "At the granary-loft", "granaryloft"),
            (Form::Words, "e2eratchet", "e2e ratchet"),
            (Form::Words, "A", "a"),
            (Form::Number, " 1,024 ", "1024"),
            (Form::Number, "1204bytes", "1204"),
            (Form::Numbers, "7 5-6,0", "0,5,6,7"),
            (Form::Numbers, "0..7", "0-7"),
            (Form::Numbers, "0, 7 and 11", "0,7,11"),
            (Form::Time, "9:05", "09:05"),
            (Form::Time, "07:35:59", "07:35"),
            (Form::Time, "0735", "07:35"),
            (Form::Hex, "0x0A:f3", "0af3"),
        ] {
            assert_eq!(form.compared(one), form.compared(other), "{form:?}");
            assert!(form.compared(one).is_ok(), "{form:?}");
        }
    }

    #[test]
    fn what_is_of_no_form_is_refused_and_never_panics() {
        for (form, answer) in [
            (Form::Words, " . "),
            (Form::Number, "twelve"),
            (Form::Number, "99999999999999999999999"),
            (Form::Numbers, "0-99999999999"),
            (Form::Numbers, "7-5"),
            (Form::Numbers, ""),
            (Form::Time, "24:00"),
            (Form::Time, "2460"),
            (Form::Time, "07:35:60"),
            (Form::Time, "7é5"),
            (Form::Time, "noon"),
            (Form::Hex, "abc"),
        ] {
            assert_eq!(form.spell(answer), Err(NotOfThisForm(form)), "{answer:?}");
        }
    }
}
