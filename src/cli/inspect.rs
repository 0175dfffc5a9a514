//! `recist inspect`: what is below a folder, and what is wrong with it.

use super::measure_output::aligned;
use super::{CliError, Exit, Talk};
use crate::ingest::{Catalog, Series, StackChoice, StackChoices, load_volume};
use crate::problem::{Problem, Severity};
use crate::volume::{Voxels, in_plane_name};
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::io::Write;
use std::path::PathBuf;

/// Where to look.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  recist inspect scans/
  recist inspect --pixels --format json scans/ > inspection.json
  recist inspect --stack EchoTime=4.6 scans.zip

Without --pixels only headers are read. With it every series is decoded into a volume, so that a
site can prove its scans readable.")]
pub struct InspectArgs {
    /// Folders or files
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Also decode every series (size, smallest, largest and mean value) and load every mask on its series
    #[arg(long)]
    pixels: bool,
    /// Which stack is meant where a series holds several, e.g. EchoTime=4.6; may be repeated
    #[arg(long, value_name = "KEYWORD=VALUE")]
    stack: Vec<StackChoice>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Aligned text
    Table,
    /// JSON
    Json,
}

#[derive(Debug, Serialize)]
struct InspectOutput {
    schema: &'static str,
    files: usize,
    series: Vec<SeriesOutput>,
    masks: Vec<MaskOutput>,
    problems: Vec<Problem>,
}

#[derive(Debug, Serialize)]
struct SeriesOutput {
    folder: String,
    modality: String,
    series_instance_uid: String,
    frame_of_reference_uid: Option<String>,
    date: Option<jiff::civil::Date>,
    date_from: Option<&'static str>,
    files: usize,
    usable: bool,
    localizer: bool,
    geometry: Option<GeometryOutput>,
    pixels: Option<PixelsOutput>,
    problems: Vec<Problem>,
}

#[derive(Debug, Serialize)]
struct GeometryOutput {
    columns: usize,
    rows: usize,
    slices: usize,
    spacing_mm: [f64; 3],
    plane: &'static str,
    gantry_tilt: bool,
}

#[derive(Debug, Serialize)]
struct PixelsOutput {
    voxels: usize,
    bytes: usize,
    min: f64,
    max: f64,
    mean: f64,
}

#[derive(Debug, Serialize)]
struct MaskOutput {
    path: String,
    kind: &'static str,
    series_instance_uid: Option<String>,
    image_folder: Option<String>,
    problems: Vec<Problem>,
}

/// Runs the command.
///
/// # Errors
/// Nothing found, a path that does not exist, or output that cannot be written.
pub fn run(args: &InspectArgs, talk: &Talk, out: &mut dyn Write) -> Result<Exit, CliError> {
    if let Some(missing) = args.paths.iter().find(|path| !path.exists()) {
        return Err(CliError { exit: Exit::Nothing, message: format!("{}: there is no such folder or file", missing.display()) });
    }
    let bar = talk.progress("reading headers");
    let choices = StackChoices { all: args.stack.clone(), ..StackChoices::default() };
    let catalog = Catalog::read(&args.paths, &choices, &|done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    let bar = talk.progress("decoding");
    bar.set_length(catalog.series.len() as u64);
    let series = catalog.series.iter().map(|series| {
        let output = describe(series, args.pixels);
        bar.inc(1);
        output
    });
    let series: Vec<SeriesOutput> = series.collect();
    bar.finish_and_clear();
    let masks: Vec<MaskOutput> = catalog
        .masks
        .iter()
        .map(|mask| {
            let found = catalog.series_of(mask);
            let checked = found.clone().and_then(|series| match args.pixels && series.stack.is_ok() {
                true => mask.load(Some(series)).map(|loaded| loaded.problems),
                false => mask.check(series),
            });
            let (series, problems) = (found.ok(), checked.unwrap_or_else(|error| vec![error.to_problem()]));
            MaskOutput {
                path: mask.source.shown.clone(),
                kind: mask.kind.name(),
                series_instance_uid: series.map(|series| series.series_instance_uid.clone()),
                image_folder: series.map(|series| series.folder.clone()),
                problems,
            }
        })
        .collect();
    let mut problems = catalog.problems.clone();
    problems.extend(catalog.broken.iter().map(|(_, error)| error.to_problem()));
    let output = InspectOutput { schema: "recist.inspect/1", files: catalog.files, series, masks, problems };
    match args.format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &output).map_err(|error| CliError::cannot_write(error.to_string()))?;
            writeln!(out)?;
        }
        Format::Table => write!(out, "{}", table(&output))?,
    }
    if output.series.is_empty() && output.masks.is_empty() && catalog.broken.is_empty() {
        return Err(CliError { exit: Exit::Nothing, message: "there is no CT or MR series and no mask here".to_string() });
    }
    // Masks without any image may be measured by themselves; a mask that does not fit the images beside it has failed.
    let error = |problem: &Problem| problem.severity == Severity::Error;
    let mask_failed = !output.series.is_empty() && output.masks.iter().flat_map(|mask| &mask.problems).any(error);
    let failed =
        output.series.iter().any(|series| !series.usable && !series.localizer) || !catalog.broken.is_empty() || mask_failed;
    Ok(if failed { Exit::SomeFailed } else { Exit::Done })
}

fn describe(series: &Series, with_pixels: bool) -> SeriesOutput {
    let mut problems = series.problems.clone();
    let mut usable = series.stack.is_ok();
    let (mut geometry, mut pixels) = (None, None);
    match &series.stack {
        Err(_) if series.localizer => {}
        Err(error) => problems.push(error.to_problem()),
        Ok(stack) => {
            let g = &stack.geometry;
            geometry = Some(GeometryOutput {
                columns: g.columns,
                rows: g.rows,
                slices: g.slices,
                spacing_mm: [g.spacing_mm[0], g.spacing_mm[1], g.spacing_between_slices()],
                plane: in_plane_name(g.normal()),
                gantry_tilt: g.is_sheared(),
            });
            if with_pixels {
                match load_volume(stack) {
                    Ok(volume) => {
                        let bytes_per_voxel = match volume.voxels {
                            Voxels::Whole(_) => 2,
                            Voxels::Real(_) => 4,
                        };
                        pixels = volume.summary().map(|(min, max, mean)| PixelsOutput {
                            voxels: g.voxels(),
                            bytes: g.voxels() * bytes_per_voxel,
                            min,
                            max,
                            mean,
                        });
                    }
                    Err(error) => {
                        usable = false;
                        problems.push(error.to_problem());
                    }
                }
            }
        }
    }
    SeriesOutput {
        folder: series.folder.clone(),
        modality: series.modality.clone(),
        series_instance_uid: series.series_instance_uid.clone(),
        frame_of_reference_uid: series.frame_of_reference_uid.clone(),
        date: series.date.map(|(date, _)| date),
        date_from: series.date.map(|(_, keyword)| keyword),
        files: series.files,
        usable,
        localizer: series.localizer,
        geometry,
        pixels,
        problems,
    }
}

fn table(output: &InspectOutput) -> String {
    let mut text = String::new();
    if !output.series.is_empty() {
        let head = ["series in", "modality", "date", "plane", "columns x rows x slices", "spacing mm", "files", "state"];
        let mut rows = vec![head.map(String::from).to_vec()];
        for series in &output.series {
            let (plane, size, spacing) = match &series.geometry {
                Some(g) => (
                    g.plane.to_string(),
                    format!("{} x {} x {}", g.columns, g.rows, g.slices),
                    g.spacing_mm.map(|mm| format!("{mm:.3}")).join(" x "),
                ),
                None => ("-".to_string(), "-".to_string(), "-".to_string()),
            };
            let state = match (&series.pixels, series.usable) {
                _ if series.localizer => "localizer".to_string(),
                (_, false) => "NOT USABLE".to_string(),
                (Some(p), _) => format!("ok, values {} to {}, mean {:.3}", p.min, p.max, p.mean),
                (None, _) => "ok".to_string(),
            };
            let date = series.date.map_or("no date".to_string(), |date| date.to_string());
            rows.push(vec![
                series.folder.clone(),
                series.modality.clone(),
                date,
                plane,
                size,
                spacing,
                series.files.to_string(),
                state,
            ]);
        }
        text.push_str(&aligned(&rows));
    }
    if !output.masks.is_empty() {
        let mut rows = vec![["mask", "kind", "image in"].map(String::from).to_vec()];
        for mask in &output.masks {
            rows.push(vec![
                mask.path.clone(),
                mask.kind.to_string(),
                mask.image_folder.clone().unwrap_or("no image".to_string()),
            ]);
        }
        text.push('\n');
        text.push_str(&aligned(&rows));
    }
    let mut problems: Vec<&Problem> = output.series.iter().flat_map(|series| &series.problems).collect();
    problems.extend(output.masks.iter().flat_map(|mask| &mask.problems));
    problems.extend(&output.problems);
    if !problems.is_empty() {
        text.push('\n');
        problems.iter().for_each(|problem| text.push_str(&format!("{}: {problem}\n", problem.severity)));
    }
    text.push_str(&format!(
        "{} files, {} series, {} masks, {} problems\n",
        output.files,
        output.series.len(),
        output.masks.len(),
        problems.len()
    ));
    text
}
