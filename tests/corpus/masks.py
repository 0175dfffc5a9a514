"""Writes the masks of the group `masks` of the corpus and `masks.toml`: DICOM SEG, RTSTRUCT, NIfTI and NRRD.

What a case must give stands beside the making of its file. Voxels are closed forms (`masks_parts.py`); where another tool reads a
file (highdicom, pydicom, nibabel, pynrrd, SimpleITK, Shapely), it must find the same voxels, or this program stops. Every UID
follows from the name of its case, so making them again changes nothing.

Run from anywhere: python tests/corpus/masks.py     (the versions are in ../README.md)
"""

import shutil
import sys

sys.dont_write_bytecode = True

import masks_nifti
import masks_nrrd
import masks_rtstruct
import masks_seg
from files_slices import toml_of
from masks_parts import CASES, FOLDER, HERE

HEAD = "# Written by masks.py, where the making of each file stands beside its case: change it there.\n"

if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    for group in (masks_seg, masks_rtstruct, masks_nifti, masks_nrrd):
        group.make()
    made = (HERE / "masks_made.toml").read_text()
    (HERE / "masks.toml").write_text("\n".join([HEAD, *map(toml_of, CASES), made]))
    print(f"{len(CASES)} cases")
