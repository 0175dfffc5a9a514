"""Small CT slices as bytes, so that anything in them can be made odd, and the cases that `files.toml` lists.

A series has 3 slices (5 where a case says so) of 12 x 10 pixels of 0.7 x 0.8 mm, 2.5 mm apart; the stored value of column c,
row r, slice s is 7 c + 13 r + 100 s, slope 1, intercept -1024, unless a case says otherwise.
"""

import json
import pathlib
import struct
import zlib

import numpy as np
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.sequence import Sequence

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = HERE / "files"
COLUMNS, ROWS, SLICES = 12, 10, 3
ROOT = "1.2.826.0.1.3680043.10.1561"
PIXEL_DATA = 0x7FE00010

IMPLICIT, EXPLICIT, BIG, DEFLATED = (f"1.2.840.10008.1.2{end}" for end in ("", ".1", ".2", ".1.99"))

LONG = ("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "UC", "UN", "UR", "UT")


# Values

def stored(s, rows=ROWS, columns=COLUMNS):
    r, c = np.mgrid[0:rows, 0:columns]
    return 7 * c + 13 * r + 100 * s


def volume(slices=SLICES, values=stored):
    """All stored values, [slice, row, column]."""
    return np.stack([values(s) for s in range(slices)])


def texture(s):
    """12 bits without any order, so that compressed streams are long: the upper bits of multiples of a large odd number."""
    return (stored(s).astype(np.uint64) * 2654435761 >> 13 & 4095).astype(int)


# Headers

def uid(name, *rest):
    return ".".join([ROOT, str(zlib.crc32(name.encode())), *map(str, rest)])


def header(name, s, sop_class="1.2.840.10008.5.1.4.1.1.2"):
    """The header of slice `s` of the series of case `name`."""
    ds = Dataset()
    ds.SOPClassUID = sop_class
    ds.SOPInstanceUID = uid(name, 1, s + 1)
    ds.StudyDate = "20260105"
    ds.Modality = "CT"
    ds.PatientName = "NEVER^SHOWN"
    ds.PatientID = "NEVER-SHOWN"
    ds.SeriesInstanceUID, ds.FrameOfReferenceUID = uid(name, 3), uid(name, 4)
    ds.ImagePositionPatient = ["-4", "6", f"{2.5 * s:g}"]
    ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.Rows, ds.Columns = ROWS, COLUMNS
    ds.PixelSpacing = ["0.8", "0.7"]
    ds.SliceThickness = "2.5"
    bits(ds, 16, 12)
    ds.RescaleIntercept, ds.RescaleSlope = "-1024", "1"
    return ds


def bits(ds, allocated, stored_bits, signed=False):
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = allocated, stored_bits, stored_bits - 1
    ds.PixelRepresentation = int(signed)


def enhanced(name, order=(2, 0, 1)):
    """An enhanced CT whose frames are stored in this order; rescale is left to the case."""
    ds = header(name, 0, "1.2.840.10008.5.1.4.1.1.2.1")
    ds.NumberOfFrames = len(order)
    measures, orientation, shared = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = ds.PixelSpacing, ds.SliceThickness
    orientation.ImageOrientationPatient = ds.ImageOrientationPatient
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = Sequence([measures]), Sequence([orientation])
    ds.SharedFunctionalGroupsSequence = Sequence([shared])
    ds.PerFrameFunctionalGroupsSequence = Sequence([])
    for s in order:
        position, frame = Dataset(), Dataset()
        position.ImagePositionPatient = header(name, s).ImagePositionPatient
        frame.PlanePositionSequence = Sequence([position])
        ds.PerFrameFunctionalGroupsSequence.append(frame)
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness", "RescaleSlope",
                    "RescaleIntercept"):
        delattr(ds, keyword)
    return ds


def rescale(slope, intercept):
    """A functional group."""
    group = Dataset()
    group.RescaleIntercept, group.RescaleSlope, group.RescaleType = str(intercept), str(slope), "HU"
    return Sequence([group])


# Bytes

def element(tag, vr, value, length=None):
    """One element, explicit little endian, of these bytes; `length` states another length than they have."""
    if len(value) % 2:
        value += b"\0" if vr in ("UI", "OB", "UN") else b" "
    stated = len(value) if length is None else length
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr.encode()
    return head + (struct.pack("<HI", 0, stated) if vr in LONG else struct.pack("<H", stated)) + value


def item(value, length=None):
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(value) if length is None else length) + value


ITEM_END = struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
SEQUENCE_END = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
UNDEFINED = 0xFFFFFFFF


def parts(ds, implicit=False, big=False):
    """The elements of a data set, each in bytes, by tag."""
    found = {}
    for tag in ds.keys():
        one = Dataset()
        one.add(ds[tag])
        out = DicomBytesIO()
        out.is_implicit_VR, out.is_little_endian = implicit, not big
        write_dataset(out, one)
        found[int(tag)] = out.getvalue()
    return found


def joined(by_tag):
    return b"".join(by_tag[tag] for tag in sorted(by_tag))


def meta(ds, syntax=EXPLICIT, group_length=None):
    """File meta information; `group_length` states another length than it has."""
    rest = b"".join([
        element(0x00020001, "OB", b"\0\1"), element(0x00020002, "UI", ds.SOPClassUID.encode()),
        element(0x00020003, "UI", ds.SOPInstanceUID.encode()), element(0x00020010, "UI", syntax.encode()),
        element(0x00020012, "UI", ROOT.encode())])
    return element(0x00020000, "UL", struct.pack("<I", len(rest) if group_length is None else group_length)) + rest


def file_of(ds, body, syntax=EXPLICIT):
    """A whole file: preamble, meta, and these bytes (or elements by tag)."""
    body = body if isinstance(body, bytes) else joined(body)
    if syntax == DEFLATED:
        deflate = zlib.compressobj(9, wbits=-15)
        body = deflate.compress(body) + deflate.flush()
        body += b"\0" * (len(body) % 2)
    return bytes(128) + b"DICM" + meta(ds, syntax) + body


def with_pixels(ds, values, syntax=EXPLICIT):
    """The elements of an uncompressed image; negative values as two's complement."""
    width = ds.BitsAllocated // 8
    own = np.asarray(values).astype(np.int64) & (2 ** ds.BitsAllocated - 1)
    raw = own.astype(f"{'>' if syntax == BIG else '<'}u{width}").tobytes()
    ds.add_new(PIXEL_DATA, "OB" if width == 1 else "OW", raw + b"\0" * (len(raw) % 2))
    return parts(ds, implicit=syntax == IMPLICIT, big=syntax == BIG)


def series(name, change=lambda ds, s: None, edit=lambda by_tag, s: None, values=stored, slices=SLICES, syntax=EXPLICIT,
           end=lambda file, s: file):
    """The files of a series: `change` a header, `edit` its elements in bytes, and `end` up with other bytes."""
    files = []
    for s in range(slices):
        ds = header(name, s)
        change(ds, s)
        by_tag = with_pixels(ds, values(s), syntax)
        edit(by_tag, s)
        files.append(end(file_of(ds, by_tag, syntax), s))
    return files


def pair(name, *args, **more):
    """Two slices that are refused, both."""
    return series(name, *args, slices=2, **more)


def in_one(change, odd=1):
    """The same change, in one slice only."""
    def only(target, s):
        return change(target, s) if s == odd else target
    return only


# Cases

CASES = []


def put(name, files):
    """Writes the files of a case: a list of slices, or names and bytes."""
    if not isinstance(files, dict):
        files = {f"s{s}.dcm": file for s, file in enumerate(files)}
    for file, content in files.items():
        path = FOLDER / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def case(name, rows, source, run=None, exit=0, problems=(), notes=(), says=(), never=(), values=None):
    run = run or ["inspect", name, "--pixels", "--format", "json"]
    CASES.append(dict(name=name, rows=rows.split(), run=run, exit=exit, problems=list(problems), notes=list(notes), says=list(says),
                      never=list(never), values=values or {}, source=source))


def summary(values):
    """What inspect must say of a volume of these modality values."""
    values = np.asarray(values, float)
    slices, rows, columns = values.shape
    geometry = {"columns": columns, "rows": rows, "slices": slices}
    found = {f"/series/0/geometry/{name}": number for name, number in geometry.items()}
    for name, number in (("min", values.min()), ("max", values.max()), ("mean", values.mean())):
        found[f"/series/0/pixels/{name}"] = float(number)
    return found


def reads(name, rows, source, files, values=None, **more):
    """The series is read: these modality values (slope 1 and intercept -1024 of the stored ones, when none are given)."""
    put(name, files)
    values = volume() - 1024 if values is None else values
    case(name, rows, source, values=summary(values), **more)


def refuses(name, rows, source, files, problem, says=("s1.dcm",), whole=True, **more):
    """The series is refused; when only one file is odd, the `whole` series is there and not usable."""
    put(name, files)
    values = {"/series/0/usable": False} if whole else {}
    problems = [problem] if isinstance(problem, str) else problem
    case(name, rows, source, exit=4, problems=problems, says=says, values=values, **more)


def headers_alone(name):
    return ["inspect", name, "--format", "json"]


# The block of `block.nrrd`: slices, rows, columns.
BLOCK = np.s_[1:2, 2:6, 3:9]


def measured(name, rows, source, values, image=None, left_out=None, **more):
    """Values in the block are these; it lies off the centre, so that turned or shifted pixels show. `left_out`: padding."""
    inside = np.asarray(values, float)[BLOCK]
    inside = inside[~left_out[BLOCK]] if left_out is not None else inside.ravel()
    figures = dict(mean=inside.mean(), sd=inside.std(), min=inside.min(), max=inside.max(), median=np.median(inside))
    found = {f"/lesions/0/intensity/{figure}": float(number) for figure, number in figures.items()}
    run = ["measure", "--mask", "block.nrrd", "--image", image or name, "--intensity", "--format", "json"]
    case(f"{name}_measured", rows, source, run=run, values={"/lesions/0/voxels": 24, **found}, **more)


def block_mask():
    head = (f"NRRD0004\ntype: uchar\ndimension: 3\nspace: left-posterior-superior\nsizes: {COLUMNS} {ROWS} {SLICES}\n"
            "space directions: (0.7,0,0) (0,0.8,0) (0,0,2.5)\nkinds: domain domain domain\nencoding: raw\n"
            "space origin: (-4,6,0)\n\n")
    labels = np.zeros((SLICES, ROWS, COLUMNS), "u1")
    labels[BLOCK] = 1
    (FOLDER / "block.nrrd").write_bytes(head.encode() + labels.tobytes())


def toml_of(case):
    def text(value):
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, float):
            return repr(round(value, 9))
        return json.dumps(value, ensure_ascii=True)

    lines = ["[[case]]"]
    for key, value in case.items():
        if isinstance(value, dict):
            value = value and "{ " + ", ".join(f"{json.dumps(k)} = {text(v)}" for k, v in value.items()) + " }"
        elif value or key in ("exit", "problems"):
            value = text(value)
        if value:
            lines.append(f"{key} = {value}")
    return "\n".join(lines) + "\n"
