"""Writes the series and masks of `series/`; what must come of them is in `series.toml`.

Run from anywhere: python tests/corpus/series.py     (pydicom, numpy, nibabel; the versions are in ../README.md)
Nothing depends on the time or on chance: running it again changes no byte.
"""

import shutil
import sys

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ImplicitVRLittleEndian, RLELossless

sys.dont_write_bytecode = True

from parts import (
    AXIAL, CORONAL, CT, ENHANCED_MR, HERE, LEGACY_CT, LONG, MR, SAGITTAL, SLICES, enhanced, image, nifti, numbers, one, rtstruct, save, seg,
    series, setting, stacks, step, stored, uid, without,
)


def turned(a, b):
    """Row and column of a plane turned by `a` degrees about x, then by `b` about z."""
    a, b = np.radians(a), np.radians(b)
    return (np.cos(b), np.sin(b), 0), (-np.sin(b) * np.cos(a), np.cos(b) * np.cos(a), np.sin(a))


def order_and_grouping():
    def against(ds, s):
        ds.InstanceNumber = [4, 1, 6, 2, 5, 3][s]
        ds.SliceLocation = str(100 - 5 * s)
        ds.SpacingBetweenSlices, ds.SliceThickness = "99", "7"

    series("shuffled", against, slices=LONG, file=lambda s: ["m", "IM10", "z", "IM2", "a", "0"][s])
    series("no_numbers", without("SliceThickness"))

    other = AXIAL.changed(origin=(-5, 4, -8), between_rows=1.0, between_columns=0.9, distance=2.0)
    first = series("two_series", name="two_series_a", file=lambda s: f"a{s}.dcm")
    second = series("two_series", name="two_series_b", file=lambda s: f"b{s}.dcm", grid=other, offset=500)
    seg("two_series_seg.dcm", second, other)
    rtstruct("two_series_rtstruct.dcm", first)

    series("alike/ct_a", file=lambda s: f"a{s}.dcm")
    series("alike/ct_b", file=lambda s: f"b{s}.dcm", offset=1000)
    nifti("alike/ct_a/masks/one.nii")
    # One row more, so that the two masks are not the same file twice.
    nifti("alike/both.nii", marked=lambda c, r, s: step(c, r, s) | step(c, r - 1, s))


def localizers():
    scout = CORONAL.changed(columns=16, rows=14, between_rows=1.5, between_columns=1.5, origin=(-10, 10, 10))
    side = SAGITTAL.changed(columns=16, rows=14, between_rows=1.5, between_columns=1.5, origin=(0, 0, 10))
    marked = ["ORIGINAL", "PRIMARY", "LOCALIZER"]

    def scouts(folder, grids, image_type=None):
        slices = series(folder)
        for number, (name, s, grid) in enumerate(grids):
            ds = image(folder, s, grid, instance=100 + number)
            if image_type:
                ds.ImageType = image_type
            save(ds, f"{folder}/{name}.dcm")
        return slices

    scouts("localizer_marked", [("scout", 0, scout)], marked)
    scouts("localizer_axial", [("scout", 2, AXIAL)], marked)
    scouts("localizer_unmarked", [("scout", 0, scout)])
    axial = scouts("localizers_unmarked", [("c0", 0, scout), ("c1", 1, scout), ("g0", 0, side), ("g1", 1, side)])
    seg("localizers_unmarked_seg.dcm", axial)


def several_stacks():
    echoes = stacks("echoes", "EchoTime", ["4.6", "9.2"])
    seg("echoes_seg.dcm", echoes[4:])
    seg("echoes_seg_both.dcm", echoes[4:], and_also=echoes[:4])
    rtstruct("echoes_rtstruct.dcm", echoes[4:])
    stacks("acquisitions", "AcquisitionNumber", ["1", "2"], CT)
    stacks("temporal_indices", "TemporalPositionIndex", [1, 2])
    stacks("temporal_identifiers", "TemporalPositionIdentifier", ["1", "2"])
    stacks("triggers", "TriggerTime", ["0", "350"])
    stacks("b_values", "DiffusionBValue", [0.0, 800.0])
    stacks("b_values_directions", "DiffusionBValue", [0.0, 800.0, 800.0])
    stacks("kernels", "ConvolutionKernel", ["B30f", "B60f"], CT)
    stacks("dixon", "ImageType", [["DERIVED", "PRIMARY", "DIXON", "WATER"], ["DERIVED", "PRIMARY", "DIXON", "FAT"]])
    stacks("content_times", "ContentTime", ["101500", "101530"], CT)

    # Every slice has an acquisition number of its own; only the echo time makes two whole stacks.
    for k, echo in enumerate(["4.6", "9.2"]):
        for s in SLICES:
            ds = image("numbered_apart", s, offset=1000 * k, sop_class=MR, instance=10 * k + s)
            ds.EchoTime, ds.AcquisitionNumber = echo, str(4 * k + s + 1)
            save(ds, f"numbered_apart/{'ab'[k]}{s}.dcm")
    # Two echoes, each acquired twice.
    for k, (echo, acquisition) in enumerate([("4.6", "1"), ("4.6", "2"), ("9.2", "1"), ("9.2", "2")]):
        for s in SLICES:
            ds = image("echoes_twice", s, offset=600 * k, sop_class=MR, instance=10 * k + s)
            ds.EchoTime, ds.AcquisitionNumber = echo, acquisition
            save(ds, f"echoes_twice/{'abcd'[k]}{s}.dcm")
    # The second phase was stopped after two slices.
    for k, count in enumerate([4, 2]):
        for s in range(count):
            ds = image("phase_incomplete", s, offset=1000 * k, instance=10 * k + s)
            ds.AcquisitionNumber = str(k + 1)
            save(ds, f"phase_incomplete/{'ab'[k]}{s}.dcm")

    # Two more images of the same place, with another matrix or other pixels.
    fine = AXIAL.changed(columns=24, rows=20, between_columns=0.35, between_rows=0.4)
    wide = AXIAL.changed(between_columns=1.4, between_rows=1.6)
    for folder, grid in (("two_matrices", fine), ("two_spacings", wide)):
        series(folder)
        for s in (1, 2):
            save(image(folder, s, grid, instance=100 + s), f"{folder}/t{s}.dcm")


def duplicates():
    def again(folder, change, syntax=None, s=2):
        series(folder)
        ds = dcmread(HERE / folder / f"s{s}.dcm")
        change(ds)
        save(ds, f"{folder}/t{s}.dcm", syntax or ds.file_meta.TransferSyntaxUID)

    again("duplicate", lambda ds: None)
    again("duplicate_sent_again", lambda ds: setattr(ds, "InstanceCreationDate", "20260106"), ImplicitVRLittleEndian)
    again("duplicate_other_pixels", lambda ds: setattr(ds, "PixelData", stored(AXIAL, 2, 9).astype("<u2").tobytes()))
    again("duplicate_other_rescale", lambda ds: setattr(ds, "RescaleIntercept", "-1000"))
    again("duplicate_other_place", lambda ds: setattr(ds, "ImagePositionPatient", numbers(AXIAL.position(4))))
    again("same_position", lambda ds: setattr(ds, "SOPInstanceUID", uid("same_position", 1, 100)))
    for part in "ab":
        series(f"duplicate_folder/{part}", name="duplicate_folder")


def distances():
    def missing(folder, *left_out):
        series(folder, lambda ds, s: s not in left_out, slices=LONG)

    def placed(folder, along):
        """Slices at these distances from the first."""
        series(folder, lambda ds, s: setattr(ds, "ImagePositionPatient", numbers([-4, 6, -10 + along[s]])), slices=LONG)

    missing("missing_slice", 3)
    missing("missing_slices", 1, 3)
    placed("uneven", [0, 3, 6, 10, 13, 16])
    placed("uneven_halves", [0, 3, 6, 9, 14, 19])
    # 1 % of 3 mm is allowed.
    placed("uneven_by_4_percent", [0, 3, 6, 9.12, 12, 15])
    placed("uneven_by_half_a_percent", [0, 3, 6, 9.015, 12, 15])

    noise = 1e-4 * np.array([[0, 0, 0], [1, -1, 1], [-1, 1, -0.5], [1, 1, -0.5], [-1, 1, 1], [0, 0, 0]])
    series("position_noise", lambda ds, s: setattr(ds, "ImagePositionPatient", numbers(AXIAL.position(s) + noise[s])), slices=LONG)

    row, column = turned(15, 0)
    tilted = AXIAL.changed(row=row, column=column, between=(0, 0, 3))
    slices = series("tilted", setting(GantryDetectorTilt="15"), grid=tilted)
    series("tilted_untold", setting(GantryDetectorTilt="0"), grid=tilted)
    series("tilt_only_told", setting(GantryDetectorTilt="15"))
    nifti("tilted.nii", tilted)
    seg("tilted_seg.dcm", slices, tilted)


def odd_slices():
    def odd(folder, s, **attributes):
        series(folder, setting(only=s, **attributes))

    series("odd_matrix", lambda ds, s: s != 2)
    save(image("odd_matrix", 2, AXIAL.changed(columns=14)), "odd_matrix/s2.dcm")
    odd("odd_spacing", 2, PixelSpacing=["0.9", "0.7"])
    odd("odd_first", 0, PixelSpacing=["0.9", "0.7"])
    odd("odd_last", 3, PixelSpacing=["0.8", "0.9"])
    odd("odd_orientation", 2, ImageOrientationPatient=numbers([0.8, 0.6, 0, -0.6, 0.8, 0]))
    odd("odd_half_turn", 2, ImageOrientationPatient=["-1", "0", "0", "0", "-1", "0"])
    odd("odd_shift", 2, ImagePositionPatient=["-1", "6", "-4"])
    odd("odd_frame_of_reference", 2, FrameOfReferenceUID=uid("elsewhere", 3))
    odd("odd_patient", 2, PatientID="NEVER-SHOWN-OTHER")
    series("mixed_patients", lambda ds, s: setattr(ds, "PatientID", f"NEVER-SHOWN-{s // 2}"))
    series("mixed_frames_of_reference", lambda ds, s: setattr(ds, "FrameOfReferenceUID", uid("elsewhere", 3 + s // 2)))

    def first_only(ds, s):
        return s == 0

    series("single", first_only)
    series("single_without_thickness", lambda ds, s: first_only(ds, s) and without("SliceThickness")(ds, s))
    nifti("single.nii", slices=range(1), marked=lambda c, r, s: step(c, r, s + 1))

    # The last slice cannot be used; without it the others would be a regular stack.
    for folder in ("last_cut", "last_header_cut"):
        series(folder)
        path = HERE / folder / "s3.dcm"
        whole = path.read_bytes()
        path.write_bytes(whole[:-100] if folder == "last_cut" else whole[:600])
    odd("last_without_rows", 3, Rows=0)
    series("last_without_pixels", without("PixelData", only=3))
    odd("last_short", 3, PixelData=stored(AXIAL, 3).astype("<u2").tobytes()[:-20])


def directions():
    for name, plane in (
        ("front", CORONAL),
        ("side", SAGITTAL),
        ("feet_first", AXIAL.changed(row=(-1, 0, 0))),
        ("face_down", AXIAL.changed(row=(-1, 0, 0), column=(0, -1, 0))),
        ("columns_upwards", AXIAL.changed(column=(0, -1, 0))),
        ("twice_turned", AXIAL.changed(**dict(zip(("row", "column"), turned(30, 35))))),
    ):
        # Names run against the normal.
        series(name, grid=plane, file=lambda s: f"{9 - s}.dcm")
        nifti(f"{name}.nii", plane)

    plane = AXIAL.changed(**dict(zip(("row", "column"), turned(30, 35))))
    rounded = lambda digits: [f"{v:.{digits}f}" for v in (*plane.row, *plane.column)]
    for digits in (3, 4):
        slices = series(f"orientation_{digits}_digits", setting(ImageOrientationPatient=rounded(digits)), grid=plane)
        seg(f"orientation_{digits}_digits_seg.dcm", slices, plane)
    series("orientation_too_long", setting(ImageOrientationPatient=["1.005", "0", "0", "0", "1", "0"]))
    series("orientation_skewed", setting(ImageOrientationPatient=["1", "0", "0", "0.01", "0.99995", "0"]))
    series("orientation_zero", setting(ImageOrientationPatient=["0"] * 6))
    series("orientation_zero_in_one", setting(only=3, ImageOrientationPatient=["0"] * 6))


def spacings_and_positions():
    oblong = AXIAL.changed(between_rows=0.5, between_columns=1.25)
    series("oblong", grid=oblong)
    nifti("oblong.nii", oblong)

    def instead(keyword, only=None):
        def change(ds, s):
            if only in (None, s):
                setattr(ds, keyword, ds.PixelSpacing)
                del ds.PixelSpacing

        return change

    series("spacing_at_detector", instead("ImagerPixelSpacing"))
    series("spacing_at_detector_in_one", instead("ImagerPixelSpacing", only=3))
    series("spacing_nominal", instead("NominalScannedPixelSpacing"))
    series("spacing_twice", setting(ImagerPixelSpacing=["1.6", "1.4"]))

    def replaced(folder, old, new, slices=SLICES):
        """Decimals that pydicom would not write."""
        for s in slices:
            path = HERE / folder / f"s{s}.dcm"
            whole = path.read_bytes()
            assert len(old) == len(new) and whole.count(old) == 1
            path.write_bytes(whole.replace(old, new))

    series("spacing_comma")
    replaced("spacing_comma", rb"0.8\0.7", rb"0,8\0,7")
    series("spacing_comma_in_one")
    replaced("spacing_comma_in_one", rb"0.8\0.7", rb"0,8\0,7", [3])
    series("position_comma_in_one", setting(only=3, ImagePositionPatient=["-4.00", "6.00", "-1.00"]))
    replaced("position_comma_in_one", rb"-4.00\6.00\-1.00", rb"-4,00\6,00\-1,00", [3])
    series("position_not_a_number", setting(only=3, ImagePositionPatient=["-4.00", "6.00", "-1.00"]))
    replaced("position_not_a_number", rb"-4.00\6.00\-1.00", rb"-4.00\6.00\nan  ", [3])
    series("spacing_zero", setting(PixelSpacing=["0", "0.7"]))
    series("spacing_negative", setting(PixelSpacing=["0.8", "-0.7"]))
    series("spacing_one_value", setting(only=3, PixelSpacing="0.8"))
    series("no_position", without("ImagePositionPatient"))
    series("no_orientation", without("ImageOrientationPatient"))
    series("no_position_in_last", without("ImagePositionPatient", only=3))
    series("no_orientation_in_last", without("ImageOrientationPatient", only=3))
    series("position_two_values", setting(only=3, ImagePositionPatient=["-4", "6"]))
    series("slope_of_each_slice", lambda ds, s: setting(RescaleSlope=str(1 + s / 4), RescaleIntercept=str(10 * s - 1000))(ds, s))


def multi_frame():
    shuffled = [(s, False, {}) for s in (2, 0, 3, 1)]

    def own_rescale(ds):
        for (s, _, _), item in zip(shuffled, ds.PerFrameFunctionalGroupsSequence):
            item.PixelValueTransformationSequence = one(
                RescaleSlope=str(1 + s / 4), RescaleIntercept=str(10 * s - 1000), RescaleType="HU")

    def own_groups(ds):
        """Everything in the items of the frames, and something else in what they share."""
        own_rescale(ds)
        shared = ds.SharedFunctionalGroupsSequence[0]
        for item in ds.PerFrameFunctionalGroupsSequence:
            item.PixelMeasuresSequence, item.PlaneOrientationSequence = shared.PixelMeasuresSequence, shared.PlaneOrientationSequence
        shared.PixelMeasuresSequence = one(PixelSpacing=["9", "9"], SliceThickness="9")
        shared.PlaneOrientationSequence = one(ImageOrientationPatient=["0", "1", "0", "0", "0", "-1"])

    def top_level(ds):
        """What belongs in the functional groups stands above them too, with other values."""
        own_rescale(ds)
        ds.PixelSpacing, ds.ImageOrientationPatient = ["9", "9"], ["0", "1", "0", "0", "0", "-1"]
        ds.ImagePositionPatient, ds.RescaleSlope, ds.RescaleIntercept = ["0", "0", "0"], "3", "77"

    def no_shared(ds):
        own_groups(ds)
        del ds.SharedFunctionalGroupsSequence

    def odd_frame(ds):
        ds.PerFrameFunctionalGroupsSequence[2].PixelMeasuresSequence = one(PixelSpacing=["0.9", "0.7"], SliceThickness="3")

    def first_items(ds):
        ds.PerFrameFunctionalGroupsSequence = Sequence(list(ds.PerFrameFunctionalGroupsSequence)[:3])

    def another_item(ds):
        item = Dataset()
        item.PlanePositionSequence = one(ImagePositionPatient=numbers(AXIAL.position(4)))
        ds.PerFrameFunctionalGroupsSequence.append(item)

    def no_place(ds):
        del ds.PerFrameFunctionalGroupsSequence[2].PlanePositionSequence

    for name, change in (
        ("frames_shuffled", own_rescale),
        ("frames_shared", None),
        ("frames_own", own_groups),
        ("frames_own_only", no_shared),
        ("frames_top_level", top_level),
        ("frames_odd", odd_frame),
        ("frames_without_place", no_place),
        ("items_too_few", first_items),
        ("items_too_many", another_item),
        ("frames_zero", lambda ds: setattr(ds, "NumberOfFrames", 0)),
        ("frames_not_told", lambda ds: delattr(ds, "NumberOfFrames")),
    ):
        enhanced(f"{name}.dcm", shuffled, change=change)
    enhanced("frames_shuffled_rle.dcm", shuffled, change=own_rescale, syntax=RLELossless)
    enhanced("frames_converted.dcm", shuffled, LEGACY_CT, change=own_rescale)
    enhanced("frames_mr.dcm", shuffled, ENHANCED_MR)

    # Two stacks of four in one file, their frames mixed.
    def two(**contents):
        keyword, values = next(iter(contents.items()), (None, (None, None)))
        content = lambda second: {keyword: values[second]} if keyword else {}
        return [(s, second, content(second)) for s in (2, 0, 3, 1) for second in (False, True)]

    def group(sequence, keyword, values):
        def change(ds):
            for (_, second, _), item in zip(two(), ds.PerFrameFunctionalGroupsSequence):
                setattr(item, sequence, one(**{keyword: values[second]}))

        return change

    enhanced("stacks_by_id.dcm", two(StackID=("1", "2")))
    enhanced("stacks_by_time.dcm", two(TemporalPositionIndex=(1, 2)))
    enhanced("stacks_by_acquisition.dcm", two(FrameAcquisitionNumber=(1, 2)))
    enhanced("stacks_by_echo.dcm", two(), ENHANCED_MR, change=group("MREchoSequence", "EffectiveEchoTime", (4.6, 9.2)))
    enhanced("stacks_by_b_value.dcm", two(), ENHANCED_MR, change=group("MRDiffusionSequence", "DiffusionBValue", (0.0, 800.0)))
    enhanced("stacks_alike.dcm", two())
    # Two slabs; the second begins 21 mm above the last slice of the first.
    enhanced("stacks_apart.dcm", [(s, False, {"StackID": "1"}) for s in SLICES] + [(s + 10, False, {"StackID": "2"}) for s in SLICES])


if __name__ == "__main__":
    shutil.rmtree(HERE, ignore_errors=True)
    HERE.mkdir()
    nifti("step.nii")
    nifti("long.nii", slices=LONG)
    order_and_grouping()
    localizers()
    several_stacks()
    duplicates()
    distances()
    odd_slices()
    directions()
    spacings_and_positions()
    multi_frame()
