//! How deep sequences are nested, found without going down: the parser of the objects descends once for every level, and a
//! hostile file with thousands of them would end the program.

use super::Error;
use dicom::dictionary_std::tags;
use dicom::encoding::transfer_syntax::{Codec, TransferSyntax, TransferSyntaxIndex};
use dicom::object::FileMetaTable;
use dicom::parser::dataset::LazyDataToken;
use dicom::parser::dataset::lazy_read::LazyDataSetReader;
use dicom::transfer_syntax::TransferSyntaxRegistry;
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

/// Deepest nesting that is read; real objects have fewer than ten levels.
const DEEPEST: usize = 64;

/// As much of a deflated data set is looked at; the header of any real one is shorter.
const INFLATED_LIMIT: u64 = 64 << 20;

/// Refuses a file whose header nests sequences deeper than any real one. Whatever else is wrong is left to the parser.
///
/// # Errors
/// Too deep.
pub(super) fn not_too_deep(path: &Path, shown: &str) -> Result<(), Error> {
    if deepest(path).is_some_and(|depth| depth > DEEPEST) {
        let reason = format!("its sequences are nested more than {DEEPEST} deep");
        return Err(Error::Corrupt { file: shown.to_string(), reason });
    }
    Ok(())
}

/// Levels of sequences before the pixels, counted up to one more than allowed; `None` when the file cannot be followed.
fn deepest(path: &Path) -> Option<usize> {
    let mut file = BufReader::new(File::open(path).ok()?);
    let mut magic = [0; 4];
    file.seek(SeekFrom::Start(128)).ok()?;
    file.read_exact(&mut magic).ok()?;
    file.seek(SeekFrom::Start(if magic == *b"DICM" { 128 } else { 0 })).ok()?;
    let meta = FileMetaTable::from_reader(&mut file).ok()?;
    let syntax = TransferSyntaxRegistry.get(meta.transfer_syntax())?;
    match syntax.codec() {
        Codec::Dataset(Some(inflate)) => {
            let mut inflated = Vec::new();
            // A stream that ends badly is followed as far as it goes.
            let _ = inflate.adapt_reader(Box::new(file)).take(INFLATED_LIMIT).read_to_end(&mut inflated);
            deepest_of(Cursor::new(inflated), syntax)
        }
        _ => deepest_of(file, syntax),
    }
}

fn deepest_of<S: Read + Seek>(source: S, syntax: &TransferSyntax) -> Option<usize> {
    let mut reader = LazyDataSetReader::new_with_ts(source, syntax).ok()?;
    let (mut depth, mut deepest) = (0usize, 0);
    while let Some(Ok(token)) = reader.advance() {
        match token {
            LazyDataToken::ElementHeader(header) if depth == 0 && header.tag >= tags::PIXEL_DATA => break,
            LazyDataToken::SequenceStart { .. } => {
                depth += 1;
                deepest = deepest.max(depth);
                if deepest > DEEPEST {
                    break;
                }
            }
            LazyDataToken::PixelSequenceStart => break,
            LazyDataToken::SequenceEnd => depth = depth.saturating_sub(1),
            value @ (LazyDataToken::LazyValue { .. } | LazyDataToken::LazyItemValue { .. }) => value.skip().ok()?,
            _ => {}
        }
    }
    Some(deepest)
}
