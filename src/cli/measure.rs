//! `recist measure`: masks in, figures out.

use super::measure_image::Image;
use super::measure_output::{LesionContext, LesionOutput, MeasureOutput};
use super::{CliError, Exit, Talk};
use crate::ingest::{Catalog, Error, LoadedMask, MaskFile, Series, SourceFile, StackChoice, StackChoices, guarded, load_slice};
use crate::measure::{Intensity, Level, SliceValues, components_of, intensity, level_named, measure};
use crate::problem::Problem;
use crate::protocol::mask_list::{MaskListRow, read_mask_list};
use crate::volume::{Mask, Run, Segment};
use clap::{Args, ValueEnum};
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What to measure and how.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  recist measure --mask lesion.nii.gz
  recist measure --mask seg.dcm --image CT/ --intensity --format json
  recist measure --mask labels.nii.gz --nodal 3,4 --split-components
  recist measure --list masks.csv --format csv > lesions.csv
      (columns mask,image,id; image and id may be empty)

Lengths are in the acquired plane, in millimetres; `used` is the long axis, or the short axis of a
lymph node, rounded to 0.1 mm. With several masks JSON has one object per line, also for masks that
fail; these are listed on stderr and the exit code is 4.")]
pub struct MeasureArgs {
    /// A mask: DICOM SEG, RTSTRUCT, NIfTI or NRRD; may be given several times
    #[arg(long, value_name = "FILE", required_unless_present = "list")]
    mask: Vec<PathBuf>,
    /// A table of masks, with the columns mask, image and id; paths are relative to it
    #[arg(long, value_name = "FILE.csv", conflicts_with_all = ["mask", "image"])]
    list: Option<PathBuf>,
    /// The image the masks were drawn on: a folder or a file
    #[arg(long, value_name = "DIR|FILE")]
    image: Option<PathBuf>,
    /// Series Instance UID, when the folder holds several series
    #[arg(long, value_name = "UID", requires = "image")]
    series: Option<String>,
    /// Which stack is meant where a series holds several, e.g. EchoTime=4.6; may be repeated
    #[arg(long, value_name = "KEYWORD=VALUE")]
    stack: Vec<StackChoice>,
    /// Where the contour runs: through voxel centres, a quarter voxel outside, half (PyRadiomics, IBSI), or pixel corners
    #[arg(long, value_name = "LEVEL", default_value = "centre", value_parser = ["centre", "quarter", "edge", "corner"])]
    level: String,
    /// Labels or names of segments that are lymph nodes: their short axis is used
    #[arg(long, value_name = "LABEL,...", value_delimiter = ',')]
    nodal: Vec<String>,
    /// Measure every 26-connected part of a segment as a lesion of its own
    #[arg(long)]
    split_components: bool,
    /// Statistics of the image values inside each lesion (decodes the slices the mask touches)
    #[arg(long)]
    intensity: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
    /// Threads; all cores by default
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned text
    Table,
    /// JSON
    Json,
    /// CSV with a head
    Csv,
}

/// One mask to measure.
struct Job {
    mask: SourceFile,
    image: Option<PathBuf>,
    id: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// A list that cannot be read, or output that cannot be written. Masks that fail are listed and give [`Exit::SomeFailed`].
pub fn run(args: &MeasureArgs, talk: &Talk, out: &mut dyn Write) -> Result<Exit, CliError> {
    let level = level_named(&args.level).unwrap_or_default();
    let jobs = jobs(args)?;
    if jobs.is_empty() {
        return Err(CliError { exit: Exit::Nothing, message: "the list names no mask".to_string() });
    }
    super::limit_threads(args.jobs)?;
    let choices = StackChoices { all: args.stack.clone(), ..StackChoices::default() };
    let images: BTreeSet<&PathBuf> = jobs.iter().filter_map(|job| job.image.as_ref()).collect();
    let images: BTreeMap<&PathBuf, Image> = images.into_par_iter().map(|image| (image, Image::read(image, &choices))).collect();
    images.values().flat_map(Image::problems).for_each(|problem| talk.problem(problem));

    let several = args.list.is_some() || jobs.len() > 1;
    let mut csv = (args.format == Format::Csv).then(|| csv::Writer::from_writer(Vec::new()));
    if let Some(csv) = &mut csv {
        csv.write_record(MeasureOutput::CSV_HEAD).map_err(|error| CliError::cannot_write(error.to_string()))?;
    }
    let progress = talk.progress("measuring");
    progress.set_length(jobs.len() as u64);
    let mut failed = 0;
    // A part at a time, so that results come in order and memory stays small.
    for part in jobs.chunks(256) {
        let measured = |job: &Job| {
            let measured = measure_one(job, args, level, job.image.as_ref().and_then(|image| images.get(image)));
            progress.inc(1);
            measured
        };
        // A single mask has the threads for itself.
        let measured: Vec<Measured> = match part {
            [one] => vec![measured(one)],
            several => several.par_iter().map(measured).collect(),
        };
        for Measured { mut output, error, beside } in measured {
            failed += usize::from(error.is_some());
            // JSON carries its warnings itself; a table has no place for them.
            match args.format {
                Format::Json => error.iter().for_each(|error| talk.problem(error)),
                Format::Table | Format::Csv => error.iter().chain(&output.warnings).for_each(|problem| talk.problem(problem)),
            }
            output.warnings.splice(..0, error.clone());
            output.warnings.extend(beside);
            if error.is_none() || args.format == Format::Json {
                print(&output, args.format, several, csv.as_mut(), out)?;
            }
        }
    }
    progress.finish_and_clear();
    if let Some(csv) = csv {
        out.write_all(&csv.into_inner().map_err(|error| CliError::cannot_write(error.to_string()))?)?;
    }
    if failed > 0 {
        if several {
            talk.error(&format!("{failed} of {} masks could not be measured", jobs.len()));
        }
        return Ok(Exit::SomeFailed);
    }
    Ok(Exit::Done)
}

fn jobs(args: &MeasureArgs) -> Result<Vec<Job>, CliError> {
    let Some(list) = &args.list else {
        let job = |mask: &PathBuf| Job { mask: as_given(mask.clone()), image: args.image.clone(), id: None };
        return Ok(args.mask.iter().map(job).collect());
    };
    let folder = list.parent().map(PathBuf::from).unwrap_or_default();
    let name = list.file_name().unwrap_or(list.as_os_str()).to_string_lossy();
    let bytes = std::fs::read(list).map_err(|error| CliError::usage(format!("{name}: cannot be read: {error}")))?;
    let rows = read_mask_list(&bytes, &name).map_err(|problems| super::bad_rows(&problems))?;
    let job = |row: MaskListRow| Job {
        mask: SourceFile::named(Path::new(&row.mask), folder.join(&row.mask)),
        image: row.image.map(|image| folder.join(image)),
        id: row.id,
    };
    Ok(rows.into_iter().map(job).collect())
}

/// A file named on the command line is shown as it was typed.
fn as_given(path: PathBuf) -> SourceFile {
    SourceFile::named(&path.clone(), path)
}

/// What came of one mask.
struct Measured {
    output: MeasureOutput,
    /// Why it could not be measured.
    error: Option<Problem>,
    /// What is odd about files beside its image: said once on stderr, and in the JSON of every mask.
    beside: Vec<Problem>,
}

fn measure_one(job: &Job, args: &MeasureArgs, level: Level, image: Option<&Image>) -> Measured {
    let (mut kind, mut series) = (None, None);
    let outcome = guarded(&job.mask.shown, || {
        let mask = MaskFile::open(job.mask.clone())?;
        kind = Some(mask.kind);
        series = image.map(|image| series_for(&mask, &image.catalog, args.series.as_deref())).transpose()?;
        measure_on(&mask, series, job, args, level)
    });
    // What is no mask has no image.
    let beside = kind.and(image).map(|image| image.problems_beside(series)).unwrap_or_default();
    match outcome {
        Ok(output) => Measured { output, error: None, beside },
        Err(error) => {
            let problems = series.map(|series| series.problems.clone()).unwrap_or_default();
            let output = MeasureOutput::failed(job.id.clone(), job.mask.shown.clone(), kind, level, problems);
            Measured { output, error: Some(error.to_problem()), beside }
        }
    }
}

fn measure_on(
    mask: &MaskFile,
    series: Option<&Series>,
    job: &Job,
    args: &MeasureArgs,
    level: Level,
) -> Result<MeasureOutput, Error> {
    let chosen = series.and_then(|series| series.chosen_by(mask));
    let series = chosen.as_ref().or(series);
    let loaded = mask.load(series)?;
    let mut warnings: Vec<Problem> = loaded.problems.clone();
    warnings.extend(series.iter().flat_map(|series| series.problems.clone()));
    let values = if args.intensity { slice_values(&loaded, series, &mut warnings)? } else { None };
    warnings.extend(nodes_not_found(&loaded, &args.nodal));
    let one = |lesion: &Lesion| {
        let Lesion { segment, component, runs } = lesion;
        let nodal = is_nodal(segment, &args.nodal);
        let mut measured = measure(runs, &loaded.mask.geometry, nodal, level);
        let of_lesion = |problem: Problem| problem.or_in(Some(&loaded.source.shown), Some(&segment.display_name()));
        measured.problems = measured.problems.into_iter().map(of_lesion).collect();
        let sop_instance_uid = measured.slice.and_then(|slice| sop_instance_uid(&loaded, series, slice.index));
        let intensity: Option<Option<Intensity>> = args.intensity.then(|| intensity(runs, values.as_ref()?));
        LesionOutput::new(LesionContext { segment, nodal, component: *component, intensity, sop_instance_uid }, measured)
    };
    let lesions = lesions_of(&loaded.mask, args.split_components);
    // The threads are busy with other masks, or there is only this one.
    let lesions = match rayon::current_thread_index() {
        Some(_) => lesions.iter().map(one).collect(),
        None => lesions.par_iter().map(one).collect(),
    };
    Ok(MeasureOutput::new(job.id.clone(), &loaded, series, level, lesions, warnings))
}

/// A segment, or a connected part of it, to be measured.
struct Lesion<'a> {
    segment: &'a Segment,
    /// Rank of the part, the largest being 1.
    component: Option<usize>,
    runs: Cow<'a, [Run]>,
}

fn lesions_of(mask: &Mask, split_components: bool) -> Vec<Lesion<'_>> {
    let mut lesions = Vec::new();
    for segment in &mask.segments {
        if split_components && !segment.runs.is_empty() {
            let part = |(rank, runs)| Lesion { segment, component: Some(rank + 1), runs: Cow::Owned(runs) };
            lesions.extend(components_of(&segment.runs).into_iter().enumerate().map(part));
        } else {
            lesions.push(Lesion { segment, component: None, runs: Cow::Borrowed(&segment.runs) });
        }
    }
    lesions
}

/// The series of `--series`, or the only one there is, or the one the mask refers to.
fn series_for<'a>(mask: &MaskFile, catalog: &'a Catalog, wanted: Option<&str>) -> Result<&'a Series, Error> {
    let misplaced = |reason: String| Error::Misplaced { file: mask.source.shown.clone(), reason };
    if let Some(uid) = wanted {
        return catalog
            .series
            .iter()
            .find(|series| series.series_instance_uid == uid)
            .ok_or_else(|| misplaced("the image folder holds no series of the UID given with --series".to_string()));
    }
    match catalog.series.as_slice() {
        [one] => Ok(one),
        [] => match catalog.broken.first() {
            Some((_, error)) => Err(error.clone()),
            None => Err(misplaced("there is no CT or MR series in the image folder".to_string())),
        },
        several => {
            let refers = |series: &&Series| mask.referenced_series.contains(&series.series_instance_uid);
            if let Some(series) = several.iter().find(refers) {
                return Ok(series);
            }
            // One that refers to none belongs where its grid is.
            let fits = |series: &&Series| mask.load(Some(series)).is_ok_and(|loaded| loaded.on_image_grid);
            let fitting: Vec<&Series> = several.iter().filter(fits).collect();
            match fitting.as_slice() {
                [one] => Ok(one),
                _ => Err(misplaced(format!(
                    "the image folder holds {} series and it fits {} of them; choose one with --series",
                    several.len(),
                    fitting.len()
                ))),
            }
        }
    }
}

fn is_nodal(segment: &Segment, nodal: &[String]) -> bool {
    nodal.iter().any(|wanted| is_meant(segment, wanted)) || segment.nodal == Some(true)
}

/// Whether `--nodal` means this segment by this label or name.
fn is_meant(segment: &Segment, wanted: &str) -> bool {
    segment.is_called(wanted) || *wanted == segment.label.to_string()
}

/// A slip in `--nodal` would give a node its long axis, so what it names and the mask does not have is said.
fn nodes_not_found(loaded: &LoadedMask, nodal: &[String]) -> Vec<Problem> {
    let missing = nodal.iter().filter(|wanted| !loaded.mask.segments.iter().any(|segment| is_meant(segment, wanted)));
    let warning = |wanted: &String| {
        let message = format!("--nodal names `{wanted}`, and the mask has no such label or segment");
        Problem::warning("nodal-not-found", message, "Check the label or the name").in_file(&loaded.source.shown)
    };
    missing.map(warning).collect()
}

fn sop_instance_uid(loaded: &LoadedMask, series: Option<&Series>, slice: usize) -> Option<String> {
    let stack = series?.stack.as_ref().ok()?;
    loaded.on_image_grid.then(|| stack.frames.get(slice).map(|frame| frame.sop_instance_uid.clone())).flatten()
}

/// The decoded slices that the mask touches; `None` with a warning when the mask is not on the image's voxels.
fn slice_values(
    loaded: &LoadedMask,
    series: Option<&Series>,
    warnings: &mut Vec<Problem>,
) -> Result<Option<BTreeMap<usize, SliceValues>>, Error> {
    let Some(stack) = series.and_then(|series| series.stack.as_ref().ok()).filter(|_| loaded.on_image_grid) else {
        warnings.push(
            Problem::warning(
                "no-intensity",
                "the mask is not on the voxels of an image, so there are no values inside it",
                "Give the image that it was drawn on with --image",
            )
            .in_file(&loaded.source.shown),
        );
        return Ok(None);
    };
    let touched: BTreeSet<usize> = loaded.mask.segments.iter().flat_map(|s| &s.runs).map(|run| run.slice as usize).collect();
    let decoded: Result<BTreeMap<usize, SliceValues>, Error> = touched
        .into_par_iter()
        .map(|slice| load_slice(&stack.frames[slice]).map(|pixels| (slice, (pixels.values, pixels.padding))))
        .collect();
    decoded.map(Some)
}

fn print(
    output: &MeasureOutput,
    format: Format,
    several: bool,
    csv: Option<&mut csv::Writer<Vec<u8>>>,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let fault = |error: String| CliError::cannot_write(error);
    match format {
        Format::Json => {
            let text = if several { serde_json::to_string(output) } else { serde_json::to_string_pretty(output) };
            writeln!(out, "{}", text.map_err(|error| fault(error.to_string()))?)?;
        }
        Format::Table => writeln!(out, "{}", output.table())?,
        Format::Csv => {
            if let Some(csv) = csv {
                for record in output.csv_records() {
                    csv.write_record(&record).map_err(|error| fault(error.to_string()))?;
                }
            }
        }
    }
    Ok(())
}
