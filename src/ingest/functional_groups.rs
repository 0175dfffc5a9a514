//! Where frames lie: the functional groups of multi-frame objects, and the plane that position, orientation and spacing make.

use super::Error;
use super::attributes::{A_DISTANCE_MM, A_POSITION_MM, decimal, decimals, directions, exactly, item, items, spacing, whole};
use super::data_set::DataSet;
use crate::volume::{LpsPoint, SlicePlane};
use dicom::core::Tag;
use dicom::dictionary_std::tags;

/// Why geometry is asked for.
pub(super) const GEOMETRY: &str = "without it no position in the patient exists, so nothing can be measured in millimetres";

/// Most frames of one file: twenty times the largest that is known.
const MOST_FRAMES: usize = 200_000;

/// The functional groups of the frames of a multi-frame object: what a frame says itself, else what all frames share.
pub(super) struct FunctionalGroups<'a> {
    shared: Option<&'a DataSet<'a>>,
    per_frame: &'a [DataSet<'a>],
}

impl<'a> FunctionalGroups<'a> {
    /// Finds the groups and checks that there is one item for every frame.
    ///
    /// # Errors
    /// `NumberOfFrames` is absent, not positive, or not the number of items.
    pub fn of(object: &'a DataSet<'a>, shown: &str) -> Result<Self, Error> {
        let per_frame = items(object, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE);
        let frames = whole(object, tags::NUMBER_OF_FRAMES);
        if frames != Some(per_frame.len() as i64) || per_frame.is_empty() || per_frame.len() > MOST_FRAMES {
            return Err(Error::Attribute {
                file: shown.to_string(),
                attribute: "NumberOfFrames",
                found: frames.map_or("missing".to_string(), |n| n.to_string()),
                allowed: format!(
                    "it must equal the {} items of PerFrameFunctionalGroupsSequence and be 1 to {MOST_FRAMES}",
                    per_frame.len()
                ),
            });
        }
        Ok(Self { shared: item(object, tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE), per_frame })
    }

    /// Number of frames.
    pub fn frames(&self) -> usize {
        self.per_frame.len()
    }

    /// The item of one group for one frame.
    pub fn group(&self, frame: usize, sequence: Tag) -> Option<&'a DataSet<'a>> {
        self.per_frame.get(frame).and_then(|own| item(own, sequence)).or_else(|| item(self.shared?, sequence))
    }

    /// Where one frame lies.
    ///
    /// # Errors
    /// Missing or impossible geometry.
    pub fn plane(&self, frame: usize, columns: usize, rows: usize, shown: &str) -> Result<SlicePlane, Error> {
        let orientation = self.group(frame, tags::PLANE_ORIENTATION_SEQUENCE);
        let position = self.group(frame, tags::PLANE_POSITION_SEQUENCE);
        let measures = self.group(frame, tags::PIXEL_MEASURES_SEQUENCE);
        let read = || {
            let six = exactly::<6>(orientation, tags::IMAGE_ORIENTATION_PATIENT, "ImageOrientationPatient", shown, GEOMETRY)?;
            let three = exactly::<3>(position, tags::IMAGE_POSITION_PATIENT, "ImagePositionPatient", shown, GEOMETRY)?;
            let pair = exactly::<2>(measures, tags::PIXEL_SPACING, "PixelSpacing", shown, GEOMETRY)?;
            plane(columns, rows, six, three, pair, shown)
        };
        read().map_err(|error: Error| error.in_frame(frame))
    }

    /// Nominal slice thickness of one frame in millimetres.
    pub fn thickness(&self, frame: usize, shown: &str) -> Option<f64> {
        thickness(self.group(frame, tags::PIXEL_MEASURES_SEQUENCE)?, shown)
    }

    /// Stated distance between slices of one frame in millimetres.
    pub fn spacing_between_slices(&self, frame: usize, shown: &str) -> Option<f64> {
        let measures = self.group(frame, tags::PIXEL_MEASURES_SEQUENCE)?;
        let found = decimals(measures, tags::SPACING_BETWEEN_SLICES, "SpacingBetweenSlices", shown).ok()??;
        found.first().copied().filter(|mm| A_DISTANCE_MM.contains(mm))
    }
}

/// A plane from the numbers of its attributes.
///
/// # Errors
/// Directions or spacings that no image has.
pub(super) fn plane(
    columns: usize,
    rows: usize,
    six: [f64; 6],
    three: [f64; 3],
    pair: [f64; 2],
    shown: &str,
) -> Result<SlicePlane, Error> {
    let [row_direction, column_direction] = directions(six, shown)?;
    if three.iter().any(|mm| mm.abs() > A_POSITION_MM) {
        return Err(Error::Attribute {
            file: shown.to_string(),
            attribute: "ImagePositionPatient",
            found: format!("{three:?}"),
            allowed: format!("positions up to {A_POSITION_MM} mm are believed"),
        });
    }
    Ok(SlicePlane {
        columns,
        rows,
        spacing_mm: spacing(pair, "PixelSpacing", shown)?,
        position: LpsPoint::new(three[0], three[1], three[2]),
        row_direction,
        column_direction,
    })
}

/// Nominal slice thickness in millimetres.
pub(super) fn thickness(object: &DataSet<'_>, shown: &str) -> Option<f64> {
    decimal(object, tags::SLICE_THICKNESS, "SliceThickness", shown).ok().flatten().filter(|mm| A_DISTANCE_MM.contains(mm))
}
