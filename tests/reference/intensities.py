"""Values of whole series and inside their masks, by SimpleITK and pydicom, into intensities.csv.

python intensities.py DATA [--check]     DATA holds patients/ and timeline/; --check compares with the table instead of writing it
"""

import csv
import importlib.metadata
import io
import pathlib
import sys

import numpy as np
import pydicom
import SimpleITK as sitk

from committed import write_or_check

data = pathlib.Path(sys.argv[1])
SERIES = [(folder / "image", folder / "mask.nii.gz") for folder in sorted(data.glob("patients/*/*"))]
SERIES += [(folder / "CT", folder / "labels.nii.gz") for folder in sorted(data.glob("timeline/*/T?"))]


def by_simpleitk(folder):
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    return reader.Execute()


def by_pydicom(folder):
    slices = sorted((pydicom.dcmread(path) for path in folder.glob("*.dcm")), key=lambda ds: float(ds.ImagePositionPatient[2]))
    return np.stack([ds.pixel_array * float(ds.get("RescaleSlope", 1)) + float(ds.get("RescaleIntercept", 0)) for ds in slices])


out = io.StringIO()
versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("SimpleITK", "pydicom", "numpy"))
out.write(f"# intensities.py with {versions}; label 0 is the whole series; sd is divided by n\n")
table = csv.writer(out, lineterminator="\n")
table.writerow(["image", "label", "voxels", "min", "max", "mean", "sd", "median"])
for folder, mask_file in SERIES:
    image = sitk.DICOMOrient(by_simpleitk(folder), "LPS")
    mask = sitk.DICOMOrient(sitk.ReadImage(str(mask_file)), "LPS")
    assert image.GetSize() == mask.GetSize(), folder
    assert np.allclose(image.GetOrigin(), mask.GetOrigin(), atol=1e-3), folder
    values, labels = sitk.GetArrayFromImage(image).astype(float), sitk.GetArrayFromImage(mask)
    # Two readers, one answer.
    assert np.array_equal(values, by_pydicom(folder)), folder
    for label in [0, *np.unique(labels[labels > 0])]:
        inside = values[labels == label] if label else values.ravel()
        figures = [inside.min(), inside.max(), inside.mean(), inside.std(), np.median(inside)]
        table.writerow([folder.relative_to(data).as_posix(), int(label), inside.size, *(f"{v:.9g}" for v in figures)])
write_or_check("intensities.csv", out.getvalue())
