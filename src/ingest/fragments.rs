//! Compressed frames lie in fragments (PS3.5 A.4): which of them belong to which frame.

use super::parser::{ITEM, SEQUENCE_END};
use dicom::core::Tag;
use std::borrow::Cow;

/// The fragments of one pixel element.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    /// First byte and length of each.
    places: Vec<(usize, usize)>,
    /// The first fragment of each frame, and the end of the last one.
    first: Vec<usize>,
}

impl Fragments {
    /// Walks the items of the pixel element whose value begins at `offset` of `bytes`. `extended` is the Extended Offset Table,
    /// empty when there is none.
    ///
    /// # Errors
    /// The items are cut off, or it is not known which fragments belong together.
    pub fn find(bytes: &[u8], offset: usize, frames: usize, extended: &[u64]) -> Result<Self, String> {
        let mut at = offset;
        let mut items = Vec::new();
        loop {
            let head = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>());
            let Some(&[a, b, c, d, l0, l1, l2, l3]) = head else {
                return Err("its compressed pixel data are cut off".to_string());
            };
            at += 8;
            match Tag(u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d])) {
                SEQUENCE_END => break,
                ITEM => {}
                other => return Err(format!("its compressed pixel data hold {other} where a fragment is expected")),
            }
            let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
            if bytes.len() - at < length {
                return Err("its compressed pixel data are cut off".to_string());
            }
            items.push((at, length));
            at += length;
        }
        let Some((&(table, length), places)) = items.split_first() else {
            return Err("its compressed pixel data hold nothing".to_string());
        };
        let basic = bytes[table..table + length].as_chunks().0.iter().map(|raw| u64::from(u32::from_le_bytes(*raw)));
        let basic: Vec<u64> = basic.collect();
        let first = firsts(places, frames, if extended.is_empty() { &basic } else { extended })?;
        Ok(Self { places: places.to_vec(), first })
    }

    /// The fragments of one frame, joined.
    pub fn frame<'b>(&self, bytes: &'b [u8], frame: usize) -> Option<Cow<'b, [u8]>> {
        let own = self.places.get(*self.first.get(frame)?..*self.first.get(frame + 1)?)?;
        match own {
            [] => None,
            [(start, length)] => bytes.get(*start..start + length).map(Cow::Borrowed),
            parts => Some(Cow::Owned(parts.iter().flat_map(|&(start, length)| &bytes[start..start + length]).copied().collect())),
        }
    }
}

/// For every frame its first fragment: there is one for each, or the offsets say it.
fn firsts(places: &[(usize, usize)], frames: usize, offsets: &[u64]) -> Result<Vec<usize>, String> {
    if frames == 1 {
        return Ok(vec![0, places.len()]);
    }
    if places.len() == frames {
        return Ok((0..=frames).collect());
    }
    // Offsets count from the item tag of the first fragment, eight bytes before its value.
    let base = places.first().map_or(0, |(start, _)| *start);
    let starts: Vec<u64> = places.iter().map(|(start, _)| (start - base) as u64).collect();
    let mut first: Vec<usize> = offsets.iter().filter_map(|offset| starts.binary_search(offset).ok()).collect();
    first.push(places.len());
    if offsets.len() != frames || first.len() != frames + 1 || !first.is_sorted() || first[0] != 0 {
        let count = places.len();
        return Err(format!("its {frames} frames lie in {count} fragments, and no offset table says which belong together"));
    }
    Ok(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Items of a pixel element: an offset table and fragments of one letter, repeated.
    fn element(offsets: &[u32], fragments: &[&str]) -> Vec<u8> {
        let item = |value: &[u8]| [&[0xfe, 0xff, 0x00, 0xe0], &(value.len() as u32).to_le_bytes()[..], value].concat();
        let table: Vec<u8> = offsets.iter().flat_map(|offset| offset.to_le_bytes()).collect();
        let mut bytes = item(&table);
        fragments.iter().for_each(|fragment| bytes.extend(item(fragment.as_bytes())));
        bytes.extend([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]);
        bytes
    }

    fn frames(bytes: &[u8], count: usize) -> Result<Vec<String>, String> {
        let fragments = Fragments::find(bytes, 0, count, &[])?;
        let text = |frame| fragments.frame(bytes, frame).map(|frame| String::from_utf8_lossy(&frame).into_owned());
        Ok((0..count).filter_map(text).collect())
    }

    #[test]
    fn fragments_are_joined_to_frames() {
        assert_eq!(frames(&element(&[], &["aa", "bbbb"]), 2).unwrap(), ["aa", "bbbb"]);
        assert_eq!(frames(&element(&[], &["aa", "bbbb"]), 1).unwrap(), ["aabbbb"]);
        // Offsets in bytes from the first fragment's item on: 8 + 2 + 8 + 4 = 22.
        assert_eq!(frames(&element(&[0, 22], &["aa", "bbbb", "cc"]), 2).unwrap(), ["aabbbb", "cc"]);
    }

    #[test]
    fn what_is_cut_or_unclear_is_refused() {
        assert!(frames(&element(&[], &["aa", "bb", "cc"]), 2).is_err());
        assert!(frames(&element(&[0, 21], &["aa", "bbbb", "cc"]), 2).is_err());
        let whole = element(&[], &["aa", "bbbb"]);
        for end in 0..whole.len() {
            assert!(frames(&whole[..end], 2).is_err(), "{end}");
        }
    }
}
