//! The markers of a JPEG or JPEG-LS stream (ITU-T T.81 annex B, T.87 annex C) up to its scan.

use super::huffman::HuffmanTable;
use super::{CodecError, CompressedFrame, StreamShape};

/// Second byte of a marker; the first is 0xFF.
pub(super) mod marker {
    pub const SOF0: u8 = 0xC0;
    pub const SOF1: u8 = 0xC1;
    pub const SOF3: u8 = 0xC3;
    pub const DHT: u8 = 0xC4;
    pub const JPG: u8 = 0xC8;
    pub const DAC: u8 = 0xCC;
    pub const SOF15: u8 = 0xCF;
    pub const RST0: u8 = 0xD0;
    pub const RST7: u8 = 0xD7;
    pub const SOI: u8 = 0xD8;
    pub const EOI: u8 = 0xD9;
    pub const SOS: u8 = 0xDA;
    pub const DRI: u8 = 0xDD;
    pub const SOF55: u8 = 0xF7;
    pub const LSE: u8 = 0xF8;
}

/// A stream of one component with one scan.
pub(super) struct JpegStream<'a> {
    /// Marker of the frame header: the coding process.
    pub process: u8,
    /// Bits of a sample.
    pub precision: u32,
    /// The tables of the scan, for differences and for coefficients; the first is the only one of a lossless stream.
    pub difference_table: Option<HuffmanTable>,
    pub coefficient_table: Option<HuffmanTable>,
    /// Units of the scan between two restart markers; 0 is all of them.
    pub restart_interval: usize,
    /// Start of the spectral selection, the predictor of a lossless stream, or NEAR.
    pub start: u8,
    /// End of the spectral selection, or the interleave mode.
    pub end: u8,
    /// Successive approximation: the lower half is the point transform.
    pub approximation: u8,
    /// MAXVAL, T1, T2, T3 and RESET of JPEG-LS.
    pub presets: Option<[u16; 5]>,
    /// What follows the header of the scan.
    pub entropy: &'a [u8],
}

impl<'a> JpegStream<'a> {
    /// Reads the header and compares it with the frame.
    pub fn read(frame: &CompressedFrame<'a>, format: &'static str) -> Result<Self, CodecError> {
        Header::new(frame.bytes, format)?.read(frame)
    }
}

/// What follows the end marker: padding, or whatever else a writer left there, but no second image.
pub(super) fn ends_here(format: &str, after: &[u8]) -> Result<(), CodecError> {
    match after.windows(3).any(|three| three == [0xFF, marker::SOI, 0xFF]) {
        true => Err(CodecError::Corrupt(format!("a second image follows the {format} stream of the frame"))),
        false => Ok(()),
    }
}

/// A stream on the way through its markers.
struct Header<'a> {
    format: &'static str,
    rest: &'a [u8],
    frame_header: Option<(u8, u32, u8)>,
    difference_tables: [Option<HuffmanTable>; 4],
    coefficient_tables: [Option<HuffmanTable>; 4],
    restart_interval: usize,
    presets: Option<[u16; 5]>,
}

impl<'a> Header<'a> {
    fn new(bytes: &'a [u8], format: &'static str) -> Result<Self, CodecError> {
        let Some(rest) = bytes.strip_prefix(&[0xFF, marker::SOI]) else {
            return Err(CodecError::Corrupt(format!("the frame is no {format} stream")));
        };
        Ok(Self {
            format,
            rest,
            frame_header: None,
            difference_tables: Default::default(),
            coefficient_tables: Default::default(),
            restart_interval: 0,
            presets: None,
        })
    }

    fn wrong(&self, what: impl std::fmt::Display) -> CodecError {
        CodecError::Corrupt(format!("the {} header {what}", self.format))
    }

    /// The next marker, without the bytes that fill up before it.
    fn marker(&mut self) -> Result<u8, CodecError> {
        let fill = self.rest.iter().take_while(|&&byte| byte == 0xFF).count();
        match (fill, self.rest.get(fill)) {
            (_, None) => Err(self.wrong("breaks off")),
            (1.., Some(&marker)) if marker != 0 => {
                self.rest = &self.rest[fill + 1..];
                Ok(marker)
            }
            _ => Err(self.wrong("has other bytes where a marker is due")),
        }
    }

    /// The content of a marker segment, without its length.
    fn segment(&mut self) -> Result<&'a [u8], CodecError> {
        let length = self.rest.first_chunk().map_or(0, |&two| usize::from(u16::from_be_bytes(two)));
        let segment = self.rest.get(2..length).ok_or_else(|| self.wrong("breaks off"))?;
        self.rest = &self.rest[length..];
        Ok(segment)
    }

    fn read(mut self, frame: &CompressedFrame<'_>) -> Result<JpegStream<'a>, CodecError> {
        loop {
            let marker = self.marker()?;
            match marker {
                marker::SOS => return self.scan(),
                marker::RST0..=marker::EOI | 0x01 => {
                    return Err(self.wrong(format!("has the marker FF{marker:02X} before the scan")));
                }
                _ => {}
            }
            let segment = self.segment()?;
            match marker {
                marker::DHT => self.huffman_tables(segment)?,
                marker::DRI => match segment {
                    &[high, low] => self.restart_interval = usize::from(u16::from_be_bytes([high, low])),
                    _ => return Err(self.wrong(format!("gives the restart interval in {} bytes, 2 are right", segment.len()))),
                },
                marker::LSE => self.presets(segment)?,
                marker::JPG | marker::DAC => return Err(self.unread(marker)),
                marker::SOF0..=marker::SOF15 | marker::SOF55 => self.frame_header(marker, segment, frame)?,
                _ => {}
            }
        }
    }

    fn unread(&self, marker: u8) -> CodecError {
        let process = match marker {
            0xC2 | 0xC6 | 0xCA | 0xCE => "progressive",
            0xC5 | 0xC7 | 0xCD | 0xCF => "hierarchical",
            0xC9 | 0xCB | 0xCC => "arithmetic",
            _ => "another",
        };
        CodecError::Unsupported(format!("{} with {process} coding (marker FF{marker:02X})", self.format))
    }

    fn frame_header(&mut self, marker: u8, segment: &[u8], frame: &CompressedFrame<'_>) -> Result<(), CodecError> {
        let &[precision, rows_high, rows_low, columns_high, columns_low, components, ..] = segment else {
            return Err(self.wrong("breaks off"));
        };
        let shape = StreamShape {
            format: self.format,
            columns: u16::from_be_bytes([columns_high, columns_low]).into(),
            rows: u16::from_be_bytes([rows_high, rows_low]).into(),
            components: components.into(),
            precision: precision.into(),
        };
        shape.agrees_with(frame)?;
        if !(2..=16).contains(&precision) {
            return Err(self.wrong(format!("gives samples of {precision} bits, 2 to 16 are allowed")));
        }
        if segment.len() != 9 {
            return Err(self.wrong(format!("describes 1 component in {} bytes, 9 are right", segment.len())));
        }
        if !matches!(marker, marker::SOF0 | marker::SOF1 | marker::SOF3 | marker::SOF55) {
            return Err(self.unread(marker));
        }
        match self.frame_header.replace((marker, shape.precision, segment[6])) {
            None => Ok(()),
            Some(_) => Err(self.wrong("describes two images")),
        }
    }

    fn huffman_tables(&mut self, mut segment: &[u8]) -> Result<(), CodecError> {
        while let Some((&place, after)) = segment.split_first() {
            let counts: &[u8; 16] = after.first_chunk().ok_or_else(|| self.wrong("breaks off in a Huffman table"))?;
            let symbols: usize = counts.iter().map(|&count| usize::from(count)).sum();
            let table = after.get(16..16 + symbols).and_then(|symbols| HuffmanTable::new(counts, symbols));
            let tables = if place >> 4 == 0 { &mut self.difference_tables } else { &mut self.coefficient_tables };
            match (tables.get_mut(usize::from(place & 0x0F)), table) {
                (Some(slot), Some(table)) if place >> 4 <= 1 => *slot = Some(table),
                _ => return Err(self.wrong("has a Huffman table that cannot be")),
            }
            segment = &after[16 + symbols..];
        }
        Ok(())
    }

    fn presets(&mut self, segment: &[u8]) -> Result<(), CodecError> {
        match segment {
            [1, numbers @ ..] if numbers.len() == 10 => {
                let number = |i: usize| u16::from_be_bytes([numbers[2 * i], numbers[2 * i + 1]]);
                self.presets = Some(std::array::from_fn(number));
                Ok(())
            }
            [1, ..] | [] => Err(self.wrong(format!("gives its presets in {} bytes, 11 are right", segment.len()))),
            [kind, ..] => Err(CodecError::Unsupported(format!("{} with a mapping table (LSE {kind})", self.format))),
        }
    }

    /// The header of the scan; the stream starts after it.
    fn scan(mut self) -> Result<JpegStream<'a>, CodecError> {
        let segment = self.segment()?;
        let Some((process, precision, component)) = self.frame_header else {
            return Err(self.wrong("has no frame header before the scan"));
        };
        let &[1, selected, tables, start, end, approximation] = segment else {
            return Err(self.wrong("has a scan that is not of 1 component"));
        };
        if selected != component {
            return Err(self.wrong(format!("has a scan of component {selected}, the image is component {component}")));
        }
        let take = |tables: &mut [Option<HuffmanTable>; 4], place: u8| tables.get_mut(usize::from(place)).and_then(Option::take);
        Ok(JpegStream {
            process,
            precision,
            difference_table: take(&mut self.difference_tables, tables >> 4),
            coefficient_table: take(&mut self.coefficient_tables, tables & 0x0F),
            restart_interval: self.restart_interval,
            start,
            end,
            approximation,
            presets: self.presets,
            entropy: self.rest,
        })
    }
}
