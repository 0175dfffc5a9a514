//! The sample trial, from its story to its files.
//!
//! Reading order: [`story`] and [`subjects`] say which lesion has which size at which visit, [`geometry`] places it on a voxel
//! grid, [`torso`] and [`thigh`] draw the body around it, [`picture`] turns both into pixels, and [`image_series`],
//! [`segmentation`], [`structure_set`] and [`nifti`] write the files. [`tables`] writes the truth in closed form.
//!
//! The result is the same on every machine: no clock, no random source but a seeded generator, and no
//! floating-point function beyond the four operations and the square root, whose results IEEE 754 fixes.

mod dataset;
mod geometry;
mod image_series;
mod nifti;
mod picture;
mod rle;
mod segmentation;
mod story;
mod structure_set;
mod subjects;
mod tables;
mod texture;
mod thigh;
mod torso;
mod uid;

use std::error::Error;
use std::fs;
use std::path::Path;

use image_series::Series;
use story::Masks;
use subjects::SUBJECTS;

/// Writes the whole trial into `out`, which is created when missing; files of the same name are replaced.
///
/// # Errors
/// When a folder or file cannot be written.
pub fn write_sample(out: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(out)?;
    tables::write(out)?;
    for subject in &SUBJECTS {
        for (number, visit) in subject.visits.iter().enumerate() {
            let folder = out.join(subject.name).join(visit.folder);
            fs::create_dir_all(&folder)?;
            let grid = subject.grid(visit);
            let findings = subject.findings(number);
            let pixels = picture::render(subject, visit, number, &grid);
            let series = Series::new(subject, visit, &grid);
            series.write(&folder, &pixels)?;
            match subject.masks {
                Masks::Seg => segmentation::write(&folder, &series, &findings)?,
                Masks::RtStruct => structure_set::write(&folder, &series, &findings)?,
                Masks::Nifti => nifti::write(&folder, &grid, &findings, visit.mask_axes)?,
            }
        }
    }
    Ok(())
}
