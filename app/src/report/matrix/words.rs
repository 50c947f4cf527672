//! What each attack is, in words: what is stolen and when, what it teaches, and who
//! said so first.

use doormat::experiment::matrix::AttackId;

/// One row, told.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// What is stolen, or done.
    pub loot: &'static str,
    /// When.
    pub when: &'static str,
    /// What is tried with it.
    pub tried: &'static str,
    /// Two sentences on what it teaches.
    pub lesson: &'static str,
    /// Where the argument comes from.
    pub source: &'static str,
}

/// An attack in words.
pub const fn words(row: AttackId) -> Words {
    match row {
        AttackId::Wiretap => Words {
            loot: "nothing: the tape alone",
            when: "she listens from the first message to the last",
            tried: "every field of 32 bytes in an envelope's header, as its session key and as its message key",
            lesson: "Recording is cheap, and what is not sealed to her stays shut in every design. \
                     Who writes to whom, when and how much is open in every design.",
            source: "RFC 7258, Pervasive Monitoring Is an Attack (2014)",
        },
        AttackId::EscrowKey => Words {
            loot: "an authority's private key, 32 bytes, while it is in use and in one piece",
            when: "at the theft; she has been recording since the first message",
            tried: "unwrapping each access field, then deriving each message key of its run",
            lesson: "The key opens whatever was sealed to it, recorded before the leak or after: \
                     the ratchet's forward secrecy does not hold against somebody who is handed every \
                     session key. End-to-end the same key is tried, and nothing is sealed to it.",
            source: "Abelson et al., The Risks of Key Recovery (1997) and Keys Under Doormats (2015)",
        },
        AttackId::OneShare => Words {
            loot: "one of the shares that the escrow key is split into",
            when: "at the theft",
            tried: "the share itself as the escrow key; that nothing better can be tried is Shamir's proof",
            lesson: "Below the threshold, shares say nothing of the key: every key is as likely as \
                     before. Splitting protects the key while nobody uses it; to be used it is put \
                     together, and then the row escrow-key applies.",
            source: "Shamir, How to Share a Secret, CACM 22(11) (1979)",
        },
        AttackId::TwoShares => Words {
            loot: "two of the three shares",
            when: "at the theft",
            tried: "putting them together, then as with a whole key",
            lesson: "At the threshold the shares are the key, and it opens everything, the past too. \
                     Whoever puts it together to serve one warrant could serve any.",
            source: "NIST's fact sheet on Clipper (1993): unit keys were split between two agents",
        },
        AttackId::OneJurisdiction => Words {
            loot: "the private key of one authority of three",
            when: "at the theft",
            tried: "unwrapping the one access field of three that is sealed to it",
            lesson: "Each authority's field holds the same session key, so the weakest keeper decides \
                     for all. A messenger that serves several countries is as safe as its messages \
                     are in the one that keeps its key worst.",
            source: "Abelson et al., Keys Under Doormats (2015), on access by many jurisdictions",
        },
        AttackId::EpochKey => Words {
            loot: "the key of the epoch in which the theft takes place",
            when: "at the theft; older keys are destroyed, later ones not drawn yet",
            tried: "unwrapping each access field, of whatever epoch",
            lesson: "Destroying keys bounds a leak to an epoch, and to the runs that began in it: a \
                     session key that lives on stays sealed as it was. It bounds lawful access and \
                     recovery alike: they are the same ability.",
            source: "Abelson et al., The Risks of Key Recovery (1997), on keys that must be kept",
        },
        AttackId::RelayDatabase => Words {
            loot: "a copy of the relay's database: the mail that waits, the directory of key bundles",
            when: "at the theft, before the last message is fetched; she has no tape",
            tried: "every public value in it, as a key of each waiting envelope",
            lesson: "A relay that holds no keys has none to lose. What it does hold, who waits for \
                     whose mail, is lost with it; and a disk forgets less than a relay means to.",
            source: "Open Whisper Systems, answer to a grand jury subpoena (2016): the two dates that it had",
        },
        AttackId::SeizedDevice => Words {
            loot: "every key on the device that wrote last, which is then given back",
            when: "at the theft, just after a message was sent",
            tried: "every chain, key pair and prekey in it, going on as its owner would",
            lesson: "A ratchet forgets each key that it has used, with escrow or without. A thief who \
                     only listens is locked out once the owner writes under a new key pair; one who \
                     writes in the owner's name stays. A static key opens all of the past and all of \
                     the future. Texts that a device stores are open in any design: not counted.",
            source: "Perrin and Marlinspike, The Double Ratchet Algorithm (2016)",
        },
        AttackId::KeySubstitution => Words {
            loot: "nothing: the relay itself hands out its own keys",
            when: "on first contact",
            tried: "opening each envelope, reading it, and sealing it again",
            lesson: "End-to-end is only as good as knowing whose end it is, and every design falls. \
                     Two people who compare their safety numbers see it; nothing else in these designs does.",
            source: "Marlinspike and Perrin, The X3DH Key Agreement Protocol (2016), §4.1",
        },
        AttackId::GhostDevice => Words {
            loot: "nothing: the relay itself adds a device to each side's list",
            when: "at the theft",
            tried: "opening the copy that senders seal for it",
            lesson: "Nothing is broken: one more end is added to end-to-end, from that moment on. A \
                     safety number that the other side does not have shows it, unless the program \
                     hides that too, as the proposal of 2018 asks for.",
            source: "Levy and Robinson (GCHQ), Principles for a More Informed Exceptional Access Debate (2018)",
        },
        AttackId::DeskInsider => Words {
            loot: "the use of the desk's engine, without its desk",
            when: "after the desk has served one honest warrant",
            tried: "having the engine open the access fields of a target, the recorded ones too",
            lesson: "A log tells what the desk did, not what the engine did: it verifies, and tells \
                     of one warrant. A counter that the engine cannot avoid shows the rest; one who feeds \
                     the desk an altered recording under an honest warrant would not even show there.",
            source: "Prevelakis and Spinellis, The Athens Affair, IEEE Spectrum 44(7) (2007)",
        },
        AttackId::ForgedAccess => Words {
            loot: "nothing: senders forge the access fields of what they send, and receivers are honest; what is read is what the authority reads",
            when: "from the first message on",
            tried: "random fields, until the receiver's own check passes one, at most 2^20 for a session key; once one is refused they give up, and send honestly",
            lesson: "A check of 16 bits is passed after some 2^16 tries, and the authority then holds a \
                     field that opens nothing. A receiver that computes the field anew refuses every \
                     forgery.",
            source: "Blaze, Protocol Failure in the Escrowed Encryption Standard (1994)",
        },
        AttackId::DoubleEncryption => Words {
            loot: "nothing: the two who talk encrypt end-to-end before they write; what is read is what the authority reads",
            when: "from the first message on",
            tried: "the authority opens each message, and what it finds in it",
            lesson: "Access binds those who let it: two who encrypt before they write are opened, and \
                     read by nobody. What escrow reliably reads is everybody else.",
            source: "Blaze (1994), on encrypting before the chip does; Abelson et al. (2015)",
        },
    }
}
