//! NRRD label images, attached or detached, with the segment names of 3D Slicer's `.seg.nrrd`.

use super::label_grid::LabelGrid;
use super::label_slabs::read_in_slabs;
use super::label_stream::{read_end, read_layers, unreadable};
use super::nrrd_data::Data;
use super::nrrd_header::Header;
use super::{Error, SourceFile};
use crate::problem::Problem;
use std::io::{BufReader, Read};

pub(super) use super::nrrd_header::NamedSegment;

/// A file to read, with its length in bytes.
pub(super) type Opened = (BufReader<Box<dyn Read + Send>>, u64);

/// Reads a label image and the segments that its header names (empty for a plain NRRD).
///
/// # Errors
/// No space or directions, an unknown type or encoding, or fewer bytes than the header promises.
pub(super) fn read(source: &SourceFile) -> Result<(LabelGrid, Vec<NamedSegment>, Vec<Problem>), Error> {
    let shown = source.shown.as_str();
    let (mut stream, length) = open(source).map_err(|error| unreadable(shown, &error))?;
    let header = Header::read(&mut stream, shown)?;
    let grid = header.grid()?;
    let named = header.segments(grid.order.layers)?;
    let data = Data::of(&header, &grid.order)?;
    let in_slabs = data.plain_file(source).and_then(|(file, offset)| read_in_slabs(&file, offset, &data.stored, &grid.order));
    let (layers, problems) = match in_slabs {
        Some(layers) => (layers, Vec::new()),
        None => {
            let mut values = data.open(source, (stream, length))?;
            let layers = read_layers(&mut values, &data.stored, &grid.order, shown)?;
            (layers, read_end(&mut values, shown)?.into_iter().collect())
        }
    };
    Ok((LabelGrid { sizes: grid.order.sizes, origin: grid.origin, steps: grid.steps, layers }, named, problems))
}

/// Opens a header or a data file.
///
/// # Errors
/// It is not there, or is no regular file.
pub(super) fn open(source: &SourceFile) -> std::io::Result<Opened> {
    Ok((BufReader::with_capacity(1 << 16, source.open()?), source.length()?))
}
