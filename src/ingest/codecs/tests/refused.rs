//! What must not be decoded, one thing wrong at a time, and what the refusal says.

use super::super::contained::contained;
use super::super::{CodecError, CompressedFrame, decode, supported};
use super::{Stream, corpus, stream};

/// The text of a frame that is corrupt.
#[track_caller]
fn corrupt(frame: &CompressedFrame<'_>) -> String {
    match decode(frame) {
        Err(CodecError::Corrupt(text)) => text,
        other => panic!("{:?}", other.map(|native| native.len())),
    }
}

/// The text of a frame that is not read.
#[track_caller]
fn unsupported(frame: &CompressedFrame<'_>) -> String {
    match decode(frame) {
        Err(CodecError::Unsupported(text)) => text,
        other => panic!("{:?}", other.map(|native| native.len())),
    }
}

/// The stream with the bytes after the first `pattern` replaced, from `skip` bytes after its start.
fn patched(stream: &Stream, pattern: &[u8], skip: usize, new: &[u8]) -> Vec<u8> {
    let at = stream.bytes.windows(pattern.len()).position(|window| window == pattern).expect("the stream has the pattern") + skip;
    let mut bytes = stream.bytes.clone();
    bytes[at..at + new.len()].copy_from_slice(new);
    bytes
}

/// `text` holds every one of the parts.
#[track_caller]
fn says(text: &str, parts: &[&str]) {
    assert!(parts.iter().all(|part| text.contains(part)), "`{text}` does not say {parts:?}");
}

/// Streams whose own header states their size: 47 columns, 45 rows.
const WITH_HEADER: [&str; 6] = ["lossless_12_p1", "baseline", "ls_12_ramp", "j2k_12", "j2k_wrapped", "htj2k"];

#[test]
fn another_size_than_the_attributes_say() {
    for name in WITH_HEADER {
        let stream = stream(name);
        says(&corrupt(&CompressedFrame { columns: 48, ..stream.frame() }), &["47 columns", "48"]);
        says(&corrupt(&CompressedFrame { rows: 46, ..stream.frame() }), &["45 rows", "46"]);
        // As many samples, so that a count would not tell.
        says(&corrupt(&CompressedFrame { columns: 45, rows: 47, ..stream.frame() }), &["47 columns", "45"]);
        // Nothing may be allocated for what the attributes claim.
        says(&corrupt(&CompressedFrame { columns: 65_535, rows: 65_535, ..stream.frame() }), &["47 columns", "65535"]);
    }
    for name in ["lossless_12_p1", "ls_12_ramp", "j2k_12"] {
        let stream = stream(name);
        says(&corrupt(&CompressedFrame { bits_allocated: 8, bits_stored: 8, ..stream.frame() }), &["12 bits", "8"]);
    }
}

#[test]
fn more_or_fewer_samples_than_there_are() {
    for (name, found, needed, most) in [
        ("rle_16", "2115", "2116", "4294836225"),
        ("deflated_16", "4230", "4232", "8589672450"),
        ("uncompressed_16", "4230", "4232", "8589672450"),
    ] {
        let stream = stream(name);
        says(&corrupt(&CompressedFrame { columns: 46, rows: 46, ..stream.frame() }), &[found, needed]);
        says(&corrupt(&CompressedFrame { columns: 65_535, rows: 65_535, ..stream.frame() }), &[most]);
    }
    for (name, held, needed) in [("rle_16", "2115", "2025"), ("deflated_16", "more", "4050"), ("uncompressed_16", "4230", "4050")]
    {
        says(&corrupt(&CompressedFrame { columns: 45, rows: 45, ..stream(name).frame() }), &[held, needed]);
    }
}

#[test]
fn attributes_that_describe_no_image() {
    let stream = stream("rle_16");
    for (bits_stored, rows) in [(0, 45), (17, 45), (16, 0)] {
        corrupt(&CompressedFrame { bits_stored, rows, ..stream.frame() });
    }
    says(&unsupported(&CompressedFrame { bits_allocated: 12, ..stream.frame() }), &["BitsAllocated 12"]);
}

#[test]
fn more_than_one_component() {
    for (name, frame_header, place) in [
        ("lossless_12_p1", [0xFF, 0xC3], 9),
        ("baseline", [0xFF, 0xC0], 9),
        ("ls_12_ramp", [0xFF, 0xF7], 9),
        ("j2k_12", [0xFF, 0x51], 39),
    ] {
        let stream = stream(name);
        says(&corrupt(&stream.with(&patched(&stream, &frame_header, place, &[3]))), &["3 components"]);
    }
}

#[test]
fn a_process_that_the_transfer_syntax_does_not_mean() {
    let (lossless, baseline, ls) = (stream("lossless_8_p1"), stream("baseline"), stream("ls_8_ramp"));
    for (stream, as_if, marker) in
        [(&lossless, &baseline, "FFC3"), (&baseline, &lossless, "FFC0"), (&ls, &lossless, "FFF7"), (&lossless, &ls, "FFC3")]
    {
        let transfer_syntax = &as_if.transfer_syntax;
        says(&corrupt(&CompressedFrame { transfer_syntax, ..stream.frame() }), &[marker]);
    }
    for (marker, process) in [(0xC2, "progressive"), (0xC9, "arithmetic"), (0xC5, "hierarchical")] {
        says(&unsupported(&baseline.with(&patched(&baseline, &[0xFF, 0xC0], 1, &[marker]))), &[process]);
    }
    let twelve_bits = std::fs::read(corpus("extended_12.bin")).unwrap();
    let extended = stream("baseline_as_extended");
    says(&unsupported(&CompressedFrame { bits_allocated: 16, bits_stored: 12, ..extended.with(&twelve_bits) }), &["12 bits"]);
    for name in ["lossless_8_p1", "ls_8_ramp", "j2k_8"] {
        says(&corrupt(&stream(name).with(b"no stream at all")), &["no JPEG"]);
    }
}

#[test]
fn jpeg_lossless_headers_that_cannot_be() {
    let (plain, restarts) = (stream("lossless_12_p1"), stream("lossless_restarts"));
    for (stream, pattern, skip, new, complaint) in [
        (&plain, [0xFF, 0xDA], 7, &[0][..], "predictor 0"),
        (&plain, [0xFF, 0xDA], 9, &[12], "point transform 12"),
        (&plain, [0xFF, 0xDA], 6, &[0x30], "Huffman table that is not there"),
        (&plain, [0xFF, 0xDA], 5, &[9], "component 9"),
        (&plain, [0xFF, 0xC4], 5, &[3], "Huffman table that cannot be"),
        // Eleven bits do not hold 4095.
        (&plain, [0xFF, 0xC3], 4, &[11], "damaged at sample 1 of 2115"),
        (&restarts, [0xFF, 0xDD], 4, &[0, 48], "interval is 48"),
        (&restarts, [0xFF, 0xDD], 4, &[0, 94], "12 restart intervals, 23 are needed"),
        // Forty rows of 47 samples.
        (&restarts, [0xFF, 0xDD], 4, &[7, 88], "FFD1"),
        (&restarts, [0xFF, 0xD1], 1, &[0xD3], "FFD3"),
        (&restarts, [0xFF, 0xD1], 1, &[0xE3], "FFE3"),
    ] {
        says(&corrupt(&stream.with(&patched(stream, &pattern, skip, new))), &[complaint]);
    }
}

#[test]
fn what_follows_the_last_sample() {
    for name in ["lossless_12_p1", "baseline", "ls_12_ramp", "j2k_12"] {
        let stream = stream(name);
        let (image, end) = stream.bytes.split_at(stream.bytes.len() - 2);
        let padded = [&stream.bytes[..], &[0, 0, 0]].concat();
        assert!(stream.is_right(&decode(&stream.with(&padded)).unwrap()), "{name}: padding is no fault");
        says(&corrupt(&stream.with(&[&stream.bytes[..], &stream.bytes].concat())), &["second image"]);
        corrupt(&stream.with(&[image, &[0x55, 0x2A, 0x55], end].concat()));
    }
    let stream = stream("lossless_12_p1");
    let image = &stream.bytes[..stream.bytes.len() - 2];
    assert!(stream.is_right(&decode(&stream.with(image)).unwrap()), "no sample is missing");
    says(&corrupt(&stream.with(&[image, &[0x55, 0xFF, 0xD9]].concat())), &["go on after sample 2115"]);
}

#[test]
fn jpeg_ls_that_is_not_read() {
    let (plain, near) = (stream("ls_12_ramp"), stream("ls_12_ramp_near2"));
    let lossless = CompressedFrame { transfer_syntax: &plain.transfer_syntax, ..near.frame() };
    says(&corrupt(&lossless), &["lossless", "errors of 2"]);
    says(&unsupported(&plain.with(&patched(&plain, &[0xFF, 0xDA], 8, &[1]))), &["interleave mode 1"]);
    says(&unsupported(&plain.with(&patched(&plain, &[0xFF, 0xDA], 9, &[2]))), &["point transform 2"]);
    let with = |segment: &[u8]| [&plain.bytes[..2], segment, &plain.bytes[2..]].concat();
    says(&unsupported(&plain.with(&with(&[0xFF, 0xDD, 0, 4, 0, 47]))), &["restart intervals"]);
    let presets = |reset: u8| with(&[0xFF, 0xF8, 0, 13, 1, 0x0F, 0xFF, 0, 18, 0, 67, 1, 20, 1, reset]);
    says(&unsupported(&plain.with(&presets(44))), &["RESET of 300"]);
    says(&unsupported(&plain.with(&with(&[0xFF, 0xF8, 0, 5, 2, 1, 1]))), &["mapping table"]);
    says(&corrupt(&plain.with(&with(&[0xFF, 0xF8, 0, 5, 1, 1, 1]))), &["presets"]);
    // NEAR may not be above 255 or half of the largest value.
    let narrow = stream("ls_2_ramp");
    let frame = CompressedFrame { transfer_syntax: &near.transfer_syntax, ..narrow.frame() };
    corrupt(&CompressedFrame { bytes: &patched(&narrow, &[0xFF, 0xDA], 7, &[200]), ..frame });
}

#[test]
fn jpeg_2000_that_is_not_whole() {
    let tiles = stream("j2k_tiles");
    let second = tiles.bytes.windows(6).position(|window| window == [0xFF, 0x90, 0, 10, 0, 1]).unwrap();
    let length = u32::from_be_bytes(*tiles.bytes[second + 6..].first_chunk().unwrap()) as usize;
    let without = [&tiles.bytes[..second], &tiles.bytes[second + length..]].concat();
    says(&corrupt(&tiles.with(&without)), &["no tile 2 of 9"]);
    says(&corrupt(&tiles.with(&patched(&tiles, &[0xFF, 0x90, 0, 10, 0, 1], 5, &[9]))), &["tile 10"]);
    says(&corrupt(&tiles.with(&patched(&tiles, &[0xFF, 0x51], 41, &[2]))), &["2 x 1 pixels"]);
    says(&corrupt(&tiles.with(&patched(&tiles, &[0xFF, 0x51], 22, &[0; 4]))), &["tiles of no size"]);
    says(&unsupported(&CompressedFrame { bits_allocated: 32, ..tiles.frame() }), &["BitsAllocated 32"]);
    // 300 x 300 pixels in tiles of one.
    let many = patched(&tiles, &[0xFF, 0x51], 6, &[0, 0, 1, 44, 0, 0, 1, 44, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
    says(&unsupported(&CompressedFrame { columns: 300, rows: 300, ..tiles.with(&many) }), &["90000 tiles"]);
}

#[test]
fn jp2_wrappers() {
    let plain = stream("j2k_12");
    let wrapped = |kind: &[u8], content: &[u8]| [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat();
    let signature = wrapped(b"jP  ", b"\r\n\x87\n");
    let long = [&1u32.to_be_bytes()[..], b"jp2c", &(plain.bytes.len() as u64 + 16).to_be_bytes(), &plain.bytes].concat();
    let open = [&0u32.to_be_bytes()[..], b"jp2c", &plain.bytes].concat();
    for codestream in [wrapped(b"jp2c", &plain.bytes), long, open] {
        let native = decode(&plain.with(&[&signature[..], &wrapped(b"ftyp", b"jp2 "), &codestream].concat())).unwrap();
        assert!(plain.is_right(&native));
    }
    says(&corrupt(&plain.with(&[&signature[..], &wrapped(b"ftyp", b"jp2 ")].concat())), &["no codestream"]);
    let palette = wrapped(b"jp2h", &[wrapped(b"ihdr", &[0; 14]), wrapped(b"pclr", &[0; 9])].concat());
    says(&unsupported(&plain.with(&[&signature[..], &palette, &wrapped(b"jp2c", &plain.bytes)].concat())), &["palette"]);
}

/// Bits that are the same whatever their sign are kept; a sign bit that is not the frame's makes a number uncertain.
#[test]
fn signs_of_the_stream_and_of_the_attributes() {
    let signed = stream("j2k_signed");
    let native = decode(&CompressedFrame { signed: false, ..signed.frame() }).unwrap();
    assert!(signed.is_right(&native), "16 of 16 bits are the same bits");
    for name in ["j2k_12", "lossless_12_p1", "ls_12_rough"] {
        let stream = stream(name);
        let wider = CompressedFrame { bits_stored: 16, ..stream.frame() };
        assert!(stream.is_right(&decode(&wider).unwrap()), "{name}");
        says(&corrupt(&CompressedFrame { signed: true, ..wider }), &["unsigned samples of 12 bits", "signed ones of 16"]);
    }
    // The values of this one stay below half of the range.
    let disc = stream("j2k_1");
    let low = CompressedFrame { signed: true, bits_allocated: 16, bits_stored: 16, ..disc.frame() };
    says(&corrupt(&low), &["of 1 bits"]);
    let flat = stream("ls_12_flat");
    let low = CompressedFrame { signed: true, bits_stored: 16, ..flat.frame() };
    assert!(flat.is_right(&decode(&low).unwrap()), "1365 has no sign bit in 12 bits");
}

#[test]
fn one_bit_samples_are_zero_or_one() {
    let header = |segments: u32| [segments, 64].map(u32::to_le_bytes).concat().into_iter().chain([0; 56]).collect::<Vec<u8>>();
    let of = |values: [u8; 8]| [header(1), vec![7], values.to_vec(), vec![0]].concat();
    let frame = CompressedFrame {
        transfer_syntax: "1.2.840.10008.1.2.5",
        bytes: &of([0, 1, 1, 0, 1, 0, 0, 1]),
        columns: 4,
        rows: 2,
        bits_allocated: 1,
        bits_stored: 1,
        signed: false,
    };
    assert_eq!(decode(&frame), Ok(vec![0, 1, 1, 0, 1, 0, 0, 1]));
    says(&corrupt(&CompressedFrame { bytes: &of([0, 1, 2, 0, 1, 0, 0, 1]), ..frame }), &["value 2"]);
    let wide = stream("j2k_8");
    says(&corrupt(&CompressedFrame { bits_allocated: 1, bits_stored: 1, ..wide.frame() }), &["8 bits", "BitsAllocated is 1"]);
}

#[test]
fn rle_headers_that_cannot_be() {
    let stream = stream("rle_16");
    let with = |place: usize, number: u32| {
        let mut bytes = stream.bytes.clone();
        bytes[4 * place..4 * place + 4].copy_from_slice(&number.to_le_bytes());
        bytes
    };
    for (place, number, complaint) in [
        (0, 3, "3 segments"),
        (0, 0, "0 segments"),
        (1, 60, "inside of the header"),
        (2, 63, "from byte 64 to byte 63"),
        (2, u32::MAX, "4294967295"),
        (2, 70, "segment 1 ends after"),
    ] {
        says(&corrupt(&stream.with(&with(place, number))), &[complaint]);
    }
    says(&corrupt(&stream.with(&stream.bytes[..60])), &["60"]);
}

#[test]
fn deflated_frames_without_their_form() {
    let stream = stream("deflated_16");
    let zlib = [&[0x78, 0xDA], &stream.bytes[..]].concat();
    corrupt(&stream.with(&zlib));
    let long = CompressedFrame { columns: 40, ..stream.frame() };
    says(&corrupt(&long), &["more than the 3600 bytes"]);
}

#[test]
fn transfer_syntaxes_are_refused_by_name() {
    for (uid, name) in [
        ("1.2.840.10008.1.2.4.100", "MPEG2 Main Profile / Main Level (1.2.840.10008.1.2.4.100)"),
        ("1.2.840.10008.1.2.4.102", "H.264"),
        ("1.2.840.10008.1.2.4.107", "HEVC"),
        ("1.2.840.10008.1.2.4.94", "JPIP"),
        ("1.2.840.10008.1.2.4.95", "JPIP"),
        ("1.2.840.10008.1.2.4.55", "retired"),
        ("1.2.840.113619.5.2", "1.2.840.113619.5.2"),
        ("", "unknown"),
    ] {
        says(&supported(uid).unwrap_err(), &[name]);
        says(&unsupported(&CompressedFrame { transfer_syntax: uid, ..stream("rle_16").frame() }), &[name]);
    }
    assert_eq!(supported("Doe^Jane"), Err("a retired or unknown transfer syntax".to_string()), "only a UID is shown");
    assert_eq!(supported("1.2.840.10008.1.2.1"), Ok(()));
    says(&unsupported(&CompressedFrame { transfer_syntax: "1.2.840.10008.1.2.1", ..stream("rle_16").frame() }), &["Explicit VR"]);
}

#[cfg(not(feature = "jpegxl"))]
#[test]
fn jpeg_xl_names_the_feature() {
    let refusal = supported("1.2.840.10008.1.2.4.110").unwrap_err();
    says(&refusal, &["JPEG XL", "1.2.840.10008.1.2.4.110", "--features jpegxl"]);
}

/// What the next test runs in a program of its own.
#[test]
#[ignore = "prints on purpose"]
fn panics() {
    let outcome = contained(|| -> Result<(), CodecError> { panic!("inside of a decoder") });
    assert!(matches!(outcome, Err(CodecError::Corrupt(_))));
    let outside = std::panic::catch_unwind(|| panic!("outside of a decoder"));
    assert!(outside.is_err());
}

#[test]
fn a_panic_of_a_decoder_is_an_error_and_is_not_printed() {
    let program = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "ingest::codecs::tests::refused::panics", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&program.stdout) + String::from_utf8_lossy(&program.stderr);
    assert!(program.status.success() && printed.contains("1 passed"), "{printed}");
    assert!(printed.contains("outside of a decoder") && !printed.contains("inside of a decoder"), "{printed}");
}
