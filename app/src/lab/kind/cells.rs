//! `cells`: four tapes, one of each cell of the fair comparison, and a seized phone. One of
//! the two messengers with an authority says on every envelope that it has none.

use super::{
    Files, Kind,
    bench::{self, Way},
    read,
};
use crate::lab::{Answers, Exercise, LabError, Variant, handout::Made};
use doormat::attack::SeizedDevice;
use doormat::crypto::{SessionKey, hpke::HpkeRefused};
use doormat::escrow::EscrowPrivateKey;
use doormat::mode::{EndToEnd, Escrow};
use doormat::protocol::{AccessContext, AccessField, Envelope, Mode, ModeId, ScheduleId};

/// The kind.
pub struct Cells;

const TAPES: [&str; 4] = ["a", "b", "c", "d"];
const PHONE: &str = "phone.json";

/// An escrow mode that says `e2e` on the wire.
struct Mislabelled(Escrow);

impl Mode for Mislabelled {
    fn id(&self) -> ModeId {
        ModeId::EndToEnd
    }

    fn disclose(
        &self,
        session_key: &SessionKey,
        context: &AccessContext,
    ) -> Result<Vec<AccessField>, HpkeRefused> {
        self.0.disclose(session_key, context)
    }
}

impl Kind for Cells {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Made, LabError> {
        let mut draw = variant.draw("cells");
        let key = EscrowPrivateKey::generate(&mut variant.generator("authority"));
        let escrow = Escrow(vec![*key.public()]);
        let liar = Mislabelled(escrow.clone());
        let mut cells = [
            (ModeId::EndToEnd, ScheduleId::Ratchet),
            (ModeId::EndToEnd, ScheduleId::Static),
            (ModeId::Escrow, ScheduleId::Ratchet),
            (ModeId::Escrow, ScheduleId::Static),
        ];
        draw.shuffle(&mut cells);
        // Of the two tapes with an authority, one says so.
        let lies = if draw.index(2) == 0 {
            ScheduleId::Ratchet
        } else {
            ScheduleId::Static
        };
        let seized = draw.index(TAPES.len());
        let mut made = Made::default();
        for (number, (tape, (mode, schedule))) in TAPES.into_iter().zip(cells).enumerate() {
            let really: &dyn Mode = match mode {
                ModeId::EndToEnd => &EndToEnd,
                ModeId::Escrow if schedule == lies => &liar,
                ModeId::Escrow => &escrow,
            };
            let way = Way {
                purpose: tape,
                schedule,
                modes: &[really],
                padded: false,
                seize_before: (number == seized).then_some("code"),
            };
            let carried = bench::carry(exercise, variant, &way)?;
            let ways = [format!("{mode} {schedule}"), format!("{schedule} {mode}")];
            made.either(tape, ways);
            for half in ["e2e", "escrow", "ratchet", "static"] {
                let note = "Give one of the four: a mode and a schedule.";
                made.decoy(tape, half, note);
            }
            if mode == ModeId::Escrow && schedule == lies {
                let said = format!("{} {schedule}", ModeId::EndToEnd);
                made.decoy(
                    tape,
                    said,
                    "The mode byte says so. What rides on the envelope says otherwise.",
                );
            }
            if let Some((_, state)) = carried.phone {
                let mut eve =
                    SeizedDevice::new(&state).map_err(|_| LabError::Unsolved("no phone"))?;
                let seen = bench::observe(&carried.tape, &mut eve)?;
                made.either("phone", [tape.to_owned(), format!("{tape}.pcapng")]);
                made.answer("reads", bench::numbers(&bench::read(&seen)));
                read::ask(exercise, &carried.told, &mut made);
                made.file(PHONE, state);
            }
            made.file(&format!("{tape}.pcapng"), carried.tape);
        }
        Ok(made)
    }

    fn solve(&self, exercise: &Exercise, files: &Files) -> Result<Answers, LabError> {
        let mut answers = Answers::default();
        for name in TAPES {
            let tape = bench::file(files, &format!("{name}.pcapng"))?;
            answers.0.insert(name.to_owned(), cell(tape)?);
            let phone = bench::file(files, PHONE)?;
            let mut eve = SeizedDevice::new(phone).map_err(|_| LabError::NoFile(PHONE.into()))?;
            let seen = bench::observe(tape, &mut eve)?;
            let read = bench::read(&seen);
            if read.is_empty() {
                continue;
            }
            let texts = bench::texts(&seen);
            answers.0.extend(read::spot(exercise, &texts));
            answers.0.insert("phone".to_owned(), name.to_owned());
            answers.0.insert("reads".to_owned(), bench::numbers(&read));
        }
        Ok(answers)
    }
}

/// What made a tape: by the access fields that ride on it, and by whether a sender's key ever
/// changes.
fn cell(tape: &[u8]) -> Result<String, LabError> {
    let packets = bench::packets(tape)?;
    let envelopes: Vec<_> = packets
        .iter()
        .filter_map(|packet| Envelope::decode(&packet.payload).ok())
        .collect();
    let first = envelopes
        .first()
        .ok_or(LabError::Unsolved("an empty tape"))?;
    let mode = if first.header.access.is_empty() {
        ModeId::EndToEnd
    } else {
        ModeId::Escrow
    };
    let turns = envelopes.iter().filter(|it| {
        it.header.sender == first.header.sender
            && it.header.ratchet_public != first.header.ratchet_public
    });
    let schedule = if turns.count() > 0 {
        ScheduleId::Ratchet
    } else {
        ScheduleId::Static
    };
    Ok(format!("{mode} {schedule}"))
}
