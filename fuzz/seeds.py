"""Writes the seeds and the dictionaries of the fuzz targets. Needs nothing but Python; run it from anywhere: python seeds.py

Seeds are files of tests/masks and tests/encodings, several of them joined where an input is a folder, a few smaller ones written
here, archives and tables. What stands in fuzz/crashes is not touched.
"""

import io
import pathlib
import shutil
import struct
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent / "tests"
NEXT_FILE = b"%%FILE%%"
LARGEST = 8192


def save(target, name, data):
    if len(data) >= LARGEST:
        raise SystemExit(f"{target}/{name}: {len(data)} bytes")
    folder = HERE / "seeds" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def joined(paths):
    return NEXT_FILE.join(path.read_bytes() for path in paths)


# --- DICOM -----------------------------------------------------------------------------------------------------------------

def element(group, number, vr, value):
    """Explicit little endian."""
    if isinstance(value, str):
        value = value.encode()
        value += (b"\0" if vr == "UI" else b" ") * (len(value) % 2)
    elif isinstance(value, int):
        value = struct.pack("<H", value)
    head = struct.pack("<HH", group, number) + vr.encode()
    if vr in ("OB", "OW", "SQ", "UN"):
        return head + struct.pack("<HI", 0, len(value)) + value
    return head + struct.pack("<H", len(value)) + value


def tiny_slice(n, pixels=None, syntax="1.2.840.10008.1.2.1", position=None, **changed):
    """4 x 3 pixels of 1 mm, 2 mm apart."""
    root = "1.2.826.0.1.3680043.10.1561.7"
    meta = element(2, 0x10, "UI", syntax)
    meta = element(2, 0, "UL", struct.pack("<I", len(meta))) + meta
    values = {
        "class": (8, 0x16, "UI", "1.2.840.10008.5.1.4.1.1.2"), "instance": (8, 0x18, "UI", f"{root}.1.{n}"),
        "date": (8, 0x20, "DA", "20260105"), "modality": (8, 0x60, "CS", "CT"), "thickness": (0x18, 0x50, "DS", "2"),
        "series": (0x20, 0xE, "UI", f"{root}.2"), "position": (0x20, 0x32, "DS", position or f"0\\0\\{2 * n}"),
        "orientation": (0x20, 0x37, "DS", "1\\0\\0\\0\\1\\0"), "frame": (0x20, 0x52, "UI", f"{root}.3"),
        "samples": (0x28, 2, "US", 1), "photometric": (0x28, 4, "CS", "MONOCHROME2"), "rows": (0x28, 0x10, "US", 3),
        "columns": (0x28, 0x11, "US", 4), "spacing": (0x28, 0x30, "DS", "1\\1"), "allocated": (0x28, 0x100, "US", 16),
        "stored": (0x28, 0x101, "US", 12), "high": (0x28, 0x102, "US", 11), "signed": (0x28, 0x103, "US", 0),
        "intercept": (0x28, 0x1052, "DS", "-1024"), "slope": (0x28, 0x1053, "DS", "1"),
    }
    for name, value in changed.items():
        values[name] = (*values[name][:3], value)
    stored = struct.pack("<12H", *(17 * n + i for i in range(12)))
    body = b"".join(element(*value) for value in values.values())
    return bytes(128) + b"DICM" + meta + body + (pixels or element(0x7FE0, 0x10, "OW", stored))


def tiny_rle(n):
    """Two byte planes, each written as one literal run."""
    values = [17 * n + i for i in range(12)]
    high, low = bytes([11]) + bytes(v >> 8 for v in values), bytes([11]) + bytes(v & 255 for v in values)
    high, low = high + b"\x80", low + b"\x80"
    frame = struct.pack("<16I", 2, 64, 64 + len(high), *[0] * 13) + high + low
    item = lambda data: b"\xfe\xff\x00\xe0" + struct.pack("<I", len(data)) + data
    return b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff" + item(b"") + item(frame) + b"\xfe\xff\xdd\xe0\0\0\0\0"


def dicom_series():
    for folder in sorted((TESTS / "encodings").iterdir()):
        if folder.is_dir():
            save("dicom_series", folder.name, joined(sorted(path for path in folder.rglob("*") if path.is_file())))
    image = sorted((TESTS / "masks" / "image").iterdir())
    save("dicom_series", "with_structure_set", joined([*image[1:4], TESTS / "masks" / "rtstruct.dcm"]))
    save("dicom_series", "with_segmentation", joined([*image[2:4], TESTS / "masks" / "seg_node.dcm"]))
    save("dicom_series", "with_nifti", joined([*image[1:5], TESTS / "masks" / "nifti_gz.nii.gz"]))
    tiny = lambda slices: NEXT_FILE.join(slices)
    save("dicom_series", "tiny", tiny(tiny_slice(n) for n in range(3)))
    save("dicom_series", "tiny_one", tiny_slice(0))
    save("dicom_series", "tiny_gap", tiny(tiny_slice(n) for n in (0, 1, 3)))
    save("dicom_series", "tiny_tilted", tiny(tiny_slice(n, position=f"0\\{n}\\{2 * n}") for n in range(3)))
    save("dicom_series", "tiny_twice", tiny(tiny_slice(n) for n in (0, 1, 1, 2)))
    save("dicom_series", "tiny_scout", tiny([*(tiny_slice(n) for n in range(2)), tiny_slice(2, orientation="0\\1\\0\\0\\0\\-1")]))
    save("dicom_series", "tiny_rle", tiny(tiny_slice(n, tiny_rle(n), "1.2.840.10008.1.2.5") for n in range(2)))
    save("dicom_series", "tiny_slopes", tiny(tiny_slice(n, slope=f"0.{n + 1}", signed=1, stored=16, high=15) for n in range(2)))
    save("dicom_series", "tiny_bytes", tiny(
        tiny_slice(n, element(0x7FE0, 0x10, "OW", bytes(range(12))), allocated=8, stored=8, high=7) for n in range(2)))


def archive(entries, method=zipfile.ZIP_DEFLATED):
    """Entries with their names, all of one day."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as file:
        for name, data in entries:
            file.writestr(zipfile.ZipInfo(name, (2026, 1, 5, 0, 0, 0)), data, method)
    return packed.getvalue()


def archives():
    slices = [(f"ct/{n}.dcm", tiny_slice(n)) for n in range(3)]
    save("zip", "deflated.zip", archive(slices))
    save("zip", "stored.zip", archive(slices[:2], zipfile.ZIP_STORED))
    save("zip", "one.zip", archive([("a", tiny_slice(0))], zipfile.ZIP_STORED))
    save("zip", "with_mask.zip", archive([*slices, ("mask.nii.gz", (TESTS / "masks" / "nifti_gz.nii.gz").read_bytes())]))
    save("zip", "names.zip", archive([("../a.dcm", b"x"), ("/b.dcm", b""), ("c/", b""), ("d\\..\\e", b"y"), *slices[:1]]))
    save("zip", "in_archive.zip", archive([("inner.zip", archive(slices[:1]))]))
    save("zip", "bzip2.zip", archive(slices[:1], zipfile.ZIP_BZIP2))
    save("zip", "empty.zip", archive([]))
    dictionary("zip", [b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08", b"\x01\0\x10\0", b"\x08\0", b"\0\0",
                       b"\x0c\0", b"\x14\0", b"\xff\xff", b"\xff\xff\xff\xff", b"../", b"a/../", b"/", b"\\", b"up", b"\x08\x08"])


DICOM_TAGS = {
    "ImageType": (8, 8, "CS"), "SOPClassUID": (8, 0x16, "UI"), "SOPInstanceUID": (8, 0x18, "UI"), "StudyDate": (8, 0x20, "DA"),
    "Modality": (8, 0x60, "CS"), "ReferencedSeriesSequence": (8, 0x1115, "SQ"), "PatientID": (0x10, 0x20, "LO"),
    "SliceThickness": (0x18, 0x50, "DS"), "EchoTime": (0x18, 0x81, "DS"), "SpacingBetweenSlices": (0x18, 0x88, "DS"),
    "SeriesInstanceUID": (0x20, 0xE, "UI"), "AcquisitionNumber": (0x20, 0x12, "IS"), "ImagePositionPatient": (0x20, 0x32, "DS"),
    "ImageOrientationPatient": (0x20, 0x37, "DS"), "FrameOfReferenceUID": (0x20, 0x52, "UI"),
    "TemporalPositionIndex": (0x20, 0x9128, "UL"), "FrameContentSequence": (0x20, 0x9111, "SQ"),
    "PlanePositionSequence": (0x20, 0x9113, "SQ"), "PlaneOrientationSequence": (0x20, 0x9116, "SQ"), "StackID": (0x20, 0x9056, "SH"),
    "SamplesPerPixel": (0x28, 2, "US"), "PhotometricInterpretation": (0x28, 4, "CS"), "NumberOfFrames": (0x28, 8, "IS"),
    "Rows": (0x28, 0x10, "US"), "Columns": (0x28, 0x11, "US"), "PixelSpacing": (0x28, 0x30, "DS"), "BitsAllocated": (0x28, 0x100, "US"),
    "BitsStored": (0x28, 0x101, "US"), "HighBit": (0x28, 0x102, "US"), "PixelRepresentation": (0x28, 0x103, "US"),
    "PixelPaddingValue": (0x28, 0x120, "SS"), "PixelPaddingRangeLimit": (0x28, 0x121, "SS"), "RescaleIntercept": (0x28, 0x1052, "DS"),
    "RescaleSlope": (0x28, 0x1053, "DS"), "LossyImageCompression": (0x28, 0x2110, "CS"), "ModalityLUTSequence": (0x28, 0x3000, "SQ"),
    "PixelMeasuresSequence": (0x28, 0x9110, "SQ"), "PixelValueTransformationSequence": (0x28, 0x9145, "SQ"),
    "ExtendedOffsetTable": (0x7FE0, 1, "OV"), "FloatPixelData": (0x7FE0, 8, "OF"), "PixelData": (0x7FE0, 0x10, "OW"),
    "SegmentationType": (0x62, 1, "CS"), "SegmentSequence": (0x62, 2, "SQ"), "SegmentNumber": (0x62, 4, "US"),
    "SegmentLabel": (0x62, 5, "LO"), "SegmentIdentificationSequence": (0x62, 0xA, "SQ"), "ReferencedSegmentNumber": (0x62, 0xB, "US"),
    "MaximumFractionalValue": (0x62, 0xE, "US"), "SegmentationFractionalType": (0x62, 0x10, "CS"), "TrackingID": (0x62, 0x20, "UT"),
    "TrackingUID": (0x62, 0x21, "UI"), "SharedFunctionalGroupsSequence": (0x5200, 0x9229, "SQ"),
    "PerFrameFunctionalGroupsSequence": (0x5200, 0x9230, "SQ"), "StructureSetROISequence": (0x3006, 0x20, "SQ"),
    "ROINumber": (0x3006, 0x22, "IS"), "ReferencedFrameOfReferenceUID": (0x3006, 0x24, "UI"), "ROIName": (0x3006, 0x26, "LO"),
    "ROIContourSequence": (0x3006, 0x39, "SQ"), "ContourSequence": (0x3006, 0x40, "SQ"), "ContourGeometricType": (0x3006, 0x42, "CS"),
    "NumberOfContourPoints": (0x3006, 0x46, "IS"), "ContourData": (0x3006, 0x50, "DS"), "RTROIObservationsSequence": (0x3006, 0x80, "SQ"),
    "ReferencedROINumber": (0x3006, 0x84, "IS"), "RTROIInterpretedType": (0x3006, 0xA4, "CS"), "DataSetTrailingPadding": (0xFFFC, 0xFFFC, "OB"),
    "TransferSyntaxUID": (2, 0x10, "UI"), "FileMetaInformationGroupLength": (2, 0, "UL"),
}

TRANSFER_SYNTAXES = [
    "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.1.98", "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.8.1", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57",
    "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91",
    "1.2.840.10008.1.2.4.100", "1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202",
]
CLASSES = ["1.2.840.10008.5.1.4.1.1." + end for end in ("2", "2.1", "2.2", "4", "4.1", "66.4", "66.7", "481.3", "7", "128")]

DICOM_VALUES = [
    b"DICM", NEXT_FILE, b"\\", b"\xfe\xff\x00\xe0", b"\xfe\xff\x0d\xe0\0\0\0\0", b"\xfe\xff\xdd\xe0\0\0\0\0", b"\xff\xff\xff\xff",
    b"SQ\0\0\xff\xff\xff\xff", b"UN\0\0\xff\xff\xff\xff", b"OB\0\0\xff\xff\xff\xff", b"OW\0\0", b"DS", b"IS", b"US", b"SS", b"UL", b"FD", b"LO",
    b"LOCALIZER", b"ORIGINAL\\PRIMARY\\AXIAL", b"MONOCHROME1", b"MONOCHROME2 ", b"PALETTE COLOR ", b"RGB ", b"BINARY", b"FRACTIONAL",
    b"LABELMAP", b"PROBABILITY", b"OCCUPANCY ", b"CLOSED_PLANAR ", b"CLOSEDPLANAR_XOR", b"POINT ", b"OPEN_PLANAR ", b"GTV ", b"CT", b"MR",
    b"1\\0\\0\\0\\1\\0", b"0\\1\\0\\0\\0\\-1", b"0\\0\\0\\0\\0\\0", b"0.8\\0.7", b"0\\0 ", b"1e308 ", b"1e-308", b"-1", b"0,8 ", b"NaN ", b"inf ",
    b"4294967296", b"-2147483648", b"99999999999999999999", b"20260105", b"20061399", b"59441001", b"49755003",
    b"\0\0", b"\x01\0", b"\x0b\0", b"\x0c\0", b"\x0f\0", b"\x10\0", b"\x1f\0", b"\x20\0", b"\xff\x7f", b"\x00\x80", b"\xff\xff",
]


def dictionary(name, entries):
    lines = []
    for entry in dict.fromkeys(entry if isinstance(entry, bytes) else entry.encode() for entry in entries):
        shown = "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\x{b:02x}" for b in entry)
        lines.append(f'"{shown}"\n')
    folder = HERE / "dictionaries"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.dict").write_text("".join(lines))


def dicom_dictionary():
    tags = [struct.pack("<HH", group, number) + vr.encode() for group, number, vr in DICOM_TAGS.values()]
    dictionary("dicom", [*tags, *TRANSFER_SYNTAXES, *CLASSES, *DICOM_VALUES])


# --- masks -----------------------------------------------------------------------------------------------------------------

def masks():
    for path in sorted((TESTS / "masks").iterdir()):
        size = path.stat().st_size
        if path.suffix == ".dcm" and size < LARGEST:
            save("seg" if path.name.startswith("seg") else "rtstruct", path.name, path.read_bytes())
        elif path.name.startswith("nifti") and path.suffix != ".img":
            pair = path.suffix == ".hdr"
            save("nifti", path.name, joined([path, path.with_suffix(".img")] if pair else [path]))
        elif path.name.startswith("nrrd") and path.suffix != ".raw":
            if path.suffix == ".nhdr":
                header = path.read_bytes().replace(b"nrrd_detached.raw", b"data.raw")
                save("nrrd", path.name, header + NEXT_FILE + path.with_name("nrrd_detached.raw").read_bytes())
            else:
                save("nrrd", path.name, path.read_bytes())
    # The whole image is one voxel of 1 mm at the place of the first voxel of the image.
    head = bytearray(352)
    struct.pack_into("<i", head, 0, 348)
    struct.pack_into("<8h", head, 40, 3, 1, 1, 1, 1, 1, 1, 1)
    struct.pack_into("<hh", head, 70, 2, 8)
    struct.pack_into("<4f", head, 76, 1, 1, 1, 1)
    struct.pack_into("<3f", head, 108, 352, 1, 0)
    struct.pack_into("<hh", head, 252, 0, 1)
    struct.pack_into("<12f", head, 280, -0.8, 0, 0, 10, 0, -0.9, 0, -20, 0, 0, 2.5, -30)
    head[344:348] = b"n+1\0"
    save("nifti", "nifti_one_voxel.nii", bytes(head) + b"\x01")
    fields = "NRRD0004\ntype: {}\ndimension: 3\nspace: LPS\nsizes: 3 2 1\nspace directions: (0.8,0,0) (0,0.9,0) (0,0,2.5)\n" \
             "space origin: (-10,20,-30)\nencoding: {}\nendian: little\n\n"
    save("nrrd", "nrrd_tiny.nrrd", fields.format("uint8", "raw").encode() + b"\0\1\1\0\2\1")
    save("nrrd", "nrrd_tiny_text.nrrd", fields.format("float", "ascii").encode() + b"0 1 1\n0 2 1\n")
    save("nrrd", "nrrd_tiny_short.nrrd", fields.format("int16", "raw").encode() + bytes(12))


def mask_dictionaries():
    sizes = [struct.pack("<i", 348), struct.pack(">i", 348), struct.pack("<i", 540), struct.pack(">i", 540)]
    types = [struct.pack("<h", kind) for kind in (2, 4, 8, 16, 64, 128, 256, 512, 768, 1024, 1280, 1536)]
    shorts = [struct.pack("<h", n) for n in (0, 1, 3, 4, 5, 6, 11, 15, 32767, -1)]
    floats = [struct.pack("<f", x) for x in (0, 1, -1, 0.5, 352, 540, 1e-30, 1e30, float("nan"), float("inf"))]
    dictionary("nifti", [*sizes, b"n+1\0", b"ni1\0", b"n+2\0\r\n\x1a\n", b"ni2\0\r\n\x1a\n", *types, *shorts, *floats, b"\x1f\x8b\x08\0", NEXT_FILE])
    dictionary("nrrd", [
        "NRRD0001", "NRRD0005", "type: ", "dimension: ", "sizes: ", "space: ", "space directions: ", "space origin: ", "encoding: ", "endian: ",
        "kinds: ", "data file: ", "line skip: ", "byte skip: ", "byte skip: -1", "space units: ", "spacings: ", "space dimension: 3", "centers: ",
        "thicknesses: ", "measurement frame: ", "left-posterior-superior", "right-anterior-superior", "left-anterior-superior", "scanner-xyz",
        "LPS", "RAS", "LAS", "none", "raw", "gzip", "gz", "bzip2", "bz2", "ascii", "text", "txt", "hex", "little", "big", "signed char", "uchar", "uint8",
        "int16", "ushort", "int", "uint32", "longlong", "uint64", "float", "double", "block", "Segment0_ID:=", "Segment0_Name:=", "Segment0_LabelValue:=",
        "Segment0_Layer:=", "Segment1_ID:=", "Segment1_LabelValue:=", "Segment1_Layer:=", "(1,0,0)", "(0,0,-2.5)", "(nan,0,0)", "(1e308,0,0)",
        "domain", "list", "LIST", "data.raw", "data%d.raw 1 2 1", "../", "mm", '"mm"', "cm", "1048576", "4294967296", "18446744073709551615", "0", "-1", "\n", "\n\n",
        "\r\n", "# ", ":=", ": ", b"\x1f\x8b\x08\0", NEXT_FILE,
    ])


# --- tables ----------------------------------------------------------------------------------------------------------------

TRIAL = """[trial]
id = "SAMPLE"
criteria = "RECIST 1.1"
[schedule]
anchor = "rt_end"
visits = [
  { name = "Month 3", month = 3, window_days = 14 },
  { name = "Week 24", week = 24, window_days = 14 },
]
[measure]
level = "centre"
[response]
confirm_min_days = 28
sd_min_days = 42
[data]
root = "."
mask_sources = ["seg", "nifti"]
subjects = "subjects.csv"
lesions = "lesions.csv"
reads = "reads.csv"
queries = "queries.csv"
"""
SUBJECTS = """subject,patient_id,arm,treatment_start,rt_start,rt_end
S-001,SAMPLE-001,SFRT,2025-10-13,2025-10-13,2025-10-17
S-002,SAMPLE-002,CRT,2025-10-20,2025-10-20,2025-10-31
"""
LESIONS = """subject,lesion,role,site,nodal,label
S-001,T01,target,liver,false,1
S-001,NT1,nontarget,lung,false,
S-002,T01,target,"neck, left",yes,2
"""
READS = """subject,date,lesion,state,comment,mm,role,timepoint,accepted
S-001,2026-01-16,T01,absent,no longer visible,,,,
S-001,2026-01-16,NT1,present,,,,,yes
S-002,,T01,measured,,12.5,,Month 3,
S-002,2026-01-20,X1,unequivocal,,,new,,
"""
QUERIES = """subject,timepoint,lesion,code,question,class_if_yes,class_if_no,answer,answered_by,answered_on
S-001,Month 3,T01,missing-segment,is it gone?,CR,NE,yes,AB,2026-02-01
S-002,Month 3,,in-field-growth,"second look, please",PD,SD,,,
"""
ASSESS = """subject,date,visit,lesion,role,site,nodal,state,mm
S1,2026-01-05,Baseline,T1,target,liver,no,measured,52.4
S1,2026-01-05,Baseline,N1,nontarget,lung,no,present,
S1,2026-03-02,Week 8,T1,target,liver,no,measured,31
S1,2026-03-02,Week 8,N1,nontarget,lung,no,absent,
S1,2026-05-04,Week 17,T1,target,liver,no,too_small,
S1,2026-05-04,Week 17,N1,nontarget,lung,no,unequivocal_progression,
S1,2026-05-04,Week 17,X1,new,brain,no,unequivocal,
"""
SPLIT = """subject;date;lesion;role;state;mm;reader;accepted;merged_into;reason;tp_kind;coverage;markers;nodal
S1;2026-01-05;T1;target;;20;A;yes;;;;;;
S1;2026-01-05;T2;target;measured;15.5;A;yes;;;;;;true
S1;2026-03-02;T1;target;split;8;A;yes;;;;;;
S1;2026-03-02;T1;target;split;9.25;A;yes;;;;;;
S1;2026-03-02;T2;target;merged;;A;yes;T1;;;;;true
S1;2026-05-04;T1;target;not_evaluable;;A;yes;;;;partial;;
S1;2026-05-04;T2;target;absent;0;A;yes;;;;;;true
"""
RESPONSES = "subject,date,overall,visit,reference_date\nS1,2026-03-02,PR,Week 8,2026-01-05\nS1,2026-05-04,PD,,\nS2,2026-03-02,NE,,2026-01-01\nS2,2026-05-05,NON-CR/NON-PD,,\n"
CANDIDATES = """subject,lesion,site,nodal,long_mm,short_mm,slice_mm,gap_mm,modality,bone,soft_tissue,cystic,prior_therapy,progressed_since_therapy,non_measurable
S1,L1,liver,no,32,20,5,0,CT,,,,,,
S1,L2,neck,yes,25,16,5,,MR,,,,,,
S1,L3,femur,no,40,,5,,CT,lytic,yes,,yes,yes,
S1,L4,pleura,no,11,10,3,,CT,,,,,,pleural_effusion
"""


def tables():
    texts = {
        "trial": "t" + TRIAL, "trial_arms": "t" + TRIAL.replace('"rt_end"', '{ SFRT = "rt_end", CRT = "baseline" }'),
        "setting": "Sresponse.sd_min_days=35\n" + TRIAL, "setting_level": "Smeasure.level=edge\n" + TRIAL,
        "subjects": "s" + SUBJECTS, "subjects_semicolons": "s" + SUBJECTS.replace(",", ";").replace("\n", "\r\n"), "lesions": "l" + LESIONS,
        "reads": "r" + READS, "queries": "q" + QUERIES, "masks": "mmask,image,id\nm.nii.gz,CT,1\nseg.dcm,,\n", "assess": "a" + ASSESS,
        "assess_split": "a" + SPLIT, "responses": "a" + RESPONSES, "candidates": "c" + CANDIDATES,
        "length": "u12.345", "length_whole": "u 9999 ", "date": "d2026-02-28",
        "whole_trial": "T" + NEXT_FILE.decode().join([TRIAL, SUBJECTS, LESIONS, READS, QUERIES]),
        "whole_trial_baseline": "T" + TRIAL.split("subjects =")[0].replace("rt_end", "baseline"),
    }
    for name, text in texts.items():
        save("tables", name, text.encode())


def table_dictionary():
    words = set()
    for text in (TRIAL, SUBJECTS, LESIONS, READS, QUERIES, ASSESS, SPLIT, RESPONSES, CANDIDATES):
        words.update(word for word in text.replace(";", ",").replace("\n", ",").replace("=", ",").replace('"', ",").split(","))
    words = sorted(word.strip() for word in words if 1 < len(word.strip()) < 30)
    dictionary("tables", [
        *words, *("[trial]", "[schedule]", "[measure]", "[response]", "[data]", "visits", "window_days", "month", "week", "day", "baseline_before"),
        *("baseline", "randomised", "treatment_start", "procedure", "rt_start", "rt_end", "new_therapy", "withdrawn", "last_alive", "death"),
        *("quarter", "edge", "corner", "rtstruct", "nrrd", "therapies", "scans", "stacks = { \"*\" = \"EchoTime=12\" }", "missing_segment", "lesion_names", "not_evaluable", "comparable"),
        *("reference_date", "pd_basis", "in-field", "absent_basis", "biopsy", "parent_lesion", "irradiated", "technique", "equivocal", "increased"),
        *("max_ne_between", "pr_persistence", "after_cr", "stop_at_pd", "backdate", "subset_pd", "missing_as", "cutoff_date", "absent_node_mm"),
        *("month = -2147483648", "day = 36500", "week = -5200", "-2147483648", "2147483647", "9223372036854775807", "10000", "10000.001", "0.0", "0.0005", "12,5", "1e3", "NaN", "2026-02-29", "9999-12-31"),
        *("-009999-01-01", "2026-01-05", "true", "false", "yes", "no", '"', '""', ",", ";", "\n", "\r\n", "\r", "'=", b"\xef\xbb\xbf", b"\xff\xfe", "*", "?", "[!a]", NEXT_FILE),
    ])


if __name__ == "__main__":
    shutil.rmtree(HERE / "seeds", ignore_errors=True)
    dicom_series()
    archives()
    masks()
    tables()
    dicom_dictionary()
    mask_dictionaries()
    table_dictionary()
    sizes = [path.stat().st_size for path in (HERE / "seeds").rglob("*") if path.is_file()]
    print(f"{len(sizes)} seeds, {sum(sizes)} bytes")
