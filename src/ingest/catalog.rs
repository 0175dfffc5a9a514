//! Everything below a folder, sorted: image series, masks, and what could not be read.

use super::attributes::text;
use super::class::{Class, class_of};
use super::dicom_file::with_header;
use super::guard::guarded;
use super::image_file::{ImageFile, read_image};
use super::scan::{Content, Scanned, scan, stranger};
use super::series::group_into_series;
use super::stacks::StackChoices;
use super::{Error, MaskFile, Series, SourceFile};
use crate::problem::Problem;
use crate::volume::{MaskKind, NotAVolume};
use dicom::dictionary_std::tags;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What was found below one or more folders.
#[derive(Debug, Default)]
pub struct Catalog {
    /// Image series, by folder.
    pub series: Vec<Series>,
    /// Mask files, by path.
    pub masks: Vec<MaskFile>,
    /// DICOM files that cannot be read at all.
    pub broken: Vec<(SourceFile, Error)>,
    /// Files that were skipped, and other oddities that concern no single series.
    pub problems: Vec<Problem>,
    /// Number of files looked at.
    pub files: usize,
}

/// Called with the number of files read so far and their total; from several threads.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// One file, read.
enum Found {
    Image(Box<ImageFile>),
    Mask(MaskFile),
    Broken(SourceFile, Error),
    /// With its Series Instance UID, where it has one.
    BrokenImage(SourceFile, Error, Option<String>),
    Stranger(SourceFile),
    Nothing,
}

impl Catalog {
    /// Reads the headers of everything below `roots` (folders, zip archives or single files). `choices` say which stack is meant
    /// where a series holds several; without one for it, the masks that name the images they were drawn on decide.
    pub fn read(roots: &[PathBuf], choices: &StackChoices, progress: Progress<'_>) -> Self {
        let Scanned { found: files, broken: archives, mut problems } = scan(roots);
        let total = files.len();
        let done = std::sync::atomic::AtomicUsize::new(0);
        let read: Vec<Found> = files
            .into_par_iter()
            .map(|(source, content)| {
                let found = guarded(&source.shown, || Ok(look_at(source.clone(), content)));
                let found = found.unwrap_or_else(|error| Found::Broken(source, error));
                let so_far = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
                progress(so_far, total);
                found
            })
            .collect();
        let (mut images, mut masks, mut broken) = (Vec::new(), Vec::new(), Vec::new());
        for found in read {
            match found {
                Found::Image(image) => images.push(*image),
                Found::Mask(mask) => masks.push(mask),
                Found::Broken(source, error) => broken.push((source, error, None)),
                Found::BrokenImage(source, error, series) => broken.push((source, error, series)),
                Found::Stranger(source) => problems.extend(stranger(&source)),
                Found::Nothing => {}
            }
        }
        let masks = without_copies(masks, &mut problems);
        problems.extend(twins(&masks));
        let mut series = group_into_series(images, choices);
        series.iter_mut().for_each(|series| choose_by_masks(series, &masks));
        broken.retain(|(source, error, own)| !spoils(&mut series, source, error, own.as_deref()));
        let mut broken: Vec<_> = broken.into_iter().map(|(source, error, _)| (source, error)).collect();
        broken.extend(archives);
        Self { series, masks, broken, problems, files: total }
    }

    /// The series a mask belongs to: the one it refers to; else the only one in its own folder or in the nearest folder above
    /// that holds any.
    ///
    /// # Errors
    /// None, or several candidates.
    pub fn series_of(&self, mask: &MaskFile) -> Result<&Series, Error> {
        let referred: Vec<&Series> =
            self.series.iter().filter(|series| mask.referenced_series.contains(&series.series_instance_uid)).collect();
        let misplaced = |reason: String| Error::Misplaced { file: mask.source.shown.clone(), reason };
        match referred.as_slice() {
            [one] => return Ok(one),
            [_, _, ..] => return Err(misplaced("it refers to several series that are here".to_string())),
            [] => {}
        }
        let near = self.near(&mask.source);
        // A mask without references fits by position; several may be near, one should fit.
        let fitting: Vec<&&Series> = match near.as_slice() {
            [_] | [] => near.iter().collect(),
            _ => near.iter().filter(|series| mask.load(Some(series)).is_ok_and(|loaded| loaded.on_image_grid)).collect(),
        };
        match (fitting.as_slice(), near.len()) {
            ([one], _) => Ok(one),
            ([], 0) => Err(misplaced("there is no image series in its folder or above".to_string())),
            (candidates, near) => {
                let folders: Vec<&str> = candidates.iter().map(|series| series.folder.as_str()).collect();
                Err(misplaced(format!("{} of {near} series nearby fit it ({}); one must", candidates.len(), folders.join(", "))))
            }
        }
    }

    /// The series below the nearest folder, going up from that of `source`, that holds any.
    pub fn near(&self, source: &SourceFile) -> Vec<&Series> {
        for folder in source.folder().ancestors() {
            let below: Vec<&Series> =
                self.series.iter().filter(|series| series.folders.iter().any(|own| own.starts_with(folder))).collect();
            if !below.is_empty() {
                return below;
            }
        }
        Vec::new()
    }
}

fn look_at(source: SourceFile, content: Content) -> Found {
    match content {
        Content::Nifti => Found::Mask(MaskFile::plain(source, MaskKind::Nifti)),
        Content::Nrrd => Found::Mask(MaskFile::plain(source, MaskKind::Nrrd)),
        Content::Dicom => look_at_dicom(&source).unwrap_or_else(|error| Found::Broken(source, error)),
        // It looked like DICOM by a few bytes only.
        Content::BareDataSet => match with_header(&source, |object| Ok(object.sop_class())) {
            Ok(class) if !class.is_empty() => look_at_dicom(&source).unwrap_or_else(|error| Found::Broken(source, error)),
            _ => Found::Stranger(source),
        },
        Content::Zip | Content::Empty | Content::Other => Found::Nothing,
    }
}

fn look_at_dicom(source: &SourceFile) -> Result<Found, Error> {
    with_header(source, |object| {
        Ok(match class_of(object, &source.shown)? {
            Class::Image { multi_frame } => match read_image(object, source, multi_frame) {
                Ok(image) => Found::Image(Box::new(image)),
                Err(error) => Found::BrokenImage(source.clone(), error, text(object, tags::SERIES_INSTANCE_UID)),
            },
            class @ (Class::Segmentation | Class::StructureSet) => Found::Mask(MaskFile::of_dicom(object, source.clone(), class)),
            Class::Other => Found::Nothing,
        })
    })
}

/// Where a series holds several stacks, the masks drawn on it choose one, if they agree.
fn choose_by_masks(series: &mut Series, masks: &[MaskFile]) {
    let of_it = masks.iter().filter(|mask| mask.referenced_series.contains(&series.series_instance_uid));
    let chosen: Vec<Series> = of_it.filter_map(|mask| series.chosen_by(mask)).collect();
    if let Some((first, others)) = chosen.split_first()
        && others.iter().all(|other| other.stack == first.stack)
    {
        *series = first.clone();
    }
}

/// A DICOM file that cannot be used, among the slices of a series, makes the series unusable: it may be one of them, and the
/// cause of a gap between the others. Every such file is told. One that states its series spoils no other.
fn spoils(series: &mut [Series], source: &SourceFile, error: &Error, own: Option<&str>) -> bool {
    let mut spoiled = false;
    let concerns = |series: &&mut Series| match own {
        Some(uid) => series.series_instance_uid == uid,
        None => series.folders.contains(source.folder()),
    };
    for series in series.iter_mut().filter(concerns) {
        // What was assumed of the slices that are left does not matter any more.
        series.problems.retain(|problem| problem.code != "single-slice");
        match series.stack {
            Ok(_) | Err(Error::Geometry { source: NotAVolume::Gap { .. }, .. }) => series.stack = Err(error.clone()),
            Err(_) => series.problems.push(error.to_problem()),
        }
        spoiled = true;
    }
    spoiled
}

/// Masks without identifiers (NIfTI, NRRD) that are equal to the byte in two places: one of them may be misplaced.
fn twins(masks: &[MaskFile]) -> Vec<Problem> {
    let mut by_length: BTreeMap<u64, Vec<&MaskFile>> = BTreeMap::new();
    for mask in masks.iter().filter(|mask| mask.sop_instance_uid.is_none()) {
        let length = mask.source.length().unwrap_or(0);
        by_length.entry(length).or_default().push(mask);
    }
    let mut problems = Vec::new();
    for same_length in by_length.values() {
        for (place, mask) in same_length.iter().enumerate() {
            let twin = same_length[..place].iter().find(|other| other.source.same_bytes(&mask.source));
            if let Some(twin) = twin {
                let message = format!("the mask equals {} to the byte, though it lies beside other images", twin.source.shown);
                problems.push(
                    Problem::warning("mask-twice", message, "find out to which scan it belongs").in_file(&mask.source.shown),
                );
            }
        }
    }
    problems
}

/// Second copies of one mask object are left out; two different ones under one UID both stay and are compared later.
fn without_copies(masks: Vec<MaskFile>, problems: &mut Vec<Problem>) -> Vec<MaskFile> {
    let mut seen: BTreeMap<String, SourceFile> = BTreeMap::new();
    masks
        .into_iter()
        .filter(|mask| {
            let Some(uid) = &mask.sop_instance_uid else { return true };
            let Some(earlier) = seen.get(uid) else {
                seen.insert(uid.clone(), mask.source.clone());
                return true;
            };
            if earlier.folder() == mask.source.folder() && earlier.same_bytes(&mask.source) {
                problems.push(
                    Problem::warning("duplicate-file", "a second copy of a mask was left out", "Remove the copy")
                        .in_file(&mask.source.shown),
                );
                return false;
            }
            true
        })
        .collect()
}
