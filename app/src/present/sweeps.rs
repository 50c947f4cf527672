//! The results of every theft at every moment, computed in the background while the class
//! talks, so that the page has them when the theft is dragged.

use std::{
    ops::Range,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use serde::Serialize;

use super::{
    heat::{AttackView, MatrixView},
    view::Progress,
};
use doormat::experiment::{
    Conversation, ExperimentError, Setting,
    attacks::ATTACKS,
    design::{DESIGNS, Design},
    matrix,
    sweep::{self, Sweep},
};

/// What there is so far.
#[derive(Default)]
pub(super) struct Results {
    kept: Mutex<Kept>,
    /// The conversation that results are wanted of, by [`super::stage::Stage::said`].
    wanted: AtomicU64,
}

#[derive(Default)]
struct Kept {
    progress: Progress,
    designs: Vec<DesignView>,
    matrix: Option<MatrixView>,
}

/// One design, and what falls whenever something is stolen.
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

/// What the scrubber needs.
#[derive(Debug, Clone, Serialize)]
pub(super) struct SweepView {
    progress: Progress,
    attacks: Vec<AttackView>,
    designs: Vec<DesignView>,
}

impl Results {
    pub(super) fn progress(&self) -> Progress {
        self.lock().progress.clone()
    }

    pub(super) fn sweep(&self) -> SweepView {
        let kept = self.lock();
        SweepView {
            progress: kept.progress.clone(),
            attacks: AttackView::all(),
            designs: kept.designs.clone(),
        }
    }

    pub(super) fn matrix(&self) -> Option<MatrixView> {
        self.lock().matrix.clone()
    }

    /// From now on results are wanted of this conversation, if there is one.
    pub(super) fn want(&self, said: u64, messages: usize) {
        self.wanted.store(said, Ordering::SeqCst);
        let mut kept = self.lock();
        *kept = Kept::default();
        kept.progress = Progress {
            of: match messages {
                0 => 0,
                _ => DESIGNS.len() * ATTACKS.len() * 2,
            },
            said,
            ..Progress::default()
        };
    }

    /// Computes everything, unless something else is wanted meanwhile. `told` is called
    /// whenever there is more.
    pub(super) fn compute(
        &self,
        conversation: &Conversation,
        seed: u64,
        said: u64,
        told: &(dyn Fn() + Sync),
    ) {
        if let Err(defect) = self.try_to_compute(conversation, seed, said, told) {
            self.keep(said, |kept| kept.progress.failed = Some(defect.to_string()));
            told();
        }
    }

    fn try_to_compute(
        &self,
        conversation: &Conversation,
        seed: u64,
        said: u64,
        told: &(dyn Fn() + Sync),
    ) -> Result<(), ExperimentError> {
        let wanted = || self.wanted.load(Ordering::SeqCst) == said;
        let step = || {
            let mut kept = self.lock();
            if kept.progress.said == said {
                kept.progress.done += 1;
            }
            drop(kept);
            told();
        };
        let messages = conversation.lines().len();
        for design in DESIGNS {
            if !wanted() {
                return Ok(());
            }
            let swept = sweep::run(design, ATTACKS, conversation, seed, &step)?;
            self.keep(said, |kept| {
                kept.designs.push(DesignView::of(&swept, messages));
                kept.progress.designs = kept.designs.len();
            });
            told();
        }
        if !wanted() {
            return Ok(());
        }
        let setting = Setting {
            progress: &step,
            ..Setting::new(conversation, seed, messages / 2)
        };
        let matrix = matrix::run(&DESIGNS, ATTACKS, &setting)?;
        self.keep(said, |kept| {
            kept.matrix = Some(MatrixView::of(&matrix));
            kept.progress.matrix = true;
        });
        told();
        Ok(())
    }

    fn keep(&self, said: u64, put: impl FnOnce(&mut Kept)) {
        let mut kept = self.lock();
        if kept.progress.said == said {
            put(&mut kept);
        }
    }

    /// Nothing can panic where it is held.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
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

/// Where an authority takes a new key.
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
