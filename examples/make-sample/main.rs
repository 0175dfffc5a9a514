//! Writes the sample trial: three synthetic subjects with lesions of known size.
//!
//! `cargo run --example make-sample -- [OUT_DIR]`; without a folder the trial is written to `sample-dicom`.

mod sample;

use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let out = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("sample-dicom"), PathBuf::from);
    sample::write_sample(&out)?;
    eprintln!("wrote {}", out.display());
    Ok(())
}
