"""Volumes of labelled voxels for oracles.py: plain arithmetic in whole numbers, so the same voxels on every machine.

A volume is an array [slice, row, column] of labels, 0 being background, with the spacing of columns, rows and slices in mm.
"""

import numpy as np

SQUARE, THICK, OBLONG, CUBE = (0.7, 0.7, 2.5), (0.683594, 0.683594, 5.0), (0.6, 0.9, 1.2), (1.0, 1.0, 1.0)
LARGEST = 2**64


def empty(columns, rows, slices):
    return np.zeros((slices, rows, columns), dtype=np.uint8)


def grid(volume):
    """Column, row and slice of every voxel."""
    slices, rows, columns = np.indices(volume.shape)
    return columns, rows, slices


def ellipsoid(volume, middle, radii, label):
    """Middle and radii in half voxels: (a / r)^2 + (b / s)^2 + (c / t)^2 <= 1, multiplied out."""
    r, s, t = (radius * radius for radius in radii)
    a, b, c = ((2 * axis - at) ** 2 for axis, at in zip(grid(volume), middle))
    volume[a * s * t + b * r * t + c * r * s <= r * s * t] = label


def box(volume, first, last, label):
    """From the first to the last column, row and slice, both inside."""
    ranges = tuple(slice(a, b + 1) for a, b in zip(first, last))
    volume[ranges[::-1]] = label


def noise(volume, seed, percent, labels=1):
    """Each voxel inside with this chance, in voxel order: the high bits of a linear congruential generator (Knuth's MMIX)."""
    state, values = seed, []
    for _ in range(volume.size):
        state = (state * 6364136223846793005 + 1442695040888963407) % LARGEST
        inside = (state >> 33) % 100 < percent
        values.append(1 + (state >> 50) % labels if inside else 0)
    return np.array(values, dtype=np.uint8).reshape(volume.shape)


def lumps(volume, seed, percent):
    """Noise after three votes of the 3 x 3 x 3 neighbourhood: lumps with bays and holes."""
    inside = noise(volume, seed, percent)
    for _ in range(3):
        framed = np.pad(inside, 1).astype(int)
        votes = sum(np.roll(framed, (i, j, k), (0, 1, 2)) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1))
        inside = (votes[1:-1, 1:-1, 1:-1] >= 13).astype(np.uint8)
    return inside


def drawing(*slices):
    """Slices of rows of digits; a dot is background."""
    rows = [[[0 if c == "." else int(c) for c in row] for row in drawn.split()] for drawn in slices]
    return np.array(rows, dtype=np.uint8)


def points_and_lines():
    volume = empty(16, 12, 9)
    volume[0, 0, 0], volume[8, 11, 15], volume[4, 6, 8] = 1, 2, 3
    box(volume, (2, 2, 1), (13, 2, 1), 4)
    box(volume, (3, 4, 2), (3, 10, 2), 5)
    box(volume, (14, 4, 1), (14, 4, 7), 6)
    for i in range(7):
        volume[3, 4 + i, 5 + i] = 7
        volume[1 + i, 4 + i, 13 - i] = 8
    return volume


def plates():
    volume = empty(14, 12, 10)
    box(volume, (1, 1, 0), (12, 10, 0), 1)
    box(volume, (2, 3, 2), (11, 3, 8), 2)
    box(volume, (12, 2, 2), (12, 10, 8), 3)
    box(volume, (2, 6, 3), (9, 7, 4), 4)
    box(volume, (2, 8, 5), (9, 10, 6), 5)
    return volume


def balls():
    volume = empty(40, 36, 12)
    ellipsoid(volume, (19, 20, 11), (17, 17, 9), 1)
    ellipsoid(volume, (56, 18, 12), (19, 11, 7), 2)
    ellipsoid(volume, (25, 55, 10), (21, 9, 9), 3)
    ellipsoid(volume, (61, 52, 11), (10, 16, 3), 4)
    return volume


def hollow():
    """A shell with a lump in its cavity, the cavity open to one side in two slices; an ellipsoid that another cuts."""
    volume = empty(34, 24, 12)
    ellipsoid(volume, (22, 23, 11), (19, 20, 11), 1)
    ellipsoid(volume, (22, 23, 11), (13, 14, 7), 0)
    ellipsoid(volume, (22, 23, 11), (6, 6, 4), 2)
    box(volume, (11, 0, 5), (12, 6, 6), 0)
    ellipsoid(volume, (52, 22, 10), (13, 19, 8), 3)
    ellipsoid(volume, (60, 22, 10), (9, 9, 12), 4)
    return volume


def at_the_border():
    volume = empty(22, 20, 8)
    ellipsoid(volume, (0, 18, 7), (14, 13, 6), 1)
    ellipsoid(volume, (42, 8, 9), (11, 9, 5), 2)
    ellipsoid(volume, (22, 38, 2), (9, 8, 7), 3)
    ellipsoid(volume, (20, 14, 14), (7, 8, 5), 4)
    return volume


def torus():
    """Rings lying, standing and leaning, in half voxels: (sqrt(a^2 + b^2) - R)^2 + c^2 <= r^2 without the root."""
    volume = empty(36, 20, 16)
    for middle, axes, label in (((18, 19, 15), (0, 1, 2), 1), ((52, 19, 15), (0, 2, 1), 2)):
        away = [2 * axis - at for axis, at in zip(grid(volume), middle)]
        a, b, c = (away[axis] for axis in axes)
        q = a * a + b * b + c * c + 12 * 12 - 4 * 4
        volume[q * q <= 4 * 12 * 12 * (a * a + b * b)] = label
    return volume


def helix_and_dumbbell():
    volume = empty(30, 14, 14)
    turns = ((9, 6), (8, 9), (6, 10), (3, 9), (2, 6), (3, 3), (6, 2), (8, 3))
    for slice_ in range(14):
        column, row = turns[slice_ % 8]
        box(volume, (column, row, slice_), (column + 1, row + 1, slice_), 1)
    ellipsoid(volume, (36, 13, 8), (9, 10, 6), 2)
    ellipsoid(volume, (48, 15, 20), (9, 8, 6), 2)
    box(volume, (19, 6, 6), (22, 7, 8), 2)
    return volume


def checkerboard():
    volume = empty(10, 9, 6)
    columns, rows, slices = grid(volume)
    volume[(columns + rows + slices) % 2 == 0] = 1
    volume[(columns + rows + slices) % 4 == 1] = 2
    return volume


def long_rows():
    """Runs that end at, before and behind every 64th voxel, some against the next label."""
    volume = empty(200, 5, 2)
    for row, (first, last) in enumerate(((0, 63), (64, 127), (63, 128), (1, 198), (0, 199))):
        box(volume, (first, row, 0), (last, row, 0), 1 + row % 2)
        box(volume, (last // 2, row, 1), (min(last, last // 2 + 66), row, 1), 3)
    volume[0, 3, 130:140] = 3
    return volume


BAYS = drawing(
    """
    .11111111111...222222222222...3333....
    11.........11..2.............33..33...
    1...........1..2............33....33..
    1...........1..2222222222...3..33..3..
    11..............2........2..3..3333...
    .111.........1...........2..3.........
    ...11.......11.2.........2..33.....3..
    ....11111111...2222222222....33333333.
    ......................................
    44444444444....5555555................
    4.........4....5.....5....6...6...6...
    4.4444444.4....5.....5.....6.6.6.6....
    4.4.....4.4....5......5.....6...6.....
    4.4.444.4.4.....5.....5....6.6.6.6....
    4.4.4...4.4......5...5....6...6...6...
    4.4.44444.4.......555.................
    4.4.......4...........................
    4.444444444...........................
    """
)

# Two pieces of slices joined by another slice, or only by a corner; equal lengths in several slices.
PIECES = drawing(
    """
    ......................
    .111....111...2222....
    .111....111...2222....
    .111....111...2222....
    ..................2222
    ..33..............2222
    .3333.................
    ..33......4444........
    ......................
    """,
    """
    ......................
    ....111111............
    ..............2222....
    ..............2222....
    ......................
    ..33..............2222
    .3333.............2222
    ..33......4444........
    ......................
    """,
    """
    ......................
    ......................
    .............22.......
    ............22........
    ..................22..
    ..33..............22..
    .3333.................
    ..33......4444........
    ..............4444....
    """,
)

# The digital phantom of the Image Biomarker Standardisation Initiative.
PHANTOM = drawing("11111 11111 11111 11111", "11111 11111 .1111 11111", "111.. 11111 11.11 11111", "111.. 11111 11111 11111")

VOLUMES = {
    "points_and_lines": (points_and_lines(), SQUARE),
    "points_and_lines_oblong": (points_and_lines(), OBLONG),
    "plates": (plates(), THICK),
    "balls": (balls(), SQUARE),
    "balls_oblong": (balls(), OBLONG),
    "hollow": (hollow(), THICK),
    "border": (at_the_border(), OBLONG),
    "torus": (torus(), CUBE),
    "helix_and_dumbbell": (helix_and_dumbbell(), SQUARE),
    "checkerboard": (checkerboard(), OBLONG),
    "long_rows": (long_rows(), SQUARE),
    "bays": (BAYS, SQUARE),
    "bays_oblong": (BAYS, (0.45, 0.8, 3.0)),
    "pieces": (PIECES, THICK),
    "phantom": (PHANTOM, (2.0, 2.0, 2.0)),
    "full": (np.ones((4, 5, 6), dtype=np.uint8), OBLONG),
    "noise_thin": (noise(empty(13, 11, 6), 1, 8), THICK),
    "noise_labels": (noise(empty(14, 12, 5), 2, 60, labels=3), OBLONG),
    "noise_dense": (noise(empty(12, 13, 4), 3, 85), SQUARE),
    "lumps": (lumps(empty(28, 24, 7), 4, 48), OBLONG),
    "lumps_thick": (lumps(empty(24, 26, 6), 5, 52), THICK),
}
