//! Headers of NRRD: where the voxels are, what the axes mean, and the segments that 3D Slicer names.

use super::Error;
use super::label_numbers::Order;
use super::label_stream::unreadable;
use nalgebra::{Matrix3, Vector3};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, Read};

/// Longest header that is read: real ones have a few kilobytes.
const HEADER_LIMIT: u64 = 4 << 20;

/// More segments, or layers to hold them, than any mask has.
const MOST_SEGMENTS: usize = 65_535;

/// A segment as the header names it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct NamedSegment {
    pub id: Option<String>,
    pub name: Option<String>,
    pub label: u32,
    pub layer: usize,
}

/// What a header says.
pub(super) struct Header {
    /// `key: value`; keys in lower case and without spaces, since both spellings of most occur.
    fields: BTreeMap<String, String>,
    /// `key:=value`.
    pairs: BTreeMap<String, String>,
    /// Lines behind `data file: LIST`.
    pub listed_files: Vec<String>,
    /// Bytes of the header, with the empty line that ends it.
    pub length: u64,
    pub shown: String,
}

/// Where the voxels are, in LPS millimetres, and in which order.
pub(super) struct Grid {
    pub order: Order,
    pub origin: Vector3<f64>,
    pub steps: [Vector3<f64>; 3],
}

impl Header {
    /// Reads up to the empty line that ends an attached header, or to the end of a detached one.
    ///
    /// # Errors
    /// An unknown version, a field that comes twice, or no end.
    pub fn read(stream: &mut impl BufRead, shown: &str) -> Result<Self, Error> {
        let (fields, pairs) = (BTreeMap::new(), BTreeMap::new());
        let mut header = Self { fields, pairs, listed_files: Vec::new(), length: 0, shown: shown.to_string() };
        let mut limited = stream.take(HEADER_LIMIT);
        let mut lists_files = false;
        loop {
            let mut line = Vec::new();
            let read = limited.read_until(b'\n', &mut line).map_err(|error| unreadable(shown, &error))?;
            let first = header.length == 0;
            header.length += read as u64;
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\n', '\r']);
            if read == 0 && limited.limit() == 0 {
                return Err(header.corrupt("its header does not end".to_string()));
            }
            if first && !matches!(line, "NRRD0001" | "NRRD0002" | "NRRD0003" | "NRRD0004" | "NRRD0005") {
                return Err(Error::Unsupported { file: shown.to_string(), what: format!("NRRD of version `{line}`") });
            }
            if line.is_empty() {
                return Ok(header);
            }
            if first || line.starts_with('#') {
                continue;
            }
            if lists_files {
                header.listed_files.push(line.trim().to_string());
                continue;
            }
            let (field, pair) = (line.find(": ").or_else(|| line.find(':')), line.find(":="));
            match (pair, field) {
                (Some(at), field) if field.is_none_or(|field| at <= field) => {
                    header.pairs.insert(line[..at].trim().to_string(), line[at + 2..].trim().to_string());
                }
                (_, Some(at)) => {
                    let key = line[..at].to_ascii_lowercase().replace(' ', "");
                    let value = line[at + 1..].trim().to_string();
                    lists_files = key == "datafile" && value.split_whitespace().next() == Some("LIST");
                    if header.fields.get(&key).is_some_and(|other| *other != value) {
                        return Err(header.corrupt(format!("its field `{}` comes twice with different values", &line[..at])));
                    }
                    header.fields.insert(key, value);
                }
                _ => {}
            }
        }
    }

    /// The value of a field, given in lower case and without spaces.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.fields.get(key).map(String::as_str)
    }

    /// The value of a field that must be there; `name` is how the format spells it.
    ///
    /// # Errors
    /// Absent.
    pub fn required(&self, name: &'static str) -> Result<&str, Error> {
        self.get(&name.replace(' ', "")).ok_or_else(|| Error::Attribute {
            file: self.shown.clone(),
            attribute: name,
            found: "missing".to_string(),
            allowed: "an NRRD mask needs it to know what its voxels are and where".to_string(),
        })
    }

    pub fn corrupt(&self, reason: String) -> Error {
        Error::Corrupt { file: self.shown.clone(), reason }
    }

    pub fn unsupported(&self, what: String) -> Error {
        Error::Unsupported { file: self.shown.clone(), what }
    }

    pub fn wrong(&self, attribute: &'static str, found: &str, allowed: &str) -> Error {
        let found = format!("`{found}`");
        Error::Attribute { file: self.shown.clone(), attribute, found, allowed: allowed.to_string() }
    }

    /// The sizes of all axes, fastest first.
    ///
    /// # Errors
    /// Absent, impossible, or not as many as `dimension` says.
    pub fn sizes(&self) -> Result<Vec<usize>, Error> {
        let text = self.required("sizes")?;
        let sizes: Option<Vec<usize>> =
            text.split_whitespace().map(|word| word.parse().ok().filter(|n| (1..=1 << 20).contains(n))).collect();
        let sizes = sizes.ok_or_else(|| self.wrong("sizes", text, "whole numbers above 0 are expected"))?;
        match self.get("dimension").map(str::parse) {
            Some(dimension) if dimension != Ok(sizes.len()) => {
                Err(self.wrong("sizes", text, "as many sizes as `dimension` says are expected"))
            }
            _ => Ok(sizes),
        }
    }

    /// The grid of the voxels.
    ///
    /// # Errors
    /// No anatomical frame, no three independent directions, or axes that a mask does not have.
    pub fn grid(&self) -> Result<Grid, Error> {
        let to_lps = self.frame()?;
        let sizes = self.sizes()?;
        let text = self.required("space directions")?;
        let directions = vectors(text).filter(|directions| directions.len() == sizes.len());
        let directions =
            directions.ok_or_else(|| self.wrong("space directions", text, "one vector or `none` for every axis is expected"))?;
        let origin_text = self.required("space origin")?;
        let origin = match vectors(origin_text).as_deref() {
            Some([Some(origin)]) => origin.component_mul(&to_lps),
            _ => return Err(self.wrong("space origin", origin_text, "one vector is expected")),
        };
        let spatial: Vec<usize> = (0..sizes.len()).filter(|&axis| directions[axis].is_some()).collect();
        let steps: Vec<Vector3<f64>> = directions.iter().flatten().map(|step| step.component_mul(&to_lps)).collect();
        let ([a, b, c], [i, j, k]) = (spatial.as_slice(), steps.as_slice()) else {
            return Err(self.wrong("space directions", text, "three spatial axes are expected"));
        };
        let volume = Matrix3::from_columns(&[*i, *j, *k]).determinant().abs();
        if volume.is_nan() || volume == 0.0 || volume < 1e-6 * (i.norm() * j.norm() * k.norm()) {
            return Err(self.wrong("space directions", text, "three independent directions are expected"));
        }
        let list = self.list_axis(&sizes, &spatial)?;
        let order = Order {
            sizes: [sizes[*a], sizes[*b], sizes[*c]],
            layers: list.map_or(1, |axis| sizes[axis]),
            before_list: list.map_or(3, |axis| spatial.iter().filter(|&&other| other < axis).count()),
        };
        Ok(Grid { order, origin, steps: [*i, *j, *k] })
    }

    /// Signs that turn the stated frame into left-posterior-superior.
    fn frame(&self) -> Result<Vector3<f64>, Error> {
        let units = self.get("spaceunits").unwrap_or_default();
        if units.split_whitespace().any(|unit| !matches!(unit.trim_matches('"'), "mm" | "" | "???")) {
            return Err(self.unsupported(format!("an NRRD with space units {units} (mm are)")));
        }
        let space = self.required("space")?;
        match space.to_ascii_lowercase().as_str() {
            "left-posterior-superior" | "lps" => Ok(Vector3::new(1.0, 1.0, 1.0)),
            "right-anterior-superior" | "ras" => Ok(Vector3::new(-1.0, -1.0, 1.0)),
            "left-anterior-superior" | "las" => Ok(Vector3::new(1.0, -1.0, 1.0)),
            _ => {
                let allowed =
                    "left-posterior-superior, right-anterior-superior or left-anterior-superior say where the patient is";
                Err(self.wrong("space", space, allowed))
            }
        }
    }

    /// The axis of the layers: the only one without a direction that is longer than 1.
    fn list_axis(&self, sizes: &[usize], spatial: &[usize]) -> Result<Option<usize>, Error> {
        let kinds: Vec<&str> = self.get("kinds").unwrap_or_default().split_whitespace().collect();
        if !kinds.is_empty() && kinds.len() != sizes.len() {
            return Err(self.wrong("kinds", &kinds.join(" "), "one kind for every axis is expected"));
        }
        for (axis, kind) in kinds.iter().enumerate().filter(|(axis, _)| sizes[*axis] > 1) {
            let fits = match kind.to_ascii_lowercase().as_str() {
                "none" | "???" => true,
                "domain" | "space" => spatial.contains(&axis),
                "list" | "vector" => !spatial.contains(&axis),
                _ => false,
            };
            if !fits {
                return Err(self.unsupported(format!("an NRRD mask with axis {} of kind {kind}", axis + 1)));
            }
        }
        let lists: Vec<usize> = (0..sizes.len()).filter(|axis| !spatial.contains(axis) && sizes[*axis] > 1).collect();
        match lists.as_slice() {
            [] => Ok(None),
            [one] if sizes[*one] <= MOST_SEGMENTS => Ok(Some(*one)),
            [_] => Err(self.unsupported(format!("an NRRD mask with more than {MOST_SEGMENTS} layers"))),
            _ => Err(self.unsupported("an NRRD mask with several axes that are not in space".to_string())),
        }
    }

    /// The `SegmentN_...` keys of 3D Slicer, in the order of N.
    ///
    /// # Errors
    /// Keys that contradict each other or the layers; several layers and no key.
    pub fn segments(&self, layers: usize) -> Result<Vec<NamedSegment>, Error> {
        let mut keys: BTreeMap<u32, BTreeMap<&str, &str>> = BTreeMap::new();
        for (key, value) in &self.pairs {
            let numbered = key.strip_prefix("Segment").and_then(|rest| rest.split_once('_'));
            if let Some((Ok(number), field)) = numbered.map(|(number, field)| (number.parse(), field)) {
                keys.entry(number).or_default().insert(field, value);
            }
        }
        keys.retain(|_, fields| ["ID", "Name", "LabelValue"].iter().any(|field| fields.contains_key(field)));
        if keys.is_empty() && layers > 1 {
            return Err(self.unsupported(format!("an NRRD with {layers} label volumes and no segment named for them")));
        }
        if keys.len() > MOST_SEGMENTS {
            return Err(self.corrupt(format!("it names more than {MOST_SEGMENTS} segments")));
        }
        let contradiction = |reason: String| Error::Contradiction { file: self.shown.clone(), reason };
        let mut taken = BTreeSet::new();
        let mut segments = Vec::with_capacity(keys.len());
        for (place, (number, fields)) in keys.iter().enumerate() {
            let text = |field: &str| fields.get(field).filter(|text| !text.is_empty()).map(|text| (*text).to_string());
            let whole = |field: &str| text(field).map(|text| text.parse::<u32>().map_err(|_| text)).transpose();
            let wrong = |field: &str, found: String| contradiction(format!("its Segment{number}_{field} is `{found}`"));
            let label = match whole("LabelValue").map_err(|text| wrong("LabelValue", text))? {
                Some(0) => return Err(contradiction(format!("its segment {number} has the label 0, which is the background"))),
                label => label.unwrap_or(1),
            };
            // Older files have one layer for each segment and do not say so.
            let unstated = if layers == 1 && fields.contains_key("LabelValue") { 0 } else { place };
            let layer = whole("Layer").map_err(|text| wrong("Layer", text))?.map_or(unstated, |layer| layer as usize);
            if layer >= layers {
                return Err(contradiction(format!("its segment {number} lies in layer {layer}, and it has {layers}")));
            }
            if !taken.insert((layer, label)) {
                return Err(contradiction(format!("two of its segments share the label value {label} in one layer")));
            }
            segments.push(NamedSegment { id: text("ID"), name: text("Name"), label, layer });
        }
        Ok(segments)
    }
}

/// `(x,y,z) (x,y,z) none` as vectors; one of NaN is a `none` as some writers have it.
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
        let numbers: Option<Vec<f64>> = inside.split(',').map(|word| word.trim().parse().ok()).collect();
        let numbers = numbers?;
        let [x, y, z] = numbers.as_slice() else { return None };
        let vector = Vector3::new(*x, *y, *z);
        match vector.iter().filter(|x| x.is_finite()).count() {
            3 => found.push(Some(vector)),
            _ if vector.iter().all(|x| x.is_nan()) => found.push(None),
            _ => return None,
        }
        rest = after.trim_start();
    }
    Some(found)
}
