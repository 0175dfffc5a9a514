//! One CT or MR file: its headers, for each frame it holds.

use super::attributes::{decimal, exactly, text, whole};
use super::data_set::DataSet;
use super::dicom_file::Object;
use super::functional_groups::{FunctionalGroups, GEOMETRY, plane, thickness};
use super::pixel_plan::{PixelPlan, compare_lengths};
use super::samples::states_values;
use super::{Error, SourceFile};
use crate::problem::Problem;
use crate::volume::SlicePlane;
use dicom::core::Tag;
use dicom::dictionary_std::tags;
use jiff::civil::Date;
use std::sync::Arc;

/// The headers of one CT or MR file.
#[derive(Debug, Clone)]
pub(super) struct ImageFile {
    pub source: SourceFile,
    pub series_instance_uid: String,
    pub modality: String,
    /// Used to tell patients apart and to find the subject; never shown.
    pub patient_id: Option<String>,
    pub frame_of_reference_uid: Option<String>,
    pub date: Option<(Date, &'static str)>,
    /// Window centre and width.
    pub window: Option<(f64, f64)>,
    pub frames: Vec<FrameHeader>,
    /// How to read its pixels, or why that cannot be done.
    pub pixels: Arc<Result<PixelPlan, Error>>,
    pub problems: Vec<Problem>,
}

/// The geometry of one frame.
#[derive(Debug, Clone)]
pub(super) struct FrameHeader {
    /// Zero-based frame number in the file.
    pub frame: u32,
    pub sop_instance_uid: String,
    pub plane: SlicePlane,
    pub thickness_mm: Option<f64>,
    pub localizer: bool,
    /// What could tell apart stacks that share positions: keyword and value.
    pub split: Vec<(&'static str, String)>,
}

/// Reads the headers of a CT or MR file that was opened without its pixels.
///
/// # Errors
/// Missing or impossible geometry, colour images.
pub(super) fn read_image(object: &Object<'_>, source: &SourceFile, multi_frame: bool) -> Result<ImageFile, Error> {
    let shown = &source.shown;
    let missing = |attribute: &'static str, why: &str| Error::Attribute {
        file: shown.clone(),
        attribute,
        found: "missing".to_string(),
        allowed: why.to_string(),
    };
    let series_instance_uid = text(object, tags::SERIES_INSTANCE_UID)
        .ok_or_else(|| missing("SeriesInstanceUID", "slices cannot be grouped without it"))?;
    let samples = whole(object, tags::SAMPLES_PER_PIXEL).unwrap_or(1);
    let photometric = text(object, tags::PHOTOMETRIC_INTERPRETATION).unwrap_or_default();
    if samples != 1 || !(photometric.is_empty() || photometric.starts_with("MONOCHROME")) {
        return Err(Error::Unsupported { file: shown.clone(), what: "a colour image".to_string() });
    }
    let groups = multi_frame.then(|| FunctionalGroups::of(object, shown)).transpose()?;
    let stated_frames = whole(object, tags::NUMBER_OF_FRAMES).unwrap_or(1);
    if !multi_frame && stated_frames > 1 {
        return Err(Error::Attribute {
            file: shown.clone(),
            attribute: "NumberOfFrames",
            found: stated_frames.to_string(),
            allowed: "an object of this class has one frame: where others would lie is not known".to_string(),
        });
    }
    let frames = match &groups {
        Some(groups) => read_frames(object, groups, source)?,
        None => vec![read_single(object, source)?],
    };
    let excess = compare_lengths(object, source)?;
    let pixels = PixelPlan::of(object, groups.as_ref(), shown);
    let mut problems = object.problems.clone();
    problems.extend(pixels.iter().flat_map(|plan| plan.problems(object, shown)));
    if excess > 0 && pixels.is_ok() {
        let message = "the pixel data are longer than the matrix needs; the bytes at their end were left out";
        problems.push(
            Problem::warning("excess-pixel-data", message, "fetch the file again if its picture looks wrong").in_file(shown),
        );
    }
    let lossy = text(object, tags::LOSSY_IMAGE_COMPRESSION).as_deref() == Some("01");
    if lossy {
        problems.push(
            Problem::warning("lossy-compression", "the pixels were compressed with loss", "Fetch the original if there is one")
                .in_file(shown),
        );
    }
    let modality = text(object, tags::MODALITY).unwrap_or_default();
    let stated = |groups: &FunctionalGroups<'_>| {
        let own = |frame| groups.group(frame, tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE);
        (0..groups.frames()).all(|frame| own(frame).is_some_and(states_values))
    };
    if modality == "CT" && !states_values(object) && !groups.as_ref().is_some_and(stated) {
        problems.push(
            Problem::warning(
                "no-rescale",
                "RescaleSlope or RescaleIntercept is missing: the values may not be Hounsfield units",
                "Do not use its intensities",
            )
            .in_file(shown),
        );
    }
    Ok(ImageFile {
        source: source.clone(),
        series_instance_uid,
        modality,
        patient_id: text(object, tags::PATIENT_ID),
        frame_of_reference_uid: text(object, tags::FRAME_OF_REFERENCE_UID),
        date: date_of(object),
        window: window_of(object, shown),
        frames,
        pixels: Arc::new(pixels),
        problems,
    })
}

/// The day of the scan, from the first of four attributes that holds a real date, and which one that was.
pub(super) fn date_of(object: &DataSet<'_>) -> Option<(Date, &'static str)> {
    let candidates = [
        (tags::ACQUISITION_DATE, "AcquisitionDate"),
        (tags::ACQUISITION_DATE_TIME, "AcquisitionDateTime"),
        (tags::SERIES_DATE, "SeriesDate"),
        (tags::STUDY_DATE, "StudyDate"),
        (tags::CONTENT_DATE, "ContentDate"),
    ];
    candidates.into_iter().find_map(|(tag, keyword)| Some((parse_date(&text(object, tag)?)?, keyword)))
}

/// A DICOM date: eight digits (more may follow in a date-time), or the old form with points. Anything else is no date.
fn parse_date(value: &str) -> Option<Date> {
    let digits: String = match value.as_bytes() {
        [_, _, _, _, b'.', _, _, b'.', _, _] => value.replace('.', ""),
        bytes if bytes.len() >= 8 && bytes[..8].iter().all(u8::is_ascii_digit) => value[..8].to_string(),
        _ => return None,
    };
    let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i16>().ok();
    Date::new(number(0..4)?, i8::try_from(number(4..6)?).ok()?, i8::try_from(number(6..8)?).ok()?).ok()
}

fn window_of(object: &DataSet<'_>, shown: &str) -> Option<(f64, f64)> {
    let centre = decimal(object, tags::WINDOW_CENTER, "WindowCenter", shown).ok()??;
    let width = decimal(object, tags::WINDOW_WIDTH, "WindowWidth", shown).ok()??;
    (width > 0.0).then_some((centre, width))
}

fn matrix(object: &DataSet<'_>, shown: &str) -> Result<(usize, usize), Error> {
    let size = |tag: Tag, attribute: &'static str| {
        let found = whole(object, tag);
        found.and_then(|n| usize::try_from(n).ok()).filter(|n| (1..=65_535).contains(n)).ok_or_else(|| Error::Attribute {
            file: shown.to_string(),
            attribute,
            found: found.map_or("missing".to_string(), |n| n.to_string()),
            allowed: "a whole number from 1 to 65535 is expected".to_string(),
        })
    };
    Ok((size(tags::COLUMNS, "Columns")?, size(tags::ROWS, "Rows")?))
}

fn is_localizer(object: &DataSet<'_>, tag: Tag) -> bool {
    text(object, tag).is_some_and(|value| value.split('\\').any(|part| part.trim() == "LOCALIZER"))
}

fn read_single(object: &Object<'_>, source: &SourceFile) -> Result<FrameHeader, Error> {
    let shown = &source.shown;
    let (columns, rows) = matrix(object, shown)?;
    let six = exactly::<6>(Some(object), tags::IMAGE_ORIENTATION_PATIENT, "ImageOrientationPatient", shown, GEOMETRY)?;
    let three = exactly::<3>(Some(object), tags::IMAGE_POSITION_PATIENT, "ImagePositionPatient", shown, GEOMETRY)?;
    let pair = exactly::<2>(
        Some(object),
        tags::PIXEL_SPACING,
        "PixelSpacing",
        shown,
        "without it no diameter in millimetres exists (detector spacings are not distances in the patient)",
    )?;
    let split_by = [
        (tags::ACQUISITION_NUMBER, "AcquisitionNumber"),
        (tags::TEMPORAL_POSITION_INDEX, "TemporalPositionIndex"),
        (tags::TEMPORAL_POSITION_IDENTIFIER, "TemporalPositionIdentifier"),
        (tags::ECHO_TIME, "EchoTime"),
        (tags::TRIGGER_TIME, "TriggerTime"),
        (tags::DIFFUSION_B_VALUE, "DiffusionBValue"),
        (tags::IMAGE_TYPE, "ImageType"),
        (tags::DIFFUSION_DIRECTIONALITY, "DiffusionDirectionality"),
        (tags::CONVOLUTION_KERNEL, "ConvolutionKernel"),
        (tags::CONTENT_TIME, "ContentTime"),
    ];
    Ok(FrameHeader {
        frame: 0,
        sop_instance_uid: text(object, tags::SOP_INSTANCE_UID).unwrap_or_default(),
        plane: plane(columns, rows, six, three, pair, shown)?,
        thickness_mm: thickness(object, shown),
        localizer: is_localizer(object, tags::IMAGE_TYPE),
        split: split_by.into_iter().filter_map(|(tag, keyword)| Some((keyword, text(object, tag)?))).collect(),
    })
}

fn read_frames(object: &Object<'_>, groups: &FunctionalGroups<'_>, source: &SourceFile) -> Result<Vec<FrameHeader>, Error> {
    let shown = &source.shown;
    let (columns, rows) = matrix(object, shown)?;
    let sop_instance_uid = text(object, tags::SOP_INSTANCE_UID).unwrap_or_default();
    let localizer = is_localizer(object, tags::IMAGE_TYPE);
    let split_by = [
        (tags::FRAME_CONTENT_SEQUENCE, tags::STACK_ID, "StackID"),
        (tags::FRAME_CONTENT_SEQUENCE, tags::TEMPORAL_POSITION_INDEX, "TemporalPositionIndex"),
        (tags::FRAME_CONTENT_SEQUENCE, tags::FRAME_ACQUISITION_NUMBER, "FrameAcquisitionNumber"),
        (tags::MR_ECHO_SEQUENCE, tags::EFFECTIVE_ECHO_TIME, "EffectiveEchoTime"),
        (tags::MR_DIFFUSION_SEQUENCE, tags::DIFFUSION_B_VALUE, "DiffusionBValue"),
        (tags::MR_DIFFUSION_SEQUENCE, tags::DIFFUSION_DIRECTIONALITY, "DiffusionDirectionality"),
        (tags::CARDIAC_SYNCHRONIZATION_SEQUENCE, tags::NOMINAL_CARDIAC_TRIGGER_DELAY_TIME, "TriggerTime"),
        (tags::MR_IMAGE_FRAME_TYPE_SEQUENCE, tags::FRAME_TYPE, "ImageType"),
        (tags::CT_IMAGE_FRAME_TYPE_SEQUENCE, tags::FRAME_TYPE, "ImageType"),
    ];
    (0..groups.frames())
        .map(|frame| {
            let split =
                split_by.into_iter().filter_map(|(group, tag, keyword)| Some((keyword, text(groups.group(frame, group)?, tag)?)));
            Ok(FrameHeader {
                frame: frame as u32,
                sop_instance_uid: sop_instance_uid.clone(),
                plane: groups.plane(frame, columns, rows, shown)?,
                thickness_mm: groups.thickness(frame, shown),
                localizer,
                split: split.collect(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_real_dates_are_dates() {
        let day = |y, m, d| Some(Date::constant(y, m, d));
        for (value, expected) in [
            ("20260105", day(2026, 1, 5)),
            ("20260105101500.000", day(2026, 1, 5)),
            ("2026.01.28", day(2026, 1, 28)),
            ("20061399", None),
            ("2006", None),
            ("", None),
        ] {
            assert_eq!(parse_date(value), expected, "{value}");
        }
    }
}
