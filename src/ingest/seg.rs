//! DICOM Segmentation objects: BINARY, FRACTIONAL and LABELMAP.

use super::attributes::{item, items, text, whole};
use super::data_set::DataSet;
use super::dicom_file::{DicomFile, Object};
use super::functional_groups::FunctionalGroups;
use super::label_grid::{RunsByLabel, merge, place_runs};
use super::placement::{inside_image, own_grid_warning};
use super::seg_frames::{Frames, SegmentationType};
use super::seg_grid::{maps_on, own_grid};
use super::{Error, SourceFile};
use crate::problem::Problem;
use crate::volume::{AxisMap, Mask, Run, Segment, SlicePlane, VolumeGeometry};
use dicom::core::Tag;
use dicom::dictionary_std::tags;
use std::collections::{BTreeMap, BTreeSet};

/// SNOMED CT lymph node structure, and its older SNOMED RT code.
const LYMPH_NODE: [&str; 2] = ["59441001", "T-C4000"];

/// Categories of lesions: morphologically abnormal structure in SNOMED CT and SNOMED RT.
const LESION_CATEGORY: [&str; 2] = ["49755003", "M-01000"];

/// How files name the schemes of those codes (PS3.16 section 8).
const SNOMED: [&str; 4] = ["SCT", "SRT", "SNM3", "99SDM"];

/// What codes the background of a label map, in the scheme DCM (PS3.16 annex D).
const BACKGROUND: &str = "125040";

/// Reads a Segmentation, on the voxels of `image` when the grids coincide, else on its own.
///
/// # Errors
/// Missing geometry, pixel data that do not fit the header, voxels outside the image.
pub(super) fn read(source: &SourceFile, image: Option<&VolumeGeometry>) -> Result<(Mask, bool, Vec<Problem>), Error> {
    let file = DicomFile::read(source)?;
    let object = file.object()?;
    let shown = source.shown.as_str();
    refuse_a_part(&object, shown)?;
    let groups = FunctionalGroups::of(&object, shown)?;
    let described = Described::of(&object, shown)?;
    let frames = Frames::of(&object, groups.frames(), shown)?;
    let mut problems = object.problems.clone();
    problems.extend(frames.problems());
    let planes: Result<Vec<SlicePlane>, Error> =
        (0..groups.frames()).map(|frame| groups.plane(frame, frames.columns, frames.rows, shown)).collect();
    let planes = planes?;
    let on_image = image.and_then(|image| Some((image.clone(), maps_on(image, &planes)?)));
    let (geometry, maps, coincides) = match on_image {
        Some((geometry, maps)) => (geometry, maps, true),
        None => {
            let (geometry, maps) = own_grid(&groups, &planes, shown, &mut problems)?;
            problems.extend(image.map(|_| own_grid_warning(shown)));
            (geometry, maps, false)
        }
    };
    let runs = voxels(&frames, &groups, &described.background, &geometry, &maps, shown)?;
    let segments = with_voxels(described.segments, runs, shown)?;
    if let (false, Some(image)) = (coincides, image) {
        for segment in &segments {
            inside_image(&segment.runs, &geometry, image, shown)?;
        }
    }
    Ok((Mask { geometry, segments }, coincides, problems))
}

/// A segmentation may be cut into several files; one of them alone is smaller than the lesion.
fn refuse_a_part(object: &Object<'_>, shown: &str) -> Result<(), Error> {
    match (whole(object, tags::IN_CONCATENATION_NUMBER), whole(object, tags::IN_CONCATENATION_TOTAL_NUMBER)) {
        (Some(_), None | Some(2..)) => Err(Error::Unsupported {
            file: shown.to_string(),
            what: "one part of a segmentation that is cut into several".to_string(),
        }),
        _ => Ok(()),
    }
}

/// What SegmentSequence says.
struct Described {
    segments: Vec<Segment>,
    /// Numbers that mark what belongs to no segment of a label map.
    background: BTreeSet<u32>,
}

impl Described {
    fn of(object: &Object<'_>, shown: &str) -> Result<Self, Error> {
        let contradiction = |reason: String| Error::Contradiction { file: shown.to_string(), reason };
        let is_map = text(object, tags::SEGMENTATION_TYPE).as_deref() == Some("LABELMAP");
        let mut numbers = BTreeSet::new();
        let (mut segments, mut background) = (Vec::new(), BTreeSet::new());
        for item_ in items(object, tags::SEGMENT_SEQUENCE) {
            let found = whole(item_, tags::SEGMENT_NUMBER);
            let label =
                found.and_then(|n| u32::try_from(n).ok()).filter(|&n| is_map || n > 0).ok_or_else(|| Error::Attribute {
                    file: shown.to_string(),
                    attribute: "SegmentNumber",
                    found: found.map_or("missing".to_string(), |n| n.to_string()),
                    allowed: "a segment is known by its number, from 1 on".to_string(),
                })?;
            if !numbers.insert(label) {
                return Err(contradiction(format!("SegmentSequence describes segment {label} twice")));
            }
            let kind = code(item_, tags::SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE);
            if is_map && kind.as_deref().map_or(label == 0, |kind| kind == BACKGROUND) {
                background.insert(label);
            } else {
                segments.push(Segment { label, ..describe(item_) });
            }
        }
        if is_map && let Some(padding) = whole(object, tags::PIXEL_PADDING_VALUE).and_then(|n| u32::try_from(n).ok()) {
            if segments.iter().any(|segment| segment.label == padding) {
                let reason = format!("segment {padding} is described, and PixelPaddingValue says that this is the background");
                return Err(contradiction(reason));
            }
            background.insert(padding);
        }
        // Nobody needs to say that zero is nothing.
        if segments.iter().all(|segment| segment.label != 0) {
            background.insert(0);
        }
        Ok(Self { segments, background })
    }
}

/// The segments with their voxels; one that has no frame has none.
fn with_voxels(segments: Vec<Segment>, mut voxels: RunsByLabel, shown: &str) -> Result<Vec<Segment>, Error> {
    let own = |segment: Segment| Segment { runs: voxels.remove(&segment.label).unwrap_or_default(), ..segment };
    let segments = segments.into_iter().map(own).collect();
    match voxels.keys().next() {
        None => Ok(segments),
        Some(number) => Err(Error::Contradiction {
            file: shown.to_string(),
            reason: format!("frames belong to segment {number}, which SegmentSequence does not describe"),
        }),
    }
}

/// The value of the first code of a sequence.
fn code(item_: &DataSet<'_>, sequence: Tag) -> Option<String> {
    text(item(item_, sequence)?, tags::CODE_VALUE)
}

/// Who a segment is; its number and voxels come later.
fn describe(item_: &DataSet<'_>) -> Segment {
    let is_one_of = |sequence: Tag, codes: [&str; 2]| {
        let scheme = item(item_, sequence).and_then(|code| text(code, tags::CODING_SCHEME_DESIGNATOR));
        let known = scheme.is_none_or(|scheme| SNOMED.contains(&scheme.as_str()));
        code(item_, sequence).map(|code| known && codes.contains(&code.as_str()))
    };
    let by_type = is_one_of(tags::SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE, LYMPH_NODE);
    let by_region = is_one_of(tags::ANATOMIC_REGION_SEQUENCE, LYMPH_NODE);
    let nodal = if by_region == Some(true) { by_region } else { by_type };
    Segment {
        label: 0,
        tracking_uid: text(item_, tags::TRACKING_UID),
        tracking_id: text(item_, tags::TRACKING_ID),
        segment_id: None,
        name: text(item_, tags::SEGMENT_LABEL),
        site: item(item_, tags::ANATOMIC_REGION_SEQUENCE).and_then(|code| text(code, tags::CODE_MEANING)),
        nodal,
        // A lymph node is coded as anatomy also when it is drawn as disease; its size decides later.
        is_lesion: is_one_of(tags::SEGMENTED_PROPERTY_CATEGORY_CODE_SEQUENCE, LESION_CATEGORY)
            .map(|lesion| lesion || nodal == Some(true)),
        runs: Vec::new(),
    }
}

/// The segment that a frame belongs to.
fn segment_of(groups: &FunctionalGroups<'_>, frame: usize, shown: &str) -> Result<u32, Error> {
    let identification = groups.group(frame, tags::SEGMENT_IDENTIFICATION_SEQUENCE);
    let number = identification.and_then(|item| whole(item, tags::REFERENCED_SEGMENT_NUMBER)).and_then(|n| u32::try_from(n).ok());
    let missing = || Error::Attribute {
        file: shown.to_string(),
        attribute: "ReferencedSegmentNumber",
        found: "missing".to_string(),
        allowed: "every frame must say which segment it belongs to".to_string(),
    };
    number.filter(|&n| n > 0).ok_or_else(|| missing().in_frame(frame))
}

/// The voxels of every segment number on `geometry`.
fn voxels(
    frames: &Frames<'_>,
    groups: &FunctionalGroups<'_>,
    background: &BTreeSet<u32>,
    geometry: &VolumeGeometry,
    maps: &[AxisMap],
    shown: &str,
) -> Result<RunsByLabel, Error> {
    // What is skipped is background, so that it needs no place; where several numbers are, the others are left out later.
    let skipped = background.first().copied().unwrap_or(u32::MAX);
    let sizes = [geometry.columns, geometry.rows, geometry.slices];
    let mut by_place: BTreeMap<(u32, Option<usize>, i64), Vec<Run>> = BTreeMap::new();
    for (frame, map) in maps.iter().enumerate() {
        let stored = match frames.kind {
            SegmentationType::Labelmap => frames.runs(frame, skipped)?,
            _ => {
                let segment = segment_of(groups, frame, shown)?;
                frames.runs(frame, 0)?.into_values().map(|runs| (segment, runs)).collect()
            }
        };
        // Where the frame lies along its own normal.
        let across = map.axis.iter().position(|&axis| axis == 2);
        let position = across.map_or(0, |axis| map.offset[axis]);
        for (segment, runs) in stored {
            if runs.is_empty() || (frames.kind == SegmentationType::Labelmap && background.contains(&segment)) {
                continue;
            }
            let place = (segment, across, position);
            if by_place.insert(place, place_runs(runs, map, sizes, shown)?).is_some() {
                return Err(Error::Contradiction {
                    file: shown.to_string(),
                    reason: format!("two frames of segment {segment} lie at the same position"),
                });
            }
        }
    }
    let mut runs = RunsByLabel::new();
    for ((segment, ..), mut own) in by_place {
        runs.entry(segment).or_default().append(&mut own);
    }
    // A frame that is turned against the image gives runs of several slices, which continue each other.
    runs.values_mut().for_each(merge);
    Ok(runs)
}
