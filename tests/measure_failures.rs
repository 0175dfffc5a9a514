//! `recist measure --format json` where something is wrong: a mask that fails is an object too, and odd files beside the image are
//! told with every mask.

mod loading;
mod written;

use dicom::core::VR;
use dicom::dictionary_std::tags;
use loading::{Ran, recist};
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;
use written::{block, set, write_nrrd, write_series};

fn trial(is_there: impl Fn(usize) -> bool) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_series(&folder.path().join("image"), |slice, _| is_there(slice));
    write_nrrd(&folder.path().join("mask.nrrd"), [0.0; 3], block);
    folder
}

fn measure(folder: &Path, arguments: &[&str]) -> Ran {
    recist(folder, ["measure", "--format", "json"].iter().chain(arguments))
}

/// One object for each mask.
fn objects(ran: &Ran) -> Vec<Value> {
    serde_json::Deserializer::from_str(&ran.stdout).into_iter().map(|value| value.unwrap()).collect()
}

fn keys(value: &Value) -> Vec<&String> {
    value.as_object().unwrap().keys().collect()
}

fn codes(object: &Value) -> Vec<&str> {
    object["warnings"].as_array().unwrap().iter().map(|problem| problem["code"].as_str().unwrap()).collect()
}

#[test]
fn a_mask_that_fails_is_an_object_of_the_same_form() {
    let folder = trial(|_| true);
    write_nrrd(&folder.path().join("elsewhere.nrrd"), [500.0, 0.0, 0.0], block);
    std::fs::write(folder.path().join("letter.nii"), "Dear colleague").unwrap();
    let sound = &objects(&measure(folder.path(), &["--mask", "mask.nrrd", "--image", "image"]))[0];
    for (mask, kind, code) in [
        ("elsewhere.nrrd", json!("nrrd"), "misplaced-mask"),
        ("letter.nii", Value::Null, "unsupported"),
        ("absent.nii", Value::Null, "unreadable"),
    ] {
        let ran = measure(folder.path(), &["--mask", mask, "--image", "image"]);
        assert_eq!(ran.exit, 4);
        let [failed] = objects(&ran).try_into().unwrap();
        assert_eq!((keys(&failed), keys(&failed["mask"])), (keys(sound), keys(&sound["mask"])), "{mask}");
        assert_eq!((&failed["schema"], &failed["level"]), (&sound["schema"], &sound["level"]));
        assert_eq!((&failed["mask"]["path"], &failed["mask"]["kind"]), (&mask.into(), &kind));
        assert_eq!((&failed["image"], &failed["lesions"]), (&Value::Null, &json!([])));
        assert_eq!(codes(&failed), [code]);
        let problem = &failed["warnings"][0];
        assert_eq!((&problem["severity"], &problem["file"]), (&"error".into(), &mask.into()));
        assert!(problem["advice"].is_string());
        assert!(ran.stderr.contains(mask) && ran.stderr.contains(&format!("[{code}]")), "{}", ran.stderr);
    }
}

#[test]
fn the_place_of_a_gap_is_told() {
    // Slices lie at 0, 2.5, 5, 7.5 and 10 mm.
    let folder = trial(|slice| slice != 2);
    let ran = measure(folder.path(), &["--mask", "mask.nrrd", "--image", "image"]);
    let problem = &objects(&ran)[0]["warnings"][0];
    assert_eq!((&problem["code"], &problem["file"]), (&"missing-slice".into(), &"s1.dcm".into()));
    assert_eq!(problem["position"], "2.500 mm along the normal");
}

#[test]
fn a_list_keeps_its_order_and_ids() {
    let folder = trial(|_| true);
    let list = "mask,image,id\nmask.nrrd,image,A\nabsent.nii,image,B\nmask.nrrd,,C\n";
    std::fs::write(folder.path().join("masks.csv"), list).unwrap();
    let ran = measure(folder.path(), &["--list", "masks.csv"]);
    assert_eq!((ran.exit, ran.stdout.lines().count()), (4, 3));
    let found = objects(&ran);
    let seen: Vec<_> =
        found.iter().map(|object| (object["id"].as_str().unwrap(), object["lesions"][0]["voxels"].as_u64())).collect();
    // 6 x 4 x 3 voxels.
    assert_eq!(seen, [("A", Some(72)), ("B", None), ("C", Some(72))]);
    // The other forms have no place for it.
    let csv = recist(folder.path(), ["measure", "--list", "masks.csv", "--format", "csv"]);
    assert_eq!((csv.exit, csv.stdout.lines().count()), (4, 3), "{}", csv.stdout);
}

#[test]
fn odd_files_beside_the_slices_are_told_with_every_mask() {
    let folder = trial(|_| true);
    let letter = |name: &str| {
        let path = folder.path().join("image").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "Dear colleague").unwrap();
    };
    letter("letter.dcm");
    letter("other/letter.dcm");
    let arguments = ["--mask", "mask.nrrd", "--mask", "mask.nrrd", "--image", "image"];
    let ran = measure(folder.path(), &arguments);
    for object in objects(&ran) {
        assert_eq!(codes(&object), ["not-what-it-says"]);
        assert_eq!(object["warnings"][0]["file"], "letter.dcm");
    }
    assert_eq!(ran.stderr.matches("letter.dcm").count(), 2, "each once: {}", ran.stderr);

    (0..24).for_each(|n| letter(&format!("letter{n}.dcm")));
    for object in objects(&measure(folder.path(), &arguments)) {
        // 25 letters, of which 20 are told.
        let told = codes(&object);
        assert_eq!((told.len(), told[20]), (21, "more-problems"));
        assert!(object["warnings"][20]["message"].as_str().unwrap().starts_with("5 more"));
    }
}

#[test]
fn what_a_file_says_cannot_write_on_the_terminal() {
    let folder = trial(|_| true);
    let odd = "RGB\u{1b}[2J\nerror: forged\u{9b}1m";
    write_series(&folder.path().join("colour"), |_, object| {
        set(object, tags::PHOTOMETRIC_INTERPRETATION, VR::CS, odd);
        true
    });
    let nrrd = std::fs::read(folder.path().join("mask.nrrd")).unwrap();
    let named = String::from_utf8(nrrd)
        .unwrap()
        .replace("encoding", "Segment0_ID:=m\u{1b}[2Ja\u{9b}ss\nSegment0_LabelValue:=1\nencoding");
    std::fs::write(folder.path().join("named.seg.nrrd"), named).unwrap();
    for arguments in [
        ["measure", "--mask", "mask.nrrd", "--image", "colour"].as_slice(),
        &["measure", "--mask", "named.seg.nrrd", "--image", "image"],
        &["inspect", "colour"],
    ] {
        let ran = recist(folder.path(), arguments);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains(r"\u{1b}[2J") || said.contains("a colour image"), "{said:?}");
        assert!(!said.contains(|c: char| c.is_control() && c != '\n'), "{said:?}");
        assert!(!said.lines().any(|line| line.starts_with("error: forged")), "{said:?}");
    }
}
