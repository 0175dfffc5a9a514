//! `recist measure` and `recist inspect` with masks that are odd: what is wrong is said, on stderr and in the table.

use std::path::Path;
use std::process::{Command, Output};

/// A NIfTI-1 label image of 8 x 8 x 2 voxels of 1 x 1 x 3 mm: label 1 is a row of 5 voxels. `change` may spoil the header.
fn nifti(change: impl Fn(&mut [u8])) -> Vec<u8> {
    let mut bytes = vec![0; 352];
    let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    put(0, &348i32.to_le_bytes());
    for (axis, size) in [3i16, 8, 8, 2].into_iter().enumerate() {
        put(40 + 2 * axis, &size.to_le_bytes());
    }
    put(70, &2i16.to_le_bytes());
    put(72, &8i16.to_le_bytes());
    put(108, &352f32.to_le_bytes());
    put(254, &1i16.to_le_bytes());
    for (row, step) in [1f32, 1.0, 3.0].into_iter().enumerate() {
        put(280 + 20 * row, &step.to_le_bytes());
    }
    put(344, b"n+1\0");
    change(&mut bytes);
    let mut voxels = vec![0u8; 128];
    voxels[17..22].fill(1);
    [bytes, voxels].concat()
}

fn recist(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_recist")).current_dir(folder).args(arguments).output().expect("it runs")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn warnings_about_a_mask_are_said_and_stand_in_the_csv() {
    let folder = tempfile::tempdir().expect("a folder");
    // A quaternion form that puts the image elsewhere than the matrix does.
    let conflict = nifti(|head| {
        head[252] = 1;
        head[268..272].copy_from_slice(&40f32.to_le_bytes());
    });
    std::fs::write(folder.path().join("m.nii"), conflict).expect("the mask");
    let output = recist(folder.path(), &["measure", "--mask", "m.nii", "--nodal", "7", "--intensity", "--format", "csv"]);
    assert!(output.status.success(), "{}", stderr(&output));
    for code in ["sform-qform-differ", "nodal-not-found", "no-intensity"] {
        assert!(stderr(&output).contains(code), "{}", stderr(&output));
        assert!(String::from_utf8_lossy(&output.stdout).contains(code), "{code}");
    }
    let table = recist(folder.path(), &["measure", "--mask", "m.nii"]);
    assert!(stderr(&table).contains("sform-qform-differ"), "{}", stderr(&table));
}

#[test]
fn a_mask_without_a_voxel_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut bytes = nifti(|_| {});
    bytes[352..].fill(0);
    std::fs::write(folder.path().join("m.nii"), bytes).expect("the mask");
    let output = recist(folder.path(), &["measure", "--mask", "m.nii"]);
    assert!(stderr(&output).contains("empty-mask"), "{}", stderr(&output));
}

#[test]
fn what_would_be_measured_wrongly_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = |name: &str, bytes: &[u8], reason: &str| {
        std::fs::write(folder.path().join(name), bytes).expect("the mask");
        let output = recist(folder.path(), &["measure", "--mask", name]);
        assert!(output.status.code() == Some(4) && stderr(&output).contains(reason), "{name}: {}", stderr(&output));
    };
    refused("micrometres.nii", &nifti(|head| head[123] = 3), "micrometres");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_no_mask_and_is_not_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(Command::new("mkfifo").arg(folder.path().join("m.nii")).status().expect("mkfifo").success());
    let output = recist(folder.path(), &["measure", "--mask", "m.nii"]);
    assert_eq!(output.status.code(), Some(4), "{}", stderr(&output));
}

#[test]
fn the_first_of_two_errors_is_told_with_any_number_of_threads() {
    // More values than any mask has, and behind them one that is no label: both in one slab, or not.
    let mut bytes = nifti(|head| {
        for (axis, size) in [1000i16, 1000, 1].into_iter().enumerate() {
            head[42 + 2 * axis..][..2].copy_from_slice(&size.to_le_bytes());
        }
        head[70..72].copy_from_slice(&16i16.to_le_bytes());
    });
    bytes.truncate(352);
    bytes.extend((0..1_000_000u32).flat_map(|voxel| match voxel {
        0..150_000 => (voxel as f32).to_le_bytes(),
        200_000 => (-5f32).to_le_bytes(),
        _ => [0; 4],
    }));
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("m.nii"), &bytes).expect("the mask");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, &bytes).expect("memory");
    std::fs::write(folder.path().join("m.nii.gz"), packed.finish().expect("memory")).expect("the mask");
    for mask in ["m.nii", "m.nii.gz"] {
        for jobs in ["1", "2", "8"] {
            let output = recist(folder.path(), &["measure", "--mask", mask, "--jobs", jobs]);
            assert!(stderr(&output).contains("more than 65535 different values"), "{mask}, {jobs}: {}", stderr(&output));
        }
    }
}

#[test]
fn a_data_file_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    for encoding in ["raw", "gzip"] {
        let header = format!(
            "NRRD0004\ntype: uchar\ndimension: 3\nsizes: 8 8 4\nspace: LPS\nspace origin: (0,0,0)\n\
             space directions: (1,0,0) (0,1,0) (0,0,1)\nencoding: {encoding}\ndata file: absent.bin\n"
        );
        std::fs::write(folder.path().join("m.nhdr"), header).expect("the header");
        let output = recist(folder.path(), &["measure", "--mask", "m.nhdr"]);
        assert!(stderr(&output).contains("absent.bin"), "{encoding}: {}", stderr(&output));
    }
}

#[test]
fn thousands_of_layers_take_little_memory() {
    const LAYERS: usize = 65_535;
    let head = format!(
        "NRRD0004\nSegment0_ID:=a\ntype: ushort\ndimension: 4\nsizes: {LAYERS} 1 1 1\nspace: LPS\nspace origin: (0,0,0)\n\
         space directions: none (1,0,0) (0,1,0) (0,0,1)\nkinds: list domain domain domain\nendian: little\nencoding: raw\n\n"
    );
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("m.nrrd"), [head.into_bytes(), vec![255; 2 * LAYERS]].concat()).expect("the mask");
    let limited = format!("ulimit -v 1048576 && exec {} measure --mask m.nrrd --format csv", env!("CARGO_BIN_EXE_recist"));
    let output = Command::new("sh").current_dir(folder.path()).args(["-c", &limited]).output().expect("it runs");
    assert!(output.status.success(), "{}", stderr(&output));
}
