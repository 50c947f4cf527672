//! What somebody else puts on a tape stands in nobody's way: who foresees keys, or holds one,
//! reads what she would read without it.

use std::sync::Mutex;

use doormat::attack::{OneProduct, Published, Tally, weak_generator};
use doormat::crypto::{SessionKey, hpke::HpkeRefused};
use doormat::escrow::EscrowPrivateKey;
use doormat::experiment::{Network, design::Design, network::START, seed};
use doormat::mode::{EndToEnd, Mode, TwoProducts};
use doormat::protocol::{
    AccessContext, AccessField, AuthorityPublic, Device, Envelope, KeyBundle, ModeId, Name,
    NotAdmitted, ScheduleId,
};
use doormat::tape::{Packet, Reader};

/// The packets of a conversation on devices with a seed of 15 bits.
fn weak_conversation(messages: usize) -> Vec<Packet> {
    let rng = seed::generator(7, "hostile tape");
    let network = Network::new(ScheduleId::Ratchet, START, rng).unwrap();
    let mut network = network.supplied_by(Design::named("low-entropy").unwrap(), 7);
    for name in ["alice", "bob"] {
        network.join(name).unwrap();
    }
    for number in 0..messages {
        let (from, to) = if number % 2 == 0 {
            ("alice", "bob")
        } else {
            ("bob", "alice")
        };
        network.say(from, to, "hello", &EndToEnd).unwrap();
    }
    let tape = network.finish().unwrap();
    Reader::new(tape.as_slice())
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

fn read(packets: &[Packet]) -> u64 {
    let mut published = Published::default();
    packets.iter().for_each(|it| published.add(&it.payload));
    let mut reader = weak_generator::look_up(published).reader;
    let mut tally = Tally::default();
    for packet in packets {
        tally.play(packet, &mut reader);
    }
    tally.read
}

/// The same bytes with others in one place.
fn replaced(payload: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let at = payload.windows(old.len()).position(|it| it == old).unwrap();
    [&payload[..at], new, &payload[at + old.len()..]].concat()
}

#[test]
fn a_strangers_bundle_under_somebodys_name_hides_no_session() {
    let mut packets = weak_conversation(4);
    assert_eq!(read(&packets), 4);
    let mut rng = seed::generator(7, "stranger");
    let stranger = Device::new(Name::new("bob").unwrap(), &mut rng).publish(4, &mut rng);
    let first = packets[0].clone();
    let begins = packets
        .iter()
        .position(|it| Envelope::decode(&it.payload).is_ok());
    for bundle in stranger.iter().map(KeyBundle::encode) {
        // One that its signature vouches for, and one that it does not.
        let mut damaged = bundle.clone();
        damaged[10] ^= 1;
        for payload in [bundle, damaged] {
            let forged = Packet {
                payload,
                ..first.clone()
            };
            packets.insert(begins.unwrap(), forged);
        }
    }
    assert_eq!(read(&packets), 4);
}

#[test]
fn an_opening_that_opens_nothing_does_not_stand_for_the_session() {
    let mut packets = weak_conversation(4);
    let begins = packets
        .iter()
        .position(|it| Envelope::decode(&it.payload).is_ok());
    let first = packets[begins.unwrap()].clone();
    let header = Envelope::decode(&first.payload).unwrap().header;
    let ephemeral = header.opening.unwrap().ephemeral;
    let payload = replaced(&first.payload, ephemeral.as_bytes(), &[9; 32]);
    packets.insert(begins.unwrap(), Packet { payload, ..first });
    assert_eq!(read(&packets), 4);
}

#[test]
fn keys_that_nobody_drew_do_not_end_the_search_for_those_that_somebody_did() {
    let mut forged = Vec::new();
    for packet in weak_conversation(150) {
        if let Ok(envelope) = Envelope::decode(&packet.payload) {
            let key = envelope.header.ratchet_public;
            let number = u8::try_from(forged.len() % 251).unwrap();
            let payload = replaced(&packet.payload, key.as_bytes(), &[number; 32]);
            forged.push(Packet {
                payload,
                ..packet.clone()
            });
        }
        forged.push(packet);
    }
    assert_eq!(read(&forged), 150);
}

/// Bob's special version, which says something wrong of Alice's session key as well.
struct Lying {
    honest: TwoProducts,
    authority: AuthorityPublic,
    hers: Mutex<Option<AccessContext>>,
}

impl Mode for Lying {
    fn id(&self) -> ModeId {
        self.honest.id()
    }

    fn disclose(
        &self,
        session_key: &SessionKey,
        context: &AccessContext,
    ) -> Result<Vec<AccessField>, HpkeRefused> {
        let mut fields = self.honest.disclose(session_key, context)?;
        if let Some(hers) = &*self.hers.lock().unwrap()
            && !fields.is_empty()
        {
            let wrong = SessionKey::from_bytes([9; 32]);
            fields.push(AccessField::seal(&wrong, hers, &self.authority)?);
        }
        Ok(fields)
    }

    fn admit(
        &self,
        session_key: &SessionKey,
        context: &AccessContext,
        fields: &[AccessField],
    ) -> Result<(), NotAdmitted> {
        if context.sender.as_str() == "alice" {
            *self.hers.lock().unwrap() = Some(context.clone());
        }
        self.honest.admit(session_key, context, fields)
    }
}

#[test]
fn a_wrong_copy_of_a_session_key_does_not_replace_the_right_one() {
    let mut rng = seed::generator(7, "lying");
    let key = EscrowPrivateKey::generate(&mut rng);
    let bob = Name::new("bob").unwrap();
    let mode = Lying {
        honest: TwoProducts::new(bob, vec![*key.public()]).disclosing_both(),
        authority: *key.public(),
        hers: Mutex::default(),
    };
    let mut network = Network::new(ScheduleId::Ratchet, START, rng).unwrap();
    for name in ["alice", "bob"] {
        network.join(name).unwrap();
    }
    for (from, to) in [("alice", "bob"), ("bob", "alice")] {
        network.say(from, to, "hello", &mode).unwrap();
    }
    let tape = network.finish().unwrap();
    let mut eve = OneProduct::over(&tape, &key).unwrap();
    let mut tally = Tally::default();
    for packet in Reader::new(tape.as_slice()).unwrap() {
        tally.play(&packet.unwrap(), &mut eve);
    }
    assert_eq!((eve.counts().earlier, tally.read), (2, 2));
}
