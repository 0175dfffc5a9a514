"""Cases of bytes: encodings that are not what they say, what stands before and behind a data set, cut files, hostile headers."""

import struct

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

import files_syntaxes as syntaxes
from files_slices import (
    DEFLATED, EXPLICIT, IMPLICIT, ITEM_END, PIXEL_DATA, SEQUENCE_END, UNDEFINED, case, element, enhanced, file_of, header,
    headers_alone, in_one, item, joined, meta, parts, reads, refuses, rescale, series, stored, volume, with_pixels,
)

PLAIN = "closed form: stored 7 c + 13 r + 100 s"


def body(name, s, syntax):
    return joined(with_pixels(header(name, s), stored(s), syntax))


def without_meta():
    def end(file, s):
        return file[128:]

    name = "dicm_at_0"
    reads(name, "E03 L06", f"{PLAIN}; no preamble", series(name, end=end))
    name = "preamble_of_tiff"
    reads(name, "E03", f"{PLAIN}; the preamble belongs to another format", series(name, end=lambda file, s: b"II*\0" + file[4:]))
    for name, syntax in (("bare_implicit", IMPLICIT), ("bare_explicit", EXPLICIT)):
        reads(name, "E03 L05", f"{PLAIN}; the data set alone", [body(name, s, syntax) for s in range(3)], problems=["no-file-meta"],
              says=["s0.dcm"])
    name = "bare_without_extension"
    files = {f"IM{s}": body(name, s, IMPLICIT) for s in range(3)}
    reads(name, "E01 E03", f"{PLAIN}; the data set alone, and no name that helps", files, problems=["no-file-meta"])
    name = "bare_in_one"
    files = series(name)
    files[1] = body(name, 1, IMPLICIT)
    reads(name, "E03 L05", f"{PLAIN}; one data set alone", files, problems=["no-file-meta"], says=["s1.dcm"])

    name = "wrong_group_length"
    files = []
    for s, length in enumerate((0, 7, 1000, UNDEFINED)):
        ds = header(name, s)
        files.append(bytes(128) + b"DICM" + meta(ds, EXPLICIT, length) + joined(with_pixels(ds, stored(s))))
    ds = header(name, 4)
    files.append(bytes(128) + b"DICM" + meta(ds)[12:] + joined(with_pixels(ds, stored(4))))
    reads(name, "L05", f"{PLAIN}; group lengths 0, 7, 1000, 4 294 967 295 and none", files, volume(5) - 1024)


def mismatched():
    for name, says, is_ in (("explicit_declared_implicit_data", EXPLICIT, IMPLICIT),
                            ("implicit_declared_explicit_data", IMPLICIT, EXPLICIT)):
        rows = "E04 L05"
        reads(name, rows, PLAIN, [file_of(header(name, s), body(name, s, is_), says) for s in range(3)],
              problems=["encoding-mismatch"], says=["s0.dcm"])
        one = f"{name}_in_one"
        files = [file_of(header(one, s), body(one, s, is_ if s == 1 else says), says) for s in range(3)]
        reads(one, rows, f"{PLAIN}; one file is not what it says", files, problems=["encoding-mismatch"], says=["s1.dcm"])


def behind():
    def trailing(name, rows, what, more, **also):
        reads(name, rows, f"{PLAIN}; {what} behind the data set", series(name, end=lambda file, s: file + more), **also)

    trailing("trailing_zeros", "E05 L05", "512 zeros", bytes(512))
    trailing("trailing_zero", "E05", "one zero", bytes(1))
    padding = element(0xFFFCFFFC, "OB", bytes(100))
    trailing("trailing_padding", "E05", "Data Set Trailing Padding", padding)
    trailing("trailing_padding_and_zeros", "E05 L05", "Data Set Trailing Padding and 300 zeros", padding + bytes(300))
    trailing("private_behind_pixels", "E05", "a private element",
             element(0x7FE10010, "LO", b"NOBODY") + element(0x7FE11001, "OB", bytes(40)))
    # Declared 240 bytes, as the matrix needs, but more samples follow.
    more = stored(7).astype("<u2").tobytes()
    trailing("samples_behind_pixels", "L05 L06", "240 bytes of samples, beyond the declared length and", more,
             problems=["excess-pixel-data"])

    def less(by_tag, s):
        by_tag[PIXEL_DATA] = element(PIXEL_DATA, "OW", stored(s).astype("<u2").tobytes(), 120)

    name = "declared_less_than_there"
    refuses(name, "L05 P04", "the element declares 120 of the 240 bytes that are needed and there", series(name, edit=in_one(less)),
            "corrupt")


def unknown_representations():
    """UN of undefined length holds a sequence in implicit VR (CP-246)."""
    def implicit(tag, value):
        return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value

    def sequence(tag, content):
        return element(tag, "UN", b"", UNDEFINED) + item(content, UNDEFINED) + ITEM_END + SEQUENCE_END

    inner = implicit(0x20050010, b"NOBODY HERE ") + implicit(0x20051001, struct.pack("<f", 1.5))
    private = element(0x20050010, "LO", b"NOBODY HERE ")

    def reading(name, rows, what, edit):
        reads(name, rows, f"{PLAIN}; {what}", series(name, edit=edit))

    def plain(by_tag, s):
        by_tag[0x20050010] = private
        by_tag[0x2005100E] = sequence(0x2005100E, inner)

    reading("un_undefined", "E06 L05", "a private UN of undefined length", plain)

    def nested(by_tag, s):
        by_tag[0x20050010] = private
        deeper = struct.pack("<HHI", 0x2005, 0x1002, UNDEFINED) + item(inner, UNDEFINED) + ITEM_END + SEQUENCE_END
        by_tag[0x2005100E] = sequence(0x2005100E, inner + deeper)

    reading("un_undefined_nested", "E06 L05", "a private UN of undefined length with a sequence inside", nested)

    def known(by_tag, s):
        content = implicit(0x00081150, b"1.2.840.10008.5.1.4.1.1.2\0") + implicit(0x00081155, b"1.2.3.4\0")
        by_tag[0x00081140] = sequence(0x00081140, content)

    reading("un_undefined_known", "E06", "ReferencedImageSequence as UN of undefined length", known)

    def in_sequence(by_tag, s):
        by_tag[0x20050010] = private
        by_tag[0x2005100F] = (element(0x2005100F, "SQ", b"", UNDEFINED)
                              + item(private + sequence(0x2005100E, inner), UNDEFINED) + ITEM_END + SEQUENCE_END)

    reading("un_undefined_in_sequence", "E06 L05", "UN of undefined length inside of a sequence", in_sequence)

    def defined(by_tag, s):
        by_tag[0x20050010] = private
        by_tag[0x2005100E] = element(0x2005100E, "UN", item(inner))

    reading("un_defined", "E06", "a private UN of defined length with a sequence inside", defined)


def wrong_representations():
    def vr(tag, name, value):
        return lambda by_tag, s: by_tag.__setitem__(tag, element(tag, name, value(s) if callable(value) else value))

    position = lambda s: f"-4\\6\\{2.5 * s:g}".encode()
    edits = [
        [vr(0x00280030, "LO", b"0.8\\0.7"), vr(0x00200032, "UN", position), vr(0x00281052, "UN", b"-1024")],
        [vr(0x00280030, "FD", struct.pack("<2d", 0.8, 0.7)), vr(0x00280010, "UN", struct.pack("<H", 10)),
         vr(0x00281053, "FL", struct.pack("<f", 1))],
        [vr(0x00280010, "UL", struct.pack("<I", 10)), vr(0x00280011, "SS", struct.pack("<h", 12)),
         vr(0x00200037, "UN", b"1\\0\\0\\0\\1\\0"), vr(0x00280100, "IS", b"16"), vr(0x0020000E, "LO", None)],
    ]

    name = "wrong_vr"
    uid = with_pixels(header(name, 0), stored(0))[0x0020000E][8:]
    edits[2][-1] = vr(0x0020000E, "LO", uid)

    def edit(by_tag, s):
        for change in edits[s]:
            change(by_tag, s)

    reads(name, "E07 L06", f"{PLAIN}; spacing as LO and FD, position and rows as UN, slope as FL ...", series(name, edit=edit))

    name = "odd_numbers"
    spellings = [(b" 8.0E-1\\+.7 ", b"-1.024e3"), (b"0.80000000000000000000\\0.7", b" -1024."), (b"00.8\\0.70", b"-1024.000\0")]

    def odd(by_tag, s):
        spacing, intercept = spellings[s]
        by_tag[0x00280030] = element(0x00280030, "DS", spacing)
        by_tag[0x00281052] = element(0x00281052, "DS", intercept)

    reads(name, "E07", f"{PLAIN}; numbers in every spelling that DS allows, and too long", series(name, edit=odd))

    name = "padded_uids"

    def padded(by_tag, s):
        for tag in (0x00080016, 0x0020000E, 0x00200052):
            value = by_tag[tag][8:].rstrip(b"\0")
            by_tag[tag] = element(tag, "UI", value + (b"\0\0", b"  ", b"")[s])

    def padded_syntax(file, s):
        return file.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.1 ") if s == 1 else file

    reads(name, "E07 L06", f"{PLAIN}; NULs in s0.dcm, spaces in s1.dcm", series(name, edit=padded, end=padded_syntax))

    for keyword, tag, value in (("PixelSpacing", 0x00280030, b"0,8\\0,7"), ("RescaleIntercept", 0x00281052, b"-1024,5")):
        name = f"decimal_comma_{keyword.lower()}"
        edit = lambda by_tag, s: by_tag.__setitem__(tag, element(tag, "DS", value))
        refuses(name, "E07", "a comma could be read in two ways", series(name, edit=in_one(edit)), "bad-attribute",
                says=["s1.dcm", keyword])


def cut():
    def at(name, rows, what, place, run=None, syntax=EXPLICIT):
        files = series(name, syntax=syntax)
        files[1] = files[1][:place(files[1])]
        refuses(name, rows, what, files, "corrupt", run=run)

    rows = "E08 O09"
    at("cut_pixels", rows, "the last 100 bytes are gone", lambda file: len(file) - 100)
    case("cut_pixels_headers", f"{rows} L07", "the same, without decoding", run=headers_alone("cut_pixels"), exit=4,
         problems=["corrupt"], says=["s1.dcm"], values={"/series/0/usable": False})
    at("cut_last_byte", rows, "the last byte is gone", lambda file: len(file) - 1)
    at("cut_header", rows, "the file ends inside of the value of PixelSpacing", lambda file: file.index(b"0.8\\0.7") + 3,
       run=headers_alone("cut_header"))
    at("cut_element_head", rows, "the file ends inside of the head of an element", lambda file: file.index(b"0.8\\0.7") - 3)
    at("cut_meta", rows, "the file ends inside of its file meta information", lambda file: 160)
    at("cut_after_magic", rows, "the file ends after DICM", lambda file: 132)
    at("cut_after_meta", rows, "a CT file without a data set", lambda file: file.index(b"\x02\x00\x12\x00") + 36)
    # 100 zeros are no DICOM; that a slice is missing shows in the positions.
    name = "cut_preamble"
    files = series(name, slices=5)
    files[2] = files[2][:100]
    refuses(name, rows, "100 bytes are left of one file, so its slice is missing", files, ["not-what-it-says", "missing-slice"],
            says=["s2.dcm", "s1.dcm", "5.000 mm"])
    at("cut_deflated", "E08", "a deflated data set ends 60 bytes early", lambda file: len(file) - 60,
       syntax=DEFLATED)
    at("cut_deflated_early", "E08", "a deflated data set ends in its header", lambda file: len(file) - 300,
       syntax=DEFLATED)
    name = "cut_enhanced"
    ds = enhanced(name)
    ds.SharedFunctionalGroupsSequence[0].PixelValueTransformationSequence = rescale(1, -1024)
    file = file_of(ds, with_pixels(ds, volume()))
    refuses(name, "E08", "the last 300 of 720 bytes of three frames are gone", [file[:-300]], "corrupt", says=["s0.dcm"],
            whole=False)
    name = "cut_enhanced_groups"
    file = file_of(ds, with_pixels(ds, volume()))
    refuses(name, "E08", "the file ends inside of its functional groups", [file[:file.index(b"-4\\6\\") + 2]], "corrupt",
            says=["s0.dcm"], whole=False)
    name = "cut_rle"
    files = syntaxes.compressed(name, syntaxes.RLE, lambda s: [[syntaxes.rle(stored(s))]])
    files[1] = files[1][:-60]
    refuses(name, "E08", "the last 60 bytes of a compressed file are gone", files, "corrupt")


def hostile():
    def deep(levels, vr):
        """Sequences in each other, all of them closed."""
        tag = struct.pack("<HH", 0x7001, 0x1001)
        opened = {"SQ": tag + b"SQ\0\0" + b"\xff" * 4, "UN": tag + b"UN\0\0" + b"\xff" * 4, "": tag + b"\xff" * 4}
        start = item(b"", UNDEFINED)
        first = opened[vr] + start
        # What is inside of UN of undefined length is implicit.
        more = (opened["SQ"] if vr == "SQ" else opened[""]) + start
        return first + more * (levels - 1) + (ITEM_END + SEQUENCE_END) * levels

    def nested(name, levels, vr):
        files = series(name, syntax=DEFLATED)
        ds = header(name, 1)
        by_tag = with_pixels(ds, stored(1))
        by_tag[0x70010010] = element(0x70010010, "LO", b"NOBODY")
        by_tag[0x70011001] = deep(levels, vr)
        files[1] = file_of(ds, by_tag, DEFLATED)
        return files

    for name, vr in (("nested_20000", "SQ"), ("nested_20000_un", "UN")):
        refuses(name, "E12 L04 O21", "no real header nests 20 000 times; deflated, so that the file is small",
                nested(name, 20_000, vr), "corrupt")

    def items(levels):
        """Sequences of defined length in each other."""
        content = b""
        for _ in range(levels):
            content = element(0x70011001, "SQ", item(content))
        return content

    name = "nested_2000_defined"
    files = nested(name, 1, "SQ")
    ds = header(name, 1)
    by_tag = with_pixels(ds, stored(1))
    by_tag[0x70011001] = items(2000)
    files[1] = file_of(ds, by_tag, DEFLATED)
    refuses(name, "E12 L04", "2000 levels of defined length", files, "corrupt")
    name = "nested_10"
    reads(name, "L04", f"{PLAIN}; ten levels are no harm", nested(name, 10, "SQ"))

    # 4 GiB promised in a file of 1 KB: in the header, as text, as a sequence, as pixels.
    for name, tag, vr, value in (("four_gib_private", 0x00091001, "OB", b"short"), ("four_gib_text", 0x001021B0, "UT", b"short"),
                                 ("four_gib_unknown", 0x00091001, "UN", b"short"), ("four_gib_sequence", 0x00081140, "SQ", b"")):
        def edit(by_tag, s):
            if tag == 0x00091001:
                by_tag[0x00090010] = element(0x00090010, "LO", b"NOBODY")
            by_tag[tag] = element(tag, vr, value, 0xFFFFFFF0)

        refuses(name, "E12 L06", f"an element of 4 GiB in a file of 1 KB ({vr})", series(name, edit=in_one(edit)), "corrupt",
                run=headers_alone(name))

    def pixels(by_tag, s):
        by_tag[PIXEL_DATA] = element(PIXEL_DATA, "OW", stored(s).astype("<u2").tobytes(), 0xFFFFFFFE)

    name = "four_gib_pixels"
    refuses(name, "E12 L06", "pixel data of 4 GiB in a file of 1 KB", series(name, edit=in_one(pixels)), "corrupt")

    # A picture in the header is not the image.
    def icon(by_tag, s):
        small = Dataset()
        small.Rows = small.Columns = 4
        small.add_new(PIXEL_DATA, "OB", bytes(range(16)))
        outer = Dataset()
        outer.IconImageSequence = Sequence([small])
        by_tag.update(parts(outer))

    name = "icon"
    reads(name, "L07", f"{PLAIN}; a picture of 4 x 4 pixels in the header", series(name, edit=icon))


def make():
    without_meta()
    mismatched()
    behind()
    unknown_representations()
    wrong_representations()
    cut()
    hostile()
