//! NIfTI-1 and NIfTI-2 label images, single files or header and image, plain or gzip.

use super::label_grid::{LabelGrid, Labels, compare_checksum};
use super::{Error, SourceFile};
use crate::problem::Problem;
use flate2::read::MultiGzDecoder;
use nalgebra::{Matrix3, Vector3};
use std::io::Read;

/// What a header says, whichever version and byte order it has.
struct Header {
    big_endian: bool,
    sizes: [usize; 3],
    datatype: i16,
    data_offset: usize,
    separate_image: bool,
    slope: f64,
    intercept: f64,
    /// Columns of the affine from index to RAS millimetres: three steps and the origin.
    affine: [Vector3<f64>; 4],
}

/// Reads a label image.
///
/// # Errors
/// No usable orientation, more than three dimensions, values that are no labels, or fewer bytes than the header promises.
pub(super) fn read(source: &SourceFile) -> Result<(LabelGrid, Vec<Problem>), Error> {
    let shown = source.shown.as_str();
    let mut stream = open(source)?;
    let mut head = Vec::with_capacity(540);
    stream.by_ref().take(540).read_to_end(&mut head).map_err(|error| unreadable(shown, &error))?;
    let (header, problems) = parse(&head, shown)?;
    let bytes = if header.separate_image {
        let image = source.beside(source.path.with_extension("img")).map_err(|error| unreadable(shown, &error))?;
        read_exactly(&mut open(&image)?, Vec::new(), &header, shown)?
    } else {
        read_exactly(&mut stream, head, &header, shown)?
    };
    let labels = labels(&bytes[header.data_offset..], &header, shown)?;
    // NIfTI's world is right-anterior-superior; ours is left-posterior-superior.
    let [i, j, k, origin] = header.affine.map(|v| Vector3::new(-v.x, -v.y, v.z));
    Ok((LabelGrid { sizes: header.sizes, origin, steps: [i, j, k], layers: vec![labels] }, problems))
}

fn unreadable(shown: &str, error: &std::io::Error) -> Error {
    Error::Unreadable { file: shown.to_string(), reason: error.to_string() }
}

/// The bytes of a file, inflated if it is gzip by its content.
fn open(source: &SourceFile) -> Result<Box<dyn Read>, Error> {
    let failed = |error: std::io::Error| unreadable(&source.shown, &error);
    let mut magic = Vec::with_capacity(2);
    source.open().and_then(|file| file.take(2).read_to_end(&mut magic)).map_err(failed)?;
    let file = source.open().map_err(failed)?;
    Ok(if magic == [0x1f, 0x8b] { Box::new(MultiGzDecoder::new(std::io::BufReader::with_capacity(1 << 16, file))) } else { file })
}

/// Reads up to the last voxel that the header promises; memory grows with the bytes that really come.
fn read_exactly(stream: &mut dyn Read, mut bytes: Vec<u8>, header: &Header, shown: &str) -> Result<Vec<u8>, Error> {
    let voxels = header.sizes.iter().try_fold(1usize, |product, &size| product.checked_mul(size));
    let needed = voxels
        .and_then(|voxels| voxels.checked_mul(bytes_per_voxel(header.datatype)?))
        .and_then(|data| data.checked_add(header.data_offset))
        .ok_or_else(|| Error::Unsupported { file: shown.to_string(), what: format!("NIfTI data type {}", header.datatype) })?;
    let rest = needed.saturating_sub(bytes.len()) as u64;
    stream.take(rest).read_to_end(&mut bytes).map_err(|error| unreadable(shown, &error))?;
    if bytes.len() < needed {
        let reason = format!("the header promises {needed} bytes, {} are there", bytes.len());
        return Err(Error::Corrupt { file: shown.to_string(), reason });
    }
    compare_checksum(stream, shown)?;
    bytes.truncate(needed);
    Ok(bytes)
}

fn bytes_per_voxel(datatype: i16) -> Option<usize> {
    match datatype {
        2 | 256 => Some(1),
        4 | 512 => Some(2),
        8 | 16 | 768 => Some(4),
        64 | 1024 | 1280 => Some(8),
        _ => None,
    }
}

/// Numbers at fixed places of the header, in its byte order.
struct Fields<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl Fields<'_> {
    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut value: [u8; N] = std::array::from_fn(|i| self.bytes.get(at + i).copied().unwrap_or(0));
        if self.big_endian {
            value.reverse();
        }
        value
    }

    fn short(&self, at: usize) -> i16 {
        i16::from_le_bytes(self.array(at))
    }

    fn int(&self, at: usize) -> i32 {
        i32::from_le_bytes(self.array(at))
    }

    fn long(&self, at: usize) -> i64 {
        i64::from_le_bytes(self.array(at))
    }

    fn float(&self, at: usize) -> f64 {
        f64::from(f32::from_le_bytes(self.array(at)))
    }

    fn double(&self, at: usize) -> f64 {
        f64::from_le_bytes(self.array(at))
    }
}

fn parse(bytes: &[u8], shown: &str) -> Result<(Header, Vec<Problem>), Error> {
    let corrupt = |reason: String| Error::Corrupt { file: shown.to_string(), reason };
    let little = Fields { bytes, big_endian: false };
    let big_endian = !matches!(little.int(0), 348 | 540);
    let fields = Fields { bytes, big_endian };
    let version_2 = match fields.int(0) {
        348 if bytes.len() >= 348 => false,
        540 if bytes.len() >= 540 => true,
        other => return Err(corrupt(format!("the header size is {other}; NIfTI has 348 or 540"))),
    };
    let magic = if version_2 { &bytes[4..7] } else { &bytes[344..347] };
    let number = |one: usize, two: usize| if version_2 { fields.double(two) } else { fields.float(one) };
    let dim = |axis: usize| if version_2 { fields.long(16 + 8 * axis) } else { i64::from(fields.short(40 + 2 * axis)) };
    let pixdim = |axis: usize| number(76 + 4 * axis, 104 + 8 * axis);
    let code = |one: usize, two: usize| if version_2 { fields.int(two) } else { i32::from(fields.short(one)) };

    let dimensions = dim(0);
    if !(2..=7).contains(&dimensions) {
        return Err(corrupt(format!("it has {dimensions} dimensions; 3 are expected")));
    }
    if let Some(axis) = (4..=dimensions as usize).find(|&axis| dim(axis) > 1) {
        return Err(Error::Unsupported {
            file: shown.to_string(),
            what: format!("an image with {} volumes (dimension {axis})", dim(axis)),
        });
    }
    let mut sizes = [1usize; 3];
    for (axis, size) in sizes.iter_mut().enumerate().take(dimensions.min(3) as usize) {
        let found = dim(axis + 1);
        *size = usize::try_from(found)
            .ok()
            .filter(|n| (1..=1 << 20).contains(n))
            .ok_or_else(|| corrupt(format!("dimension {} is {found}", axis + 1)))?;
    }
    // Space units in the low three bits: 1 metres, 2 millimetres, 3 micrometres; 0 says nothing and means millimetres.
    let units = if version_2 { fields.int(500) } else { i32::from(fields.array::<1>(123)[0]) };
    if matches!(units & 7, 1 | 3) {
        let unit = if units & 7 == 1 { "metres" } else { "micrometres" };
        return Err(Error::Unsupported { file: shown.to_string(), what: format!("a NIfTI image in {unit} (millimetres are)") });
    }
    let (qform_code, sform_code) = (code(252, 344), code(254, 348));
    let sform = || {
        let row = |r: usize| [0, 1, 2, 3].map(|c| number(280 + 16 * r + 4 * c, 400 + 32 * r + 8 * c));
        let rows = [row(0), row(1), row(2)];
        [0, 1, 2, 3].map(|c| Vector3::new(rows[0][c], rows[1][c], rows[2][c]))
    };
    let qform = || {
        let quaternion = [0, 1, 2].map(|i| number(256 + 4 * i, 352 + 8 * i));
        let offset = [0, 1, 2].map(|i| number(268 + 4 * i, 376 + 8 * i));
        qform_affine(quaternion, offset, [pixdim(0), pixdim(1), pixdim(2), pixdim(3)])
    };
    let mut problems = Vec::new();
    let affine = match (sform_code > 0, qform_code > 0) {
        (true, both) => {
            let chosen = sform();
            if both && disagree(&chosen, &qform(), sizes) {
                problems.push(
                    Problem::warning(
                        "sform-qform-differ",
                        "its two orientations (sform and qform) differ; the sform is used",
                        "Check that the mask lies on the lesion in the report",
                    )
                    .in_file(shown),
                );
            }
            chosen
        }
        (false, true) => qform(),
        (false, false) => {
            return Err(Error::Attribute {
                file: shown.to_string(),
                attribute: "sform_code and qform_code",
                found: "0".to_string(),
                allowed: "one of them must say where the voxels are in the patient".to_string(),
            });
        }
    };
    let determinant = Matrix3::from_columns(&affine[..3]).determinant();
    if !affine.iter().all(|v| v.iter().all(|x| x.is_finite())) || determinant.abs() < 1e-9 {
        return Err(corrupt("its orientation matrix is not finite or is singular".to_string()));
    }
    let offset = if version_2 { fields.long(168) as f64 } else { fields.float(108) };
    let separate_image = magic.starts_with(b"ni");
    let least = if separate_image {
        0
    } else if version_2 {
        540
    } else {
        348
    };
    // Some writers leave the offset at 0; the data then follows the four bytes that announce extensions.
    let data_offset = if offset == 0.0 && !separate_image { least + 4 } else { offset as usize };
    if !(0.0..1e9).contains(&offset) || data_offset < least {
        return Err(corrupt(format!("its data would start at byte {offset}")));
    }
    let (slope, intercept) = (number(112, 176), number(116, 184));
    let scaled = slope.is_finite() && slope != 0.0;
    let header = Header {
        big_endian,
        sizes,
        datatype: if version_2 { fields.short(12) } else { fields.short(70) },
        data_offset,
        separate_image,
        slope: if scaled { slope } else { 1.0 },
        intercept: if scaled && intercept.is_finite() { intercept } else { 0.0 },
        affine,
    };
    Ok((header, problems))
}

/// The affine of the quaternion form (NIfTI-1 header, method 2).
fn qform_affine([b, c, d]: [f64; 3], offset: [f64; 3], [handedness, x, y, z]: [f64; 4]) -> [Vector3<f64>; 4] {
    let a = (1.0 - (b * b + c * c + d * d)).max(0.0).sqrt();
    let rotation = Matrix3::new(
        a * a + b * b - c * c - d * d,
        2.0 * (b * c - a * d),
        2.0 * (b * d + a * c),
        2.0 * (b * c + a * d),
        a * a + c * c - b * b - d * d,
        2.0 * (c * d - a * b),
        2.0 * (b * d - a * c),
        2.0 * (c * d + a * b),
        a * a + d * d - b * b - c * c,
    );
    let z = if handedness < 0.0 { -z } else { z };
    [rotation.column(0) * x, rotation.column(1) * y, rotation.column(2) * z, Vector3::from(offset)]
}

/// Whether two affines place some corner of the image more than a tenth of a millimetre apart.
fn disagree(a: &[Vector3<f64>; 4], b: &[Vector3<f64>; 4], sizes: [usize; 3]) -> bool {
    (0..8).any(|corner| {
        let at = |m: &[Vector3<f64>; 4]| {
            (0..3).fold(m[3], |sum, axis| sum + m[axis] * if corner >> axis & 1 == 1 { (sizes[axis] - 1) as f64 } else { 0.0 })
        };
        (at(a) - at(b)).norm() > 0.1
    })
}

fn labels(data: &[u8], header: &Header, shown: &str) -> Result<Labels, Error> {
    let identity = header.slope == 1.0 && header.intercept == 0.0;
    if header.datatype == 2 && identity {
        return Ok(Labels::Byte(data.to_vec()));
    }
    macro_rules! numbers {
        ($kind:ty) => {{
            let swap = header.big_endian;
            let values = data.chunks_exact(size_of::<$kind>()).map(|chunk| {
                let mut bytes: [u8; size_of::<$kind>()] = std::array::from_fn(|i| chunk[i]);
                if swap {
                    bytes.reverse();
                }
                <$kind>::from_le_bytes(bytes) as f64 * header.slope + header.intercept
            });
            Labels::from_numbers(values, shown)
        }};
    }
    match header.datatype {
        2 => numbers!(u8),
        256 => numbers!(i8),
        4 => numbers!(i16),
        512 => numbers!(u16),
        8 => numbers!(i32),
        768 => numbers!(u32),
        16 => numbers!(f32),
        64 => numbers!(f64),
        1024 => numbers!(i64),
        1280 => numbers!(u64),
        other => Err(Error::Unsupported { file: shown.to_string(), what: format!("NIfTI data type {other}") }),
    }
}
