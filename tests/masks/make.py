"""Writes one small CT series and masks of every kind on it; the voxels follow closed forms that `tests/masks.rs` repeats.

Segment 1 and segment 2 overlap. Voxel (column c, row r, slice s), slices counted upwards:
    one: 2 <= c < 12, 1 <= r < 9, 1 <= s < 5 and (c + 2 r + 3 s) mod 7 < 4
    two: 8 <= c < 14, 5 <= r < 10, 2 <= s < 4 and (3 c + r + s) mod 5 < 3
Labels in one array: 1 where one, else 2 where two, else 0.

Run from this folder: python make.py     (pydicom, highdicom, nibabel, pynrrd, numpy; the versions are in ../README.md)
"""

import gzip
import pathlib
import shutil

import highdicom as hd
import nibabel as nib
import nrrd
import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.sr.codedict import codes
from pydicom.uid import ExplicitVRLittleEndian, RLELossless

HERE = pathlib.Path(__file__).resolve().parent
COLUMNS, ROWS, SLICES = 15, 11, 6
SPACING = np.array([0.8, 0.9, 2.5])  # between columns, rows, slices
ORIGIN = np.array([-10.0, 20.0, -30.0])
ROOT = "1.2.826.0.1.3680043.10.1561.8"

S, R, C = np.mgrid[0:SLICES, 0:ROWS, 0:COLUMNS]
ONE = (C >= 2) & (C < 12) & (R >= 1) & (R < 9) & (S >= 1) & (S < 5) & ((C + 2 * R + 3 * S) % 7 < 4)
TWO = (C >= 8) & (C < 14) & (R >= 5) & (R < 10) & (S >= 2) & (S < 4) & ((3 * C + R + S) % 5 < 3)
LABELS = np.where(ONE, 1, np.where(TWO, 2, 0)).astype("u1")  # [slice, row, column]


def image_slices(spacing=SPACING, origin=ORIGIN, size=(COLUMNS, ROWS, SLICES), row=(1, 0, 0), column=(0, 1, 0)):
    slices = []
    normal = np.cross(row, column)
    for s in range(size[2]):
        ds = Dataset()
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"{ROOT}.1.{s + 1}"
        ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = f"{ROOT}.2", f"{ROOT}.3", f"{ROOT}.4"
        ds.Modality, ds.PatientName, ds.PatientID = "CT", "NEVER^SHOWN", "NEVER-SHOWN-ID"
        ds.PatientBirthDate = ds.PatientSex = ds.AccessionNumber = ds.StudyID = ds.StudyTime = ""
        ds.StudyDate, ds.SeriesNumber, ds.InstanceNumber = "20260105", 1, s + 1
        ds.Columns, ds.Rows = size[0], size[1]
        ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
        ds.ImageOrientationPatient = [*row, *column]
        ds.ImagePositionPatient = [f"{v:.10g}" for v in origin + s * spacing[2] * normal]
        ds.PixelSpacing, ds.SliceThickness = [spacing[1], spacing[0]], spacing[2]
        ds.RescaleSlope, ds.RescaleIntercept = 1, -1024
        values = np.fromfunction(lambda r, c: 7 * c + 13 * r + 100 * s, (size[1], size[0]))
        ds.PixelData = values.astype("<u2").tobytes()
        slices.append(ds)
    return slices


def described(number):
    return hd.seg.SegmentDescription(
        segment_number=number, segment_label=f"segment {number}",
        segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure, segmented_property_type=codes.SCT.Neoplasm,
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.MANUAL, tracking_id=f"T0{number}", tracking_uid=f"{ROOT}.9.{number}")


def segmentation(name, array, kind="BINARY", images=None, segments=2, **more):
    """`array`: [slice, row, column, segment], or labels without the last axis."""
    made = hd.seg.Segmentation(
        source_images=images or image_slices(), pixel_array=array, segmentation_type=kind,
        segment_descriptions=[described(n + 1) for n in range(segments)], series_instance_uid=f"{ROOT}.20", series_number=2,
        sop_instance_uid=f"{ROOT}.21.{sum(map(ord, name))}", instance_number=1, manufacturer="none", manufacturer_model_name="none",
        software_versions="1", device_serial_number="1", content_label="TEST", **more)
    made.save_as(HERE / f"{name}.dcm")
    return HERE / f"{name}.dcm"


def segs():
    both = np.stack([ONE, TWO], axis=-1).astype("u1")
    shuffled = segmentation("seg_overlap_shuffled", both)
    # The same frames in another order, the bits following each other without a gap.
    ds = dcmread(shuffled)
    n, size = int(ds.NumberOfFrames), ROWS * COLUMNS
    bits = np.unpackbits(np.frombuffer(ds.PixelData, "u1"), bitorder="little")[: n * size].reshape(n, size)
    order = [(5 * i + 3) % n for i in range(n)]
    assert sorted(order) == list(range(n)), n
    ds.PerFrameFunctionalGroupsSequence = Sequence([ds.PerFrameFunctionalGroupsSequence[i] for i in order])
    packed = np.packbits(bits[order].ravel(), bitorder="little").tobytes()
    ds.PixelData = packed + b"\0" * (len(packed) % 2)
    ds.save_as(shuffled)

    segmentation("seg_all_frames", both, omit_empty_frames=False)
    segmentation("seg_empty_segment", np.stack([ONE, np.zeros_like(ONE)], axis=-1).astype("u1"))
    one = segmentation("seg_shared_identification", ONE[..., None].astype("u1"), segments=1)
    shared = dcmread(one).SharedFunctionalGroupsSequence[0]
    assert "SegmentIdentificationSequence" in shared, "highdicom no longer writes it in the shared groups"
    # One half of 200 is 100: 100 and 180 are in, 99 is out.
    levels = np.where(ONE, np.where(C % 2 == 0, 100, 180), np.where(TWO, 99, 0)) / 200
    segmentation("seg_fractional", levels[..., None].astype("f4"), "FRACTIONAL", segments=1, max_fractional_value=200,
                 fractional_type="PROBABILITY")
    segmentation("seg_labelmap_8", LABELS, "LABELMAP")
    segmentation("seg_labelmap_8_rle", LABELS, "LABELMAP", transfer_syntax_uid=RLELossless)
    # Segment numbers above 255 need 16 bits.
    wide = dcmread(segmentation("seg_labelmap_16", LABELS, "LABELMAP"))
    stored = np.frombuffer(wide.PixelData, "u1")[: int(wide.NumberOfFrames) * ROWS * COLUMNS].astype("<u2")
    wide.PixelData = np.where(stored == 2, 700, stored).astype("<u2").tobytes()
    wide["PixelData"].VR = "OW"
    wide.BitsAllocated, wide.BitsStored, wide.HighBit = 16, 16, 15
    for segment in wide.SegmentSequence:
        if segment.SegmentNumber == 2:
            segment.SegmentNumber = 700
    background = Dataset()
    background.SegmentNumber, background.SegmentLabel, background.SegmentAlgorithmType = 0, "Background", "MANUAL"
    if all(segment.SegmentNumber != 0 for segment in wide.SegmentSequence):
        wide.SegmentSequence.insert(0, background)
    wide.save_as(HERE / "seg_labelmap_16.dcm")

    # Every voxel cut into 2 x 2 in the plane: the first fine centre lies a quarter of a voxel before the coarse one.
    fine = np.repeat(np.repeat(ONE, 2, axis=1), 2, axis=2)
    spacing = SPACING * [0.5, 0.5, 1]
    origin = ORIGIN - np.array([0.25, 0.25, 0]) * SPACING
    segmentation("seg_finer", fine[..., None].astype("u1"), segments=1,
                 images=image_slices(spacing, origin, (2 * COLUMNS, 2 * ROWS, SLICES)))
    # Rows run to the right, so columns and slices are reversed: the normal points to the feet.
    end = ORIGIN + SPACING * [COLUMNS - 1, 0, SLICES - 1]
    segmentation("seg_flipped", ONE[::-1, :, ::-1][..., None].astype("u1"), segments=1,
                 images=image_slices(origin=end, row=(-1, 0, 0)))
    # A lymph node: by its type code, not by its name.
    node = dcmread(segmentation("seg_node", ONE[..., None].astype("u1"), segments=1))
    node.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0].CodeValue = "59441001"
    node.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0].CodeMeaning = "Lymph node"
    node.save_as(HERE / "seg_node.dcm")


def niftis():
    data = np.ascontiguousarray(LABELS.transpose(2, 1, 0))  # column, row, slice
    ras = np.diag([-SPACING[0], -SPACING[1], SPACING[2], 1.0])
    ras[:3, 3] = ORIGIN * [-1, -1, 1]
    folder = HERE

    def save(name, array=data, kind=nib.Nifti1Image, sform=1, qform=1, turn=None, affine=ras, change=None):
        image = kind(array, affine, dtype=array.dtype)
        if turn:
            image = image.as_reoriented(nib.orientations.ornt_transform(nib.io_orientation(ras), nib.orientations.axcodes2ornt(turn)))
        turned = image.affine.copy()  # set_sform changes it
        image.set_sform(turned, sform)
        image.set_qform(turned, qform)
        if not sform:
            image.header["srow_x"] = image.header["srow_y"] = image.header["srow_z"] = 0
        if change:
            change(image.header)
        nib.save(image, folder / name)

    save("nifti.nii")
    save("nifti_gz.nii.gz")
    for axes in ("RAS", "LPS", "SAL", "PIR", "ILA"):
        save(f"nifti_{axes.lower()}.nii.gz", turn=tuple(axes))
    save("nifti_int16.nii.gz", data.astype("i2"))
    save("nifti_float32.nii.gz", data.astype("f4"))
    save("nifti_int64.nii.gz", data.astype("i8"))
    save("nifti_2.nii", kind=nib.Nifti2Image)
    save("nifti_qform_only.nii.gz", sform=0)
    save("nifti_sform_only.nii.gz", qform=0)
    save("nifti_no_codes.nii.gz", sform=0, qform=0)
    save("nifti_4d.nii.gz", np.stack([data, data], axis=-1))
    save("nifti_4d_of_one.nii.gz", data[..., None])
    save("nifti_pair.img", kind=nib.Nifti1Pair)
    save("nifti_soft.nii.gz", np.where(data == 1, 0.4, 0).astype("f4"))
    # Mirrored: LPS numbers written as if they were RAS.
    save("nifti_mirrored.nii.gz", affine=np.diag([-1, -1, 1, 1]) @ ras)
    # sform and qform 5 mm apart.
    shifted = ras.copy()
    shifted[0, 3] += 5
    save("nifti_conflict.nii.gz", change=lambda header: header.set_qform(shifted, 1))

    big = nib.Nifti1Image(data.astype(">i2"), ras, header=nib.Nifti1Header(endianness=">"), dtype=">i2")
    big.set_sform(ras, 1)
    big.set_qform(ras, 1)
    nib.save(big, folder / "nifti_big_endian.nii")
    # nibabel always writes scl_slope; it is set to NaN, to 0, and to 0.5 with an intercept of 1, in the bytes (offset 112, 116).
    plain = (folder / "nifti_int16.nii.gz").read_bytes()
    head = bytearray(gzip.decompress(plain))
    for name, slope, intercept in (("nan", np.nan, np.nan), ("zero", 0, 0)):
        head[112:120] = np.array([slope, intercept], "<f4").tobytes()
        (folder / f"nifti_slope_{name}.nii").write_bytes(head)
    head[112:120] = np.array([0.5, 1], "<f4").tobytes()
    head[352:] = (2 * data.astype("<i2") - 2).ravel(order="F").tobytes()
    (folder / "nifti_slope_half.nii").write_bytes(head)
    packed = (folder / "nifti_gz.nii.gz").read_bytes()
    (folder / "nifti_cut.nii.gz").write_bytes(packed[: len(packed) - 60])
    (folder / "nifti_gz_named.nii").write_bytes(packed)


def nrrds():
    data = LABELS.transpose(2, 1, 0)
    steps = np.diag(SPACING)
    lps = {"space": "left-posterior-superior", "space directions": steps, "space origin": ORIGIN, "kinds": ["domain"] * 3}

    def save(name, array=data, encoding="gzip", detached=False, **fields):
        nrrd.write(str(HERE / name), np.asarray(array), {**lps, "encoding": encoding, **fields}, detached_header=detached)

    save("nrrd_raw.nrrd", encoding="raw")
    save("nrrd_gzip.nrrd")
    save("nrrd_ascii.nrrd", encoding="ascii")
    save("nrrd_int16_big.nrrd", data.astype(">i2"), encoding="raw", endian="big")
    save("nrrd_detached.nhdr", encoding="raw", detached=True)
    flip = np.array([-1, -1, 1])
    save("nrrd_ras.nrrd", **{"space": "right-anterior-superior", "space directions": steps * flip, "space origin": ORIGIN * flip})
    las = np.array([1, -1, 1])
    save("nrrd_las.nrrd", **{"space": "LAS", "space directions": steps * las, "space origin": ORIGIN * las})
    # Stored slice, column, row; slices from the top down.
    save("nrrd_permuted.nrrd", np.ascontiguousarray(data.transpose(2, 0, 1)[::-1]), **{
        "space directions": np.array([-steps[2], steps[0], steps[1]]), "space origin": ORIGIN + steps[2] * (SLICES - 1)})
    names = {}
    for n, (layer, label) in enumerate([(0, 1), (1, 1)]):
        names |= {f"Segment{n}_ID": f"Segment_{n + 1}", f"Segment{n}_Name": f"lesion {n + 1}", f"Segment{n}_LabelValue": str(label),
                  f"Segment{n}_Layer": str(layer)}
    layers = np.stack([ONE.transpose(2, 1, 0), TWO.transpose(2, 1, 0)]).astype("u1")
    save("nrrd_layers.seg.nrrd", layers, **names, **{
        "space directions": np.array([[np.nan] * 3, *steps]), "kinds": ["list", "domain", "domain", "domain"]})
    text = (HERE / "nrrd_raw.nrrd").read_bytes()
    lines = [line for line in text.split(b"\n\n", 1)[0].split(b"\n") if not line.startswith((b"space: ", b"space origin"))]
    (HERE / "nrrd_no_space.nrrd").write_bytes(b"\n".join(lines) + b"\n\n" + text.split(b"\n\n", 1)[1])
    header = (HERE / "nrrd_detached.nhdr").read_bytes()
    (HERE / "nrrd_outside.nhdr").write_bytes(header.replace(b"nrrd_detached.raw", b"../masks/nrrd_detached.raw"))


def square(low, high):
    """Between corners given as (column, row), edges between voxel centres."""
    return [(low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1])]


OUTER = square((2.5, 1.5), (9.5, 8.5))  # 7 x 7 centres: columns 3 to 9, rows 2 to 8
INNER = square((4.5, 3.5), (7.5, 6.5))  # 3 x 3 centres: columns 5 to 7, rows 4 to 6


def structure_set(name, rois, kind="CLOSED_PLANAR", reference=None, **change):
    """`rois`: for each ROI its contours as (slice, points) with points (column, row)."""
    reference = reference or image_slices()
    first = reference[0]
    row, column = np.array(first.ImageOrientationPatient, float).reshape(2, 3)
    origin = np.array(first.ImagePositionPatient, float)
    step = (np.array(reference[-1].ImagePositionPatient, float) - origin) / (len(reference) - 1)
    between_rows, between_columns = map(float, first.PixelSpacing)

    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.481.3"
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"{ROOT}.30.{sum(map(ord, name))}"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = first.StudyInstanceUID, f"{ROOT}.31"
    ds.Modality, ds.PatientName, ds.PatientID = "RTSTRUCT", "NEVER^SHOWN", "NEVER-SHOWN-ID"
    ds.StructureSetLabel = "TEST"
    series, study, frame = Dataset(), Dataset(), Dataset()
    series.SeriesInstanceUID = first.SeriesInstanceUID
    study.RTReferencedSeriesSequence = Sequence([series])
    frame.FrameOfReferenceUID, frame.RTReferencedStudySequence = first.FrameOfReferenceUID, Sequence([study])
    ds.ReferencedFrameOfReferenceSequence = Sequence([frame])
    ds.StructureSetROISequence, ds.ROIContourSequence, ds.RTROIObservationsSequence = Sequence(), Sequence(), Sequence()
    for number, contours in enumerate(rois, 1):
        roi, drawn = Dataset(), Dataset()
        roi.ROINumber, roi.ROIName = number, f"roi {number}"
        roi.ReferencedFrameOfReferenceUID = first.FrameOfReferenceUID
        ds.StructureSetROISequence.append(roi)
        if not contours:
            continue
        drawn.ReferencedROINumber, drawn.ContourSequence = number, Sequence()
        for s, points in contours:
            contour = Dataset()
            contour.ContourGeometricType = kind
            contour.NumberOfContourPoints = change.get("points", len(points))
            places = [origin + step * s + row * c * between_columns + column * r * between_rows for c, r in points]
            contour.ContourData = [f"{v:.6f}" for place in places for v in place][: change.get("numbers")]
            drawn.ContourSequence.append(contour)
        ds.ROIContourSequence.append(drawn)
    ds.save_as(HERE / f"{name}.dcm", enforce_file_format=True)


def structure_sets():
    # Out along row 5.2, around the inner square the other way, and back on the same line.
    keyhole = [(2.5, 5.2), (2.5, 1.5), (9.5, 1.5), (9.5, 8.5), (2.5, 8.5), (2.5, 5.2),
               (4.5, 5.2), (4.5, 6.5), (7.5, 6.5), (7.5, 3.5), (4.5, 3.5), (4.5, 5.2)]
    structure_set("rtstruct", [
        [(2, OUTER), (2, INNER)],  # 1: a ring
        [(2, keyhole)],  # 2: the same ring in one contour
        [(3, OUTER), (3, OUTER)],  # 3: drawn twice
        [(2.2, OUTER)],  # 4: a fifth of a slice off
        [],  # 5: no contour
        [(1, OUTER), (3, OUTER)],  # 6: nothing on slice 2
        [(4, square((-0.8, -0.8), (3.5, 2.5)))],  # 7: a little beyond the corner of the image
        [(2, [(2, 1), (9, 1), (9, 8), (2, 8)])],  # 8: corners on voxel centres
        [(2, [(1.5, 1.2), (7.5, 7.8), (7.5, 1.2), (1.5, 7.8)])],  # 9: crosses itself: two triangles meet in (4.5, 4.5)
    ])
    structure_set("rtstruct_point_count", [[(2, OUTER)]], points=99)
    structure_set("rtstruct_points", [[(2, [(4, 4)])]], kind="POINT")
    structure_set("rtstruct_open", [[(2, OUTER)]], kind="OPEN_PLANAR")
    structure_set("rtstruct_between", [[(2.5, OUTER)]])
    structure_set("rtstruct_outside", [[(2, square((2.5, 1.5), (29.5, 8.5)))]])
    structure_set("rtstruct_above", [[(7, OUTER)]])
    structure_set("rtstruct_eleven_numbers", [[(2, OUTER)]], numbers=11)
    oblique = [dcmread(path) for path in sorted((HERE.parent / "encodings" / "oblique").glob("*.dcm"))]
    structure_set("rtstruct_oblique", [[(1, OUTER), (1, INNER)]], reference=oblique)


if __name__ == "__main__":
    for old in HERE.iterdir():
        if old.is_dir():
            shutil.rmtree(old)
        elif old.suffix != ".py":
            old.unlink()
    (HERE / "image").mkdir()
    for s, ds in enumerate(image_slices()):
        ds.save_as(HERE / "image" / f"{s + 1}.dcm", enforce_file_format=True)
    segs()
    structure_sets()
    niftis()
    nrrds()
