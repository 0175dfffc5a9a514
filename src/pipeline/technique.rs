//! How a lesion was imaged, and how that differs from baseline (recist-rules, W6 and W8).

use super::marks::Mark;

/// What is compared with baseline.
pub(super) struct Technique {
    modality: String,
    spacing_between_slices_mm: f64,
}

/// How close an image is to the technique of baseline, closest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// The same modality and the same distance of slices.
    Same,
    /// Not the same, but figures can be compared.
    Comparable,
    /// Figures cannot be compared unless somebody says so.
    Changed,
}

/// Distances of slices that differ by less are the same: headers are rounded.
const SAME_SPACING_MM: f64 = 0.01;

impl Technique {
    /// How a lesion was imaged.
    pub(super) fn of(mark: &Mark<'_>) -> Self {
        Self {
            modality: mark.series.modality.clone(),
            spacing_between_slices_mm: mark.loaded.mask.geometry.spacing_between_slices(),
        }
    }

    /// What changed since baseline so that figures cannot be compared: the modality, or slices more than twice as thick.
    pub(super) fn change(&self, now: &Self) -> Option<String> {
        if self.modality != now.modality {
            return Some(format!("{} instead of {}", now.modality, self.modality));
        }
        let (before, after) = (self.spacing_between_slices_mm, now.spacing_between_slices_mm);
        (after > 2.0 * before).then(|| format!("slices every {after:.1} mm instead of {before:.1} mm"))
    }

    /// How close another image is to this one.
    pub(super) fn likeness(&self, now: &Self) -> Likeness {
        match self.change(now) {
            Some(_) => Likeness::Changed,
            None if (self.spacing_between_slices_mm - now.spacing_between_slices_mm).abs() < SAME_SPACING_MM => Likeness::Same,
            None => Likeness::Comparable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_of_the_same_distance_are_closer_than_others_and_twice_as_thick_is_the_limit() {
        let ct = |spacing_between_slices_mm: f64| Technique { modality: "CT".into(), spacing_between_slices_mm };
        let mr = Technique { modality: "MR".into(), spacing_between_slices_mm: 2.5 };
        for (now, expected) in [
            (ct(2.5), Likeness::Same),
            (ct(2.500_1), Likeness::Same),
            (ct(1.0), Likeness::Comparable),
            (ct(5.0), Likeness::Comparable),
            (ct(5.1), Likeness::Changed),
            (mr, Likeness::Changed),
        ] {
            assert_eq!(ct(2.5).likeness(&now), expected, "{} {}", now.modality, now.spacing_between_slices_mm);
        }
    }
}
