"""Writes one compressed frame for every codec and every variant of it that the reader must tell apart, without DICOM around it.

`codecs/streams.csv` lists the frames: what the DICOM attributes would say, the pattern of the values, and for lossy frames the
file with the values that another decoder gives and how far from them ours may be. Patterns are closed forms of column c and
row r (`PATTERNS` below; the same formulas are in `src/ingest/codecs/tests.rs`).

Every stream is decoded by a second tool before it is written. Run from this folder: python codecs.py
(pydicom, imagecodecs, pyjpegls, pylibjpeg with libjpeg and openjpeg, Pillow, numpy; the versions are in ../README.md)
"""

import csv
import io
import pathlib
import shutil
import struct
import zlib

import imagecodecs
import jpeg_ls
import libjpeg
import numpy as np
import openjpeg.utils
from PIL import Image
from pydicom.pixels.encoders import RLELosslessEncoder

HERE = pathlib.Path(__file__).resolve().parent / "codecs"
UNCOMPRESSED, DEFLATED, RLE = "1.2.840.10008.1.2.1.98", "1.2.840.10008.1.2.8.1", "1.2.840.10008.1.2.5"
JPEG = "1.2.840.10008.1.2.4."
BASELINE, EXTENDED, LOSSLESS, LOSSLESS_SV1 = JPEG + "50", JPEG + "51", JPEG + "57", JPEG + "70"
LS, LS_NEAR, J2K_LOSSLESS, J2K = JPEG + "80", JPEG + "81", JPEG + "90", JPEG + "91"
HTJ2K_LOSSLESS, HTJ2K, JXL = JPEG + "201", JPEG + "203", JPEG + "110"

# `m` is 2 to the number of bits.
PATTERNS = {
    "ramp": lambda c, r, m: (7 * c + 13 * r) % m,
    "rough": lambda c, r, m: (31 * c * c + 17 * r * r + 7 * c * r + 3 * c) % m,
    "flat": lambda c, r, m: 0 * c + m // 3,
    "steps": lambda c, r, m: (c // 9 + r // 5) % 3 * (m // 3),
    "extremes": lambda c, r, m: (c * r + c + r // 2) % 2 * (m - 1),
    "disc": lambda c, r, m: ((c - 20) ** 2 + (r - 18) ** 2 < 200).astype(int),
    # Negative below the diagonal.
    "slope": lambda c, r, m: 3 * (c - r),
}
rows_of_list = []


def values(pattern, columns, rows, bits):
    r, c = np.mgrid[0:rows, 0:columns]
    return PATTERNS[pattern](c, r, 1 << bits)


def write(name, syntax, stream, pattern, bits, allocated, size=(47, 45), signed=False, reference=None, tolerance=0):
    (HERE / f"{name}.bin").write_bytes(stream)
    if reference is not None:
        (HERE / f"{name}.values").write_bytes(np.asarray(reference).astype("<u2").tobytes())
    rows_of_list.append([name, syntax, *size, allocated, bits, int(signed), pattern, tolerance if reference is not None else ""])


def container(array, bits):
    return np.ascontiguousarray(array.astype("u1" if bits <= 8 else "u2"))


def same(decoded, array):
    decoded = np.asarray(decoded).reshape(array.shape)
    assert np.array_equal(decoded, array), "another decoder gives other values"


def native_frames():
    for bits, kind in ((8, "u1"), (16, "u2"), (32, "u4")):
        array = values("rough", 47, 45, min(bits, 24)).astype(kind)
        write(f"uncompressed_{bits}", UNCOMPRESSED, array.astype(f"<{kind}").tobytes(), "rough", min(bits, 24), bits)
        write(f"deflated_{bits}", DEFLATED, deflate(array.astype(f"<{kind}").tobytes()), "rough", min(bits, 24), bits)
        if bits < 32:  # RLE is not defined for more.
            write(f"rle_{bits}", RLE, rle(array, bits), "rough", bits, bits)
    disc = values("disc", 47, 45, 1).astype("u1")
    packed = np.packbits(disc.reshape(-1), bitorder="little").tobytes()
    write("uncompressed_1", UNCOMPRESSED, packed + b"\0" * (len(packed) % 2), "disc", 1, 1)
    write("deflated_1", DEFLATED, deflate(packed), "disc", 1, 1)
    # A one-bit sample takes a whole byte in RLE (PS3.5 G.2).
    write("rle_1", RLE, rle(disc, 8), "disc", 1, 1)
    write("rle_flat", RLE, rle(values("flat", 300, 5, 12).astype("u2"), 16), "flat", 12, 16, (300, 5))
    slope = values("slope", 47, 45, 12).astype("i2")
    write("rle_signed", RLE, rle(slope, 16, 1), "slope", 12, 16, signed=True)


def deflate(data):
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = compressor.compress(data) + compressor.flush()
    return data + b"\0" * (len(data) % 2)


def rle(array, bits, sign=0):
    rows, columns = array.shape
    return RLELosslessEncoder.encode(
        array.tobytes(), rows=rows, columns=columns, samples_per_pixel=1, number_of_frames=1, bits_allocated=bits, bits_stored=bits,
        pixel_representation=sign, photometric_interpretation="MONOCHROME2", encoding_plugin="pydicom")


def jpeg_lossless():
    for bits in (2, 8, 12, 16):
        for predictor in range(1, 8):
            array = container(values("rough", 47, 45, bits), bits)
            stream = imagecodecs.jpeg8_encode(array, lossless=True, predictor=predictor, bitspersample=bits)
            same(libjpeg.decode(stream), array)
            write(f"lossless_{bits}_p{predictor}", LOSSLESS, stream, "rough", bits, 8 if bits <= 8 else 16)
    for size in ((1, 1), (1, 9), (9, 1)):
        array = container(values("ramp", *size, 12), 12)
        stream = imagecodecs.jpeg8_encode(array, lossless=True, predictor=1, bitspersample=12)
        write(f"lossless_{size[0]}x{size[1]}", LOSSLESS_SV1, stream, "ramp", 12, 16, size)
    for name, pattern, bits, predictor, options in (
        ("restarts", "ramp", 12, 1, {"restart_rows": 4}), ("restarts_p7", "rough", 12, 7, {"restart_rows": 1}),
        ("shifted", "steps", 12, 4, {"shift": 2}), ("long_codes", "rough", 16, 5, {"long_codes": True}),
        ("extremes", "extremes", 16, 1, {}), ("narrow", "ramp", 8, 1, {"allocated": 16}),
        ("zero_padding", "rough", 12, 2, {"padding": "0"}),
    ):
        array = container(values(pattern, 47, 45, bits), bits)
        allocated = options.pop("allocated", 8 if bits <= 8 else 16)
        shift = options.get("shift", 0)
        array = array >> shift << shift
        stream = lossless_encode(array, bits, predictor, **options)
        same(imagecodecs.jpeg8_decode(stream), array)
        reference = array if shift else None
        write(f"lossless_{name}", LOSSLESS_SV1 if predictor == 1 else LOSSLESS, stream, pattern, bits, allocated, reference=reference)
    slope = values("slope", 47, 45, 12)
    stream = imagecodecs.jpeg8_encode((slope & 0xFFF).astype("u2"), lossless=True, predictor=1, bitspersample=12)
    write("lossless_signed", LOSSLESS_SV1, stream, "slope", 12, 16, signed=True)


def lossless_encode(array, bits, predictor, restart_rows=0, shift=0, long_codes=False, padding="1"):
    """JPEG lossless with restart intervals, point transform and odd code tables, which no encoder at hand offers."""
    # Codes of categories 0 to 16: 5 bits each, or 1 to 16 bits. No code is all ones.
    counts = [1] * 14 + [0, 3] if long_codes else [0] * 4 + [17] + [0] * 11
    codes, code = [], 0
    for length, count in enumerate(counts, 1):
        for _ in range(count):
            codes.append(f"{code:0{length}b}")
            code += 1
        code <<= 1
    rows, columns = array.shape
    coded = (array >> shift).astype(int)
    out = b"\xff\xd8" + b"\xff\xc3" + struct.pack(">HBHHBBBB", 11, bits, rows, columns, 1, 1, 0x11, 0)
    out += b"\xff\xc4" + struct.pack(">HB", 2 + 1 + 16 + 17, 0) + bytes(counts) + bytes(range(17))
    if restart_rows:
        out += b"\xff\xdd" + struct.pack(">HH", 4, restart_rows * columns)
    out += b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, 1, 0, predictor, 0, shift)
    interval = restart_rows or rows
    for number, start in enumerate(range(0, rows, interval)):
        if number:
            out += bytes([0xFF, 0xD0 + (number - 1) % 8])
        text = ""
        for r in range(start, min(rows, start + interval)):
            for c in range(columns):
                a = coded[r, c - 1] if c else 0
                b, corner = (coded[r - 1, c], coded[r - 1, c - 1] if c else 0) if r > start else (0, 0)
                if r == start:
                    predicted = a if c else 1 << (bits - shift - 1)
                elif c == 0:
                    predicted = b
                else:
                    predicted = {1: a, 2: b, 3: corner, 4: a + b - corner, 5: a + ((b - corner) >> 1),
                                 6: b + ((a - corner) >> 1), 7: (a + b) >> 1}[predictor]
                difference = (coded[r, c] - predicted) & 0xFFFF
                difference -= 0x10000 if difference > 0x8000 else 0
                category = 16 if difference == 0x8000 else int(abs(difference)).bit_length()
                text += codes[category]
                if 0 < category < 16:
                    text += f"{difference if difference > 0 else difference + (1 << category) - 1:0{category}b}"
        assert padding == "1" or len(text) % 8, "nothing to pad"
        text += padding * (-len(text) % 8)
        out += int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\x00")
    return out + b"\xff\xd9"


def jpeg_lossy():
    ramp = values("ramp", 47, 45, 8).astype("u1")
    stream = imagecodecs.jpeg8_encode(ramp, level=85)
    write("baseline", BASELINE, stream, "ramp", 8, 8, reference=imagecodecs.jpeg8_decode(stream), tolerance=2)
    write("baseline_as_extended", EXTENDED, stream, "ramp", 8, 8, reference=imagecodecs.jpeg8_decode(stream), tolerance=2)
    with io.BytesIO() as file:
        Image.fromarray(ramp).save(file, "JPEG", quality=90, restart_marker_blocks=4)
        stream = file.getvalue()
    write("baseline_restarts", BASELINE, stream, "ramp", 8, 8, reference=imagecodecs.jpeg8_decode(stream), tolerance=2)
    stream = imagecodecs.jpeg8_encode(values("ramp", 47, 45, 12).astype("u2"), level=90, bitspersample=12)
    (HERE / "extended_12.bin").write_bytes(stream)


def jpeg_ls_frames():
    for bits in (2, 7, 8, 10, 12, 16):
        for pattern in ("ramp", "rough", "flat", "steps", "extremes"):
            jpeg_ls_frame(f"ls_{bits}_{pattern}", pattern, bits)
    for size in ((1, 1), (1, 9), (9, 1), (200, 33)):
        jpeg_ls_frame(f"ls_{size[0]}x{size[1]}", "ramp", 16, size)
    for bits in (8, 12, 16):
        for near in (1, 2, 3):
            for pattern in ("ramp", "steps"):
                jpeg_ls_frame(f"ls_{bits}_{pattern}_near{near}", pattern, bits, near=near)
    slope = values("slope", 47, 45, 12)
    write("ls_signed", LS, ls_encode((slope & 0xFFF).astype("u2"), 12, 0), "slope", 12, 16, signed=True)


def ls_encode(array, bits, near):
    # For very small or very noisy frames this encoder finds its own buffer too small.
    try:
        return bytes(jpeg_ls.encode_pixel_data(
            array.tobytes(), lossy_error=near, rows=array.shape[0], columns=array.shape[1], samples_per_pixel=1,
            bits_allocated=8 * array.itemsize, bits_stored=bits, pixel_representation=0, photometric_interpretation="MONOCHROME2"))
    except RuntimeError:
        return None


def jpeg_ls_frame(name, pattern, bits, size=(47, 45), near=0):
    array = container(values(pattern, *size, bits), bits)
    stream = ls_encode(array, bits, near)
    if stream is None and bits == 8 * array.itemsize and near == 0:
        stream = imagecodecs.jpegls_encode(array)
    decoded = np.asarray(imagecodecs.jpegls_decode(stream)).reshape(array.shape)
    same(libjpeg.decode(stream), decoded)
    assert np.abs(decoded.astype(int) - array).max() <= near
    reference = decoded if near else None
    write(name, LS_NEAR if near else LS, stream, pattern, bits, 8 * array.itemsize, size, reference=reference)


def jpeg_2000():
    for bits in (8, 12, 16):
        array = container(values("rough", 47, 45, bits), bits)
        stream = imagecodecs.jpeg2k_encode(array, codecformat="j2k", level=0, reversible=True, bitspersample=bits)
        same(openjpeg.decode(stream), array)
        write(f"j2k_{bits}", J2K_LOSSLESS, stream, "rough", bits, 8 * array.itemsize)
    array = values("rough", 47, 45, 12).astype("u2")
    options = {"level": 0, "reversible": True, "bitspersample": 12}
    write("j2k_wrapped", J2K_LOSSLESS, imagecodecs.jpeg2k_encode(array, codecformat="jp2", **options), "rough", 12, 16)
    with io.BytesIO() as file:
        # Eight bits: with sixteen this encoder gets tiles wrong.
        narrow = values("rough", 47, 45, 8).astype("u1")
        Image.fromarray(narrow).save(file, "JPEG2000", tile_size=(20, 20), irreversible=False, no_jp2=True)
        same(openjpeg.decode(file.getvalue()), narrow)
        write("j2k_tiles", J2K_LOSSLESS, file.getvalue(), "rough", 8, 8)
    for size in ((1, 1), (1, 9), (9, 1)):
        small = values("ramp", *size, 12).astype("u2")
        stream = imagecodecs.jpeg2k_encode(small, codecformat="j2k", resolutions=1, **options)
        write(f"j2k_{size[0]}x{size[1]}", J2K_LOSSLESS, stream, "ramp", 12, 16, size)
    slope = values("slope", 47, 45, 16).astype("i2")
    stream = imagecodecs.jpeg2k_encode(slope, codecformat="j2k", level=0, reversible=True, bitspersample=16)
    write("j2k_signed", J2K_LOSSLESS, stream, "slope", 16, 16, signed=True)
    # The codestream says unsigned, 12 bits; the bits are those of signed samples.
    stream = imagecodecs.jpeg2k_encode((slope & 0xFFF).astype("u2"), codecformat="j2k", **options)
    write("j2k_signed_as_unsigned", J2K_LOSSLESS, stream, "slope", 12, 16, signed=True)
    disc = values("disc", 47, 45, 1).astype("u1")
    stream = openjpeg.utils.encode_array(disc, bits_stored=1, photometric_interpretation=2)
    same(openjpeg.decode(stream), disc)
    write("j2k_1", J2K_LOSSLESS, stream, "disc", 1, 1)
    ramp = values("ramp", 47, 45, 12).astype("u2")
    stream = imagecodecs.jpeg2k_encode(ramp, codecformat="j2k", level=60, reversible=False, bitspersample=12)
    write("j2k_lossy", J2K, stream, "ramp", 12, 16, reference=openjpeg.decode(stream), tolerance=1)
    wide = values("rough", 47, 45, 16).astype("u2")
    stream = imagecodecs.htj2k_encode(wide, reversible=True)
    same(openjpeg.decode(stream), wide)
    write("htj2k", HTJ2K_LOSSLESS, stream, "rough", 16, 16)
    stream = imagecodecs.htj2k_encode(values("ramp", 47, 45, 16).astype("u2"), level=0.001, reversible=False)
    write("htj2k_lossy", HTJ2K, stream, "ramp", 16, 16, reference=openjpeg.decode(stream), tolerance=1)


def jpeg_xl():
    for bits in (8, 12, 16):
        array = container(values("rough", 47, 45, bits), bits)
        stream = imagecodecs.jpegxl_encode(array, lossless=True, bitspersample=bits)
        same(imagecodecs.jpegxl_decode(stream), array)
        write(f"jxl_{bits}", JXL, stream, "rough", bits, 8 * array.itemsize)


if __name__ == "__main__":
    shutil.rmtree(HERE, ignore_errors=True)
    HERE.mkdir()
    native_frames()
    jpeg_lossless()
    jpeg_lossy()
    jpeg_ls_frames()
    jpeg_2000()
    jpeg_xl()
    with open(HERE / "streams.csv", "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow("name,transfer_syntax,columns,rows,bits_allocated,bits_stored,signed,pattern,tolerance".split(","))
        table.writerows(rows_of_list)
