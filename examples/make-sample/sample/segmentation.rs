//! DICOM Segmentation: one bit per pixel, one segment per lesion, frames only where a lesion has pixels.

use std::error::Error;
use std::path::Path;

use dicom::dictionary_std::{tags, uids};

use super::dataset::{Attributes, Encoding, code, patient_and_study, reference};
use super::image_series::Series;
use super::story::Finding;
use super::uid;

/// A frame: which finding, which slice, which pixels.
struct Frame {
    finding: usize,
    slice: usize,
    pixels: Vec<bool>,
}

/// Writes `seg.dcm` into `folder`.
///
/// # Errors
/// When the file cannot be written.
pub fn write(folder: &Path, series: &Series, findings: &[Finding]) -> Result<(), Box<dyn Error>> {
    let frames = frames(series, findings);
    let [columns, rows, slices] = series.grid.size;
    let name = format!("{}/{}/segmentation", series.subject.name, series.visit.folder);
    let organization = uid::of(&format!("{name}/dimensions"));
    let segments = findings.iter().enumerate().map(|(i, finding)| segment(series, i, finding));
    let per_frame = frames.iter().map(|frame| frame_groups(series, frame)).collect();
    let instances = (0..slices).map(|slice| reference(series.class, &series.instance(slice)));

    patient_and_study(series.subject, series.visit)
        .text(tags::SOP_CLASS_UID, uids::SEGMENTATION_STORAGE)
        .text(tags::SOP_INSTANCE_UID, &uid::of(&format!("{name}/instance")))
        .text(tags::SERIES_INSTANCE_UID, &uid::of(&format!("{name}/series")))
        .text(tags::MODALITY, "SEG")
        .text(tags::SERIES_NUMBER, "900")
        .text(tags::SERIES_DESCRIPTION, "Lesions")
        .text(tags::SERIES_DATE, series.visit.date)
        .text(tags::SERIES_TIME, "100000")
        .text(tags::CONTENT_DATE, series.visit.date)
        .text(tags::CONTENT_TIME, "100000")
        .text(tags::INSTANCE_NUMBER, "1")
        .text(tags::IMAGE_TYPE, "DERIVED\\PRIMARY")
        .text(tags::CONTENT_LABEL, "LESIONS")
        .text(tags::CONTENT_DESCRIPTION, "Analytic lesions")
        .text(tags::CONTENT_CREATOR_NAME, "SYNTHETIC^READER")
        .text(tags::SEGMENTATION_TYPE, "BINARY")
        .text(tags::BURNED_IN_ANNOTATION, "NO")
        .text(tags::LOSSY_IMAGE_COMPRESSION, "00")
        .shorts(tags::SAMPLES_PER_PIXEL, &[1])
        .text(tags::PHOTOMETRIC_INTERPRETATION, "MONOCHROME2")
        .shorts(tags::ROWS, &[rows as u16])
        .shorts(tags::COLUMNS, &[columns as u16])
        .shorts(tags::BITS_ALLOCATED, &[1])
        .shorts(tags::BITS_STORED, &[1])
        .shorts(tags::HIGH_BIT, &[0])
        .shorts(tags::PIXEL_REPRESENTATION, &[0])
        .text(tags::NUMBER_OF_FRAMES, &frames.len().to_string())
        .item(
            tags::REFERENCED_SERIES_SEQUENCE,
            Attributes::new()
                .text(tags::SERIES_INSTANCE_UID, &series.uid)
                .items(tags::REFERENCED_INSTANCE_SEQUENCE, instances.collect()),
        )
        .items(tags::SEGMENT_SEQUENCE, segments.collect())
        .item(tags::DIMENSION_ORGANIZATION_SEQUENCE, Attributes::new().text(tags::DIMENSION_ORGANIZATION_UID, &organization))
        .items(tags::DIMENSION_INDEX_SEQUENCE, dimensions(&organization))
        .item(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, shared_groups(series))
        .items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, per_frame)
        .pixel_bytes(bits(frames.iter().flat_map(|frame| &frame.pixels).copied()))
        .write(&folder.join("seg.dcm"), Encoding::ExplicitLittle)
}

fn frames(series: &Series, findings: &[Finding]) -> Vec<Frame> {
    let [columns, rows, slices] = series.grid.size;
    let mut frames = Vec::new();
    for (finding, Finding { shape, .. }) in findings.iter().enumerate() {
        for slice in 0..slices {
            let inside = |i| shape.contains(series.grid.position(i % columns, i / columns, slice));
            let pixels: Vec<bool> = (0..columns * rows).map(inside).collect();
            if pixels.contains(&true) {
                frames.push(Frame { finding, slice, pixels });
            }
        }
    }
    frames
}

/// All frames as one stream of bits, least significant bit first.
fn bits(pixels: impl Iterator<Item = bool>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (i, pixel) in pixels.enumerate() {
        if i % 8 == 0 {
            bytes.push(0);
        }
        bytes[i / 8] |= u8::from(pixel) << (i % 8);
    }
    bytes
}

fn segment(series: &Series, index: usize, finding: &Finding) -> Attributes {
    let lesion = finding.lesion;
    let tracking = uid::of(&format!("{}/{}/tracking", series.subject.name, lesion.name));
    let abnormal = ["49755003", "Morphologically Abnormal Structure"];
    Attributes::new()
        .shorts(tags::SEGMENT_NUMBER, &[index as u16 + 1])
        .text(tags::SEGMENT_LABEL, lesion.name)
        .text(tags::SEGMENT_ALGORITHM_TYPE, "MANUAL")
        .item(tags::SEGMENTED_PROPERTY_CATEGORY_CODE_SEQUENCE, code(abnormal, "SCT"))
        .item(tags::SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE, code(lesion.kind, "SCT"))
        .item(tags::ANATOMIC_REGION_SEQUENCE, code(lesion.region, "SCT"))
        .text(tags::TRACKING_ID, lesion.name)
        .text(tags::TRACKING_UID, &tracking)
        .shorts(tags::RECOMMENDED_DISPLAY_CIE_LAB_VALUE, &colour(lesion.label))
}

/// Colours that are easy to tell apart, as CIELab values scaled to 16 bits.
fn colour(label: u16) -> [u16; 3] {
    match label {
        1 => [34890, 53480, 50170],
        2 => [57490, 10750, 54200],
        3 => [21160, 53250, 5200],
        4 => [63600, 27340, 57070],
        _ => [59700, 20540, 29270],
    }
}

fn dimensions(organization: &str) -> Vec<Attributes> {
    let dimension = |pointer, group, label| {
        Attributes::new()
            .text(tags::DIMENSION_ORGANIZATION_UID, organization)
            .pointer(tags::DIMENSION_INDEX_POINTER, pointer)
            .pointer(tags::FUNCTIONAL_GROUP_POINTER, group)
            .text(tags::DIMENSION_DESCRIPTION_LABEL, label)
    };
    vec![
        dimension(tags::REFERENCED_SEGMENT_NUMBER, tags::SEGMENT_IDENTIFICATION_SEQUENCE, "Segment number"),
        dimension(tags::IMAGE_POSITION_PATIENT, tags::PLANE_POSITION_SEQUENCE, "Image position"),
    ]
}

fn shared_groups(series: &Series) -> Attributes {
    let measures = Attributes::new()
        .decimals(tags::SLICE_THICKNESS, &[series.grid.slice_mm])
        .decimals(tags::SPACING_BETWEEN_SLICES, &[series.grid.slice_mm])
        .decimals(tags::PIXEL_SPACING, &[series.grid.pixel_mm; 2]);
    let orientation = Attributes::new().decimals(tags::IMAGE_ORIENTATION_PATIENT, &series.orientation());
    Attributes::new().item(tags::PIXEL_MEASURES_SEQUENCE, measures).item(tags::PLANE_ORIENTATION_SEQUENCE, orientation)
}

fn frame_groups(series: &Series, frame: &Frame) -> Attributes {
    let segment = frame.finding as u16 + 1;
    let source = reference(series.class, &series.instance(frame.slice))
        .text(tags::SPATIAL_LOCATIONS_PRESERVED, "YES")
        .item(tags::PURPOSE_OF_REFERENCE_CODE_SEQUENCE, code(["121322", "Source image for image processing operation"], "DCM"));
    let derivation = Attributes::new()
        .item(tags::SOURCE_IMAGE_SEQUENCE, source)
        .item(tags::DERIVATION_CODE_SEQUENCE, code(["113076", "Segmentation"], "DCM"));
    let content = Attributes::new().longs(tags::DIMENSION_INDEX_VALUES, &[u32::from(segment), frame.slice as u32 + 1]);
    let position = Attributes::new().decimals(tags::IMAGE_POSITION_PATIENT, &series.grid.slice_origin_lps(frame.slice));
    let identification = Attributes::new().shorts(tags::REFERENCED_SEGMENT_NUMBER, &[segment]);
    Attributes::new()
        .item(tags::DERIVATION_IMAGE_SEQUENCE, derivation)
        .item(tags::FRAME_CONTENT_SEQUENCE, content)
        .item(tags::PLANE_POSITION_SEQUENCE, position)
        .item(tags::SEGMENT_IDENTIFICATION_SEQUENCE, identification)
}
