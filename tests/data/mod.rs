//! Where the shared test data lie: real and synthetic scans that are not part of this package.

use std::path::PathBuf;

/// The folder named by `RECIST_TEST_DATA`, or `../shared/data` beside the package; `None` when it is not there.
///
/// Says on stdout whether `test` ran or was skipped (`cargo test -- --nocapture` shows it).
pub fn shared_data(test: &str) -> Option<PathBuf> {
    const DEFAULT: &str = "../shared/data";
    let named = std::env::var_os("RECIST_TEST_DATA").filter(|value| !value.is_empty());
    let shown = if named.is_some() { "RECIST_TEST_DATA" } else { DEFAULT };
    let root = named.map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(DEFAULT), PathBuf::from);
    if root.join("patients").is_dir() {
        println!("ran: {test}");
        return Some(root);
    }
    println!("skipped: {test}: no test data at {shown}");
    None
}
