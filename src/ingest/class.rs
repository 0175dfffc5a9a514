//! What a DICOM file holds, by its SOP class.

use super::Error;
use super::dicom_file::{Object, corrupt};
use dicom::dictionary_std::uids;

/// What kind of object a DICOM file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Image { multi_frame: bool },
    Segmentation,
    StructureSet,
    Other,
}

/// Sorts by SOP class.
///
/// # Errors
/// There is no data set, or it does not say what it is.
pub(super) fn class_of(object: &Object<'_>, shown: &str) -> Result<Class, Error> {
    let sop_class = object.sop_class();
    match (sop_class.is_empty(), object.is_empty()) {
        (true, false) => Err(corrupt(shown, "it states no SOP Class, so it is not known what it holds".to_string())),
        (_, true) => Err(corrupt(shown, "the file ends before its first element".to_string())),
        _ => Ok(class_named(&sop_class)),
    }
}

fn class_named(sop_class: &str) -> Class {
    match sop_class {
        uids::CT_IMAGE_STORAGE | uids::MR_IMAGE_STORAGE => Class::Image { multi_frame: false },
        uids::ENHANCED_CT_IMAGE_STORAGE
        | uids::ENHANCED_MR_IMAGE_STORAGE
        | uids::LEGACY_CONVERTED_ENHANCED_CT_IMAGE_STORAGE
        | uids::LEGACY_CONVERTED_ENHANCED_MR_IMAGE_STORAGE => Class::Image { multi_frame: true },
        uids::SEGMENTATION_STORAGE | "1.2.840.10008.5.1.4.1.1.66.7" => Class::Segmentation,
        uids::RT_STRUCTURE_SET_STORAGE => Class::StructureSet,
        _ => Class::Other,
    }
}
