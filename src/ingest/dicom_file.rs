//! DICOM files: preamble, file meta information and data set (PS3.10 section 7), and what of that may be missing.

use super::data_set::{DataSet, Encoding};
use super::parser::{PixelElement, Stop, looks_explicit, parse_data_set, parse_meta};
use super::{Error, SourceFile};
use crate::problem::Problem;
use dicom::dictionary_std::{tags, uids};
use flate2::read::DeflateDecoder;
use std::io::Read;
use std::ops::Deref;

/// How much of a file is read first; most headers are shorter.
const FIRST_PART: usize = 16 << 10;

/// Largest data set that a deflated file may become: a volume of 512 x 512 x 1000 words and its header.
const LARGEST_INFLATED: u64 = 512 << 20;

/// Retired (PS3.5 2016b and before), still met.
pub(super) const EXPLICIT_BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";

/// A DICOM file in memory.
pub(super) struct DicomFile {
    shown: String,
    bytes: Vec<u8>,
    prologue: Prologue,
    /// Bytes of the file, or of what it inflates to.
    length: u64,
}

/// A parsed DICOM file, up to its pixels.
pub(super) struct Object<'a> {
    data_set: DataSet<'a>,
    /// Transfer Syntax UID.
    pub transfer_syntax: String,
    /// Where the pixels begin in the file (in what it inflates to, when it is deflated).
    pub pixels: Option<PixelElement>,
    /// What was parsed: the file from its first byte on.
    pub bytes: &'a [u8],
    /// Bytes of the file, or of what it inflates to.
    pub length: u64,
    /// The data set was deflated, so that offsets do not count in the file.
    pub deflated: bool,
    /// SOP Class UID as the file meta information states it.
    media_class: Option<String>,
    /// What is odd about the encoding.
    pub problems: Vec<Problem>,
}

/// What stands before the data set.
#[derive(Debug, Clone, Default)]
struct Prologue {
    /// First byte of the data set.
    start: usize,
    transfer_syntax: Option<String>,
    media_class: Option<String>,
}

impl<'a> Deref for Object<'a> {
    type Target = DataSet<'a>;

    fn deref(&self) -> &DataSet<'a> {
        &self.data_set
    }
}

impl Object<'_> {
    /// SOP Class UID: that of the data set, else that of the file meta information.
    pub fn sop_class(&self) -> String {
        let own = super::attributes::text(self, tags::SOP_CLASS_UID);
        own.or_else(|| self.media_class.clone()).unwrap_or_default()
    }
}

/// Reads the header of a file, as far as its pixels, and hands it on.
///
/// # Errors
/// The file cannot be read or parsed; whatever `then` returns.
pub(super) fn with_header<T>(source: &SourceFile, then: impl FnOnce(&Object<'_>) -> Result<T, Error>) -> Result<T, Error> {
    let failed = |error: std::io::Error| unreadable(&source.shown, &error);
    let mut reader = source.open().map_err(failed)?;
    let length = source.length().map_err(failed)?;
    let mut bytes = Vec::with_capacity(FIRST_PART);
    let mut wanted = FIRST_PART;
    loop {
        let part = wanted - bytes.len();
        let read = reader.by_ref().take(part as u64).read_to_end(&mut bytes).map_err(failed)?;
        let complete = read < part;
        match prologue(&bytes, complete) {
            Ok(prologue) if prologue.is_deflated() => {
                reader.read_to_end(&mut bytes).map_err(failed)?;
                return then(&DicomFile::of(bytes, &source.shown)?.object()?);
            }
            Ok(prologue) => match object(&bytes, &prologue, complete, length, &source.shown) {
                Ok(object) => return then(&object),
                Err(Stop::Broken(reason)) => return Err(corrupt(&source.shown, reason)),
                Err(Stop::Incomplete) => wanted *= 4,
            },
            Err(Stop::Broken(reason)) => return Err(corrupt(&source.shown, reason)),
            Err(Stop::Incomplete) => wanted *= 4,
        }
    }
}

impl DicomFile {
    /// Reads a whole file.
    ///
    /// # Errors
    /// It cannot be read, or what stands before its data set is broken.
    pub fn read(source: &SourceFile) -> Result<Self, Error> {
        Self::of(source.read().map_err(|error| unreadable(&source.shown, &error))?, &source.shown)
    }

    fn of(bytes: Vec<u8>, shown: &str) -> Result<Self, Error> {
        let stopped = |stop| match stop {
            Stop::Broken(reason) => corrupt(shown, reason),
            Stop::Incomplete => corrupt(shown, "the file is cut off".to_string()),
        };
        let mut prologue = prologue(&bytes, true).map_err(stopped)?;
        let bytes = if prologue.is_deflated() {
            let inflated = inflate(&bytes[prologue.start..], shown)?;
            prologue.start = 0;
            inflated
        } else {
            bytes
        };
        Ok(Self { shown: shown.to_string(), length: bytes.len() as u64, bytes, prologue })
    }

    /// The file from its first byte on, or what it inflates to.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Its elements, up to the pixels.
    ///
    /// # Errors
    /// The elements cannot be parsed.
    pub fn object(&self) -> Result<Object<'_>, Error> {
        object(&self.bytes, &self.prologue, true, self.length, &self.shown).map_err(|stop| match stop {
            Stop::Broken(reason) => corrupt(&self.shown, reason),
            Stop::Incomplete => corrupt(&self.shown, "the file is cut off".to_string()),
        })
    }
}

impl Prologue {
    fn is_deflated(&self) -> bool {
        self.transfer_syntax.as_deref() == Some(uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN)
    }
}

/// Finds the data set: behind preamble, `DICM` and meta elements, any of which may be missing.
fn prologue(bytes: &[u8], complete: bool) -> Result<Prologue, Stop> {
    if bytes.len() < 132 && !complete {
        return Err(Stop::Incomplete);
    }
    let start = match bytes {
        _ if bytes.get(128..132) == Some(b"DICM") => 132,
        _ if bytes.starts_with(b"DICM") => 4,
        _ => 0,
    };
    if bytes.get(start..start + 2) != Some(&[2, 0]) {
        return Ok(Prologue { start, ..Prologue::default() });
    }
    let meta = parse_meta(bytes, start, complete)?;
    let text = |tag| super::attributes::text(&meta.data_set, tag);
    let media_class = text(tags::MEDIA_STORAGE_SOP_CLASS_UID);
    Ok(Prologue { start: meta.end, transfer_syntax: text(tags::TRANSFER_SYNTAX_UID), media_class })
}

fn object<'a>(bytes: &'a [u8], prologue: &Prologue, complete: bool, length: u64, shown: &str) -> Result<Object<'a>, Stop> {
    let declared = prologue.transfer_syntax.as_deref();
    let (encoding, transfer_syntax, odd) = encoding_of(&bytes[prologue.start.min(bytes.len())..], declared);
    let parsed = parse_data_set(bytes, prologue.start, encoding, complete)?;
    Ok(Object {
        data_set: parsed.data_set,
        transfer_syntax,
        pixels: parsed.pixels,
        bytes,
        length,
        deflated: prologue.is_deflated(),
        media_class: prologue.media_class.clone(),
        problems: odd.into_iter().map(|problem| problem.in_file(shown)).collect(),
    })
}

/// How a data set is written, which is what its first element shows, and the transfer syntax that this means.
fn encoding_of(first: &[u8], declared: Option<&str>) -> (Encoding, String, Option<Problem>) {
    let plain = |explicit| Encoding { explicit, ..Encoding::default() };
    let named = |explicit| match explicit {
        true => uids::EXPLICIT_VR_LITTLE_ENDIAN.to_string(),
        false => uids::IMPLICIT_VR_LITTLE_ENDIAN.to_string(),
    };
    let found = looks_explicit(first).unwrap_or(true);
    let advice = "Check the software that wrote or converted it";
    let Some(declared) = declared else {
        let message = "the file does not state its transfer syntax (no file meta information); it was read as its first element is \
                       written";
        return (plain(found), named(found), Some(Problem::warning("no-file-meta", message, advice)));
    };
    // Groups of a data set begin with 0008, so the first byte tells the order.
    let big_endian = declared == EXPLICIT_BIG_ENDIAN && first.first() == Some(&0);
    let explicit = declared != uids::IMPLICIT_VR_LITTLE_ENDIAN;
    let as_declared = explicit == found && big_endian == (declared == EXPLICIT_BIG_ENDIAN);
    if as_declared || first.len() < 8 {
        return (Encoding { explicit, big_endian, charset: None }, declared.to_string(), None);
    }
    let message = "the data set is not written in the transfer syntax that the file declares; it was read as it is written";
    let problem = Some(Problem::warning("encoding-mismatch", message, advice));
    // Compressed pixels stay compressed, whatever the elements around them look like.
    let native = [uids::IMPLICIT_VR_LITTLE_ENDIAN, uids::EXPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_BIG_ENDIAN].contains(&declared);
    let syntax = if native { named(found) } else { declared.to_string() };
    (plain(found), syntax, problem)
}

/// The data set of a deflated file (PS3.5 A.5).
fn inflate(deflated: &[u8], shown: &str) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = DeflateDecoder::new(deflated).take(LARGEST_INFLATED + 1).read_to_end(&mut bytes);
    match read {
        Ok(_) if bytes.len() as u64 > LARGEST_INFLATED => {
            Err(corrupt(shown, format!("its deflated data set becomes more than {} MiB", LARGEST_INFLATED >> 20)))
        }
        Ok(_) => Ok(bytes),
        Err(error) => Err(corrupt(shown, format!("its deflated data set cannot be inflated: {error}"))),
    }
}

/// Bytes that do not fit what the file says of itself.
pub(super) fn corrupt(shown: &str, reason: String) -> Error {
    Error::Corrupt { file: shown.to_string(), reason }
}

/// An error of the operating system, for one file.
pub(super) fn unreadable(shown: &str, error: &std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::InvalidData => corrupt(shown, error.to_string()),
        _ => Error::Unreadable { file: shown.to_string(), reason: error.to_string() },
    }
}
