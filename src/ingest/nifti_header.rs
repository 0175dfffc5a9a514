//! Headers of NIfTI-1 and NIfTI-2 in both byte orders: sizes, number type, and where the voxels are.

use super::Error;
use super::label_numbers::{Number, Stored};
use crate::problem::Problem;
use nalgebra::{Matrix3, Vector3};

/// Bytes of the longer header.
pub(super) const LONGEST: usize = 540;

/// What a header says, whichever version and byte order it has.
pub(super) struct Header {
    pub sizes: [usize; 3],
    pub stored: Stored,
    /// First byte of the voxels.
    pub data_offset: u64,
    /// The voxels are in a file of their own.
    pub separate_image: bool,
    /// Columns of the affine from index to RAS millimetres: three steps and the origin.
    pub affine: Affine,
}

/// Three steps and the origin, in RAS millimetres.
type Affine = [Vector3<f64>; 4];

/// Numbers at fixed places of the header, in its byte order.
struct Fields<'a> {
    bytes: &'a [u8],
    big_endian: bool,
    version_2: bool,
    shown: &'a str,
}

impl Fields<'_> {
    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut value: [u8; N] = std::array::from_fn(|i| self.bytes.get(at + i).copied().unwrap_or(0));
        if self.big_endian {
            value.reverse();
        }
        value
    }

    fn int(&self, at: usize) -> i32 {
        i32::from_le_bytes(self.array(at))
    }

    /// A real number, at its places in version 1 (32 bits) and version 2 (64 bits).
    fn real(&self, one: usize, two: usize) -> f64 {
        if self.version_2 { f64::from_le_bytes(self.array(two)) } else { f32::from_le_bytes(self.array(one)).into() }
    }

    /// A code, at its places in version 1 (16 bits) and version 2 (32 bits).
    fn code(&self, one: usize, two: usize) -> i32 {
        if self.version_2 { self.int(two) } else { i16::from_le_bytes(self.array(one)).into() }
    }

    fn dim(&self, axis: usize) -> i64 {
        match self.version_2 {
            true => i64::from_le_bytes(self.array(16 + 8 * axis)),
            false => i16::from_le_bytes(self.array(40 + 2 * axis)).into(),
        }
    }

    fn pixdim(&self, axis: usize) -> f64 {
        self.real(76 + 4 * axis, 104 + 8 * axis)
    }

    fn corrupt(&self, reason: String) -> Error {
        Error::Corrupt { file: self.shown.to_string(), reason }
    }

    fn unsupported(&self, what: String) -> Error {
        Error::Unsupported { file: self.shown.to_string(), what }
    }

    fn wrong(&self, attribute: &'static str, found: String, allowed: &str) -> Error {
        Error::Attribute { file: self.shown.to_string(), attribute, found, allowed: allowed.to_string() }
    }
}

impl Header {
    /// Understands the first bytes of a file.
    ///
    /// # Errors
    /// Not a header, or one whose voxels have no place, no millimetres or no labels.
    pub fn parse(bytes: &[u8], shown: &str) -> Result<(Self, Vec<Problem>), Error> {
        let little = Fields { bytes, big_endian: false, version_2: false, shown };
        let mut fields = Fields { big_endian: !matches!(little.int(0), 348 | 540), ..little };
        fields.version_2 = match fields.int(0) {
            348 if bytes.len() >= 348 => false,
            540 if bytes.len() >= 540 => true,
            other => return Err(fields.corrupt(format!("the header size is {other}; NIfTI has 348 or 540"))),
        };
        let magic = if fields.version_2 { &bytes[4..7] } else { &bytes[344..347] };
        let separate_image = magic.starts_with(b"ni");
        // Space units in the low three bits: 1 metres, 2 millimetres, 3 micrometres; 0 says nothing and means millimetres.
        let units = if fields.version_2 { fields.int(500) } else { fields.array::<1>(123)[0].into() };
        if matches!(units & 7, 1 | 3) {
            let unit = if units & 7 == 1 { "metres" } else { "micrometres" };
            return Err(fields.unsupported(format!("a NIfTI image in {unit} (millimetres are)")));
        }
        let sizes = fields.sizes()?;
        let mut problems = Vec::new();
        let affine = fields.affine(sizes, &mut problems)?;
        let header =
            Self { sizes, stored: fields.stored()?, data_offset: fields.data_offset(separate_image)?, separate_image, affine };
        Ok((header, problems))
    }
}

impl Fields<'_> {
    fn sizes(&self) -> Result<[usize; 3], Error> {
        let dimensions = self.dim(0);
        if !(2..=7).contains(&dimensions) {
            return Err(self.corrupt(format!("it has {dimensions} dimensions; 3 are expected")));
        }
        if let Some(axis) = (4..=dimensions as usize).find(|&axis| self.dim(axis) > 1) {
            return Err(self.unsupported(format!("an image with {} volumes (dimension {axis})", self.dim(axis))));
        }
        let mut sizes = [1usize; 3];
        for (axis, size) in sizes.iter_mut().enumerate().take(dimensions as usize) {
            let found = self.dim(axis + 1);
            let allowed = usize::try_from(found).ok().filter(|n| (1..=1 << 20).contains(n));
            *size = allowed.ok_or_else(|| self.corrupt(format!("dimension {} is {found}", axis + 1)))?;
        }
        Ok(sizes)
    }

    /// The sform when its code is above 0, else the qform when its code is.
    fn affine(&self, sizes: [usize; 3], problems: &mut Vec<Problem>) -> Result<Affine, Error> {
        let (has_qform, has_sform) = (self.code(252, 344) > 0, self.code(254, 348) > 0);
        let affine = match (has_sform, has_qform) {
            (true, _) => self.sform(),
            (false, true) => self.qform()?,
            (false, false) => {
                let allowed = "one of them must say where the voxels are in the patient";
                return Err(self.wrong("sform_code and qform_code", "0".to_string(), allowed));
            }
        };
        let product = affine[..3].iter().map(|step| step.norm()).product::<f64>();
        let volume = Matrix3::from_columns(&affine[..3]).determinant().abs();
        if !affine.iter().all(|v| v.iter().all(|x| x.is_finite())) || volume.is_nan() || volume < 1e-6 * product || volume == 0.0
        {
            return Err(self.corrupt("its orientation matrix is not finite or is singular".to_string()));
        }
        let check = "Check that the mask lies on the lesion in the report, and its size";
        let mut warn = |code, message: &str| problems.push(Problem::warning(code, message, check).in_file(self.shown));
        if has_sform && has_qform && !self.qform().is_ok_and(|qform| agree(&affine, &qform, sizes)) {
            warn("sform-qform-differ", "its two orientations (sform and qform) differ; the sform is used");
        } else if has_sform && (0..3).any(|axis| sizes[axis] > 1 && !self.same_size(axis, affine[axis].norm())) {
            warn("voxel-size-differs", "its voxel sizes (pixdim) are not those of its orientation (sform), which are used");
        }
        Ok(affine)
    }

    /// Within 1 %. A size of 0 says nothing.
    fn same_size(&self, axis: usize, step_mm: f64) -> bool {
        let stated = self.pixdim(axis + 1);
        stated == 0.0 || (stated.abs() - step_mm).abs() <= 0.01 * step_mm
    }

    fn sform(&self) -> Affine {
        let rows = [0, 1, 2].map(|r| [0, 1, 2, 3].map(|c| self.real(280 + 16 * r + 4 * c, 400 + 32 * r + 8 * c)));
        [0, 1, 2, 3].map(|c| Vector3::new(rows[0][c], rows[1][c], rows[2][c]))
    }

    /// The affine of the quaternion form (NIfTI-1 header, method 2).
    fn qform(&self) -> Result<Affine, Error> {
        let quaternion = Vector3::from([0, 1, 2].map(|i| self.real(256 + 4 * i, 352 + 8 * i)));
        let offset = Vector3::from([0, 1, 2].map(|i| self.real(268 + 4 * i, 376 + 8 * i)));
        let spacing = [1, 2, 3].map(|axis| self.pixdim(axis));
        if let Some(size) = spacing.iter().find(|size| size.is_nan() || **size <= 0.0) {
            return Err(self.wrong("pixdim", size.to_string(), "the qform needs voxel sizes above 0"));
        }
        let length = quaternion.norm();
        if length.is_nan() || length > 1.001 {
            return Err(self.wrong("quatern_b, c, d", format!("of length {length:.3}"), "a unit quaternion is expected"));
        }
        // Rounding to 32 bits may leave a little more than one.
        let [b, c, d]: [f64; 3] = (if length > 1.0 { quaternion / length } else { quaternion }).into();
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
        let [x, y, z] = spacing;
        let z = if self.pixdim(0) < 0.0 { -z } else { z };
        Ok([rotation.column(0) * x, rotation.column(1) * y, rotation.column(2) * z, offset])
    }

    fn stored(&self) -> Result<Stored, Error> {
        let datatype = if self.version_2 { i16::from_le_bytes(self.array(12)) } else { i16::from_le_bytes(self.array(70)) };
        let number = match datatype {
            2 => Number::U8,
            256 => Number::I8,
            4 => Number::I16,
            512 => Number::U16,
            8 => Number::I32,
            768 => Number::U32,
            1024 => Number::I64,
            1280 => Number::U64,
            16 => Number::F32,
            64 => Number::F64,
            other => return Err(self.unsupported(format!("NIfTI data type {other}"))),
        };
        let (slope, intercept) = (self.real(112, 176), self.real(116, 184));
        if slope == 0.0 || slope.is_nan() {
            return Ok(Stored { number, big_endian: self.big_endian, slope: 1.0, intercept: 0.0 });
        }
        if !slope.is_finite() || !intercept.is_finite() {
            let found = format!("{slope} and {intercept}");
            return Err(self.wrong("scl_slope and scl_inter", found, "finite numbers are expected (a slope of 0 for none)"));
        }
        Ok(Stored { number, big_endian: self.big_endian, slope, intercept })
    }

    fn data_offset(&self, separate_image: bool) -> Result<u64, Error> {
        let offset = if self.version_2 { i64::from_le_bytes(self.array(168)) as f64 } else { self.real(108, 108) };
        let least = match (separate_image, self.version_2) {
            (true, _) => 0.0,
            (false, true) => 540.0,
            (false, false) => 348.0,
        };
        // Some writers leave the offset at 0; the data then follows the four bytes that announce extensions.
        let offset = if offset == 0.0 && !separate_image { least + 4.0 } else { offset };
        if !(least..1e9).contains(&offset) || offset.fract() != 0.0 {
            return Err(self.corrupt(format!("its data would start at byte {offset}")));
        }
        Ok(offset as u64)
    }
}

/// Whether two affines place every corner of the image within a tenth of its smallest voxel size.
fn agree(a: &Affine, b: &Affine, sizes: [usize; 3]) -> bool {
    let tolerance = 0.1 * a[..3].iter().map(|step| step.norm()).fold(f64::INFINITY, f64::min);
    (0..8).all(|corner| {
        let at = |m: &Affine| {
            (0..3).fold(m[3], |sum, axis| sum + m[axis] * if corner >> axis & 1 == 1 { (sizes[axis] - 1) as f64 } else { 0.0 })
        };
        (at(a) - at(b)).norm() <= tolerance
    })
}
