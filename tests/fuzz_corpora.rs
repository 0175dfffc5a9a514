//! Every seed of the fuzz targets and every input that once broke something, opened again. Nothing may panic, take longer than
//! 10 s or make the process larger than 1 GiB; what the doors check beyond that is written in them.

#[path = "../fuzz/doors/mod.rs"]
mod doors;

use doors::{DOORS, Door, last_of_others, own_panics, watch_panics};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

const LONGEST: Duration = Duration::from_secs(10);
const LARGEST_MIB: u64 = 1024;
const LARGEST_SEED: u64 = 8192;

/// One door at a time: the panics and the memory of a process belong to all of its threads.
static TURN: Mutex<()> = Mutex::new(());

fn below(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(folder)
}

/// What lies in a folder, by name; nothing when there is no such folder.
fn listed(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// The largest memory this process ever held, where the system tells.
fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(kib.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? / 1024)
}

/// Opens inputs one after the other on a thread of their own, so that one that does not end can be named.
fn replay(target: &str, door: Door, inputs: Vec<PathBuf>) {
    let _turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    watch_panics();
    // Those of a test that failed before.
    own_panics();
    let (done, waiting) = mpsc::channel();
    let inputs = Arc::new(inputs);
    let opened = Arc::clone(&inputs);
    let worker = std::thread::spawn(move || {
        for path in opened.iter() {
            door(&std::fs::read(path).expect("a committed file"));
            let _ = done.send(own_panics());
        }
    });
    for path in inputs.iter() {
        let shown = format!("{target}/{}", path.file_name().unwrap_or_default().to_string_lossy());
        match waiting.recv_timeout(LONGEST) {
            // Caught by a guard, but panics of ours all the same.
            Ok(caught) => assert!(caught.is_empty(), "{shown}: {caught:?}"),
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("{shown} takes longer than {LONGEST:?}"),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                let (own, others) = (own_panics(), last_of_others());
                panic!("{shown}: {}", own.first().unwrap_or(&others));
            }
        }
        let peak = peak_mib();
        assert!(peak.is_none_or(|mib| mib < LARGEST_MIB), "{shown}: the process has grown to {peak:?} MiB");
    }
    worker.join().expect("all inputs were opened");
}

fn replay_all(target: &str) {
    let (_, door) = DOORS.into_iter().find(|(name, _)| *name == target).expect("a door");
    let seeds = listed(&below("seeds").join(target));
    assert!(!seeds.is_empty(), "{target} has no seeds");
    let crashes = listed(&below("crashes").join(target));
    replay(target, door, seeds.into_iter().chain(crashes).collect());
}

#[test]
fn seg() {
    replay_all("seg");
}

#[test]
fn rtstruct() {
    replay_all("rtstruct");
}

#[test]
fn nifti() {
    replay_all("nifti");
}

#[test]
fn nrrd() {
    replay_all("nrrd");
}

#[test]
fn dicom_series() {
    replay_all("dicom_series");
}

#[test]
fn zip() {
    replay_all("zip");
}

#[test]
fn tables() {
    replay_all("tables");
}

#[test]
fn every_folder_has_a_door_and_seeds_are_small() {
    for folder in ["seeds", "crashes"] {
        for target in listed(&below(folder)) {
            let name = target.file_name().unwrap_or_default().to_string_lossy();
            assert!(DOORS.iter().any(|(door, _)| *door == name), "fuzz/{folder}/{name} belongs to no target");
        }
    }
    for seed in DOORS.iter().flat_map(|(name, _)| listed(&below("seeds").join(name))) {
        let bytes = seed.metadata().expect("a committed file").len();
        assert!(bytes < LARGEST_SEED, "{} has {bytes} bytes", seed.display());
    }
}

#[test]
fn a_caught_panic_of_our_own_code_counts() {
    let _turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    watch_panics();
    assert!(std::panic::catch_unwind(|| panic!("on purpose")).is_err());
    assert!(own_panics().iter().any(|panic| panic.contains("on purpose")));
}
