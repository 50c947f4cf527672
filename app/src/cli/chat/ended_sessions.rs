//! Which sessions a chat has ended because they were said to be lost: a bounded number, because
//! what says so is not authenticated (spec §9.2).

use std::collections::BTreeMap;

use doormat::protocol::{Device, Name, SessionId};

/// Sessions with one peer that are ended because they were said to be lost, in one run of the
/// program. A relay that says so each time would strip the forward secrecy of all that follows.
pub(super) const MAX_ENDED: usize = 16;

/// The sessions that were ended in this run.
#[derive(Default)]
pub(super) struct EndedSessions(BTreeMap<Name, Vec<SessionId>>);

/// What becomes of a session that was said to be lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// It is ended.
    Now,
    /// It was ended before.
    Before,
    /// Too many were ended.
    Kept,
}

impl EndedSessions {
    /// Counts a session of the device's that is to be ended, once.
    pub(super) fn insert(&mut self, device: &Device, peer: &Name, session: &SessionId) -> Ending {
        if device.session(peer, session).is_none() {
            return Ending::Before;
        }
        // Strangers come and go: no more peers than the device knows.
        self.0.retain(|name, _| device.contact(name).is_some());
        let ended = self.0.entry(peer.clone()).or_default();
        if ended.contains(session) {
            return Ending::Before;
        }
        if ended.len() >= MAX_ENDED {
            return Ending::Kept;
        }
        ended.push(*session);
        Ending::Now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use rand::{SeedableRng, rngs::ChaCha20Rng};

    use doormat::protocol::{ModeId, ScheduleId};

    #[test]
    fn sessions_are_not_ended_without_limit() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let name = |it| Name::new(it).expect("a name");
        let mut device = Device::new(name("alice"), &mut rng);
        let mut ended = EndedSessions::default();
        let mut begin = |device: &mut Device, peer: &Name| {
            let bundle = Device::new(peer.clone(), &mut rng).lasting_bundle();
            device.forget(peer);
            let begun = device.begin(&bundle, ModeId::EndToEnd, ScheduleId::Ratchet, &mut rng);
            begun.expect("a session")
        };
        let bob = name("bob");
        for _ in 0..MAX_ENDED {
            let session = begin(&mut device, &bob);
            // Many envelopes of one session end it once.
            assert_eq!(ended.insert(&device, &bob, &session), Ending::Now);
            assert_eq!(ended.insert(&device, &bob, &session), Ending::Before);
        }
        let kept = begin(&mut device, &bob);
        assert_eq!(ended.insert(&device, &bob, &kept), Ending::Kept);
        // What one peer uses up, another has still.
        let carol = name("carol");
        let session = begin(&mut device, &carol);
        assert_eq!(ended.insert(&device, &carol, &session), Ending::Now);
    }

    #[test]
    fn strangers_who_were_forgotten_are_not_counted() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let name = |it: &str| Name::new(it).expect("a name");
        let mut device = Device::new(name("alice"), &mut rng);
        let mut ended = EndedSessions::default();
        for number in 0..64 {
            let peer = name(&format!("stranger-{number}"));
            let bundle = Device::new(peer.clone(), &mut rng).lasting_bundle();
            let begun = device.begin(&bundle, ModeId::EndToEnd, ScheduleId::Ratchet, &mut rng);
            let ending = ended.insert(&device, &peer, &begun.expect("a session"));
            assert_eq!(ending, Ending::Now);
            device.forget(&peer);
        }
        assert!(ended.0.len() <= 1);
    }
}
