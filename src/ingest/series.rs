//! Groups image files into series and stacks their slices, by geometry only.

use super::image_file::{FrameHeader, ImageFile};
use super::mask_file::MaskFile;
use super::pixel_plan::PixelPlan;
use super::pixels::load_slice;
use super::stacks::{Slice, StackChoice, StackChoices, choices_of, interleaved, kept, splits};
use super::{Error, SourceFile};
use crate::problem::Problem;
use crate::volume::{NotAVolume, VolumeGeometry, stack_slices};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One slice of a stack: the file, the frame in it, and its identity.
#[derive(Debug, Clone, PartialEq)]
pub struct FrameRef {
    /// The file.
    pub source: SourceFile,
    /// Zero-based frame in the file.
    pub frame: u32,
    /// SOP Instance UID.
    pub sop_instance_uid: String,
    pub(super) pixels: Arc<Result<PixelPlan, Error>>,
}

impl FrameRef {
    /// How to read its pixels.
    ///
    /// # Errors
    /// The header of its file shows that this cannot be done.
    pub(super) fn pixels(&self) -> Result<&PixelPlan, Error> {
        self.pixels.as_ref().as_ref().map_err(Clone::clone)
    }
}

/// A series that is one volume.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    /// Its grid.
    pub geometry: VolumeGeometry,
    /// One per slice of the grid, in its order.
    pub frames: Vec<FrameRef>,
    /// Nominal thickness of a slice in millimetres.
    pub thickness_mm: Option<f64>,
}

/// A CT or MR series as found.
#[derive(Debug, Clone)]
pub struct Series {
    /// Series Instance UID.
    pub series_instance_uid: String,
    /// Frame of Reference UID.
    pub frame_of_reference_uid: Option<String>,
    /// `CT` or `MR`.
    pub modality: String,
    /// To tell patients apart and to find the subject; never shown.
    pub patient_id: Option<String>,
    /// Day of the scan, and the attribute it came from.
    pub date: Option<(Date, &'static str)>,
    /// Window centre and width, when the image states them.
    pub window: Option<(f64, f64)>,
    /// The common folder of its files, relative to the data root.
    pub folder: String,
    /// The folders that hold its files.
    pub folders: BTreeSet<PathBuf>,
    /// Number of files.
    pub files: usize,
    /// All of its images are localizers: planning pictures, never measured.
    pub localizer: bool,
    /// The volume, or why it is none.
    pub stack: Result<Arc<Stack>, Error>,
    /// What is odd about it.
    pub problems: Vec<Problem>,
    /// Kept while it is open which of several stacks is meant.
    pub open: Option<OpenFiles>,
}

/// The headers of a series whose stack is not chosen yet.
#[derive(Debug, Clone)]
pub struct OpenFiles(Arc<Vec<ImageFile>>);

impl Series {
    /// The series with the one of its stacks that a mask was drawn on, when it holds several and the mask names instances of one.
    pub fn chosen_by(&self, mask: &MaskFile) -> Option<Series> {
        let OpenFiles(files) = self.open.as_ref()?;
        if mask.referenced_instances.is_empty() {
            return None;
        }
        let mut chosen = one_series(files.to_vec(), &choices_of(files, &mask.referenced_instances));
        let names_all = |stack: &Arc<Stack>| {
            let own: BTreeSet<&String> = stack.frames.iter().map(|frame| &frame.sop_instance_uid).collect();
            let here = files.iter().flat_map(|file| &file.frames).map(|frame| &frame.sop_instance_uid);
            here.filter(|uid| mask.referenced_instances.contains(*uid)).all(|uid| own.contains(uid))
        };
        if !chosen.stack.as_ref().is_ok_and(names_all) {
            return None;
        }
        let message = "the series holds several stacks; the one that the mask names as its images was used";
        chosen.problems.push(
            Problem::info("stack-by-reference", message, "Choose with --stack if another one is meant")
                .in_file(&mask.source.shown),
        );
        Some(chosen)
    }
}

/// Groups files by Series Instance UID and stacks every group.
pub(super) fn group_into_series(files: Vec<ImageFile>, choices: &StackChoices) -> Vec<Series> {
    let mut groups: BTreeMap<String, Vec<ImageFile>> = BTreeMap::new();
    for file in files {
        groups.entry(file.series_instance_uid.clone()).or_default().push(file);
    }
    let mut series: Vec<Series> = groups.into_iter().map(|(uid, files)| one_series(files, &choices.of(&uid))).collect();
    series.sort_by(|a, b| (&a.folder, &a.series_instance_uid).cmp(&(&b.folder, &b.series_instance_uid)));
    series
}

fn one_series(mut files: Vec<ImageFile>, choices: &[StackChoice]) -> Series {
    files.sort_by(|a, b| a.source.shown.cmp(&b.source.shown));
    let first = &files[0];
    let folders: BTreeSet<PathBuf> = files.iter().map(|file| file.source.folder().to_path_buf()).collect();
    let folder = Path::new(&first.source.shown).parent().map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
    let mut series = Series {
        series_instance_uid: first.series_instance_uid.clone(),
        frame_of_reference_uid: first.frame_of_reference_uid.clone(),
        modality: first.modality.clone(),
        patient_id: first.patient_id.clone(),
        date: day_of(&files),
        window: first.window,
        folder: if folder.is_empty() { ".".to_string() } else { folder },
        folders,
        files: files.len(),
        localizer: files.iter().flat_map(|file| &file.frames).all(|frame| frame.localizer),
        stack: Err(Error::Geometry { file: first.source.shown.clone(), source: NotAVolume::Empty }),
        problems: summarised(&files),
        open: None,
    };
    let (stack, problems) = match one_patient(&files).and_then(|()| one_day(&files)).and_then(|()| without_duplicates(&files)) {
        Ok((slices, problems)) => (choose(slices, choices), problems),
        Err(error) => (Err(error), Vec::new()),
    };
    series.problems.extend(problems);
    series.stack = stack.map(|(stack, problems)| {
        series.problems.extend(problems);
        Arc::new(stack)
    });
    if let Err(Error::SeveralStacks { .. }) = series.stack {
        series.open = Some(OpenFiles(Arc::new(files)));
    }
    series
}

/// The problems of the files, one of each kind with the number of files it concerns.
fn summarised(files: &[ImageFile]) -> Vec<Problem> {
    let mut by_code: BTreeMap<&str, (Problem, usize)> = BTreeMap::new();
    for problem in files.iter().flat_map(|file| &file.problems) {
        by_code.entry(problem.code).or_insert_with(|| (problem.clone(), 0)).1 += 1;
    }
    by_code
        .into_values()
        .map(|(mut problem, count)| {
            if count > 1 {
                problem.message = format!("{} ({count} files)", problem.message);
            }
            problem
        })
        .collect()
}

fn one_patient(files: &[ImageFile]) -> Result<(), Error> {
    for (attribute, value) in [
        ("PatientID", (|file: &ImageFile| file.patient_id.clone()) as fn(&ImageFile) -> Option<String>),
        ("FrameOfReferenceUID", |file| file.frame_of_reference_uid.clone()),
    ] {
        let mut counts: BTreeMap<Option<String>, usize> = BTreeMap::new();
        for file in files {
            *counts.entry(value(file)).or_default() += 1;
        }
        if counts.len() > 1 {
            let rarest = counts.iter().min_by_key(|(_, count)| **count).map(|(key, _)| key.clone()).unwrap_or_default();
            let odd = files.iter().find(|file| value(file) == rarest).unwrap_or(&files[0]);
            return Err(Error::Contradiction {
                file: odd.source.shown.clone(),
                reason: format!(
                    "{attribute} differs from the other slices of its series; one series must be one patient and one frame of reference"
                ),
            });
        }
    }
    Ok(())
}

/// The first day of a series; when its files disagree by more than a night, the day of most of them.
fn day_of(files: &[ImageFile]) -> Option<(Date, &'static str)> {
    let mut counts: BTreeMap<Date, (usize, &'static str)> = BTreeMap::new();
    for (day, attribute) in files.iter().filter_map(|file| file.date) {
        counts.entry(day).or_insert((0, attribute)).0 += 1;
    }
    let (&day, &(_, attribute)) = match one_day(files) {
        Ok(()) => counts.first_key_value()?,
        Err(_) => counts.iter().max_by_key(|(_, (count, _))| *count)?,
    };
    Some((day, attribute))
}

/// A series that crosses midnight has two days; more than that is a wrong date, and which one is wrong decides the visit.
fn one_day(files: &[ImageFile]) -> Result<(), Error> {
    let mut days: BTreeMap<Date, (usize, &ImageFile)> = BTreeMap::new();
    for file in files {
        if let Some((day, _)) = file.date {
            days.entry(day).or_insert((0, file)).0 += 1;
        }
    }
    let (Some((first, _)), Some((last, _))) = (days.first_key_value(), days.last_key_value()) else { return Ok(()) };
    if *first == *last || first.tomorrow().is_ok_and(|next| next == *last) {
        return Ok(());
    }
    let odd = days.values().min_by_key(|(count, _)| *count).map_or(&files[0], |(_, file)| file);
    let reason = format!("the slices of its series have dates from {first} to {last}; one series is one scan");
    Err(Error::Contradiction { file: odd.source.shown.clone(), reason })
}

/// Whether two files hold the same values at the same places, however they are written.
fn same_image(a: &ImageFile, b: &ImageFile) -> bool {
    let values = |file: &ImageFile, frame| load_slice(&frame_ref(file, frame)).ok();
    a.frames.len() == b.frames.len()
        && a.frames.iter().zip(&b.frames).all(|(one, other)| {
            let (one_values, other_values) = (values(a, one), values(b, other));
            one.plane == other.plane && one_values.is_some() && one_values == other_values
        })
}

fn frame_ref(file: &ImageFile, frame: &FrameHeader) -> FrameRef {
    FrameRef {
        source: file.source.clone(),
        frame: frame.frame,
        sop_instance_uid: frame.sop_instance_uid.clone(),
        pixels: Arc::clone(&file.pixels),
    }
}

/// Drops second copies of one SOP instance; refuses two different images under one UID.
fn without_duplicates(files: &[ImageFile]) -> Result<(Vec<Slice<'_>>, Vec<Problem>), Error> {
    let mut seen: BTreeMap<&str, &ImageFile> = BTreeMap::new();
    let mut slices = Vec::new();
    let mut dropped = Vec::new();
    for file in files {
        let uid = file.frames[0].sop_instance_uid.as_str();
        match seen.get(uid) {
            Some(earlier) if !uid.is_empty() => {
                if !earlier.source.same_bytes(&file.source) && !same_image(earlier, file) {
                    return Err(Error::Contradiction {
                        file: file.source.shown.clone(),
                        reason: format!("it has the SOPInstanceUID of {} but other content", earlier.source.shown),
                    });
                }
                dropped.push(file.source.shown.clone());
            }
            _ => {
                seen.insert(uid, file);
                slices.extend(file.frames.iter().map(|frame| (file, frame)));
            }
        }
    }
    let problems = dropped.first().map(|first| {
        Problem::warning(
            "duplicate-file",
            format!("{} second copies of a slice were left out", dropped.len()),
            "Remove the copies",
        )
        .in_file(first)
    });
    Ok((slices, problems.into_iter().collect()))
}

/// The stack of slices; while they are several stacks the choices are made one after the other.
fn choose(mut slices: Vec<Slice<'_>>, choices: &[StackChoice]) -> Result<(Stack, Vec<Problem>), Error> {
    let left_out = without_localizers(&mut slices);
    for choice in choices {
        match stack(&slices) {
            Err(Error::SeveralStacks { .. }) => slices = kept(&slices, choice).unwrap_or(slices),
            _ => break,
        }
    }
    let (stack, mut problems) = stack(&slices)?;
    problems.extend(left_out);
    Ok((stack, problems))
}

/// Planning pictures share the series of some scanners; they say so.
fn without_localizers(slices: &mut Vec<Slice<'_>>) -> Option<Problem> {
    let localizers = slices.iter().filter(|(_, frame)| frame.localizer).count();
    if localizers == 0 || localizers == slices.len() {
        return None;
    }
    let shown = slices.iter().find(|(_, frame)| frame.localizer).map(|(file, _)| file.source.shown.clone());
    slices.retain(|(_, frame)| !frame.localizer);
    let message = format!("{localizers} localizer images of the series were left out");
    let mut problem =
        Problem::warning("localizer-left-out", message, "Nothing, if they are planning pictures as their headers say");
    problem.file = shown;
    Some(problem)
}

fn stack(slices: &[Slice<'_>]) -> Result<(Stack, Vec<Problem>), Error> {
    let mut problems = Vec::new();
    let thickness_mm = slices.first().and_then(|(_, frame)| frame.thickness_mm);
    let single_slice_mm = match slices {
        [(file, _)] => {
            let thickness = thickness_of_single_slice(thickness_mm, &file.source.shown)?;
            problems.push(single_slice_warning(thickness, &file.source.shown));
            thickness
        }
        // Several slices have a distance of their own.
        _ => 0.0,
    };
    if let Some(split) = interleaved(slices) {
        return Err(Error::SeveralStacks { file: slices[0].0.source.shown.clone(), splits: vec![split] });
    }
    let planes: Vec<_> = slices.iter().map(|(_, frame)| frame.plane.clone()).collect();
    let (geometry, order) = stack_slices(&planes, single_slice_mm).map_err(|source| not_a_volume(slices, source))?;
    let frames = order.iter().map(|&index| {
        let (file, frame) = slices[index];
        frame_ref(file, frame)
    });
    let spacing_mm = geometry.spacing_between_slices();
    if let Some(thickness) = thickness_mm.filter(|thickness| slices.len() > 1 && spacing_mm > 2.0 * thickness) {
        let message = format!("the slices lie {spacing_mm:.3} mm apart and are {thickness} mm thick: there may be more of them");
        let advice = "Look whether all slices were sent, and whether this is the stack that is meant";
        problems.push(Problem::warning("sparse-slices", message, advice).in_file(&slices[order[0]].0.source.shown));
    }
    if geometry.is_sheared() {
        problems.push(
            Problem::info(
                "gantry-tilt",
                "the slices are shifted against each other (gantry tilt); volumes use the distance along the normal",
                "",
            )
            .in_file(&slices[order[0]].0.source.shown),
        );
    }
    Ok((Stack { frames: frames.collect(), geometry, thickness_mm }, problems))
}

/// A single slice has no distance to a neighbour: its stated thickness is all there is, and no thickness is ever made up.
///
/// # Errors
/// None is stated.
pub(super) fn thickness_of_single_slice(stated_mm: Option<f64>, shown: &str) -> Result<f64, Error> {
    stated_mm.ok_or_else(|| Error::Attribute {
        file: shown.to_string(),
        attribute: "SliceThickness",
        found: "missing".to_string(),
        allowed: "a single slice needs it to have a volume".to_string(),
    })
}

/// The warning that a volume rests on the nominal thickness of one slice.
pub(super) fn single_slice_warning(thickness_mm: f64, shown: &str) -> Problem {
    let message = format!("a single slice: volumes assume its thickness of {thickness_mm} mm");
    Problem::warning("single-slice", message, "use its in-plane diameters only").in_file(shown)
}

/// Names the file behind the index, and the splits that would help.
fn not_a_volume(slices: &[Slice<'_>], source: NotAVolume) -> Error {
    let index = match source {
        NotAVolume::SamePosition { second, .. } => second,
        NotAVolume::Differs { index, .. } | NotAVolume::Shifted { index, .. } => index,
        NotAVolume::Gap { before, .. } => before,
        NotAVolume::Empty => return Error::Geometry { file: String::new(), source },
    };
    let file = slices[index].0.source.shown.clone();
    match splits(slices, &source) {
        splits if splits.is_empty() => Error::Geometry { file, source },
        splits => Error::SeveralStacks { file, splits },
    }
}
