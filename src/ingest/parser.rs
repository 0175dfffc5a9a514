//! From bytes to elements, up to the pixels (DICOM PS3.5 section 7).
//!
//! Reads what archives really hold: a sequence stored as UN of undefined length (PS3.5 6.2.2), an encoding other than the declared
//! one, padding behind the last element. The depth of sequences and the number of elements are limited, and nothing is read or
//! allocated because a length says so: every length is compared with the bytes that are there.

use super::data_set::{DataSet, Element, Encoding, Value, dictionary_vr};
use dicom::core::{Tag, VR};
use dicom::dictionary_std::tags;
use dicom::encoding::text::SpecificCharacterSet;

/// Deepest nesting that is read; real objects have fewer than ten levels.
const DEEPEST: usize = 64;

/// Most elements that are read; a Segmentation of 20 000 frames has about a million.
const MOST_ELEMENTS: usize = 5_000_000;

const UNDEFINED: u32 = u32::MAX;

/// Begins an item or a fragment.
pub(super) const ITEM: Tag = Tag(0xfffe, 0xe000);
/// Ends an item of undefined length.
const ITEM_END: Tag = Tag(0xfffe, 0xe00d);
/// Ends a sequence of undefined length.
pub(super) const SEQUENCE_END: Tag = Tag(0xfffe, 0xe0dd);

/// Why parsing ended before the pixels or the end of the file.
#[derive(Debug, PartialEq)]
pub(super) enum Stop {
    /// The bytes given end here, the file does not.
    Incomplete,
    /// What is wrong, for people.
    Broken(String),
}

/// Where the pixels are.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PixelElement {
    pub tag: Tag,
    /// As the file states it; `None` in an implicit encoding.
    pub vr: Option<VR>,
    /// First byte of the value, counted in the bytes that were parsed.
    pub offset: usize,
    /// Stated length in bytes; `None` when encapsulated.
    pub length: Option<u32>,
}

/// A parsed data set.
#[derive(Debug)]
pub(super) struct Parsed<'a> {
    pub data_set: DataSet<'a>,
    pub pixels: Option<PixelElement>,
    /// First byte that was not parsed.
    pub end: usize,
}

/// What ends a list of elements.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    /// The pixels, or the end of the file.
    DataSet,
    /// The first element of a group above this one.
    Group(u16),
    /// A byte.
    At(usize),
    /// An item delimiter.
    Delimiter,
}

struct Parser<'a> {
    bytes: &'a [u8],
    /// Whether `bytes` reach to the end of the file.
    complete: bool,
    at: usize,
    elements: usize,
    charset: Option<SpecificCharacterSet>,
    pixels: Option<PixelElement>,
}

/// An element without its value.
struct Head {
    tag: Tag,
    vr: Option<VR>,
    length: u32,
}

/// Parses a data set that begins at `start`.
///
/// # Errors
/// See [`Stop`].
pub(super) fn parse_data_set(bytes: &[u8], start: usize, encoding: Encoding, complete: bool) -> Result<Parsed<'_>, Stop> {
    parse(bytes, start, encoding, complete, End::DataSet)
}

/// Parses the file meta information that begins at `start`: the elements of group 0002, whatever its group length says.
///
/// # Errors
/// See [`Stop`].
pub(super) fn parse_meta(bytes: &[u8], start: usize, complete: bool) -> Result<Parsed<'_>, Stop> {
    let explicit = looks_explicit(&bytes[start.min(bytes.len())..]).unwrap_or(true);
    parse(bytes, start, Encoding { explicit, ..Encoding::default() }, complete, End::Group(2))
}

fn parse(bytes: &[u8], start: usize, encoding: Encoding, complete: bool, end: End) -> Result<Parsed<'_>, Stop> {
    let mut parser = Parser { bytes, complete, at: start, elements: 0, charset: encoding.charset.clone(), pixels: None };
    let data_set = parser.elements(&encoding, end, 0)?;
    Ok(Parsed { data_set, pixels: parser.pixels, end: parser.at })
}

/// Whether the element that begins here states its representation; `None` when there are too few bytes to tell.
pub(super) fn looks_explicit(bytes: &[u8]) -> Option<bool> {
    Some(VR::from_binary([*bytes.get(4)?, *bytes.get(5)?]).is_some())
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// What it means that bytes are missing here.
    fn cut(&self, what: &str) -> Stop {
        if self.complete { Stop::Broken(format!("the file ends within {what}")) } else { Stop::Incomplete }
    }

    fn elements(&mut self, encoding: &Encoding, end: End, depth: usize) -> Result<DataSet<'a>, Stop> {
        let mut elements: Vec<Element<'a>> = Vec::new();
        let mut sorted = true;
        loop {
            match end {
                End::At(end) if self.at >= end => break,
                End::DataSet | End::Group(_) if self.rest().is_empty() && self.complete => break,
                End::DataSet if self.only_padding()? => break,
                _ => {}
            }
            if let End::Group(group) = end
                && self.tag(encoding)?.group() > group
            {
                break;
            }
            let Head { tag, vr, length } = self.head(encoding)?;
            match tag {
                ITEM_END if end == End::Delimiter => break,
                // A sequence of defined length needs none, but some writers close its items all the same.
                ITEM_END if depth > 0 => continue,
                Tag(0xfffe, _) => return Err(Stop::Broken(format!("the delimiter {tag} stands where an element is expected"))),
                tags::FLOAT_PIXEL_DATA | tags::DOUBLE_FLOAT_PIXEL_DATA | tags::PIXEL_DATA if end == End::DataSet => {
                    let length = (length != UNDEFINED).then_some(length);
                    self.pixels = Some(PixelElement { tag, vr, offset: self.at, length });
                    break;
                }
                _ => {}
            }
            self.elements += 1;
            if self.elements > MOST_ELEMENTS {
                return Err(Stop::Broken(format!("it holds more than {MOST_ELEMENTS} elements")));
            }
            let value = self.value(tag, vr, length, encoding, end, depth)?;
            if tag == tags::SPECIFIC_CHARACTER_SET
                && let Value::Bytes(bytes) = value
            {
                self.charset = charset(bytes).or_else(|| self.charset.take());
            }
            sorted &= elements.last().is_none_or(|last| last.tag < tag);
            elements.push(Element { tag, vr, value });
        }
        if let End::At(end) = end
            && self.at > end
        {
            return Err(Stop::Broken(format!("an item ends within element {}", elements.last().map_or(ITEM, |last| last.tag))));
        }
        if !sorted {
            elements.sort_by_key(|element| element.tag);
            let contradict = |pair: &&[Element<'_>]| {
                let same = matches!((&pair[0].value, &pair[1].value), (Value::Bytes(a), Value::Bytes(b)) if a == b);
                // What private elements and the retired lengths of groups say is not looked at.
                pair[0].tag == pair[1].tag && pair[0].tag.group().is_multiple_of(2) && pair[0].tag.element() != 0 && !same
            };
            if let Some(pair) = elements.windows(2).find(contradict) {
                return Err(Stop::Broken(format!("element {} is there twice, with different values", pair[0].tag)));
            }
            elements.dedup_by_key(|element| element.tag);
        }
        Ok(DataSet { elements, encoding: Encoding { charset: self.charset.clone(), ..encoding.clone() } })
    }

    /// Whether nothing but padding follows: zeros, or the element made for it.
    fn only_padding(&self) -> Result<bool, Stop> {
        let rest = self.rest();
        match rest.get(..4) {
            Some([0xfc, 0xff, 0xfc, 0xff] | [0xff, 0xfc, 0xff, 0xfc]) => Ok(true),
            Some([0, 0, 0, 0]) | None => match rest.iter().all(|&byte| byte == 0) {
                true if self.complete => Ok(true),
                true => Err(Stop::Incomplete),
                false => Ok(false),
            },
            Some(_) => Ok(false),
        }
    }

    fn tag(&self, encoding: &Encoding) -> Result<Tag, Stop> {
        let Some(&[a, b, c, d]) = self.rest().first_chunk::<4>() else { return Err(self.cut("a tag")) };
        Ok(if encoding.big_endian {
            Tag(u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]))
        } else {
            Tag(u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]))
        })
    }

    /// Reads tag, representation and length, and goes on to the value.
    fn head(&mut self, encoding: &Encoding) -> Result<Head, Stop> {
        let tag = self.tag(encoding)?;
        let Some(&raw) = self.rest().get(4..).and_then(|rest| rest.first_chunk::<4>()) else {
            return Err(self.cut(&format!("the head of element {tag}")));
        };
        let long = |raw: [u8; 4]| if encoding.big_endian { u32::from_be_bytes(raw) } else { u32::from_le_bytes(raw) };
        if !encoding.explicit || tag.group() == 0xfffe {
            self.at += 8;
            return Ok(Head { tag, vr: None, length: long(raw) });
        }
        let Some(vr) = VR::from_binary([raw[0], raw[1]]) else {
            return Err(Stop::Broken(format!("element {tag} has no value representation, which its encoding requires")));
        };
        if !has_long_length(vr) {
            self.at += 8;
            let short = [raw[2], raw[3]];
            let length = if encoding.big_endian { u16::from_be_bytes(short) } else { u16::from_le_bytes(short) };
            return Ok(Head { tag, vr: Some(vr), length: u32::from(length) });
        }
        let Some(&raw) = self.rest().get(8..).and_then(|rest| rest.first_chunk::<4>()) else {
            return Err(self.cut(&format!("the head of element {tag}")));
        };
        self.at += 12;
        Ok(Head { tag, vr: Some(vr), length: long(raw) })
    }

    fn value(
        &mut self,
        tag: Tag,
        vr: Option<VR>,
        length: u32,
        encoding: &Encoding,
        end: End,
        depth: usize,
    ) -> Result<Value<'a>, Stop> {
        let unknown = matches!(vr, Some(VR::UN) | None);
        let sequence = vr == Some(VR::SQ) || (unknown && (length == UNDEFINED || dictionary_vr(tag) == Some(VR::SQ)));
        // What is stored as unknown is always implicit and little endian.
        let inner = if vr == Some(VR::UN) { Encoding::default() } else { encoding.clone() };
        if length == UNDEFINED {
            if !sequence {
                return self.fragments(tag, encoding);
            }
            return Ok(Value::Items(self.items(tag, vr, &inner, None, depth)?));
        }
        let stop = self.at.saturating_add(length as usize);
        if let End::At(end) = end
            && stop > end
        {
            return Err(Stop::Broken(format!("element {tag} states {length} bytes, which is more than the item around it has")));
        }
        if sequence && vr != Some(VR::UN) {
            return Ok(Value::Items(self.items(tag, vr, &inner, Some(stop), depth)?));
        }
        let start = self.at;
        let Some(bytes) = self.bytes.get(start..stop) else {
            return Err(self.cut(&format!("element {tag}, which states {length} bytes")));
        };
        if sequence && let Ok(items) = self.items(tag, vr, &inner, Some(stop), depth) {
            return Ok(Value::Items(items));
        }
        // What is stored as unknown and is no sequence may be anything.
        self.at = stop;
        Ok(Value::Bytes(bytes))
    }

    /// The items of a sequence, up to `stop` or its delimiter.
    fn items(
        &mut self,
        tag: Tag,
        vr: Option<VR>,
        encoding: &Encoding,
        stop: Option<usize>,
        depth: usize,
    ) -> Result<Vec<DataSet<'a>>, Stop> {
        if depth >= DEEPEST {
            return Err(Stop::Broken(format!("its sequences are nested more than {DEEPEST} deep")));
        }
        let mut items = Vec::new();
        while stop.is_none_or(|stop| self.at < stop) {
            if self.rest().len() < 8 {
                return Err(self.cut(&format!("the sequence {tag}")));
            }
            let head = self.head(encoding)?;
            match head.tag {
                SEQUENCE_END => {
                    self.at = stop.unwrap_or(self.at);
                    break;
                }
                ITEM => {}
                other => return Err(Stop::Broken(format!("sequence {tag} holds {other} where an item is expected"))),
            }
            let end = match (head.length, stop) {
                (UNDEFINED, _) => End::Delimiter,
                (length, stop) => {
                    let end = self.at.saturating_add(length as usize);
                    if stop.is_some_and(|stop| end > stop) {
                        return Err(Stop::Broken(format!("an item of sequence {tag} is longer than the sequence")));
                    }
                    End::At(end)
                }
            };
            self.elements += 1;
            if self.elements > MOST_ELEMENTS {
                return Err(Stop::Broken(format!("it holds more than {MOST_ELEMENTS} items and elements")));
            }
            // Some writers keep the explicit form inside of what they store as unknown.
            let kept = vr == Some(VR::UN) && end != End::At(self.at) && looks_explicit(self.rest()).unwrap_or(false);
            let explicit = encoding.explicit || kept;
            items.push(self.elements(&Encoding { explicit, ..encoding.clone() }, end, depth + 1)?);
        }
        if stop.is_some_and(|stop| self.at > stop) {
            return Err(Stop::Broken(format!("the items of sequence {tag} are longer than the sequence")));
        }
        Ok(items)
    }

    /// Passes over the fragments of a small encapsulated picture in the header (an icon); nothing here needs them.
    fn fragments(&mut self, tag: Tag, encoding: &Encoding) -> Result<Value<'a>, Stop> {
        loop {
            let head = self.head(encoding)?;
            match head.tag {
                SEQUENCE_END => return Ok(Value::Bytes(&[])),
                ITEM if self.rest().len() >= head.length as usize => self.at += head.length as usize,
                ITEM => return Err(self.cut(&format!("a fragment of element {tag}"))),
                other => return Err(Stop::Broken(format!("element {tag} holds {other} where a fragment is expected"))),
            }
        }
    }
}

/// Representations whose length has four bytes (PS3.5 7.1.2).
fn has_long_length(vr: VR) -> bool {
    matches!(
        vr,
        VR::OB | VR::OD | VR::OF | VR::OL | VR::OV | VR::OW | VR::SQ | VR::SV | VR::UC | VR::UN | VR::UR | VR::UT | VR::UV
    )
}

/// The character set of a data set. Of several the last one decides: it is the one with escape sequences.
fn charset(bytes: &[u8]) -> Option<SpecificCharacterSet> {
    let text = std::str::from_utf8(bytes).ok()?;
    text.rsplit('\\').find_map(|code| SpecificCharacterSet::from_code(code.trim_matches([' ', '\0'])))
}
