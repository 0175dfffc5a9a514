//! How the figures of a timepoint stand to those of the iUPD or iCPD, where they decide nothing: readers see them all the same.

use super::pending::Pending;
use super::walk::View;
use crate::response::target::MIN_GROWTH;
use crate::units::Micrometres;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// One figure beside the one it is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the numbers are those of the sentence")]
pub enum Figures {
    /// Both are known.
    Both { of: Measured, before: Micrometres, now: Micrometres },
    /// There was none before.
    First { of: Measured, now: Micrometres },
    /// A part is known now.
    Incomplete { of: Measured, evaluated: Micrometres },
}

/// What a figure belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measured {
    /// The sum of the targets.
    Targets,
    /// The sum of these new lesions.
    NewLesions(Vec<String>),
    /// A new lesion outside of that sum.
    Outside(String),
}

impl Pending {
    /// The figures of a timepoint, before it is remembered.
    pub(super) fn figures(&self, view: &View) -> Vec<Figures> {
        let targets = Measured::Targets;
        let of_targets = match (self.sum, view.read.sum_mm, view.read.partial_sum_mm) {
            (Some(before), Some(now), _) => Some(Figures::Both { of: targets, before, now }),
            (None, Some(now), _) => Some(Figures::First { of: targets, now }),
            (_, None, Some(evaluated)) => Some(Figures::Incomplete { of: targets, evaluated }),
            (_, None, None) => None,
        };
        let outside = view.new.outside.iter().map(|(lesion, now)| {
            let (of, now) = (Measured::Outside(lesion.clone()), *now);
            match self.outside.get(lesion) {
                Some(before) => Figures::Both { of, before: *before, now },
                None => Figures::First { of, now },
            }
        });
        of_targets.into_iter().chain(self.of_new_lesions(view)).chain(outside).collect()
    }

    /// Those that were measured before, which have a sum to compare with, and those measured for the first time.
    fn of_new_lesions(&self, view: &View) -> impl Iterator<Item = Figures> {
        let now = &view.new.diameters;
        let (again, first): (BTreeMap<_, _>, BTreeMap<_, _>) =
            now.iter().partition(|(lesion, _)| self.diameters.contains_key(*lesion));
        let names = |diameters: &BTreeMap<&String, &Micrometres>| diameters.keys().map(|lesion| (*lesion).clone()).collect();
        let sum = |diameters: &BTreeMap<&String, &Micrometres>| diameters.values().copied().copied().sum::<Micrometres>();
        let compared = (!again.is_empty()).then(|| {
            let (of, evaluated) = (Measured::NewLesions(names(&again)), sum(&again));
            if again.len() < self.diameters.len() {
                return Figures::Incomplete { of, evaluated };
            }
            Figures::Both { of, before: self.diameters.values().copied().sum(), now: evaluated }
        });
        let first = (!first.is_empty()).then(|| Figures::First { of: Measured::NewLesions(names(&first)), now: sum(&first) });
        compared.into_iter().chain(first)
    }
}

impl Figures {
    /// The sentence for readers.
    pub(super) fn text(&self, since: Date) -> String {
        match self {
            Self::Both { of, before, now } if before == now => format!("{of} is {now} mm, the same as since {since}"),
            Self::Both { of, before, now } => {
                let change = *now - *before;
                let verb = if change > Micrometres::ZERO { "rose" } else { "fell" };
                let is_sum = !matches!(of, Measured::Outside(_));
                let little = if is_sum && Micrometres(change.0.abs()) < MIN_GROWTH { ", less than 5 mm" } else { "" };
                format!("{of} {verb} from {before} to {now} mm since {since}{little}")
            }
            Self::First { of, now } => format!("{of} is {now} mm, the first figure since {since}"),
            Self::Incomplete { of: Measured::Targets, evaluated } => {
                format!("the evaluated targets sum to {evaluated} mm: without a complete sum growth since {since} is not told")
            }
            Self::Incomplete { of, evaluated } => {
                format!("{of} is {evaluated} mm: without the others growth since {since} is not told")
            }
        }
    }
}

impl std::fmt::Display for Measured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Targets => write!(f, "the sum of the targets"),
            Self::NewLesions(lesions) => write!(f, "the sum of the new lesions ({})", lesions.join(", ")),
            Self::Outside(lesion) => write!(f, "{lesion}, a new lesion outside of the sum,"),
        }
    }
}
