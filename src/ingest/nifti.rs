//! NIfTI-1 and NIfTI-2 label images, single files or header and image, plain or gzip.

use super::gzip::{self, GzipReader};
use super::label_grid::LabelGrid;
use super::label_numbers::Order;
use super::label_slabs::read_in_slabs;
use super::label_stream::{read_end, read_layers, unreadable};
use super::nifti_header::{Header, LONGEST};
use super::{Error, SourceFile};
use crate::problem::Problem;
use nalgebra::Vector3;
use std::io::{BufRead, BufReader, Cursor, Read};

/// Reads a label image.
///
/// # Errors
/// No usable orientation, more than three dimensions, values that are no labels, or fewer bytes than the header promises.
pub(super) fn read(source: &SourceFile) -> Result<(LabelGrid, Vec<Problem>), Error> {
    let shown = source.shown.as_str();
    let mut stream = open(source)?;
    let mut head = Vec::with_capacity(LONGEST);
    stream.by_ref().take(LONGEST as u64).read_to_end(&mut head).map_err(|error| unreadable(shown, &error))?;
    let (header, mut problems) = Header::parse(&head, shown)?;
    let order = Order { sizes: header.sizes, layers: 1, before_list: 3 };
    let image = header.separate_image.then(|| image_of(source)).transpose()?;
    let (_, is_gzip) = buffered(image.as_ref().unwrap_or(source))?;
    let in_slabs = match is_gzip {
        true => None,
        false => read_in_slabs(image.as_ref().unwrap_or(source), header.data_offset, &header.stored, &order),
    };
    let layers = match in_slabs {
        Some(layers) => layers,
        None => {
            let mut data: Box<dyn Read> = match image {
                Some(image) => open(&image)?,
                None => Box::new(Cursor::new(head).chain(stream)),
            };
            let skipped = std::io::copy(&mut data.by_ref().take(header.data_offset), &mut std::io::sink());
            skipped.map_err(|error| unreadable(shown, &error))?;
            let layers = read_layers(&mut data, &header.stored, &order, shown)?;
            problems.extend(read_end(&mut data, shown)?);
            layers
        }
    };
    // NIfTI's world is right-anterior-superior; ours is left-posterior-superior.
    let [i, j, k, origin] = header.affine.map(|v| Vector3::new(-v.x, -v.y, v.z));
    Ok((LabelGrid { sizes: header.sizes, origin, steps: [i, j, k], layers }, problems))
}

/// The bytes of a file, inflated if it is gzip by its content.
fn open(source: &SourceFile) -> Result<Box<dyn Read>, Error> {
    let (file, is_gzip) = buffered(source)?;
    Ok(if is_gzip { Box::new(GzipReader::new(file)) } else { Box::new(file) })
}

/// A file, and whether it is gzip by its first bytes.
fn buffered(source: &SourceFile) -> Result<(BufReader<Box<dyn Read + Send>>, bool), Error> {
    let failed = |error: std::io::Error| unreadable(&source.shown, &error);
    let mut file = BufReader::with_capacity(1 << 16, source.open().map_err(failed)?);
    let is_gzip = file.fill_buf().map_err(failed)?.starts_with(&gzip::MAGIC);
    Ok((file, is_gzip))
}

/// The image that belongs to a header of its own: the same name with the ending `img`, which may be compressed.
fn image_of(header: &SourceFile) -> Result<SourceFile, Error> {
    let name = header.path.file_name().unwrap_or_default().to_string_lossy();
    let stem = ["hdr.gz", "hdr", "HDR"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
    let beside = ["img", "img.gz", "IMG"].map(|end| header.path.with_file_name(format!("{stem}{end}")));
    let found = beside.iter().find(|path| path.exists()).unwrap_or(&beside[0]);
    header.beside(found.clone()).map_err(|error| unreadable(&header.shown, &error))
}
