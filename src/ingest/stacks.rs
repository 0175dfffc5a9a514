//! Several stacks in one series (phases, echoes, b-values, a scout): found, offered, never interleaved.

use super::image_file::{FrameHeader, ImageFile};
use crate::volume::{NotAVolume, SlicePlane, stack_slices};
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

/// A frame with the file it came from.
pub(super) type Slice<'a> = (&'a ImageFile, &'a FrameHeader);

/// Attributes that may tell stacks apart, in the order in which they are offered. The last three are not attributes but what
/// geometry shows.
const KEYWORDS: [&str; 16] = [
    "StackID",
    "TemporalPositionIndex",
    "TemporalPositionIdentifier",
    "EchoTime",
    "EffectiveEchoTime",
    "DiffusionBValue",
    "AcquisitionNumber",
    "FrameAcquisitionNumber",
    "TriggerTime",
    "ImageType",
    "ConvolutionKernel",
    "DiffusionDirectionality",
    "ContentTime",
    ORIENTATION,
    MATRIX,
    PIXEL_SPACING,
];

const ORIENTATION: &str = "Orientation";
const MATRIX: &str = "Matrix";
const PIXEL_SPACING: &str = "PixelSpacing";

/// Attributes that are the same in all slices of one image. Where they differ two images were acquired, even if the slices of
/// both together are regular.
const CONSTANT: [&str; 7] = [
    "StackID",
    "TemporalPositionIndex",
    "TemporalPositionIdentifier",
    "EchoTime",
    "EffectiveEchoTime",
    "DiffusionBValue",
    "ConvolutionKernel",
];

/// One way to choose a stack: the slices that have this value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackChoice {
    keyword: &'static str,
    value: String,
}

impl FromStr for StackChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (keyword, value) = text.split_once('=').ok_or("KEYWORD=VALUE is expected, for example EchoTime=4.6")?;
        let known = KEYWORDS.into_iter().find(|known| known.eq_ignore_ascii_case(keyword.trim()));
        let keyword = known.ok_or_else(|| format!("`{keyword}` tells no stacks apart; these do: {}", KEYWORDS.join(", ")))?;
        Ok(Self { keyword, value: comparable(value) })
    }
}

/// Which stacks are meant where a series holds several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StackChoices {
    /// For every series.
    pub all: Vec<StackChoice>,
    /// For one series, by its Series Instance UID; these count before those for all.
    pub by_series: BTreeMap<String, Vec<StackChoice>>,
}

impl StackChoices {
    pub(super) fn of(&self, series_instance_uid: &str) -> Vec<StackChoice> {
        let own = self.by_series.get(series_instance_uid).into_iter().flatten();
        own.chain(&self.all).cloned().collect()
    }
}

/// One way to split a series: an attribute, and how many slices have each of its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Keyword of the attribute.
    pub keyword: &'static str,
    /// Value and number of slices.
    pub values: Vec<(String, usize)>,
}

impl std::fmt::Display for Split {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let values: Vec<String> = self.values.iter().map(|(value, slices)| format!("{value} ({slices} slices)")).collect();
        write!(f, "{} {}", self.keyword, values.join(", "))
    }
}

/// A value as it is shown and compared: numbers without padding zeros.
fn comparable(value: &str) -> String {
    let trimmed = value.trim();
    match trimmed.parse::<f64>() {
        Ok(number) if number.is_finite() => number.to_string(),
        _ => trimmed.to_string(),
    }
}

/// What a frame has of an attribute that may tell stacks apart.
fn value_of(frame: &FrameHeader, keyword: &str) -> Option<String> {
    let plane = &frame.plane;
    match keyword {
        ORIENTATION => {
            let normal = plane.row_direction.cross(&plane.column_direction);
            Some(crate::volume::in_plane_name(normal).to_string())
        }
        MATRIX => Some(format!("{}x{}", plane.columns, plane.rows)),
        PIXEL_SPACING => Some(format!("{}\\{}", plane.spacing_mm[1], plane.spacing_mm[0])),
        _ => frame.split.iter().find(|(name, _)| *name == keyword).map(|(_, value)| comparable(value)),
    }
}

/// Slices by their value of one attribute; those without it are `none`.
fn groups<'s, 'a>(slices: &'s [Slice<'a>], keyword: &str) -> BTreeMap<String, Vec<&'s Slice<'a>>> {
    let mut groups: BTreeMap<String, Vec<&Slice<'_>>> = BTreeMap::new();
    for slice in slices {
        groups.entry(value_of(slice.1, keyword).unwrap_or_else(|| "none".to_string())).or_default().push(slice);
    }
    groups
}

fn planes(slices: &[&Slice<'_>]) -> Vec<SlicePlane> {
    slices.iter().map(|(_, frame)| frame.plane.clone()).collect()
}

/// The ways to split slices that are no volume, because of `reason`, into stacks that are one; empty when there is none.
pub(super) fn splits(slices: &[Slice<'_>], reason: &NotAVolume) -> Vec<Split> {
    let useful = |keyword: &&'static str| {
        let groups = groups(slices, keyword);
        let geometry = [ORIENTATION, MATRIX, PIXEL_SPACING].contains(keyword);
        let least = if geometry { 2 } else { 1 };
        if groups.len() < 2 || 2 * groups.len() > slices.len() || groups.values().any(|own| own.len() < least) {
            return false;
        }
        let whole = |own: &Vec<&Slice<'_>>| covers(&own.iter().map(|slice| **slice).collect::<Vec<_>>(), slices);
        if !CONSTANT.contains(keyword) && !groups.values().all(whole) {
            return false;
        }
        groups.values().all(|own| match (stack_slices(&planes(own), 1.0), reason) {
            (Ok(_), _) => true,
            // A stack that was separated and has a hole is a stack: it is told when it is chosen.
            (Err(NotAVolume::Gap { .. } | NotAVolume::Shifted { .. }), reason) => {
                own.len() > 2 && matches!(reason, NotAVolume::SamePosition { .. } | NotAVolume::Differs { .. })
            }
            _ => false,
        })
    };
    let mut found: Vec<&'static str> = KEYWORDS.into_iter().filter(|keyword| useful(keyword)).collect();
    if let (true, NotAVolume::SamePosition { .. }) = (found.is_empty(), reason) {
        // Two attributes may be needed, or one tells only some of them apart: those that differ at one position are where to begin.
        let pairs = at_one_position(slices);
        let differs = |keyword: &&'static str| {
            let apart = |(a, b): &(usize, usize)| value_of(slices[*a].1, keyword) != value_of(slices[*b].1, keyword);
            pairs.iter().any(apart) && 2 * groups(slices, keyword).len() <= slices.len()
        };
        found = KEYWORDS.into_iter().filter(differs).collect();
    }
    found.into_iter().map(|keyword| split(slices, keyword)).collect()
}

/// Neighbours along the normal that lie at the same position.
fn at_one_position(slices: &[Slice<'_>]) -> Vec<(usize, usize)> {
    let plane = &slices[0].1.plane;
    let normal = plane.row_direction.cross(&plane.column_direction);
    let along: Vec<f64> = slices.iter().map(|(_, frame)| normal.dot(&frame.plane.position.0)).collect();
    let mut order: Vec<usize> = (0..slices.len()).collect();
    order.sort_by(|&a, &b| along[a].total_cmp(&along[b]));
    let same = |pair: &&[usize]| along[pair[1]] - along[pair[0]] < 0.01;
    order.windows(2).filter(same).map(|pair| (pair[0], pair[1])).collect()
}

/// A split of slices that are regular together although they are two images: one lies between the slices of the other.
pub(super) fn interleaved(slices: &[Slice<'_>]) -> Option<Split> {
    let keyword = CONSTANT.into_iter().find(|keyword| {
        let groups = groups(slices, keyword);
        if groups.len() < 2 || groups.values().any(|own| own.len() < 2) {
            return false;
        }
        let normal = slices[0].1.plane.row_direction.cross(&slices[0].1.plane.column_direction);
        let extents: Option<Vec<(f64, f64)>> = groups
            .values()
            .map(|own| {
                stack_slices(&planes(own), 1.0).ok()?;
                let along = own.iter().map(|(_, frame)| normal.dot(&frame.plane.position.0));
                Some(along.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| (low.min(at), high.max(at))))
            })
            .collect();
        let Some(mut extents) = extents else { return false };
        extents.sort_by(|a, b| a.0.total_cmp(&b.0));
        extents.windows(2).any(|pair| pair[1].0 < pair[0].1)
    })?;
    Some(split(slices, keyword))
}

fn split(slices: &[Slice<'_>], keyword: &'static str) -> Split {
    let values = groups(slices, keyword).into_iter().map(|(value, own)| (value, own.len()));
    let mut values: Vec<(String, usize)> = values.collect();
    // Numbers in their order.
    values.sort_by(|(a, _), (b, _)| match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.total_cmp(&b),
        _ => a.cmp(b),
    });
    Split { keyword, values }
}

/// The slices that a choice keeps; `None` when it keeps all or none of them.
pub(super) fn kept<'a>(slices: &[Slice<'a>], choice: &StackChoice) -> Option<Vec<Slice<'a>>> {
    let has = |(_, frame): &&Slice<'a>| value_of(frame, choice.keyword).as_ref() == Some(&choice.value);
    let kept: Vec<Slice<'a>> = slices.iter().filter(has).copied().collect();
    let whole = CONSTANT.contains(&choice.keyword) || covers(&kept, slices);
    (!kept.is_empty() && kept.len() < slices.len() && whole).then_some(kept)
}

/// Whether some slices are there at every position that all slices have between the first and the last of them. Values that vary
/// from slice to slice (a trigger time) would else keep every second slice, at twice the distance.
fn covers(some: &[Slice<'_>], all: &[Slice<'_>]) -> bool {
    let Some((_, first)) = some.first() else { return false };
    let normal = first.plane.row_direction.cross(&first.plane.column_direction);
    let alike = |frame: &FrameHeader| {
        let plane = &frame.plane;
        (plane.row_direction - first.plane.row_direction).norm() < 1e-3
            && (plane.column_direction - first.plane.column_direction).norm() < 1e-3
    };
    let along = |(_, frame): &Slice<'_>| normal.dot(&frame.plane.position.0);
    let mut own: Vec<f64> = some.iter().map(along).collect();
    own.sort_by(f64::total_cmp);
    let (least, most) = (own[0], own[own.len() - 1]);
    all.iter().filter(|(_, frame)| alike(frame)).map(along).filter(|at| (least..=most).contains(at)).all(|at| {
        let next = own.partition_point(|&other| other < at - 0.01);
        own.get(next).is_some_and(|other| (other - at).abs() <= 0.01)
    })
}

/// The choices that a mask makes by naming the instances it was drawn on: attributes in which all of these agree and the others do
/// not.
pub(super) fn choices_of(files: &[ImageFile], instances: &BTreeSet<String>) -> Vec<StackChoice> {
    let slices: Vec<Slice<'_>> = files.iter().flat_map(|file| file.frames.iter().map(move |frame| (file, frame))).collect();
    let named: Vec<Slice<'_>> = slices.iter().filter(|(_, frame)| instances.contains(&frame.sop_instance_uid)).copied().collect();
    let agreed = KEYWORDS.into_iter().filter_map(|keyword| {
        let mut own = groups(&named, keyword).into_keys();
        match (own.next(), own.next()) {
            (Some(value), None) if groups(&slices, keyword).len() > 1 => Some(StackChoice { keyword, value }),
            _ => None,
        }
    });
    agreed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_a_known_attribute_and_a_value() {
        let choice: StackChoice = "echotime = 4.60".parse().unwrap();
        assert_eq!((choice.keyword, choice.value.as_str()), ("EchoTime", "4.6"));
        for wrong in ["EchoTime", "Echo=4.6"] {
            assert!(wrong.parse::<StackChoice>().unwrap_err().contains("EchoTime"), "{wrong}");
        }
    }
}
