//! Small CT series and masks written on the spot, right in every way until a test breaks one thing.
#![allow(dead_code, reason = "every test file uses a part of it")]

use dicom::core::value::{DataSetSequence, PrimitiveValue, Value};
use dicom::core::{DataElement, Tag, VR};
use dicom::dictionary_std::{tags, uids};
use dicom::object::{FileMetaTableBuilder, InMemDicomObject};
use std::path::Path;

pub const COLUMNS: usize = 12;
pub const ROWS: usize = 10;
pub const SLICES: usize = 5;

/// Stands in PatientName and PatientID of every file written here; must never be said.
pub const SECRET: &str = "NEVERSHOWN";

pub const SERIES: &str = "1.2.826.0.1.3680043.10.1561.9.3";
pub const FRAME_OF_REFERENCE: &str = "1.2.826.0.1.3680043.10.1561.9.4";

/// Sets a text or decimal string value.
pub fn set(object: &mut InMemDicomObject, tag: Tag, vr: VR, value: &str) {
    object.put(DataElement::new(tag, vr, PrimitiveValue::from(value)));
}

/// Sets a 16 bit value.
pub fn set_number(object: &mut InMemDicomObject, tag: Tag, value: u16) {
    object.put(DataElement::new(tag, VR::US, PrimitiveValue::from(value)));
}

/// Sets a sequence.
pub fn set_items(object: &mut InMemDicomObject, tag: Tag, items: Vec<InMemDicomObject>) {
    object.put(DataElement::new(tag, VR::SQ, Value::from(DataSetSequence::from(items))));
}

fn identity(class: &str, instance: &str, modality: &str) -> InMemDicomObject {
    let mut object = InMemDicomObject::new_empty();
    set(&mut object, tags::SOP_CLASS_UID, VR::UI, class);
    set(&mut object, tags::SOP_INSTANCE_UID, VR::UI, &format!("1.2.826.0.1.3680043.10.1561.9.{instance}"));
    set(&mut object, tags::MODALITY, VR::CS, modality);
    set(&mut object, tags::PATIENT_NAME, VR::PN, &format!("{SECRET}^NAME"));
    set(&mut object, tags::PATIENT_ID, VR::LO, &format!("{SECRET}-ID"));
    set(&mut object, tags::STUDY_DATE, VR::DA, "20260105");
    object
}

/// One slice: 12 x 10 pixels of 0.7 x 0.8 mm, 2.5 mm apart, stored value 7 column + 13 row + 100 slice.
pub fn ct_slice(slice: usize) -> InMemDicomObject {
    let mut object = identity(uids::CT_IMAGE_STORAGE, &format!("1.{}", slice + 1), "CT");
    set(&mut object, tags::SERIES_INSTANCE_UID, VR::UI, SERIES);
    set(&mut object, tags::FRAME_OF_REFERENCE_UID, VR::UI, FRAME_OF_REFERENCE);
    set(&mut object, tags::IMAGE_ORIENTATION_PATIENT, VR::DS, r"1\0\0\0\1\0");
    set(&mut object, tags::IMAGE_POSITION_PATIENT, VR::DS, &format!(r"-4\6\{}", 2.5 * slice as f64));
    set(&mut object, tags::PIXEL_SPACING, VR::DS, r"0.8\0.7");
    set(&mut object, tags::SLICE_THICKNESS, VR::DS, "2.5");
    set(&mut object, tags::RESCALE_SLOPE, VR::DS, "1");
    set(&mut object, tags::RESCALE_INTERCEPT, VR::DS, "-1024");
    set(&mut object, tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2");
    for (tag, value) in [
        (tags::SAMPLES_PER_PIXEL, 1),
        (tags::COLUMNS, COLUMNS as u16),
        (tags::ROWS, ROWS as u16),
        (tags::BITS_ALLOCATED, 16),
        (tags::BITS_STORED, 12),
        (tags::HIGH_BIT, 11),
        (tags::PIXEL_REPRESENTATION, 0),
    ] {
        set_number(&mut object, tag, value);
    }
    let values = (0..ROWS).flat_map(|row| (0..COLUMNS).map(move |column| (7 * column + 13 * row + 100 * slice) as u16));
    object.put(DataElement::new(tags::PIXEL_DATA, VR::OW, PrimitiveValue::U16(values.collect())));
    object
}

/// Writes a DICOM file, explicit little endian.
pub fn write(object: InMemDicomObject, path: &Path) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let meta = FileMetaTableBuilder::new().transfer_syntax(uids::EXPLICIT_VR_LITTLE_ENDIAN);
    object.with_meta(meta).unwrap().write_to_file(path).unwrap();
}

/// Writes slices 0 to 4 as `s0.dcm` to `s4.dcm`, each changed by `change`; those for which it says `false` are left out.
pub fn write_series(folder: &Path, change: impl Fn(usize, &mut InMemDicomObject) -> bool) {
    for slice in 0..SLICES {
        let mut object = ct_slice(slice);
        if change(slice, &mut object) {
            write(object, &folder.join(format!("s{slice}.dcm")));
        }
    }
}

/// Writes a label map on the grid of the series, shifted by `shift_mm`: voxel (column, row, slice) has the label that `label` says.
pub fn write_nrrd(path: &Path, shift_mm: [f64; 3], label: impl Fn(usize, usize, usize) -> u8) {
    let [x, y, z] = [-4.0 + shift_mm[0], 6.0 + shift_mm[1], shift_mm[2]];
    let mut bytes = format!(
        "NRRD0004\ntype: uchar\ndimension: 3\nspace: left-posterior-superior\nsizes: {COLUMNS} {ROWS} {SLICES}\n\
         space directions: (0.7,0,0) (0,0.8,0) (0,0,2.5)\nkinds: domain domain domain\nencoding: raw\n\
         space origin: ({x},{y},{z})\n\n"
    )
    .into_bytes();
    let places = (0..SLICES).flat_map(|s| (0..ROWS).flat_map(move |r| (0..COLUMNS).map(move |c| (c, r, s))));
    bytes.extend(places.map(|(c, r, s)| label(c, r, s)));
    std::fs::write(path, bytes).unwrap();
}

/// 1 in columns 3 to 8, rows 2 to 5, slices 1 to 3: 6 x 4 x 3 voxels.
pub fn block(column: usize, row: usize, slice: usize) -> u8 {
    u8::from((3..9).contains(&column) && (2..6).contains(&row) && (1..4).contains(&slice))
}

/// Writes a structure set with one square contour on slice 2, referring to the series.
pub fn write_rtstruct(path: &Path, change: impl Fn(&mut InMemDicomObject)) {
    let mut object = identity(uids::RT_STRUCTURE_SET_STORAGE, "20", "RTSTRUCT");
    let (mut series, mut study, mut frame) =
        (InMemDicomObject::new_empty(), InMemDicomObject::new_empty(), InMemDicomObject::new_empty());
    set(&mut series, tags::SERIES_INSTANCE_UID, VR::UI, SERIES);
    set_items(&mut study, tags::RT_REFERENCED_SERIES_SEQUENCE, vec![series]);
    set(&mut frame, tags::FRAME_OF_REFERENCE_UID, VR::UI, FRAME_OF_REFERENCE);
    set_items(&mut frame, tags::RT_REFERENCED_STUDY_SEQUENCE, vec![study]);
    set_items(&mut object, tags::REFERENCED_FRAME_OF_REFERENCE_SEQUENCE, vec![frame]);
    let (mut roi, mut contour, mut drawn) =
        (InMemDicomObject::new_empty(), InMemDicomObject::new_empty(), InMemDicomObject::new_empty());
    set(&mut roi, tags::ROI_NUMBER, VR::IS, "1");
    set(&mut roi, tags::ROI_NAME, VR::LO, "mass");
    set(&mut roi, tags::REFERENCED_FRAME_OF_REFERENCE_UID, VR::UI, FRAME_OF_REFERENCE);
    set(&mut contour, tags::CONTOUR_GEOMETRIC_TYPE, VR::CS, "CLOSED_PLANAR");
    // Columns 3 to 5 and rows 2 to 3 of slice 2: edges at 2.5 and 5.5 columns of 0.7 mm, 1.5 and 3.5 rows of 0.8 mm.
    set(&mut contour, tags::CONTOUR_DATA, VR::DS, r"-2.25\7.2\5\-0.15\7.2\5\-0.15\8.8\5\-2.25\8.8\5");
    set(&mut drawn, tags::REFERENCED_ROI_NUMBER, VR::IS, "1");
    set_items(&mut drawn, tags::CONTOUR_SEQUENCE, vec![contour]);
    set_items(&mut object, tags::STRUCTURE_SET_ROI_SEQUENCE, vec![roi]);
    set_items(&mut object, tags::ROI_CONTOUR_SEQUENCE, vec![drawn]);
    change(&mut object);
    write(object, path);
}
