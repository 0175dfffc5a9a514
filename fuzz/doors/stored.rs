//! How many voxels a mask file marks, counted without the readers, where that is simple: nothing may get lost or appear on the way.

use dicom::dictionary_std::{tags, uids};
use dicom::object::{DefaultDicomObject, OpenFileOptions};
use recist::volume::MaskKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// The voxels that are not background; `None` where only a reader could tell.
pub fn marked_voxels(kind: MaskKind, path: &Path, bytes: &[u8]) -> Option<u64> {
    match kind {
        MaskKind::Seg => in_seg(path, bytes),
        MaskKind::Nifti => in_nifti(bytes),
        MaskKind::Nrrd => in_nrrd(bytes),
        MaskKind::Rtstruct => None,
    }
}

/// What the parser of the dicom crates makes of a file as far as its pixels, when it can read it.
pub fn parsed_header(path: &Path) -> Option<DefaultDicomObject> {
    let options = OpenFileOptions::new().read_until(tags::PIXEL_DATA);
    catch_unwind(AssertUnwindSafe(|| options.open_file(path).ok())).ok().flatten()
}

/// The value of the pixel element of an uncompressed little endian file, when only one place can be meant.
pub fn pixel_bytes<'a>(header: &DefaultDicomObject, file: &'a [u8]) -> Option<&'a [u8]> {
    const TAG: [u8; 4] = [0xe0, 0x7f, 0x10, 0x00];
    let mut places = file.windows(4).enumerate().filter(|(_, window)| *window == TAG);
    let (Some((at, _)), None) = (places.next(), places.next()) else { return None };
    let head = match header.meta().transfer_syntax().trim_end_matches(['\0', ' ']) {
        uids::IMPLICIT_VR_LITTLE_ENDIAN => 8,
        uids::EXPLICIT_VR_LITTLE_ENDIAN => 12,
        _ => return None,
    };
    let length = u32::from_le_bytes(file.get(at + head - 4..at + head)?.try_into().ok()?);
    file.get(at + head..)?.get(..length as usize)
}

fn not_zero(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte != 0).count() as u64
}

/// BINARY and label maps of one byte.
fn in_seg(path: &Path, bytes: &[u8]) -> Option<u64> {
    let header = parsed_header(path)?;
    let text = |tag| Some(header.get(tag)?.value().to_str().ok()?.trim_matches(['\0', ' ']).to_string());
    let number = |tag| header.get(tag)?.to_int::<usize>().ok();
    let voxels = number(tags::ROWS)?.checked_mul(number(tags::COLUMNS)?)?.checked_mul(number(tags::NUMBER_OF_FRAMES)?)?;
    let stored = pixel_bytes(&header, bytes)?;
    match (text(tags::SEGMENTATION_TYPE)?.as_str(), number(tags::BITS_ALLOCATED)?) {
        ("BINARY", 1) => {
            let whole: u64 = stored.get(..voxels / 8)?.iter().map(|byte| u64::from(byte.count_ones())).sum();
            let rest = voxels % 8;
            let last = if rest == 0 { 0 } else { stored.get(voxels / 8)? & ((1 << rest) - 1) };
            Some(whole + u64::from(last.count_ones()))
        }
        ("LABELMAP", 8) => Some(not_zero(stored.get(..voxels)?)),
        _ => None,
    }
}

/// One byte a voxel, little endian, version 1, neither scaled nor compressed.
fn in_nifti(bytes: &[u8]) -> Option<u64> {
    let short = |at: usize| Some(i16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    let float = |at: usize| Some(f32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let single = bytes.get(..4)? == [92, 1, 0, 0] && bytes.get(344..348)? == *b"n+1\0";
    let scaled = !(float(112)? == 0.0 || float(112)? == 1.0 && float(116)? == 0.0);
    if !single || short(70)? != 2 || scaled || short(40)? != 3 {
        return None;
    }
    let sizes = [short(42)?, short(44)?, short(46)?].map(|size| usize::try_from(size).ok());
    let voxels = sizes[0]?.checked_mul(sizes[1]?)?.checked_mul(sizes[2]?)?;
    let offset = float(108)?;
    let offset = if offset == 0.0 { 352 } else { offset as usize };
    Some(not_zero(bytes.get(offset..offset.checked_add(voxels)?)?))
}

/// One byte a voxel, right behind the header.
fn in_nrrd(bytes: &[u8]) -> Option<u64> {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n")?;
    let header = std::str::from_utf8(&bytes[..end]).ok().filter(|header| !header.contains('\r'))?;
    let field = |key: &str| {
        let mut values = header.lines().filter_map(|line| line.strip_prefix(key));
        values.next().filter(|_| values.next().is_none()).map(str::trim)
    };
    let plain = matches!(field("type:")?, "uchar" | "uint8") && field("encoding:")? == "raw" && !header.contains("file");
    let sizes: Option<Vec<usize>> = field("sizes:")?.split(' ').map(|size| size.parse().ok()).collect();
    let voxels = sizes?.into_iter().try_fold(1usize, |product, size| product.checked_mul(size))?;
    if plain { Some(not_zero(bytes[end + 2..].get(..voxels)?)) } else { None }
}
