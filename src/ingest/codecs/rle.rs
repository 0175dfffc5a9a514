//! RLE Lossless (PS3.5 annex G): a header of 64 bytes, then one segment for every byte of a sample, the highest byte first.

use super::{CodecError, CompressedFrame};

/// Sixteen numbers of 32 bits: the count of segments and fifteen offsets.
const HEADER: usize = 64;

/// Two bytes of a segment stand for 128 bytes at most.
const RATIO: usize = 64;

/// A one-bit sample takes a byte (PS3.5 G.2).
pub(super) fn decode(frame: &CompressedFrame<'_>) -> Result<Vec<u8>, CodecError> {
    let (samples, width) = (frame.samples(), frame.sample_bytes());
    let segments = segments(frame.bytes, width)?;
    if let Some(short) = segments.iter().position(|segment| segment.len().saturating_mul(RATIO) < samples) {
        return Err(too_short(short, segments[short].len() * RATIO, samples));
    }
    let mut native = vec![0; samples * width];
    for (number, segment) in segments.iter().enumerate() {
        let places = native[width - 1 - number..].iter_mut().step_by(width);
        let found = unpack(segment, places);
        if found < samples {
            return Err(too_short(number, found, samples));
        }
        // A few bytes more are padding. A row more is another image than the attributes describe, and RLE has no other sign of it.
        if found >= samples + usize::from(frame.columns) {
            return Err(CodecError::Corrupt(format!("RLE segment {} holds {found} bytes, {samples} are needed", number + 1)));
        }
    }
    Ok(native)
}

fn too_short(number: usize, found: usize, samples: usize) -> CodecError {
    CodecError::Corrupt(format!("RLE segment {} ends after {found} of {samples} bytes", number + 1))
}

/// The segments that the header lists: one for every byte of a sample, in order and inside of the frame.
fn segments(bytes: &[u8], width: usize) -> Result<Vec<&[u8]>, CodecError> {
    let Some(header) = bytes.get(..HEADER) else {
        return Err(CodecError::Corrupt(format!("the RLE header needs {HEADER} bytes, {} are there", bytes.len())));
    };
    let numbers: Vec<usize> =
        header.chunks_exact(4).map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]) as usize).collect();
    if numbers[0] != width {
        return Err(CodecError::Corrupt(format!(
            "the RLE header counts {} segments, samples of this size need {width}",
            numbers[0]
        )));
    }
    let mut limits = numbers[1..=width].to_vec();
    limits.push(bytes.len());
    if limits[0] < HEADER {
        return Err(CodecError::Corrupt(format!("RLE segment 1 starts at byte {}, inside of the header", limits[0])));
    }
    limits
        .windows(2)
        .enumerate()
        .map(|(number, pair)| {
            bytes.get(pair[0]..pair[1]).ok_or_else(|| {
                CodecError::Corrupt(format!(
                    "RLE segment {} runs from byte {} to byte {} of {}",
                    number + 1,
                    pair[0],
                    pair[1],
                    bytes.len()
                ))
            })
        })
        .collect()
}

/// Unpacks a segment into its places and returns how many bytes it holds, which may be fewer or more.
fn unpack<'a>(segment: &[u8], mut places: impl Iterator<Item = &'a mut u8>) -> usize {
    let (mut rest, mut found) = (segment, 0);
    while let Some((&control, after)) = rest.split_first() {
        // Below zero: a byte repeated. From zero on: so many bytes as they are. -128 means nothing.
        let control = control as i8;
        let count = usize::from(control.unsigned_abs()) + 1;
        rest = match control {
            i8::MIN => after,
            -127..=-1 => {
                let Some((&value, after)) = after.split_first() else { break };
                places.by_ref().take(count).for_each(|place| *place = value);
                found += count;
                after
            }
            0.. => {
                let (literal, after) = after.split_at(count.min(after.len()));
                // In this order: the other one would lose a place at the end of the literal bytes.
                literal.iter().zip(places.by_ref()).for_each(|(&value, place)| *place = value);
                found += literal.len();
                after
            }
        };
    }
    found
}
