//! Lesions as runs of voxels.

use super::VolumeGeometry;
pub use recist_kernels::{LabelCollector, Run, RunsByLabel, Voxel, bit_runs, line_runs, row_runs};

/// One segment of a mask: who it is, and its voxels.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Segment {
    /// Segment number, ROI number or label value in the file.
    pub label: u32,
    /// Tracking Unique Identifier: the same lesion in every file that carries it.
    pub tracking_uid: Option<String>,
    /// Tracking ID.
    pub tracking_id: Option<String>,
    /// Segment ID (NRRD).
    pub segment_id: Option<String>,
    /// Segment label or name, ROI name.
    pub name: Option<String>,
    /// Anatomic site, in words.
    pub site: Option<String>,
    /// Whether the file says by code that this is a lymph node; `None` when it does not say.
    pub nodal: Option<bool>,
    /// Whether the file says by code or type that this is a lesion; organs and planning volumes are not. `None`: it does not say.
    pub is_lesion: Option<bool>,
    /// The voxels, sorted by slice, row and start, not touching within a row.
    pub runs: Vec<Run>,
}

impl Segment {
    /// The identity of the lesion when no table maps it: Tracking UID, else Tracking ID, else segment ID or name, else the label.
    pub fn identity(&self) -> String {
        [&self.tracking_uid, &self.tracking_id, &self.segment_id, &self.name]
            .into_iter()
            .flatten()
            .find(|text| !text.is_empty())
            .cloned()
            .unwrap_or_else(|| self.label.to_string())
    }

    /// The most readable of its names, for tables and reports.
    pub fn display_name(&self) -> String {
        [&self.tracking_id, &self.segment_id, &self.name]
            .into_iter()
            .flatten()
            .find(|text| !text.is_empty())
            .cloned()
            .unwrap_or_else(|| self.label.to_string())
    }

    /// Whether a table's lesion name means this segment: it equals its Tracking ID, segment ID or name.
    pub fn is_called(&self, lesion: &str) -> bool {
        [&self.tracking_id, &self.segment_id, &self.name].into_iter().flatten().any(|text| text == lesion)
    }

    /// Number of voxels.
    pub fn voxels(&self) -> u64 {
        self.runs.iter().map(|run| u64::from(run.end - run.start)).sum()
    }
}

/// What a mask was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MaskKind {
    /// DICOM Segmentation.
    Seg,
    /// DICOM RT Structure Set.
    Rtstruct,
    /// NIfTI.
    Nifti,
    /// NRRD.
    Nrrd,
}

impl MaskKind {
    /// The word for it in trial files and results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seg => "seg",
            Self::Rtstruct => "rtstruct",
            Self::Nifti => "nifti",
            Self::Nrrd => "nrrd",
        }
    }
}

/// Segments on one grid. They may overlap.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    /// Where the voxels are.
    pub geometry: VolumeGeometry,
    /// The segments, in the order of the file.
    pub segments: Vec<Segment>,
}
