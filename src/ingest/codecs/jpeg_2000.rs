//! JPEG 2000 and HTJ2K (ITU-T T.800 annex A, T.814).
//!
//! The decoder is a translation of OpenJPEG. It gets the codestream without a JP2 wrapper, whose palettes and channels are not
//! for it to apply, and only when every tile is there: missing ones would come out as zeros.

use super::{CodecError, CompressedFrame, StreamShape, registry, sign_is_certain};

const FORMAT: &str = "JPEG 2000";

/// The decoder takes some kilobytes for every tile, however small it is.
const MOST_TILES: usize = 4096;

/// Second byte of a marker; the first is 0xFF.
mod marker {
    pub const SOC: u8 = 0x4F;
    pub const SIZ: u8 = 0x51;
    pub const SOT: u8 = 0x90;
    pub const EOC: u8 = 0xD9;
}

pub(super) fn decode(frame: &CompressedFrame<'_>) -> Result<Vec<u8>, CodecError> {
    let codestream = codestream(frame.bytes)?;
    let size = Size::read(codestream)?;
    size.shape.agrees_with(frame)?;
    if frame.bits_allocated > 16 {
        return Err(CodecError::Unsupported(format!("{FORMAT} with BitsAllocated {}; up to 16 is read", frame.bits_allocated)));
    }
    tiles_are_complete(codestream, size.tiles)?;
    let own = CompressedFrame { bytes: codestream, ..*frame };
    // The decoder knows no one-bit samples as such, but its bytes are right for them.
    let samples = registry::decode(&own, frame.bits_allocated.max(8))?;
    sign_is_certain(frame, size.shape.precision, size.signed, &samples)?;
    Ok(samples)
}

fn wrong(what: &str) -> CodecError {
    CodecError::Corrupt(format!("the {FORMAT} {what}"))
}

/// The codestream, taken out of a JP2 wrapper if there is one (T.800 annex I).
fn codestream(bytes: &[u8]) -> Result<&[u8], CodecError> {
    const SIGNATURE: &[u8] = b"\0\0\0\x0CjP  \r\n\x87\n";
    if !bytes.starts_with(SIGNATURE) {
        return Ok(bytes);
    }
    let mut rest = bytes;
    while let Some((kind, content, after)) = first_box(rest) {
        match kind {
            b"jp2c" => return Ok(content),
            b"jp2h" if has_palette(content) => {
                return Err(CodecError::Unsupported(format!("{FORMAT} with a palette")));
            }
            _ => rest = after,
        }
    }
    Err(wrong("wrapper holds no codestream"))
}

fn has_palette(mut boxes: &[u8]) -> bool {
    std::iter::from_fn(|| {
        let (kind, _, after) = first_box(boxes)?;
        boxes = after;
        Some(kind)
    })
    .any(|kind| kind == b"pclr")
}

/// Kind and content of the first box, and what follows it.
fn first_box(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let length = usize::try_from(u32::from_be_bytes(*bytes.first_chunk()?)).ok()?;
    let kind = bytes.get(4..8)?;
    let (header, length) = match length {
        // Up to the end.
        0 => (8, bytes.len()),
        // Too long for 32 bits, or written as if it were.
        1 => (16, usize::try_from(u64::from_be_bytes(*bytes.get(8..)?.first_chunk()?)).ok()?),
        length => (8, length),
    };
    Some((kind, bytes.get(header..length)?, &bytes[length..]))
}

/// The SIZ marker segment (A.5.1).
struct Size {
    shape: StreamShape,
    signed: bool,
    tiles: usize,
}

impl Size {
    fn read(codestream: &[u8]) -> Result<Self, CodecError> {
        let Some(segment) = codestream.strip_prefix(&[0xFF, marker::SOC, 0xFF, marker::SIZ]) else {
            return Err(CodecError::Corrupt(format!("the frame is no {FORMAT} stream")));
        };
        let Some((fields, components)) = segment.split_at_checked(38) else { return Err(wrong("header breaks off")) };
        let number = |at: usize| u32::from_be_bytes([fields[at], fields[at + 1], fields[at + 2], fields[at + 3]]);
        let [x_end, y_end, x_start, y_start] = [4, 8, 12, 16].map(number);
        let [tile_width, tile_height, tiles_x, tiles_y] = [20, 24, 28, 32].map(number);
        let &[depth, step_x, step_y, ..] = components else { return Err(wrong("header breaks off")) };
        let shape = StreamShape {
            format: FORMAT,
            columns: x_end.saturating_sub(x_start),
            rows: y_end.saturating_sub(y_start),
            components: u16::from_be_bytes([fields[36], fields[37]]).into(),
            precision: u32::from(depth & 0x7F) + 1,
        };
        if (step_x, step_y) != (1, 1) {
            return Err(wrong(&format!("component has one sample for {step_x} x {step_y} pixels, 1 x 1 is right")));
        }
        let tiles = |end: u32, start: u32, tile: u32| end.saturating_sub(start).checked_div(tile).map(|whole| whole as usize + 1);
        // The number of tiles is the rounded-up quotient.
        let across = tiles(x_end.saturating_sub(1), tiles_x, tile_width);
        let down = tiles(y_end.saturating_sub(1), tiles_y, tile_height);
        match across.zip(down).map(|(across, down)| across.saturating_mul(down)) {
            Some(tiles @ 1..=MOST_TILES) => Ok(Self { shape, signed: depth & 0x80 != 0, tiles }),
            Some(tiles) => Err(CodecError::Unsupported(format!("{FORMAT} with {tiles} tiles; up to {MOST_TILES} are read"))),
            None => Err(wrong("header gives tiles of no size")),
        }
    }
}

/// Follows the tile-parts (A.4.2) up to the end marker and sees that every tile has one.
fn tiles_are_complete(codestream: &[u8], tiles: usize) -> Result<(), CodecError> {
    let mut rest = &codestream[2..];
    let mut seen = vec![false; tiles];
    loop {
        match *rest {
            [0xFF, marker::SOT, 0, 10, high, low, l3, l2, l1, l0, ..] => {
                let tile = usize::from(u16::from_be_bytes([high, low]));
                match seen.get_mut(tile) {
                    Some(seen) => *seen = true,
                    None => return Err(wrong(&format!("stream has a tile {}, {tiles} are expected", tile + 1))),
                }
                let length = match u32::from_be_bytes([l3, l2, l1, l0]) as usize {
                    // Up to the end marker, which cannot occur in coded data.
                    0 => rest.windows(2).position(|pair| pair == [0xFF, marker::EOC]).unwrap_or(usize::MAX),
                    length => length,
                };
                rest = match rest.get(length..) {
                    Some(after) if length >= 12 => after,
                    _ => return Err(wrong(&format!("stream breaks off in tile {}", tile + 1))),
                };
            }
            [0xFF, marker::EOC, ..] => break,
            [0xFF, 0x50..=0x7F, high, low, ..] if !seen.contains(&true) => {
                let length = usize::from(u16::from_be_bytes([high, low]));
                rest = rest.get(2 + length..).ok_or_else(|| wrong("header breaks off"))?;
            }
            [] | [_] => return Err(wrong("stream breaks off before its end marker")),
            _ => return Err(wrong("stream has other bytes where a marker is due")),
        }
    }
    if rest[2..].windows(3).any(|three| three == [0xFF, marker::SOC, 0xFF]) {
        return Err(wrong("stream of the frame is followed by a second image"));
    }
    match seen.iter().position(|seen| !seen) {
        Some(missing) => Err(wrong(&format!("stream has no tile {} of {tiles}", missing + 1))),
        None => Ok(()),
    }
}
