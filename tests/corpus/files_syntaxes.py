"""Cases of transfer syntaxes: what is read, what is refused by name, and streams that are cut, damaged or lie."""

import struct
import zlib

import imagecodecs
import numpy as np
from pydicom.pixels.encoders import RLELosslessEncoder

from files_slices import (
    BIG, DEFLATED, EXPLICIT, IMPLICIT, PIXEL_DATA, SEQUENCE_END, SLICES, UNDEFINED, bits, case, element, enhanced,
    file_of, header, headers_alone, item, measured, pair, parts, reads, refuses, rescale, series, texture, volume,
)

UNCOMPRESSED_IN_ITEMS, DEFLATED_FRAMES = "1.2.840.10008.1.2.1.98", "1.2.840.10008.1.2.8.1"
JPEG = "1.2.840.10008.1.2.4."
BASELINE, EXTENDED, LOSSLESS, LOSSLESS_1 = JPEG + "50", JPEG + "51", JPEG + "57", JPEG + "70"
JPEG_LS, JPEG_LS_NEAR, JPEG_2000, JPEG_2000_ANY = JPEG + "80", JPEG + "81", JPEG + "90", JPEG + "91"
HTJ2K, HTJ2K_RPCL, HTJ2K_ANY = JPEG + "201", JPEG + "202", JPEG + "203"
RLE = "1.2.840.10008.1.2.5"


# Encoders: one frame of 12 of 16 bits to bytes.

def rle(frame):
    frame = np.ascontiguousarray(frame.astype("u2"))
    return RLELosslessEncoder.encode(
        frame.tobytes(), rows=frame.shape[0], columns=frame.shape[1], samples_per_pixel=1, number_of_frames=1, bits_allocated=16,
        bits_stored=12, pixel_representation=0, photometric_interpretation="MONOCHROME2", encoding_plugin="pydicom")


def jpeg(frame, predictor=1):
    return imagecodecs.jpeg8_encode(np.ascontiguousarray(frame.astype("u2")), lossless=True, predictor=predictor, bitspersample=12)


def jpeg_ls(frame, near=0):
    return imagecodecs.jpegls_encode(np.ascontiguousarray(frame.astype("u2")), level=near)


def jpeg_2000(frame):
    return imagecodecs.jpeg2k_encode(np.ascontiguousarray(frame.astype("u2")), codecformat="j2k", level=0, reversible=True,
                                     bitspersample=12)


def htj2k(frame):
    return imagecodecs.htj2k_encode(np.ascontiguousarray(frame.astype("u2")), reversible=True)


def raw(frame):
    return frame.astype("<u2").tobytes()


def deflated(frame):
    deflate = zlib.compressobj(9, wbits=-15)
    return deflate.compress(raw(frame)) + deflate.flush()


# Files

def even(data):
    return data + b"\0" * (len(data) % 2)


def encapsulated(frames, table=True):
    """Pixel data of frames, each a list of fragments; `table`: with offsets of the frames."""
    offsets, items = [], b""
    for fragments in frames:
        offsets.append(len(items))
        items += b"".join(item(even(fragment)) for fragment in fragments)
    first = item(b"".join(struct.pack("<I", offset) for offset in offsets) if table else b"")
    return element(PIXEL_DATA, "OB", b"", UNDEFINED) + first + items + SEQUENCE_END


def compressed(name, syntax, frames_of, change=lambda ds, s: None, slices=SLICES):
    """A series in `syntax`; `frames_of` a slice are lists of fragments."""
    files = []
    for s in range(slices):
        ds = header(name, s)
        change(ds, s)
        by_tag = parts(ds)
        by_tag[PIXEL_DATA] = encapsulated(frames_of(s))
        files.append(file_of(ds, by_tag, syntax))
    return files


def native():
    for name, syntax in (("implicit_little_endian", IMPLICIT), ("explicit_little_endian", EXPLICIT), ("explicit_big_endian", BIG),
                         ("deflated_data_set", DEFLATED)):
        source = "closed form: stored 7 c + 13 r + 100 s"
        reads(name, "T01", source, series(name, syntax=syntax))
        measured(name, "T01", source, volume() - 1024)


def decoded():
    wave = volume(values=texture) - 1024

    def both(name, rows, source, syntax, encode, **more):
        reads(name, rows, source, compressed(name, syntax, lambda s: [[encode(texture(s))]]), wave, **more)
        measured(name, rows, source, wave, **more)

    source = "closed form: {} of 12 bits without order, written by {}"
    for name, rows, syntax, encode, writer in (
            ("rle", "T01", RLE, rle, "pydicom"),
            ("jpeg_lossless", "T01", LOSSLESS_1, jpeg, "libjpeg-turbo"),
            ("jpeg_lossless_predictor_6", "T01", LOSSLESS, lambda frame: jpeg(frame, 6), "libjpeg-turbo"),
            ("jpeg_2000", "T02", JPEG_2000, jpeg_2000, "OpenJPEG"),
            ("jpeg_2000_any", "T02", JPEG_2000_ANY, jpeg_2000, "OpenJPEG"),
            ("htj2k", "T02", HTJ2K, htj2k, "OpenJPH"),
            ("htj2k_any", "T02", HTJ2K_ANY, htj2k, "OpenJPH"),
            ("jpeg_ls", "T03", JPEG_LS, jpeg_ls, "CharLS"),
            ("uncompressed_in_items", "T01 O23", UNCOMPRESSED_IN_ITEMS, raw, "numpy"),
            ("deflated_frames", "T01 O23", DEFLATED_FRAMES, deflated, "zlib")):
        both(name, rows, source.format("values", writer), syntax, encode)

    # Near lossless: what CharLS decodes.
    near = lambda s: jpeg_ls(texture(s), 3)
    values = np.stack([imagecodecs.jpegls_decode(near(s)).astype(int) for s in range(SLICES)])
    assert 0 < np.abs(values - volume(values=texture)).max() <= 3
    name = "jpeg_ls_near_lossless"

    def lossy(ds, s):
        ds.LossyImageCompression = "01"

    reads(name, "T03 P07", "CharLS", compressed(name, JPEG_LS_NEAR, lambda s: [[near(s)]], lossy), values - 1024,
          problems=["lossy-compression"])
    measured(name, "T03 P07", "CharLS", values - 1024, problems=["lossy-compression"])

    # Lossy JPEG is exact where every block of 8 x 8 pixels is flat and the steps are 1.
    def flat(s, step):
        r, c = np.mgrid[0:16, 0:16] // 8
        return (40 + 60 * r + 90 * c + 5 * s) * step

    for name, syntax, depth, step in (("jpeg_baseline", BASELINE, 8, 1), ("jpeg_extended_8", EXTENDED, 8, 1),
                                      ("jpeg_12_bit_lossy", EXTENDED, 12, 16)):
        def blocks(ds, s):
            lossy(ds, s)
            bits(ds, 8 if depth == 8 else 16, depth)
            ds.Rows = ds.Columns = 16

        def encode(s):
            frame = flat(s, step).astype("u1" if depth == 8 else "u2")
            data = imagecodecs.jpeg8_encode(frame, level=100, lossless=False, bitspersample=depth)
            if name == "jpeg_extended_8":
                data = data.replace(b"\xff\xc0", b"\xff\xc1", 1)
            assert (imagecodecs.jpeg8_decode(data) == frame).all()
            return data

        files = compressed(name, syntax, lambda s: [[encode(s)]], blocks)
        if depth == 12:
            refuses(name, "T05", "lossy samples of 12 bits are not read", files, ["lossy-compression", "unsupported"],
                    says=["s0.dcm", "12"])
            continue
        reads(name, "T01 P07", "closed form: flat blocks of 8 x 8 pixels, quantised in steps of 1; libjpeg-turbo reads the same",
              files, volume(values=lambda s: flat(s, step)) - 1024, problems=["lossy-compression"])


def fragments():
    wave = volume(values=texture) - 1024

    def pieces(data):
        return [data[:60], data[60:130], data[130:]]

    for name, syntax, encode in (("jpeg_in_fragments", LOSSLESS_1, jpeg), ("jpeg_2000_in_fragments", JPEG_2000, jpeg_2000)):
        reads(name, "T01" if encode is jpeg else "T02", "closed form: one frame in three fragments",
              compressed(name, syntax, lambda s: [pieces(encode(texture(s)))]), wave)

    order = [2, 0, 1]

    def multi(name, syntax, frames, table=True):
        ds = enhanced(name, order)
        ds.SharedFunctionalGroupsSequence[0].PixelValueTransformationSequence = rescale(1, -1024)
        by_tag = parts(ds)
        by_tag[PIXEL_DATA] = encapsulated(frames, table)
        return [file_of(ds, by_tag, syntax)]

    own = "closed form: frames stored in the order 2, 0, 1"
    name = "frames_in_fragments"
    reads(name, "T01", f"{own}, each in three fragments", multi(name, LOSSLESS_1, [pieces(jpeg(texture(s))) for s in order]), wave)
    for name, syntax, encode in (("frames_rle", RLE, rle), ("frames_uncompressed", UNCOMPRESSED_IN_ITEMS, raw),
                                 ("frames_deflated", DEFLATED_FRAMES, deflated)):
        rows = "T01" if encode is rle else "T01 O23"
        reads(name, rows, f"{own}, without a table of offsets",
              multi(name, syntax, [[encode(texture(s))] for s in order], table=False), wave)

    name = "frame_missing"
    refuses(name, "L03 E08", "3 frames, 2 of them there", multi(name, RLE, [[rle(texture(s))] for s in order[:2]]), "corrupt",
            says=["s0.dcm"], whole=False)
    name = "frames_all_missing"
    refuses(name, "L03 E08", "no fragment at all", compressed(name, LOSSLESS_1, lambda s: [], slices=2), "corrupt",
            says=["s0.dcm"], whole=False)


def refused_by_name():
    xl = lambda s: imagecodecs.jpegxl_encode(texture(s).astype("u2"), lossless=True)
    video = lambda s: bytes([0, 0, 1, 0xB3]) + bytes(60)
    for name, rows, end, payload, says in (
            ("jpeg_xl_lossless", "T04 O23", "110", xl, "JPEG XL"), ("jpeg_xl", "T04 O23", "112", xl, "JPEG XL"),
            ("mpeg_2", "T05", "100", video, "MPEG2"), ("mpeg_4", "T05", "102", video, "MPEG-4"), ("hevc", "T05", "107", video, "HEVC")):
        files = compressed(name, JPEG + end, lambda s: [[payload(s)]], slices=2)
        refuses(name, rows, "the list of transfer syntaxes that are read", files, "unsupported", says=["s0.dcm", says], whole=False)
    # Nobody's transfer syntax: nothing is known of its bytes.
    name = "unknown_syntax"
    refuses(name, "T05", "a private transfer syntax", pair(name, end=lambda file, s: file.replace(b"1.2.840.10008.1.2.1\0",
            b"1.2.840.113619.9.9.9")), "unsupported", says=["s0.dcm", "transfer syntax"], whole=False)


def lying_and_damaged():
    def odd(name, rows, source, syntax, encode, spoil):
        """Two slices, the second spoiled."""
        def frames(s):
            good = encode(texture(s))
            return [[spoil(good, s) if s == 1 else good]]
        refuses(name, rows, source, compressed(name, syntax, frames, slices=2), "corrupt", says=["s1.dcm"])

    codecs = (("rle", RLE, rle), ("jpeg", LOSSLESS_1, jpeg), ("jpeg_2000", JPEG_2000, jpeg_2000), ("htj2k", HTJ2K, htj2k),
              ("jpeg_ls", JPEG_LS, jpeg_ls), ("deflated_frames", DEFLATED_FRAMES, deflated),
              ("uncompressed_in_items", UNCOMPRESSED_IN_ITEMS, raw))
    larger = lambda s: np.pad(texture(s), ((0, 2), (0, 2)))
    for name, syntax, encode in codecs:
        odd(f"{name}_cut", "L03 E08", "the last third of the stream is gone", syntax, encode,
            lambda good, s: good[:2 * len(good) // 3])
        odd(f"{name}_of_other_size", "L03 E12", "14 x 12 pixels under a header of 12 x 10", syntax, encode,
            lambda good, s: encode(larger(s)))
        odd(f"{name}_too_small", "L03 E12", "8 x 8 pixels under a header of 12 x 10", syntax, encode,
            lambda good, s: encode(texture(s)[:8, :8]))

    # The same number of pixels in another shape.
    for name, syntax, encode in codecs[1:5]:
        odd(f"{name}_turned", "L03 E12", "10 x 12 pixels under a header of 12 x 10", syntax, encode,
            lambda good, s: encode(np.ascontiguousarray(texture(s).T)))

    rubbish = bytes((37 * i + 11) % 251 for i in range(20))
    middle = lambda good, s: good[:len(good) // 2] + rubbish + good[len(good) // 2 + 20:]
    odd("jpeg_damaged", "L03 O19", "20 bytes in the middle overwritten: libjpeg-turbo decodes 30 % of the pixels right", LOSSLESS_1,
        jpeg, middle)
    assert 0.2 < (imagecodecs.jpeg8_decode(middle(jpeg(texture(1)), 1)) == texture(1)).mean() < 0.4
    odd("jpeg_ls_damaged", "L03", "20 bytes in the middle overwritten: CharLS refuses it", JPEG_LS, jpeg_ls, middle)
    for name, syntax, encode in codecs[1:5]:
        odd(f"{name}_without_header", "L03 E12", "the first 20 bytes are overwritten", syntax, encode,
            lambda good, s: rubbish + good[20:])
        odd(f"{name}_empty", "L03 E08", "a fragment of 0 bytes", syntax, encode, lambda good, s: b"")

    # An RLE header: number of segments, then 15 offsets.
    def offsets(good, *numbers):
        return struct.pack("<16I", *(*numbers, *[0] * (16 - len(numbers)))) + good[64:]

    second = lambda good: struct.unpack_from("<I", good, 8)[0]
    odd("rle_short_segment", "L03 O20 E12", "the second segment is 20 bytes short", RLE, rle, lambda good, s: good[:-20])
    odd("rle_first_segment_short", "L03 O20 E12", "the first segment is 20 bytes short, the second in its place", RLE, rle,
        lambda good, s: offsets(good[:second(good) - 20] + good[second(good):], 2, 64, second(good) - 20))
    odd("rle_offset_beyond", "L03 E12", "the second segment begins behind the end", RLE, rle,
        lambda good, s: offsets(good, 2, 64, 0x7FFFFFF0))
    odd("rle_one_segment", "L03 E12", "one segment where 16 bits need two", RLE, rle, lambda good, s: offsets(good, 1, 64))
    odd("rle_many_segments", "L03 E12", "4 294 967 295 segments", RLE, rle, lambda good, s: offsets(good, UNDEFINED, 64, second(good)))

    # Every slice promises 65 535 x 65 535 pixels; geometry alone cannot know.
    def huge(ds, s):
        ds.Rows = ds.Columns = 65535

    for name, syntax, encode in (codecs[0], codecs[1], codecs[2], codecs[5]):
        refuses(f"{name}_huge", "P04 L03 E12", "65 535 x 65 535 pixels in a few hundred bytes",
                compressed(f"{name}_huge", syntax, lambda s: [[encode(texture(s))]], huge, slices=2), "corrupt", says=["dcm"])

    # A frame header that promises 65 535 x 65 535 pixels.
    def promise(good, marker, at):
        place = good.index(marker) + at
        return good[:place] + b"\xff\xff\xff\xff" + good[place + 4:]

    odd("jpeg_promises", "L03 E12", "the frame header says 65 535 x 65 535", LOSSLESS_1, jpeg,
        lambda good, s: promise(good, b"\xff\xc3", 5))
    odd("jpeg_ls_promises", "L03 E12", "the frame header says 65 535 x 65 535", JPEG_LS, jpeg_ls,
        lambda good, s: promise(good, b"\xff\xf7", 5))

    def j2k_promise(good, s):
        return good[:8] + b"\xff" * 8 + good[16:24] + b"\xff" * 8 + good[32:]

    odd("jpeg_2000_promises", "L03 E12", "the SIZ marker says 4 294 967 295 x 4 294 967 295", JPEG_2000, jpeg_2000, j2k_promise)

    # Headers need no decoder.
    case("jpeg_damaged_headers", "L07", "geometry comes from headers; the damage is inside the pixels",
         run=headers_alone("jpeg_damaged"), values={"/series/0/usable": True, "/series/0/geometry/slices": 2}, says=['"pixels": null'])

    name = "fragment_beyond_file"

    def beyond(file):
        return file[:file.rindex(SEQUENCE_END) - 40]

    files = compressed(name, LOSSLESS_1, lambda s: [[jpeg(texture(s))]], slices=2)
    refuses(name, "E08 L03", "the file ends 40 bytes before its last fragment does", [files[0], beyond(files[1])], "corrupt")


def make():
    native()
    decoded()
    fragments()
    refused_by_name()
    lying_and_damaged()
