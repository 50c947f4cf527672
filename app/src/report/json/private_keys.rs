//! The figures of attacks that find private keys, or go through a tape twice.

use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use super::capture;
use crate::text::count;
use doormat::attack::{
    KeyUse, Tally,
    trapdoor::{PublicValue, Searched},
};
use doormat::crypto::AgreementSecret;
use doormat::protocol::Name;
use doormat::tape::Coverage;

/// What was read of a tape.
#[derive(Debug, Serialize)]
pub struct TapeFigures {
    /// Envelopes on the tape.
    pub envelopes: u64,
    /// doormat's packets that are neither envelope, key bundle nor registration, or damaged.
    pub malformed: u64,
    /// Envelopes whose text was read.
    pub read: u64,
    ended_early: Option<String>,
    #[serde(serialize_with = "capture::serialize")]
    capture: Option<Coverage>,
}

impl TapeFigures {
    /// The figures of a tape that was played to an attack.
    pub fn new(tally: Tally, coverage: &Coverage, ended_early: Option<String>) -> Self {
        Self {
            envelopes: tally.envelopes,
            malformed: tally.malformed,
            read: tally.read,
            ended_early,
            capture: Some(coverage.clone()),
        }
    }

    /// What is to be said of malformed packets, if there are some.
    pub fn malformed_sentence(&self) -> Option<String> {
        let verb = if self.malformed == 1 { "was" } else { "were" };
        (self.malformed > 0).then(|| {
            let packets = count(self.malformed, "packet");
            format!("{packets} {verb} malformed and passed over.")
        })
    }
}

/// `doormat attack --trapdoor --json`.
#[derive(Serialize)]
pub struct TrapdoorFigures {
    /// Public random values that were searched, in the order of the search.
    pub searched: Vec<SearchedValue>,
    /// Values that were not: what their devices draw was known by then.
    pub passed_over: usize,
    /// Private keys of the devices whose state was found.
    pub keys: Vec<FoundKey>,
    /// Public keys of these devices whose private halves were not found.
    pub keys_not_found: usize,
    /// What was read.
    #[serde(flatten)]
    pub tape: TapeFigures,
}

/// `doormat attack --implanter --json`.
#[derive(Serialize)]
pub struct ImplanterFigures {
    /// Session ids that were looked at.
    pub session_ids: usize,
    /// Session ids that were not: their devices' identity keys were known by then.
    pub passed_over: usize,
    /// Whose clients hid an identity key.
    pub implanted: Vec<String>,
    /// Private keys of their devices.
    pub keys: Vec<FoundKey>,
    /// Public keys of these devices whose private halves were not found.
    pub keys_not_found: usize,
    /// What was read.
    #[serde(flatten)]
    pub tape: TapeFigures,
}

/// `doormat attack --received --json`.
#[derive(Serialize)]
pub struct ReceivedFigures {
    /// Access fields with the session key of the run on which they ride.
    pub own_fields: usize,
    /// With that of an earlier run of the session.
    pub earlier_fields: usize,
    /// That are sealed to the key and did not open.
    pub unopened_fields: usize,
    /// What was read.
    #[serde(flatten)]
    pub tape: TapeFigures,
}

/// A public random value, and what was behind it.
#[derive(Serialize)]
pub struct SearchedValue {
    /// Whose device said it.
    pub owner: String,
    /// `nonce` or `session id`.
    pub what: &'static str,
    /// The value, in hexadecimal.
    pub bytes: String,
    /// The generator's state after it, in hexadecimal, if it was found.
    #[serde(serialize_with = "secret_or_null")]
    pub state: Option<Zeroizing<String>>,
}

impl SearchedValue {
    /// Of the library's result.
    pub fn of(searched: &Searched) -> Self {
        let state = searched.state.as_ref();
        Self {
            owner: searched.owner.to_string(),
            what: match searched.value {
                PublicValue::Nonce(_) => "nonce",
                PublicValue::SessionId(_) => "session id",
            },
            bytes: hex::encode(searched.value.as_bytes()),
            state: state.map(|it| Zeroizing::new(hex::encode(it.as_bytes()))),
        }
    }
}

/// A private key that was found.
#[derive(Serialize)]
pub struct FoundKey {
    /// Whose it is.
    pub owner: String,
    /// What it is for.
    #[serde(rename = "use")]
    pub key_use: String,
    /// Its public half, in hexadecimal.
    pub public: String,
    /// The key, in hexadecimal.
    #[serde(serialize_with = "secret")]
    pub private: Zeroizing<String>,
}

impl FoundKey {
    /// Somebody's key.
    pub fn new(owner: &Name, key_use: KeyUse, private: &AgreementSecret) -> Self {
        Self {
            owner: owner.to_string(),
            key_use: key_use.to_string(),
            public: hex::encode(private.public().as_bytes()),
            private: Zeroizing::new(hex::encode(private.as_bytes())),
        }
    }
}

fn secret<S: Serializer>(digits: &Zeroizing<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(digits)
}

fn secret_or_null<S: Serializer>(
    digits: &Option<Zeroizing<String>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    digits.as_ref().map(|it| it.as_str()).serialize(serializer)
}
