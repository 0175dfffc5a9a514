//! DICOM Segmentation objects: BINARY, FRACTIONAL and LABELMAP.

use super::attributes::{item, items, text, whole};
use super::codecs::{self, CodecError, CompressedFrame};
use super::data_set::DataSet;
use super::dicom_file::{DicomFile, Object, corrupt};
use super::fragments::Fragments;
use super::functional_groups::FunctionalGroups;
use super::label_grid::{Labels, RunsByLabel, place_runs};
use super::placement::{inside_image, own_grid_warning};
use super::series::{single_slice_warning, thickness_of_single_slice};
use super::{Error, SourceFile};
use crate::problem::Problem;
use crate::volume::{AxisMap, LpsPoint, Mask, Run, Segment, SlicePlane, VolumeGeometry, bit_runs, match_grids};
use dicom::core::Tag;
use dicom::dictionary_std::tags;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// SNOMED CT lymph node structure, and its older SNOMED RT code.
const LYMPH_NODE: [&str; 2] = ["59441001", "T-C4000"];

/// Categories of lesions: morphologically abnormal structure in SNOMED CT and SNOMED RT.
const LESION_CATEGORY: [&str; 2] = ["49755003", "M-01000"];

/// How pixels say which segment they belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SegmentationType {
    /// One bit a voxel, one segment a frame.
    Binary,
    /// A probability or occupancy a voxel, one segment a frame; the value is the one that stands for 1.
    Fractional { full: u32 },
    /// The segment number itself.
    Labelmap,
}

/// An opened object with what its frames need.
struct Segmentation<'a> {
    shown: &'a str,
    object: &'a Object<'a>,
    kind: SegmentationType,
    bits_allocated: usize,
    columns: usize,
    rows: usize,
    groups: FunctionalGroups<'a>,
    pixels: Pixels<'a>,
}

/// The stored frames.
enum Pixels<'a> {
    /// All frames, one behind the other.
    Native(&'a [u8]),
    Compressed(Fragments),
}

/// Reads a Segmentation, on the voxels of `image` when the grids coincide, else on its own.
///
/// # Errors
/// Missing geometry, pixel data that do not fit the header, voxels outside the image.
pub(super) fn read(source: &SourceFile, image: Option<&VolumeGeometry>) -> Result<(Mask, bool, Vec<Problem>), Error> {
    let file = DicomFile::read(source)?;
    let object = file.object()?;
    let segmentation = Segmentation::of(&object, &source.shown)?;
    let mut problems = object.problems.clone();
    if let SegmentationType::Fractional { .. } = segmentation.kind {
        problems.push(
            Problem::warning(
                "fractional-mask",
                "a fractional segmentation; voxels of at least one half are counted",
                "Have it exported as BINARY if another threshold is meant",
            )
            .in_file(&source.shown),
        );
    }
    let planes: Result<Vec<SlicePlane>, Error> = (0..segmentation.groups.frames())
        .map(|frame| segmentation.groups.plane(frame, segmentation.columns, segmentation.rows, &source.shown))
        .collect();
    let planes = planes?;
    let on_image = image.and_then(|image| Some((image.clone(), maps_on(image, &planes)?)));
    let (geometry, maps, coincides) = match on_image {
        Some((geometry, maps)) => (geometry, maps, true),
        None => {
            let (geometry, maps) = segmentation.own_grid(&planes, &mut problems)?;
            if image.is_some() {
                problems.push(own_grid_warning(&source.shown));
            }
            (geometry, maps, false)
        }
    };
    let mut runs = segmentation.runs(&geometry, &maps)?;
    let segments: Vec<Segment> = items(&object, tags::SEGMENT_SEQUENCE)
        .iter()
        .map(describe)
        // A label map may describe its background, which is number 0 and no segment of anything.
        .filter(|segment| segment.label != 0 || segmentation.kind != SegmentationType::Labelmap)
        .map(|mut segment| {
            segment.runs = runs.remove(&segment.label).unwrap_or_default();
            segment
        })
        .collect();
    if let Some(number) = runs.keys().find(|&&number| number != 0) {
        return Err(Error::Contradiction {
            file: source.shown.clone(),
            reason: format!("frames belong to segment {number}, which SegmentSequence does not describe"),
        });
    }
    if let (false, Some(image)) = (coincides, image) {
        for segment in &segments {
            inside_image(&segment.runs, &geometry, image, &source.shown)?;
        }
    }
    Ok((Mask { geometry, segments }, coincides, problems))
}

/// Who a segment is.
fn describe(item_: &DataSet<'_>) -> Segment {
    let code = |sequence: Tag| item(item_, sequence);
    let meaning = |sequence: Tag| code(sequence).and_then(|code| text(code, tags::CODE_MEANING));
    let value = |sequence: Tag| code(sequence).and_then(|code| text(code, tags::CODE_VALUE));
    let type_code = value(tags::SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE);
    let is_node = |code: &Option<String>| code.as_deref().is_some_and(|code| LYMPH_NODE.contains(&code));
    let region = value(tags::ANATOMIC_REGION_SEQUENCE);
    let nodal = type_code.is_some().then(|| is_node(&type_code) || is_node(&region));
    Segment {
        label: whole(item_, tags::SEGMENT_NUMBER).and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
        tracking_uid: text(item_, tags::TRACKING_UID),
        tracking_id: text(item_, tags::TRACKING_ID),
        segment_id: None,
        name: text(item_, tags::SEGMENT_LABEL),
        site: meaning(tags::ANATOMIC_REGION_SEQUENCE),
        nodal,
        // A lymph node is coded as anatomy also when it is drawn as disease; its size decides later.
        is_lesion: value(tags::SEGMENTED_PROPERTY_CATEGORY_CODE_SEQUENCE)
            .map(|category| nodal == Some(true) || LESION_CATEGORY.contains(&category.as_str())),
        runs: Vec::new(),
    }
}

/// For every frame, how it lies on the image; `None` as soon as one does not coincide with it.
fn maps_on(image: &VolumeGeometry, planes: &[SlicePlane]) -> Option<Vec<AxisMap>> {
    planes
        .iter()
        .map(|plane| {
            let steps =
                [plane.row_direction * plane.spacing_mm[0], plane.column_direction * plane.spacing_mm[1], image.slice_step];
            match_grids(image, plane.position.0, steps, [plane.columns, plane.rows, 1])
        })
        .collect()
}

impl<'a> Pixels<'a> {
    fn of(object: &'a Object<'a>, frames: usize, shown: &str) -> Result<Self, Error> {
        let missing = || Error::Attribute {
            file: shown.to_string(),
            attribute: "PixelData",
            found: "missing".to_string(),
            allowed: "a segmentation without pixels marks nothing".to_string(),
        };
        let element = object.pixels.as_ref().ok_or_else(missing)?;
        let rest = object.bytes.get(element.offset..).unwrap_or_default();
        match element.length {
            Some(length) => Ok(Self::Native(&rest[..rest.len().min(length as usize)])),
            None => {
                codecs::supported(&object.transfer_syntax)
                    .map_err(|what| Error::Unsupported { file: shown.to_string(), what })?;
                let table = object.bytes(tags::EXTENDED_OFFSET_TABLE).unwrap_or_default();
                let table: Vec<u64> = table.as_chunks().0.iter().map(|raw| u64::from_le_bytes(*raw)).collect();
                let found = Fragments::find(object.bytes, element.offset, frames, &table);
                found.map(Self::Compressed).map_err(|reason| corrupt(shown, reason))
            }
        }
    }
}

impl<'a> Segmentation<'a> {
    fn of(object: &'a Object<'a>, shown: &'a str) -> Result<Self, Error> {
        let wrong = |attribute: &'static str, found: Option<String>, allowed: &str| Error::Attribute {
            file: shown.to_string(),
            attribute,
            found: found.map_or("missing".to_string(), |value| format!("`{value}`")),
            allowed: allowed.to_string(),
        };
        let number = |tag, attribute, range: std::ops::RangeInclusive<i64>| {
            let found = whole(object, tag);
            let allowed = format!("{} to {} is allowed", range.start(), range.end());
            found.filter(|value| range.contains(value)).ok_or_else(|| wrong(attribute, found.map(|n| n.to_string()), &allowed))
        };
        let columns = number(tags::COLUMNS, "Columns", 1..=65_535)? as usize;
        let rows = number(tags::ROWS, "Rows", 1..=65_535)? as usize;
        let bits_allocated = number(tags::BITS_ALLOCATED, "BitsAllocated", 1..=16)? as usize;
        let stated = text(object, tags::SEGMENTATION_TYPE);
        let kind = match (stated.as_deref(), bits_allocated) {
            (Some("BINARY"), 1) => SegmentationType::Binary,
            (Some("FRACTIONAL"), 8) => SegmentationType::Fractional {
                full: number(tags::MAXIMUM_FRACTIONAL_VALUE, "MaximumFractionalValue", 1..=255)? as u32,
            },
            (Some("LABELMAP"), 8 | 16) => SegmentationType::Labelmap,
            _ => {
                let found = stated.map(|kind| format!("{kind} with {bits_allocated} bits"));
                return Err(wrong(
                    "SegmentationType",
                    found,
                    "BINARY with 1 bit, FRACTIONAL with 8, LABELMAP with 8 or 16 is allowed",
                ));
            }
        };
        let groups = FunctionalGroups::of(object, shown)?;
        let pixels = Pixels::of(object, groups.frames(), shown)?;
        Ok(Self { shown, object, kind, bits_allocated, columns, rows, groups, pixels })
    }

    /// The segment that a frame belongs to; `None` for a label map, whose pixels say it.
    fn segment_of(&self, frame: usize) -> Result<Option<u32>, Error> {
        if self.kind == SegmentationType::Labelmap {
            return Ok(None);
        }
        let identification = self.groups.group(frame, tags::SEGMENT_IDENTIFICATION_SEQUENCE);
        let number =
            identification.and_then(|item| whole(item, tags::REFERENCED_SEGMENT_NUMBER)).and_then(|n| u32::try_from(n).ok());
        number.filter(|&n| n > 0).map(Some).ok_or_else(|| Error::Attribute {
            file: self.shown.to_string(),
            attribute: "ReferencedSegmentNumber",
            found: format!("missing for frame {}", frame + 1),
            allowed: "every frame must say which segment it belongs to".to_string(),
        })
    }

    /// The runs of every segment on `geometry`.
    fn runs(&self, geometry: &VolumeGeometry, maps: &[AxisMap]) -> Result<RunsByLabel, Error> {
        let mut by_place: BTreeMap<(u32, i64), Vec<Run>> = BTreeMap::new();
        let sizes = [geometry.columns, geometry.rows, geometry.slices];
        for (frame, map) in maps.iter().enumerate() {
            let segment = self.segment_of(frame)?;
            let bits = if self.kind == SegmentationType::Binary { self.bits()? } else { None };
            let stored: RunsByLabel = if let Some(bits) = bits {
                let mut runs = Vec::new();
                bit_runs(bits, frame * self.columns * self.rows, self.columns, self.rows, 0, &mut runs);
                RunsByLabel::from([(1, runs)])
            } else {
                self.labels(frame)?.runs(self.columns, 0)
            };
            for (label, runs) in stored {
                if runs.is_empty() {
                    continue;
                }
                let place = (segment.unwrap_or(label), map.offset[2]);
                if by_place.insert(place, place_runs(&runs, map, sizes, self.shown)?).is_some() {
                    return Err(Error::Contradiction {
                        file: self.shown.to_string(),
                        reason: format!("two frames of segment {} lie at the same position", place.0),
                    });
                }
            }
        }
        let mut runs = RunsByLabel::new();
        for ((segment, _), mut own) in by_place {
            runs.entry(segment).or_default().append(&mut own);
        }
        // A frame that is turned against the image gives runs of several slices.
        runs.values_mut().for_each(|own| own.sort_unstable());
        Ok(runs)
    }

    /// The bit stream of all frames: they follow each other without a gap, so a frame may start inside a byte (PS3.5 8.1.1).
    /// `None` when the frames are compressed.
    fn bits(&self) -> Result<Option<&'a [u8]>, Error> {
        let Pixels::Native(bytes) = self.pixels else { return Ok(None) };
        let needed = (self.columns * self.rows).checked_mul(self.groups.frames()).map_or(usize::MAX, |bits| bits.div_ceil(8));
        if bytes.len() >= needed { Ok(Some(bytes)) } else { Err(self.short(bytes.len(), needed)) }
    }

    fn short(&self, have: usize, need: usize) -> Error {
        corrupt(self.shown, format!("its frames need {need} bytes of pixel data, {have} are there"))
    }

    /// The samples of one compressed frame; a sample of one bit is a byte.
    fn decoded(&self, fragments: &Fragments, frame: usize) -> Result<Vec<u8>, Error> {
        let name = |reason: String| corrupt(self.shown, format!("frame {}: {reason}", frame + 1));
        let own = fragments.frame(self.object.bytes, frame).ok_or_else(|| name("it is not there".to_string()))?;
        let stated = whole(self.object, tags::BITS_STORED).and_then(|bits| u16::try_from(bits).ok());
        let decoded = codecs::decode(&CompressedFrame {
            transfer_syntax: &self.object.transfer_syntax,
            bytes: &own,
            columns: self.columns as u16,
            rows: self.rows as u16,
            bits_allocated: self.bits_allocated as u16,
            bits_stored: stated.unwrap_or(self.bits_allocated as u16),
            signed: false,
        });
        decoded.map_err(|error| match error {
            CodecError::Corrupt(reason) => name(reason),
            CodecError::Unsupported(what) => Error::Unsupported { file: self.shown.to_string(), what },
        })
    }

    /// One frame as labels: 1 for the segment of the frame, or the segment numbers of a label map.
    fn labels(&self, frame: usize) -> Result<Labels, Error> {
        let voxels = self.columns * self.rows;
        let needed = voxels * self.bits_allocated.div_ceil(8);
        let bytes: Cow<'_, [u8]> = match &self.pixels {
            Pixels::Native(all) => {
                let own = all.get(frame * needed..(frame + 1) * needed);
                Cow::Borrowed(own.ok_or_else(|| self.short(all.len(), (frame + 1) * needed))?)
            }
            Pixels::Compressed(fragments) => Cow::Owned(self.decoded(fragments, frame)?),
        };
        if bytes.len() != needed {
            return Err(self.short(bytes.len(), needed));
        }
        Ok(match self.kind {
            // At least one half of the value that stands for 1.
            SegmentationType::Fractional { full } => {
                Labels::Byte(bytes.iter().map(|&value| u8::from(2 * u32::from(value) >= full)).collect())
            }
            _ if self.bits_allocated <= 8 => Labels::Byte(bytes.into_owned()),
            _ => {
                let big_endian = self.object.encoding.big_endian && matches!(self.pixels, Pixels::Native(_));
                let word = |pair: &[u8; 2]| if big_endian { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) };
                Labels::Wide(bytes.as_chunks().0.iter().map(|pair| u32::from(word(pair))).collect())
            }
        })
    }

    /// A grid of its own for frames that lie on no image: empty frames are usually left out, so gaps are whole multiples of the
    /// distance between slices.
    fn own_grid(&self, planes: &[SlicePlane], problems: &mut Vec<Problem>) -> Result<(VolumeGeometry, Vec<AxisMap>), Error> {
        let reference = planes[0].clone();
        let normal = reference.row_direction.cross(&reference.column_direction);
        let along: Vec<f64> = planes.iter().map(|plane| normal.dot(&plane.position.0)).collect();
        let mut sorted = along.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.dedup_by(|a, b| (*a - *b).abs() < 0.01);
        let smallest_gap = sorted.windows(2).map(|pair| pair[1] - pair[0]).min_by(f64::total_cmp);
        let stated = self.groups.spacing_between_slices(0, self.shown);
        let thickness = self.groups.thickness(0, self.shown);
        let spacing = match (stated, smallest_gap, thickness) {
            (Some(stated), Some(gap), _) if whole_multiple(gap, stated) => stated,
            (stated, Some(gap), thickness) => {
                // Left-out frames may have made every gap a multiple of the true distance.
                let unproven = stated.or(thickness).is_none_or(|mm| (mm - gap).abs() > (0.01 * gap).max(0.01));
                if unproven {
                    let says = stated
                        .map_or("states no distance between slices".to_string(), |mm| format!("states {mm} mm between slices"));
                    let message = format!("the mask {says}; its frames lie {gap:.3} mm apart, which is used for its volume");
                    problems.push(Problem::warning("slice-distance", message, "give the image with --image").in_file(self.shown));
                }
                gap
            }
            (stated, None, thickness) => {
                let nominal = thickness_of_single_slice(stated.or(thickness), self.shown)?;
                problems.push(single_slice_warning(nominal, self.shown));
                nominal
            }
        };
        let lowest = (0..planes.len()).min_by(|&a, &b| along[a].total_cmp(&along[b])).unwrap_or(0);
        let origin = planes[lowest].position.0;
        let mut slices = 0;
        let mut maps = Vec::with_capacity(planes.len());
        for (frame, plane) in planes.iter().enumerate() {
            let place = ((along[frame] - along[lowest]) / spacing).round();
            let expected = origin + normal * place * spacing;
            let off_mm = (plane.position.0 - expected).norm();
            let turned = (plane.row_direction - reference.row_direction)
                .norm()
                .max((plane.column_direction - reference.column_direction).norm());
            if off_mm > (0.01 * spacing).max(0.01) || turned > 1e-3 || plane.spacing_mm != reference.spacing_mm {
                return Err(Error::Corrupt {
                    file: self.shown.to_string(),
                    reason: format!("frame {} is not on one regular grid with the others ({off_mm:.3} mm off)", frame + 1),
                });
            }
            slices = slices.max(place as usize + 1);
            maps.push(AxisMap { axis: [0, 1, 2], sign: [1; 3], offset: [0, 0, place as i64] });
        }
        let geometry = VolumeGeometry {
            columns: self.columns,
            rows: self.rows,
            slices,
            spacing_mm: reference.spacing_mm,
            origin: LpsPoint(origin),
            row_direction: reference.row_direction,
            column_direction: reference.column_direction,
            slice_step: normal * spacing,
        };
        Ok((geometry, maps))
    }
}

fn whole_multiple(gap: f64, step: f64) -> bool {
    let times = (gap / step).round();
    times >= 1.0 && (gap - times * step).abs() <= (0.01 * step).max(0.01)
}
