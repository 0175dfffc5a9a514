//! What is told of a subject: when it was scanned and which lesion had which size.

use super::dataset::Encoding;
use super::geometry::{Ellipsoid, Grid, Vector, turned_axes};

/// Where a subject's lesions are marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Masks {
    /// A DICOM Segmentation.
    Seg,
    /// A DICOM RT Structure Set.
    RtStruct,
    /// A NIfTI file of label values.
    Nifti,
}

/// The body that is drawn around the lesions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// Chest and upper abdomen on CT.
    Torso,
    /// A thigh on MR.
    Thigh,
}

/// One subject with all visits.
#[derive(Debug)]
pub struct Subject {
    /// Name in the trial's tables, e.g. `S-001`.
    pub name: &'static str,
    /// PatientID in the DICOM files.
    pub patient_id: &'static str,
    /// What was scanned.
    pub body: Body,
    /// How the lesions are marked.
    pub masks: Masks,
    /// Columns, rows and slices of every series.
    pub size: [usize; 3],
    /// Distance between slices, mm.
    pub slice_mm: f64,
    /// z of slice 0 in the slice frame, mm.
    pub first_z: f64,
    /// Orientation of the slice frame in LPS as a quaternion `[w, x, y, z]`.
    pub orientation: [f64; 4],
    /// Size of the drawn anatomy against the model.
    pub scale: f64,
    /// The five visits.
    pub visits: [Visit; 5],
    /// All lesions that are ever seen.
    pub lesions: &'static [Lesion],
}

/// One day of scanning.
#[derive(Debug)]
pub struct Visit {
    /// Folder name, e.g. `M03`.
    pub folder: &'static str,
    /// Name in the schedule, e.g. `Month 3`.
    pub name: &'static str,
    /// Day as YYYYMMDD.
    pub date: &'static str,
    /// Pixel spacing, mm.
    pub pixel_mm: f64,
    /// LPS position of the body's middle, mm: nobody lies twice in the same place.
    pub body_lps: Vector,
    /// Slices by which the scan starts later than the model's first.
    pub skipped_slices: i32,
    /// How the images are stored.
    pub encoding: Encoding,
    /// One Enhanced multi-frame object with shuffled frames in place of single-frame images.
    pub enhanced: bool,
    /// Axis order of a NIfTI mask: which axis of the grid, and whether it runs backwards.
    pub mask_axes: [(usize, bool); 3],
}

/// One lesion over time.
#[derive(Debug)]
pub struct Lesion {
    /// Name in `lesions.csv`, Tracking ID or ROI name.
    pub name: &'static str,
    /// `target`, `nontarget` or `new`.
    pub role: &'static str,
    /// Site as in `lesions.csv`.
    pub site: &'static str,
    /// A lymph node.
    pub nodal: bool,
    /// Segment number, ROI number and label value.
    pub label: u16,
    /// SNOMED CT code and meaning of what it is.
    pub kind: [&'static str; 2],
    /// SNOMED CT code and meaning of where it is.
    pub region: [&'static str; 2],
    /// x and y of the centre in the slice frame, mm.
    pub centre: [f64; 2],
    /// Slice of the centre when no slice is skipped.
    pub slice: i32,
    /// Mean pixel value: HU on CT, arbitrary on MR.
    pub signal: f64,
    /// Its state at each visit.
    pub states: [State; 5],
}

/// What is seen of a lesion at a visit.
#[derive(Clone, Copy, Debug)]
pub enum State {
    /// Not there yet.
    Unborn,
    /// An ellipsoid: full axes in mm (long and short in the plane, and along the normal), and cosine and sine of the
    /// long axis, which are Pythagorean triples and so exact.
    Measured(Vector, [f64; 2]),
    /// Still visible, too small for a figure; the reader says so and nothing is marked.
    TooSmall,
    /// Gone; the reader says so and nothing is marked.
    Absent,
}

/// A lesion that is marked at a visit.
#[derive(Clone, Copy, Debug)]
pub struct Finding {
    /// The lesion.
    pub lesion: &'static Lesion,
    /// Its shape on this day.
    pub shape: Ellipsoid,
}

impl Subject {
    /// The voxel grid of a visit.
    pub fn grid(&self, visit: &Visit) -> Grid {
        let half_width = visit.pixel_mm * (self.size[0] - 1) as f64 / 2.0;
        let half_depth = visit.pixel_mm * (self.size[1] - 1) as f64 / 2.0;
        Grid {
            size: self.size,
            pixel_mm: visit.pixel_mm,
            slice_mm: self.slice_mm,
            // The lesions' centres fall between the pixels in a different way at every visit.
            first: [
                visit.body_lps[0] * 0.01 - half_width,
                visit.body_lps[1] * 0.01 - half_depth,
                self.first_z + f64::from(visit.skipped_slices) * self.slice_mm,
            ],
            body_lps: visit.body_lps,
            axes: turned_axes(self.orientation),
        }
    }

    /// Centre of a lesion in the slice frame, mm; it lies on a slice at every visit.
    pub fn centre(&self, lesion: &Lesion) -> Vector {
        let z = self.first_z + f64::from(lesion.slice) * self.slice_mm;
        [lesion.centre[0], lesion.centre[1], z]
    }

    /// The shape of a lesion at a visit; `None` where it is not marked.
    pub fn shape(&self, lesion: &Lesion, visit: usize) -> Option<Ellipsoid> {
        let State::Measured(axes, direction) = lesion.states[visit] else {
            return None;
        };
        Some(Ellipsoid { centre: self.centre(lesion), semi_axes: axes.map(|axis| axis / 2.0), direction })
    }

    /// The lesions marked at a visit.
    pub fn findings(&self, visit: usize) -> Vec<Finding> {
        let marked = |lesion| Some(Finding { lesion, shape: self.shape(lesion, visit)? });
        self.lesions.iter().filter_map(marked).collect()
    }
}
