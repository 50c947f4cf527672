//! A client with an implant: its session id is a private key, and only the implanter can tell.

#![allow(clippy::print_stdout)]

use doormat::attack::{
    Attacker, Exposure, Published,
    implant::{self, Implant},
};
use doormat::crypto::AgreementSecret;
use doormat::mode::EndToEnd;
use doormat::protocol::{Device, Envelope, Mode, Name, ScheduleId};
use rand::{rand_core::UnwrapErr, rngs::SysRng};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut rng = UnwrapErr(SysRng);
    let implanter = AgreementSecret::generate(&mut rng);
    let (alice, bob) = (Name::new("alice")?, Name::new("bob")?);
    let mut hers = Device::new(alice, &mut rng);
    let bundle = Device::new(bob.clone(), &mut rng).lasting_bundle();

    // An update: from now on her device draws from this.
    let mut implant = Implant::install(&hers.export()?, implanter.public())?;
    implant.hide_in_next_draw();
    hers.begin(&bundle, EndToEnd.id(), ScheduleId::Ratchet, &mut implant)?;
    let sealed = hers.seal(&bob, b"Meet me at the old bridge.", &EndToEnd, &mut implant)?;

    // What everybody on the wire sees.
    let envelope = Envelope::decode(&sealed)?;
    let header = &envelope.header;
    println!(
        "session id            {}",
        hex::encode(header.session.as_bytes())
    );
    for (who, key) in [
        ("the implanter", implanter),
        ("anybody else", AgreementSecret::generate(&mut rng)),
    ] {
        let mut seen = Published::default();
        seen.add(&bundle.encode());
        seen.add(&sealed);
        let mut loot = implant::read(seen, &key);
        let found = loot.identities.first();
        let found = found.map_or("nothing".to_owned(), |key| hex::encode(key.as_bytes()));
        println!("{who} finds in it {found}");
        let text = loot.reader.examine(&envelope);
        println!("  message: {text}");
        assert_eq!(matches!(text, Exposure::Read(_)), who == "the implanter");
    }
    Ok(())
}
