//! Unique identifiers that are the same in every run.

/// A UID under the root 2.25 (DICOM PS3.5 B.2), from a 128-bit FNV-1a hash of what the object is called in this trial.
///
/// The hash carries the version and variant bits of a custom UUID (RFC 9562, version 8).
pub fn of(name: &str) -> String {
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for byte in "recist sample trial/".bytes().chain(name.bytes()) {
        hash ^= u128::from(byte);
        hash = hash.wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    let version = 0xf << 76;
    let variant = 0x3 << 62;
    let uuid = (hash & !(version | variant)) | (0x8 << 76) | (0x2 << 62);
    format!("2.25.{uuid}")
}
