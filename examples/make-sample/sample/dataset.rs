//! Building and writing DICOM data sets.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::Path;

use dicom::core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom::core::value::{DataSetSequence, PixelFragmentSequence, PrimitiveValue};
use dicom::core::{DataElement, Tag, VR};
use dicom::dictionary_std::{StandardDataDictionary, tags, uids};
use dicom::object::{FileMetaTableBuilder, InMemDicomObject};
use dicom::transfer_syntax::entries;
use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::story::{Subject, Visit};
use super::uid;

/// How a data set and its pixels are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Implicit VR Little Endian.
    ImplicitLittle,
    /// Explicit VR Little Endian.
    ExplicitLittle,
    /// Deflated Explicit VR Little Endian.
    Deflated,
    /// RLE Lossless.
    Rle,
}

/// A data set under construction; the value representations come from the standard dictionary.
pub struct Attributes(InMemDicomObject);

fn representation(tag: Tag) -> VR {
    StandardDataDictionary.by_tag(tag).map_or(VR::UN, |entry| entry.vr().relaxed())
}

impl Attributes {
    /// No attributes.
    pub fn new() -> Self {
        Self(InMemDicomObject::new_empty())
    }

    /// With a text value, several separated by a backslash; empty text is an empty value.
    pub fn text(mut self, tag: Tag, value: &str) -> Self {
        let value = match value {
            "" => PrimitiveValue::Empty,
            // The backslash separates values except where the representation is free text.
            _ => PrimitiveValue::Strs(value.split('\\').map(String::from).collect()),
        };
        self.0.put(DataElement::new(tag, representation(tag), value));
        self
    }

    /// With decimal strings.
    pub fn decimals(self, tag: Tag, values: &[f64]) -> Self {
        let text: Vec<String> = values.iter().map(|value| decimal(*value)).collect();
        self.text(tag, &text.join("\\"))
    }

    /// With double-precision values.
    pub fn doubles(mut self, tag: Tag, values: &[f64]) -> Self {
        self.0.put(DataElement::new(tag, VR::FD, PrimitiveValue::F64(values.into())));
        self
    }

    /// With 16-bit values.
    pub fn shorts(mut self, tag: Tag, values: &[u16]) -> Self {
        let value = PrimitiveValue::U16(values.into());
        self.0.put(DataElement::new(tag, VR::US, value));
        self
    }

    /// With 32-bit values.
    pub fn longs(mut self, tag: Tag, values: &[u32]) -> Self {
        let value = PrimitiveValue::U32(values.into());
        self.0.put(DataElement::new(tag, VR::UL, value));
        self
    }

    /// With a tag as its value.
    pub fn pointer(mut self, tag: Tag, value: Tag) -> Self {
        self.0.put(DataElement::new(tag, VR::AT, PrimitiveValue::from(value)));
        self
    }

    /// With a sequence.
    pub fn items(mut self, tag: Tag, items: Vec<Attributes>) -> Self {
        let items: Vec<InMemDicomObject> = items.into_iter().map(|item| item.0).collect();
        self.0.put(DataElement::new(tag, VR::SQ, DataSetSequence::from(items)));
        self
    }

    /// With a sequence of one item.
    pub fn item(self, tag: Tag, item: Attributes) -> Self {
        self.items(tag, vec![item])
    }

    /// With 16-bit pixels as they are.
    pub fn pixels(mut self, pixels: &[u16]) -> Self {
        let value = PrimitiveValue::U16(pixels.into());
        self.0.put(DataElement::new(tags::PIXEL_DATA, VR::OW, value));
        self
    }

    /// With pixels as bytes, padded to an even length.
    pub fn pixel_bytes(mut self, mut bytes: Vec<u8>) -> Self {
        bytes.resize(bytes.len().next_multiple_of(2), 0);
        let value = PrimitiveValue::U8(bytes.into());
        self.0.put(DataElement::new(tags::PIXEL_DATA, VR::OB, value));
        self
    }

    /// With the compressed pixels of one frame.
    pub fn pixel_fragment(mut self, fragment: Vec<u8>) -> Self {
        let fragments = PixelFragmentSequence::new(vec![0u32], vec![fragment]);
        self.0.put(DataElement::new(tags::PIXEL_DATA, VR::OB, fragments));
        self
    }

    /// Writes the data set as a DICOM file.
    ///
    /// # Errors
    /// When it cannot be encoded or the file cannot be written.
    pub fn write(self, path: &Path, encoding: Encoding) -> Result<(), Box<dyn Error>> {
        let transfer_syntax = match encoding {
            Encoding::ImplicitLittle => uids::IMPLICIT_VR_LITTLE_ENDIAN,
            Encoding::ExplicitLittle => uids::EXPLICIT_VR_LITTLE_ENDIAN,
            Encoding::Deflated => uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
            Encoding::Rle => uids::RLE_LOSSLESS,
        };
        let meta = FileMetaTableBuilder::new()
            .transfer_syntax(transfer_syntax)
            .implementation_class_uid(uid::of("implementation"))
            .implementation_version_name("RECIST-SAMPLE");
        let object = self.0.with_meta(meta)?;

        let mut file = vec![0; 128];
        file.extend(b"DICM");
        object.write_meta(&mut file)?;
        let mut data = Vec::new();
        let written_as = match encoding {
            Encoding::ImplicitLittle => entries::IMPLICIT_VR_LITTLE_ENDIAN.erased(),
            _ => entries::EXPLICIT_VR_LITTLE_ENDIAN.erased(),
        };
        object.into_inner().write_dataset_with_ts(&mut data, &written_as)?;
        if encoding == Encoding::Deflated {
            let mut deflated = DeflateEncoder::new(Vec::new(), Compression::best());
            deflated.write_all(&data)?;
            data = deflated.finish()?;
            data.resize(data.len().next_multiple_of(2), 0);
        }
        file.extend(data);
        fs::write(path, file)?;
        Ok(())
    }
}

/// A number in at most 16 characters, as many decimals as fit up to 12, without trailing zeros.
pub fn decimal(value: f64) -> String {
    let fitting = (0..=12).rev().map(|decimals| format!("{value:.decimals$}")).find(|text| text.len() <= 16);
    let text = fitting.unwrap_or_else(|| format!("{value:.6e}"));
    let text = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => &text,
    };
    if text == "-0" { "0".into() } else { text.into() }
}

/// A code: value, scheme, meaning.
pub fn code([value, meaning]: [&str; 2], scheme: &str) -> Attributes {
    Attributes::new().text(tags::CODE_VALUE, value).text(tags::CODING_SCHEME_DESIGNATOR, scheme).text(tags::CODE_MEANING, meaning)
}

/// A reference to an object by class and instance.
pub fn reference(class: &str, instance: &str) -> Attributes {
    Attributes::new().text(tags::REFERENCED_SOP_CLASS_UID, class).text(tags::REFERENCED_SOP_INSTANCE_UID, instance)
}

/// The attributes that every object of a visit shares: patient, study, equipment.
pub fn patient_and_study(subject: &Subject, visit: &Visit) -> Attributes {
    let study = format!("{}/{}", subject.name, visit.folder);
    Attributes::new()
        .text(tags::SPECIFIC_CHARACTER_SET, "ISO_IR 100")
        .text(tags::PATIENT_NAME, &format!("SYNTHETIC^{}", subject.patient_id))
        .text(tags::PATIENT_ID, subject.patient_id)
        .text(tags::PATIENT_BIRTH_DATE, "")
        .text(tags::PATIENT_SEX, "O")
        .text(tags::PATIENT_IDENTITY_REMOVED, "YES")
        .text(tags::DEIDENTIFICATION_METHOD, "Synthetic: there is no patient")
        .text(tags::STUDY_INSTANCE_UID, &uid::of(&format!("{study}/study")))
        .text(tags::STUDY_DATE, visit.date)
        .text(tags::STUDY_TIME, "090000")
        .text(tags::STUDY_ID, visit.folder)
        .text(tags::STUDY_DESCRIPTION, "Synthetic sample trial")
        .text(tags::ACCESSION_NUMBER, "")
        .text(tags::REFERRING_PHYSICIAN_NAME, "")
        .text(tags::FRAME_OF_REFERENCE_UID, &uid::of(&format!("{study}/frame of reference")))
        .text(tags::POSITION_REFERENCE_INDICATOR, "")
        .text(tags::MANUFACTURER, "RECIST SAMPLE")
        .text(tags::MANUFACTURER_MODEL_NAME, "Analytic phantom")
        .text(tags::DEVICE_SERIAL_NUMBER, "1")
        .text(tags::SOFTWARE_VERSIONS, "1")
}
