//! A file to read: in a folder, or an entry of a zip archive, which is inflated when it is asked for.

use crate::problem::printable;
use flate2::read::DeflateDecoder;
use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A file, and how it is named to people: relative to the data root.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceFile {
    /// Where it lies. For an entry of a zip: the path of the zip, followed by that of the entry.
    pub path: PathBuf,
    /// Path relative to the data root, as text; control characters are escaped.
    pub shown: String,
    entry: Option<Entry>,
}

/// Where the bytes of one entry lie in a zip archive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Entry {
    pub archive: PathBuf,
    /// First byte of the stored data.
    pub offset: u64,
    /// Bytes in the archive.
    pub stored: u64,
    /// Bytes when inflated.
    pub length: u64,
    pub deflated: bool,
    pub crc32: u32,
}

impl SourceFile {
    /// Names `path` relative to `root`; a file outside of it is named by its file name alone.
    pub fn new(root: &Path, path: PathBuf) -> Self {
        let relative = path.strip_prefix(root).ok().filter(|relative| !relative.as_os_str().is_empty());
        let shown = text_of(relative.or(path.file_name().map(Path::new)).unwrap_or(&path));
        Self { path, shown, entry: None }
    }

    /// A file under the name that its user gave it.
    pub fn named(name: &Path, path: PathBuf) -> Self {
        Self { path, shown: text_of(name), entry: None }
    }

    /// One entry of the zip archive `self`, under its name there.
    pub(super) fn with_entry(&self, name: &Path, entry: Entry) -> Self {
        Self { path: self.path.join(name), shown: self.entry_shown(name), entry: Some(entry) }
    }

    /// How an entry of the zip archive `self` is named to people.
    pub(super) fn entry_shown(&self, name: &Path) -> String {
        format!("{}/{}", self.shown, text_of(name))
    }

    /// The folder it lies in.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// The bytes from the first one on.
    ///
    /// # Errors
    /// It cannot be opened, or is no regular file: a pipe would block.
    pub(super) fn open(&self) -> Result<Box<dyn Read + Send>> {
        let Some(entry) = &self.entry else { return Ok(Box::new(regular(&self.path)?)) };
        let mut archive = regular(&entry.archive)?;
        archive.seek(SeekFrom::Start(entry.offset))?;
        let stored = archive.take(entry.stored);
        let bytes: Box<dyn Read + Send> =
            if entry.deflated { Box::new(DeflateDecoder::new(stored).take(entry.length)) } else { Box::new(stored) };
        Ok(Box::new(Checked { bytes, read: 0, hash: crc32fast::Hasher::new(), entry: entry.clone() }))
    }

    /// Whether it lies in a zip archive.
    pub(super) fn is_packed(&self) -> bool {
        self.entry.is_some()
    }

    /// Number of bytes.
    ///
    /// # Errors
    /// As [`SourceFile::open`].
    pub(super) fn length(&self) -> Result<u64> {
        match &self.entry {
            Some(entry) => Ok(entry.length),
            None => Ok(std::fs::metadata(&self.path)?.len()),
        }
    }

    /// All bytes.
    ///
    /// # Errors
    /// It cannot be opened; an entry of a zip that is not what was packed.
    pub fn read(&self) -> Result<Vec<u8>> {
        // What is stated is only a hint: memory grows with the bytes that really come.
        let mut bytes = Vec::with_capacity(self.length()?.min(1 << 20) as usize);
        self.open()?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Fills `buffer` with the bytes from `offset` on.
    ///
    /// # Errors
    /// As [`SourceFile::read`]; fewer bytes are there.
    pub(super) fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        if self.entry.is_none() {
            let mut file = regular(&self.path)?;
            file.seek(SeekFrom::Start(offset))?;
            return file.read_exact(buffer);
        }
        // Whole, because only then its checksum can be compared.
        let bytes = self.read()?;
        let start = usize::try_from(offset).map_err(|_| Error::from(ErrorKind::UnexpectedEof))?;
        let own = start.checked_add(buffer.len()).and_then(|end| bytes.get(start..end));
        buffer.copy_from_slice(own.ok_or_else(|| Error::from(ErrorKind::UnexpectedEof))?);
        Ok(())
    }

    /// The bytes of a file that lies in a folder, from `offset` on.
    ///
    /// # Errors
    /// As [`SourceFile::open`]; it is an entry of a zip.
    pub(super) fn open_at(&self, offset: u64) -> Result<File> {
        if self.is_packed() {
            return Err(ErrorKind::Unsupported.into());
        }
        let mut file = regular(&self.path)?;
        file.seek(SeekFrom::Start(offset))?;
        Ok(file)
    }

    /// A file named in the header of this one, in the same folder or below it.
    ///
    /// # Errors
    /// This is an entry of a zip: its neighbours are not looked up.
    pub(super) fn beside(&self, path: PathBuf) -> Result<Self> {
        match self.entry {
            None => Ok(Self { shown: self.shown.clone(), path, entry: None }),
            Some(_) => Err(Error::new(
                ErrorKind::Unsupported,
                "its data lie in another file, which is not looked up in a zip archive: unpack the archive",
            )),
        }
    }

    /// Whether both have the same bytes.
    pub(super) fn same_bytes(&self, other: &Self) -> bool {
        let lengths = (self.length(), other.length());
        matches!(lengths, (Ok(a), Ok(b)) if a == b) && matches!((self.read(), other.read()), (Ok(a), Ok(b)) if a == b)
    }
}

/// The bytes of an entry of an archive; whoever reads to their end learns whether they are those that were packed.
struct Checked {
    bytes: Box<dyn Read + Send>,
    read: u64,
    hash: crc32fast::Hasher,
    entry: Entry,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let read = self.bytes.read(buffer)?;
        self.hash.update(&buffer[..read]);
        self.read += read as u64;
        let ends = read == 0 && !buffer.is_empty();
        if ends && (self.read != self.entry.length || self.hash.clone().finalize() != self.entry.crc32) {
            return Err(Error::new(ErrorKind::InvalidData, "the zip archive is damaged here: the checksum does not fit"));
        }
        Ok(read)
    }
}

/// Opens a regular file only.
fn regular(path: &Path) -> Result<File> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(Error::other("it is not a regular file"));
    }
    File::open(path)
}

/// A path as text on one line.
fn text_of(path: &Path) -> String {
    printable(&path.to_string_lossy()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_on_its_line() {
        let file = SourceFile::new(Path::new("root"), PathBuf::from("root/a\nb\u{1b}[1m/c d;.dcm"));
        assert_eq!(file.shown, "a\\u{a}b\\u{1b}[1m/c d;.dcm");
    }

    #[test]
    fn an_entry_that_was_damaged_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        std::fs::write(&path, b"..123456789..").unwrap();
        // 0xcbf43926 is the published check value of this CRC for these nine digits.
        let entry = |crc32| Entry { archive: path.clone(), offset: 2, stored: 9, length: 9, deflated: false, crc32 };
        let zip = SourceFile::new(folder.path(), path.clone());
        let whole = zip.with_entry(Path::new("b.dcm"), entry(0xcbf4_3926));
        assert_eq!((whole.read().unwrap(), whole.shown.as_str()), (b"123456789".to_vec(), "a.zip/b.dcm"));
        assert!(zip.with_entry(Path::new("b.dcm"), entry(1)).read().is_err());
    }
}
