//! The shapes that `recist measure` prints: JSON (`recist.measure/1`), CSV and a table.

use crate::ingest::{LoadedMask, Series};
use crate::measure::{Intensity, Level, Measurement, level_name};
use crate::problem::{Problem, Severity, printable};
use crate::units::Micrometres;
use crate::volume::{LpsPoint, MaskKind, Segment, in_plane_name};
use serde::Serialize;
use std::borrow::Cow;

/// The form of the JSON.
const SCHEMA: &str = "recist.measure/1";

/// One mask with its lesions.
#[derive(Debug, Serialize)]
pub struct MeasureOutput {
    schema: &'static str,
    level: &'static str,
    /// The `id` of the list, when the mask came from one.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    image: Option<ImageOutput>,
    mask: MaskOutput,
    /// The lesions, in the order of the mask.
    pub lesions: Vec<LesionOutput>,
    /// Problems of its files; why it could not be measured comes first.
    pub warnings: Vec<Problem>,
}

#[derive(Debug, Serialize)]
struct ImageOutput {
    modality: String,
    series_instance_uid: String,
    study_date: Option<jiff::civil::Date>,
    study_date_from: Option<&'static str>,
    frame_of_reference_uid: Option<String>,
    columns: usize,
    rows: usize,
    slices: usize,
    spacing_mm: [f64; 3],
    plane: &'static str,
}

#[derive(Debug, Serialize)]
struct MaskOutput {
    path: String,
    /// `None` when the file is no mask; so are the others when it could not be loaded.
    kind: Option<&'static str>,
    on_image_grid: Option<bool>,
    /// The plane that is measured: axial, coronal, sagittal, or oblique.
    plane: Option<&'static str>,
}

/// One lesion.
#[derive(Debug, Serialize)]
pub struct LesionOutput {
    label: u32,
    id: String,
    tracking_uid: Option<String>,
    site: Option<String>,
    nodal: bool,
    component: Option<usize>,
    voxels: u64,
    volume_mm3: f64,
    mesh_volume_mm3: Option<f64>,
    surface_area_mm2: Option<f64>,
    crofton_area_mm2: Option<f64>,
    long_axis_mm: f64,
    short_axis_mm: f64,
    diameter_mm: Micrometres,
    max_3d_diameter_mm: f64,
    longest_inside_mm: Option<f64>,
    axes_mm: [f64; 3],
    components: usize,
    touches_border: bool,
    hole_filled: bool,
    slice: Option<SliceOutput>,
    long_axis_lps_mm: Option<[LpsPoint; 2]>,
    short_axis_lps_mm: Option<[LpsPoint; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    intensity: Option<Option<IntensityOutput>>,
    warnings: Vec<Problem>,
}

#[derive(Debug, Serialize)]
struct SliceOutput {
    index: usize,
    position_mm: f64,
    sop_instance_uid: Option<String>,
}

#[derive(Debug, Serialize)]
struct IntensityOutput {
    mean: f64,
    sd: f64,
    min: f64,
    max: f64,
    median: f64,
}

/// What is known of one lesion beside its figures.
pub struct LesionContext<'a> {
    /// The segment it is, or is a part of.
    pub segment: &'a Segment,
    /// Measured as a node.
    pub nodal: bool,
    /// Rank by size when components are measured apart, 1 first.
    pub component: Option<usize>,
    /// `Some(None)` when values were asked for and there are none.
    pub intensity: Option<Option<Intensity>>,
    /// SOP Instance UID of the measured slice.
    pub sop_instance_uid: Option<String>,
}

impl LesionOutput {
    /// Puts the figures of a lesion into the shape of the output.
    pub fn new(context: LesionContext<'_>, measured: Measurement) -> Self {
        let LesionContext { segment, nodal, component, intensity, sop_instance_uid } = context;
        Self {
            label: segment.label,
            id: segment.display_name(),
            tracking_uid: segment.tracking_uid.clone(),
            site: segment.site.clone(),
            nodal,
            component,
            voxels: measured.voxels,
            volume_mm3: measured.volume_mm3,
            mesh_volume_mm3: measured.surface.map(|surface| surface.mesh_volume_mm3),
            surface_area_mm2: measured.surface.map(|surface| surface.mesh_area_mm2),
            crofton_area_mm2: measured.surface.map(|surface| surface.crofton_area_mm2),
            long_axis_mm: measured.long_axis_mm,
            short_axis_mm: measured.short_axis_mm,
            diameter_mm: measured.diameter,
            max_3d_diameter_mm: measured.max_3d_diameter_mm,
            longest_inside_mm: measured.longest_inside_mm,
            axes_mm: measured.axes_mm,
            components: measured.components,
            touches_border: measured.touches_border,
            hole_filled: measured.hole_filled,
            slice: measured.slice.map(|slice| SliceOutput {
                index: slice.index,
                position_mm: slice.position_mm,
                sop_instance_uid,
            }),
            long_axis_lps_mm: measured.slice.map(|_| measured.long_axis_lps),
            short_axis_lps_mm: measured.slice.map(|_| measured.short_axis_lps),
            intensity: intensity.map(|values| {
                values.map(|v| IntensityOutput { mean: v.mean, sd: v.sd, min: v.min, max: v.max, median: v.median })
            }),
            warnings: measured.problems,
        }
    }
}

impl MeasureOutput {
    /// A mask, its image if there is one, and its lesions.
    pub fn new(
        id: Option<String>,
        loaded: &LoadedMask,
        series: Option<&Series>,
        level: Level,
        lesions: Vec<LesionOutput>,
        warnings: Vec<Problem>,
    ) -> Self {
        let image = series.and_then(|series| {
            let geometry = &series.stack.as_ref().ok()?.geometry;
            let [between_columns, between_rows] = geometry.spacing_mm;
            Some(ImageOutput {
                modality: series.modality.clone(),
                series_instance_uid: series.series_instance_uid.clone(),
                study_date: series.date.map(|(date, _)| date),
                study_date_from: series.date.map(|(_, keyword)| keyword),
                frame_of_reference_uid: series.frame_of_reference_uid.clone(),
                columns: geometry.columns,
                rows: geometry.rows,
                slices: geometry.slices,
                spacing_mm: [between_columns, between_rows, geometry.spacing_between_slices()],
                plane: in_plane_name(geometry.normal()),
            })
        });
        let mask = MaskOutput {
            path: loaded.source.shown.clone(),
            kind: Some(loaded.kind.name()),
            on_image_grid: Some(loaded.on_image_grid),
            plane: Some(in_plane_name(loaded.mask.geometry.normal())),
        };
        Self { schema: SCHEMA, level: level_name(level), id, image, mask, lesions, warnings }
    }

    /// A mask that could not be measured: the same shape, without lesions.
    pub fn failed(id: Option<String>, path: String, kind: Option<MaskKind>, level: Level, warnings: Vec<Problem>) -> Self {
        let mask = MaskOutput { path, kind: kind.map(MaskKind::name), on_image_grid: None, plane: None };
        Self { schema: SCHEMA, level: level_name(level), id, image: None, mask, lesions: Vec::new(), warnings }
    }

    /// The head of the CSV form.
    pub const CSV_HEAD: [&'static str; 19] = [
        "mask",
        "id",
        "label",
        "lesion",
        "component",
        "nodal",
        "level",
        "voxels",
        "volume_mm3",
        "long_axis_mm",
        "short_axis_mm",
        "diameter_mm",
        "max_3d_diameter_mm",
        "components",
        "slice_index",
        "position_mm",
        "sop_instance_uid",
        "mean",
        "warnings",
    ];

    /// One CSV record for each lesion; its warnings are its own and those of its file.
    pub fn csv_records(&self) -> impl Iterator<Item = Vec<String>> {
        let of_file = || self.warnings.iter().filter(|warning| warning.severity > Severity::Info);
        self.lesions.iter().map(move |lesion| {
            let optional = |value: Option<String>| value.unwrap_or_default();
            let slice = lesion.slice.as_ref();
            vec![
                self.mask.path.clone(),
                optional(self.id.clone()),
                lesion.label.to_string(),
                lesion.id.clone(),
                optional(lesion.component.map(|n| n.to_string())),
                lesion.nodal.to_string(),
                self.level.to_string(),
                lesion.voxels.to_string(),
                lesion.volume_mm3.to_string(),
                lesion.long_axis_mm.to_string(),
                lesion.short_axis_mm.to_string(),
                lesion.diameter_mm.to_string(),
                lesion.max_3d_diameter_mm.to_string(),
                lesion.components.to_string(),
                optional(slice.map(|slice| slice.index.to_string())),
                optional(slice.map(|slice| slice.position_mm.to_string())),
                optional(slice.and_then(|slice| slice.sop_instance_uid.clone())),
                optional(lesion.intensity.as_ref().and_then(|v| v.as_ref()).map(|v| v.mean.to_string())),
                codes(lesion.warnings.iter().chain(of_file())),
            ]
        })
    }

    /// The table form: aligned columns, rounded for reading.
    pub fn table(&self) -> String {
        let head = ["lesion", "used mm", "long mm", "short mm", "3-D mm", "volume mm3", "voxels", "slice", "notes"];
        let mut rows = vec![head.map(String::from).to_vec()];
        for lesion in &self.lesions {
            let name = match lesion.component {
                Some(rank) => format!("{} part {rank}", lesion.id),
                None => lesion.id.clone(),
            };
            let used = if lesion.nodal { format!("{} (short)", lesion.diameter_mm) } else { lesion.diameter_mm.to_string() };
            let mut notes: Vec<String> = lesion.warnings.iter().map(|warning| warning.code.to_string()).collect();
            if let Some(Some(values)) = &lesion.intensity {
                notes.insert(0, format!("mean {:.1} sd {:.1}", values.mean, values.sd));
            }
            rows.push(vec![
                name,
                used,
                format!("{:.1}", lesion.long_axis_mm),
                format!("{:.1}", lesion.short_axis_mm),
                format!("{:.1}", lesion.max_3d_diameter_mm),
                format!("{:.0}", lesion.volume_mm3),
                lesion.voxels.to_string(),
                lesion.slice.as_ref().map_or("-".to_string(), |slice| slice.index.to_string()),
                notes.join(", "),
            ]);
        }
        let (kind, plane) = (self.mask.kind.unwrap_or("no mask"), self.mask.plane.unwrap_or("not measured"));
        format!("{} ({kind}, {plane}, level {})\n{}", self.mask.path, self.level, aligned(&rows))
    }
}

/// The codes of problems, each once.
fn codes<'a>(problems: impl Iterator<Item = &'a Problem>) -> String {
    let mut codes: Vec<&str> = Vec::new();
    for problem in problems {
        if !codes.contains(&problem.code) {
            codes.push(problem.code);
        }
    }
    codes.join(";")
}

/// Rows as text in aligned columns; the first column to the left, numbers to the right, the last as it is.
pub fn aligned(rows: &[Vec<String>]) -> String {
    // Names come from files.
    let shown: Vec<Vec<Cow<'_, str>>> = rows.iter().map(|row| row.iter().map(|cell| printable(cell)).collect()).collect();
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| shown.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in &shown {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| match column {
            0 => format!("{cell:<width$}"),
            last if last + 1 == columns => cell.to_string(),
            _ => format!("{cell:>width$}"),
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}
