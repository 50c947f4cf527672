//! The points of a generator and what relates them, as a file: what its author kept.
//!
//! ```json
//! {
//!   "p": { "x": "6b17…", "y": "4fe3…" },
//!   "q": { "x": "…", "y": "…" },
//!   "d": "…"
//! }
//! ```
//!
//! Each number is 32 bytes, big-endian, 64 hexadecimal digits; `P = d * Q` on P-256.

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::attack::hex_number::{self, NotANumber};
use crate::crypto::{
    generator::{Points, Trapdoor},
    secret_json,
};

/// Two points, and the number that relates them.
#[derive(Debug, Clone)]
pub struct Relation {
    /// `P` and `Q`.
    pub points: Points,
    /// `d`.
    pub trapdoor: Trapdoor,
}

#[derive(Serialize, Deserialize)]
struct RelationFile {
    p: Coordinates,
    q: Coordinates,
    d: String,
}

#[derive(Serialize, Deserialize)]
struct Coordinates {
    x: String,
    y: String,
}

impl Relation {
    /// Reads a file.
    ///
    /// # Errors
    /// [`NotARelation`] says what is wrong with it.
    pub fn read(json: &[u8]) -> Result<Self, NotARelation> {
        let RelationFile { p, q, d } = serde_json::from_slice(json)?;
        let d = Zeroizing::new(d);
        let [px, py, qx, qy, d] = [
            ("p.x", p.x.as_str()),
            ("p.y", &p.y),
            ("q.x", &q.x),
            ("q.y", &q.y),
            ("d", &d),
        ]
        .map(|(field, digits)| hex_number::read(field, digits));
        if (px?, py?) != Points::p() {
            return Err(NotARelation::P);
        }
        let points = Points::from_q(&qx?, &qy?).ok_or(NotARelation::Q)?;
        let trapdoor = Trapdoor::from_bytes(d?);
        if !points.are_related_by(&trapdoor) {
            return Err(NotARelation::D);
        }
        Ok(Self { points, trapdoor })
    }

    /// The file's text.
    ///
    /// # Errors
    /// What the encoder says.
    pub fn write(&self) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
        let coordinates = |(x, y)| Coordinates {
            x: hex::encode::<[u8; 32]>(x),
            y: hex::encode::<[u8; 32]>(y),
        };
        let mut file = RelationFile {
            p: coordinates(Points::p()),
            q: coordinates(self.points.q()),
            d: hex::encode(self.trapdoor.as_bytes()),
        };
        let json = secret_json(&file);
        file.d.zeroize();
        json
    }
}

/// Why a file does not give two points and their relation.
#[derive(Debug, thiserror::Error)]
pub enum NotARelation {
    /// It is not JSON, or something is missing in it.
    #[error("it is not the JSON of a trapdoor: {0}")]
    Json(#[from] serde_json::Error),
    /// A number in it is none.
    #[error(transparent)]
    Number(#[from] NotANumber),
    /// `P` is another point.
    #[error("`p` is not the generator of P-256, which every Dual_EC_DRBG has for its P")]
    P,
    /// `Q` is no point.
    #[error("`q` is not a point of P-256")]
    Q,
    /// `d` relates other points.
    #[error("`d` does not fit the points: P is not d * Q")]
    D,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rand::{SeedableRng, rngs::ChaCha20Rng};

    use super::*;

    fn written() -> String {
        let mut rng = ChaCha20Rng::from_seed([7; 32]);
        let (points, trapdoor) = Points::with_trapdoor(&mut rng);
        let json = Relation { points, trapdoor }.write().unwrap();
        String::from_utf8(json.to_vec()).unwrap()
    }

    #[test]
    fn what_was_written_reads_back() {
        let json = written();
        let read = Relation::read(json.as_bytes()).unwrap();
        assert_eq!(read.write().unwrap().as_slice(), json.as_bytes());
    }

    #[test]
    fn each_thing_that_can_be_wrong_is_named() {
        let json = written();
        let refused = |json: &str| Relation::read(json.as_bytes()).unwrap_err().to_string();
        let d = json.rsplit('"').nth(1).unwrap();
        let last = if d.ends_with('0') { "1" } else { "0" };
        let other_d = format!("{}{last}", &d[..63]);
        for (changed, expected) in [
            ("{".to_owned(), "not the JSON of a trapdoor"),
            (json.replace("\"d\"", "\"e\""), "missing field `d`"),
            (json.replace(d, "xyz"), "`d` is not hexadecimal"),
            (json.replace(d, &d[2..]), "`d` has 62 digits"),
            (json.replace(d, &other_d), "P is not d * Q"),
            (
                json.replace("6b17d1f2", "6b17d1f3"),
                "`p` is not the generator",
            ),
        ] {
            let said = refused(&changed);
            assert!(said.contains(expected), "{expected}: {said}");
        }
        let read = Relation::read(json.as_bytes()).unwrap();
        let y = hex::encode(read.points.q().1);
        let said = refused(&json.replace(&y, &y.chars().rev().collect::<String>()));
        assert!(said.contains("`q` is not a point"), "{said}");
    }
}
