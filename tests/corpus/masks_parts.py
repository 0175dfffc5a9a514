"""The image and the lesions of the cases in `masks.toml`, in closed form, and how a case is written down.

All masks lie on the series of `tests/masks/image`: 6 axial slices of 15 x 11 pixels, 0.8 mm between columns, 0.9 mm between rows,
2.5 mm between slices; value 7 c + 13 r + 100 s - 1024. Its values tell where a mask lies: a mask that is shifted, mirrored or
turned has another mean. Lesions, for column c, row r, slice s:
    STAIRS: 2 <= r < 7, 1 <= s < 4, 3 <= c < 15 - r - s: 90 voxels, unlike itself under any turn or reflection
    BLOCK: 5 <= c < 11, 4 <= r < 9, 2 <= s < 5: 90 voxels, 24 of them in STAIRS
ONE and TWO of `tests/masks/make.py` are scattered and overlap.
"""

import pathlib
import zlib

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = HERE / "masks"
IMAGE = "../../masks/image"
COLUMNS, ROWS, SLICES = 15, 11, 6
SIZE = np.array([COLUMNS, ROWS, SLICES])
SPACING = np.array([0.8, 0.9, 2.5])  # between columns, rows, slices
ORIGIN = np.array([-10.0, 20.0, -30.0])  # centre of the first voxel, LPS
ROOT = "1.2.826.0.1.3680043.10.1561"

S, R, C = np.mgrid[0:SLICES, 0:ROWS, 0:COLUMNS]  # arrays are [slice, row, column]
VALUES = 7 * C + 13 * R + 100 * S - 1024
STAIRS = (R >= 2) & (R < 7) & (S >= 1) & (S < 4) & (C >= 3) & (C < 15 - R - S)
BLOCK = (C >= 5) & (C < 11) & (R >= 4) & (R < 9) & (S >= 2) & (S < 5)
ONE = (C >= 2) & (C < 12) & (R >= 1) & (R < 9) & (S >= 1) & (S < 5) & ((C + 2 * R + 3 * S) % 7 < 4)
TWO = (C >= 8) & (C < 14) & (R >= 5) & (R < 10) & (S >= 2) & (S < 4) & ((3 * C + R + S) % 5 < 3)
TWO_ALONE = TWO & ~ONE
NOTHING = np.zeros_like(STAIRS)
LABELS = np.where(STAIRS, 1, np.where(BLOCK, 2, 0)).astype("u1")

CASES = []


def uid(name, *rest):
    """The same name always has the same UID."""
    return ".".join([ROOT, "30", str(zlib.crc32(name.encode())), *map(str, rest)])


def case(name, rows, run, source, exit=0, problems=(), notes=(), says=(), never=(), values=None):
    assert name not in (other["name"] for other in CASES), name
    CASES.append(dict(name=name, rows=rows.split(), run=run, exit=exit, problems=sorted(problems), notes=sorted(notes),
                      says=list(says), never=list(never), values=values or {}, source=source))


def long_axis(voxels, spacing):
    """The farthest pair of voxel centres of one slice, for a lesion in one piece: (length, slice); the lowest slice among equals."""
    longest = (-1.0, None)
    for s in sorted(set(np.nonzero(voxels)[0])):
        r, c = np.nonzero(voxels[s])
        length = np.hypot((c[:, None] - c) * spacing[0], (r[:, None] - r) * spacing[1]).max()
        longest = max(longest, (length, -int(s)))
    return float(longest[0]), -longest[1]


def figures(lesion, voxels, on_image=True, spacing=SPACING, whole=False):
    """What `measure` must say of one lesion, from its voxels. `whole`: it is in one piece in every slice."""
    at = f"/lesions/{lesion}"
    found = {f"{at}/voxels": int(voxels.sum()), f"{at}/volume_mm3": float(voxels.sum() * np.prod(spacing))}
    if voxels.any() and whole:
        found[f"{at}/long_axis_mm"], found[f"{at}/slice/index"] = long_axis(voxels, spacing)
    if voxels.any() and on_image:
        inside = VALUES[voxels]
        for figure, number in (("mean", inside.mean()), ("sd", inside.std()), ("min", inside.min()), ("max", inside.max())):
            found[f"{at}/intensity/{figure}"] = float(number)
    return found


def measured(name, rows, source, file, lesions=(STAIRS,), labels=None, on_image=True, spacing=SPACING, image=IMAGE, values=None,
             whole=None, **more):
    """The mask is measured, and its lesions have these voxels. `labels`: their numbers."""
    found = {"/mask/on_image_grid": on_image}
    for lesion, voxels in enumerate(lesions):
        one_piece = any(voxels is known for known in (STAIRS, BLOCK)) if whole is None else whole
        found |= figures(lesion, voxels, on_image, spacing, one_piece)
        if labels:
            found[f"/lesions/{lesion}/label"] = labels[lesion]
    on = ["--image", image] if image else []
    run = ["measure", "--mask", file, *on, *(["--intensity"] if on_image else []), "--format", "json"]
    case(name, rows, run, source, values=found | (values or {}), **more)


def refused(name, rows, source, file, problem, says=(), image=IMAGE, **more):
    """The mask is refused; the message names the file."""
    on = ["--image", image] if image else []
    run = ["measure", "--mask", file, *on, "--format", "json"]
    case(name, rows, run, source, exit=4, problems=[problem], says=[file, *says], **more)
