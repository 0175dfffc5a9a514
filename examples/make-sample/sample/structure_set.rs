//! DICOM RT Structure Set: a closed polygon per lesion and slice, and two structures that are no lesions.

use std::error::Error;
use std::path::Path;

use dicom::dictionary_std::{tags, uids};

use super::dataset::{Attributes, Encoding, patient_and_study, reference};
use super::geometry::Ellipsoid;
use super::image_series::Series;
use super::story::Finding;
use super::uid;

/// Corners of a polygon: its area is 0.1 % below that of the ellipse.
const CORNERS: usize = 90;

/// Detached Study Management: retired as a service, and still the class by which structure sets name a study.
const STUDY_CLASS: &str = "1.2.840.10008.3.1.2.3.1";

/// A region of interest.
struct Roi {
    name: &'static str,
    kind: &'static str,
    colour: &'static str,
    shape: Ellipsoid,
}

/// Writes `RS000001` into `folder`.
///
/// # Errors
/// When the file cannot be written.
pub fn write(folder: &Path, series: &Series, findings: &[Finding]) -> Result<(), Box<dyn Error>> {
    let mut rois = vec![
        whole_length("BODY", "EXTERNAL", "0\\255\\0", [0.0, 0.0], [130.0, 92.0]),
        whole_length("SpinalCord", "ORGAN", "255\\255\\0", [0.0, 63.4], [7.5, 6.0]),
    ];
    let colours = ["255\\0\\0", "255\\128\\0", "255\\0\\255"];
    rois.extend(findings.iter().zip(colours).map(|(finding, colour)| Roi {
        name: finding.lesion.name,
        kind: "GTV",
        colour,
        shape: finding.shape,
    }));
    let numbered = || (1..).zip(&rois);
    let name = format!("{}/{}/structures", series.subject.name, series.visit.folder);
    let study = format!("{}/{}", series.subject.name, series.visit.folder);
    let frame_of_reference = uid::of(&format!("{study}/frame of reference"));

    patient_and_study(series.subject, series.visit)
        .text(tags::SOP_CLASS_UID, uids::RT_STRUCTURE_SET_STORAGE)
        .text(tags::SOP_INSTANCE_UID, &uid::of(&format!("{name}/instance")))
        .text(tags::SERIES_INSTANCE_UID, &uid::of(&format!("{name}/series")))
        .text(tags::MODALITY, "RTSTRUCT")
        .text(tags::SERIES_NUMBER, "901")
        .text(tags::SERIES_DESCRIPTION, "Contours")
        .text(tags::SERIES_DATE, series.visit.date)
        .text(tags::SERIES_TIME, "100000")
        .text(tags::OPERATORS_NAME, "")
        .text(tags::INSTANCE_NUMBER, "1")
        .text(tags::STRUCTURE_SET_LABEL, "LESIONS")
        .text(tags::STRUCTURE_SET_DATE, series.visit.date)
        .text(tags::STRUCTURE_SET_TIME, "100000")
        .text(tags::APPROVAL_STATUS, "UNAPPROVED")
        .item(tags::REFERENCED_FRAME_OF_REFERENCE_SEQUENCE, referenced_frame(series, &frame_of_reference, &study))
        .items(
            tags::STRUCTURE_SET_ROI_SEQUENCE,
            numbered().map(|(number, roi)| structure(number, roi, &frame_of_reference)).collect(),
        )
        .items(tags::ROI_CONTOUR_SEQUENCE, numbered().map(|(number, roi)| contours(series, number, roi)).collect())
        .items(tags::RTROI_OBSERVATIONS_SEQUENCE, numbered().map(|(number, roi)| observation(number, roi)).collect())
        .write(&folder.join("RS000001"), Encoding::ImplicitLittle)
}

/// An ellipse that hardly changes from the first slice to the last.
fn whole_length(name: &'static str, kind: &'static str, colour: &'static str, centre: [f64; 2], radii: [f64; 2]) -> Roi {
    let shape =
        Ellipsoid { centre: [centre[0], centre[1], 80.0], semi_axes: [radii[0], radii[1], 1000.0], direction: [1.0, 0.0] };
    Roi { name, kind, colour, shape }
}

/// The image that shows a slice, with its frame in an Enhanced object.
fn image(series: &Series, slice: usize) -> Attributes {
    let image = reference(series.class, &series.instance(slice));
    match series.frame(slice) {
        Some(frame) => image.text(tags::REFERENCED_FRAME_NUMBER, &frame.to_string()),
        None => image,
    }
}

fn referenced_frame(series: &Series, frame_of_reference: &str, study: &str) -> Attributes {
    // An Enhanced object is one image; its frames are named with the contours.
    let images = match series.visit.enhanced {
        true => vec![reference(series.class, &series.instance(0))],
        false => (0..series.grid.size[2]).map(|slice| image(series, slice)).collect(),
    };
    let referenced_series =
        Attributes::new().text(tags::SERIES_INSTANCE_UID, &series.uid).items(tags::CONTOUR_IMAGE_SEQUENCE, images);
    let referenced_study =
        reference(STUDY_CLASS, &uid::of(&format!("{study}/study"))).item(tags::RT_REFERENCED_SERIES_SEQUENCE, referenced_series);
    Attributes::new()
        .text(tags::FRAME_OF_REFERENCE_UID, frame_of_reference)
        .item(tags::RT_REFERENCED_STUDY_SEQUENCE, referenced_study)
}

fn structure(number: usize, roi: &Roi, frame_of_reference: &str) -> Attributes {
    Attributes::new()
        .text(tags::ROI_NUMBER, &number.to_string())
        .text(tags::REFERENCED_FRAME_OF_REFERENCE_UID, frame_of_reference)
        .text(tags::ROI_NAME, roi.name)
        .text(tags::ROI_GENERATION_ALGORITHM, "MANUAL")
}

fn contours(series: &Series, number: usize, roi: &Roi) -> Attributes {
    let contour = |slice: usize| {
        let z = series.grid.position(0, 0, slice)[2];
        let corners = roi.shape.section(z, CORNERS)?;
        // A tenth of a micrometre: far below any pixel, and short to write.
        let rounded = |c: f64| (c * 1e4).round() / 1e4;
        let points: Vec<f64> = corners.into_iter().flat_map(|corner| series.grid.lps(corner).map(rounded)).collect();
        Some(
            Attributes::new()
                .item(tags::CONTOUR_IMAGE_SEQUENCE, image(series, slice))
                .text(tags::CONTOUR_GEOMETRIC_TYPE, "CLOSED_PLANAR")
                .text(tags::NUMBER_OF_CONTOUR_POINTS, &CORNERS.to_string())
                .decimals(tags::CONTOUR_DATA, &points),
        )
    };
    Attributes::new()
        .text(tags::ROI_DISPLAY_COLOR, roi.colour)
        .text(tags::REFERENCED_ROI_NUMBER, &number.to_string())
        .items(tags::CONTOUR_SEQUENCE, (0..series.grid.size[2]).filter_map(contour).collect())
}

fn observation(number: usize, roi: &Roi) -> Attributes {
    Attributes::new()
        .text(tags::OBSERVATION_NUMBER, &number.to_string())
        .text(tags::REFERENCED_ROI_NUMBER, &number.to_string())
        .text(tags::RTROI_INTERPRETED_TYPE, roi.kind)
        .text(tags::ROI_INTERPRETER, "")
}
