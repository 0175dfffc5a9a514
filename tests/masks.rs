//! Masks of every kind against the closed forms that `tests/masks/make.py` wrote.

mod loading;

use loading::{codes, committed, load_mask, only_series, voxels};
use recist::ingest::{Error, LoadedMask, Series};
use std::collections::BTreeSet;
use std::path::PathBuf;

type Voxels = BTreeSet<(u32, u32, u32)>;

const COLUMNS: u32 = 15;
const ROWS: u32 = 11;
const SLICES: u32 = 6;

fn one(c: u32, r: u32, s: u32) -> bool {
    (2..12).contains(&c) && (1..9).contains(&r) && (1..5).contains(&s) && (c + 2 * r + 3 * s) % 7 < 4
}

fn two(c: u32, r: u32, s: u32) -> bool {
    (8..14).contains(&c) && (5..10).contains(&r) && (2..4).contains(&s) && (3 * c + r + s) % 5 < 3
}

fn two_alone(c: u32, r: u32, s: u32) -> bool {
    two(c, r, s) && !one(c, r, s)
}

fn all_where(rule: impl Fn(u32, u32, u32) -> bool) -> Voxels {
    let places = (0..COLUMNS).flat_map(|c| (0..ROWS).flat_map(move |r| (0..SLICES).map(move |s| (c, r, s))));
    places.filter(|&(c, r, s)| rule(c, r, s)).collect()
}

fn file(name: &str) -> PathBuf {
    committed("masks").join(name)
}

fn image() -> Series {
    only_series(&file("image"))
}

/// Loads a mask on the image and checks that it lies on the image's voxels.
fn on_image(name: &str) -> LoadedMask {
    let loaded = load_mask(&file(name), Some(&image())).unwrap_or_else(|error| panic!("{error}"));
    assert!(loaded.on_image_grid, "{name}: {:?}", loaded.problems);
    loaded
}

fn refused(name: &str, series: Option<&Series>) -> Error {
    let error = load_mask(&file(name), series).err().unwrap_or_else(|| panic!("{name} was accepted"));
    assert_eq!(error.file(), name);
    assert!(error.to_string().starts_with(name), "{error}");
    error
}

#[test]
fn binary_frames_start_inside_bytes_and_come_in_any_order() {
    // 15 x 11 = 165 bits a frame. Segments overlap and both keep all their voxels.
    assert!(!all_where(|c, r, s| one(c, r, s) && two(c, r, s)).is_empty(), "the closed forms must overlap");
    for name in ["seg_overlap_shuffled.dcm", "seg_all_frames.dcm"] {
        let loaded = on_image(name);
        let [first, second] = loaded.mask.segments.as_slice() else { panic!("{name}: two segments") };
        assert_eq!(voxels(first), all_where(one), "{name}");
        assert_eq!(voxels(second), all_where(two), "{name}");
        assert_eq!(codes(&loaded.problems), Vec::<&str>::new(), "{name}");
        assert_eq!((first.label, first.tracking_id.as_deref(), first.name.as_deref()), (1, Some("T01"), Some("segment 1")));
        assert_eq!(second.tracking_uid.as_deref(), Some("1.2.826.0.1.3680043.10.1561.8.9.2"));
        assert_eq!((second.nodal, second.is_lesion), (Some(false), Some(true)));
    }
}

#[test]
fn a_segment_without_a_frame_is_listed() {
    let loaded = on_image("seg_empty_segment.dcm");
    let counts: Vec<u64> = loaded.mask.segments.iter().map(|segment| segment.voxels()).collect();
    assert_eq!(counts, [all_where(one).len() as u64, 0]);
}

#[test]
fn the_segment_of_all_frames_may_stand_in_the_shared_groups() {
    let loaded = on_image("seg_shared_identification.dcm");
    assert_eq!(voxels(&loaded.mask.segments[0]), all_where(one));
}

#[test]
fn one_half_of_the_maximum_fractional_value_is_inside() {
    // Of 200: 100 and 180 are inside, 99 (segment two of the closed form) is not.
    let loaded = on_image("seg_fractional.dcm");
    assert_eq!(voxels(&loaded.mask.segments[0]), all_where(one));
    assert_eq!(codes(&loaded.problems), ["fractional-threshold"]);
}

#[test]
fn label_maps_of_8_and_16_bits() {
    for (name, second) in [("seg_labelmap_8.dcm", 2), ("seg_labelmap_8_rle.dcm", 2), ("seg_labelmap_16.dcm", 700)] {
        let loaded = on_image(name);
        // The background is described as segment 0; it is no lesion.
        let labels: Vec<u32> = loaded.mask.segments.iter().map(|segment| segment.label).collect();
        assert_eq!(labels, [1, second], "{name}");
        assert_eq!(voxels(&loaded.mask.segments[0]), all_where(one), "{name}");
        assert_eq!(voxels(&loaded.mask.segments[1]), all_where(two_alone), "{name}");
    }
}

#[test]
fn a_segmentation_without_its_image_has_a_grid_of_its_own() {
    // Segment one lies on slices 1 to 4; frames of the other slices were left out.
    let loaded = load_mask(&file("seg_shared_identification.dcm"), None).unwrap();
    let g = &loaded.mask.geometry;
    assert!(!loaded.on_image_grid);
    assert_eq!((g.columns, g.rows, g.slices), (15, 11, 4));
    assert_eq!(g.spacing_mm, [0.8, 0.9]);
    // Slice 1 of the image lies at -30 + 2.5 mm.
    assert_eq!((g.spacing_between_slices(), g.position_mm(0)), (2.5, -27.5));
    let expected: Voxels = all_where(one).into_iter().map(|(c, r, s)| (c, r, s - 1)).collect();
    assert_eq!(voxels(&loaded.mask.segments[0]), expected);
}

#[test]
fn a_finer_segmentation_keeps_its_own_grid() {
    let loaded = load_mask(&file("seg_finer.dcm"), Some(&image())).unwrap();
    assert!(!loaded.on_image_grid);
    assert!(codes(&loaded.problems).contains(&"own-grid"));
    assert_eq!(loaded.mask.geometry.spacing_mm, [0.4, 0.45]);
    let expected: Voxels = all_where(one)
        .into_iter()
        .flat_map(|(c, r, s)| [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(i, j)| (2 * c + i, 2 * r + j, s - 1)))
        .collect();
    assert_eq!(voxels(&loaded.mask.segments[0]), expected);
    // Four times the voxels of a quarter of the size.
    let volume = loaded.mask.segments[0].voxels() as f64 * loaded.mask.geometry.voxel_volume_mm3();
    assert!((volume - all_where(one).len() as f64 * 1.8).abs() < 1e-9, "{volume}");
}

#[test]
fn a_segmentation_flipped_against_the_image_lands_where_it_is() {
    let loaded = on_image("seg_flipped.dcm");
    assert_eq!(voxels(&loaded.mask.segments[0]), all_where(one));
}

#[test]
fn a_node_is_known_by_its_code() {
    let loaded = on_image("seg_node.dcm");
    assert_eq!(loaded.mask.segments[0].nodal, Some(true));
}

fn square(columns: std::ops::RangeInclusive<u32>, rows: std::ops::RangeInclusive<u32>, slice: u32) -> Voxels {
    columns.flat_map(|c| rows.clone().map(move |r| (c, r, slice))).collect()
}

fn ring(slice: u32) -> Voxels {
    square(3..=9, 2..=8, slice).difference(&square(5..=7, 4..=6, slice)).copied().collect()
}

#[test]
fn contours_enclose_the_centres_inside_them() {
    let loaded = on_image("rtstruct.dcm");
    let roi = |number: usize| voxels(&loaded.mask.segments[number - 1]);
    assert_eq!(roi(1), ring(2), "nested contours make a hole");
    assert_eq!(roi(2), ring(2), "a keyhole makes the same hole");
    assert_eq!(roi(3), square(3..=9, 2..=8, 3), "a contour drawn twice counts once");
    assert_eq!(roi(4), square(3..=9, 2..=8, 2), "a fifth of a slice off");
    assert!(roi(5).is_empty());
    let gap: Voxels = square(3..=9, 2..=8, 1).union(&square(3..=9, 2..=8, 3)).copied().collect();
    assert_eq!(roi(6), gap, "nothing is interpolated");
    assert_eq!(roi(7), square(0..=3, 0..=2, 4), "what lies beyond the image is cut off");
    // Corners on the centres (2, 1) and (9, 8): left and upper edges belong to it, right and lower ones do not.
    assert_eq!(roi(8), square(2..=8, 1..=7, 2));
    // It crosses itself in (4.5, 4.5); the sides through there rise by 1.1 rows a column.
    let inside = |c: u32, r: u32| (f64::from(r) - 4.5).abs() < 1.1 * (f64::from(c) - 4.5).abs();
    assert_eq!(roi(9), square(2..=7, 2..=7, 2).into_iter().filter(|&(c, r, _)| inside(c, r)).collect());
    let place = |number: usize| Some(format!("ROI number {number}"));
    let found: Vec<_> = loaded.problems.iter().map(|problem| (problem.code, problem.position.clone())).collect();
    let expected =
        [("nested-contours", 1), ("contour-twice", 3), ("contour-off-slice", 4), ("contour-gap", 6), ("self-crossing", 9)];
    assert_eq!(found, expected.map(|(code, number)| (code, place(number))));
    assert_eq!(loaded.mask.segments[4].name.as_deref(), Some("roi 5"));
}

#[test]
fn a_wrong_point_count_does_not_matter() {
    assert_eq!(voxels(&on_image("rtstruct_point_count.dcm").mask.segments[0]), square(3..=9, 2..=8, 2));
}

#[test]
fn contours_on_an_oblique_image() {
    let oblique = only_series(&committed("encodings/oblique"));
    let loaded = load_mask(&file("rtstruct_oblique.dcm"), Some(&oblique)).unwrap();
    assert_eq!(voxels(&loaded.mask.segments[0]), ring(1));
}

#[test]
fn points_and_open_contours_enclose_nothing() {
    for name in ["rtstruct_points.dcm", "rtstruct_open.dcm"] {
        let loaded = on_image(name);
        assert_eq!(loaded.mask.segments[0].voxels(), 0, "{name}");
        assert_eq!(codes(&loaded.problems), ["open-contour"], "{name}");
    }
}

#[test]
fn contours_that_are_not_on_the_image_are_refused() {
    for name in ["rtstruct_between.dcm", "rtstruct_outside.dcm", "rtstruct_above.dcm"] {
        assert!(matches!(refused(name, Some(&image())), Error::Misplaced { .. }), "{name}");
    }
    assert!(matches!(refused("rtstruct_eleven_numbers.dcm", Some(&image())), Error::Attribute { .. }));
    assert!(matches!(refused("rtstruct.dcm", None), Error::Unsupported { .. }));
}

#[test]
fn nifti_axes_types_and_wrappings() {
    let names = [
        "nifti.nii",
        "nifti_gz.nii.gz",
        "nifti_gz_named.nii",
        "nifti_ras.nii.gz",
        "nifti_lps.nii.gz",
        "nifti_sal.nii.gz",
        "nifti_pir.nii.gz",
        "nifti_ila.nii.gz",
        "nifti_int16.nii.gz",
        "nifti_float32.nii.gz",
        "nifti_int64.nii.gz",
        "nifti_big_endian.nii",
        "nifti_2.nii",
        "nifti_pair.hdr",
        "nifti_qform_only.nii.gz",
        "nifti_sform_only.nii.gz",
        "nifti_4d_of_one.nii.gz",
        "nifti_slope_nan.nii",
        "nifti_slope_zero.nii",
        "nifti_slope_half.nii",
    ];
    check_labels(&names);
}

/// Labels 1 and 2 on the image, and without an image on a grid of the same size.
fn check_labels(names: &[&str]) {
    for &name in names {
        let loaded = on_image(name);
        let labels: Vec<u32> = loaded.mask.segments.iter().map(|segment| segment.label).collect();
        assert_eq!(labels, [1, 2], "{name}");
        assert_eq!(voxels(&loaded.mask.segments[0]), all_where(one), "{name}");
        assert_eq!(voxels(&loaded.mask.segments[1]), all_where(two_alone), "{name}");
        assert_eq!(codes(&loaded.problems), Vec::<&str>::new(), "{name}");
        // Without the image the slices are those of the only axis with a spacing of its own: three spacings differ, so axial.
        let alone = load_mask(&file(name), None).unwrap();
        let g = &alone.mask.geometry;
        assert_eq!((g.columns, g.rows, g.slices), (15, 11, 6), "{name}");
        assert_eq!(voxels(&alone.mask.segments[0]), all_where(one), "{name} without its image");
        assert!((g.lps([0.0; 3]).0 - nalgebra::Vector3::new(-10.0, 20.0, -30.0)).norm() < 1e-4, "{name}");
    }
}

#[test]
fn nifti_that_cannot_be_trusted_is_refused() {
    let image = image();
    assert!(matches!(refused("nifti_no_codes.nii.gz", Some(&image)), Error::Attribute { .. }));
    assert!(matches!(refused("nifti_4d.nii.gz", Some(&image)), Error::Unsupported { .. }));
    assert!(matches!(refused("nifti_soft.nii.gz", Some(&image)), Error::Corrupt { .. }));
    assert!(matches!(refused("nifti_mirrored.nii.gz", Some(&image)), Error::Misplaced { .. }));
    refused("nifti_cut.nii.gz", Some(&image));
}

#[test]
fn two_orientations_that_differ_are_reported() {
    let loaded = on_image("nifti_conflict.nii.gz");
    assert_eq!(codes(&loaded.problems), ["sform-qform-differ"]);
    assert_eq!(voxels(&loaded.mask.segments[0]), all_where(one), "the sform is used");
}

#[test]
fn nrrd_encodings_frames_and_axes() {
    check_labels(&[
        "nrrd_raw.nrrd",
        "nrrd_gzip.nrrd",
        "nrrd_ascii.nrrd",
        "nrrd_int16_big.nrrd",
        "nrrd_detached.nhdr",
        "nrrd_ras.nrrd",
        "nrrd_las.nrrd",
        "nrrd_permuted.nrrd",
    ]);
}

#[test]
fn layers_hold_overlapping_segments() {
    let loaded = on_image("nrrd_layers.seg.nrrd");
    let [first, second] = loaded.mask.segments.as_slice() else { panic!("two segments") };
    assert_eq!(voxels(first), all_where(one));
    assert_eq!(voxels(second), all_where(two));
    assert_eq!((first.segment_id.as_deref(), second.name.as_deref()), (Some("Segment_1"), Some("lesion 2")));
}

#[test]
fn nrrd_that_cannot_be_trusted_is_refused() {
    let image = image();
    assert!(matches!(refused("nrrd_no_space.nrrd", Some(&image)), Error::Attribute { .. }));
    let outside = refused("nrrd_outside.nhdr", Some(&image));
    assert!(matches!(outside, Error::Unsupported { .. }), "{outside}");
}
