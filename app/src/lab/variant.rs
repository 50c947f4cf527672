//! A course, a student and an exercise determine 32 bytes, the variant; the variant determines
//! everything that this student gets in this exercise, and the correct answers.
//!
//! ```text
//! variant = HMAC(course secret, "doormat v1 lab" || uint16 length || student || uint16 length || exercise)
//! generator for a purpose = ChaCha20Rng from HMAC(variant, purpose)
//! ```
//!
//! Lengths are in bytes, big-endian; a student's id is in lower case. Variants of different
//! students or exercises are independent, and cannot be computed without the secret.

use rand::{Rng, SeedableRng, TryCryptoRng, TryRng, rngs::ChaCha20Rng};
use ring::hmac;
use zeroize::Zeroizing;

use super::draw::Draw;
use doormat::crypto::{Label, kdf};

/// The secret of the public course, which everybody knows.
const PUBLIC: &[u8] = b"public";

/// A course: whose secret the variants derive from.
#[derive(Debug, Clone)]
pub enum Course {
    /// Self-study. Its secret is public, so everybody can compute the answers.
    Public,
    /// An instructor's.
    Secret(CourseSecret),
}

/// 32 bytes that an instructor keeps.
#[derive(Clone)]
pub struct CourseSecret(Zeroizing<[u8; 32]>);

/// The first line of a course file.
const TITLE: &str = "doormat lab course, version 1";

impl CourseSecret {
    /// The secret of these 32 random bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Four bytes that name the course without giving it away, in hexadecimal.
    pub fn id(&self) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_slice());
        let tag = kdf::hmac_sha256(&key, Label::Lab.as_bytes());
        hex::encode(kdf::first::<4>(&tag))
    }

    /// The course file's text.
    pub fn write(&self) -> Zeroizing<String> {
        Zeroizing::new(format!(
            "{TITLE}\n\
             # Whoever reads this file can compute every answer of every student.\n\
             id: {}\n\
             secret: {}\n",
            self.id(),
            Zeroizing::new(hex::encode(self.0.as_slice())).as_str(),
        ))
    }

    /// Reads a course file.
    ///
    /// # Errors
    /// [`NotACourse`] says what is wrong with it.
    pub fn read(text: &str) -> Result<Self, NotACourse> {
        let mut lines = text
            .lines()
            .map(str::trim)
            .filter(|it| !it.is_empty() && !it.starts_with('#'));
        if lines.next() != Some(TITLE) {
            return Err(NotACourse::Title);
        }
        let (mut id, mut secret) = (None, None);
        for line in lines {
            match line
                .split_once(':')
                .map(|(name, it)| (name.trim(), it.trim()))
            {
                Some(("id", value)) if id.is_none() => id = Some(value),
                Some(("secret", value)) if secret.is_none() => secret = Some(value),
                _ => return Err(NotACourse::Line),
            }
        }
        let mut bytes = Zeroizing::new([0; 32]);
        hex::decode_to_slice(secret.unwrap_or_default(), bytes.as_mut_slice())
            .map_err(|_| NotACourse::Secret)?;
        let read = Self(bytes);
        if id.is_some_and(|id| id.eq_ignore_ascii_case(&read.id())) {
            Ok(read)
        } else {
            Err(NotACourse::Id)
        }
    }
}

impl std::fmt::Debug for CourseSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(_) = self;
        f.write_str("CourseSecret")
    }
}

/// Why a text is not a course file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotACourse {
    /// Another first line.
    #[error("it is not a course file: its first line should be `{TITLE}`")]
    Title,
    /// A line that does not belong, or stands twice.
    #[error("it is damaged: a line that does not belong in a course file")]
    Line,
    /// No secret, or not one.
    #[error("it is damaged: `secret` should be 64 hexadecimal digits")]
    Secret,
    /// The id is another secret's.
    #[error("it is damaged: `id` does not belong to `secret`")]
    Id,
}

impl Course {
    /// The id that a folder of this course records.
    pub fn id(&self) -> String {
        match self {
            Self::Public => "public".to_owned(),
            Self::Secret(secret) => secret.id(),
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Public => PUBLIC,
            Self::Secret(secret) => secret.0.as_slice(),
        }
    }
}

/// A student's id: 1 to 64 letters, digits and `. _ @ + -`. Capitals do not matter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Student(String);

impl Student {
    /// Parses an id.
    ///
    /// # Errors
    /// [`NotAStudent`] says what an id is.
    pub fn new(id: &str) -> Result<Self, NotAStudent> {
        let allowed = |it: char| it.is_ascii_alphanumeric() || "._@+-".contains(it);
        let first = id.starts_with(|it: char| it.is_ascii_alphanumeric());
        if first && id.len() <= 64 && id.chars().all(allowed) {
            Ok(Self(id.to_ascii_lowercase()))
        } else {
            Err(NotAStudent)
        }
    }

    /// The id, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Student {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Not a student's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a student's id is 1 to 64 letters, digits and the signs . _ @ + -, the first a letter or digit"
)]
pub struct NotAStudent;

/// One student's variant of one exercise.
#[derive(Clone, PartialEq, Eq)]
pub struct Variant([u8; 32]);

impl Variant {
    /// The variant, as the [module](self) defines it. `exercise` is shorter than 65,536 bytes.
    pub fn of(course: &Course, student: &Student, exercise: &str) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, course.bytes());
        let mut input = Label::Lab.as_bytes().to_vec();
        for part in [student.as_str(), exercise] {
            let length = u16::try_from(part.len()).unwrap_or(u16::MAX);
            input.extend_from_slice(&length.to_be_bytes());
            input.extend_from_slice(part.as_bytes());
        }
        Self(kdf::hmac_sha256(&key, &input))
    }

    /// The variant of these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The generator for one purpose.
    pub fn generator(&self, purpose: &str) -> ChaCha20Rng {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        ChaCha20Rng::from_seed(kdf::hmac_sha256(&key, purpose.as_bytes()))
    }

    /// The same, for random choices.
    pub fn draw(&self, purpose: &str) -> Draw {
        Draw::new(self.generator(purpose))
    }

    /// A seed for an experiment.
    pub fn seed(&self) -> u64 {
        self.generator("seed").next_u64()
    }
}

impl std::fmt::Debug for Variant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(_) = self;
        f.write_str("Variant")
    }
}

/// Draws a new course's secret.
///
/// # Errors
/// The error of the generator.
pub fn new_secret<R: TryCryptoRng + TryRng>(rng: &mut R) -> Result<CourseSecret, R::Error> {
    let mut bytes = [0; 32];
    rng.try_fill_bytes(&mut bytes)?;
    Ok(CourseSecret::from_bytes(bytes))
}
