//! One way to build a messenger: its place on every axis, and how it is described.

use super::{
    check::Check,
    client::{Client, SessionIds},
    custody::{Custody, Keeper},
    products::Products,
    randomness::{Generator, Registration, Since},
};
use crate::experiment::family::Family;
use crate::protocol::{ModeId, ScheduleId};

/// One way to build a messenger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Design {
    /// What it is called on the command line and in reports.
    pub name: &'static str,
    /// Whose column it is, apart from `e2e` and `escrow`, with which every family begins.
    pub family: Family,
    /// Who else gets each session key.
    pub mode: ModeId,
    /// How session keys come and go.
    pub schedule: ScheduleId,
    /// To how many authorities each session key is sealed, in the escrow mode.
    pub authorities: usize,
    /// How an authority keeps its private key.
    pub custody: Custody,
    /// How a receiver checks an access field.
    pub check: Check,
    /// Who holds that key.
    pub keeper: Keeper,
    /// What devices draw their random numbers from.
    pub generator: Generator,
    /// Since when they have this generator.
    pub since: Since,
    /// What a device says before it has keys.
    pub registration: Registration,
    /// What program runs on them.
    pub client: Client,
    /// Where session ids come from.
    pub session_ids: SessionIds,
    /// Whether both have the same product.
    pub products: Products,
}

impl Design {
    /// What it is, in a sentence. Every axis has its say.
    pub fn describe(&self) -> String {
        let Self {
            name: _,
            family: _,
            mode,
            schedule,
            authorities,
            custody,
            check,
            keeper,
            generator,
            since,
            registration,
            client,
            session_ids,
            products,
        } = *self;
        let mut parts = vec![describe_schedule(schedule).to_owned()];
        match mode {
            ModeId::EndToEnd => parts.push("nobody else gets it".to_owned()),
            ModeId::Escrow => {
                parts.push(custody.describe(authorities));
                parts.push(check.describe().to_owned());
            }
        }
        let others = [
            keeper.describe(),
            generator.describe(),
            client.describe(),
            since.describe(),
            registration.describe(),
            session_ids.describe(),
            products.describe(),
        ];
        parts.extend(others.into_iter().flatten().map(str::to_owned));
        format!("{}.", parts.join("; "))
    }

    /// In a few words, to stand beside its name: the first axis that is not as usual.
    pub fn gist(&self) -> String {
        let Self {
            name: _,
            family: _,
            mode,
            schedule,
            authorities,
            custody,
            check,
            keeper,
            generator,
            since,
            registration,
            client,
            session_ids,
            products,
        } = *self;
        let of_the_generator = match (generator, since, registration) {
            (Generator::System, ..) => None,
            (_, Since::Update, _) => since.gist(),
            (Generator::DualEcTrapdoor, Since::SetUp, Registration::Silent) => {
                Some("the same, and no nonce")
            }
            (_, Since::SetUp, Registration::Silent | Registration::Nonce) => generator.gist(),
        };
        let maker = [
            session_ids.gist(),
            of_the_generator,
            client.gist(),
            keeper.gist(),
            products.gist(),
        ];
        if let Some(gist) = maker.into_iter().flatten().next() {
            return gist.to_owned();
        }
        match mode {
            ModeId::EndToEnd => match schedule {
                ScheduleId::Ratchet => "a new key every turn".to_owned(),
                ScheduleId::Static => "one key for ever".to_owned(),
            },
            ModeId::Escrow => check
                .gist()
                .or_else(|| custody.gist())
                .or_else(|| {
                    (authorities > 1).then(|| format!("{authorities} authorities have copies"))
                })
                .unwrap_or_else(|| {
                    match schedule {
                        ScheduleId::Ratchet => "an authority has a copy",
                        ScheduleId::Static => "one key, and a copy",
                    }
                    .to_owned()
                }),
        }
    }
}

const fn describe_schedule(schedule: ScheduleId) -> &'static str {
    match schedule {
        ScheduleId::Ratchet => "a new session key every turn",
        ScheduleId::Static => "one session key in each direction, for ever",
    }
}
