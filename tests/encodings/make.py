"""Writes one small series for every way CT pixels may be stored; the values follow a closed form.

Stored value of column c, row r, slice s (slices counted along row direction x column direction):
    7 c + 13 r + 100 s
unless a series says otherwise below; `tests/encodings.rs` holds the same formulas.

Run from this folder: python make.py     (pydicom, imagecodecs, numpy; the versions are in ../README.md)
"""

import pathlib
import shutil

import imagecodecs
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels.encoders import RLELosslessEncoder
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian, HTJ2KLossless, ImplicitVRLittleEndian,
    JPEG2000Lossless, JPEGLossless, JPEGLosslessSV1, RLELossless,
)

HERE = pathlib.Path(__file__).resolve().parent
COLUMNS, ROWS, SLICES = 24, 20, 3
ROOT = "1.2.826.0.1.3680043.10.1561.7"
AXIAL = ([1, 0, 0], [0, 1, 0])


def stored(s, offset=0, modulus=None):
    r, c = np.mgrid[0:ROWS, 0:COLUMNS]
    values = 7 * c + 13 * r + 100 * s + offset
    return values % modulus if modulus else values


def header(series, s, directions=AXIAL):
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    ds.SOPInstanceUID = f"{ROOT}.{series}.{s + 1}"
    ds.StudyInstanceUID = f"{ROOT}.{series}.100"
    ds.SeriesInstanceUID = f"{ROOT}.{series}.101"
    ds.FrameOfReferenceUID = f"{ROOT}.{series}.102"
    ds.Modality = "CT"
    ds.PatientName = "NEVER^SHOWN"
    ds.PatientID = "NEVER-SHOWN-ID"
    ds.StudyDate = "20260105"
    ds.Rows, ds.Columns = ROWS, COLUMNS
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    row, column = (np.array(d, float) for d in directions)
    place = np.array([-8.0, 5.0, 30.0]) + 2.5 * s * np.cross(row, column)
    ds.ImageOrientationPatient = [f"{v:.12g}" for v in (*row, *column)]
    ds.ImagePositionPatient = [f"{v:.12g}" for v in place]
    ds.PixelSpacing = ["0.8", "0.7"]
    ds.SliceThickness = "2.5"
    ds.RescaleSlope, ds.RescaleIntercept = "1", "-1024"
    bits(ds, 16, 12)
    return ds


def bits(ds, allocated, stored_bits, signed=False):
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = allocated, stored_bits, stored_bits - 1
    ds.PixelRepresentation = int(signed)


def write(ds, folder, name, values, syntax=ExplicitVRLittleEndian):
    """`values`: one frame or several."""
    frames = values if values.ndim == 3 else values[None]
    kind = {(8, 0): "u1", (16, 0): "u2", (16, 1): "i2"}[ds.BitsAllocated, ds.PixelRepresentation]
    frames = np.ascontiguousarray(frames.astype(kind))
    ds.file_meta.TransferSyntaxUID = syntax
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    encoder = {
        RLELossless: lambda frame: RLELosslessEncoder.encode(
            frame.tobytes(), rows=ROWS, columns=COLUMNS, samples_per_pixel=1, number_of_frames=1, bits_allocated=ds.BitsAllocated,
            bits_stored=ds.BitsStored, pixel_representation=ds.PixelRepresentation, photometric_interpretation="MONOCHROME2",
            encoding_plugin="pydicom"),
        JPEGLosslessSV1: lambda frame: imagecodecs.jpeg8_encode(frame, lossless=True, predictor=1, bitspersample=12),
        JPEGLossless: lambda frame: imagecodecs.jpeg8_encode(frame, lossless=True, predictor=6, bitspersample=12),
        JPEG2000Lossless: lambda frame: imagecodecs.jpeg2k_encode(frame, codecformat="j2k", level=0, reversible=True, bitspersample=ds.BitsStored),
        HTJ2KLossless: lambda frame: imagecodecs.htj2k_encode(frame, reversible=True),
    }.get(syntax)
    if encoder:
        ds.PixelData = encapsulate([encoder(frame) for frame in frames])
        ds["PixelData"].is_undefined_length = True
    else:
        order = ">" if syntax == ExplicitVRBigEndian else "<"
        ds.PixelData = frames.astype(frames.dtype.newbyteorder(order)).tobytes()
    ds["PixelData"].VR = "OB" if encoder or ds.BitsAllocated == 8 else "OW"
    path = HERE / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    ds.save_as(path, enforce_file_format=True)


def single_frame_series():
    number = 0

    def series(folder, syntax=ExplicitVRLittleEndian, change=lambda ds, s: None, values=stored, directions=AXIAL,
               name=lambda s: f"{s + 1}.dcm"):
        nonlocal number
        number += 1
        for s in range(SLICES):
            ds = header(number, s, directions)
            change(ds, s)
            write(ds, folder, name(s), values(s), syntax)

    series("implicit_le", ImplicitVRLittleEndian)
    series("explicit_le")
    series("explicit_be", ExplicitVRBigEndian)
    series("deflated", DeflatedExplicitVRLittleEndian)
    series("rle", RLELossless)
    series("jpeg_lossless_70", JPEGLosslessSV1)
    series("jpeg_lossless_57", JPEGLossless)
    series("jpeg_2000", JPEG2000Lossless)
    series("htj2k", HTJ2KLossless, change=lambda ds, s: bits(ds, 16, 16))

    # Signed: 7 c + 13 r + 100 s - 400.
    signed = lambda ds, s: bits(ds, 16, 16, signed=True)
    series("signed_16", change=signed, values=lambda s: stored(s, -400))
    series("signed_jpeg_2000", JPEG2000Lossless, change=signed, values=lambda s: stored(s, -400))

    # Signed, 12 of 16 bits, the unused high bits filled with rubbish that is no sign.
    def rubbish(s):
        low = stored(s, -400) & 0x0FFF
        return ((low | (0x5000 if s % 2 else 0xA000)).astype("u2")).view("i2")

    series("dirty_high_bits", change=lambda ds, s: bits(ds, 16, 12, signed=True), values=rubbish)

    # Slope 1 + s / 2 and intercept -1000 + 10 s of each slice.
    def own_rescale(ds, s):
        ds.RescaleSlope, ds.RescaleIntercept = str(1 + s / 2), str(-1000 + 10 * s)

    series("rescale_per_slice", change=own_rescale)
    # (7 c + 13 r + 40 s) modulo 256, 8 bits.
    series("eight_bit", change=lambda ds, s: bits(ds, 8, 8),
           values=lambda s: (7 * np.mgrid[0:ROWS, 0:COLUMNS][1] + 13 * np.mgrid[0:ROWS, 0:COLUMNS][0] + 40 * s) % 256)

    # The first two columns hold the padding value -2000.
    def padded(s):
        values = stored(s, -400)
        values[:, :2] = -2000
        return values

    def padding(ds, s):
        signed(ds, s)
        ds.add_new("PixelPaddingValue", "SS", -2000)

    series("padding", change=padding, values=padded)
    series("monochrome1", change=lambda ds, s: setattr(ds, "PhotometricInterpretation", "MONOCHROME1"))

    def no_rescale(ds, s):
        del ds.RescaleSlope, ds.RescaleIntercept

    series("no_rescale", change=no_rescale)

    # Names and instance numbers that run against the positions, no extension, folders.
    def instance_number(ds, s):
        ds.InstanceNumber = [2, 9, 4][s]
        ds.SliceLocation = str([50, 10, 30][s])

    series("reversed_names", change=instance_number, name=lambda s: f"{9 - s}.dcm")
    series("nested_without_extension", change=instance_number, name=lambda s: ["b/IM7", "a/x/0", "DATA"][s])
    series("sagittal", directions=([0, 1, 0], [0, 0, -1]))
    series("feet_first", directions=([-1, 0, 0], [0, 1, 0]))
    a, b = np.radians(20), np.radians(35)
    turn = np.array([[np.cos(b), -np.sin(b), 0], [np.sin(b), np.cos(b), 0], [0, 0, 1]])
    tilt = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    series("oblique", directions=((turn @ tilt)[:, 0], (turn @ tilt)[:, 1]))


def enhanced(folder, number, syntax):
    """Four frames stored in the order 2, 0, 3, 1; slope 1 + s / 4 and intercept -1000 + 10 s of each frame."""
    order = [2, 0, 3, 1]
    ds = header(number, 0)
    ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2.1"
    ds.NumberOfFrames = len(order)
    measures, orientation = Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = ds.PixelSpacing, ds.SliceThickness
    orientation.ImageOrientationPatient = ds.ImageOrientationPatient
    shared = Dataset()
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = Sequence([measures]), Sequence([orientation])
    ds.SharedFunctionalGroupsSequence = Sequence([shared])
    frames = []
    for s in order:
        position, values, frame = Dataset(), Dataset(), Dataset()
        position.ImagePositionPatient = header(number, s).ImagePositionPatient
        values.RescaleSlope, values.RescaleIntercept, values.RescaleType = str(1 + s / 4), str(-1000 + 10 * s), "HU"
        frame.PlanePositionSequence, frame.PixelValueTransformationSequence = Sequence([position]), Sequence([values])
        frames.append(frame)
    ds.PerFrameFunctionalGroupsSequence = Sequence(frames)
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness", "RescaleSlope",
                    "RescaleIntercept"):
        delattr(ds, keyword)
    write(ds, folder, "1.dcm", np.stack([stored(s) for s in order]), syntax)


if __name__ == "__main__":
    for old in HERE.iterdir():
        if old.is_dir():
            shutil.rmtree(old)
    single_frame_series()
    enhanced("enhanced", 50, ExplicitVRLittleEndian)
    enhanced("enhanced_rle", 51, RLELossless)
