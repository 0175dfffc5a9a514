//! RT Structure Sets: contours become voxels.
//!
//! A voxel belongs to a ROI when its centre is inside by the even-odd rule; contours of one slice are combined by XOR, so nested
//! contours make a hole. Edges are half open: a centre exactly on a left or upper edge is inside.

use super::attributes::{decimals, items, text, whole};
use super::data_set::DataSet;
use super::dicom_file::DicomFile;
use super::{Error, SourceFile};
use crate::problem::Problem;
use crate::volume::{LpsPoint, Mask, Run, Segment, VolumeGeometry};
use dicom::dictionary_std::tags;
use std::collections::{BTreeMap, BTreeSet};

/// A closed polygon in voxel coordinates (column, row).
type Polygon = Vec<[f64; 2]>;

/// Reads all ROIs on the voxels of `image`.
///
/// # Errors
/// A contour that lies outside the image or between its slices.
pub(super) fn read(source: &SourceFile, image: &VolumeGeometry) -> Result<(Mask, Vec<Problem>), Error> {
    let file = DicomFile::read(source)?;
    let object = file.object()?;
    let mut problems = object.problems.clone();
    let observations = by_number(items(&object, tags::RTROI_OBSERVATIONS_SEQUENCE));
    let contours = by_number(items(&object, tags::ROI_CONTOUR_SEQUENCE));
    let mut segments = Vec::new();
    for roi in items(&object, tags::STRUCTURE_SET_ROI_SEQUENCE) {
        let Some(number) = whole(roi, tags::ROI_NUMBER) else { continue };
        let name = text(roi, tags::ROI_NAME);
        let interpreted = observations.get(&number).and_then(|seen| text(seen, tags::RTROI_INTERPRETED_TYPE));
        // Only a gross tumour volume is a lesion by its type; planning volumes and organs are not (recist-rules, W17).
        let is_lesion = interpreted.map(|kind| kind.starts_with("GTV"));
        let runs = match contours.get(&number) {
            Some(drawn) => rasterise_roi(drawn, number, image, &source.shown, &mut problems)?,
            None => Vec::new(),
        };
        segments.push(Segment { label: u32::try_from(number).unwrap_or(0), name, is_lesion, runs, ..Segment::default() });
    }
    Ok((Mask { geometry: image.clone(), segments }, problems))
}

fn by_number<'b, 'a>(sequence: &'b [DataSet<'a>]) -> BTreeMap<i64, &'b DataSet<'a>> {
    sequence.iter().filter_map(|item| Some((whole(item, tags::REFERENCED_ROI_NUMBER)?, item))).collect()
}

fn rasterise_roi(
    drawn: &DataSet<'_>,
    number: i64,
    image: &VolumeGeometry,
    shown: &str,
    problems: &mut Vec<Problem>,
) -> Result<Vec<Run>, Error> {
    let roi = || format!("ROI number {number}");
    let mut by_slice: BTreeMap<usize, Vec<Polygon>> = BTreeMap::new();
    let mut ignored: BTreeSet<String> = BTreeSet::new();
    let mut worst_off = 0.0f64;
    for contour in items(drawn, tags::CONTOUR_SEQUENCE) {
        let kind = text(contour, tags::CONTOUR_GEOMETRIC_TYPE).unwrap_or_default();
        if !matches!(kind.as_str(), "CLOSED_PLANAR" | "CLOSEDPLANAR_XOR") {
            ignored.insert(kind);
            continue;
        }
        let (slice, off, polygon) = in_voxels(contour, image, shown, number)?;
        worst_off = worst_off.max(off);
        by_slice.entry(slice).or_default().push(polygon);
    }
    if !ignored.is_empty() {
        let kinds = ignored.into_iter().collect::<Vec<_>>().join(", ");
        problems.push(
            Problem::warning("open-contour", format!("contours of type {kinds} enclose nothing and were left out"), "")
                .in_file(shown)
                .at(roi()),
        );
    }
    if worst_off > 0.1 {
        problems.push(
            Problem::warning(
                "contour-off-slice",
                format!("contours lie up to {worst_off:.2} of a slice distance off their slice"),
                "",
            )
            .in_file(shown)
            .at(roi()),
        );
    }
    let (mut repeated, mut nested) = (0, 0);
    let mut runs = Vec::new();
    for (&slice, polygons) in &mut by_slice {
        let drawn = polygons.len();
        // Drawn twice, a contour would cancel itself.
        polygons.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        polygons.dedup();
        repeated += drawn - polygons.len();
        nested += usize::from(has_nested(polygons));
        fill(polygons, slice as u32, image.columns, image.rows, &mut runs);
    }
    if repeated > 0 {
        problems.push(
            Problem::warning("contour-twice", format!("{repeated} contours are drawn twice and were used once"), "")
                .in_file(shown)
                .at(roi()),
        );
    }
    if nested > 0 {
        problems.push(
            Problem::info("nested-contours", format!("on {nested} slices a contour lies in another and makes a hole"), "")
                .in_file(shown)
                .at(roi()),
        );
    }
    if let (Some((&first, _)), Some((&last, _))) = (by_slice.first_key_value(), by_slice.last_key_value()) {
        let missing: Vec<String> =
            (first..last).filter(|slice| !by_slice.contains_key(slice)).map(|slice| slice.to_string()).collect();
        if !missing.is_empty() {
            problems.push(
                Problem::warning(
                    "contour-gap",
                    format!("no contour on slices {}; nothing is interpolated", missing.join(", ")),
                    "Complete the contours if the lesion is there",
                )
                .in_file(shown)
                .at(roi()),
            );
        }
    }
    Ok(runs)
}

/// Slice, distance from it in slices, and the polygon in voxel coordinates.
fn in_voxels(contour: &DataSet<'_>, image: &VolumeGeometry, shown: &str, number: i64) -> Result<(usize, f64, Polygon), Error> {
    let coordinates = decimals(contour, tags::CONTOUR_DATA, "ContourData", shown)?.unwrap_or_default();
    if coordinates.is_empty() || coordinates.len() % 3 != 0 {
        return Err(Error::Attribute {
            file: shown.to_string(),
            attribute: "ContourData",
            found: format!("{} numbers", coordinates.len()),
            allowed: "three coordinates for every point are expected".to_string(),
        });
    }
    let misplaced = |reason: String| Error::Misplaced { file: shown.to_string(), reason };
    let voxel_of = image.voxel_of().ok_or_else(|| misplaced("the image has no volume".to_string()))?;
    let points: Vec<[f64; 3]> = coordinates.chunks_exact(3).map(|p| voxel_of(LpsPoint::new(p[0], p[1], p[2]))).collect();
    let (low, high) = points.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), p| (low.min(p[2]), high.max(p[2])));
    let middle = (low + high) / 2.0;
    let slice = middle.round();
    let off = (low - slice).abs().max((high - slice).abs());
    if !(0.0..image.slices as f64).contains(&slice) {
        return Err(misplaced(format!("a contour of ROI number {number} lies at slice {middle:.1} of {} slices", image.slices)));
    }
    if off >= 0.5 {
        return Err(misplaced(format!(
            "a contour of ROI number {number} lies between slices ({low:.2} to {high:.2}); it is not in the plane of the image"
        )));
    }
    let (columns, rows) = (image.columns as f64, image.rows as f64);
    if let Some(p) = points.iter().find(|p| !(-1.0..=columns).contains(&p[0]) || !(-1.0..=rows).contains(&p[1])) {
        return Err(misplaced(format!(
            "a contour of ROI number {number} reaches column {:.1}, row {:.1} of an image of {} x {}",
            p[0], p[1], image.columns, image.rows
        )));
    }
    Ok((slice as usize, off, points.into_iter().map(|[column, row, _]| [column, row]).collect()))
}

/// Voxels whose centre is inside an odd number of times, as runs of one slice.
fn fill(polygons: &[Polygon], slice: u32, columns: usize, rows: usize, runs: &mut Vec<Run>) {
    let mut crossings: Vec<Vec<f64>> = vec![Vec::new(); rows];
    for polygon in polygons {
        for (a, b) in polygon.iter().zip(polygon.iter().cycle().skip(1)) {
            let (top, bottom) = if a[1] <= b[1] { (a, b) } else { (b, a) };
            // Rows r with top <= r < bottom.
            let first = top[1].ceil().max(0.0) as usize;
            let end = (bottom[1].ceil().max(0.0) as usize).min(rows);
            for (row, at) in crossings.iter_mut().enumerate().take(end).skip(first) {
                let t = (row as f64 - top[1]) / (bottom[1] - top[1]);
                at.push(top[0] + t * (bottom[0] - top[0]));
            }
        }
    }
    for (row, at) in crossings.iter_mut().enumerate() {
        at.sort_by(f64::total_cmp);
        for pair in at.chunks_exact(2) {
            // Columns c with pair[0] <= c < pair[1].
            let start = pair[0].ceil().max(0.0) as u32;
            let end = (pair[1].ceil().max(0.0) as u32).min(columns as u32);
            if start >= end {
                continue;
            }
            match runs.last_mut() {
                // Two pairs may meet at one centre: their voxels are one run.
                Some(last) if last.slice == slice && last.row == row as u32 && last.end >= start => last.end = last.end.max(end),
                _ => runs.push(Run { slice, row: row as u32, start, end }),
            }
        }
    }
}

/// Whether some polygon lies inside another.
fn has_nested(polygons: &[Polygon]) -> bool {
    polygons.iter().enumerate().any(|(i, inner)| polygons.iter().enumerate().any(|(j, outer)| i != j && inside(inner[0], outer)))
}

fn inside(point: [f64; 2], polygon: &Polygon) -> bool {
    let crossings = polygon.iter().zip(polygon.iter().cycle().skip(1)).filter(|(a, b)| {
        (a[1] > point[1]) != (b[1] > point[1]) && point[0] < a[0] + (point[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
    });
    crossings.count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voxels(polygons: &[Polygon]) -> Vec<(u32, u32)> {
        let mut runs = Vec::new();
        fill(polygons, 0, 12, 12, &mut runs);
        runs.iter().flat_map(|run| (run.start..run.end).map(|column| (column, run.row))).collect()
    }

    fn square(low: f64, high: f64) -> Polygon {
        vec![[low, low], [high, low], [high, high], [low, high]]
    }

    #[test]
    fn centres_inside_count_and_edges_are_half_open() {
        // 0.5 to 3.5 holds the centres 1, 2, 3 in both directions.
        assert_eq!(voxels(&[square(0.5, 3.5)]).len(), 9);
        // Exactly from centre to centre: the left and upper edge belong to it.
        let found = voxels(&[square(1.0, 3.0)]);
        assert_eq!(found, [(1, 1), (2, 1), (1, 2), (2, 2)]);
    }

    #[test]
    fn a_contour_in_a_contour_is_a_hole() {
        // 9 x 9 centres without the 3 x 3 in the middle.
        assert_eq!(voxels(&[square(0.5, 9.5), square(3.5, 6.5)]).len(), 81 - 9);
        assert!(has_nested(&[square(0.5, 9.5), square(3.5, 6.5)]));
        assert!(!has_nested(&[square(0.5, 3.5), square(4.5, 6.5)]));
    }

    #[test]
    fn what_lies_beyond_the_image_is_cut_off() {
        assert_eq!(voxels(&[square(-0.9, 1.5)]).len(), 4);
        assert_eq!(voxels(&[square(10.5, 11.9)]).len(), 1);
    }
}
