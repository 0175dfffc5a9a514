//! The voxels of an NRRD: in which files they are, and how those encode them.

use super::gzip::GzipReader;
use super::label_numbers::{Number, Order, Stored};
use super::label_stream::unreadable;
use super::nrrd::{Opened, open};
use super::nrrd_header::Header;
use super::{Error, SourceFile};
use bzip2::bufread::MultiBzDecoder;
use std::io::{BufRead, Error as IoError, ErrorKind, Read};
use std::path::{Component, Path};

/// No mask comes in more files.
const MOST_FILES: i64 = 65_536;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Raw,
    Gzip,
    Bzip2,
    Text,
    Hex,
}

/// How the values lie in a file.
#[derive(Debug, Clone, Copy)]
struct Layout {
    encoding: Encoding,
    line_skip: u64,
    /// `None`: the data are the end of the file.
    byte_skip: Option<u64>,
}

/// Files that hold the data together.
struct SeveralFiles {
    names: Vec<String>,
    /// How many axes each of them holds; one fewer than there are when that is not said.
    dimensions: Option<usize>,
}

/// What the header says about its data.
pub(super) struct Data<'a> {
    /// How values come out of [`Data::open`].
    pub stored: Stored,
    header: &'a Header,
    layout: Layout,
    /// Bytes of all values, as they come out.
    needed: u64,
}

impl<'a> Data<'a> {
    /// Understands type, encoding and byte order.
    ///
    /// # Errors
    /// Any of them is absent or unknown.
    pub fn of(header: &'a Header, order: &Order) -> Result<Self, Error> {
        let encoding = match header.required("encoding")?.to_ascii_lowercase().as_str() {
            "raw" => Encoding::Raw,
            "gzip" | "gz" => Encoding::Gzip,
            "bzip2" | "bz2" => Encoding::Bzip2,
            "ascii" | "text" | "txt" => Encoding::Text,
            "hex" => Encoding::Hex,
            other => return Err(header.unsupported(format!("NRRD encoding `{other}` (raw, gzip, bzip2, ascii and hex are)"))),
        };
        let number = number(header)?;
        let stored = if encoding == Encoding::Text {
            // Written numbers are read as 64-bit ones, whatever they shall become.
            Stored { number: Number::F64, big_endian: false, slope: 1.0, intercept: 0.0 }
        } else {
            let big_endian = match header.get("endian").map(str::to_ascii_lowercase).as_deref() {
                Some("little") => false,
                Some("big") => true,
                None if number.bytes() == 1 => false,
                found => {
                    let found = found.unwrap_or("missing");
                    return Err(header.wrong("endian", found, "numbers of several bytes need `little` or `big`"));
                }
            };
            Stored { number, big_endian, slope: 1.0, intercept: 0.0 }
        };
        let skip = |name: &'static str| {
            let text = header.get(&name.replace(' ', "")).unwrap_or("0");
            let allowed = "a whole number of 0 or more is expected (for raw data -1: they are the end of the file)";
            text.parse::<i64>().map_err(|_| header.wrong(name, text, allowed)).and_then(|n| match u64::try_from(n) {
                Ok(n) => Ok(Some(n)),
                Err(_) if n == -1 && name == "byte skip" && encoding == Encoding::Raw => Ok(None),
                Err(_) => Err(header.wrong(name, text, allowed)),
            })
        };
        let voxels = order.sizes.iter().chain([&order.layers]).map(|&size| size as u64).fold(1, u64::saturating_mul);
        let needed = voxels.saturating_mul(stored.number.bytes() as u64);
        let layout = Layout { encoding, line_skip: skip("line skip")?.unwrap_or(0), byte_skip: skip("byte skip")? };
        Ok(Self { stored, header, layout, needed })
    }

    /// The file that ends with the values as they are, and where they begin in it.
    pub fn plain_file(&self, header: &SourceFile) -> Option<(SourceFile, u64)> {
        let skip = self.layout.byte_skip.filter(|_| self.layout.encoding == Encoding::Raw && self.layout.line_skip == 0)?;
        match self.header.get("datafile") {
            None => Some((header.clone(), self.header.length + skip)),
            Some(said) if self.several_files(said).is_ok_and(|several| several.is_none()) => {
                Some((self.beside(header, said).ok()?, skip))
            }
            Some(_) => None,
        }
    }

    /// The values as a stream of bytes. `attached` is what follows the header.
    ///
    /// # Errors
    /// A data file that is not there, or not in the header's folder.
    pub fn open(&self, header: &SourceFile, attached: Opened) -> Result<Box<dyn Read>, Error> {
        let shown = self.header.shown.as_str();
        let Some(said) = self.header.get("datafile") else {
            let (stream, length) = attached;
            let rest = length.saturating_sub(self.header.length);
            return self.layout.decoded((stream, rest), self.needed).map_err(|error| unreadable(shown, &error));
        };
        let Some(SeveralFiles { names, dimensions }) = self.several_files(said)? else {
            let opened = open(&self.beside(header, said)?).and_then(|opened| self.layout.decoded(opened, self.needed));
            return opened.map_err(|error| Error::Unreadable { file: shown.to_string(), reason: format!("{said}: {error}") });
        };
        let share = self.share(names.len(), dimensions)?;
        let files: Result<Vec<_>, Error> = names.into_iter().map(|name| Ok((self.beside(header, &name)?, name))).collect();
        Ok(Box::new(Parts { files: files?.into_iter(), layout: self.layout, share, part: None }))
    }

    /// A data file: it must lie in the header's folder, or below.
    fn beside(&self, header: &SourceFile, name: &str) -> Result<SourceFile, Error> {
        let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !inside || name.is_empty() {
            return Err(self.header.unsupported(format!("the data file `{name}` (one in the folder of the header is)")));
        }
        header.beside(header.folder().join(name)).map_err(|error| unreadable(&header.shown, &error))
    }

    /// The files behind `LIST` or a pattern like `slice%03d.raw 1 9 2`; `None` for a single file.
    fn several_files(&self, said: &str) -> Result<Option<SeveralFiles>, Error> {
        let words: Vec<&str> = said.split_whitespace().collect();
        let wrong =
            || self.header.wrong("data file", said, "a name, LIST, or a pattern with `%d`, first, last and step is expected");
        if words.first() == Some(&"LIST") {
            let dimensions = words.get(1).map(|word| word.parse().map_err(|_| wrong())).transpose()?;
            return Ok(Some(SeveralFiles { names: self.header.listed_files.clone(), dimensions }));
        }
        if !said.contains('%') {
            return Ok(None);
        }
        let numbers: Vec<i64> = words.iter().rev().map_while(|word| word.parse().ok()).take(4).collect();
        let (first, last, step, dimensions) = match *numbers.as_slice() {
            [step, last, first] => (first, last, step, None),
            [dimensions, step, last, first] => (first, last, step, Some(usize::try_from(dimensions).map_err(|_| wrong())?)),
            _ => return Err(wrong()),
        };
        let pattern = words[..words.len() - numbers.len()].join(" ");
        let (before, rest) = pattern.split_once('%').ok_or_else(wrong)?;
        let (width, after) = rest.split_once('d').ok_or_else(wrong)?;
        let (zeros, width) = (width.starts_with('0'), if width.is_empty() { 0 } else { width.parse().map_err(|_| wrong())? });
        let count = last.checked_sub(first).and_then(|span| span.checked_div(step)).ok_or_else(wrong)?;
        if !(0..MOST_FILES).contains(&count) || width > 20 || after.contains('%') {
            return Err(wrong());
        }
        let name = |n: i64| match zeros {
            true => format!("{before}{n:0width$}{after}"),
            false => format!("{before}{n:width$}{after}"),
        };
        Ok(Some(SeveralFiles { names: (0..=count).map(|n| name(first + n * step)).collect(), dimensions }))
    }

    /// Bytes of values in each of `files`, which hold `dimensions` axes each.
    fn share(&self, files: usize, dimensions: Option<usize>) -> Result<u64, Error> {
        let sizes = self.header.sizes()?;
        let dimensions = dimensions.unwrap_or(sizes.len() - 1);
        let fit = match sizes.get(dimensions..) {
            // Files of all axes share the slowest one.
            Some([]) => files > 0 && sizes[sizes.len() - 1] % files == 0,
            Some(outer) if dimensions > 0 => outer.iter().try_fold(1usize, |n, &size| n.checked_mul(size)) == Some(files),
            _ => false,
        };
        if !fit {
            let found = format!("{files} files");
            return Err(self.header.wrong("data file", &found, "every file must hold an equal share of the slowest axis"));
        }
        Ok(self.needed / files as u64)
    }
}

/// The type of the values.
fn number(header: &Header) -> Result<Number, Error> {
    Ok(match header.required("type")?.to_ascii_lowercase().as_str() {
        "signed char" | "int8" | "int8_t" => Number::I8,
        "uchar" | "unsigned char" | "uint8" | "uint8_t" => Number::U8,
        "short" | "short int" | "signed short" | "signed short int" | "int16" | "int16_t" => Number::I16,
        "ushort" | "unsigned short" | "unsigned short int" | "uint16" | "uint16_t" => Number::U16,
        "int" | "signed int" | "int32" | "int32_t" => Number::I32,
        "uint" | "unsigned int" | "uint32" | "uint32_t" => Number::U32,
        "longlong" | "long long" | "long long int" | "signed long long" | "signed long long int" | "int64" | "int64_t" => {
            Number::I64
        }
        "ulonglong" | "unsigned long long" | "unsigned long long int" | "uint64" | "uint64_t" => Number::U64,
        "float" => Number::F32,
        "double" => Number::F64,
        other => return Err(header.unsupported(format!("NRRD type `{other}`"))),
    })
}

/// From this size on, in bytes, what is announced is compared with the compressed bytes that are there.
const LARGE: u64 = 1 << 30;

impl Layout {
    /// The values of one file: lines are skipped in the file, bytes in what a compression held.
    fn decoded(self, (mut stream, length): Opened, needed: u64) -> std::io::Result<Box<dyn Read>> {
        let skip = |stream: &mut dyn Read, bytes: u64| std::io::copy(&mut stream.take(bytes), &mut std::io::sink());
        let Some(byte_skip) = self.byte_skip else {
            let reason = || format!("its last {needed} bytes are its data, and {length} are there");
            let before = length.checked_sub(needed).ok_or_else(|| IoError::new(ErrorKind::InvalidData, reason()))?;
            skip(&mut stream, before)?;
            return Ok(Box::new(stream));
        };
        for _ in 0..self.line_skip {
            if stream.skip_until(b'\n')? == 0 {
                break;
            }
        }
        // bzip2 packs a gigabyte of nothing into a kilobyte; what announces more than that only takes time.
        let compressed = matches!(self.encoding, Encoding::Gzip | Encoding::Bzip2);
        if matches!(self.encoding, Encoding::Bzip2) && needed > LARGE && needed / 2000 > length {
            let reason = format!("its header announces {needed} bytes, which cannot come of {length} compressed bytes");
            return Err(IoError::new(ErrorKind::InvalidData, reason));
        }
        if !compressed {
            skip(&mut stream, byte_skip)?;
        }
        let mut values: Box<dyn Read> = match self.encoding {
            Encoding::Raw => return Ok(Box::new(stream)),
            Encoding::Text => return Ok(Box::new(TextNumbers { text: stream, bytes: [0; 8], used: 8 })),
            Encoding::Hex => return Ok(Box::new(HexBytes(stream))),
            Encoding::Gzip => Box::new(GzipReader::new(stream)),
            Encoding::Bzip2 => Box::new(MultiBzDecoder::new(stream)),
        };
        skip(&mut values, byte_skip)?;
        Ok(values)
    }
}

/// One of several data files.
struct Part {
    name: String,
    stream: Box<dyn Read>,
    left: u64,
}

/// Several data files, one behind the other; each is opened when it is its turn.
struct Parts {
    files: std::vec::IntoIter<(SourceFile, String)>,
    layout: Layout,
    share: u64,
    part: Option<Part>,
}

impl Read for Parts {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        // The name of the part belongs to what is wrong with it.
        let wrong = |name: &str, what: String| IoError::new(ErrorKind::InvalidData, format!("{name}: {what}"));
        loop {
            let Some(part) = &mut self.part else {
                let Some((file, name)) = self.files.next() else { return Ok(0) };
                let stream = open(&file).and_then(|opened| self.layout.decoded(opened, self.share));
                let stream = stream.map_err(|error| wrong(&name, error.to_string()))?;
                self.part = Some(Part { name, stream, left: self.share });
                continue;
            };
            if part.left == 0 {
                // Reading on compares the checksum of compressed data.
                if part.stream.read(&mut [0]).map_err(|error| wrong(&part.name, error.to_string()))? > 0 {
                    return Err(wrong(&part.name, "it holds more than its share of the voxels".to_string()));
                }
                self.part = None;
                continue;
            }
            let read = part.stream.by_ref().take(part.left).read(buffer).map_err(|error| wrong(&part.name, error.to_string()))?;
            if read == 0 && !buffer.is_empty() {
                return Err(wrong(&part.name, "it holds less than its share of the voxels".to_string()));
            }
            part.left -= read as u64;
            return Ok(read);
        }
    }
}

/// Numbers in words, as the bytes of 64-bit ones.
struct TextNumbers<R> {
    text: R,
    bytes: [u8; 8],
    /// How many of `bytes` were handed out.
    used: usize,
}

impl<R: BufRead> TextNumbers<R> {
    /// The next number; `None` at the end.
    fn number(&mut self) -> std::io::Result<Option<f64>> {
        let mut word = Vec::new();
        for byte in self.text.by_ref().bytes() {
            match byte? {
                byte if byte.is_ascii_whitespace() || byte == b',' => {
                    if !word.is_empty() {
                        break;
                    }
                }
                byte => word.push(byte),
            }
            if word.len() > 64 {
                return Err(IoError::new(ErrorKind::InvalidData, "its text is not made of numbers"));
            }
        }
        if word.is_empty() {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&word);
        let wrong = || IoError::new(ErrorKind::InvalidData, format!("`{}` is no number", text.escape_default()));
        text.parse().map(Some).map_err(|_| wrong())
    }
}

impl<R: BufRead> Read for TextNumbers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut written = 0;
        while written < buffer.len() {
            if self.used == self.bytes.len() {
                let Some(number) = self.number()? else { break };
                (self.bytes, self.used) = (number.to_le_bytes(), 0);
            }
            let count = (self.bytes.len() - self.used).min(buffer.len() - written);
            buffer[written..written + count].copy_from_slice(&self.bytes[self.used..self.used + count]);
            (self.used, written) = (self.used + count, written + count);
        }
        Ok(written)
    }
}

/// Two hexadecimal digits a byte.
struct HexBytes<R>(R);

impl<R: BufRead> Read for HexBytes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut digits = self.0.by_ref().bytes().filter(|byte| !byte.as_ref().is_ok_and(u8::is_ascii_whitespace)).map(|byte| {
            let digit = char::from(byte?).to_digit(16);
            digit.ok_or_else(|| IoError::new(ErrorKind::InvalidData, "its text is not made of hexadecimal digits"))
        });
        for (written, slot) in buffer.iter_mut().enumerate() {
            let Some(high) = digits.next() else { return Ok(written) };
            let low = digits.next().unwrap_or_else(|| Err(IoError::new(ErrorKind::InvalidData, "its last byte is cut in half")));
            *slot = (high? << 4 | low?) as u8;
        }
        Ok(buffer.len())
    }
}
