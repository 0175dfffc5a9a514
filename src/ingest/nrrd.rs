//! NRRD label images, attached or detached, with the segment names of 3D Slicer's `.seg.nrrd`.

use super::label_grid::{LabelGrid, Labels, compare_checksum};
use super::{Error, SourceFile};
use flate2::read::MultiGzDecoder;
use nalgebra::{Matrix3, Vector3};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::{Component, Path};

/// A segment as the header names it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct NamedSegment {
    pub id: Option<String>,
    pub name: Option<String>,
    pub label: u32,
    pub layer: usize,
}

/// Fields (`key: value`) and key/value pairs (`key:=value`) of a header, keys in lower case for the former.
struct Header {
    fields: BTreeMap<String, String>,
    pairs: BTreeMap<String, String>,
}

/// Longest header that is read: real ones have a few kilobytes.
const HEADER_LIMIT: u64 = 4 << 20;

/// Reads a label image and the segments that its header names (empty for a plain NRRD).
///
/// # Errors
/// No space or directions, an unknown type or encoding, or fewer bytes than the header promises.
pub(super) fn read(source: &SourceFile) -> Result<(LabelGrid, Vec<NamedSegment>), Error> {
    let shown = source.shown.as_str();
    let file = source.open().map_err(|error| unreadable(shown, &error))?;
    let mut stream = BufReader::with_capacity(1 << 16, file);
    let header = read_header(&mut stream, shown)?;
    for skip in ["line skip", "lineskip", "byte skip", "byteskip"] {
        // Anything skipped and not skipped here would shift every voxel.
        if let Some(count) = header.fields.get(skip).filter(|count| *count != "0") {
            let what = format!("an NRRD with `{skip}: {count}` (data right behind the header are)");
            return Err(Error::Unsupported { file: shown.to_string(), what });
        }
    }
    if let Some(units) =
        header.fields.get("space units").filter(|units| units.split_whitespace().any(|unit| unit.trim_matches('"') != "mm"))
    {
        return Err(Error::Unsupported { file: shown.to_string(), what: format!("an NRRD with space units {units} (mm are)") });
    }
    let named = header.segments();
    for (place, segment) in named.iter().enumerate() {
        if named[..place].iter().any(|other| (other.layer, other.label) == (segment.layer, segment.label)) {
            let reason = format!("two of its segments share the label value {} in one layer", segment.label);
            return Err(Error::Contradiction { file: shown.to_string(), reason });
        }
    }
    let grid = header.grid(shown)?;
    let kind = header.kind(shown)?;
    let voxels = grid.sizes.iter().chain([&grid.layers]).try_fold(1usize, |product, &size| product.checked_mul(size));
    let needed = voxels
        .and_then(|voxels| voxels.checked_mul(kind.bytes))
        .ok_or_else(|| Error::Corrupt { file: shown.to_string(), reason: "its sizes are too large".to_string() })?;

    let mut data: Box<dyn Read> = match header.fields.get("data file").or_else(|| header.fields.get("datafile")) {
        None => Box::new(stream),
        Some(name) => {
            let beside = source.beside(detached(&source.path, name, shown)?).and_then(|file| file.open());
            Box::new(BufReader::new(beside.map_err(|error| unreadable(shown, &error))?))
        }
    };
    let bytes = match header.fields.get("encoding").map(String::as_str) {
        Some("raw") => read_up_to(&mut data, needed, shown)?,
        Some("gzip" | "gz") => {
            let mut inflated = MultiGzDecoder::new(data);
            let bytes = read_up_to(&mut inflated, needed, shown)?;
            compare_checksum(&mut inflated, shown)?;
            bytes
        }
        Some("ascii" | "text" | "txt") => {
            let labels = ascii(&mut data, needed / kind.bytes, shown)?;
            return Ok((grid.into_label_grid(labels), named));
        }
        other => {
            let what = format!("NRRD encoding `{}` (raw, gzip and ascii are)", other.unwrap_or("none"));
            return Err(Error::Unsupported { file: shown.to_string(), what });
        }
    };
    if bytes.len() < needed {
        let reason = format!("the header promises {needed} bytes, {} are there", bytes.len());
        return Err(Error::Corrupt { file: shown.to_string(), reason });
    }
    let labels = kind.labels(bytes, shown)?;
    Ok((grid.into_label_grid(labels), named))
}

fn unreadable(shown: &str, error: &std::io::Error) -> Error {
    Error::Unreadable { file: shown.to_string(), reason: error.to_string() }
}

fn read_header(stream: &mut impl BufRead, shown: &str) -> Result<Header, Error> {
    let mut header = Header { fields: BTreeMap::new(), pairs: BTreeMap::new() };
    let mut limited = stream.take(HEADER_LIMIT);
    loop {
        let mut line = Vec::new();
        let read = limited.read_until(b'\n', &mut line).map_err(|error| unreadable(shown, &error))?;
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches(['\n', '\r']);
        if read == 0 && limited.limit() == 0 {
            return Err(Error::Corrupt { file: shown.to_string(), reason: "its header does not end".to_string() });
        }
        // A detached header may simply end; an attached one ends with an empty line.
        if line.is_empty() {
            return Ok(header);
        }
        if line.starts_with('#') || line.starts_with("NRRD0") {
            continue;
        }
        if let Some((key, value)) = line.split_once(":=") {
            header.pairs.insert(key.trim().to_string(), value.trim().to_string());
        } else if let Some((key, value)) = line.split_once(':') {
            header.fields.insert(key.trim().to_ascii_lowercase(), value.trim().to_string());
        }
    }
}

/// The data file of a detached header: it must lie in the header's folder.
fn detached(header: &Path, name: &str, shown: &str) -> Result<std::path::PathBuf, Error> {
    let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !inside || name.starts_with("LIST") || name.contains('%') {
        return Err(Error::Unsupported {
            file: shown.to_string(),
            what: format!("the data file `{name}` (one file beside the header is)"),
        });
    }
    Ok(header.parent().unwrap_or(Path::new("")).join(name))
}

fn read_up_to(stream: &mut dyn Read, needed: usize, shown: &str) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    stream.take(needed as u64).read_to_end(&mut bytes).map_err(|error| unreadable(shown, &error))?;
    Ok(bytes)
}

fn ascii(stream: &mut dyn Read, voxels: usize, shown: &str) -> Result<Labels, Error> {
    let mut text = String::new();
    stream.take(32 * voxels as u64).read_to_string(&mut text).map_err(|error| unreadable(shown, &error))?;
    let numbers: Vec<f64> = text.split_whitespace().map_while(|word| word.parse().ok()).collect();
    if numbers.len() != voxels {
        let reason = format!("the header promises {voxels} values, {} are there", numbers.len());
        return Err(Error::Corrupt { file: shown.to_string(), reason });
    }
    Labels::from_numbers(numbers.into_iter(), shown)
}

/// Sizes and affine; `layers` is the size of a leading list axis, 1 without one.
struct Grid {
    sizes: [usize; 3],
    layers: usize,
    origin: Vector3<f64>,
    steps: [Vector3<f64>; 3],
}

impl Grid {
    /// Takes the interleaved layers apart.
    fn into_label_grid(self, labels: Labels) -> LabelGrid {
        fn every<T: Copy>(voxels: &[T], layers: usize, layer: usize) -> Vec<T> {
            voxels.iter().skip(layer).step_by(layers).copied().collect()
        }
        let layers = match (self.layers, labels) {
            (1, labels) => vec![labels],
            (n, Labels::Byte(voxels)) => (0..n).map(|layer| Labels::Byte(every(&voxels, n, layer))).collect(),
            (n, Labels::Wide(voxels)) => (0..n).map(|layer| Labels::Wide(every(&voxels, n, layer))).collect(),
        };
        LabelGrid { sizes: self.sizes, origin: self.origin, steps: self.steps, layers }
    }
}

/// How one value is stored.
struct Kind {
    bytes: usize,
    signed: bool,
    real: bool,
    big_endian: bool,
}

impl Kind {
    fn labels(&self, bytes: Vec<u8>, shown: &str) -> Result<Labels, Error> {
        if self.bytes == 1 && !self.signed {
            return Ok(Labels::Byte(bytes));
        }
        let number = |chunk: &[u8]| {
            // Little endian, sign or zero extended to eight bytes.
            let mut wide = [0u8; 8];
            for (i, slot) in wide.iter_mut().enumerate().take(self.bytes) {
                *slot = if self.big_endian { chunk[self.bytes - 1 - i] } else { chunk[i] };
            }
            let unused = 64 - 8 * self.bytes as u32;
            match (self.real, self.bytes, self.signed) {
                (true, 4, _) => f64::from(f32::from_le_bytes([wide[0], wide[1], wide[2], wide[3]])),
                (true, ..) => f64::from_le_bytes(wide),
                (false, _, true) => ((i64::from_le_bytes(wide) << unused) >> unused) as f64,
                (false, _, false) => u64::from_le_bytes(wide) as f64,
            }
        };
        Labels::from_numbers(bytes.chunks_exact(self.bytes).map(number), shown)
    }
}

impl Header {
    fn field(&self, name: &'static str, shown: &str) -> Result<&str, Error> {
        self.fields.get(name).map(String::as_str).ok_or_else(|| Error::Attribute {
            file: shown.to_string(),
            attribute: name,
            found: "missing".to_string(),
            allowed: "an NRRD mask needs it to know where its voxels are".to_string(),
        })
    }

    fn kind(&self, shown: &str) -> Result<Kind, Error> {
        let kind = |bytes, signed, real| (bytes, signed, real);
        let (bytes, signed, real) = match self.field("type", shown)? {
            "signed char" | "int8" | "int8_t" => kind(1, true, false),
            "uchar" | "unsigned char" | "uint8" | "uint8_t" => kind(1, false, false),
            "short" | "short int" | "signed short" | "signed short int" | "int16" | "int16_t" => kind(2, true, false),
            "ushort" | "unsigned short" | "unsigned short int" | "uint16" | "uint16_t" => kind(2, false, false),
            "int" | "signed int" | "int32" | "int32_t" => kind(4, true, false),
            "uint" | "unsigned int" | "uint32" | "uint32_t" => kind(4, false, false),
            "longlong" | "long long" | "long long int" | "signed long long" | "int64" | "int64_t" => kind(8, true, false),
            "ulonglong" | "unsigned long long" | "unsigned long long int" | "uint64" | "uint64_t" => kind(8, false, false),
            "float" => kind(4, true, true),
            "double" => kind(8, true, true),
            other => return Err(Error::Unsupported { file: shown.to_string(), what: format!("NRRD type `{other}`") }),
        };
        let big_endian = self.fields.get("endian").is_some_and(|endian| endian == "big");
        Ok(Kind { bytes, signed, real, big_endian })
    }

    fn grid(&self, shown: &str) -> Result<Grid, Error> {
        let wrong = |attribute: &'static str, found: &str, allowed: &str| Error::Attribute {
            file: shown.to_string(),
            attribute,
            found: format!("`{found}`"),
            allowed: allowed.to_string(),
        };
        let space = self.field("space", shown)?;
        // Signs that turn the stated frame into left-posterior-superior.
        let to_lps = match space.to_ascii_lowercase().as_str() {
            "left-posterior-superior" | "lps" => Vector3::new(1.0, 1.0, 1.0),
            "right-anterior-superior" | "ras" => Vector3::new(-1.0, -1.0, 1.0),
            "left-anterior-superior" | "las" => Vector3::new(1.0, -1.0, 1.0),
            _ => {
                return Err(wrong(
                    "space",
                    space,
                    "left-posterior-superior, right-anterior-superior or left-anterior-superior is expected",
                ));
            }
        };
        let sizes_text = self.field("sizes", shown)?;
        let sizes: Option<Vec<usize>> =
            sizes_text.split_whitespace().map(|word| word.parse().ok().filter(|n| (1..=1 << 20).contains(n))).collect();
        let sizes = sizes.ok_or_else(|| wrong("sizes", sizes_text, "whole numbers above 0 are expected"))?;
        let directions_text = self.field("space directions", shown)?;
        let directions = vectors(directions_text).filter(|directions| directions.len() == sizes.len());
        let directions = directions
            .ok_or_else(|| wrong("space directions", directions_text, "one vector or `none` for every axis is expected"))?;
        let origin_text = self.field("space origin", shown)?;
        let origin = vectors(origin_text)
            .and_then(|v| v.first().copied().flatten())
            .ok_or_else(|| wrong("space origin", origin_text, "one vector is expected"))?;
        let spatial: Vec<(usize, Vector3<f64>)> =
            sizes.iter().zip(&directions).filter_map(|(&size, d)| Some((size, (*d)?))).collect();
        let lists: Vec<usize> = (0..sizes.len()).filter(|&axis| directions[axis].is_none()).collect();
        let [a, b, c] = spatial.as_slice() else {
            return Err(wrong("space directions", directions_text, "three spatial axes are expected"));
        };
        let layers = match lists.as_slice() {
            [] => 1,
            [0] => sizes[0],
            _ => return Err(wrong("space directions", directions_text, "a list axis must come first")),
        };
        let steps = [a.1, b.1, c.1].map(|step| step.component_mul(&to_lps));
        if Matrix3::from_columns(&steps).determinant().abs() < 1e-9 {
            return Err(wrong("space directions", directions_text, "three independent directions are expected"));
        }
        Ok(Grid { sizes: [a.0, b.0, c.0], layers, origin: origin.component_mul(&to_lps), steps })
    }

    /// The `SegmentN_...` keys of 3D Slicer.
    fn segments(&self) -> Vec<NamedSegment> {
        (0..)
            .map_while(|n| {
                let value = |key: &str| self.pairs.get(&format!("Segment{n}_{key}")).cloned();
                if value("ID").is_none() && value("LabelValue").is_none() {
                    return None;
                }
                let number = |key: &str| value(key).and_then(|text| text.parse().ok());
                Some(NamedSegment {
                    id: value("ID"),
                    name: value("Name"),
                    label: number("LabelValue").unwrap_or(1),
                    layer: number("Layer").unwrap_or(0) as usize,
                })
            })
            .collect()
    }
}

/// `(x,y,z) (x,y,z) none` as vectors.
fn vectors(text: &str) -> Option<Vec<Option<Vector3<f64>>>> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("none") {
            found.push(None);
            rest = after.trim_start();
            continue;
        }
        let (inside, after) = rest.strip_prefix('(')?.split_once(')')?;
        let numbers: Option<Vec<f64>> =
            inside.split(',').map(|word| word.trim().parse().ok().filter(|x: &f64| x.is_finite())).collect();
        let numbers = numbers?;
        let [x, y, z] = numbers.as_slice() else { return None };
        found.push(Some(Vector3::new(*x, *y, *z)));
        rest = after.trim_start();
    }
    Some(found)
}
