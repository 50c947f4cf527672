//! Failure vectors: one scenario a file in `tests/vectors`, each naming the layer
//! that must refuse it and a part of the error's message.
//!
//! `UPDATE_VECTORS=1 cargo test --test protocol` writes them anew.

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use crate::common::world::World;
use doormat::crypto::{AgreementPublic, SessionKey, hpke::HpkeRefused};
use doormat::mode::Escrow;
use doormat::protocol::{
    AccessContext, AccessField, Device, Envelope, Header, Mode, ModeId, OpenError, ScheduleId,
    SessionId,
};
use tls_codec::{Serialize, Size};

/// A file of `name: value` lines. `envelope` is in hexadecimal; `each` says what to
/// do with it; `greeted` whether the session has begun.
struct Vector(BTreeMap<String, String>);

#[test]
fn each_vector_is_refused_by_its_layer_and_the_session_goes_on() {
    if env::var_os("UPDATE_VECTORS").is_some() {
        write_all();
    }
    let files: Vec<_> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(files.len(), scenarios().len());
    for file in files {
        println!("{}", file.display());
        Vector::read(&file).check();
    }
}

impl Vector {
    fn read(path: &PathBuf) -> Self {
        let text = fs::read_to_string(path).unwrap();
        Self(
            text.lines()
                .map(|line| {
                    let (name, value) = line.split_once(": ").expect(line);
                    (name.to_owned(), value.to_owned())
                })
                .collect(),
        )
    }

    fn get(&self, name: &str) -> &str {
        &self.0[name]
    }

    fn check(&self) {
        let envelope = hex::decode(self.get("envelope")).unwrap();
        let cases = match self.get("each") {
            "whole" => vec![envelope],
            "truncated at every length" => (0..envelope.len())
                .map(|length| envelope[..length].to_vec())
                .collect(),
            other => panic!("unknown `each: {other}`"),
        };
        for case in cases {
            let mut world = world(self.get("greeted") == "yes");
            if let Some(before) = self.0.get("before") {
                world.bob_reads(&hex::decode(before).unwrap()).unwrap();
            }
            let refusal = world.bob_reads(&case).expect_err("must be refused");
            assert_eq!(layer(&refusal), self.get("layer"), "{refusal}");
            let words = refusal.to_string();
            assert!(words.contains(self.get("error")), "{words}");
            if !self.0.contains_key("before") {
                world.greet();
            }
        }
    }
}

/// Which layer refused; the match is exhaustive, so every error has one.
fn layer(refusal: &OpenError) -> &'static str {
    match refusal {
        OpenError::Wire(_) => "encoding",
        OpenError::NotAuthentic(_) => "cipher",
        OpenError::NotAdmitted(_) | OpenError::WrongMode { .. } => "mode",
        OpenError::Schedule(_) | OpenError::WrongSchedule { .. } => "schedule",
        OpenError::Chain(_) => "run",
        OpenError::WrongRecipient { .. }
        | OpenError::UnknownSession { .. }
        | OpenError::UnknownPrekey { .. }
        | OpenError::IdentityChanged { .. }
        | OpenError::SessionClosed { .. } => "device",
    }
}

/// The receiver of every vector.
fn world(greeted: bool) -> World {
    let mut world = World::new("escrow", ScheduleId::Ratchet, 7);
    if greeted {
        world.greet();
    }
    world
}

struct Scenario {
    name: &'static str,
    about: &'static str,
    layer: &'static str,
    error: &'static str,
    each: &'static str,
    greeted: bool,
    make: fn(&mut World) -> Vec<u8>,
}

fn scenarios() -> Vec<Scenario> {
    let scenario = |name, about, layer, error, greeted, make| Scenario {
        name,
        about,
        layer,
        error,
        each: "whole",
        greeted,
        make,
    };
    vec![
        scenario(
            "access-stripped-on-the-way",
            "A relay takes the access field out of an envelope.",
            "cipher",
            "does not authenticate",
            true,
            |world| {
                let envelope = world.alice_writes("stripped");
                edit(&envelope, |header| header.access = Vec::new().into())
            },
        ),
        scenario(
            "access-left-out-by-the-sender",
            "A sender who speaks the escrow mode seals without an access field.",
            "mode",
            "0 access fields where the mode asks for 1",
            true,
            |world| rogue(world, |_, _, _| Vec::new()),
        ),
        scenario(
            "access-forged-by-the-sender",
            "A sender seals another key into the access field than the one in use.",
            "mode",
            "forged, or taken from elsewhere",
            true,
            |world| {
                rogue(world, |authority, _, context| {
                    let other = SessionKey::from_bytes([0x42; 32]);
                    authority.disclose(&other, context).unwrap()
                })
            },
        ),
        scenario(
            "access-replayed-from-another-session",
            "A sender seals the right key, bound to another session.",
            "mode",
            "forged, or taken from elsewhere",
            true,
            |world| {
                rogue(world, |authority, key, context| {
                    let elsewhere = AccessContext {
                        session: SessionId::from_bytes([9; 32]),
                        ..context.clone()
                    };
                    authority.disclose(key, &elsewhere).unwrap()
                })
            },
        ),
        scenario(
            "access-twice",
            "A sender adds a second copy of the right access field.",
            "mode",
            "2 access fields where the mode asks for 1",
            true,
            |world| {
                rogue(world, |authority, key, context| {
                    authority.disclose(key, context).unwrap().repeat(2)
                })
            },
        ),
        scenario(
            "access-changed-within-a-run",
            "A sender puts a forged access field on the second message of a run.",
            "mode",
            "other access fields than came with the first message",
            true,
            |world| {
                let first = world.alice_writes("admitted");
                world.bob_reads(&first).unwrap();
                let state = world.alice.export().unwrap();
                let mut state: serde_json::Value = serde_json::from_slice(&state).unwrap();
                let sessions = state["sessions"]["bob"].as_object_mut().unwrap();
                for session in sessions.values_mut() {
                    session["sending"]["access"][0]["encapsulated"] = "11".repeat(32).into();
                }
                world.alice = Device::import(state.to_string().as_bytes()).unwrap();
                world.alice_writes("not admitted")
            },
        ),
        scenario(
            "mode-flipped",
            "A relay turns the mode byte from escrow to e2e.",
            "mode",
            "the envelope says mode e2e, this device speaks escrow",
            true,
            |world| with_byte(world, 2, 1),
        ),
        scenario(
            "mode-unknown",
            "A mode byte that no mode has.",
            "encoding",
            "unknown mode 3",
            true,
            |world| with_byte(world, 2, 3),
        ),
        scenario(
            "schedule-flipped",
            "A relay turns the schedule byte from ratchet to static.",
            "schedule",
            "the envelope says schedule static, the session has ratchet",
            true,
            |world| with_byte(world, 3, 2),
        ),
        scenario(
            "schedule-unknown",
            "A schedule byte that no schedule has.",
            "encoding",
            "unknown schedule 0",
            true,
            |world| with_byte(world, 3, 0),
        ),
        scenario(
            "version-unknown",
            "An envelope of another version.",
            "encoding",
            "unknown version 2",
            true,
            |world| with_byte(world, 0, 2),
        ),
        scenario(
            "kind-bundle",
            "The kind byte says key bundle where an envelope is due.",
            "encoding",
            "kind 2 where 1 was due",
            true,
            |world| with_byte(world, 1, 2),
        ),
        Scenario {
            each: "truncated at every length",
            ..scenario(
                "truncated",
                "An envelope cut short, at every length.",
                "encoding",
                "truncated",
                true,
                |world| world.alice_writes("cut short"),
            )
        },
        scenario(
            "trailing-byte",
            "One byte after the end of an envelope.",
            "encoding",
            "1 bytes too many",
            true,
            |world| [world.alice_writes("longer"), vec![0]].concat(),
        ),
        scenario(
            "access-length-oversize",
            "The access fields' length says more than there is.",
            "encoding",
            "truncated",
            true,
            |world| {
                let envelope = world.alice_writes("oversize");
                let header = Envelope::decode(&envelope).unwrap().header;
                let length = header.tls_serialized_len() - header.access.tls_serialized_len();
                let mut envelope = envelope.clone();
                envelope[length..length + 2].copy_from_slice(&[0xff, 0xff]);
                envelope
            },
        ),
        scenario(
            "access-too-many",
            "Seventeen access fields.",
            "encoding",
            "17 access fields; the limit is 16",
            true,
            |world| {
                let envelope = world.alice_writes("many");
                edit(&envelope, |header| {
                    header.access = header.access.as_slice().repeat(17).into();
                })
            },
        ),
        scenario(
            "ciphertext-length-oversize",
            "A ciphertext length beyond the protocol's limit.",
            "encoding",
            "the limit is 65536",
            true,
            |world| with_ciphertext_length(world, [0xff, 0xff, 0xff]),
        ),
        scenario(
            "ciphertext-shorter-than-its-tag",
            "A ciphertext length of 15.",
            "encoding",
            "shorter than its tag",
            true,
            |world| with_ciphertext_length(world, [0, 0, 15]),
        ),
        scenario(
            "name-with-an-escape",
            "A sender's name with a byte that is no name's.",
            "encoding",
            "a name is 1 to 32 characters",
            true,
            |world| with_byte(world, 37, 0x1b),
        ),
        scenario(
            "low-order-ratchet-key",
            "A run under the all-zero public key.",
            "schedule",
            "low order",
            true,
            |world| {
                let envelope = world.alice_writes("low order");
                edit(&envelope, |header| {
                    header.ratchet_public = AgreementPublic::from_bytes([0; 32]);
                })
            },
        ),
        scenario(
            "low-order-ephemeral",
            "An opening whose ephemeral key is a point of order eight.",
            "schedule",
            "low order",
            false,
            |world| {
                let envelope = world.alice_writes("low order");
                edit(&envelope, |header| {
                    let mut point = [0; 32];
                    hex::decode_to_slice(
                        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                        &mut point,
                    )
                    .unwrap();
                    let opening = header.opening.as_mut().unwrap();
                    opening.ephemeral = AgreementPublic::from_bytes(point);
                })
            },
        ),
        scenario(
            "session-unknown",
            "An envelope of a session that nobody began, without an opening.",
            "device",
            "is not known and the envelope does not open it",
            true,
            |world| {
                let envelope = world.alice_writes("which session?");
                edit(&envelope, |header| {
                    header.session = SessionId::from_bytes([1; 32]);
                })
            },
        ),
        scenario(
            "prekey-unknown",
            "An opening that names a one-time prekey that was never drawn.",
            "device",
            "prekey 99 is not here",
            false,
            |world| {
                let envelope = world.alice_writes("which prekey?");
                edit(&envelope, |header| {
                    header.opening.as_mut().unwrap().one_time_prekey = Some(99);
                })
            },
        ),
        scenario(
            "recipient-changed",
            "A relay puts another recipient on an envelope.",
            "device",
            "the envelope is for carol",
            true,
            |world| {
                let envelope = world.alice_writes("for whom?");
                edit(&envelope, |header| {
                    header.recipient = crate::common::world::name("carol");
                })
            },
        ),
        scenario(
            "number-far-ahead",
            "A message number that skips more than the bound.",
            "run",
            "the limit is 1000",
            true,
            |world| {
                let envelope = world.alice_writes("far ahead");
                world.bob_reads(&envelope).unwrap();
                let envelope = world.alice_writes("farther");
                edit(&envelope, |header| header.number = u32::MAX)
            },
        ),
    ]
}

/// Changes a header and leaves the ciphertext as it was.
fn edit(envelope: &[u8], change: impl FnOnce(&mut Header)) -> Vec<u8> {
    let decoded = Envelope::decode(envelope).unwrap();
    let rest = &envelope[decoded.authenticated.len()..];
    let mut header = decoded.header;
    change(&mut header);
    [header.tls_serialize_detached().unwrap(), rest.to_vec()].concat()
}

fn with_byte(world: &mut World, offset: usize, byte: u8) -> Vec<u8> {
    let mut envelope = world.alice_writes("one byte");
    envelope[offset] = byte;
    envelope
}

fn with_ciphertext_length(world: &mut World, length: [u8; 3]) -> Vec<u8> {
    let envelope = world.alice_writes("how long?");
    let header = Envelope::decode(&envelope).unwrap().authenticated.len();
    let mut envelope = envelope.clone();
    envelope[header..header + 3].copy_from_slice(&length);
    envelope
}

/// An envelope of Alice's who speaks the escrow mode with a disclosure of her own.
fn rogue(
    world: &mut World,
    disclose: fn(&Escrow, &SessionKey, &AccessContext) -> Vec<AccessField>,
) -> Vec<u8> {
    struct Rogue(
        Escrow,
        fn(&Escrow, &SessionKey, &AccessContext) -> Vec<AccessField>,
    );
    impl Mode for Rogue {
        fn id(&self) -> ModeId {
            ModeId::Escrow
        }
        fn disclose(
            &self,
            key: &SessionKey,
            context: &AccessContext,
        ) -> Result<Vec<AccessField>, HpkeRefused> {
            Ok((self.1)(&self.0, key, context))
        }
    }
    let rogue = Rogue(Escrow(vec![*world.escrow.public()]), disclose);
    let to = world.bob.name().clone();
    world
        .alice
        .seal(&to, b"nobody else reads this", &rogue, &mut world.rng)
        .unwrap()
}

fn write_all() {
    fs::remove_dir_all(folder()).unwrap();
    fs::create_dir(folder()).unwrap();
    for scenario in scenarios() {
        let mut world = world(scenario.greeted);
        let envelope = (scenario.make)(&mut world);
        let before = if scenario.name == "access-changed-within-a-run" {
            let mut again = self::world(scenario.greeted);
            format!("before: {}\n", hex::encode(again.alice_writes("admitted")))
        } else {
            String::new()
        };
        let text = format!(
            "about: {}\nlayer: {}\nerror: {}\neach: {}\ngreeted: {}\nenvelope: {}\n",
            scenario.about,
            scenario.layer,
            scenario.error,
            scenario.each,
            if scenario.greeted { "yes" } else { "no" },
            hex::encode(envelope)
        ) + &before;
        fs::write(folder().join(format!("{}.txt", scenario.name)), text).unwrap();
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}
