"""Lengths of the masks of the shared data, by tools and methods other than ours, into diameters.csv.

python diameters.py DATA [--check]     DATA holds patients/ and timeline/; --check compares with the table instead of writing it

long_axis_mm   the greatest SimpleITK FeretDiameter (farthest voxel centres) of the 8-connected islands of single slices, holes
               filled by SciPy; checked here against all pairs of hull vertices
short_axis_mm  the longest section of a line across that axis with the island's region, in Shapely: squares and triangles between
               neighbouring centres, lines between diagonal ones, through every vertex; of equal long axes the best
max3d_mm       all pairs of hull vertices of the voxel centres (SciPy), checked against SimpleITK's FeretDiameter
max3d_edge_mm  all pairs of hull vertices of scikit-image's marching cubes at 0.5, checked against PyRadiomics' Maximum3DDiameter
axes           4 times the square roots of the eigenvalues of numpy's covariance (divided by n)
"""

import csv
import importlib.metadata
import io
import pathlib
import sys

import numpy as np
import SimpleITK as sitk
from radiomics import cShape
from scipy.ndimage import binary_fill_holes
from scipy.spatial import ConvexHull, QhullError
from scipy.spatial.distance import pdist, squareform
from shapely.affinity import scale
from shapely.geometry import LineString, Polygon
from shapely.ops import unary_union
from skimage.measure import label as connected, marching_cubes

from committed import write_or_check

data = pathlib.Path(sys.argv[1])
MASKS = sorted(data.glob("patients/*/*/mask.nii.gz")) + sorted(data.glob("timeline/*/T?/labels.nii.gz"))
WIDER = 1e-7  # mm, so that lines through vertices meet them


def feret(array, spacing):
    image = sitk.GetImageFromArray(array.astype("u1"))
    image.SetSpacing(spacing)
    statistics = sitk.LabelShapeStatisticsImageFilter()
    statistics.ComputeFeretDiameterOn()
    statistics.Execute(image)
    return statistics.GetFeretDiameter(1)


def hull_points(points):
    try:
        return points[ConvexHull(points).vertices]
    except (QhullError, ValueError):
        return points


def farthest(points):
    points = hull_points(points)
    return pdist(points).max() if len(points) > 1 else 0.0


def region(island):
    """What the contour through the centres encloses, in voxels (x column, y row)."""
    parts = []
    rows, columns = island.shape
    for r in range(rows):
        for c in range(columns):
            block = [(c + i, r + j) for i, j in ((0, 0), (1, 0), (1, 1), (0, 1)) if r + j < rows and c + i < columns and island[r + j, c + i]]
            if len(block) >= 3:
                parts.append(Polygon(block))
            elif len(block) == 2:
                parts.append(LineString(block))
    return unary_union(parts) if parts else None


def short_axis(island, spacing, ends):
    shape = region(island)
    if shape is None:
        return 0.0
    shape = scale(shape, *spacing, origin=(0, 0)).buffer(WIDER, join_style="mitre", cap_style="square")
    direction = ends[1] - ends[0]
    length = np.hypot(*direction)
    if length == 0:
        return 0.0
    across = np.array([-direction[1], direction[0]]) / length * 2 * max(island.shape) * max(spacing)
    vertices = np.argwhere(island)[:, ::-1] * spacing
    best = 0.0
    places = {round(float(vertex @ direction / length), 6): vertex for vertex in vertices}
    for vertex in places.values():
        section = LineString([vertex - across, vertex + across]).intersection(shape)
        best = max([best, *(part.length for part in getattr(section, "geoms", [section]))])
    return best


def in_plane(array, spacing):
    longest, short = -1.0, 0.0
    for plane in array:
        islands, count = connected(plane, connectivity=2, return_num=True)
        for number in range(1, count + 1):
            island = binary_fill_holes(islands == number)
            islet = island[np.ix_(np.any(island, axis=1), np.any(island, axis=0))]
            points = np.argwhere(islet)[:, ::-1] * np.array(spacing)
            ends = hull_points(points)
            distances = squareform(pdist(ends)) if len(ends) > 1 else np.zeros((1, 1))
            length = distances.max()
            if length < longest - 1e-9:
                continue
            if len(points) > 1:
                assert abs(feret(islet[None], (*spacing, 1.0)) - length) < 1e-6
            pairs = np.argwhere(np.triu(distances >= length - 1e-9))
            across = max(short_axis(islet, spacing, (ends[a], ends[b])) for a, b in pairs)
            short = max(short, across) if length <= longest + 1e-9 else across
            longest = max(longest, length)
    return longest, short


def figures(array, spacing):
    points = np.argwhere(array)[:, ::-1] * spacing
    long, short = in_plane(array, spacing[:2])
    max3d = farthest(points)
    assert abs(feret(array, tuple(map(float, spacing))) - max3d) < 1e-6
    vertices = marching_cubes(np.pad(array, 1).astype(float), 0.5)[0][:, ::-1] * spacing
    max3d_edge = farthest(vertices)
    box = tuple(slice(low, high + 1) for low, high in zip(np.argwhere(array).min(axis=0), np.argwhere(array).max(axis=0)))
    by_pyradiomics = cShape.calculate_coefficients(np.pad(array[box], 1).astype("i1"), spacing[::-1].copy())[2][3]
    assert abs(by_pyradiomics - max3d_edge) < 1e-6
    axes = 4 * np.sqrt(np.maximum(np.linalg.eigvalsh(np.cov(points.T, bias=True)), 0))[::-1]
    return [len(points), len(points) * np.prod(spacing), long, short, max3d, max3d_edge, *axes]


out = io.StringIO()
packages = ("SimpleITK", "scipy", "shapely", "scikit-image", "numpy")
out.write(f"# diameters.py with {', '.join(f'{name} {importlib.metadata.version(name)}' for name in packages)}\n")
table = csv.writer(out, lineterminator="\n")
table.writerow(["mask", "label", "voxels", "volume_mm3", "long_axis_mm", "short_axis_mm", "max3d_mm", "max3d_edge_mm",
                "axis_1_mm", "axis_2_mm", "axis_3_mm"])
for file in MASKS:
    image = sitk.ReadImage(str(file))
    labels, spacing = sitk.GetArrayFromImage(image), np.array(image.GetSpacing())
    for value in np.unique(labels[labels > 0]):
        row = figures(labels == value, spacing)
        table.writerow([file.relative_to(data).as_posix(), int(value), row[0], *(f"{number:.9g}" for number in row[1:])])
write_or_check("diameters.csv", out.getvalue())
