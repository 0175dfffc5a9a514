//! NIfTI-1 masks: label values, with an sform in RAS.

use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::geometry::Grid;
use super::story::Finding;

/// Writes `lesions.nii.gz` into `folder`; `axes` says which axis of the grid each axis of the file is, and whether it
/// runs backwards.
///
/// # Errors
/// When the file cannot be written.
pub fn write(folder: &Path, grid: &Grid, findings: &[Finding], axes: [(usize, bool); 3]) -> Result<(), Box<dyn Error>> {
    let size = axes.map(|(axis, _)| grid.size[axis]);
    let mut file = header(grid, axes);
    for k in 0..size[2] {
        for j in 0..size[1] {
            for i in 0..size[0] {
                let [column, row, slice] = grid_index(grid, axes, [i, j, k]);
                let point = grid.position(column, row, slice);
                let marked = findings.iter().find(|finding| finding.shape.contains(point));
                file.push(marked.map_or(0, |finding| finding.lesion.label as u8));
            }
        }
    }
    let out = File::create(folder.join("lesions.nii.gz"))?;
    let mut gzip = GzEncoder::new(out, Compression::best());
    gzip.write_all(&file)?;
    gzip.finish()?;
    Ok(())
}

/// Column, row and slice of a voxel of the file.
fn grid_index(grid: &Grid, axes: [(usize, bool); 3], voxel: [usize; 3]) -> [usize; 3] {
    let mut index = [0; 3];
    for ((axis, backwards), i) in axes.into_iter().zip(voxel) {
        index[axis] = if backwards { grid.size[axis] - 1 - i } else { i };
    }
    index
}

fn header(grid: &Grid, axes: [(usize, bool); 3]) -> Vec<u8> {
    let spacing = [grid.pixel_mm, grid.pixel_mm, grid.slice_mm];
    let steps = axes.map(|(axis, backwards)| {
        let sign = if backwards { -1.0 } else { 1.0 };
        grid.axes[axis].map(|c| c * sign * spacing[axis])
    });
    let [column, row, slice] = grid_index(grid, axes, [0; 3]);
    let first = grid.lps(grid.position(column, row, slice));

    let mut header = vec![0; 352];
    let mut put = |offset: usize, bytes: &[u8]| {
        header[offset..offset + bytes.len()].copy_from_slice(bytes);
    };
    put(0, &348i32.to_le_bytes());
    put(40, &3i16.to_le_bytes());
    for dimension in 0..7 {
        let length = axes.get(dimension).map_or(1, |(axis, _)| grid.size[*axis]);
        put(42 + 2 * dimension, &(length as i16).to_le_bytes());
    }
    // Unsigned bytes of 8 bits.
    put(70, &2i16.to_le_bytes());
    put(72, &8i16.to_le_bytes());
    for (i, step) in [1.0].into_iter().chain(axes.map(|(axis, _)| spacing[axis])).enumerate() {
        put(76 + 4 * i, &(step as f32).to_le_bytes());
    }
    put(108, &352f32.to_le_bytes());
    put(112, &1f32.to_le_bytes());
    // Millimetres.
    put(123, &[2]);
    put(148, b"Lesions of the sample trial");
    // An sform in scanner coordinates, and no qform.
    put(254, &1i16.to_le_bytes());
    for axis in 0..3 {
        // NIfTI looks from the other side: x and y point to the right and to the front.
        let sign = if axis < 2 { -1.0 } else { 1.0 };
        for (i, vector) in steps.iter().chain([&first]).enumerate() {
            let value = (sign * vector[axis]) as f32;
            put(280 + 16 * axis + 4 * i, &value.to_le_bytes());
        }
    }
    put(344, b"n+1\0");
    header
}
