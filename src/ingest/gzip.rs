//! The gzip format (RFC 1952) around the inflate of `flate2`: where a mask is mostly background, the checksum of its decoder takes as
//! long as everything else, and that of `crc32fast` a fraction of it.

use crc32fast::Hasher;
use flate2::{Decompress, FlushDecompress, Status};
use std::io::{BufRead, Error, ErrorKind, Read, Result};

/// The first two bytes of a member.
pub(super) const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// What may be wrong with gzip data, besides their end or what inflate finds.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub(super) enum Fault {
    #[error("its checksum does not fit its data")]
    Checksum,
    /// At the start, or behind the last member.
    #[error("it does not go on as gzip data do")]
    NotGzip,
}

impl Fault {
    /// The fault that an error stands for.
    pub fn of(error: &Error) -> Option<Fault> {
        error.get_ref()?.downcast_ref().copied()
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Error {
        Error::new(ErrorKind::InvalidData, fault)
    }
}

/// Inflates all members of gzip data. A checksum is compared when the end of its member is read.
pub(super) struct GzipReader<R> {
    compressed: R,
    inflate: Decompress,
    /// Of the member so far.
    hash: Hasher,
    members: usize,
    next: Next,
}

#[derive(Debug, Clone, Copy)]
enum Next {
    Header,
    Data,
    Checksum,
    Nothing,
}

impl<R: BufRead> GzipReader<R> {
    pub fn new(compressed: R) -> GzipReader<R> {
        GzipReader { compressed, inflate: Decompress::new(false), hash: Hasher::new(), members: 0, next: Next::Header }
    }

    /// Reads the header of the next member, if there is one.
    fn header(&mut self) -> Result<Next> {
        const METHOD_DEFLATE: u8 = 8;
        let [has_checksum, has_extra, has_name, has_comment] = [1 << 1, 1 << 2, 1 << 3, 1 << 4];
        let starts_alike = |bytes: &[u8]| MAGIC.iter().zip(bytes).all(|(expected, byte)| expected == byte);
        let next = self.compressed.fill_buf()?;
        if next.is_empty() && self.members > 0 {
            return Ok(Next::Nothing);
        }
        if !starts_alike(next) {
            return Err(Fault::NotGzip.into());
        }
        let mut fixed = [0; 10];
        self.compressed.read_exact(&mut fixed)?;
        let [_, _, method, flags, ..] = fixed;
        if !starts_alike(&fixed) || method != METHOD_DEFLATE || flags >> 5 != 0 {
            return Err(Fault::NotGzip.into());
        }
        if flags & has_extra != 0 {
            let length = u16::from_le_bytes(self.array()?);
            self.skip(length.into())?;
        }
        for text in [has_name, has_comment] {
            if flags & text != 0 && self.compressed.skip_until(0)? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        if flags & has_checksum != 0 {
            self.skip(2)?;
        }
        self.members += 1;
        self.inflate.reset(false);
        self.hash.reset();
        Ok(Next::Data)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.compressed.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn skip(&mut self, bytes: u64) -> Result<()> {
        let skipped = std::io::copy(&mut self.compressed.by_ref().take(bytes), &mut std::io::sink())?;
        if skipped < bytes { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    /// Inflates some data, and how many bytes of it.
    fn data(&mut self, buffer: &mut [u8]) -> Result<(Next, usize)> {
        let compressed = self.compressed.fill_buf()?;
        let at_end = compressed.is_empty();
        let (read_before, written_before) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(compressed, buffer, FlushDecompress::None)?;
        self.compressed.consume((self.inflate.total_in() - read_before) as usize);
        let written = (self.inflate.total_out() - written_before) as usize;
        self.hash.update(&buffer[..written]);
        match status {
            Status::StreamEnd => Ok((Next::Checksum, written)),
            _ if written == 0 && at_end => Err(ErrorKind::UnexpectedEof.into()),
            _ => Ok((Next::Data, written)),
        }
    }

    /// Compares what was inflated with the checksum and the length behind it.
    fn checksum(&mut self) -> Result<Next> {
        let [checksum, length] = [self.array()?, self.array()?].map(u32::from_le_bytes);
        // The length is stated modulo 2^32.
        let fits = (checksum, length) == (self.hash.clone().finalize(), self.inflate.total_out() as u32);
        if fits { Ok(Next::Header) } else { Err(Fault::Checksum.into()) }
    }
}

impl<R: BufRead> Read for GzipReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let mut written = 0;
        while written == 0 && !buffer.is_empty() {
            (self.next, written) = match self.next {
                Next::Header => (self.header()?, 0),
                Next::Data => self.data(buffer)?,
                Next::Checksum => (self.checksum()?, 0),
                Next::Nothing => break,
            };
        }
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, GzBuilder, write::GzEncoder};
    use std::io::{BufReader, Write};

    fn packed(data: &[u8], builder: GzBuilder) -> Vec<u8> {
        let mut encoder: GzEncoder<Vec<u8>> = builder.write(Vec::new(), Compression::default());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn inflated(gzip: &[u8]) -> Result<Vec<u8>> {
        let mut data = Vec::new();
        GzipReader::new(gzip).read_to_end(&mut data).map(|_| data)
    }

    #[test]
    fn members_with_every_kind_of_header_follow_each_other() {
        let (first, second) = (vec![7; 100_000], b"second".to_vec());
        let named = GzBuilder::new().filename("mask.nii").comment("a comment").extra(vec![1, 2, 3, 0]).mtime(5);
        let both = [packed(&first, named), packed(&[], GzBuilder::new()), packed(&second, GzBuilder::new())].concat();
        let expected = [&first[..], &second].concat();
        assert_eq!(inflated(&both).unwrap(), expected);
        // However little is there at a time, and is asked for.
        let mut slow = GzipReader::new(BufReader::with_capacity(1, &both[..]));
        let mut data = Vec::new();
        let mut piece = [0; 3];
        loop {
            match slow.read(&mut piece).unwrap() {
                0 => break,
                read => data.extend_from_slice(&piece[..read]),
            }
        }
        assert_eq!(data, expected);
        assert_eq!(slow.read(&mut piece).unwrap(), 0);
    }

    #[test]
    fn a_checksum_of_the_header_is_skipped() {
        let plain = packed(b"data", GzBuilder::new());
        let mut with_checksum = plain.clone();
        with_checksum[3] |= 2;
        with_checksum.splice(10..10, [0xaa, 0xbb]);
        assert_eq!(inflated(&with_checksum).unwrap(), b"data");
    }

    #[test]
    fn every_cut_and_every_changed_byte_of_the_end_is_found() {
        let gzip = packed(&[1, 2, 3, 4, 5], GzBuilder::new());
        for length in 0..gzip.len() {
            assert_eq!(inflated(&gzip[..length]).unwrap_err().kind(), ErrorKind::UnexpectedEof, "{length}");
        }
        // Checksum and length are the last eight bytes (RFC 1952 section 2.3).
        for place in gzip.len() - 8..gzip.len() {
            let mut changed = gzip.clone();
            changed[place] ^= 1;
            assert_eq!(Fault::of(&inflated(&changed).unwrap_err()), Some(Fault::Checksum));
        }
        for (place, byte) in [(0, 0), (1, 0), (2, 7), (3, 0x20)] {
            let mut changed = gzip.clone();
            changed[place] = byte;
            assert_eq!(Fault::of(&inflated(&changed).unwrap_err()), Some(Fault::NotGzip));
        }
        for rest in [&[0][..], &[0; 100], b"text"] {
            assert_eq!(Fault::of(&inflated(&[&gzip, rest].concat()).unwrap_err()), Some(Fault::NotGzip));
        }
    }
}
