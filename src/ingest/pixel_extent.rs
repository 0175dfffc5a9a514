//! Are all pixels there? Asked from the header and the length of the file, so that a cut file is found before anything is measured.

use super::attributes::{unreadable, whole};
use super::{Error, SourceFile};
use dicom::dictionary_std::{tags, uids};
use dicom::object::DefaultDicomObject;
use std::fs::File;
use std::io::Read;

/// How much is read at a time while the pixel element is looked for; most headers are shorter.
const PART: u64 = 16 << 10;

/// Checks that a file of a native transfer syntax holds the bytes its matrix needs. Compressed files are judged by their decoder.
///
/// # Errors
/// The pixel data end too early.
pub(super) fn pixels_are_there(object: &DefaultDicomObject, source: &SourceFile) -> Result<(), Error> {
    let encoding = match object.meta().transfer_syntax().trim_end_matches(['\0', ' ']) {
        uids::IMPLICIT_VR_LITTLE_ENDIAN => Encoding { explicit: false, big_endian: false },
        uids::EXPLICIT_VR_LITTLE_ENDIAN => Encoding { explicit: true, big_endian: false },
        "1.2.840.10008.1.2.2" => Encoding { explicit: true, big_endian: true },
        _ => return Ok(()),
    };
    let number = |tag| whole(object, tag).and_then(|n| u64::try_from(n).ok());
    let frames = number(tags::NUMBER_OF_FRAMES).unwrap_or(1);
    let (Some(columns), Some(rows), Some(bits)) = (number(tags::COLUMNS), number(tags::ROWS), number(tags::BITS_ALLOCATED))
    else {
        return Ok(());
    };
    let needed = [rows, frames, bits / 8].iter().try_fold(columns, |product, &n| product.checked_mul(n)).unwrap_or(u64::MAX);
    match encoding.longest_pixel_data(source, needed)? {
        Some(have) if have < needed => Err(Error::Corrupt {
            file: source.shown.clone(),
            reason: format!("its matrix needs {needed} bytes of pixel data, {have} are there: the file is cut off or damaged"),
        }),
        _ => Ok(()),
    }
}

/// How elements are written.
struct Encoding {
    explicit: bool,
    big_endian: bool,
}

impl Encoding {
    /// The bytes that the longest pixel element really has, looked for until one has `needed`. `None` when there is none to judge.
    ///
    /// Small pictures nested in the header (icons) are pixel elements as well; the image itself is the one that is long enough.
    fn longest_pixel_data(&self, source: &SourceFile, needed: u64) -> Result<Option<u64>, Error> {
        let failed = |error: std::io::Error| unreadable(&source.shown, &error);
        let mut file = File::open(&source.path).map_err(failed)?;
        let file_length = file.metadata().map_err(failed)?.len();
        let mut bytes = Vec::new();
        let (mut seen, mut longest) = (0, None);
        loop {
            let read = file.by_ref().take(PART).read_to_end(&mut bytes).map_err(failed)?;
            while seen + 12 <= bytes.len() {
                if let Some((head, stated)) = self.pixel_element(&bytes[seen..]) {
                    let there = stated.min(file_length.saturating_sub((seen + head) as u64));
                    longest = longest.max(Some(there));
                    if there >= needed {
                        return Ok(longest);
                    }
                }
                seen += 1;
            }
            if read == 0 {
                return Ok(longest);
            }
        }
    }

    /// Length of the head and of the value of a pixel element that begins here.
    fn pixel_element(&self, bytes: &[u8]) -> Option<(usize, u64)> {
        let tag = if self.big_endian { [0x7f, 0xe0, 0x00, 0x10] } else { [0xe0, 0x7f, 0x10, 0x00] };
        let rest = bytes.strip_prefix(&tag)?;
        let (head, length) = if self.explicit {
            let known = matches!(&rest[..2], b"OW" | b"OB" | b"UN") && rest[2..4] == [0, 0];
            (12, rest.get(4..8).filter(|_| known)?)
        } else {
            (8, rest.get(..4)?)
        };
        let length: [u8; 4] = length.try_into().ok()?;
        let length = if self.big_endian { u32::from_be_bytes(length) } else { u32::from_le_bytes(length) };
        (length != u32::MAX).then_some((head, u64::from(length)))
    }
}
