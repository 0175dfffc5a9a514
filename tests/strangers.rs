//! Strangers in the tree, odd names and hostile bytes: the rest is read, nothing blocks, nothing dies.

mod loading;
mod written;

use dicom::core::VR;
use dicom::dictionary_std::tags;
use loading::{catalog, codes, only_series, recist};
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use written::{block, ct_slice, set, write, write_nrrd, write_series};

fn trial() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_series(&folder.path().join("image"), |_, _| true);
    write_nrrd(&folder.path().join("mask.nrrd"), [0.0; 3], block);
    folder
}

/// The series is whole and the program says so; returns what it said on stderr and stdout.
fn readable(folder: &Path) -> String {
    let catalog = catalog(&folder.join("image"));
    assert_eq!(catalog.series.len(), 1);
    let stack = catalog.series[0].stack.as_ref().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(stack.frames.len(), 5);
    let inspected = recist(folder, ["inspect", "--pixels", "--format", "json", "image"]);
    assert_eq!(inspected.exit, 0, "{}{}", inspected.stdout, inspected.stderr);
    let measured = recist(folder, ["measure", "--mask", "mask.nrrd", "--image", "image", "--format", "json"]);
    assert_eq!(measured.exit, 0, "{}", measured.stderr);
    inspected.stdout + &measured.stderr
}

#[test]
fn empty_files_and_text_named_dcm_are_skipped_with_a_warning() {
    let folder = trial();
    let image = folder.path().join("image");
    std::fs::write(image.join("zero.dcm"), b"").unwrap();
    std::fs::write(image.join("letter.dcm"), b"Dear colleague, ...").unwrap();
    std::fs::write(image.join("Thumbs.db"), b"\xd0\xcf\x11\xe0").unwrap();
    let found = catalog(&image);
    let mut said: Vec<_> = found.problems.iter().map(|problem| (problem.code, problem.file.as_deref())).collect();
    said.sort();
    assert_eq!(said, [("empty-file", Some("zero.dcm")), ("not-what-it-says", Some("letter.dcm"))]);
    let said = readable(folder.path());
    assert!(said.contains("zero.dcm") && said.contains("letter.dcm") && !said.contains("Thumbs.db"), "{said}");
}

#[test]
fn nothing_to_read_is_exit_3() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("image")).unwrap();
    std::fs::write(folder.path().join("image/letter.dcm"), b"Dear colleague, ...").unwrap();
    assert_eq!(recist(folder.path(), ["inspect", "image"]).exit, 3);
    assert_eq!(recist(folder.path(), ["inspect", "nowhere"]).exit, 3);
}

#[test]
fn names_may_begin_with_a_dash_or_hold_anything() {
    let folder = trial();
    let image = folder.path().join("image");
    std::fs::rename(image.join("s0.dcm"), image.join("-rf")).unwrap();
    std::fs::rename(image.join("s1.dcm"), image.join("new\nline; $(x) 'q'.dcm")).unwrap();
    std::fs::rename(image.join("s2.dcm"), image.join("Größe ☂.dcm")).unwrap();
    readable(folder.path());
    // As an argument, after `--` or behind a folder.
    assert_eq!(recist(&image, ["inspect", "--", "-rf"]).exit, 0);
    assert_eq!(recist(&image, ["inspect", "./-rf"]).exit, 0);
}

#[cfg(unix)]
#[test]
fn names_need_not_be_utf_8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = trial();
    let image = folder.path().join("image");
    let odd = OsStr::from_bytes(b"\xff\xfe\x80.dcm");
    if std::fs::rename(image.join("s1.dcm"), image.join(odd)).is_err() {
        println!("skipped: names_need_not_be_utf_8: this file system takes only UTF-8 names");
        return;
    }
    std::fs::rename(folder.path().join("mask.nrrd"), folder.path().join(OsStr::from_bytes(b"\xffmask.nrrd"))).unwrap();
    assert!(only_series(&image).stack.is_ok());
    let arguments = [OsStr::new("measure"), OsStr::new("--image"), OsStr::new("image"), OsStr::new("--mask")];
    let ran = recist(folder.path(), arguments.into_iter().chain([OsStr::from_bytes(b"\xffmask.nrrd")]));
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn loops_of_links_and_pipes_neither_catch_nor_block() {
    let folder = trial();
    let image = folder.path().join("image");
    std::os::unix::fs::symlink(&image, image.join("again")).unwrap();
    std::os::unix::fs::symlink("nowhere", image.join("dangling.dcm")).unwrap();
    let pipe = image.join("pipe.dcm");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let started = Instant::now();
    let found = catalog(&image);
    assert!(codes(&found.problems).contains(&"not-entered"), "{:?}", found.problems);
    readable(folder.path());
    // Even when the pipe is what was asked for.
    for arguments in [["measure", "--mask", "image/pipe.dcm"].as_slice(), &["inspect", "image/pipe.dcm"]] {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_recist"))
            .current_dir(folder.path())
            .args(arguments)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let exit = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status.code();
            }
            if started.elapsed() > Duration::from_secs(20) {
                child.kill().unwrap();
                panic!("{arguments:?} waits for a pipe");
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(matches!(exit, Some(3 | 4)), "{arguments:?}: {exit:?}");
    }
}

#[test]
fn bytes_after_the_pixels_do_not_disturb_the_geometry() {
    let folder = trial();
    let path = folder.path().join("image/s2.dcm");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.extend([0; 512]);
    std::fs::write(&path, bytes).unwrap();
    assert!(only_series(&folder.path().join("image")).stack.is_ok());
    let ran = recist(folder.path(), ["measure", "--mask", "mask.nrrd", "--image", "image"]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
}

#[test]
fn a_small_picture_in_the_header_is_not_the_image() {
    let folder = tempfile::tempdir().unwrap();
    write_series(&folder.path().join("image"), |_, object| {
        let mut icon = dicom::object::InMemDicomObject::new_empty();
        icon.put(dicom::core::DataElement::new(tags::PIXEL_DATA, VR::OB, dicom::core::PrimitiveValue::from(vec![7u8; 16])));
        written::set_items(object, tags::ICON_IMAGE_SEQUENCE, vec![icon]);
        true
    });
    write_nrrd(&folder.path().join("mask.nrrd"), [0.0; 3], block);
    readable(folder.path());
}

#[test]
fn values_in_any_representation_that_is_clear() {
    let folder = tempfile::tempdir().unwrap();
    write_series(&folder.path().join("image"), |slice, object| {
        // A number as text, padding at the end of a UID, spaces around decimals.
        set(object, tags::PIXEL_SPACING, VR::LO, r" 0.8\0.7 ");
        set(object, tags::SERIES_INSTANCE_UID, VR::UI, if slice == 0 { "1.2.3\0" } else { "1.2.3" });
        true
    });
    write_nrrd(&folder.path().join("mask.nrrd"), [0.0; 3], block);
    readable(folder.path());
}

/// A CT slice in whose header a private sequence is nested `depth` times.
fn nested(depth: usize) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    let mut object = ct_slice(0);
    object.remove_element(tags::PIXEL_DATA);
    set(&mut object, tags::SERIES_INSTANCE_UID, VR::UI, "1.2.3.4");
    write(object, &path);
    let mut bytes = std::fs::read(path).unwrap();
    for _ in 0..depth {
        // (7001,1001) SQ of undefined length, and an item of undefined length.
        bytes.extend([0x01, 0x70, 0x01, 0x10, b'S', b'Q', 0, 0, 0xff, 0xff, 0xff, 0xff]);
        bytes.extend([0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff]);
    }
    bytes
}

#[test]
fn sequences_nested_without_end_do_not_end_the_program() {
    let folder = trial();
    let hostile = folder.path().join("hostile");
    std::fs::create_dir(&hostile).unwrap();
    std::fs::write(hostile.join("deep.dcm"), nested(20_000)).unwrap();
    let ran = recist(folder.path(), ["inspect", "image", "hostile"]);
    assert_eq!(ran.exit, 4, "{}", ran.stderr);
    assert!(ran.stdout.contains("deep.dcm") && ran.stdout.contains("12 x 10 x 5"), "{}", ran.stdout);
}

#[test]
fn a_header_that_promises_gigabytes_costs_no_memory() {
    let folder = trial();
    let path = folder.path().join("image/s2.dcm");
    let mut object = ct_slice(2);
    written::set_number(&mut object, tags::ROWS, 65_535);
    written::set_number(&mut object, tags::COLUMNS, 65_535);
    set(&mut object, tags::NUMBER_OF_FRAMES, VR::IS, "2147483647");
    write(object, &path);
    let ran = recist(folder.path(), ["inspect", "--pixels", "image"]);
    assert_eq!(ran.exit, 4);
    assert!(ran.stdout.contains("s2.dcm"), "{}", ran.stdout);
}
