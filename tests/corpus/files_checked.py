"""Reads the cases again with pydicom: what it can read must have the values that the cases expect."""

import tomllib
import warnings

import numpy as np
from pydicom import dcmread
from pydicom.pixels import apply_modality_lut

from files_slices import FOLDER, HERE

# HighBit is ignored by pydicom, the first two syntaxes are not known to it, and bare data sets have none.
NOT_BY_PYDICOM = {
    "high_bit_15", "high_bit_13_signed", "uncompressed_in_items", "deflated_frames", "frames_uncompressed", "frames_deflated",
    "dicm_at_0", "bare_implicit", "bare_explicit", "bare_without_extension", "bare_in_one",
}


def values_of(ds):
    pixels = ds.pixel_array
    if "PerFrameFunctionalGroupsSequence" in ds:
        shared = ds.SharedFunctionalGroupsSequence[0].get("PixelValueTransformationSequence")
        groups = [frame.get("PixelValueTransformationSequence", shared)[0] for frame in ds.PerFrameFunctionalGroupsSequence]
        return [one * float(group.RescaleSlope) + float(group.RescaleIntercept) for one, group in zip(pixels, groups)]
    if "ModalityLUTSequence" in ds:
        return [apply_modality_lut(pixels, ds)]
    slope, intercept = ds.get("RescaleSlope"), ds.get("RescaleIntercept")
    return [pixels * float(1 if slope is None else slope) + float(0 if intercept is None else intercept)]


def check():
    cases = tomllib.loads((HERE / "files.toml").read_text())["case"]
    confirmed = 0
    for case in cases:
        name, folder = case["name"], FOLDER / case["run"][1]
        figures = ("geometry/slices", "pixels/min", "pixels/max", "pixels/mean")
        expected = [case.get("values", {}).get(f"/series/0/{figure}") for figure in figures]
        if case["exit"] or None in expected or folder.suffix == ".zip" or case["name"] in NOT_BY_PYDICOM:
            continue
        slices = []
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.read_bytes()[128:132] == b"DICM"):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ds = dcmread(path)
                slices += values_of(ds) if "PixelData" in ds else []
        if slices:
            found = [len(slices), np.min(slices), np.max(slices), np.mean(slices)]
            assert np.allclose(found, expected, rtol=1e-6), (name, found, expected)
            confirmed += 1
    print(f"{len(cases)} cases; pydicom reads the same values in {confirmed} of them")
