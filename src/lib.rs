//! **doormat**: a laboratory for one question. *What changes when a messenger
//! must keep a spare key for somebody else?*
//!
//! Two messaging modes share one transport. One wraps every session key for an
//! escrow authority; the other is purely end-to-end. An attacker records the
//! wire, steals something, and the program measures what she can then read.
//!
//! # What to read, in which order
//!
//! 1. [`mode::e2e`] and [`mode::escrow`], side by side: the whole difference.
//! 2. [`protocol::disclosure`]: where a session asks a mode its one question.
//! 3. [`protocol::access`]: a session key, sealed to somebody else.
//! 4. [`attack::escrow_leak`]: what the stolen key does.
//! 5. [`experiment::leak`]: the fair comparison, start to end.
//! 6. [`experiment::design`], [`experiment::attacks`] and [`experiment::matrix`]: every other
//!    theft, every other way to keep the key.
//! 7. [`protocol`], then [`crypto`]: what is the same in both modes.
//!
//! The program around this library, with its reports, exercises and projector page, is in
//! `app`. `docs/architecture.md` goes from each idea to its file.
//!
//! `docs/spec.md` describes every byte. Comments cite it as *spec §n*.
//!
//! # One way
//!
//! ```text
//! participant → session (sealed under a mode) → transport → tap → tape → attack → exposure → report
//! ```
//!
//! Attackers never see a participant's state: they have a tape and some loot.
//! Nothing below [`experiment`] reads a clock, a file or the system's randomness.
//!
//! # In a dozen lines
//!
//! ```
//! use doormat::{attack::{EscrowLeak, Exposure, Tally}, experiment::{seed, Conversation, Recording}};
//! use doormat::{escrow::EscrowPrivateKey, mode::Escrow, protocol::ScheduleId, tape::Reader};
//!
//! let key = EscrowPrivateKey::generate(&mut seed::generator(7, "authority"));
//! let mode = Escrow(vec![*key.public()]);
//! let mut rng = seed::generator(7, "escrow");
//! let talk = Conversation::default();
//! let recording = Recording::make(&talk, &mode, ScheduleId::Ratchet, &mut rng, &|| {})?;
//!
//! let mut eve = EscrowLeak::new(key);
//! let mut tally = Tally::default();
//! for packet in Reader::new(recording.tape.as_slice())? {
//!     if let Some(seen) = tally.play(&packet?, &mut eve) {
//!         assert!(matches!(seen.exposure, Exposure::Read(_)));
//!     }
//! }
//! assert_eq!(tally.read, 8);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod attack;
pub mod crypto;
pub mod escrow;
pub mod experiment;
pub mod mode;
pub mod protocol;
pub mod tape;
pub mod transport;
