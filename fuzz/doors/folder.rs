//! The private folder of a door. Readers work on files, so that is what they get; in memory where the system has a place for it.

use recist::ingest::{Catalog, Series};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Six slices of 15 x 11 pixels, 0.8 x 0.9 x 2.5 mm: the image that the seeds of masks were drawn on.
const IMAGE: [&[u8]; 6] = [
    include_bytes!("../../tests/masks/image/1.dcm"),
    include_bytes!("../../tests/masks/image/2.dcm"),
    include_bytes!("../../tests/masks/image/3.dcm"),
    include_bytes!("../../tests/masks/image/4.dcm"),
    include_bytes!("../../tests/masks/image/5.dcm"),
    include_bytes!("../../tests/masks/image/6.dcm"),
];

thread_local! {
    /// One for each thread, so that tests may run side by side.
    static PRIVATE: TempDir = private();
    static WITH_IMAGE: Catalog = {
        let files: Vec<(String, &[u8])> = (1..).map(|n| format!("{n}.dcm")).zip(IMAGE).collect();
        read(&filled("image", &files))
    };
}

fn private() -> TempDir {
    let memory = Path::new("/dev/shm");
    // Whoever names a folder for temporary files means it.
    let place = match std::env::var_os("TMPDIR") {
        None if memory.is_dir() => memory.to_path_buf(),
        _ => std::env::temp_dir(),
    };
    tempfile::Builder::new().prefix("recist-fuzz-").tempdir_in(place).expect("a private folder")
}

/// A folder that holds these files and no others.
pub fn filled<N: AsRef<str>>(name: &str, files: &[(N, &[u8])]) -> PathBuf {
    let folder = PRIVATE.with(|private| private.path().join(name));
    std::fs::create_dir_all(&folder).expect("the private folder takes folders");
    for entry in std::fs::read_dir(&folder).expect("a folder can be listed").flatten() {
        if !files.iter().any(|(name, _)| entry.file_name() == *name.as_ref()) {
            std::fs::remove_file(entry.path()).expect("a file of ours can be removed");
        }
    }
    for (name, bytes) in files {
        std::fs::write(folder.join(name.as_ref()), bytes).expect("the private folder takes files");
    }
    folder
}

/// Everything below one folder.
pub fn read(folder: &Path) -> Catalog {
    Catalog::read(&[folder.to_path_buf()], &recist::ingest::StackChoices::default(), &|_, _| {})
}

/// Lends the catalog of the small CT and its only series.
pub fn with_image<T>(use_it: impl FnOnce(&Catalog, &Series) -> T) -> T {
    WITH_IMAGE.with(|catalog| {
        let [series] = catalog.series.as_slice() else { panic!("the image is one series: {:?}", catalog.broken) };
        use_it(catalog, series)
    })
}
