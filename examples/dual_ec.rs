//! A generator with a trapdoor: 32 public bytes, and its author knows the next private key.
//! Between points that nobody chose there is no such way.

#![allow(clippy::print_stdout)]

use doormat::attack::trapdoor::state_behind;
use doormat::crypto::{
    AgreementSecret,
    generator::{DualEc, Points, Trapdoor},
    random_bytes,
};
use rand::{rand_core::UnwrapErr, rngs::SysRng};

fn main() {
    let (chosen, trapdoor) = Points::with_trapdoor(&mut UnwrapErr(SysRng));
    assert!(foresees(
        chosen,
        &trapdoor,
        "points that their author chose"
    ));
    assert!(!foresees(
        Points::verifiable(),
        &trapdoor,
        "points that nobody chose"
    ));
}

/// A device says a nonce and draws a key; whoever has the trapdoor tries to draw it too.
fn foresees(points: Points, trapdoor: &Trapdoor, called: &str) -> bool {
    let mut generator = DualEc::seeded(points, &mut UnwrapErr(SysRng));
    let nonce: [u8; 32] = random_bytes(&mut generator);
    let private = AgreementSecret::generate(&mut generator);

    let public = private.public();
    let is_it = |found: &mut DualEc| AgreementSecret::generate(found).public() == public;
    let found = state_behind(&nonce, points, trapdoor, &is_it, &|| {});
    let foreseen = found.map(|mut generator| AgreementSecret::generate(&mut generator));

    println!("{called}:");
    println!("  the device says       {}", hex::encode(nonce));
    println!("  and its public key is {}", hex::encode(public.as_bytes()));
    match &foreseen {
        Some(key) => println!("  private key foreseen  {}", hex::encode(key.as_bytes())),
        None => println!("  none of 65,536 states draws that key next"),
    }
    foreseen.is_some_and(|key| key.as_bytes() == private.as_bytes())
}
