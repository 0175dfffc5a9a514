//! The map of `src/lib.rs`, held by a text search: which room may use which, and which room is the door to which crate.
//!
//! Rooms name each other as `crate::room`. A new door belongs in a table here, with the map changed in the same commit.

use std::path::{Path, PathBuf};

/// Calls a loop compiled for wider vectors than every processor has.
const WIDEST: &str = "kernels/src/widest.rs";

/// Every room and the rooms it may use.
const ROOMS: &[(&str, &[&str])] = &[
    ("units", &[]),
    ("problem", &[]),
    ("volume", &[]),
    ("ingest", &["volume", "problem"]),
    ("measure", &["volume", "units", "problem"]),
    ("response", &["units", "problem"]),
    ("protocol", &["response", "measure", "volume", "units", "problem"]),
    ("trial", &["response", "protocol", "units", "problem"]),
    ("report", &["units"]),
    ("pipeline", &["ingest", "measure", "response", "protocol", "trial", "report", "volume", "units", "problem"]),
    ("cli", &["pipeline", "ingest", "measure", "response", "protocol", "trial", "report", "volume", "units", "problem"]),
];

/// Crates that only some rooms or files may name.
const DOORS: &[(&str, &[&str])] = &[
    ("dicom", &["ingest"]),
    ("dicom_pixeldata", &["ingest"]),
    ("jpegls", &["ingest/codecs/jpeg_ls.rs"]),
    ("jxl_oxide", &["ingest/codecs/jpeg_xl.rs"]),
    ("recist_kernels", &["measure", "volume/mask.rs"]),
    ("rusqlite", &["trial"]),
    ("maud", &["report"]),
    ("image", &["report"]),
    ("base64", &["report"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
];

/// Rooms of plain values: the same input gives the same output on every machine, at any time.
const PLAIN: &[&str] = &["units", "problem", "volume", "measure", "response", "report"];

/// Parts of `std` that reach outside of the program.
const OUTSIDE: &[&str] = &["env", "fs", "net", "process", "time"];

/// Names that say nothing about what is in a module.
const EMPTY_NAMES: &[&str] = &["utils", "util", "common", "helpers", "helper", "types", "manager", "misc"];

/// Look for a seam before a file gets longer than this.
const MOST_LINES: usize = 500;

/// What is wrong with one file of `src`, given as its path below `src` and its text.
fn violations(path: &str, text: &str) -> Vec<String> {
    let room = path.split(['/', '.']).next().unwrap_or_default();
    if matches!(room, "lib" | "main") {
        return Vec::new();
    }
    let Some((_, may_use)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        return vec![format!("{path}: `{room}` is no room of the map; add it to ROOMS and to src/lib.rs")];
    };
    let code = without_comments(text);
    let mut found = Vec::new();
    for used in names_below("crate", &code) {
        let is_room = ROOMS.iter().any(|(name, _)| *name == used);
        if is_room && used != room && !may_use.contains(&used.as_str()) {
            found.push(format!("{path}: `{room}` may not use `{used}`"));
        }
    }
    for (name, _) in ROOMS {
        if code.contains(&format!("super::super::{name}")) {
            found.push(format!("{path}: `{name}` must be named as crate::{name}"));
        }
    }
    for (door, rooms) in DOORS {
        // A module of the same name in this file hides the crate.
        let local = code.contains(&format!("mod {door};"));
        if names_crate(door, &code) && !local && !rooms.iter().any(|allowed| *allowed == room || *allowed == path) {
            found.push(format!("{path}: the crate `{door}` may only be named in {}", rooms.join(", ")));
        }
    }
    if PLAIN.contains(&room) {
        let outside = names_below("std", &code).into_iter().filter(|part| OUTSIDE.contains(&part.as_str()));
        found.extend(outside.map(|part| format!("{path}: `{room}` holds plain values and may not use std::{part}")));
        if code.contains("::now(") {
            found.push(format!("{path}: `{room}` knows no clock"));
        }
    }
    found
}

/// The text up to `//` of every line. What follows a colon is an address, not a comment.
fn without_comments(text: &str) -> String {
    let code_of = |line: &str| {
        let comment = line.match_indices("//").find(|(at, _)| !line[..*at].ends_with(':'));
        comment.map_or(line, |(at, _)| &line[..at]).to_string() + "\n"
    };
    text.lines().map(code_of).collect()
}

/// The names directly below `root`: `a` for `root::a::b`, `a` and `c` for `root::{a::b, c}`.
fn names_below(root: &str, code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, path) in code.match_indices(&format!("{root}::")) {
        if code[..at].ends_with(|c: char| is_word(c) || c == ':') {
            continue;
        }
        let rest = &code[at + path.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            names.push(first_word(rest));
            continue;
        };
        let (mut depth, mut part) = (0, String::new());
        for c in group.chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => names.push(first_word(&std::mem::take(&mut part))),
                _ => part.push(c),
            }
        }
        names.push(first_word(&part));
    }
    names
}

/// Whether a path of the code starts with the crate.
fn names_crate(name: &str, code: &str) -> bool {
    let starts_path = |(at, _): (usize, &str)| !code[..at].ends_with(|c: char| is_word(c) || c == ':');
    code.match_indices(&format!("{name}::")).any(starts_path)
}

/// Whether the keyword stands in the code; in `'unsafe-inline'` of a page it does not.
fn has_unsafe_code(code: &str) -> bool {
    // `concat!`, or this file would find itself.
    code.split_whitespace().any(|part| part.trim_start_matches(|c| !is_word(c)) == concat!("un", "safe"))
}

fn first_word(text: &str) -> String {
    text.trim_start().chars().take_while(|&c| is_word(c)).collect()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The Rust files below a folder of the package, sorted: path below the folder, and text.
fn sources(folder: &str) -> Vec<(String, String)> {
    fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                collect(&entry, files);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                files.push(entry);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let named = |file: PathBuf| {
        let path = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        (path, std::fs::read_to_string(&file).unwrap())
    };
    files.into_iter().map(named).collect()
}

fn assert_none(violations: Vec<String>) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

#[test]
fn no_room_opens_a_door_that_is_not_on_the_map() {
    let sources = sources("src");
    assert!(sources.len() > ROOMS.len(), "the search found only {} files", sources.len());
    assert_none(sources.iter().flat_map(|(path, text)| violations(path, text)).collect());
}

#[test]
fn the_kernels_depend_on_threads_only() {
    let manifest = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("kernels/Cargo.toml")).unwrap();
    let (_, after) = manifest.split_once("[dependencies]").expect("the manifest has the section");
    let section = after.split("\n[").next().unwrap_or_default();
    let crates: Vec<String> = section.lines().map(first_word).filter(|name| !name.is_empty()).collect();
    assert_eq!(crates, ["rayon"], "kernels take voxels and spacings, nothing else");
}

#[test]
fn files_are_short_safe_and_well_named() {
    let mut found = Vec::new();
    for folder in ["src", "kernels/src", "tests", "kernels/tests", "examples", "benches"] {
        for (path, text) in sources(folder) {
            let lines = text.lines().count();
            if folder.ends_with("src") && lines > MOST_LINES {
                found.push(format!("{folder}/{path}: {lines} lines; look for a seam at {MOST_LINES}"));
            }
            if let Some(name) = path.split(['/', '.']).find(|part| EMPTY_NAMES.contains(part)) {
                found.push(format!("{folder}/{path}: `{name}` says nothing; name it after what it does"));
            }
            if has_unsafe_code(&without_comments(&text)) && format!("{folder}/{path}") != WIDEST {
                found.push(format!("{folder}/{path}: safe Rust only, but in {WIDEST}"));
            }
        }
    }
    assert_none(found);
}

#[test]
fn planted_violations_are_found() {
    for (path, text, complaint) in [
        ("response/target.rs", "use crate::volume::Mask;", "may not use `volume`"),
        ("response/target.rs", "use crate::{\n    problem::{Problem, Severity},\n    volume,\n};", "may not use `volume`"),
        ("response/target.rs", "fn f() { super::super::volume::f() }", "crate::volume"),
        ("response/target.rs", "use std::{fmt, fs};", "std::fs"),
        ("response/target.rs", "let start = std::time::Instant::now();", "std::time"),
        ("report/page.rs", "let today = jiff::Zoned::now();", "knows no clock"),
        ("report/page.rs", "let mask: crate::volume::Mask;", "may not use `volume`"),
        ("measure/mod.rs", "use dicom::object::open_file;", "`dicom`"),
        ("volume/stack.rs", "fn f(run: recist_kernels::Run) {}", "`recist_kernels`"),
        ("pipeline.rs", "use crate::cli::Talk;", "may not use `cli`"),
        ("pipeline.rs", "#[derive(clap::Args)]", "`clap`"),
        ("helpers/mod.rs", "", "no room"),
    ] {
        let found = violations(path, text);
        assert!(found.iter().any(|found| found.contains(complaint)), "{path}: {text}\nfound {found:?}");
    }
}

#[test]
fn the_search_for_unsafe_code_finds_blocks_and_functions() {
    for code in ["let x = un safe { y };", "(un safe { y })", "pub un safe fn f() {}"] {
        assert!(has_unsafe_code(&code.replace("un safe", concat!("un", "safe"))), "{code}");
    }
    assert!(!has_unsafe_code("style-src 'un safe-inline'".replace("un safe", concat!("un", "safe")).as_str()));
}

#[test]
fn what_is_allowed_is_not_reported() {
    for (path, text) in [
        ("measure/mod.rs", "use recist_kernels::Run;\nuse crate::{units, volume::Mask};"),
        ("volume/mask.rs", "pub use recist_kernels::{Run, row_runs};"),
        ("volume/mod.rs", "mod image;\npub use image::Volume;"),
        ("response/facts.rs", "//! From [`crate::volume::Mask`] to facts.\nuse super::volume_of;"),
        ("report/page.rs", "let namespace = \"http://www.w3.org/2000/svg\"; // not std::fs"),
        ("cli/run.rs", "use crate::pipeline;\nuse super::report;\nuse std::time::Instant;"),
        ("lib.rs", "pub mod anything;"),
    ] {
        assert_none(violations(path, text));
    }
}
