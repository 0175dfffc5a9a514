"""What the series of `series.py` are made of: slices, multi-frame images and masks in closed form.

Unless a case changes it, a series is four axial slices of 12 x 10 pixels, 0.7 mm between columns, 0.8 mm between rows, 3 mm between
slices. Stored value of column c, row r, slice s (slices counted along row direction x column direction):
    7 c + 13 r + 100 s + offset, and slope 1, intercept -1024 for CT.
The masks mark a step of 40 voxels: rows 2 to 5, columns 3 to 8 on slice 1 and columns 3 to 6 on slice 2.
"""

import dataclasses
import pathlib
import zlib

import nibabel as nib
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels.encoders import RLELosslessEncoder
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, RLELossless

HERE = pathlib.Path(__file__).resolve().parent / "series"
ROOT = "1.2.826.0.1.3680043.10.1561.20"
CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
ENHANCED_CT, ENHANCED_MR, LEGACY_CT = f"{CT}.1", f"{MR}.1", f"{CT}.2"
SLICES = range(4)
LONG = range(6)  # where gaps are the matter


@dataclasses.dataclass
class Grid:
    """Where voxels are: centre of voxel (0, 0, 0), unit vectors along a row and a column, the step to the next slice; in LPS mm."""

    row: tuple = (1, 0, 0)
    column: tuple = (0, 1, 0)
    origin: tuple = (-4, 6, -10)
    between_rows: float = 0.8
    between_columns: float = 0.7
    distance: float = 3.0
    between: tuple = None  # from a slice to the next; along the normal unless given
    columns: int = 12
    rows: int = 10

    def normal(self):
        return np.cross(self.row, self.column)

    def position(self, s):
        between = self.distance * self.normal() if self.between is None else np.array(self.between, float)
        return np.array(self.origin, float) + s * between

    def changed(self, **fields):
        return dataclasses.replace(self, **fields)


AXIAL = Grid()
CORONAL = Grid(row=(1, 0, 0), column=(0, 0, -1))
SAGITTAL = Grid(row=(0, 1, 0), column=(0, 0, -1))


def numbers(values, digits=10):
    """As DICOM decimal strings."""
    return [f"{round(float(v), digits) + 0.0:.{digits}g}" for v in values]


def uid(name, *parts):
    """The same name always has the same UID."""
    return ".".join([ROOT, str(zlib.crc32(name.encode())), *map(str, parts)])


STEP = {1: (3, 8), 2: (3, 6)}  # first and last column on a slice


def step(c, r, s):
    return sum((s == at) & (first <= c) & (c <= last) & (2 <= r) & (r <= 5) for at, (first, last) in STEP.items()) > 0


def stored(grid, s, offset=0):
    r, c = np.mgrid[0 : grid.rows, 0 : grid.columns]
    return 7 * c + 13 * r + 100 * s + offset


def identity(name, sop_class, instance, modality):
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.ImplementationClassUID, ds.file_meta.ImplementationVersionName = f"{ROOT}.0", "CORPUS"
    ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = sop_class, uid(name, 1, instance), modality
    ds.StudyInstanceUID, ds.SeriesInstanceUID = f"{ROOT}.1", uid(name, 2)
    ds.FrameOfReferenceUID = f"{ROOT}.2"
    ds.StudyDate = "20260105"
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = "NEVER^SHOWN", "NEVER-SHOWN-ID", "19470213"
    ds.AccessionNumber = ds.SeriesDescription = "NEVER-SHOWN"
    return ds


def pixels(ds, grid, values):
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = grid.rows, grid.columns, 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.PixelData = np.ascontiguousarray(values.astype("<u2")).tobytes()
    ds["PixelData"].VR = "OW"


def image(name, s, grid=AXIAL, offset=0, sop_class=CT, instance=None):
    """One slice of the series `name`."""
    ds = identity(name, sop_class, s + 1 if instance is None else instance, "CT" if sop_class == CT else "MR")
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.ImageOrientationPatient = numbers([*grid.row, *grid.column])
    ds.ImagePositionPatient = numbers(grid.position(s))
    ds.PixelSpacing = numbers([grid.between_rows, grid.between_columns])
    ds.SliceThickness = "3"
    if sop_class == CT:
        ds.RescaleSlope, ds.RescaleIntercept = "1", "-1024"
    pixels(ds, grid, stored(grid, s, offset))
    return ds


def save(ds, path, syntax=ExplicitVRLittleEndian):
    ds.file_meta.TransferSyntaxUID = syntax
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    path = HERE / path
    path.parent.mkdir(parents=True, exist_ok=True)
    ds.save_as(path, enforce_file_format=True)


def series(folder, change=None, grid=AXIAL, slices=SLICES, name=None, file=lambda s: f"s{s}.dcm", **more):
    """A folder of slices; `change(ds, s)` breaks what the case is about and drops the slice by returning False."""
    written = []
    for s in slices:
        ds = image(name or folder, s, grid, **more)
        if change and change(ds, s) is False:
            continue
        save(ds, f"{folder}/{file(s)}")
        written.append(ds)
    return written


def setting(only=None, **attributes):
    """Sets attributes in all slices, or in `only` one of them."""

    def change(ds, s):
        if only in (None, s):
            for keyword, value in attributes.items():
                setattr(ds, keyword, value)

    return change


def without(*keywords, only=None):
    def change(ds, s):
        if only in (None, s):
            for keyword in keywords:
                delattr(ds, keyword)

    return change


def stacks(folder, keyword, values, sop_class=MR, **more):
    """Several stacks of the same place in one series: files a0.dcm to a3.dcm, b0.dcm ..., offset 0, 1000, ..."""
    found = []
    for k, value in enumerate(values):
        for s in SLICES:
            ds = image(folder, s, offset=1000 * k, sop_class=sop_class, instance=10 * k + s + 1)
            setattr(ds, keyword, value)
            save(ds, f"{folder}/{'abcd'[k]}{s}.dcm")
            found.append(ds)
    return found


def nifti(path, grid=AXIAL, slices=SLICES, marked=step):
    """A label map on the voxels of the grid; RAS."""
    c, r, s = np.mgrid[0 : grid.columns, 0 : grid.rows, 0 : len(slices)]
    affine = np.eye(4)
    affine[:3, 0] = np.array(grid.row) * grid.between_columns
    affine[:3, 1] = np.array(grid.column) * grid.between_rows
    affine[:3, 2] = grid.position(1) - grid.position(0)
    affine[:3, 3] = grid.origin
    affine[:2] *= -1
    made = nib.Nifti1Image(marked(c, r, s).astype("u1"), affine)
    made.set_sform(affine, 1)
    made.set_qform(None, 0)
    (HERE / path).parent.mkdir(parents=True, exist_ok=True)
    nib.save(made, HERE / path)


def reference(ds):
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    return item


def one(**attributes):
    """A sequence of one item."""
    item = Dataset()
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    return Sequence([item])


def code(value, meaning):
    return one(CodeValue=value, CodingSchemeDesignator="SCT", CodeMeaning=meaning)


def seg(path, sources, grid=AXIAL, and_also=()):
    """The step as a binary segmentation: one frame for each of slices 1 and 2, which refer to `sources` (slices 0, 1, 2, ...)
    and, slice by slice, to those of another stack as well."""
    ds = identity(path, "1.2.840.10008.5.1.4.1.1.66.4", 1, "SEG")
    ds.SeriesInstanceUID = uid(path, 2)
    ds.SegmentationType, ds.LossyImageCompression, ds.ContentLabel = "BINARY", "00", "STEP"
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = grid.rows, grid.columns, 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 1, 1, 0, 0
    instances = Sequence([reference(source) for source in [*sources, *and_also]])
    ds.ReferencedSeriesSequence = one(SeriesInstanceUID=sources[0].SeriesInstanceUID, ReferencedInstanceSequence=instances)
    ds.SegmentSequence = one(SegmentNumber=1, SegmentLabel="lesion", SegmentAlgorithmType="MANUAL")
    ds.SegmentSequence[0].SegmentedPropertyCategoryCodeSequence = code("49755003", "Morphologically abnormal structure")
    ds.SegmentSequence[0].SegmentedPropertyTypeCodeSequence = code("4147007", "Mass")
    shared = Dataset()
    shared.PixelMeasuresSequence = one(PixelSpacing=numbers([grid.between_rows, grid.between_columns]), SliceThickness="3")
    shared.PlaneOrientationSequence = one(ImageOrientationPatient=sources[0].ImageOrientationPatient)
    ds.SharedFunctionalGroupsSequence = Sequence([shared])
    ds.PerFrameFunctionalGroupsSequence = Sequence()
    r, c = np.mgrid[0 : grid.rows, 0 : grid.columns]
    bits = []
    for s in STEP:
        frame = Dataset()
        frame.SegmentIdentificationSequence = one(ReferencedSegmentNumber=1)
        frame.PlanePositionSequence = one(ImagePositionPatient=sources[s].ImagePositionPatient)
        frame.DerivationImageSequence = one(SourceImageSequence=Sequence([reference(of[s]) for of in (sources, and_also) if of]))
        ds.PerFrameFunctionalGroupsSequence.append(frame)
        bits.append(step(c, r, s))
    ds.NumberOfFrames = len(bits)
    packed = np.packbits(np.concatenate([frame.ravel() for frame in bits]), bitorder="little").tobytes()
    ds.PixelData = packed + b"\0" * (len(packed) % 2)
    ds["PixelData"].VR = "OB"
    save(ds, path)


def rtstruct(path, sources, grid=AXIAL):
    """The step as contours half way between voxel centres."""
    ds = identity(path, "1.2.840.10008.5.1.4.1.1.481.3", 1, "RTSTRUCT")
    ds.StructureSetLabel, ds.SeriesInstanceUID = "STEP", uid(path, 2)
    frame_of_reference = ds.FrameOfReferenceUID
    del ds.FrameOfReferenceUID
    images = Sequence([reference(source) for source in sources])
    referred = one(SeriesInstanceUID=sources[0].SeriesInstanceUID, ContourImageSequence=images)
    study = one(ReferencedSOPClassUID="1.2.840.10008.3.1.2.3.1", ReferencedSOPInstanceUID=sources[0].StudyInstanceUID,
                RTReferencedSeriesSequence=referred)
    ds.ReferencedFrameOfReferenceSequence = one(FrameOfReferenceUID=frame_of_reference, RTReferencedStudySequence=study)
    ds.StructureSetROISequence = one(ROINumber=1, ROIName="lesion", ReferencedFrameOfReferenceUID=frame_of_reference)
    contours = Sequence()
    for s, (first, last) in STEP.items():
        corners = [(first - 0.5, 1.5), (last + 0.5, 1.5), (last + 0.5, 5.5), (first - 0.5, 5.5)]
        along = lambda c, r: c * grid.between_columns * np.array(grid.row) + r * grid.between_rows * np.array(grid.column)
        points = np.concatenate([grid.position(s) + along(c, r) for c, r in corners])
        contours += one(ContourGeometricType="CLOSED_PLANAR", NumberOfContourPoints=4, ContourData=numbers(points),
                        ContourImageSequence=Sequence([reference(sources[s])]))
    ds.ROIContourSequence = one(ReferencedROINumber=1, ContourSequence=contours)
    ds.RTROIObservationsSequence = one(ObservationNumber=1, ReferencedROINumber=1, RTROIInterpretedType="GTV")
    save(ds, path)


def enhanced(path, frames, sop_class=ENHANCED_CT, grid=AXIAL, change=None, syntax=ExplicitVRLittleEndian):
    """A multi-frame image. `frames`: for each, its slice and what `FrameContentSequence` says; its offset is 1000 for `second`.

    Orientation, measures and slope 1, intercept -1024 are shared. `change(ds)` breaks what the case is about.
    """
    ds = identity(path, sop_class, 1, "MR" if sop_class == ENHANCED_MR else "CT")
    ds.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    ds.NumberOfFrames = len(frames)
    shared = Dataset()
    shared.PixelMeasuresSequence = one(PixelSpacing=numbers([grid.between_rows, grid.between_columns]), SliceThickness="3")
    shared.PlaneOrientationSequence = one(ImageOrientationPatient=numbers([*grid.row, *grid.column]))
    shared.PixelValueTransformationSequence = one(RescaleSlope="1", RescaleIntercept="-1024", RescaleType="HU")
    ds.SharedFunctionalGroupsSequence = Sequence([shared])
    ds.PerFrameFunctionalGroupsSequence = Sequence()
    values = []
    for number, (s, second, content) in enumerate(frames, 1):
        item = Dataset()
        # The order of the dimensions follows the file, which is not that of the positions.
        item.FrameContentSequence = one(DimensionIndexValues=[1, number], **content)
        item.PlanePositionSequence = one(ImagePositionPatient=numbers(grid.position(s)))
        ds.PerFrameFunctionalGroupsSequence.append(item)
        values.append(stored(grid, s, 1000 * second))
    pixels(ds, grid, np.array(values))
    if change:
        change(ds)
    if syntax == RLELossless:
        encode = lambda frame: RLELosslessEncoder.encode(
            frame.astype("<u2").tobytes(), rows=grid.rows, columns=grid.columns, samples_per_pixel=1, number_of_frames=1,
            bits_allocated=16, bits_stored=12, pixel_representation=0, photometric_interpretation="MONOCHROME2",
            encoding_plugin="pydicom")
        ds.PixelData = encapsulate([encode(frame) for frame in values])
        ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True
    save(ds, path, syntax)
    return ds
