//! Cases of the corpus whose files no repository can hold: names, links, sockets and devices, archives that inflate without end.
//!
//! They are listed in `corpus/files.toml` under `[[made]]`.
#![cfg(unix)]
#![allow(non_snake_case, reason = "the name of a case holds the id of its row")]

mod loading;
mod written;

use loading::{Ran, limited, recist};
use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use tempfile::TempDir;
use written::{ct_slice, write, write_series};

/// A folder with a sound series in `image/`: `s0.dcm` to `s4.dcm`.
fn sound() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_series(&folder.path().join("image"), |_, _| true);
    folder
}

fn inspect(folder: &Path) -> (Ran, serde_json::Value) {
    let ran = recist(folder, ["inspect", "image", "--pixels", "--format", "json"]);
    let found = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", ran.stdout, ran.stderr));
    (ran, found)
}

/// All five slices are there: the stored values 7 c + 13 r + 100 s less 1024 end with 77 + 117 + 400 - 1024.
fn whole(folder: &Path) -> serde_json::Value {
    let (ran, found) = inspect(folder);
    assert_eq!(ran.exit, 0, "{}{}", ran.stdout, ran.stderr);
    let series = &found["series"][0];
    assert_eq!((&series["geometry"]["slices"], &series["pixels"]["max"]), (&5.into(), &(-430.0).into()));
    assert_eq!((&series["pixels"]["min"], &series["pixels"]["mean"]), (&(-1024.0).into(), &(-727.0).into()));
    found
}

/// Renames a file, unless the file system takes only text for names and this is none.
fn rename(image: &Path, from: &str, to: &[u8]) {
    let renamed = std::fs::rename(image.join(from), image.join(OsStr::from_bytes(to)));
    assert!(renamed.is_ok() || std::str::from_utf8(to).is_err(), "{renamed:?}");
}

#[test]
fn case_O22_any_name() {
    let names: [&[u8]; 12] = [
        b"-rf",
        b"--help",
        b"a;b",
        b" spaces at both ends ",
        b"new\nline",
        b"tab\tbell\x07",
        b"\x1b[31mred",
        b"\"quoted\" 'twice' $(x) `y` *?[z]",
        "Größe 大きさ".as_bytes(),
        b"\xff\xfe\x80",
        b"...",
        b"%s%n\\x",
    ];
    for five in [&names[..5], &names[5..10], &names[7..]] {
        let folder = sound();
        for (slice, name) in five.iter().enumerate() {
            rename(&folder.path().join("image"), &format!("s{slice}.dcm"), name);
        }
        assert_eq!(whole(folder.path())["problems"], serde_json::json!([]));
    }
    // A name as long as the file system takes.
    let folder = sound();
    rename(&folder.path().join("image"), "s2.dcm", &[b'n'; 255]);
    whole(folder.path());
}

#[test]
fn case_O22_folders_of_any_name() {
    let folder = sound();
    let odd = folder.path().join("-image\n;$(x)");
    std::fs::rename(folder.path().join("image"), &odd).unwrap();
    let ran = recist(folder.path(), [OsStr::new("inspect"), OsStr::new("--pixels"), OsStr::new("--"), odd.file_name().unwrap()]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("12 x 10 x 5"), "{}", ran.stdout);
}

#[test]
fn case_O22_control_characters_are_shown_escaped() {
    let folder = sound();
    let image = folder.path().join("image");
    let cut = image.join("s2.dcm");
    let bytes = std::fs::read(&cut).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() - 100]).unwrap();
    rename(&image, "s2.dcm", b"new\nline\x1b[31m\r\x07.dcm");
    for more in [["--format", "table"], ["--format", "json"]] {
        let ran = recist(folder.path(), ["inspect", "image", "--pixels", "--verbose"].iter().chain(&more));
        assert_eq!(ran.exit, 4, "{}", ran.stderr);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!said.chars().any(|c| c.is_control() && c != '\n'), "{said:?}");
        // In JSON the backslash itself is escaped.
        let said = said.replace("\\\\", "\\");
        assert!(said.contains(r"new\u{a}line\u{1b}[31m\u{d}\u{7}.dcm"), "{said:?}");
    }
}

#[test]
fn case_E01_sockets_and_devices() {
    let folder = sound();
    let image = folder.path().join("image");
    let _socket = std::os::unix::net::UnixListener::bind(image.join("socket.dcm")).unwrap();
    for device in ["zero", "null", "stdin", "tty"] {
        std::os::unix::fs::symlink(format!("/dev/{device}"), image.join(format!("{device}.dcm"))).unwrap();
    }
    let ran = limited(folder.path(), &["inspect", "image", "--pixels"]);
    assert_eq!(ran.exit, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("12 x 10 x 5"), "{}", ran.stdout);
    for named in ["image/socket.dcm", "image/zero.dcm", "image/stdin.dcm"] {
        let ran = limited(folder.path(), &["inspect", named]);
        assert!(matches!(ran.exit, 3 | 4), "{named}: {}", ran.exit);
    }
}

#[test]
fn case_E01_links() {
    let folder = sound();
    let (image, elsewhere) = (folder.path().join("image"), folder.path().join("elsewhere"));
    std::fs::create_dir(&elsewhere).unwrap();
    // A slice and a folder of slices behind links, and two folders that lead into each other.
    std::fs::rename(image.join("s1.dcm"), elsewhere.join("one.dcm")).unwrap();
    std::os::unix::fs::symlink("../elsewhere/one.dcm", image.join("link")).unwrap();
    std::fs::create_dir(folder.path().join("more")).unwrap();
    std::fs::rename(image.join("s3.dcm"), folder.path().join("more/three.dcm")).unwrap();
    std::os::unix::fs::symlink("../more", image.join("folder")).unwrap();
    for (from, to) in [("a", "b"), ("b", "a")] {
        std::fs::create_dir(image.join(from)).unwrap();
        std::os::unix::fs::symlink(format!("../{to}"), image.join(from).join("on")).unwrap();
    }
    std::os::unix::fs::symlink("itself", image.join("itself")).unwrap();
    whole(folder.path());
}

/// An archive of entries: name, inflated length that is stated (else the true one), content.
fn zip(entries: &[(String, Option<u32>, &Deflated)]) -> Vec<u8> {
    let (mut data, mut directory) = (Vec::new(), Vec::new());
    for (name, stated, deflated) in entries {
        let length = stated.unwrap_or(deflated.length);
        let mut common = Vec::new();
        // Version 2.0, no flags, deflated, 2026-01-05.
        for number in [20u16, 0, 8, 0, ((2026 - 1980) << 9) | (1 << 5) | 5] {
            common.extend(number.to_le_bytes());
        }
        for number in [deflated.sum, deflated.bytes.len() as u32, length] {
            common.extend(number.to_le_bytes());
        }
        common.extend((name.len() as u16).to_le_bytes());
        common.extend([0, 0]);
        let offset = data.len() as u32;
        data.extend(b"PK\x03\x04");
        data.extend(&common);
        data.extend(name.as_bytes());
        data.extend(&deflated.bytes);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (start, count) = (data.len() as u32, entries.len() as u16);
    data.extend(&directory);
    data.extend(b"PK\x05\x06\0\0\0\0");
    data.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    data.extend((directory.len() as u32).to_le_bytes());
    data.extend(start.to_le_bytes());
    data.extend([0, 0]);
    data
}

struct Deflated {
    bytes: Vec<u8>,
    sum: u32,
    length: u32,
}

/// One slice with this many zeros behind its pixels.
fn deflated(slice: usize, zeros: usize) -> Deflated {
    let folder = tempfile::tempdir().unwrap();
    write(ct_slice(slice), &folder.path().join("s.dcm"));
    let mut plain = std::fs::read(folder.path().join("s.dcm")).unwrap();
    plain.resize(plain.len() + zeros, 0);
    let mut sum = flate2::Crc::new();
    sum.update(&plain);
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&plain).unwrap();
    Deflated { bytes: encoder.finish().unwrap(), sum: sum.sum(), length: plain.len() as u32 }
}

/// The sound series in an archive `scan.zip`, and these entries.
fn archive(more: &[(String, Option<u32>, &Deflated)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let slices: Vec<Deflated> = (0..5).map(|slice| deflated(slice, 0)).collect();
    let own = slices.iter().enumerate().map(|(slice, deflated)| (format!("ct/s{slice}.dcm"), None, deflated));
    let entries: Vec<_> = own.chain(more.iter().map(|(name, stated, deflated)| (name.clone(), *stated, *deflated))).collect();
    std::fs::write(folder.path().join("scan.zip"), zip(&entries)).unwrap();
    folder
}

const MIB: usize = 1 << 20;

#[test]
fn case_E02_a_bomb_is_not_inflated() {
    // 80 MiB in about 80 KiB: more than 64 MiB, and about a thousandfold.
    let bomb = deflated(5, 80 * MIB);
    assert!(bomb.bytes.len() * 200 < bomb.length as usize);
    let folder = archive(&[("ct/bomb.dcm".to_string(), None, &bomb)]);
    let ran = limited(folder.path(), &["inspect", "scan.zip", "--pixels", "--format", "json"]);
    assert_eq!(ran.exit, 0, "{}{}", ran.stdout, ran.stderr);
    let found: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(found["series"][0]["geometry"]["slices"], 5, "{found:#}");
    assert_eq!(found["problems"][0]["code"], "zip-entry-refused", "{found:#}");
    assert_eq!(found["problems"][0]["file"], "scan.zip/ct/bomb.dcm", "{found:#}");
}

#[test]
fn case_E02_a_bomb_that_says_it_is_small() {
    let bomb = deflated(5, 80 * MIB);
    let folder = archive(&[("ct/bomb.dcm".to_string(), Some(1000), &bomb)]);
    let ran = limited(folder.path(), &["inspect", "scan.zip", "--pixels"]);
    assert!(matches!(ran.exit, 0 | 4), "{}{}", ran.stdout, ran.stderr);
    let refused = ran.stdout.contains("[zip-entry-refused]") || ran.stdout.contains("[corrupt]");
    assert!(refused && ran.stdout.contains("scan.zip/ct/bomb.dcm"), "{}", ran.stdout);
}

#[test]
fn case_E02_many_entries_below_the_limit() {
    // Each is allowed by its size; all together are 2 GiB, twice of what there is.
    let entry = deflated(5, 60 * MIB);
    let entries: Vec<_> = (0..35).map(|n| (format!("ct/{n}.dcm"), None, &entry)).collect();
    let folder = archive(&entries);
    let ran = limited(folder.path(), &["inspect", "scan.zip"]);
    assert!(matches!(ran.exit, 0 | 4), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("1 series"), "{}", ran.stdout);
}
