//! Every way CT pixels may be stored, voxel by voxel against the closed form that `tests/encodings/make.py` wrote.

mod loading;

use loading::{catalog, codes, committed, only_series};
use recist::ingest::{load_slice, load_volume};
use recist::volume::{Volume, Voxels, in_plane_name};

/// What is stored at (column, row, slice), as make.py says it.
fn stored(column: usize, row: usize, slice: usize) -> f64 {
    (7 * column + 13 * row + 100 * slice) as f64
}

fn value(volume: &Volume, column: usize, row: usize, slice: usize) -> f64 {
    match &volume.voxels {
        Voxels::Whole(values) => values[[slice, row, column]].into(),
        Voxels::Real(values) => values[[slice, row, column]].into(),
    }
}

/// Compares a whole series, as a volume and slice by slice, with modality values in closed form.
fn compare(folder: &str, slices: usize, expected: impl Fn(usize, usize, usize) -> f64) -> Volume {
    let series = only_series(&committed("encodings").join(folder));
    let stack = series.stack.as_ref().unwrap_or_else(|error| panic!("{error}"));
    let volume = load_volume(stack).unwrap_or_else(|error| panic!("{error}"));
    let g = &volume.geometry;
    assert_eq!((g.columns, g.rows, g.slices), (24, 20, slices), "{folder}");
    // Written as PixelSpacing 0.8\0.7: rows are 0.8 mm apart, columns 0.7 mm.
    assert_eq!(g.spacing_mm, [0.7, 0.8], "{folder}");
    assert!((g.spacing_between_slices() - 2.5).abs() < 1e-9, "{folder}");
    for slice in 0..slices {
        let pixels = load_slice(&stack.frames[slice]).unwrap();
        for row in 0..20 {
            for column in 0..24 {
                let expected = expected(column, row, slice);
                let at = format!("{folder}: column {column}, row {row}, slice {slice}");
                assert_eq!(value(&volume, column, row, slice), expected, "{at}");
                assert_eq!(f64::from(pixels.values[[row, column]]), expected, "{at} (one slice)");
            }
        }
    }
    volume
}

/// Slope 1, intercept -1024.
fn hounsfield(column: usize, row: usize, slice: usize) -> f64 {
    stored(column, row, slice) - 1024.0
}

#[test]
fn native_transfer_syntaxes() {
    for folder in ["implicit_le", "explicit_le", "explicit_be", "deflated"] {
        let volume = compare(folder, 3, hounsfield);
        assert!(matches!(volume.voxels, Voxels::Whole(_)), "{folder}");
    }
}

#[test]
fn rle_and_jpeg_lossless() {
    for folder in ["rle", "jpeg_lossless_57", "jpeg_lossless_70"] {
        compare(folder, 3, hounsfield);
    }
}

#[test]
fn jpeg_2000_and_its_fast_sister() {
    for folder in ["jpeg_2000", "htj2k"] {
        compare(folder, 3, hounsfield);
    }
    compare("signed_jpeg_2000", 3, |c, r, s| stored(c, r, s) - 400.0 - 1024.0);
}

#[test]
fn signed_samples_and_rubbish_above_the_stored_bits() {
    for folder in ["signed_16", "dirty_high_bits"] {
        compare(folder, 3, |c, r, s| stored(c, r, s) - 400.0 - 1024.0);
    }
}

#[test]
fn every_slice_has_its_own_rescale() {
    let volume = compare("rescale_per_slice", 3, |c, r, s| stored(c, r, s) * (1.0 + s as f64 / 2.0) - 1000.0 + 10.0 * s as f64);
    assert!(matches!(volume.voxels, Voxels::Real(_)), "halves are not whole numbers");
}

#[test]
fn a_ct_without_rescale_keeps_its_stored_values_and_says_so() {
    compare("no_rescale", 3, stored);
    assert_eq!(codes(&only_series(&committed("encodings/no_rescale")).problems), ["no-rescale"]);
}

#[test]
fn eight_bits() {
    compare("eight_bit", 3, |c, r, s| ((7 * c + 13 * r + 40 * s) % 256) as f64 - 1024.0);
}

#[test]
fn padding_keeps_its_place_and_is_marked() {
    compare("padding", 3, |c, r, s| if c < 2 { -3024.0 } else { stored(c, r, s) - 400.0 - 1024.0 });
    let series = only_series(&committed("encodings/padding"));
    let padding = load_slice(&series.stack.unwrap().frames[1]).unwrap().padding.expect("PixelPaddingValue is -2000");
    for ((_, column), &padded) in padding.indexed_iter() {
        assert_eq!(padded, column < 2);
    }
    let series = only_series(&committed("encodings/signed_16"));
    assert_eq!(load_slice(&series.stack.unwrap().frames[1]).unwrap().padding, None);
}

#[test]
fn monochrome1_is_a_way_to_display_and_changes_no_value() {
    compare("monochrome1", 3, hounsfield);
}

#[test]
fn frames_of_an_enhanced_ct_are_ordered_by_position() {
    for folder in ["enhanced", "enhanced_rle"] {
        compare(folder, 4, |c, r, s| stored(c, r, s) * (1.0 + s as f64 / 4.0) - 1000.0 + 10.0 * s as f64);
        let stack = only_series(&committed("encodings").join(folder)).stack.unwrap();
        // Stored in the order 2, 0, 3, 1.
        assert_eq!(stack.frames.iter().map(|frame| frame.frame).collect::<Vec<_>>(), [1, 3, 0, 2]);
    }
}

#[test]
fn positions_decide_the_order_not_names_or_instance_numbers() {
    for folder in ["reversed_names", "nested_without_extension"] {
        compare(folder, 3, hounsfield);
    }
}

#[test]
fn any_orientation_is_its_affine() {
    let lps = |volume: &Volume, voxel| volume.geometry.lps(voxel).0;
    let near = |a: nalgebra::Vector3<f64>, b: [f64; 3]| (a - nalgebra::Vector3::from(b)).norm() < 1e-6;
    // First voxel at (-8, 5, 30); last one 23 columns of 0.7 mm, 19 rows of 0.8 mm and 2 slices of 2.5 mm on.
    let last = [23.0, 19.0, 2.0];
    let axial = compare("explicit_le", 3, hounsfield);
    assert!(near(lps(&axial, last), [-8.0 + 16.1, 5.0 + 15.2, 35.0]));
    // Rows to the back, columns to the feet: the normal is y x (-z) = -x.
    let sagittal = compare("sagittal", 3, hounsfield);
    assert_eq!(in_plane_name(sagittal.geometry.normal()), "sagittal");
    assert!(near(lps(&sagittal, last), [-13.0, 5.0 + 16.1, 30.0 - 15.2]));
    // Rows to the right, columns to the back: the normal is (-x) x y = -z.
    let feet_first = compare("feet_first", 3, hounsfield);
    assert!(near(lps(&feet_first, last), [-8.0 - 16.1, 5.0 + 15.2, 25.0]));
    assert_eq!(feet_first.geometry.position_mm(0), -30.0);
    // Turned by 35 degrees about z after 20 degrees about x; distances stay, computed by hand from the two rotations.
    let oblique = compare("oblique", 3, hounsfield);
    let [a, b] = [20f64.to_radians(), 35f64.to_radians()];
    let row = [b.cos(), b.sin(), 0.0];
    let column = [-b.sin() * a.cos(), b.cos() * a.cos(), a.sin()];
    let normal = [b.sin() * a.sin(), -b.cos() * a.sin(), a.cos()];
    let start = [-8.0, 5.0, 30.0];
    assert!(near(lps(&oblique, last), [0, 1, 2].map(|i| start[i] + 16.1 * row[i] + 15.2 * column[i] + 5.0 * normal[i])));
}

#[test]
fn nothing_is_odd_about_these_files() {
    let catalog = catalog(&committed("encodings"));
    assert!(catalog.broken.is_empty(), "{:?}", catalog.broken);
    assert!(catalog.problems.is_empty(), "{:?}", catalog.problems);
    assert_eq!(catalog.series.len(), 24);
    for series in &catalog.series {
        let expected: &[&str] = if series.folder == "no_rescale" { &["no-rescale"] } else { &[] };
        assert!(series.stack.is_ok(), "{}", series.folder);
        assert_eq!(codes(&series.problems), expected, "{}", series.folder);
    }
}
