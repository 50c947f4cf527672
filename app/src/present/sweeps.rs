//! The results of every attack at every moment of theft, computed in the background, so that
//! the page has them when somebody drags the theft.

use std::{
    ops::Range,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use serde::Serialize;

use super::{
    matrix_view::{AttackView, MatrixView},
    view::SweepProgress,
};
use crate::report::matrix::json::FamilyTable;
use doormat::experiment::{
    Conversation, ExperimentError, Family, Setting,
    design::Design,
    sweep::{self, Sweep},
    tables,
};

/// What is computed so far.
#[derive(Default)]
pub(super) struct SweepResults {
    computed: Mutex<Computed>,
    /// The revision of the conversation to compute, [`super::state::LessonState::revision`].
    wanted: AtomicU64,
}

#[derive(Default)]
struct Computed {
    progress: SweepProgress,
    designs: Vec<DesignView>,
    matrix: Option<MatrixView>,
}

/// One design, and which messages each attack of its families reads at each moment of theft.
#[derive(Debug, Clone, Serialize)]
pub(super) struct DesignView {
    design: &'static str,
    told: String,
    gist: String,
    /// The messages with which a new epoch begins, if its authority's key changes.
    epochs: Vec<usize>,
    thefts: Vec<TheftView>,
}

#[derive(Debug, Clone, Serialize)]
struct TheftView {
    attack: &'static str,
    /// Why there is nothing to attack.
    why: Option<&'static str>,
    /// For each number of messages before the theft: which were read, as ranges.
    read: Vec<Vec<Range<usize>>>,
}

/// What the page's scrubber shows.
#[derive(Debug, Clone, Serialize)]
pub(super) struct SweepView {
    progress: SweepProgress,
    families: Vec<FamilyTable>,
    attacks: Vec<AttackView>,
    designs: Vec<DesignView>,
}

impl SweepResults {
    pub(super) fn progress(&self) -> SweepProgress {
        self.lock().progress.clone()
    }

    pub(super) fn sweep(&self) -> SweepView {
        let computed = self.lock();
        SweepView {
            progress: computed.progress.clone(),
            families: Family::listed().iter().map(FamilyTable::of).collect(),
            attacks: AttackView::all(),
            designs: computed.designs.clone(),
        }
    }

    pub(super) fn matrix(&self) -> Option<MatrixView> {
        self.lock().matrix.clone()
    }

    /// Discards the results, and computes those of this conversation from now on.
    pub(super) fn want(&self, revision: u64, messages: usize) {
        self.wanted.store(revision, Ordering::SeqCst);
        let mut computed = self.lock();
        *computed = Computed::default();
        computed.progress = SweepProgress {
            of: match messages {
                0 => 0,
                _ => tables::cells(&Family::listed()) * 2,
            },
            said: revision,
            ..SweepProgress::default()
        };
    }

    /// Computes everything, until another conversation is wanted. Calls `notify` after each
    /// step.
    pub(super) fn compute(
        &self,
        conversation: &Conversation,
        seed: u64,
        revision: u64,
        notify: &(dyn Fn() + Sync),
    ) {
        if let Err(defect) = self.try_to_compute(conversation, seed, revision, notify) {
            self.update(revision, |computed| {
                computed.progress.failed = Some(defect.to_string())
            });
            notify();
        }
    }

    fn try_to_compute(
        &self,
        conversation: &Conversation,
        seed: u64,
        revision: u64,
        notify: &(dyn Fn() + Sync),
    ) -> Result<(), ExperimentError> {
        let wanted = || self.wanted.load(Ordering::SeqCst) == revision;
        let step = || {
            let mut computed = self.lock();
            if computed.progress.said == revision {
                computed.progress.done += 1;
            }
            drop(computed);
            notify();
        };
        let messages = conversation.lines().len();
        let families = Family::listed();
        // The first family comes first, and last the one whose attacks search longest.
        let (last, first): (Vec<_>, Vec<_>) =
            families.iter().partition(|it| **it == Family::Generator);
        let mut plan = tables::plan(&first);
        plan.extend(tables::plan(&last));
        for (design, attacks) in plan {
            if !wanted() {
                return Ok(());
            }
            let swept = sweep::run(design, &attacks, conversation, seed, &step)?;
            self.update(revision, |computed| {
                computed.add(DesignView::of(&swept, messages))
            });
            notify();
        }
        if !wanted() {
            return Ok(());
        }
        let setting = Setting {
            progress: &step,
            ..Setting::new(conversation, seed, messages / 2)
        };
        let tables = tables::run(&families, &setting)?;
        self.update(revision, |computed| {
            computed.matrix = Some(MatrixView::of(&tables));
            computed.progress.matrix = true;
        });
        notify();
        Ok(())
    }

    fn update(&self, revision: u64, put: impl FnOnce(&mut Computed)) {
        let mut computed = self.lock();
        if computed.progress.said == revision {
            put(&mut computed);
        }
    }

    /// No code panics while it is held.
    fn lock(&self) -> MutexGuard<'_, Computed> {
        self.computed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Computed {
    /// What came of a design, or more of it.
    fn add(&mut self, design: DesignView) {
        let mut known = self.designs.iter_mut();
        match known.find(|it| it.design == design.design) {
            Some(known) => known.thefts.extend(design.thefts),
            None => self.designs.push(design),
        }
        self.progress.designs = self.designs.len();
    }
}

impl DesignView {
    fn of(swept: &Sweep, messages: usize) -> Self {
        let thefts = swept.thefts.iter().map(|theft| TheftView {
            attack: theft.attack.name,
            why: theft.read.as_ref().err().copied(),
            read: match &theft.read {
                Ok(read) => read.iter().map(|read| ranges(read)).collect(),
                Err(_) => Vec::new(),
            },
        });
        Self {
            design: swept.design.name,
            told: swept.design.describe(),
            gist: swept.design.gist(),
            epochs: epochs(&swept.design, messages),
            thefts: thefts.collect(),
        }
    }
}

/// The messages with which an authority takes a new key.
fn epochs(design: &Design, messages: usize) -> Vec<usize> {
    let epoch = |number| design.custody.epoch(number, messages);
    let begins = |number: &usize| epoch(*number) != epoch(number - 1);
    (1..messages).filter(begins).collect()
}

/// `[false, true, true, false, true]` is `1..3, 4..5`.
fn ranges(read: &[bool]) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for (number, _) in read.iter().enumerate().filter(|(_, read)| **read) {
        match ranges.last_mut() {
            Some(last) if last.end == number => last.end += 1,
            _ => ranges.push(number..number + 1),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_what_was_read() {
        assert_eq!(ranges(&[false, true, true, false, true]), [1..3, 4..5]);
        assert!(ranges(&[false; 3]).is_empty());
    }
}
