//! A DICOM data set as it was parsed: elements that still point into the bytes of the file.

use dicom::core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom::core::{Tag, VR};
use dicom::dictionary_std::StandardDataDictionary;
use dicom::encoding::text::{SpecificCharacterSet, TextCodec};
use std::borrow::Cow;

/// The elements of one data set or item, by ascending tag.
#[derive(Debug, Clone, Default)]
pub(super) struct DataSet<'a> {
    pub(super) elements: Vec<Element<'a>>,
    pub(super) encoding: Encoding,
}

/// One element.
#[derive(Debug, Clone)]
pub(super) struct Element<'a> {
    pub tag: Tag,
    /// As the file states it; `None` in an implicit encoding.
    pub vr: Option<VR>,
    pub value: Value<'a>,
}

/// What an element holds.
#[derive(Debug, Clone)]
pub(super) enum Value<'a> {
    Bytes(&'a [u8]),
    Items(Vec<DataSet<'a>>),
}

/// How the values of a data set are written.
#[derive(Debug, Clone, Default)]
pub(super) struct Encoding {
    pub explicit: bool,
    pub big_endian: bool,
    /// `None` until a Specific Character Set was met.
    pub charset: Option<SpecificCharacterSet>,
}

/// Numbers as the element writes them.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Numbers {
    Whole(Vec<i64>),
    Real(Vec<f64>),
}

impl<'a> DataSet<'a> {
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    pub fn element(&self, tag: Tag) -> Option<&Element<'a>> {
        let index = self.elements.binary_search_by_key(&tag, |element| element.tag).ok()?;
        self.elements.get(index)
    }

    /// The stored bytes of an element that is no sequence.
    pub fn bytes(&self, tag: Tag) -> Option<&'a [u8]> {
        match self.element(tag)?.value {
            Value::Bytes(bytes) => Some(bytes),
            Value::Items(_) => None,
        }
    }

    /// The items of a sequence; empty when absent.
    pub fn items(&self, tag: Tag) -> &[DataSet<'a>] {
        match self.element(tag).map(|element| &element.value) {
            Some(Value::Items(items)) => items,
            _ => &[],
        }
    }

    /// The representation of an element: as stated, or from the dictionary where the file does not say it.
    pub fn representation(&self, tag: Tag) -> Option<VR> {
        match self.element(tag)?.vr {
            Some(VR::UN) | None => dictionary_vr(tag),
            stated => stated,
        }
    }

    /// The numbers of an element of a binary representation.
    pub fn numbers(&self, tag: Tag) -> Option<Numbers> {
        let bytes = self.bytes(tag)?;
        let big = self.encoding.big_endian;
        macro_rules! read {
            ($kind:ty, $number:ty) => {
                bytes
                    .chunks_exact(size_of::<$kind>())
                    .filter_map(|chunk| chunk.try_into().ok())
                    .map(|raw| (if big { <$kind>::from_be_bytes(raw) } else { <$kind>::from_le_bytes(raw) }) as $number)
                    .collect()
            };
        }
        Some(match self.representation(tag)? {
            VR::US => Numbers::Whole(read!(u16, i64)),
            VR::SS => Numbers::Whole(read!(i16, i64)),
            VR::UL => Numbers::Whole(read!(u32, i64)),
            VR::SL => Numbers::Whole(read!(i32, i64)),
            VR::SV | VR::UV => Numbers::Whole(read!(i64, i64)),
            VR::FL => Numbers::Real(read!(f32, f64)),
            VR::FD => Numbers::Real(read!(f64, f64)),
            _ => return None,
        })
    }

    /// The text of an element as it stands, padding included; numbers are written out. Bytes that fit no character set become
    /// replacement characters: no measurement depends on them.
    pub fn text(&self, tag: Tag) -> Option<Cow<'a, str>> {
        if let Some(numbers) = self.numbers(tag) {
            let words: Vec<String> = match numbers {
                Numbers::Whole(numbers) => numbers.iter().map(ToString::to_string).collect(),
                Numbers::Real(numbers) => numbers.iter().map(ToString::to_string).collect(),
            };
            return Some(Cow::Owned(words.join("\\")));
        }
        let bytes = self.bytes(tag)?;
        if bytes.is_ascii() && !bytes.contains(&0x1b) {
            return std::str::from_utf8(bytes).ok().map(Cow::Borrowed);
        }
        let declared = self.encoding.charset.as_ref().and_then(|charset| charset.decode(bytes).ok()).map(Cow::Owned);
        declared.or_else(|| Some(undeclared(bytes)))
    }
}

/// Text without a usable character set: UTF-8 when it is, else Latin-1, which is what is met.
fn undeclared(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()),
    }
}

/// The representation that the dictionary gives a tag. Where it leaves the choice between signed and unsigned it is unsigned: the
/// reader of such a value knows which one it is.
pub(super) fn dictionary_vr(tag: Tag) -> Option<VR> {
    StandardDataDictionary.by_tag(tag).map(|entry| entry.vr().relaxed())
}
