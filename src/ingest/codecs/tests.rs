//! Streams of `tests/corpus/codecs.py`, against the closed forms they were made from and against what other decoders say; whole,
//! cut and damaged.

mod refused;

use super::{CompressedFrame, decode, supported};
use std::path::PathBuf;

/// A line of `streams.csv` with its files.
struct Stream {
    name: String,
    transfer_syntax: String,
    columns: u16,
    rows: u16,
    bits_allocated: u16,
    bits_stored: u16,
    signed: bool,
    bytes: Vec<u8>,
    values: Vec<i64>,
    /// How far from the values a sample may be.
    tolerance: i64,
}

impl Stream {
    fn frame(&self) -> CompressedFrame<'_> {
        self.with(&self.bytes)
    }

    fn with<'a>(&'a self, bytes: &'a [u8]) -> CompressedFrame<'a> {
        CompressedFrame {
            transfer_syntax: &self.transfer_syntax,
            bytes,
            columns: self.columns,
            rows: self.rows,
            bits_allocated: self.bits_allocated,
            bits_stored: self.bits_stored,
            signed: self.signed,
        }
    }

    /// The values of native samples: stored bits, sign extended.
    fn read(&self, native: &[u8]) -> Vec<i64> {
        let unused = 64 - u32::from(self.bits_stored);
        let value = |sample: &[u8]| {
            let bits = sample.iter().rev().fold(0u64, |bits, &byte| bits << 8 | u64::from(byte)) << unused;
            if self.signed { bits as i64 >> unused } else { (bits >> unused) as i64 }
        };
        native.chunks_exact(usize::from(self.bits_allocated).div_ceil(8)).map(value).collect()
    }

    fn is_right(&self, native: &[u8]) -> bool {
        let found = self.read(native);
        found.len() == self.values.len() && found.iter().zip(&self.values).all(|(a, b)| (a - b).abs() <= self.tolerance)
    }
}

fn corpus(file: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/codecs")).join(file)
}

/// The closed forms of `tests/corpus/codecs.py`; `m` is 2 to the number of bits.
fn pattern(name: &str, c: i64, r: i64, m: i64) -> i64 {
    match name {
        "ramp" => (7 * c + 13 * r) % m,
        "rough" => (31 * c * c + 17 * r * r + 7 * c * r + 3 * c) % m,
        "flat" => m / 3,
        "steps" => (c / 9 + r / 5) % 3 * (m / 3),
        "extremes" => (c * r + c + r / 2) % 2 * (m - 1),
        "disc" => i64::from((c - 20).pow(2) + (r - 18).pow(2) < 200),
        "slope" => 3 * (c - r),
        other => panic!("{other} is no pattern"),
    }
}

/// All streams that this build decodes.
fn streams() -> Vec<Stream> {
    let mut table = csv::Reader::from_path(corpus("streams.csv")).unwrap();
    let streams = table.records().map(|record| {
        let record = record.unwrap();
        let number = |i: usize| record[i].parse::<u16>().unwrap();
        let (columns, rows, bits_stored) = (number(2), number(3), number(5));
        let values = match std::fs::read(corpus(&format!("{}.values", &record[0]))) {
            Ok(bytes) => bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]).into()).collect(),
            Err(_) => {
                let at =
                    |place: i64| pattern(&record[7], place % i64::from(columns), place / i64::from(columns), 1 << bits_stored);
                (0..i64::from(columns) * i64::from(rows)).map(at).collect()
            }
        };
        Stream {
            name: record[0].to_string(),
            transfer_syntax: record[1].to_string(),
            columns,
            rows,
            bits_allocated: number(4),
            bits_stored,
            signed: number(6) == 1,
            bytes: std::fs::read(corpus(&format!("{}.bin", &record[0]))).unwrap(),
            values,
            tolerance: record[8].parse().unwrap_or(0),
        }
    });
    let streams: Vec<_> = streams.filter(|stream| supported(&stream.transfer_syntax).is_ok()).collect();
    assert!(streams.len() > 90, "only {} streams", streams.len());
    streams
}

fn stream(name: &str) -> Stream {
    streams().into_iter().find(|stream| stream.name == name).unwrap_or_else(|| panic!("no stream {name}"))
}

#[test]
fn every_sample_of_every_stream_is_right() {
    for stream in streams() {
        let native = decode(&stream.frame()).unwrap_or_else(|error| panic!("{}: {error}", stream.name));
        let found = stream.read(&native);
        assert_eq!(found.len(), stream.values.len(), "{}", stream.name);
        for (place, (found, value)) in found.iter().zip(&stream.values).enumerate() {
            let (row, column) = (place / usize::from(stream.columns), place % usize::from(stream.columns));
            assert!(
                (found - value).abs() <= stream.tolerance,
                "{}: {found}, not {value} at column {column}, row {row}",
                stream.name
            );
        }
    }
}

/// No prefix may give wrong samples. Some give the right ones: those that lack only padding or the end marker.
#[test]
fn cut_streams_are_refused_or_right() {
    for stream in streams() {
        let mut refused = 0;
        for cut in 0..stream.bytes.len() {
            match decode(&stream.with(&stream.bytes[..cut])) {
                Ok(native) => assert!(stream.is_right(&native), "{}: wrong samples from the first {cut} bytes", stream.name),
                Err(_) => refused += 1,
            }
        }
        assert!(refused + 4 > stream.bytes.len(), "{}: only {refused} of {} are refused", stream.name, stream.bytes.len());
    }
}

/// Numbers that look random and are the same every time.
struct Noise(u64);

impl Noise {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % limit
    }
}

/// One byte of the stream changed at each of `rounds` places; how many of the results are wrong samples.
fn wrong_after_damage(stream: &Stream, noise: &mut Noise, rounds: usize) -> usize {
    let outcomes = (0..rounds).map(|_| {
        let mut bytes = stream.bytes.clone();
        bytes[noise.below(stream.bytes.len())] ^= 1 + noise.below(255) as u8;
        decode(&stream.with(&bytes))
    });
    outcomes.filter(|outcome| outcome.as_ref().is_ok_and(|native| !stream.is_right(native))).count()
}

#[test]
fn damaged_streams_end_no_program() {
    let mut noise = Noise(0x5EED);
    for stream in streams() {
        wrong_after_damage(&stream, &mut noise, 40);
    }
}

#[test]
fn most_damage_of_jpeg_lossless_and_jpeg_ls_is_found() {
    let mut noise = Noise(0x5EED);
    for name in ["lossless_8_p1", "lossless_12_p1", "lossless_12_p6", "ls_8_rough", "ls_12_rough", "ls_12_ramp_near2"] {
        let wrong = wrong_after_damage(&stream(name), &mut noise, 300);
        assert!(wrong < 100, "{name}: {wrong} of 300 changes give wrong samples");
    }
}
