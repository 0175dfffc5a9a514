//! The surface of a mask as a list of triangles, and its neighbours one by one.

use std::collections::HashMap;

use super::Grid;

/// In half voxels, so that the middle between two voxels is a point too.
pub type Point = [i64; 3];
pub type Triangle = [Point; 3];
pub type Steps = [[f64; 3]; 3];

fn minus(a: Point, b: Point) -> Point {
    std::array::from_fn(|axis| a[axis] - b[axis])
}

fn cross(a: Point, b: Point) -> Point {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn dot(a: Point, b: Point) -> i64 {
    (0..3).map(|axis| a[axis] * b[axis]).sum()
}

/// Twice the area of a triangle, as a vector.
fn normal([a, b, c]: Triangle) -> Point {
    cross(minus(b, a), minus(c, a))
}

/// All triangles of the surface half-way between voxels, cell by cell.
pub fn triangles(grid: &Grid) -> Vec<Triangle> {
    let mut all = Vec::new();
    for slice in -1..grid.slices as i64 {
        for row in -1..grid.rows as i64 {
            for column in -1..grid.columns as i64 {
                for mut points in loops(grid, [column, row, slice]) {
                    orient(grid, &mut points, [column, row, slice]);
                    all.extend(filled(&points));
                }
            }
        }
    }
    all
}

/// The segments on the faces of a cell, joined to closed loops.
fn loops(grid: &Grid, cell: Point) -> Vec<Vec<Point>> {
    let mut segments = Vec::new();
    for axis in 0..3 {
        for side in 0..2 {
            let corner = |right: i64, up: i64| {
                let mut voxel = cell;
                voxel[axis] += side;
                voxel[(axis + 1) % 3] += right;
                voxel[(axis + 2) % 3] += up;
                voxel
            };
            segments.extend(face_segments(grid, [corner(0, 0), corner(1, 0), corner(1, 1), corner(0, 1)]));
        }
    }
    let mut loops = Vec::new();
    while let Some([first, second]) = segments.pop() {
        let mut points = vec![first, second];
        loop {
            let last = points[points.len() - 1];
            let next = segments.iter().position(|segment| segment.contains(&last)).expect("the loop is closed");
            let [a, b] = segments.swap_remove(next);
            let to = if a == last { b } else { a };
            if to == first {
                break;
            }
            points.push(to);
        }
        loops.push(points);
    }
    loops
}

/// Two vertices on the sides of a face are joined; of four, the two around each outside corner.
fn face_segments(grid: &Grid, face: [Point; 4]) -> Vec<[Point; 2]> {
    let vertex = |side: usize| {
        let (a, b) = (face[side % 4], face[(side + 1) % 4]);
        (grid.contains(a) != grid.contains(b)).then(|| std::array::from_fn(|axis| a[axis] + b[axis]))
    };
    let vertices: Vec<Point> = (0..4).filter_map(vertex).collect();
    match vertices.len() {
        0 => Vec::new(),
        2 => vec![[vertices[0], vertices[1]]],
        _ => (0..4)
            .filter(|&corner| !grid.contains(face[corner]))
            .map(|corner| [vertex(corner).unwrap(), vertex(corner + 3).unwrap()])
            .collect(),
    }
}

/// Puts the points in such an order that they run anticlockwise seen from outside of the mask.
fn orient(grid: &Grid, points: &mut [Point], cell: Point) {
    // On the cell's face with the first two points, the inside lies to the right, seen from outside of the cell.
    let (from, to) = (points[0], points[1]);
    let middle: Point = cell.map(|index| 2 * index + 1);
    let axis = (0..3).find(|&axis| from[axis] == to[axis] && from[axis] != middle[axis]).unwrap();
    let mut outwards = [0; 3];
    outwards[axis] = from[axis] - middle[axis];
    // The voxel inside at the first point: on the edge of the lattice on which it lies.
    let along = (0..3).find(|&axis| from[axis] % 2 != 0).unwrap();
    let inside = [-1, 1]
        .map(|step| {
            let mut end = from;
            end[along] += step;
            end
        })
        .into_iter()
        .find(|end| grid.contains(end.map(|half| half / 2)))
        .unwrap();
    if dot(cross(minus(to, from), minus(inside, from)), outwards) > 0 {
        points.reverse();
    }
}

/// Every way to fill a loop with triangles between its points.
fn fillings(points: &[Point]) -> Vec<Vec<Triangle>> {
    let last = points.len() - 1;
    if last < 2 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for tip in 1..last {
        for left in fillings(&points[..=tip]) {
            for right in fillings(&points[tip..]) {
                all.push([vec![[points[0], points[tip], points[last]]], left.clone(), right].concat());
            }
        }
    }
    all
}

/// The two sides of the hull enclose most and least; the larger of them, in a cubic cell, is taken, and the outer of equal ones.
fn filled(points: &[Point]) -> Vec<Triangle> {
    let all = fillings(points);
    let volume = |filling: &&Vec<Triangle>| filling.iter().map(|&[a, b, c]| dot(a, cross(b, c))).sum::<i64>();
    let outer = all.iter().max_by_key(volume).unwrap();
    let inner = all.iter().min_by_key(volume).unwrap();
    let area = |filling: &[Triangle]| {
        filling.iter().map(|&triangle| (dot(normal(triangle), normal(triangle)) as f64).sqrt()).sum::<f64>()
    };
    if area(inner) > area(outer) + 1e-6 { inner.clone() } else { outer.clone() }
}

/// Whether every side of a triangle is met by as many triangles one way as the other way.
pub fn is_closed(triangles: &[Triangle]) -> bool {
    let mut balance: HashMap<[Point; 2], i64> = HashMap::new();
    for [a, b, c] in triangles {
        for [from, to] in [[a, b], [b, c], [c, a]] {
            *balance.entry([*from, *to]).or_default() += 1;
            *balance.entry([*to, *from]).or_default() -= 1;
        }
    }
    balance.into_values().all(|balance| balance == 0)
}

fn in_mm(point: Point, steps: Steps) -> [f64; 3] {
    std::array::from_fn(|axis| (0..3).map(|along| point[along] as f64 / 2.0 * steps[along][axis]).sum())
}

fn cross_mm(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// Volume in mm³ within triangles; negative where `steps` are left-handed.
pub fn volume(triangles: &[Triangle], steps: Steps) -> f64 {
    let cone = |triangle: &Triangle| {
        let [a, b, c] = triangle.map(|point| in_mm(point, steps));
        let normal = cross_mm(b, c);
        (0..3).map(|axis| a[axis] * normal[axis]).sum::<f64>() / 6.0
    };
    triangles.iter().map(cone).sum()
}

/// Area in mm² of triangles.
pub fn area(triangles: &[Triangle], steps: Steps) -> f64 {
    let area = |triangle: &Triangle| {
        let [a, b, c] = triangle.map(|point| in_mm(point, steps));
        let side = |end: [f64; 3]| std::array::from_fn(|axis| end[axis] - a[axis]);
        cross_mm(side(b), side(c)).iter().map(|value| value * value).sum::<f64>().sqrt() / 2.0
    };
    triangles.iter().map(area).sum()
}

/// How many voxels have another at this step of which it is not the same whether it is inside, each two of them once.
pub fn passed(grid: &Grid, way: [i64; 3]) -> u64 {
    let inside = grid.voxels();
    let outside = |sign: i64| {
        let neighbour = |voxel: &Point| std::array::from_fn(|axis| voxel[axis] + sign * way[axis]);
        inside.iter().filter(|voxel| !grid.contains(neighbour(voxel))).count() as u64
    };
    outside(1) + outside(-1)
}
