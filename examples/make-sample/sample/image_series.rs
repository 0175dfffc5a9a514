//! CT and MR series: single-frame images, or one Enhanced CT object.

use std::error::Error;
use std::fs;
use std::path::Path;

use dicom::dictionary_std::{tags, uids};

use super::dataset::{Attributes, Encoding, code, patient_and_study};
use super::geometry::Grid;
use super::rle;
use super::story::{Body, Masks, Subject, Visit};
use super::uid;

/// The images of one visit, as masks have to refer to them.
pub struct Series<'a> {
    /// Whose images they are.
    pub subject: &'a Subject,
    /// When they were taken.
    pub visit: &'a Visit,
    /// Where their voxels are.
    pub grid: &'a Grid,
    /// SOP class of the images.
    pub class: &'static str,
    /// Series Instance UID.
    pub uid: String,
}

impl<'a> Series<'a> {
    /// Names the series of a visit.
    pub fn new(subject: &'a Subject, visit: &'a Visit, grid: &'a Grid) -> Self {
        let class = match (subject.body, visit.enhanced) {
            (Body::Torso, false) => uids::CT_IMAGE_STORAGE,
            (Body::Torso, true) => uids::ENHANCED_CT_IMAGE_STORAGE,
            (Body::Thigh, _) => uids::MR_IMAGE_STORAGE,
        };
        let uid = uid::of(&format!("{}/{}/images", subject.name, visit.folder));
        Self { subject, visit, grid, class, uid }
    }

    /// SOP Instance UID of the image that holds a slice.
    pub fn instance(&self, slice: usize) -> String {
        let slice = if self.visit.enhanced { 0 } else { slice };
        uid::of(&format!("{}/{}/images/{slice}", self.subject.name, self.visit.folder))
    }

    /// Frame number (from 1) of a slice in the Enhanced object, whose frames are shuffled; `None` in single-frame images.
    pub fn frame(&self, slice: usize) -> Option<u16> {
        let slices = self.grid.size[2];
        let frame = (0..slices).find(|frame| self.slice_of_frame(*frame) == slice)?;
        self.visit.enhanced.then_some(frame as u16 + 1)
    }

    /// A fixed shuffle: 7 and the number of slices have no common divisor.
    fn slice_of_frame(&self, frame: usize) -> usize {
        (frame * 7 + 5) % self.grid.size[2]
    }

    /// Writes the images into a folder of their own below `folder`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, folder: &Path, pixels: &[u16]) -> Result<(), Box<dyn Error>> {
        let (modality, name): (_, fn(usize) -> String) = match self.subject.masks {
            Masks::Seg => ("CT", |number| format!("IM-0001-{number:04}.dcm")),
            Masks::RtStruct => ("CT", |number| format!("I{number:07}")),
            Masks::Nifti => ("MR", |number| format!("MR{number:04}.dcm")),
        };
        let folder = folder.join(modality);
        fs::create_dir_all(&folder)?;
        let common = || {
            self.image()
                .text(tags::MODALITY, modality)
                .text(tags::SERIES_NUMBER, "2")
                .text(tags::INSTANCE_CREATION_DATE, self.visit.date)
                .text(tags::INSTANCE_CREATION_TIME, "090500")
        };
        if self.visit.enhanced {
            let object = self.enhanced_ct(common(), pixels);
            return object.write(&folder.join(name(1)), self.visit.encoding);
        }
        let slices = self.grid.size[2];
        for slice in 0..slices {
            // Scanners count from the head down.
            let number = slices - slice;
            let frame = &pixels[slice * self.grid.slice_pixels()..][..self.grid.slice_pixels()];
            let object = self.single_frame(common(), slice, number);
            let object = match self.visit.encoding {
                Encoding::Rle => object.pixel_fragment(rle::fragment(frame, self.grid.size[0])),
                _ => object.pixels(frame),
            };
            object.write(&folder.join(name(number)), self.visit.encoding)?;
        }
        Ok(())
    }

    /// What both kinds of images say about themselves.
    fn image(&self) -> Attributes {
        let [columns, rows, _] = self.grid.size;
        patient_and_study(self.subject, self.visit)
            .text(tags::SOP_CLASS_UID, self.class)
            .text(tags::SERIES_INSTANCE_UID, &self.uid)
            .text(tags::SERIES_DATE, self.visit.date)
            .text(tags::SERIES_TIME, "090000")
            .text(tags::CONTENT_DATE, self.visit.date)
            .text(tags::CONTENT_TIME, "090500")
            .text(tags::PATIENT_POSITION, "HFS")
            .text(tags::BURNED_IN_ANNOTATION, "NO")
            .text(tags::LOSSY_IMAGE_COMPRESSION, "00")
            .shorts(tags::SAMPLES_PER_PIXEL, &[1])
            .text(tags::PHOTOMETRIC_INTERPRETATION, "MONOCHROME2")
            .shorts(tags::ROWS, &[rows as u16])
            .shorts(tags::COLUMNS, &[columns as u16])
            .shorts(tags::BITS_ALLOCATED, &[16])
            .shorts(tags::BITS_STORED, &[12])
            .shorts(tags::HIGH_BIT, &[11])
            .shorts(tags::PIXEL_REPRESENTATION, &[0])
    }

    fn single_frame(&self, common: Attributes, slice: usize, number: usize) -> Attributes {
        let image = common
            .text(tags::SOP_INSTANCE_UID, &self.instance(slice))
            .text(tags::INSTANCE_NUMBER, &number.to_string())
            .text(tags::ACQUISITION_NUMBER, "1")
            .text(tags::ACQUISITION_DATE, self.visit.date)
            .text(tags::ACQUISITION_TIME, "090000")
            .decimals(tags::IMAGE_POSITION_PATIENT, &self.grid.slice_origin_lps(slice))
            .decimals(tags::IMAGE_ORIENTATION_PATIENT, &self.orientation())
            .decimals(tags::PIXEL_SPACING, &[self.grid.pixel_mm; 2])
            .decimals(tags::SLICE_THICKNESS, &[self.grid.slice_mm]);
        match self.subject.body {
            Body::Torso => image
                .text(tags::IMAGE_TYPE, "DERIVED\\SECONDARY\\AXIAL")
                .text(tags::SERIES_DESCRIPTION, "CT trunk, venous phase (synthetic)")
                .text(tags::BODY_PART_EXAMINED, "CHEST")
                .text(tags::KVP, "120")
                .text(tags::CONVOLUTION_KERNEL, "SMOOTH")
                .text(tags::RESCALE_INTERCEPT, "-1024")
                .text(tags::RESCALE_SLOPE, "1")
                .text(tags::RESCALE_TYPE, "HU")
                .text(tags::WINDOW_CENTER, "40\\-600")
                .text(tags::WINDOW_WIDTH, "400\\1500")
                .text(tags::WINDOW_CENTER_WIDTH_EXPLANATION, "SOFT_TISSUE\\LUNG"),
            Body::Thigh => image
                .text(tags::IMAGE_TYPE, "DERIVED\\SECONDARY\\OTHER")
                .text(tags::SERIES_DESCRIPTION, "T2 across the left thigh (synthetic)")
                .text(tags::BODY_PART_EXAMINED, "THIGH")
                .text(tags::LATERALITY, "L")
                .text(tags::SCANNING_SEQUENCE, "SE")
                .text(tags::SEQUENCE_VARIANT, "SK")
                .text(tags::SCAN_OPTIONS, "")
                .text(tags::MR_ACQUISITION_TYPE, "2D")
                .text(tags::REPETITION_TIME, "4200")
                .text(tags::ECHO_TIME, "85")
                .text(tags::ECHO_TRAIN_LENGTH, "12")
                .text(tags::MAGNETIC_FIELD_STRENGTH, "1.5")
                .decimals(tags::SPACING_BETWEEN_SLICES, &[self.grid.slice_mm])
                .text(tags::WINDOW_CENTER, "480")
                .text(tags::WINDOW_WIDTH, "960"),
        }
    }

    /// Image Orientation Patient: directions of a row and of a column.
    pub fn orientation(&self) -> [f64; 6] {
        let [row, column, _] = self.grid.axes;
        [row[0], row[1], row[2], column[0], column[1], column[2]]
    }

    /// One Enhanced CT object; what all frames share is said once, position and order per frame.
    fn enhanced_ct(&self, common: Attributes, pixels: &[u16]) -> Attributes {
        let slices = self.grid.size[2];
        let per_slice = self.grid.slice_pixels();
        let order: Vec<usize> = (0..slices).map(|frame| self.slice_of_frame(frame)).collect();
        let frames: Vec<u16> = order.iter().flat_map(|slice| &pixels[slice * per_slice..][..per_slice]).copied().collect();
        let organization = uid::of(&format!("{}/{}/dimensions", self.subject.name, self.visit.folder));
        let dimension = |pointer, label| {
            Attributes::new()
                .text(tags::DIMENSION_ORGANIZATION_UID, &organization)
                .pointer(tags::DIMENSION_INDEX_POINTER, pointer)
                .pointer(tags::FUNCTIONAL_GROUP_POINTER, tags::FRAME_CONTENT_SEQUENCE)
                .text(tags::DIMENSION_DESCRIPTION_LABEL, label)
        };
        let per_frame = order.iter().map(|slice| self.frame_groups(*slice)).collect();
        common
            .text(tags::SOP_INSTANCE_UID, &self.instance(0))
            .text(tags::INSTANCE_NUMBER, "1")
            .text(tags::IMAGE_TYPE, "DERIVED\\PRIMARY\\VOLUME\\NONE")
            .text(tags::SERIES_DESCRIPTION, "CT trunk, venous phase, multi-frame (synthetic)")
            .text(tags::ACQUISITION_DATE_TIME, &format!("{}090000", self.visit.date))
            .text(tags::PIXEL_PRESENTATION, "MONOCHROME")
            .text(tags::VOLUMETRIC_PROPERTIES, "VOLUME")
            .text(tags::VOLUME_BASED_CALCULATION_TECHNIQUE, "NONE")
            .text(tags::CONTENT_QUALIFICATION, "RESEARCH")
            .text(tags::PRESENTATION_LUT_SHAPE, "IDENTITY")
            .items(tags::ACQUISITION_CONTEXT_SEQUENCE, Vec::new())
            .text(tags::NUMBER_OF_FRAMES, &slices.to_string())
            .item(tags::DIMENSION_ORGANIZATION_SEQUENCE, Attributes::new().text(tags::DIMENSION_ORGANIZATION_UID, &organization))
            .items(
                tags::DIMENSION_INDEX_SEQUENCE,
                vec![dimension(tags::STACK_ID, "Stack"), dimension(tags::IN_STACK_POSITION_NUMBER, "Position in stack")],
            )
            .item(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, self.shared_groups())
            .items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, per_frame)
            .pixels(&frames)
    }

    fn shared_groups(&self) -> Attributes {
        let measures = Attributes::new()
            .decimals(tags::SLICE_THICKNESS, &[self.grid.slice_mm])
            .decimals(tags::PIXEL_SPACING, &[self.grid.pixel_mm; 2]);
        let anatomy = Attributes::new()
            .item(tags::ANATOMIC_REGION_SEQUENCE, code(["51185008", "Chest"], "SCT"))
            .text(tags::FRAME_LATERALITY, "U");
        let frame_type = Attributes::new()
            .text(tags::FRAME_TYPE, "DERIVED\\PRIMARY\\VOLUME\\NONE")
            .text(tags::PIXEL_PRESENTATION, "MONOCHROME")
            .text(tags::VOLUMETRIC_PROPERTIES, "VOLUME")
            .text(tags::VOLUME_BASED_CALCULATION_TECHNIQUE, "NONE");
        let transformation = Attributes::new()
            .text(tags::RESCALE_INTERCEPT, "-1024")
            .text(tags::RESCALE_SLOPE, "1")
            .text(tags::RESCALE_TYPE, "HU");
        let window = Attributes::new()
            .text(tags::WINDOW_CENTER, "40\\-600")
            .text(tags::WINDOW_WIDTH, "400\\1500")
            .text(tags::WINDOW_CENTER_WIDTH_EXPLANATION, "SOFT_TISSUE\\LUNG");
        let event = uid::of(&format!("{}/{}/irradiation", self.subject.name, self.visit.folder));
        let event = Attributes::new().text(tags::IRRADIATION_EVENT_UID, &event);
        let orientation = Attributes::new().decimals(tags::IMAGE_ORIENTATION_PATIENT, &self.orientation());
        Attributes::new()
            .item(tags::PIXEL_MEASURES_SEQUENCE, measures)
            .item(tags::PLANE_ORIENTATION_SEQUENCE, orientation)
            .item(tags::FRAME_ANATOMY_SEQUENCE, anatomy)
            .item(tags::CT_IMAGE_FRAME_TYPE_SEQUENCE, frame_type)
            .item(tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE, transformation)
            .item(tags::FRAME_VOILUT_SEQUENCE, window)
            .item(tags::IRRADIATION_EVENT_IDENTIFICATION_SEQUENCE, event)
    }

    fn frame_groups(&self, slice: usize) -> Attributes {
        let position = slice as u32 + 1;
        let content = Attributes::new()
            .text(tags::STACK_ID, "1")
            .longs(tags::IN_STACK_POSITION_NUMBER, &[position])
            .longs(tags::DIMENSION_INDEX_VALUES, &[1, position])
            .shorts(tags::FRAME_ACQUISITION_NUMBER, &[1])
            .text(tags::FRAME_ACQUISITION_DATE_TIME, &format!("{}090000", self.visit.date))
            .text(tags::FRAME_REFERENCE_DATE_TIME, &format!("{}090000", self.visit.date))
            .doubles(tags::FRAME_ACQUISITION_DURATION, &[500.0]);
        let plane = Attributes::new().decimals(tags::IMAGE_POSITION_PATIENT, &self.grid.slice_origin_lps(slice));
        Attributes::new().item(tags::FRAME_CONTENT_SEQUENCE, content).item(tags::PLANE_POSITION_SEQUENCE, plane)
    }
}
