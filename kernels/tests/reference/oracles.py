"""Figures of the volumes of masks.py by other tools: writes masks.txt, solids.csv and in_plane.csv, which `oracles.rs` reads.

python oracles.py            writes the three files
python oracles.py --check    computes everything again and compares with what is there

python -m pip install -r requirements.txt
python -m pip install --no-build-isolation --no-deps pyradiomics==3.0.1

PyRadiomics has no wheel for Python 3.11, so pip compiles it. Its setup imports numpy and versioneer and calls a part of setuptools that
later versions lack, and it needs a C compiler and the headers of Python (python3-dev). Without it `--check` says what it left out.

masks.txt     a line `name columns rows slices spacings` for each volume, then its voxels in order as label x count
solids.csv    one row for each label
  voxels, first_*, last_*, centroid_*, axis_*   SimpleITK (axis: 4 sqrt of its principal moments, which are divided by n)
  covariance_*                                  numpy, divided by n, mm^2; checked against the moments
  parts_26, parts_6                             scipy.ndimage.label: voxels of each part, largest first; checked against SimpleITK
  islands                                       the same by slices, 8-connected: number of islands in each slice
  max_3d_centre                                 SimpleITK FeretDiameter; checked against SciPy, all pairs
  max_3d_edge                                   PyRadiomics Maximum3DDiameter, its C extension
  max_3d_corner                                 SciPy, all pairs of voxel corners
  at_border                                     SimpleITK, pixels on the border; checked against its PerimeterOnBorder
in_plane.csv  one row for each label and level
  long_mm      SciPy, all pairs of centres or pixel corners of an island, or of the vertices of scikit-image's find_contours (0.75 for
               quarter, 0.5 for edge, where it is checked against PyRadiomics' 2-D diameter); holes filled by SciPy
  short_mm     Shapely: lines across the long axis through every vertex, cut with the region; at most the long axis
  inside_mm    Shapely: the longest segment between two vertices that the region covers; empty when the long axis is covered itself
  slice, ends  of equal long axes (1e-9 mm) the one with the longer short axis (1e-6 mm), the lower slice, the ends first in (row, column)
"""

import csv
import io
import pathlib
import sys

import numpy as np
import SimpleITK as sitk
import shapely
from scipy.ndimage import binary_fill_holes, label as connected
from scipy.spatial.distance import pdist, squareform
from shapely.affinity import scale
from skimage.measure import find_contours

from masks import VOLUMES

try:
    from radiomics import cShape
except ImportError as error:
    cShape = None
    print(f"PyRadiomics cannot be imported ({error}): solids.csv max_3d_edge is not computed")

FOLDER = pathlib.Path(__file__).parent
ALL_3D, FACES, ALL_2D = np.ones((3, 3, 3)), None, np.ones((3, 3))
CONTOUR = {"quarter": 0.75, "edge": 0.5}
LEVELS = ("centre", "quarter", "edge", "corner")
EQUAL, EQUAL_SHORT = 1e-9, 1e-6  # mm
WIDER = 1e-9  # mm, so that lines through vertices meet them
SAME = 1e-9  # relative, between two runs of this script
SOLIDS = ["volume", "label", "voxels", *(f"{end}_{axis}" for end in ("first", "last", "centroid") for axis in ("column", "row", "slice")),
          *(f"covariance_{i}{j}" for i, j in ("00", "01", "02", "11", "12", "22")), "axis_1", "axis_2", "axis_3",
          "parts_26", "parts_6", "islands", "max_3d_centre", "max_3d_edge", "max_3d_corner", "at_border"]
IN_PLANE = ["volume", "label", "level", "slice", "long_mm", "short_mm", "inside_mm", "hole_filled",
            "column_1", "row_1", "column_2", "row_2"]


def number(value):
    return f"{value + 0.0:.12g}"


def farthest(points):
    return pdist(points).max() if len(points) > 1 else 0.0


def close(a, b, tolerance=1e-9):
    return np.allclose(a, b, rtol=tolerance, atol=tolerance)


def corners(voxels):
    """The distinct corners of voxels, in any number of dimensions."""
    steps = np.stack(np.meshgrid(*[(-0.5, 0.5)] * voxels.shape[1]), axis=-1).reshape(-1, voxels.shape[1])
    return np.unique((voxels[:, None] + steps).reshape(-1, voxels.shape[1]), axis=0)


def statistics_of(labels, spacing):
    image = sitk.GetImageFromArray(labels)
    image.SetSpacing(spacing)
    statistics = sitk.LabelShapeStatisticsImageFilter()
    statistics.ComputeFeretDiameterOn()
    statistics.ComputePerimeterOn()
    statistics.Execute(image)
    return statistics


def parts(inside, structure):
    """Voxels of each connected part, largest first."""
    found, count = connected(inside, structure)
    sizes = sorted(np.bincount(found.ravel())[1:].tolist(), reverse=True)
    by_itk = sitk.ConnectedComponentImageFilter()
    by_itk.SetFullyConnected(structure is not None)
    by_itk.Execute(sitk.GetImageFromArray(inside.astype(np.uint8)))
    assert by_itk.GetObjectCount() == count == len(sizes)
    return " ".join(map(str, sizes))


def solid(labels, value, spacing, statistics):
    inside = labels == value
    voxels = np.argwhere(inside)[:, ::-1]
    first, size = np.split(np.array(statistics.GetBoundingBox(value)), 2)
    covariance = np.cov((voxels * spacing).T, bias=True)
    axes = 4 * np.sqrt(np.maximum(statistics.GetPrincipalMoments(value), 0))[::-1]
    assert close(axes**2, 16 * np.linalg.eigvalsh(covariance)[::-1], 1e-8), (axes, covariance)
    max_3d = statistics.GetFeretDiameter(value)
    assert close(max_3d, farthest(voxels * spacing))
    edge = ""
    if cShape:
        frame = np.pad(inside, 1).astype(np.int8)
        edge = number(cShape.calculate_coefficients(frame, np.array(spacing[::-1]))[2][3])
    at_border = statistics.GetNumberOfPixelsOnBorder(value) > 0
    assert at_border == (statistics.GetPerimeterOnBorder(value) > 0)
    return [statistics.GetNumberOfPixels(value), *first, *(first + size - 1),
            *map(number, np.array(statistics.GetCentroid(value)) / spacing), *map(number, covariance[np.triu_indices(3)]),
            *map(number, axes), parts(inside, ALL_3D), parts(inside, FACES),
            " ".join(str(connected(plane, ALL_2D)[1]) for plane in inside),
            number(max_3d), edge, number(farthest(corners(voxels) * spacing)), int(at_border)]


def contour(island, level):
    """Vertices [column, row] of the contour of a filled island, and the region inside, both in voxels."""
    framed = np.pad(island, 1)
    voxels = np.argwhere(framed)[:, ::-1]
    if level in CONTOUR:
        (around,) = find_contours(framed.astype(float), CONTOUR[level], fully_connected="high")
        vertices, region = np.unique(around[:-1, ::-1], axis=0), shapely.Polygon(around[:, ::-1])
    elif level == "corner":
        vertices, region = corners(voxels), shapely.union_all([shapely.box(c - 0.5, r - 0.5, c + 0.5, r + 0.5) for c, r in voxels])
        vertices = vertices[shapely.intersects_xy(region.boundary, vertices)]
    else:
        vertices = np.array([(c, r) for c, r in voxels if not (framed[r, [c - 1, c + 1]].all() and framed[[r - 1, r + 1], c].all())])
        # Between four neighbouring centres: what those of them that are inside span.
        squares = ([(c, r), (c + 1, r), (c + 1, r + 1), (c, r + 1)] for r, c in np.ndindex(*(size - 1 for size in framed.shape)))
        spans = ([(c, r) for c, r in square if framed[r, c]] for square in squares)
        region = shapely.union_all([shapely.MultiPoint(span).convex_hull for span in spans if span])
    assert region.is_valid
    return vertices - 1, shapely.transform(region, lambda points: points - 1)


def longest_chord(region, vertices, ends):
    direction = ends[1] - ends[0]
    across = np.array([-direction[1], direction[0]]) / np.hypot(*direction) * 2 * np.ptp(vertices, axis=0).sum()
    sections = shapely.intersection(shapely.linestrings(np.stack([vertices - across, vertices + across], axis=1)), region)
    return shapely.length(shapely.get_parts(sections)).max()


def longest_covered(region, vertices):
    """The longest segment between vertices that stays in the region."""
    shapely.prepare(region)
    first, second = np.triu_indices(len(vertices), 1)
    segments = shapely.linestrings(np.stack([vertices[first], vertices[second]], axis=1))
    return shapely.length(segments[shapely.covers(region, segments)]).max(initial=0.0)


def in_plane(inside, spacing, level):
    found = []  # long axis, chord, slice, ends, what belongs to the island
    for slice_, plane in enumerate(inside):
        islands, count = connected(plane, ALL_2D)
        for island in (islands == 1 + which for which in range(count)):
            filled = binary_fill_holes(island)
            in_voxels, region = contour(filled, level)
            vertices = in_voxels * spacing
            long = farthest(vertices)
            if level == "edge" and cShape:
                frame = np.pad(filled, 1).astype(np.int8)
                assert close(long, cShape.calculate_coefficients2D(frame, np.array(spacing[::-1]))[2])
            if found and long < max(found, key=lambda axes: axes[0])[0] - EQUAL:
                continue
            region = scale(region, *spacing, origin=(0, 0)).buffer(WIDER, join_style="mitre", cap_style="square")
            distances = squareform(pdist(vertices)) if len(vertices) > 1 else np.zeros((1, 1))
            for a, b in np.argwhere(np.triu(distances >= long - EQUAL)):
                ends = sorted((in_voxels[end][::-1].tolist() for end in (a, b)))
                chord = longest_chord(region, vertices, vertices[[a, b]]) if long > 0 else 0.0
                found.append((long, chord, slice_, ends, region, vertices, (filled != island).any()))
    longest = max(axes[0] for axes in found)
    found = [axes for axes in found if axes[0] >= longest - EQUAL]
    widest = max(axes[1] for axes in found)
    found = [axes for axes in found if axes[1] >= widest - EQUAL_SHORT]
    long, chord, slice_, ends, region, vertices, hole = min(found, key=lambda axes: axes[2:4])
    points = [(column, row) for row, column in ends]
    covered = long == 0 or region.covers(shapely.LineString(np.array(points) * spacing))
    inside_mm = "" if covered else number(longest_covered(region, vertices))
    return [slice_, number(long), number(min(chord, long)), inside_mm, int(hole), *map(number, np.array(points).ravel())]


def table(header, rows):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()


def run_lengths(labels):
    flat = labels.ravel()
    starts = np.concatenate([[0], np.flatnonzero(np.diff(flat)) + 1])
    return [f"{flat[start]}x{length}" for start, length in zip(starts, np.diff([*starts, flat.size]))]


def computed():
    """The text of every file."""
    masks, solids, planes = [], [], []
    for name, (labels, spacing) in VOLUMES.items():
        runs = run_lengths(labels)
        masks.append(" ".join(map(str, (name, *labels.shape[::-1], *spacing))))
        masks += [" ".join(runs[at : at + 20]) for at in range(0, len(runs), 20)]
        statistics = statistics_of(labels, spacing)
        for value in statistics.GetLabels():
            solids.append([name, value, *solid(labels, value, spacing, statistics)])
            planes += [[name, value, level, *in_plane(labels == value, np.array(spacing[:2]), level)] for level in LEVELS]
    return {"masks.txt": "\n".join(masks) + "\n", "solids.csv": table(SOLIDS, solids), "in_plane.csv": table(IN_PLANE, planes)}


def same(a, b):
    if a == b:
        return True
    try:
        return abs(float(a) - float(b)) <= SAME * max(1.0, abs(float(a)))
    except ValueError:
        return False


def differences(name, text):
    """Cells of the committed file that differ from the text."""
    committed = list(csv.reader((FOLDER / name).open(newline="")))
    again = list(csv.reader(io.StringIO(text)))
    if len(committed) != len(again):
        return [f"{name}: {len(committed)} lines, computed {len(again)}"]
    left_out = [] if cShape else [column for column, title in enumerate(again[0]) if title == "max_3d_edge"]
    return [f"{name}, line {line + 1}: {old}, computed {new}"
            for line, (row, row_again) in enumerate(zip(committed, again))
            for column, (old, new) in enumerate(zip(row, row_again, strict=True))
            if column not in left_out and not same(old, new)]


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        found = [line for name, text in computed().items() for line in differences(name, text)]
        sys.exit("\n".join(found) or None)  # a text is an error
    if not cShape:
        sys.exit("the files are written with PyRadiomics only")
    for name, text in computed().items():
        (FOLDER / name).write_text(text)
