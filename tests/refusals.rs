//! Series and masks that must not be measured, and strangers that must not disturb: by the library and by the program.
//!
//! Whatever is said names the file, and never a patient attribute or where the data lie on this machine.

mod loading;
mod written;

use dicom::core::VR;
use dicom::dictionary_std::tags;
use dicom::object::InMemDicomObject;
use loading::{Ran, catalog, codes, load_mask, only_series, recist};
use recist::ingest::{Error, load_slice, load_volume};
use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;
use written::{SECRET, block, ct_slice, set, set_number, write, write_nrrd, write_rtstruct, write_series};

/// A folder with `image/` and a good mask beside it.
fn trial(change: impl Fn(usize, &mut InMemDicomObject) -> bool) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_series(&folder.path().join("image"), change);
    write_nrrd(&folder.path().join("mask.nrrd"), [0.0; 3], block);
    folder
}

/// Nothing secret in what was said, nor the place of the folder.
fn discreet(ran: &Ran, folder: &Path) {
    let place = folder.to_str().unwrap();
    for said in [&ran.stdout, &ran.stderr] {
        assert!(!said.contains(SECRET) && !said.contains(place), "{said}");
    }
}

fn inspect(folder: &Path, more: &[&str]) -> (Ran, Value) {
    let ran = recist(folder, ["inspect", "--format", "json", "image"].iter().chain(more));
    discreet(&ran, folder);
    let found = serde_json::from_str(&ran.stdout).unwrap_or(Value::Null);
    (ran, found)
}

fn measure(folder: &Path, more: &[&str]) -> Ran {
    let ran = recist(folder, ["measure", "--mask", "mask.nrrd", "--image", "image", "--format", "json"].iter().chain(more));
    discreet(&ran, folder);
    ran
}

/// The series in `image/` is refused with this code, naming this file (relative to `image/`), by library and program alike.
fn refused(folder: &TempDir, code: &str, file: &str, says: &[&str]) {
    let folder = folder.path();
    let series = only_series(&folder.join("image"));
    let error = series.stack.expect_err("the series was accepted");
    assert_eq!((error.code(), error.file()), (code, file), "{error}");
    let message = error.to_string();
    assert!(says.iter().all(|words| message.contains(words)), "{message} does not say {says:?}");
    assert!(!message.contains(SECRET), "{message}");

    let (ran, found) = inspect(folder, &[]);
    assert_eq!(ran.exit, 4, "{}", ran.stderr);
    assert_eq!(found["series"][0]["usable"], false);
    let problems = found["series"][0]["problems"].as_array().unwrap();
    let problem = problems.iter().find(|problem| problem["code"] == code).unwrap_or_else(|| panic!("{found:#}"));
    assert_eq!((&problem["file"], &problem["severity"]), (&file.into(), &"error".into()));

    let ran = measure(folder, &[]);
    assert_eq!(ran.exit, 4);
    nothing_measured(&ran.stdout);
    assert!(ran.stderr.contains(file) && ran.stderr.contains(code), "{}", ran.stderr);
}

/// The answer of `measure` names no image and no lesion.
fn nothing_measured(stdout: &str) {
    let answer: serde_json::Value = serde_json::from_str(stdout).expect("JSON");
    assert_eq!((&answer["image"], &answer["lesions"]), (&serde_json::Value::Null, &serde_json::json!([])));
}

#[test]
fn the_series_itself_is_sound() {
    let folder = trial(|_, _| true);
    let (ran, found) = inspect(folder.path(), &["--pixels"]);
    assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""));
    // 0 + intercept, and 7 x 11 + 13 x 9 + 400 + intercept.
    assert_eq!(
        (&found["series"][0]["pixels"]["min"], &found["series"][0]["pixels"]["max"]),
        (&(-1024.0).into(), &(-430.0).into())
    );
    assert_eq!(measure(folder.path(), &[]).exit, 0);
}

#[test]
fn a_missing_slice_is_not_bridged() {
    refused(&trial(|slice, _| slice != 2), "missing-slice", "s1.dcm", &["5.000 mm", "2.500 mm"]);
}

#[test]
fn one_odd_slice_is_named() {
    let odd = |tag, value: &'static str| {
        trial(move |slice, object| {
            if slice == 3 {
                set(object, tag, VR::DS, value);
            }
            true
        })
    };
    refused(&odd(tags::PIXEL_SPACING, r"0.9\0.7"), "odd-slice", "s3.dcm", &["pixel spacing", "0.9", "0.8"]);
    refused(&odd(tags::IMAGE_ORIENTATION_PATIENT, r"0.8\0.6\0\-0.6\0.8\0"), "odd-slice", "s3.dcm", &["orientation"]);
    refused(&odd(tags::IMAGE_POSITION_PATIENT, r"-1\6\7.5"), "shifted-slice", "s3.dcm", &["sideways"]);
    refused(&odd(tags::FRAME_OF_REFERENCE_UID, "1.2.3"), "contradiction", "s3.dcm", &["FrameOfReferenceUID"]);
    refused(&odd(tags::PATIENT_ID, "NEVERSHOWN-OTHER"), "contradiction", "s3.dcm", &["PatientID"]);
}

#[test]
fn geometry_that_is_not_there_is_not_made_up() {
    let without = |tag| {
        trial(move |slice, object| {
            if slice == 2 {
                object.remove_element(tag);
            }
            true
        })
    };
    refused(&without(tags::IMAGE_POSITION_PATIENT), "bad-attribute", "s2.dcm", &["ImagePositionPatient", "missing"]);
    refused(&without(tags::IMAGE_ORIENTATION_PATIENT), "bad-attribute", "s2.dcm", &["ImageOrientationPatient", "missing"]);
    let detector = trial(|slice, object| {
        if slice == 2 {
            object.remove_element(tags::PIXEL_SPACING);
            set(object, tags::IMAGER_PIXEL_SPACING, VR::DS, r"0.8\0.7");
        }
        true
    });
    refused(&detector, "bad-attribute", "s2.dcm", &["PixelSpacing", "missing", "detector"]);
}

#[test]
fn a_series_whose_every_slice_lacks_spacing_is_no_series() {
    let folder = trial(|_, object| object.remove_element(tags::PIXEL_SPACING));
    let (ran, found) = inspect(folder.path(), &[]);
    assert_eq!((ran.exit, found["series"].as_array().unwrap().len()), (4, 0));
    assert_eq!(found["problems"].as_array().unwrap().len(), 5);
    assert!(
        found["problems"][0]["file"] == "s0.dcm" && found["problems"][0]["message"].as_str().unwrap().contains("PixelSpacing")
    );
    let ran = measure(folder.path(), &[]);
    assert_eq!(ran.exit, 4);
    assert!(ran.stderr.contains("s0.dcm") && ran.stderr.contains("PixelSpacing"), "{}", ran.stderr);
}

#[test]
fn impossible_values_are_refused() {
    let with = |tag, value: &'static str| {
        trial(move |slice, object| {
            if slice == 1 {
                set(object, tag, VR::DS, value);
            }
            true
        })
    };
    refused(&with(tags::PIXEL_SPACING, r"0,8\0,7"), "bad-attribute", "s1.dcm", &["PixelSpacing", "0,8", "point"]);
    refused(&with(tags::PIXEL_SPACING, r"0\0.7"), "bad-attribute", "s1.dcm", &["PixelSpacing", "0.0001 to 1000 mm"]);
    refused(&with(tags::PIXEL_SPACING, "0.8"), "bad-attribute", "s1.dcm", &["PixelSpacing", "1 values"]);
    refused(&with(tags::IMAGE_POSITION_PATIENT, r"nan\0\0"), "bad-attribute", "s1.dcm", &["ImagePositionPatient"]);
    let zeros = with(tags::IMAGE_ORIENTATION_PATIENT, r"0\0\0\0\0\0");
    refused(&zeros, "bad-attribute", "s1.dcm", &["ImageOrientationPatient", "perpendicular"]);
}

#[test]
fn two_phases_in_one_series_are_offered_apart() {
    let folder = trial(|_, object| {
        set(object, tags::ACQUISITION_NUMBER, VR::IS, "1");
        true
    });
    for slice in 0..5 {
        let mut object = ct_slice(slice);
        set(&mut object, tags::SOP_INSTANCE_UID, VR::UI, &format!("1.2.3.{slice}"));
        set(&mut object, tags::ACQUISITION_NUMBER, VR::IS, "2");
        write(object, &folder.path().join(format!("image/t{slice}.dcm")));
    }
    refused(&folder, "several-stacks", "t0.dcm", &["AcquisitionNumber", "1 (5 slices)", "2 (5 slices)"]);
}

#[test]
fn two_images_at_one_place_are_refused() {
    let folder = trial(|_, _| true);
    let mut object = ct_slice(2);
    set(&mut object, tags::SOP_INSTANCE_UID, VR::UI, "1.2.3");
    write(object, &folder.path().join("image/t2.dcm"));
    refused(&folder, "same-position", "t2.dcm", &["same position"]);
}

#[test]
fn a_second_copy_is_left_out_and_another_image_of_that_name_is_refused() {
    let folder = trial(|_, _| true);
    let image = folder.path().join("image");
    std::fs::copy(image.join("s2.dcm"), image.join("z.dcm")).unwrap();
    let series = only_series(&image);
    assert_eq!(series.stack.as_ref().unwrap().frames.len(), 5);
    assert_eq!(codes(&series.problems), ["duplicate-file"]);
    assert_eq!(series.problems[0].file.as_deref(), Some("z.dcm"));
    assert_eq!(measure(folder.path(), &[]).exit, 0);

    let mut other = ct_slice(2);
    set(&mut other, tags::RESCALE_INTERCEPT, VR::DS, "-1000");
    write(other, &image.join("z.dcm"));
    refused(&folder, "contradiction", "z.dcm", &["SOPInstanceUID", "s2.dcm"]);
}

#[test]
fn a_cut_file_is_found_before_anything_is_measured() {
    let folder = trial(|_, _| true);
    let path = folder.path().join("image/s2.dcm");
    let bytes = std::fs::read(&path).unwrap();
    // 240 bytes of pixels are needed; the last 100 are cut off.
    std::fs::write(&path, &bytes[..bytes.len() - 100]).unwrap();
    refused(&folder, "corrupt", "s2.dcm", &["240 bytes", "140"]);
    // In the middle of the header.
    std::fs::write(&path, &bytes[..500]).unwrap();
    let error = only_series(&folder.path().join("image")).stack.expect_err("half a header was accepted");
    assert_eq!(error.file(), "s2.dcm");
}

#[test]
fn pixel_data_shorter_than_the_matrix_are_refused() {
    refused(
        &trial(|slice, object| {
            if slice == 2 {
                set_number(object, tags::ROWS, 9);
                set_number(object, tags::COLUMNS, 14);
            }
            true
        }),
        "corrupt",
        "s2.dcm",
        &["252 bytes", "240"],
    );
}

#[test]
fn a_cut_compressed_file_is_refused_when_its_pixels_are_used() {
    for syntax in ["rle", "jpeg_lossless_70", "jpeg_2000", "deflated"] {
        let folder = tempfile::tempdir().unwrap();
        for name in ["1.dcm", "2.dcm", "3.dcm"] {
            let bytes = std::fs::read(loading::committed("encodings").join(syntax).join(name)).unwrap();
            let end = if name == "2.dcm" { bytes.len() - 60 } else { bytes.len() };
            std::fs::write(folder.path().join(name), &bytes[..end]).unwrap();
        }
        let error = match only_series(folder.path()).stack {
            Err(error) => error,
            Ok(stack) => load_volume(&stack).err().unwrap_or_else(|| panic!("{syntax}: half a slice was accepted")),
        };
        assert_eq!(error.file(), "2.dcm", "{syntax}: {error}");
    }
}

#[test]
fn samples_that_mean_nothing_are_refused_when_they_are_used() {
    let slope = trial(|slice, object| {
        if slice == 2 {
            set(object, tags::RESCALE_SLOPE, VR::DS, "0");
        }
        true
    });
    let bits = trial(|slice, object| {
        if slice == 2 {
            set_number(object, tags::BITS_STORED, 31);
            set_number(object, tags::HIGH_BIT, 30);
        }
        true
    });
    for (folder, attribute) in [(slope, "RescaleSlope"), (bits, "BitsStored")] {
        let stack = only_series(&folder.path().join("image")).stack.unwrap();
        assert!(load_slice(&stack.frames[1]).is_ok());
        let error = load_slice(&stack.frames[2]).unwrap_err();
        assert!(matches!(&error, Error::Attribute { file, attribute: a, .. } if file == "s2.dcm" && *a == attribute), "{error}");
        assert_eq!(load_volume(&stack).unwrap_err().file(), "s2.dcm");
        let (ran, found) = inspect(folder.path(), &["--pixels"]);
        assert_eq!((ran.exit, &found["series"][0]["usable"]), (4, &false.into()), "{attribute}");
        let ran = measure(folder.path(), &["--intensity"]);
        assert!(ran.exit == 4 && ran.stderr.contains("s2.dcm") && ran.stderr.contains(attribute), "{}", ran.stderr);
        // Lengths need no pixels.
        assert_eq!(measure(folder.path(), &[]).exit, 0);
    }
}

#[test]
fn a_mask_of_another_patient_frame_or_place_is_refused() {
    let folder = trial(|_, _| true);
    let series = only_series(&folder.path().join("image"));
    let own = folder.path().join("own.dcm");
    write_rtstruct(&own, |_| {});
    assert_eq!(load_mask(&own, Some(&series)).unwrap().mask.segments[0].voxels(), 6);

    let other_patient = |object: &mut InMemDicomObject| set(object, tags::PATIENT_ID, VR::LO, "NEVERSHOWN-OTHER");
    let other_frame = |object: &mut InMemDicomObject| {
        let mut roi = InMemDicomObject::new_empty();
        set(&mut roi, tags::ROI_NUMBER, VR::IS, "1");
        set(&mut roi, tags::REFERENCED_FRAME_OF_REFERENCE_UID, VR::UI, "1.2.3");
        written::set_items(object, tags::STRUCTURE_SET_ROI_SEQUENCE, vec![roi]);
    };
    write_rtstruct(&folder.path().join("patient.dcm"), other_patient);
    write_rtstruct(&folder.path().join("frame.dcm"), other_frame);
    write_nrrd(&folder.path().join("place.nrrd"), [30.0, 0.0, 0.0], block);
    for (mask, says) in [("patient.dcm", "another patient"), ("frame.dcm", "frame of reference"), ("place.nrrd", "grid covers")] {
        let error = load_mask(&folder.path().join(mask), Some(&series)).unwrap_err();
        assert!(matches!(&error, Error::Misplaced { file, .. } if file == mask), "{error}");
        assert!(error.to_string().contains(says), "{error}");
        let ran = recist(folder.path(), ["measure", "--mask", mask, "--image", "image", "--format", "json"]);
        discreet(&ran, folder.path());
        assert!(ran.exit == 4 && ran.stderr.contains(mask), "{}", ran.stderr);
        nothing_measured(&ran.stdout);
    }
}

#[test]
fn a_mask_that_is_none_is_refused() {
    let folder = trial(|_, _| true);
    std::fs::write(folder.path().join("empty.nii"), b"").unwrap();
    std::fs::write(folder.path().join("text.dcm"), b"not DICOM at all").unwrap();
    for (mask, says) in
        [("empty.nii", "empty"), ("text.dcm", "mask"), ("image/s1.dcm", "class"), ("absent.nii", "cannot be read")]
    {
        let ran = recist(folder.path(), ["measure", "--mask", mask]);
        discreet(&ran, folder.path());
        assert!(ran.exit == 4 && ran.stderr.contains(mask) && ran.stderr.contains(says), "{}", ran.stderr);
    }
}

#[test]
fn messages_of_the_catalog_hold_no_patient_attribute() {
    let folder = trial(|slice, object| {
        if slice == 0 {
            object.remove_element(tags::PIXEL_SPACING);
        }
        slice != 3
    });
    let said = format!("{:?}", catalog(&folder.path().join("image")).problems);
    assert!(!said.contains(SECRET));
    let (ran, _) = inspect(folder.path(), &["--verbose", "--pixels"]);
    assert_eq!(ran.exit, 4);
}
