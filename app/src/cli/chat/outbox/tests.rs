//! What of an outbox is there after a restart.

use rand::{SeedableRng, rngs::ChaCha20Rng};

use super::*;
use doormat::{
    mode::EndToEnd,
    protocol::{Device, ScheduleId},
};

/// So long that a window of them is more than is saved with the state.
const TEXT_BYTES: usize = 8 * 1024;

/// The files of an outbox, and what uses it.
struct Scene {
    outbox: Outbox,
    /// The lines that were set aside.
    file: Vec<String>,
    device: Device,
    bob: Name,
    rng: ChaCha20Rng,
}

impl Scene {
    /// With so many lines to Bob, all of them set aside.
    fn with(lines: usize) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let name = |it| Name::new(it).expect("a name");
        let bob = name("bob");
        let bundle = Device::new(bob.clone(), &mut rng).lasting_bundle();
        let mut device = Device::new(name("alice"), &mut rng);
        let begun = device.begin(&bundle, ModeId::EndToEnd, ScheduleId::Ratchet, &mut rng);
        begun.expect("a session");
        let mut outbox = Outbox::new(Vec::new(), TakenBack::default());
        for place in 1..=lines {
            let text = format!("{place:0>TEXT_BYTES$}");
            outbox.push(&bob, ModeId::EndToEnd, text);
        }
        let file = Vec::new();
        let mut scene = Self {
            outbox,
            file,
            device,
            bob,
            rng,
        };
        scene.set_aside();
        assert_eq!(scene.outbox.aside().len(), lines);
        scene
    }

    fn set_aside(&mut self) {
        let json = |it| serde_json::to_string(it).expect("written");
        let entries = self.outbox.to_set_aside();
        if !entries.is_empty() {
            self.file.extend(entries.into_iter().map(json));
            self.outbox.mark_set_aside();
        }
    }

    fn seal(&mut self) {
        let done = self
            .outbox
            .seal(&mut self.device, &EndToEnd, 1, &mut self.rng);
        assert!(done.any && done.error.is_none());
    }

    /// Sends what is sealed, and has the relay accept it.
    fn accepted(&mut self) -> Vec<OutboxEntry> {
        let sent = self.outbox.next_to_send();
        let digests = sent.iter().map(|it| Digest::of(it));
        digests
            .map(|it| self.outbox.take(it).expect("it was sent"))
            .collect()
    }

    /// What is there after a restart.
    fn read(&self) -> Vec<u64> {
        let again = |it: &OutboxEntry| {
            let json = serde_json::to_string(it).expect("written");
            serde_json::from_str(&json).expect("read")
        };
        let state = self.outbox.with_state().into_iter().map(again).collect();
        let taken = serde_json::to_string(self.outbox.taken()).expect("written");
        let taken = serde_json::from_str(&taken).expect("read");
        let mut outbox = Outbox::new(state, taken);
        let lines = self.file.iter();
        let aside = lines.map(|line| serde_json::from_str(line).expect("read"));
        outbox.add_aside(aside.collect());
        let mut all: Vec<u64> = outbox.with_state().iter().map(|it| it.place).collect();
        all.extend(outbox.aside().iter().map(|it| it.place));
        all.sort_unstable();
        all
    }
}

#[test]
fn what_was_taken_back_and_waits_again_is_there_after_a_restart() {
    let mut scene = Scene::with(96);
    scene.seal();
    // As after /accept: a window's texts wait with the state again, and are too many for it.
    scene.outbox.unseal(&scene.bob.clone());
    scene.set_aside();
    assert_eq!(scene.read(), (1..=96).collect::<Vec<_>>());
    // So also where another copy of the device has gone on.
    scene.seal();
    scene.outbox.unseal_after(0);
    scene.set_aside();
    assert_eq!(scene.read(), (1..=96).collect::<Vec<_>>());
}

#[test]
fn what_the_peer_refused_is_sent_again_alone_after_a_restart() {
    let mut scene = Scene::with(96);
    let mut accepted = Vec::new();
    for _ in 0..2 {
        scene.seal();
        accepted.extend(scene.accepted());
    }
    assert!(scene.read().is_empty());
    // Enough of them that the state is too large for them.
    for entry in accepted.into_iter().take(40) {
        assert!(scene.outbox.put_back(entry).is_ok());
    }
    scene.set_aside();
    assert_eq!(scene.read(), (1..=40).collect::<Vec<_>>());
    scene.seal();
    assert_eq!(scene.read(), (1..=40).collect::<Vec<_>>());
    assert_eq!(scene.accepted().len(), 40);
    assert!(scene.read().is_empty());
}

#[test]
fn lines_that_were_set_aside_twice_are_read_once() {
    let mut scene = Scene::with(96);
    scene.file.extend(scene.file.clone());
    assert_eq!(scene.read(), (1..=96).collect::<Vec<_>>());
}
