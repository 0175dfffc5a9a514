//! Any mask file: what it says about itself, and how to load it.

use super::attributes::{items, text};
use super::class::{Class, class_of};
use super::data_set::DataSet;
use super::dicom_file::{unreadable, with_header};
use super::guard::guarded;
use super::label_grid::LabelGrid;
use super::placement::{inside_image, place, placed_runs};
use super::scan::{Content, sniff};
use super::{Error, Series, SourceFile, nifti, nrrd, rtstruct, seg};
use crate::problem::Problem;
use crate::volume::{Mask, MaskKind, Segment};
use dicom::core::Tag;
use dicom::dictionary_std::tags;
use std::collections::{BTreeMap, BTreeSet};

/// A mask file as found, not loaded.
#[derive(Debug, Clone)]
pub struct MaskFile {
    /// Where it is.
    pub source: SourceFile,
    /// What it is.
    pub kind: MaskKind,
    /// To tell patients apart; never shown.
    pub patient_id: Option<String>,
    /// Frame of Reference UIDs it is drawn in.
    pub frames_of_reference: BTreeSet<String>,
    /// Series Instance UIDs it refers to.
    pub referenced_series: BTreeSet<String>,
    /// SOP Instance UIDs of the images it was drawn on, as far as it names them.
    pub referenced_instances: BTreeSet<String>,
    /// SOP Instance UID; equal files are one mask.
    pub sop_instance_uid: Option<String>,
}

/// A mask with its voxels.
#[derive(Debug, Clone)]
pub struct LoadedMask {
    /// The file it came from.
    pub source: SourceFile,
    /// What that is.
    pub kind: MaskKind,
    /// Segments and their grid.
    pub mask: Mask,
    /// Whether the grid is that of the image, so that slices are the image's slices.
    pub on_image_grid: bool,
    /// What is odd about it.
    pub problems: Vec<Problem>,
}

impl MaskFile {
    /// Looks at one file given by name.
    ///
    /// # Errors
    /// It cannot be read, or is no mask.
    pub fn open(source: SourceFile) -> Result<Self, Error> {
        guarded(&source.shown.clone(), || Self::look_at(source))
    }

    fn look_at(source: SourceFile) -> Result<Self, Error> {
        let content = sniff(&source).map_err(|error| unreadable(&source.shown, &error))?;
        let no_mask = |what: &str| Error::Unsupported {
            file: source.shown.clone(),
            what: format!("{what} as a mask (DICOM SEG, RTSTRUCT, NIfTI and NRRD are)"),
        };
        match content {
            Content::Nifti => Ok(Self::plain(source, MaskKind::Nifti)),
            Content::Nrrd => Ok(Self::plain(source, MaskKind::Nrrd)),
            Content::Dicom | Content::BareDataSet => with_header(&source, |object| match class_of(object, &source.shown)? {
                class @ (Class::Segmentation | Class::StructureSet) => Ok(Self::of_dicom(object, source.clone(), class)),
                _ => Err(no_mask("a DICOM object of this class")),
            }),
            Content::Zip => Err(no_mask("a zip archive")),
            Content::Empty => Err(no_mask("an empty file")),
            Content::Other => Err(no_mask("this file")),
        }
    }

    /// A file without references.
    pub(super) fn plain(source: SourceFile, kind: MaskKind) -> Self {
        Self {
            source,
            kind,
            patient_id: None,
            frames_of_reference: BTreeSet::new(),
            referenced_series: BTreeSet::new(),
            referenced_instances: BTreeSet::new(),
            sop_instance_uid: None,
        }
    }

    /// From the headers of a DICOM object.
    pub(super) fn of_dicom(object: &DataSet<'_>, source: SourceFile, class: Class) -> Self {
        let mut mask = Self::plain(source, if class == Class::StructureSet { MaskKind::Rtstruct } else { MaskKind::Seg });
        mask.patient_id = text(object, tags::PATIENT_ID);
        mask.sop_instance_uid = text(object, tags::SOP_INSTANCE_UID);
        let uids = |objects: &[DataSet<'_>], tag| objects.iter().filter_map(|item| text(item, tag)).collect::<Vec<_>>();
        mask.referenced_instances = referenced_instances(object, mask.kind);
        match mask.kind {
            MaskKind::Rtstruct => {
                for frame in items(object, tags::REFERENCED_FRAME_OF_REFERENCE_SEQUENCE) {
                    for study in items(frame, tags::RT_REFERENCED_STUDY_SEQUENCE) {
                        let series = items(study, tags::RT_REFERENCED_SERIES_SEQUENCE);
                        mask.referenced_series.extend(uids(series, tags::SERIES_INSTANCE_UID));
                    }
                }
                let rois = items(object, tags::STRUCTURE_SET_ROI_SEQUENCE);
                mask.frames_of_reference.extend(uids(rois, tags::REFERENCED_FRAME_OF_REFERENCE_UID));
            }
            _ => {
                let series = items(object, tags::REFERENCED_SERIES_SEQUENCE);
                mask.referenced_series.extend(uids(series, tags::SERIES_INSTANCE_UID));
                mask.frames_of_reference.extend(text(object, tags::FRAME_OF_REFERENCE_UID));
            }
        }
        mask
    }

    /// Loads the voxels, on `series` when one is given.
    ///
    /// # Errors
    /// The mask belongs to another patient or frame of reference, does not lie on the image, or cannot be read.
    pub fn load(&self, series: Option<&Series>) -> Result<LoadedMask, Error> {
        guarded(&self.source.shown, || self.read(series))
    }

    fn read(&self, series: Option<&Series>) -> Result<LoadedMask, Error> {
        let stack = series.map(|series| series.stack.clone()).transpose()?;
        let mut problems = Vec::new();
        if let Some(series) = series {
            self.belongs_to(series, &mut problems)?;
        }
        let image = stack.as_ref().map(|stack| &stack.geometry);
        let (mask, on_image_grid, more) = match (self.kind, image) {
            (MaskKind::Seg, image) => seg::read(&self.source, image)?,
            (MaskKind::Rtstruct, Some(image)) => {
                let frame_of_reference = series.and_then(|series| series.frame_of_reference_uid.as_deref());
                let (mask, problems) = rtstruct::read(&self.source, image, frame_of_reference)?;
                (mask, true, problems)
            }
            (MaskKind::Rtstruct, None) => {
                return Err(Error::Unsupported {
                    file: self.source.shown.clone(),
                    what: "a structure set without its image (contours have no voxels; give the image with --image)".to_string(),
                });
            }
            (MaskKind::Nifti, image) => {
                let (grid, mut problems) = nifti::read(&self.source)?;
                let (mask, on_image, more) =
                    self.on_grid(grid, image, |_, label| Segment { label, ..Segment::default() }, Vec::new())?;
                problems.extend(more);
                (mask, on_image, problems)
            }
            (MaskKind::Nrrd, image) => {
                let (grid, named, mut problems) = nrrd::read(&self.source)?;
                let keys: Vec<(usize, u32)> = named.iter().map(|segment| (segment.layer, segment.label)).collect();
                let named: BTreeMap<(usize, u32), nrrd::NamedSegment> = keys.iter().copied().zip(named).collect();
                let describe = |layer: usize, label: u32| {
                    let known = named.get(&(layer, label)).cloned().unwrap_or_default();
                    Segment { label, segment_id: known.id, name: known.name, ..Segment::default() }
                };
                let (mask, on_image, more) = self.on_grid(grid, image, describe, keys)?;
                problems.extend(more);
                (mask, on_image, problems)
            }
        };
        problems.extend(more);
        if mask.segments.is_empty() {
            problems.push(
                Problem::warning("empty-mask", "no voxel is marked", "Check that this is the mask that was drawn")
                    .in_file(&self.source.shown),
            );
        }
        Ok(LoadedMask { source: self.source.clone(), kind: self.kind, mask, on_image_grid, problems })
    }

    /// What its headers say against `series`, without loading it; warnings, when it belongs there.
    ///
    /// # Errors
    /// Another patient or another frame of reference.
    pub fn check(&self, series: &Series) -> Result<Vec<Problem>, Error> {
        let mut problems = Vec::new();
        self.belongs_to(series, &mut problems)?;
        Ok(problems)
    }

    /// Same patient, same frame of reference; that one is missing, or another series is meant, is only a warning: geometry decides.
    fn belongs_to(&self, series: &Series, problems: &mut Vec<Problem>) -> Result<(), Error> {
        let misplaced = |reason: &str| Err(Error::Misplaced { file: self.source.shown.clone(), reason: reason.to_string() });
        if let (Some(mine), Some(theirs)) = (&self.patient_id, &series.patient_id)
            && mine != theirs
        {
            return misplaced("it belongs to another patient than the image");
        }
        if let Some(theirs) = &series.frame_of_reference_uid
            && !self.frames_of_reference.is_empty()
            && !self.frames_of_reference.contains(theirs)
        {
            return misplaced("it is drawn in another frame of reference than the image, and no registration is given");
        }
        let refers = matches!(self.kind, MaskKind::Seg | MaskKind::Rtstruct);
        if refers && (self.frames_of_reference.is_empty() || series.frame_of_reference_uid.is_none()) {
            let silent = if self.frames_of_reference.is_empty() { "mask" } else { "image" };
            let message =
                format!("the {silent} does not say its frame of reference; the positions of both are taken to be in one");
            let advice = "Check that the mask lies on the lesion in the report";
            problems.push(Problem::warning("no-frame-of-reference", message, advice).in_file(&self.source.shown));
        }
        if refers && !self.referenced_series.contains(&series.series_instance_uid) {
            problems.push(
                Problem::warning(
                    "no-series-reference",
                    "the mask does not refer to this series; its position decides",
                    "Check that it was drawn on this image",
                )
                .in_file(&self.source.shown),
            );
        }
        Ok(())
    }

    /// The segments of a stored label grid: those that `keys` name (layer and label), then any other label found.
    fn on_grid(
        &self,
        grid: LabelGrid,
        image: Option<&crate::volume::VolumeGeometry>,
        describe: impl Fn(usize, u32) -> Segment,
        keys: Vec<(usize, u32)>,
    ) -> Result<(Mask, bool, Vec<Problem>), Error> {
        let shown = &self.source.shown;
        let placed = place(&grid, image, shown)?;
        let mut found = BTreeMap::new();
        for (layer, stored) in grid.layers.into_iter().enumerate() {
            for (label, runs) in placed_runs(stored, &placed, shown)? {
                if let (false, Some(image)) = (placed.on_image, image) {
                    inside_image(&runs, &placed.geometry, image, shown)?;
                }
                found.insert((layer, label), runs);
            }
        }
        let named: BTreeSet<(usize, u32)> = keys.iter().copied().collect();
        let mut order = keys;
        order.extend(found.keys().filter(|key| !named.contains(key)));
        let segments = order.into_iter().map(|(layer, label)| {
            let runs = found.remove(&(layer, label)).unwrap_or_default();
            Segment { runs, ..describe(layer, label) }
        });
        let segments = segments.collect();
        Ok((Mask { geometry: placed.geometry, segments }, placed.on_image, placed.problems))
    }
}

/// The images that a mask names: those of its contours or frames, else those listed for its series.
fn referenced_instances(object: &DataSet<'_>, kind: MaskKind) -> BTreeSet<String> {
    let named = |item: &DataSet<'_>| text(item, tags::REFERENCED_SOP_INSTANCE_UID);
    let below = |object: &DataSet<'_>, path: &[Tag]| -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        walk(object, path, &mut |item| found.extend(named(item)));
        found
    };
    let (close, listed): (&[Tag], &[Tag]) = match kind {
        MaskKind::Rtstruct => (
            &[tags::ROI_CONTOUR_SEQUENCE, tags::CONTOUR_SEQUENCE, tags::CONTOUR_IMAGE_SEQUENCE],
            &[
                tags::REFERENCED_FRAME_OF_REFERENCE_SEQUENCE,
                tags::RT_REFERENCED_STUDY_SEQUENCE,
                tags::RT_REFERENCED_SERIES_SEQUENCE,
                tags::CONTOUR_IMAGE_SEQUENCE,
            ],
        ),
        _ => (
            &[tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, tags::DERIVATION_IMAGE_SEQUENCE, tags::SOURCE_IMAGE_SEQUENCE],
            &[tags::REFERENCED_SERIES_SEQUENCE, tags::REFERENCED_INSTANCE_SEQUENCE],
        ),
    };
    let found = below(object, close);
    if found.is_empty() { below(object, listed) } else { found }
}

/// Calls `visit` for every item at the end of a path of sequences.
fn walk(object: &DataSet<'_>, path: &[Tag], visit: &mut dyn FnMut(&DataSet<'_>)) {
    match path {
        [] => visit(object),
        [first, rest @ ..] => items(object, *first).iter().for_each(|item| walk(item, rest, visit)),
    }
}
