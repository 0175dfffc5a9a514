//! Huffman-coded data of a JPEG scan (ITU-T T.81 annex F.2.2): pieces without stuffed bytes, codes, bits.

use super::CodecError;
use super::jpeg_header::{ends_here, marker};

/// Codes of up to so many bits are found in one step.
const QUICK_BITS: u32 = 10;

/// The codes of one table.
pub(super) struct HuffmanTable {
    /// For the next `QUICK_BITS` bits: length of the code and its symbol; length 0 if it is longer.
    quick: Vec<(u8, u8)>,
    /// For every length up to 16: the 16-bit window of the first longer code, 0 where no code has this length.
    limits: [u32; 17],
    /// For every length: place of its first symbol, less its first code.
    offsets: [i32; 17],
    symbols: Vec<u8>,
}

impl HuffmanTable {
    /// From the number of codes of 1 to 16 bits and their symbols; `None` if there cannot be so many codes.
    pub fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut table =
            Self { quick: vec![(0, 0); 1 << QUICK_BITS], limits: [0; 17], offsets: [0; 17], symbols: symbols.to_vec() };
        let (mut code, mut place) = (0u32, 0usize);
        for (length, &count) in (1u32..).zip(counts) {
            let after = code + u32::from(count);
            if after > 1 << length {
                return None;
            }
            if count > 0 {
                table.limits[length as usize] = after << (16 - length);
                table.offsets[length as usize] = place as i32 - code as i32;
            }
            for &symbol in symbols.get(place..place + usize::from(count))? {
                if length <= QUICK_BITS {
                    let first = (code << (QUICK_BITS - length)) as usize;
                    table.quick[first..first + (1 << (QUICK_BITS - length))].fill((length as u8, symbol));
                }
                code += 1;
            }
            place += usize::from(count);
            code <<= 1;
        }
        Some(table)
    }

    /// Length and symbol of the code that the 16 bits start with; `None` if none does.
    #[inline(always)]
    fn find(&self, window: u32) -> Option<(u32, u8)> {
        let (length, symbol) = self.quick[(window >> (16 - QUICK_BITS)) as usize];
        if length > 0 {
            return Some((length.into(), symbol));
        }
        let length = (1..=16u32).find(|&length| window < self.limits[length as usize])?;
        let place = (window >> (16 - length)) as i32 + self.offsets[length as usize];
        Some((length, *self.symbols.get(usize::try_from(place).ok()?)?))
    }
}

/// Bits of one piece of a scan, the highest of a byte first.
pub(super) struct BitReader<'a> {
    rest: &'a [u8],
    /// The next bits, the first one highest.
    window: u64,
    /// How many bits of the window are there.
    available: u32,
}

impl<'a> BitReader<'a> {
    pub fn new(piece: &'a [u8]) -> Self {
        Self { rest: piece, window: 0, available: 0 }
    }

    /// Fills the window with at least 56 bits, or with all that are left.
    #[inline(always)]
    fn refill(&mut self) {
        if let Some(&eight) = self.rest.first_chunk() {
            // Bits below `available` may be there already; they are the same ones.
            self.window |= u64::from_be_bytes(eight) >> self.available;
            let bytes = (63 - self.available) / 8;
            self.rest = &self.rest[bytes as usize..];
            self.available += 8 * bytes;
            return;
        }
        while let (Some((&byte, after)), 0..=55) = (self.rest.split_first(), self.available) {
            self.window |= u64::from(byte) << (56 - self.available);
            self.rest = after;
            self.available += 8;
        }
    }

    /// The next symbol and the number of `bits(symbol)` bits, 15 at most, that follows its code (T.81 F.2.2.1): the upper half of
    /// the range as it is, the lower half negative. `None` if the code is in no table or the piece ends.
    #[inline(always)]
    pub fn coded(&mut self, table: &HuffmanTable, bits: impl Fn(u8) -> u8) -> Option<(u8, i32)> {
        self.refill();
        let (length, symbol) = table.find((self.window >> 48) as u32)?;
        let bits = u32::from(bits(symbol));
        self.available = self.available.checked_sub(length + bits)?;
        // Two shifts: one by 64 bits there is not.
        let value = (self.window << length >> 1 >> (63 - bits)) as i32;
        self.window <<= length + bits;
        let negative = bits > 0 && value >> (bits - 1) == 0;
        Some((symbol, if negative { value - (1 << bits) + 1 } else { value }))
    }

    /// Whether only the bits that fill up the last byte are left: all ones, or all zeros as some writers have it.
    pub fn is_at_end(&mut self) -> bool {
        self.refill();
        let padding = self.window.checked_shr(64 - self.available).unwrap_or(0);
        self.available < 8 && (padding == 0 || padding == (1 << self.available) - 1)
    }
}

/// The pieces of a scan between restart markers, without the zero bytes that are stuffed in after 0xFF. Their number must be
/// `expected`. The end marker may be missing.
pub(super) fn pieces(format: &str, entropy: &[u8], expected: usize) -> Result<Vec<Vec<u8>>, CodecError> {
    let mut pieces = Vec::new();
    let mut piece = Vec::with_capacity(if expected == 1 { entropy.len() } else { 0 });
    let mut rest = entropy;
    loop {
        let plain = rest.iter().position(|&byte| byte == 0xFF).unwrap_or(rest.len());
        piece.extend_from_slice(&rest[..plain]);
        rest = rest.get(plain + 1..).unwrap_or_default();
        match rest.first() {
            Some(0) => {
                piece.push(0xFF);
                rest = &rest[1..];
            }
            // A byte that fills up before a marker; the next round finds it again.
            Some(0xFF) => {}
            Some(&found @ marker::RST0..=marker::RST7) => {
                let due = marker::RST0 + (pieces.len() % 8) as u8;
                if found != due || pieces.len() + 1 >= expected {
                    return Err(CodecError::Corrupt(format!(
                        "the {format} scan has restart marker FF{found:02X} at the wrong place"
                    )));
                }
                pieces.push(std::mem::take(&mut piece));
                rest = &rest[1..];
            }
            Some(&marker::EOI) => {
                ends_here(format, &rest[1..])?;
                break;
            }
            None => break,
            Some(other) => return Err(CodecError::Corrupt(format!("the {format} scan is interrupted by marker FF{other:02X}"))),
        }
    }
    pieces.push(piece);
    match pieces.len() {
        found if found == expected => Ok(pieces),
        found => Err(CodecError::Corrupt(format!("the {format} scan has {found} restart intervals, {expected} are needed"))),
    }
}
