"""Cases of NRRD masks. Headers are written out, so that every spelling and every lie is possible."""

import bz2
import gzip
import itertools

import nrrd
import numpy as np
import SimpleITK as sitk

from masks_parts import (
    BLOCK, COLUMNS, FOLDER, LABELS, NOTHING, ONE, ORIGIN, ROWS, SLICES, SPACING, STAIRS, TWO, TWO_ALONE, case, measured, refused,
)

EXISTING = "../../masks/"
SECOND = BLOCK & ~STAIRS
FLIP = np.array([-1, -1, 1])
STEPS = np.diag(SPACING)


def vector(values):
    return "none" if values is None else "(" + ",".join(repr(float(v)) for v in values) + ")"


def header(sizes=(COLUMNS, ROWS, SLICES), type="uchar", encoding="raw", space="left-posterior-superior", directions=STEPS, origin=ORIGIN,
           pairs=(), version=4, **fields):
    """The text of a header. A field that is None is left out; underscores of `fields` stand for spaces."""
    lines = {"type": type, "dimension": len(sizes), "space": space, "sizes": " ".join(map(str, sizes)),
             "space directions": " ".join(vector(v) for v in directions), "kinds": None, "endian": None, "encoding": encoding,
             "space origin": vector(origin)}
    lines |= {key.replace("_", " "): value for key, value in fields.items()}
    data_file = lines.pop("data file", None)
    text = [f"NRRD000{version}", "# written for a test", *(f"{key}: {value}" for key, value in lines.items() if value is not None)]
    text += [f"{key}:={value}" for key, value in pairs]
    # A list of files is the end of the header.
    return ("\n".join(text + ([f"data file: {data_file}"] if data_file else [])) + "\n").encode()


def write(name, data, directory=None):
    path = FOLDER / (directory or "") / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(bytes(data))
    return name if directory is None else f"{directory}/{name}"


def attached(name, data, **fields):
    return write(name, header(**fields) + b"\n" + data)


def lacking(field, **fields):
    """A header without one of its fields."""
    return b"".join(line for line in header(**fields).splitlines(True) if not line.startswith(field)) + b"\n"


def two(name, rows, source, file, tools=("pynrrd", "SimpleITK"), stored=None, **more):
    """STAIRS as 1, and BLOCK without STAIRS as 2. `stored`: how the tools see the array [slice, row, column]."""
    expected = LABELS if stored is None else stored
    if "pynrrd" in tools:
        assert np.array_equal(np.asarray(nrrd.read(str(FOLDER / file))[0]).T, expected), name
    if "SimpleITK" in tools:
        assert np.array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(FOLDER / file))), expected), name
    if tools:
        source += f"; {' and '.join(tools)} read{'s' * (len(tools) == 1)} the same array"
    measured(name, rows, source, file, [STAIRS, SECOND], [1, 2], **more)


RAW = LABELS.tobytes()


def spaces():
    for name, file in (("space_ras", "nrrd_ras.nrrd"), ("space_las", "nrrd_las.nrrd"), ("axes_permuted", "nrrd_permuted.nrrd")):
        measured(name, "D01", "closed form, made by pynrrd", EXISTING + file, [ONE, TWO_ALONE], [1, 2])
    two("space_lps", "D01", "the abbreviation of what 3D Slicer writes", attached("space_lps.nrrd", RAW, space="LPS"))
    two("space_ras_capitals", "D01", "a frame in capitals", attached("space_ras_capitals.nrrd", RAW, space="Right-Anterior-Superior",
                                                                    directions=STEPS * FLIP, origin=ORIGIN * FLIP), tools=("pynrrd",))
    for name, space in (("space_right_handed", "3D-right-handed"), ("space_left_handed", "3D-left-handed-time"),
                        ("space_scanner", "scanner-xyz"),
                        ("space_in_time", "left-posterior-superior-time"), ("space_unknown", "posterior-left-superior")):
        refused(name, "D01", f"`{space}` does not say where the patient is", attached(f"{name}.nrrd", RAW, space=space), "bad-attribute",
                ["left-posterior-superior, right-anterior-superior or left-anterior-superior"])
    refused("no_space", "D01", "no space", EXISTING + "nrrd_no_space.nrrd", "bad-attribute", ["space is missing"])
    refused("only_a_dimension", "D01", "`space dimension` instead of a space",
            attached("only_a_dimension.nrrd", RAW, space=None, space_dimension=3), "bad-attribute", ["space is missing"])
    # Any order and direction of the stored axes.
    for order, signs in (((0, 1, 2), (-1, 1, -1)), ((1, 2, 0), (1, -1, 1)), ((2, 1, 0), (-1, -1, -1)), ((1, 0, 2), (1, 1, -1))):
        array = LABELS.transpose(2, 1, 0).transpose(order)
        origin, directions = ORIGIN.copy(), []
        for axis, (of, sign) in enumerate(zip(order, signs)):
            if sign < 0:
                array = np.flip(array, axis)
                origin = origin + STEPS[of] * (array.shape[axis] - 1)
            directions.append(STEPS[of] * sign)
        name = "axes_" + "".join("+-"[sign < 0] + "xyz"[of] for of, sign in zip(order, signs)).replace("+", "p").replace("-", "m")
        two(name, "D01", f"stored axes {order}, signs {signs}", attached(f"{name}.nrrd", array.ravel(order="F").tobytes(),
                                                                         sizes=array.shape,
                                                                        directions=directions, origin=origin), stored=array.T)
    two("units_in_mm", "D01", "space units mm", attached("units_in_mm.nrrd", RAW, space_units='"mm" "mm" "mm"'))
    refused("units_in_um", "D01", "space units um", attached("units_in_um.nrrd", RAW, space_units='"um" "um" "um"'), "unsupported",
            ["um"])
    two("measurement_frame", "D01", "fields that do not matter", attached("measurement_frame.nrrd", RAW,
                                                                          measurement_frame="(0,1,0) (1,0,0) (0,0,1)",
                                                                        centerings="node node node", content="a:=b", old_min=0))
    refused("no_directions", "D01", "spacings instead of directions",
            write("no_directions.nrrd", lacking(b"space directions", spacings="0.8 0.9 2.5") + RAW),
            "bad-attribute", ["space directions"])
    refused("no_origin", "D01", "no origin",
            write("no_origin.nrrd", lacking(b"space origin") + RAW),
            "bad-attribute", ["space origin"])
    for name, directions, origin in (("directions_singular", [STEPS[0], STEPS[0], STEPS[2]], ORIGIN),
                                     ("directions_zero", [STEPS[0], STEPS[1], (0, 0, 0)], ORIGIN),
                                     ("directions_infinite", [STEPS[0], STEPS[1], (0, 0, np.inf)], ORIGIN),
                                     ("two_directions", [STEPS[0], STEPS[1], None], ORIGIN),
                                     ("direction_missing", STEPS[:2], ORIGIN),
                                     ("origin_of_four", STEPS, (0, 0, 0, 0)), ("origin_nan", STEPS, (0, np.nan, 0))):
        refused(name, "D01", "no three independent directions and one origin", attached(f"{name}.nrrd", RAW, directions=directions,
                                                                                        origin=origin),
                "bad-attribute")
    refused("dimension_differs", "D01", "three sizes, dimension 4", attached("dimension_differs.nrrd", RAW, dimension=4), "bad-attribute",
            ["dimension"])
    for name, kinds in (("kind_of_time", "domain domain time"), ("kind_of_list", "list domain domain")):
        refused(name, "D01", "a direction, and a kind that is not in space", attached(f"{name}.nrrd", RAW, kinds=kinds), "unsupported",
                ["kind"])
    refused("field_twice", "D01", "two different origins", write("field_twice.nrrd", header() + b"space origin: (0,0,0)\n\n" + RAW),
            "corrupt",
            ["comes twice"])
    refused("version_9", "D01", "a version that is not known", attached("version_9.nrrd", RAW, version=9), "unsupported", ["NRRD0009"])
    two("windows_lines", "D01", "lines that end with carriage returns", write("windows_lines.nrrd",
                                                                              header().replace(b"\n", b"\r\n") + b"\r\n" + RAW),
        tools=("pynrrd",))


def encodings():
    for name, file in (("raw", "nrrd_raw.nrrd"), ("gzip", "nrrd_gzip.nrrd"), ("ascii", "nrrd_ascii.nrrd"),
                       ("int16_big", "nrrd_int16_big.nrrd"),
                       ("detached", "nrrd_detached.nhdr")):
        measured(f"encoding_{name}", "D02", "closed form, made by pynrrd", EXISTING + file, [ONE, TWO_ALONE], [1, 2])
    text = " ".join(map(str, LABELS.ravel())).encode()
    digits = LABELS.tobytes().hex().upper().encode()
    lines = b"\n".join(digits[i : i + 72] for i in range(0, len(digits), 72)) + b"\n"
    for encoding, data, tools in (("gz", gzip.compress(RAW, 9, mtime=0), ("pynrrd", "SimpleITK")),
                                  ("bzip2", bz2.compress(RAW), ("pynrrd",)),
                                  ("bz2", bz2.compress(RAW), ("pynrrd",)), ("txt", text, ("pynrrd", "SimpleITK")),
                                  ("text", text.replace(b" ", b"\n"), ("pynrrd", "SimpleITK")), ("hex", lines, ("SimpleITK",))):
        two(f"encoding_{encoding}", "D02", f"encoding {encoding}", attached(f"encoding_{encoding}.nrrd", data, encoding=encoding),
            tools=tools)
    two("encoding_in_capitals", "D02", "encoding GZIP", attached("encoding_in_capitals.nrrd", gzip.compress(RAW, 9, mtime=0),
                                                                 encoding="GZIP"), tools=())
    for spelled, kind in (("signed char", "i1"), ("unsigned short int", "u2"), ("int16_t", "i2"), ("uint", "u4"), ("signed int", "i4"),
                          ("unsigned long long", "u8"), ("longlong", "i8"), ("float", "f4"), ("double", "f8")):
        for order in (("little", "<"), ("big", ">")) if kind != "i1" else (("little", "<"),):
            name = f"type_{kind}_{order[0]}"
            data = bz2.compress(LABELS.astype(order[1] + kind).tobytes())
            two(name, "D02", f"type {spelled}, {order[0]} endian", attached(f"{name}.nrrd", data, type=spelled, encoding="bzip2",
                                                                            endian=order[0]),
                tools=("pynrrd",))
    words = LABELS.astype(">u2").tobytes().hex().encode()
    two("hex_big_endian", "D02", "16-bit numbers in hexadecimal, the high byte first",
        attached("hex_big_endian.nrrd", words, type="ushort", encoding="hex", endian="big"), tools=("SimpleITK",))
    floats = " ".join(f"{value}.0e0" for value in LABELS.ravel()).encode()
    two("ascii_of_floats", "D02", "numbers as 1.0e0", attached("ascii_of_floats.nrrd", floats, type="float", encoding="ascii"),
        tools=("pynrrd",))
    refused("no_endian", "D02", "16-bit numbers, and nothing says which byte comes first",
            attached("no_endian.nrrd", LABELS.astype("<u2").tobytes(), type="ushort"), "bad-attribute", ["endian"])
    refused("type_block", "D02", "a type without numbers", attached("type_block.nrrd", RAW, type="block", block_size=1), "unsupported",
            ["block"])
    refused("encoding_unknown", "D02", "an encoding that is not known", attached("encoding_unknown.nrrd", RAW, encoding="zrle"),
            "unsupported",
            ["zrle"])
    refused("raw_short", "D02", "one voxel short", attached("raw_short.nrrd", RAW[:-1]), "corrupt",
            ["promises 990 voxels, 989 are there"])
    two("raw_long", "D02", "bytes behind the last voxel: said", attached("raw_long.nrrd", RAW + b"\1\1"), problems=["excess-data"],
        tools=())
    refused("ascii_short", "D02", "one number short", attached("ascii_short.nrrd", text[:-2], encoding="ascii"), "corrupt",
            ["989 are there"])
    refused("ascii_words", "D02", "a word where a number is expected", attached("ascii_words.nrrd", text[:-1] + b"one", encoding="ascii"),
            "corrupt",
            ["`one` is no number"])
    refused("ascii_endless", "D02", "a number of 2 000 digits", attached("ascii_endless.nrrd", b"1" * 2_000, encoding="ascii"), "corrupt",
            ["not made of numbers"])
    refused("hex_odd", "D02", "half a byte at the end", attached("hex_odd.nrrd", digits[:-1], encoding="hex"), "corrupt", ["cut in half"])
    refused("hex_words", "D02", "a letter that is no digit", attached("hex_words.nrrd", digits[:-1] + b"g", encoding="hex"), "corrupt",
            ["hexadecimal"])
    refused("gzip_short", "D02", "the stream ends early", attached("gzip_short.nrrd", gzip.compress(RAW, 9, mtime=0)[:-20],
                                                                   encoding="gzip"), "corrupt",
            ["cut off"])
    refused("bzip2_short", "D02", "the stream ends early", attached("bzip2_short.nrrd", bz2.compress(RAW)[:-20], encoding="bzip2"),
            "corrupt")
    damaged = bytearray(bz2.compress(RAW))
    damaged[60] ^= 255
    refused("bzip2_damaged", "D02", "changed bytes", attached("bzip2_damaged.nrrd", damaged, encoding="bzip2"), "corrupt")
    refused("not_gzip", "D02", "encoding gzip, and raw bytes", attached("not_gzip.nrrd", RAW, encoding="gzip"), "corrupt")
    soft = np.where(STAIRS, 0.7, 0).astype("<f4").tobytes()
    refused("soft_values", "D02", "0.7 is no label", attached("soft_values.nrrd", soft, type="float", endian="little"), "corrupt",
            ["threshold"])
    bombs()


def bombs():
    """Small files that become large ones."""
    # Every block of bzip2 holds up to 45 899 235 zeros in some 45 bytes.
    zeros = bz2.compress(bytes(300 << 20))
    two_gibibytes = zeros * 7
    two("bomb_behind", "D02", "the voxels, then 2 GiB of zeros in some kilobytes: they are not read",
        attached("bomb_behind.nrrd", bz2.compress(RAW) + two_gibibytes, encoding="bzip2"), problems=["excess-data"], tools=())
    case("bomb_of_nothing", "D02", ["measure", "--mask", attached("bomb_of_nothing.nrrd", zeros, sizes=(640, 640, 768), encoding="bzip2"),
                                    "--format", "json"],
         "314 572 800 voxels of 0 in some kilobytes: read row by row, nothing is marked", problems=["empty-mask"])
    refused("sizes_lie", "D02", "1000 x 1000 x 1000 numbers of 64 bits are promised, 990 are there",
            attached("sizes_lie.nrrd", bz2.compress(RAW), sizes=(1000, 1000, 1000), type="double", endian="little", encoding="bzip2"),
            "corrupt",
            ["8000000000 bytes"], image=None)
    refused("sizes_too_large", "D02", "a million voxels along every axis", attached("sizes_too_large.nrrd", RAW,
                                                                                    sizes=(1000000, 1000000, 1000000)),
            "unsupported", ["1000000 x 1000000 x 1000000"])
    for name, sizes in (("size_zero", (15, 0, 6)), ("size_negative", (15, -11, 6)), ("size_huge", (15, 11, 1 << 64)),
                        ("size_word", (15, "eleven", 6))):
        refused(name, "D02", f"sizes {sizes}", attached(f"{name}.nrrd", RAW, sizes=sizes), "bad-attribute", ["sizes"])
    noise = bz2.compress(np.arange(80000, dtype="<u4").tobytes())
    refused("values_of_an_image", "D02", "80 000 different values: an image, not a mask",
            attached("values_of_an_image.nrrd", noise, sizes=(400, 200, 1), type="uint", endian="little", encoding="bzip2"), "corrupt",
            ["an image, not a mask"], image=None)


def skips():
    two("byte_skip", "D02", "17 bytes between header and voxels", attached("byte_skip.nrrd", b"\1" * 17 + RAW, byte_skip=17), tools=())
    two("line_skip", "D02", "two lines between header and voxels", attached("line_skip.nrrd", b"first\nsecond\n" + RAW, line_skip=2),
        tools=("pynrrd",))
    two("both_skips", "D02", "a line, then three bytes", attached("both_skips.nrrd", b"line\n\1\1\1" + RAW, line_skip=1, byte_skip=3),
        tools=())
    two("skip_to_the_end", "D02", "byte skip -1: the voxels are the end of the file",
        attached("skip_to_the_end.nrrd", b"\1" * 999 + RAW, byte_skip=-1),
        tools=("pynrrd",))
    two("skip_spelled_without_space", "D02", "byteskip", write("skip_spelled_without_space.nrrd",
                                                               header() + b"byteskip: 5\n\n" + b"\1" * 5 + RAW), tools=())
    packed = gzip.compress(b"\1" * 12 + RAW, 9, mtime=0)
    two("skip_in_gzip", "D02", "a line of the file, and 12 bytes of what was compressed",
        attached("skip_in_gzip.nrrd", b"line\n" + packed, encoding="gzip", line_skip=1, byte_skip=12), tools=("SimpleITK",))
    two("skip_in_text", "D02", "a line of text", attached("skip_in_text.nrrd", b"7 7 7 7\n" + " ".join(map(str, LABELS.ravel())).encode(),
                                                          encoding="ascii", line_skip=1), tools=("pynrrd",))
    refused("skip_to_the_end_of_gzip", "D02", "byte skip -1 is for raw data", attached("skip_to_the_end_of_gzip.nrrd", packed,
                                                                                       encoding="gzip", byte_skip=-1),
            "bad-attribute", ["byte skip"])
    refused("skip_backwards", "D02", "byte skip -2", attached("skip_backwards.nrrd", RAW, byte_skip=-2), "bad-attribute", ["byte skip"])
    refused("skip_a_word", "D02", "line skip one", attached("skip_a_word.nrrd", RAW, line_skip="one"), "bad-attribute", ["line skip"])
    refused("skip_beyond", "D02", "more bytes are skipped than there are", attached("skip_beyond.nrrd", RAW, byte_skip=1 << 40),
            "corrupt", ["0 are there"])
    refused("end_too_short", "D02", "byte skip -1, and less than a volume", attached("end_too_short.nrrd", RAW[:-1], byte_skip=-1),
            "corrupt")


def detached():
    write("detached.raw", RAW)
    two("detached_raw", "D02", "voxels in another file", write("detached_raw.nhdr", header(data_file="detached.raw")))
    two("detached_dot", "D02", "the same with ./ before it", write("detached_dot.nhdr", header(datafile="./detached.raw")),
        tools=("pynrrd",))
    write("voxels of it.raw.gz", gzip.compress(RAW, 9, mtime=0), "below")
    two("detached_below", "D02", "in a folder below, a name with spaces", write("detached_below.nhdr",
                                                                                header(encoding="gzip",
                                                                                       data_file="below/voxels of it.raw.gz")),
        tools=("pynrrd",))
    write("end.raw", b"\1" * 77 + RAW)
    two("detached_end", "D02", "byte skip -1 in another file", write("detached_end.nhdr", header(byte_skip=-1, data_file="end.raw")))
    for name, file in (("detached_above", "../masks/detached.raw"), ("detached_absolute", "/etc/hostname"),
                       ("detached_through", "below/../detached.raw")):
        refused(name, "D02", "a data file outside of the header's folder", write(f"{name}.nhdr", header(data_file=file)), "unsupported",
                ["data file"])
    refused("outside", "D02", "a data file above, header made by pynrrd", EXISTING + "nrrd_outside.nhdr", "unsupported", ["data file"])
    refused("detached_nowhere", "D02", "a data file that is not there", write("detached_nowhere.nhdr", header(data_file="nowhere.raw")),
            "unreadable",
            ["nowhere.raw"])
    refused("detached_folder", "D02", "a folder instead of a data file", write("detached_folder.nhdr", header(data_file="below")),
            "unreadable", ["below"])

    names = [f"slice{s}.raw" for s in range(SLICES)]
    for s, name in enumerate(names):
        write(name, LABELS[s].tobytes(), "parts")
    listed = "LIST\n" + "\n".join(f"parts/{name}" for name in names)
    two("list_of_files", "D02", "a file for every slice", write("list_of_files.nhdr", header(data_file=listed)), tools=("SimpleITK",))
    two("pattern_of_files", "D02", "the same as a pattern", write("pattern_of_files.nhdr", header(data_file="parts/slice%d.raw 0 5 1")),
        tools=("SimpleITK",))
    down = dict(directions=[STEPS[0], STEPS[1], -STEPS[2]], origin=ORIGIN + STEPS[2] * (SLICES - 1))
    two("pattern_downwards", "D02", "from the last file to the first", write("pattern_downwards.nhdr",
                                                                             header(data_file="parts/slice%d.raw 5 0 -1", **down)),
        tools=(), stored=LABELS[::-1])
    for s, name in enumerate(f"of{s:03d}.gz" for s in range(0, 12, 2)):
        write(name, gzip.compress(LABELS[s].tobytes(), 9, mtime=0), "parts")
    two("pattern_of_width", "D02", "%03d, every second number, each file in gzip",
        write("pattern_of_width.nhdr", header(encoding="gzip", data_file="parts/of%03d.gz 0 10 2 2")), tools=("SimpleITK",))
    for half in (0, 1):
        write(f"half{half}.bz2", bz2.compress(LABELS[3 * half : 3 * half + 3].tobytes()), "parts")
    two("list_of_slabs", "D02", "two files of three slices each", write("list_of_slabs.nhdr",
                                                                        header(encoding="bzip2",
                                                                               data_file="LIST 3\nparts/half0.bz2\nparts/half1.bz2")),
        tools=())
    rows = [write(f"row{s}_{r}.txt", " ".join(map(str, LABELS[s, r])).encode(), "parts")
            for s, r in itertools.product((1, 2), range(ROWS))]
    only = dict(sizes=(COLUMNS, ROWS, 2), origin=ORIGIN + STEPS[2])
    below = lambda voxels: voxels & (np.arange(SLICES)[:, None, None] >= 1) & (np.arange(SLICES)[:, None, None] < 3)
    measured("list_of_rows", "D02", "a file for every row of slices 1 and 2, in words",
             write("list_of_rows.nhdr", header(encoding="ascii", data_file="LIST 1\n" + "\n".join(rows), **only)),
             [below(STAIRS), below(SECOND)], [1, 2])
    refused("list_too_short", "D02", "five files for six slices", write("list_too_short.nhdr",
                                                                        header(data_file=listed.rsplit("\n", 1)[0])), "bad-attribute",
            ["5 files"])
    refused("list_of_nothing", "D02", "a list of no files", write("list_of_nothing.nhdr", header(data_file="LIST")), "bad-attribute",
            ["0 files"])
    away = listed.replace("parts/slice3.raw", "../../masks/nrrd_detached.raw")
    refused("list_outside", "D02", "one of the files lies outside", write("list_outside.nhdr", header(data_file=away)), "unsupported",
            ["data file"])
    write("short.raw", LABELS[3].tobytes()[:-1], "parts")
    refused("part_short", "D02", "one of the files is a byte short", write("part_short.nhdr",
                                                                           header(data_file=listed.replace("slice3", "short"))),
            "corrupt",
            ["parts/short.raw", "less than its share"])
    write("long.raw", LABELS[3].tobytes() + b"\0", "parts")
    refused("part_long", "D02", "one of the files is a byte longer", write("part_long.nhdr",
                                                                           header(data_file=listed.replace("slice3", "long"))), "corrupt",
            ["parts/long.raw", "more than its share"])
    refused("part_missing", "D02", "one of the files is not there", write("part_missing.nhdr",
                                                                          header(data_file=listed.replace("slice3", "slice9"))),
            "corrupt",
            ["parts/slice9.raw"])
    for name, pattern in (("pattern_endless", "parts/slice%d.raw 0 999999999 1"), ("pattern_step_0", "parts/slice%d.raw 0 5 0"),
                          ("pattern_backwards", "parts/slice%d.raw 5 0 1"), ("pattern_of_text", "parts/slice%s.raw 0 5 1"),
                          ("pattern_of_two", "parts/%d_%d.raw 0 5 1"), ("pattern_wide", "parts/slice%0999999999d.raw 0 5 1"),
                          ("pattern_without_numbers", "parts/slice%d.raw"), ("pattern_overflow",
                                                                             f"parts/slice%d.raw {-(1 << 63)} {(1 << 63) - 1} 1")):
        refused(name, "D02", f"`{pattern}` names no files", write(f"{name}.nhdr", header(data_file=pattern)), "bad-attribute",
                ["data file"])


def segments():
    def named(*keys):
        return [(f"Segment{n}_{key}", value) for n, fields in keys for key, value in fields.items()]

    layers = np.stack([STAIRS, BLOCK]).astype("u1")  # [layer, slice, row, column]
    both = named((0, dict(ID="S_1", Name="lesion: one", LabelValue=1, Layer=0)),
                 (1, dict(ID="S_2", Name="lesion two", LabelValue=1, Layer=1)))
    names = {"/lesions/0/id": "S_1", "/lesions/1/id": "S_2"}
    measured("layers", "D03", "closed form, made by pynrrd: two layers, list axis first", EXISTING + "nrrd_layers.seg.nrrd", [ONE, TWO],
             values={"/lesions/0/id": "Segment_1", "/lesions/1/id": "Segment_2"})
    for place in range(4):
        array = np.moveaxis(layers.transpose(0, 3, 2, 1), 0, place)
        directions = list(STEPS)
        directions.insert(place, None)
        kinds = ["domain"] * 3
        kinds.insert(place, "list")
        file = attached(f"list_axis_{place}.seg.nrrd", array.ravel(order="F").tobytes(), sizes=array.shape, directions=directions,
                        kinds=" ".join(kinds), pairs=both)
        assert np.array_equal(nrrd.read(str(FOLDER / file))[0], array)
        measured(f"list_axis_{place}", "D03", f"two layers, list axis after {place} others; pynrrd reads the same array", file,
                 [STAIRS, BLOCK], values=names)
    interleaved = dict(sizes=(2, COLUMNS, ROWS, SLICES), directions=[None, *STEPS])
    data = layers.transpose(0, 3, 2, 1).ravel(order="F").tobytes()
    old = named((0, dict(ID="S_1", Name="first")), (1, dict(ID="S_2", Name="second")))
    measured("layers_not_numbered", "D03", "older files: a layer for each segment, and no label values (3D Slicer reads them so)",
             attached("layers_not_numbered.seg.nrrd", data, **interleaved, pairs=old), [STAIRS, BLOCK], values=names)
    measured("kind_vector", "D03", "the list axis is called `vector`, as ITK does",
             attached("kind_vector.seg.nrrd", data, **interleaved, kinds="vector domain domain domain", pairs=both), [STAIRS, BLOCK],
             values=names)
    nan = [(f"{key}", value) for key, value in both]
    text = header(**interleaved, pairs=nan).replace(b"none", b"(nan,nan,nan)")
    measured("none_as_nan", "D03", "`none` written as a vector of NaN", write("none_as_nan.seg.nrrd", text + b"\n" + data),
             [STAIRS, BLOCK], values=names)
    shared = named((0, dict(ID="S_1", LabelValue=2, Layer=0)), (3, dict(ID="S_2", LabelValue=1, Layer=0)),
                   (12, dict(ID="S_3", Name="not drawn", LabelValue=9)))
    measured("labels_in_one_layer", "D03", "segments 0, 3 and 12 in one layer, labels 2, 1 and, without a voxel, 9",
             attached("labels_in_one_layer.seg.nrrd", RAW, pairs=shared), [SECOND, STAIRS, NOTHING], [2, 1, 9],
             problems=["empty-segment"],
             values=names | {"/lesions/2/id": "S_3"})
    measured("one_of_two_named", "D03", "label 2 has no name and is listed after the others",
             attached("one_of_two_named.seg.nrrd", RAW, pairs=named((0, dict(ID="S_1", LabelValue=1, Layer=0)))), [STAIRS, SECOND],
             [1, 2],
             values={"/lesions/0/id": "S_1", "/lesions/1/id": "2"})
    for name, pairs, says in (
        ("label_0", named((0, dict(ID="S_1", LabelValue=0, Layer=0))), "background"),
        ("label_a_word", named((0, dict(ID="S_1", LabelValue="one", Layer=0))), "Segment0_LabelValue"),
        ("layer_negative", named((0, dict(ID="S_1", LabelValue=1, Layer=-1))), "Segment0_Layer"),
        ("layer_not_there", named((0, dict(ID="S_1", LabelValue=1, Layer=1))), "layer 1"),
        ("label_shared", named((0, dict(ID="S_1", LabelValue=1, Layer=0)), (1, dict(ID="S_2", LabelValue=1, Layer=0))),
         "share the label value 1"),
    ):
        refused(f"segment_{name}", "D03", "keys that contradict the voxels", attached(f"segment_{name}.seg.nrrd", RAW, pairs=pairs),
                "contradiction", [says])
    refused("layers_without_names", "D03", "two volumes, and nothing says what they are",
            attached("layers_without_names.nrrd", data, **interleaved), "unsupported",
            ["2 label volumes"])
    refused("two_list_axes", "D03", "two axes that are not in space",
            attached("two_list_axes.seg.nrrd", data + data, sizes=(2, 2, COLUMNS, ROWS, SLICES), directions=[None, None, *STEPS],
                     pairs=both), "unsupported",
            ["several axes"])
    refused("colour_axis", "D03", "an axis of colours", attached("colour_axis.seg.nrrd", data, **interleaved,
                                                                 kinds="2-color domain domain domain", pairs=both),
            "unsupported", ["2-color"])
    two("list_axis_of_one", "D03", "a list axis of one", attached("list_axis_of_one.nrrd", RAW, sizes=(1, COLUMNS, ROWS, SLICES),
                                                                  directions=[None, *STEPS]), tools=())


def make():
    spaces()
    encodings()
    skips()
    detached()
    segments()
