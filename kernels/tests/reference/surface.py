"""Surfaces by tools and methods other than ours, into directions.csv and surface.csv.

python surface.py

directions.csv  the part of the sphere closest to each of the 13 directions of a grid (or its opposite): SciPy's SphericalVoronoi;
                checked here against the published values for cubic voxels
surface.csv     mesh volume and area: scikit-image's marching cubes (Lewiner) at 0.5, its vertices moved by the steps of the grid;
                only for shapes without corners of a cell inside across a face or along a winding path, where tables differ.
                crofton_area_mm2: neighbours counted in numpy, with the parts above.
                itk_area_mm2: Perimeter of SimpleITK's LabelShapeStatistics, for cubic voxels.
"""

import csv
import importlib.metadata
import itertools
import pathlib

import numpy as np
import SimpleITK as sitk
from scipy.spatial import SphericalVoronoi
from skimage.measure import marching_cubes, mesh_surface_area

# Steps in mm between columns, rows and slices, one below the other.
GRIDS = {
    "cubic": np.diag([1.0, 1.0, 1.0]),
    "small": np.diag([0.6, 0.6, 0.6]),
    "thin": np.diag([0.7, 0.7, 1.0]),
    "thick": np.diag([0.7, 0.7, -5.0]),
    "flat": np.diag([0.7, 0.8, 2.5]),
    "turned": np.array([[0.8, 0.6, 0.0], [-0.6, 0.8, 0.0], [0.0, 0.0, 2.0]]),
    "oblique": np.array([[0.5, 0.1, 0.0], [0.2, 0.9, 0.3], [1.5, -0.4, 2.0]]),
    "sheared": np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [3.0, 3.0, 0.5]]),
}
# Quadrics: inside are voxels whose weighted squared distance in tenths of voxels from a centre is at most a bound.
SHAPES = {
    "ball 5": [((1, 1, 1), (71, 74, 78), 2500)],
    "ball 12": [((1, 1, 1), (143, 147, 141), 14400)],
    "ellipsoid": [((2, 3, 6), (204, 158, 116), 54450)],
    "flat ellipsoid": [((1, 1, 20), (165, 163, 54), 20164)],
    "two balls": [((1, 1, 1), (113, 110, 106), 9216), ((1, 1, 1), (202, 130, 110), 8100)],
}
SIZE = (36, 34, 30)
WAYS = [way for way in itertools.product((-1, 0, 1), repeat=3) if way > (0, 0, 0)]


def shape(quadrics):
    voxel = np.stack(np.meshgrid(*(np.arange(size) for size in SIZE), indexing="ij"), axis=-1)
    inside = np.zeros(SIZE, bool)
    for weights, centre, bound in quadrics:
        inside |= ((10 * voxel - np.array(centre)) ** 2 * np.array(weights)).sum(-1) <= bound
    return inside


def speckles():
    x, y, z = np.meshgrid(*(np.arange(size) for size in (11, 9, 7)), indexing="ij")
    return (73 * x + 179 * y + 283 * z + 31 * x * y * z) % 7 < 3


def parts_of_sphere(steps):
    towards = np.array([np.array(way) @ steps for way in WAYS])
    towards /= np.linalg.norm(towards, axis=1)[:, None]
    regions = SphericalVoronoi(np.concatenate([towards, -towards]))
    regions.sort_vertices_of_regions()
    areas = regions.calculate_areas()
    assert np.allclose(areas.sum(), 4 * np.pi, rtol=1e-12) and np.allclose(areas[:13], areas[13:], rtol=1e-9)
    return areas[:13] / (2 * np.pi)


def corners(inside):
    """The eight corners of every cell, as columns of zeros and ones: rows fastest varying last."""
    padded = np.pad(inside, 1)
    halves = itertools.product((slice(None, -1), slice(1, None)), repeat=3)
    return np.stack([padded[half].ravel() for half in halves], axis=-1)


def is_plain(inside):
    cells = np.unique(corners(inside), axis=0).reshape(-1, 2, 2, 2)
    for cell in cells:
        for axis in range(3):
            for face in np.moveaxis(cell, axis, 0):
                if face[0, 0] == face[1, 1] != face[0, 1] == face[1, 0]:
                    return False
        # A path of four corners that winds.
        if cell.sum() == 4:
            steps = np.eye(3, dtype=int)
            neighbours = [sum(cell[tuple(np.bitwise_xor(place, step))] for step in steps) for place in np.argwhere(cell)]
            if sorted(neighbours) == [1, 1, 2, 2]:
                return False
    return True


def mesh(inside, steps):
    vertices, faces, _, _ = marching_cubes(np.pad(inside, 1).astype("f4"), 0.5)
    # From the middle, so that the volume does not lose digits.
    vertices = (vertices - vertices.mean(0)).astype(float) @ steps
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    volume = abs(np.einsum("ij,ij->", a, np.cross(b, c))) / 6
    area = (np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2).sum()
    assert np.isclose(area, mesh_surface_area(vertices, faces))
    return volume, area


def crofton(inside, steps):
    padded = np.pad(inside, 1)
    parts = parts_of_sphere(steps)
    total = 0.0
    for way, part in zip(WAYS, parts):
        passed = np.count_nonzero(padded != np.roll(padded, way, axis=(0, 1, 2)))
        total += 2 * part * passed * abs(np.linalg.det(steps)) / np.linalg.norm(np.array(way) @ steps)
    return total


def itk_area(inside, spacing):
    image = sitk.GetImageFromArray(np.pad(inside, 1).T.astype("u1"))
    image.SetSpacing(spacing)
    statistics = sitk.LabelShapeStatisticsImageFilter()
    statistics.Execute(image)
    return statistics.GetPerimeter(1)


published = {1: 0.04577789120476, 2: 0.03698062787608, 3: 0.03519563978232}
for way, part in zip(WAYS, parts_of_sphere(GRIDS["cubic"])):
    assert abs(part / 2 - published[np.count_nonzero(way)]) < 1e-13

here = pathlib.Path(__file__).parent
versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("scikit-image", "SimpleITK", "scipy", "numpy"))
with open(here / "directions.csv", "w", newline="") as out:
    out.write(f"# surface.py with {versions}\n")
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["grid", "steps", "column", "row", "slice", "part"])
    for grid, steps in GRIDS.items():
        for way, part in zip(WAYS, parts_of_sphere(steps)):
            table.writerow([grid, " ".join(map(str, steps.ravel())), *way, f"{part:.15g}"])
with open(here / "surface.csv", "w", newline="") as out:
    out.write(f"# surface.py with {versions}\n")
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["shape", "quadrics", "grid", "voxels", "mesh_volume_mm3", "mesh_area_mm2", "crofton_area_mm2", "itk_area_mm2"])
    for name, quadrics in [*SHAPES.items(), ("block", []), ("speckles", [])]:
        inside = shape(quadrics) if quadrics else np.ones((6, 4, 3), bool) if name == "block" else speckles()
        has_mesh = name != "speckles"
        assert is_plain(inside) == has_mesh, name
        text = "; ".join(" ".join(map(str, [*weights, *centre, bound])) for weights, centre, bound in quadrics)
        for grid, steps in GRIDS.items():
            volume, area = (f"{value:.10g}" for value in mesh(inside, steps)) if has_mesh else ("", "")
            perimeter = f"{itk_area(inside, steps.diagonal().tolist()):.15g}" if grid in ("cubic", "small") else ""
            table.writerow([name, text, grid, inside.sum(), volume, area, f"{crofton(inside, steps):.15g}", perimeter])
