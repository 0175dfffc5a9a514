//! RT Structure Sets: contours become voxels.
//!
//! A ROI is known by its number; names repeat. Every contour belongs to the slice it is drawn on; nothing is interpolated between
//! slices. How voxels follow from the contours of a slice is said in `contour_fill`.

use super::attributes::{decimals, items, text, whole};
use super::contour_fill::{Filled, Polygon, Sharing, fill};
use super::data_set::DataSet;
use super::dicom_file::{DicomFile, corrupt};
use super::{Error, SourceFile};
use crate::problem::Problem;
use crate::volume::{LpsPoint, Mask, Run, Segment, VolumeGeometry};
use dicom::core::Tag;
use dicom::dictionary_std::tags;
use std::collections::{BTreeMap, BTreeSet};

/// Contours that lie further off their slice than this are said; in parts of the distance between slices.
const OFF_SLICE: f64 = 0.1;

/// From here on a contour lies between two slices and belongs to neither: half the distance, less what rounding makes of it.
const HALF_WAY: f64 = 0.499;

/// Contours within this of each other are drawn on one plane.
const SAME_PLANE: f64 = 0.05;

/// Reads all ROIs on the voxels of `image`, which lies in the frame of reference of that UID.
///
/// # Errors
/// Contours of a lesion that lie outside the image or between its slices; ROIs that contradict each other.
pub(super) fn read(
    source: &SourceFile,
    image: &VolumeGeometry,
    frame_of_reference: Option<&str>,
) -> Result<(Mask, Vec<Problem>), Error> {
    let file = DicomFile::read(source)?;
    let object = file.object()?;
    let shown = source.shown.as_str();
    let mut problems = object.problems.clone();
    let contradiction = |reason: String| Error::Contradiction { file: shown.to_string(), reason };
    let observations = items(&object, tags::RTROI_OBSERVATIONS_SEQUENCE).iter();
    let observations: BTreeMap<i64, &DataSet<'_>> =
        observations.filter_map(|item| Some((whole(item, tags::REFERENCED_ROI_NUMBER)?, item))).collect();
    let mut drawn: BTreeMap<i64, &DataSet<'_>> = BTreeMap::new();
    for item in items(&object, tags::ROI_CONTOUR_SEQUENCE) {
        let number = roi_number(item, tags::REFERENCED_ROI_NUMBER, "ReferencedROINumber", shown)?;
        if drawn.insert(number.into(), item).is_some() {
            return Err(contradiction(format!("ROI number {number} has contours in two places")));
        }
    }
    let mut segments = Vec::new();
    let mut numbers = BTreeSet::new();
    for item in items(&object, tags::STRUCTURE_SET_ROI_SEQUENCE) {
        let number = roi_number(item, tags::ROI_NUMBER, "ROINumber", shown)?;
        if !numbers.insert(number) {
            return Err(contradiction(format!("there are two ROIs of number {number}")));
        }
        let observed = observations.get(&number.into());
        // Only a gross tumour volume is a lesion by its type; planning volumes and organs are not (recist-rules, W17).
        let interpreted = observed.and_then(|seen| text(seen, tags::RTROI_INTERPRETED_TYPE));
        let is_lesion = interpreted.map(|kind| kind.starts_with("GTV"));
        let runs = match drawn.remove(&number.into()) {
            Some(contours) => {
                let roi = Roi { number, may_be_cut: is_lesion == Some(false), image, shown };
                let frame = text(item, tags::REFERENCED_FRAME_OF_REFERENCE_UID);
                if let (Some(mine), Some(theirs)) = (frame.as_deref(), frame_of_reference)
                    && mine != theirs
                {
                    return Err(roi.misplaced("is drawn in another frame of reference than the image".to_string()));
                }
                roi.voxels(contours, &mut problems)?
            }
            None => Vec::new(),
        };
        segments.push(Segment { label: number, name: text(item, tags::ROI_NAME), is_lesion, runs, ..Segment::default() });
    }
    if let Some(number) = drawn.keys().next() {
        return Err(contradiction(format!(
            "contours belong to ROI number {number}, which StructureSetROISequence does not have"
        )));
    }
    Ok((Mask { geometry: image.clone(), segments }, problems))
}

fn roi_number(item: &DataSet<'_>, tag: Tag, attribute: &'static str, shown: &str) -> Result<u32, Error> {
    let found = whole(item, tag);
    found.and_then(|number| u32::try_from(number).ok()).ok_or_else(|| Error::Attribute {
        file: shown.to_string(),
        attribute,
        found: found.map_or("missing".to_string(), |number| number.to_string()),
        allowed: "a ROI is known by its number, which is 0 or more".to_string(),
    })
}

/// Most rows that the sides of all contours of one ROI may cross: a thousand slices full of the finest outlines have a tenth.
const MOST_ROWS_CROSSED: f64 = 2e7;

/// Rows that the sides of a contour cross.
fn rows_crossed(polygon: &Polygon) -> f64 {
    polygon.iter().zip(polygon.iter().cycle().skip(1)).map(|(a, b)| (a[1] - b[1]).abs()).sum()
}

/// One ROI, and the image it is drawn on.
struct Roi<'a> {
    number: u32,
    /// It is no lesion (the body, a couch), so that its parts outside the image are no loss.
    may_be_cut: bool,
    image: &'a VolumeGeometry,
    shown: &'a str,
}

/// A contour on its slice.
struct OnSlice {
    slice: usize,
    /// Middle of its points, in slices.
    height: f64,
    /// Of the point that is farthest from the slice, in slices.
    off: f64,
    polygon: Polygon,
}

impl Roi<'_> {
    fn misplaced(&self, what: String) -> Error {
        Error::Misplaced { file: self.shown.to_string(), reason: format!("a contour of ROI number {} {what}", self.number) }
    }

    fn at(&self, problem: Problem) -> Problem {
        problem.in_file(self.shown).at(format!("ROI number {}", self.number))
    }

    /// The voxels of all its contours.
    fn voxels(&self, drawn: &DataSet<'_>, problems: &mut Vec<Problem>) -> Result<Vec<Run>, Error> {
        let mut crossed = 0.0;
        let mut by_slice: BTreeMap<usize, Vec<(f64, Polygon)>> = BTreeMap::new();
        let mut ignored: BTreeSet<&str> = BTreeSet::new();
        let (mut worst_off, mut beyond, mut reaches_out) = (0.0f64, 0, false);
        for contour in items(drawn, tags::CONTOUR_SEQUENCE) {
            if let Some(kind) = encloses_nothing(contour) {
                ignored.insert(kind);
                continue;
            }
            let points = self.points(contour)?;
            if points.len() < 3 {
                ignored.insert("CLOSED_PLANAR of less than three points");
                continue;
            }
            match self.on_slice(&points)? {
                Some(OnSlice { slice, height, off, polygon }) => {
                    worst_off = worst_off.max(off);
                    reaches_out |= polygon.iter().any(|&point| self.is_outside(point));
                    crossed += rows_crossed(&polygon);
                    if crossed > MOST_ROWS_CROSSED {
                        let what = "of the contours of one ROI cross more rows of the image than any that was drawn";
                        return Err(corrupt(self.shown, format!("the sides {what} ({MOST_ROWS_CROSSED})")));
                    }
                    by_slice.entry(slice).or_default().push((height, polygon));
                }
                None => beyond += 1,
            }
        }
        let mut warn = |code, message: String, advice: &str| problems.push(self.at(Problem::warning(code, message, advice)));
        if !ignored.is_empty() {
            let kinds = ignored.into_iter().collect::<Vec<_>>().join(", ");
            warn("open-contour", format!("contours of type {kinds} enclose nothing and were left out"), "");
        }
        if beyond > 0 || reaches_out {
            let slices =
                if beyond > 0 { format!(", among them {beyond} whole contours above or below it") } else { String::new() };
            let advice = "Check that this is the image they were drawn on";
            warn("contour-outside", format!("what lies outside the image was left out{slices}"), advice);
        }
        if worst_off > OFF_SLICE {
            let message = format!("contours lie up to {worst_off:.2} of a slice distance off their slice");
            warn("contour-off-slice", message, "Check that this is the image they were drawn on");
        }
        let missing = missing_slices(&by_slice);
        if !missing.is_empty() {
            let message = format!("no contour on slices {missing}; nothing is interpolated");
            warn("contour-gap", message, "Complete the contours if the lesion is there");
        }
        let mut runs = Vec::new();
        let (mut repeated, mut self_crossing, mut nested, mut partial) = (0, 0, 0, 0);
        for (slice, contours) in by_slice {
            let heights = contours.iter().map(|(height, _)| *height);
            let (low, high) = heights.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), h| (low.min(h), high.max(h)));
            if high - low > SAME_PLANE {
                // Combined on one slice they would cancel each other.
                return Err(self.misplaced(format!(
                    "shares slice {slice} with others at another height ({low:.2} to {high:.2}): they are closer than the slices"
                )));
            }
            let polygons: Vec<Polygon> = contours.into_iter().map(|(_, polygon)| polygon).collect();
            let Filled { runs: own, repeated: again, self_crossing: crossing, sharing } =
                fill(&polygons, slice as u32, self.image.columns, self.image.rows);
            repeated += again;
            self_crossing += crossing;
            nested += usize::from(sharing == Sharing::Nested);
            partial += usize::from(sharing == Sharing::Partial);
            runs.extend(own);
        }
        if repeated > 0 {
            let message = format!("{repeated} contours enclose the same voxels as others and were used once");
            problems.push(self.at(Problem::warning("contour-twice", message, "Check whether one was meant for another slice")));
        }
        if partial > 0 {
            let message = format!("on {partial} slices contours overlap in part; where two of them do, nothing is counted");
            problems.push(self.at(Problem::warning("contours-overlap", message, "Merge or separate them where they were drawn")));
        }
        if nested > 0 {
            let message = format!("on {nested} slices a contour lies in another and makes a hole");
            problems.push(self.at(Problem::info("nested-contours", message, "Check that a hole is meant")));
        }
        if self_crossing > 0 {
            let message =
                format!("{self_crossing} contours cross themselves; what they wind around an odd number of times counts");
            problems.push(self.at(Problem::info("self-crossing", message, "Draw them anew if that is not meant")));
        }
        Ok(runs)
    }

    /// The points of a contour in voxel coordinates. How many there are is counted, not believed.
    fn points(&self, contour: &DataSet<'_>) -> Result<Vec<[f64; 3]>, Error> {
        let coordinates = decimals(contour, tags::CONTOUR_DATA, "ContourData", self.shown)?.unwrap_or_default();
        let (points, rest) = coordinates.as_chunks();
        if !rest.is_empty() {
            return Err(Error::Attribute {
                file: self.shown.to_string(),
                attribute: "ContourData",
                found: format!("{} numbers in ROI number {}", coordinates.len(), self.number),
                allowed: "three coordinates for every point are expected".to_string(),
            });
        }
        let voxel_of = self.image.voxel_of().ok_or_else(|| self.misplaced("has no image with a volume".to_string()))?;
        Ok(points.iter().map(|&[x, y, z]| voxel_of(LpsPoint::new(x, y, z))).collect())
    }

    /// Finds the slice of a contour; `None` when it lies above or below all of them and may.
    fn on_slice(&self, points: &[[f64; 3]]) -> Result<Option<OnSlice>, Error> {
        if !points.as_flattened().iter().all(|number| number.is_finite()) {
            return Err(self.misplaced("has coordinates that are too large".to_string()));
        }
        let heights = points.iter().map(|point| point[2]);
        let (low, high) = heights.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), h| (low.min(h), high.max(h)));
        let (height, slices) = ((low + high) / 2.0, self.image.slices);
        if !(-0.5..=slices as f64 - 0.5).contains(&height) {
            return match self.may_be_cut {
                true => Ok(None),
                false => Err(self.misplaced(format!("lies at slice {height:.1} of {slices} slices"))),
            };
        }
        let slice = height.round().clamp(0.0, slices as f64 - 1.0);
        let off = (low - slice).abs().max((high - slice).abs());
        if off >= HALF_WAY {
            let what = format!("lies between slices ({low:.2} to {high:.2}); it is not in the plane of the image");
            return Err(self.misplaced(what));
        }
        let polygon: Polygon = points.iter().map(|&[column, row, _]| [column, row]).collect();
        if let Some([column, row]) = polygon.iter().find(|&&point| !self.may_be_cut && self.is_outside(point)) {
            let (columns, rows) = (self.image.columns, self.image.rows);
            return Err(self.misplaced(format!("reaches column {column:.1}, row {row:.1} of an image of {columns} x {rows}")));
        }
        Ok(Some(OnSlice { slice: slice as usize, height, off, polygon }))
    }

    /// Whether a point lies so far out that voxels may be lost: by a voxel beyond the outermost centres.
    fn is_outside(&self, [column, row]: [f64; 2]) -> bool {
        let outside = |place: f64, size: usize| place <= -1.0 || place > size as f64;
        outside(column, self.image.columns) || outside(row, self.image.rows)
    }
}

/// The type of a contour that is not filled.
fn encloses_nothing(contour: &DataSet<'_>) -> Option<&'static str> {
    match text(contour, tags::CONTOUR_GEOMETRIC_TYPE).as_deref() {
        Some("CLOSED_PLANAR" | "CLOSEDPLANAR_XOR") => None,
        Some("POINT") => Some("POINT"),
        Some("OPEN_PLANAR") => Some("OPEN_PLANAR"),
        Some("OPEN_NONPLANAR") => Some("OPEN_NONPLANAR"),
        Some(_) => Some("unknown to the standard"),
        None => Some("missing"),
    }
}

/// The slices without a contour between the first and the last one with any, as text.
fn missing_slices<T>(by_slice: &BTreeMap<usize, T>) -> String {
    let slices: Vec<usize> = by_slice.keys().copied().collect();
    let between = slices.windows(2).filter(|pair| pair[1] - pair[0] > 1).map(|pair| match (pair[0] + 1, pair[1] - 1) {
        (only, last) if only == last => only.to_string(),
        (first, last) => format!("{first} to {last}"),
    });
    between.collect::<Vec<_>>().join(", ")
}
