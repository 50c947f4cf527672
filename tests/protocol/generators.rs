//! Generators give what their specifications say.

use doormat::crypto::generator::{DualEc, Points};
use doormat::mode::EndToEnd;
use doormat::protocol::{Device, Envelope, ModeId, Name, ScheduleId, handshake};
use rand::{Rng, SeedableRng, rngs::ChaCha20Rng};

fn hex<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).unwrap().try_into().unwrap()
}

/// NIST's examples of Dual_EC_DRBG for P-256 with SHA-256, without additional input (as
/// published with SP 800-90A; `00 01 …` as entropy, `20 21 …` as nonce).
#[test]
fn dual_ec_gives_the_published_examples() {
    let entropy: [u8; 16] = hex("000102030405060708090a0b0c0d0e0f");
    let nonce: [u8; 8] = hex("2021222324252627");
    let examples = [
        (
            "",
            "ff5163c388f791e96f1052d5c8f0bd6fbf7144839c4890ff85487c5c12702e4c9849af518ae68deb14d3a62702bbde4b98ab211765fd87aca12fc2a6",
            "9a0a11f2dfb88f7260559dd8da6134eb2b34cc0415fa8fd0474db6b85e1a08385f41b435df81296b1b4edf66e0107c0844e3d28a89b05046b89177f2",
        ),
        (
            "404142434445464748494a4b4c4d4e4f",
            "3ab095cc493a8730d70de923108b2e4710799044ffc27d0a1156250ddf97e8b05ace055e49f3e3f5b928ccd18317a3e68fcb0b6f0459adf9ecf79c87",
            "7b902fc35b0af50f57f8822936d08a96e41b16967c6b1aa0bc05032f0d53919dc587b664c883e2fe8f3948002fcd8bcbfc4706bcaa2075ef6bf41167",
        ),
    ];
    for (personal, first, second) in examples {
        let personal = hex::decode(personal).unwrap();
        let points = Points::published().unwrap();
        let mut generator = DualEc::instantiate(points, &entropy, &nonce, &personal);
        for expected in [first, second] {
            let mut output = [0; 60];
            generator.fill_bytes(&mut output);
            assert_eq!(hex::encode(output), expected);
        }
    }
}

/// Spec §5.5: the id follows from the keys of the opening, and nothing else does.
#[test]
fn a_derived_session_id_follows_from_the_keys_of_its_opening() {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let name = |it| Name::new(it).unwrap();
    let bob = Device::new(name("bob"), &mut rng);
    let bundle = bob.lasting_bundle();
    for derived in [true, false] {
        let mut alice = Device::new(name("alice"), &mut rng);
        let (mode, schedule) = (ModeId::EndToEnd, ScheduleId::Ratchet);
        let id = if derived {
            alice.begin_derived(&bundle, mode, schedule, &mut rng)
        } else {
            alice.begin(&bundle, mode, schedule, &mut rng)
        };
        let sealed = alice.seal(bob.name(), b"hello", &EndToEnd, &mut rng);
        let sealed = sealed.unwrap();
        let header = Envelope::decode(&sealed).unwrap().header;
        let opening = header.opening.unwrap();
        let follows = handshake::derived_id(&opening.initiator, &opening.ephemeral, bob.identity());
        assert_eq!(header.session, id.unwrap());
        assert_eq!(header.session == follows, derived);
    }
}
