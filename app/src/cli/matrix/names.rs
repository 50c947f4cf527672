//! What a command line names: families, designs, attacks. For a name that there is not,
//! clap suggests the nearest that there is.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use doormat::experiment::{
    Family,
    attacks::{ATTACKS, Attack},
    design::{DESIGNS, Design},
};

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Attack(&'static Attack),
    LostDevice,
}

impl Asked {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Attack(attack) => attack.name,
            Self::LostDevice => "lost-device",
        }
    }
}

/// Every row that there is.
pub(super) fn everything() -> Vec<Asked> {
    let attacks = ATTACKS.iter().copied().map(Asked::Attack);
    attacks.chain([Asked::LostDevice]).collect()
}

/// The attacks among these rows.
pub(super) fn rows(asked: &[Asked]) -> Vec<&'static Attack> {
    let attacks = asked.iter().filter_map(|it| match it {
        Asked::Attack(attack) => Some(*attack),
        Asked::LostDevice => None,
    });
    attacks.collect()
}

pub(super) fn designs() -> impl TypedValueParser<Value = Design> {
    let names = DESIGNS.map(|design| design.name);
    PossibleValuesParser::new(names).try_map(|name| Design::named(&name).ok_or("no such design"))
}

pub(super) fn attacks() -> impl TypedValueParser<Value = Asked> {
    let names = everything().into_iter().map(Asked::name);
    PossibleValuesParser::new(names).try_map(|name| {
        let mut all = everything().into_iter();
        all.find(|it| it.name() == name).ok_or("no such attack")
    })
}

/// Those that are listed, each with its question.
pub(super) fn families() -> impl TypedValueParser<Value = Family> {
    let values = Family::listed().into_iter();
    let values = values.map(|it| PossibleValue::new(it.name()).help(it.question()));
    PossibleValuesParser::new(values).try_map(|name| Family::named(&name).ok_or("no such family"))
}
