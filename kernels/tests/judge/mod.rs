//! The plain way to every answer: boolean grids, flood fill, all pairs. Slow, and written without a look at runs or contours.

#![allow(dead_code, reason = "every test program uses its own part")]

pub mod surface;

use proptest::prelude::*;
use recist_kernels::{Level, Run};

pub type Point = [i64; 2];

/// A volume of voxels that are in or out.
#[derive(Debug, Clone)]
pub struct Grid {
    pub columns: usize,
    pub rows: usize,
    pub slices: usize,
    pub inside: Vec<bool>,
}

impl Grid {
    pub fn contains(&self, [column, row, slice]: [i64; 3]) -> bool {
        let within = |value: i64, size: usize| value >= 0 && (value as usize) < size;
        within(column, self.columns)
            && within(row, self.rows)
            && within(slice, self.slices)
            && self.inside[(slice as usize * self.rows + row as usize) * self.columns + column as usize]
    }

    pub fn voxels(&self) -> Vec<[i64; 3]> {
        let mut all = Vec::new();
        for slice in 0..self.slices as i64 {
            for row in 0..self.rows as i64 {
                for column in 0..self.columns as i64 {
                    all.push([column, row, slice]);
                }
            }
        }
        all.retain(|&voxel| self.contains(voxel));
        all
    }

    pub fn runs(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for [column, row, slice] in self.voxels() {
            let [start, row, slice] = [column, row, slice].map(|index| index as u32);
            match runs.last_mut() {
                Some(run) if (run.slice, run.row, run.end) == (slice, row, start) => run.end += 1,
                _ => runs.push(Run { slice, row, start, end: start + 1 }),
            }
        }
        runs
    }

    /// Connected sets of voxels; `near` says which steps connect.
    pub fn flood(&self, near: impl Fn([i64; 3]) -> bool) -> Vec<Vec<[i64; 3]>> {
        let mut seen = vec![false; self.inside.len()];
        let place = |[c, r, s]: [i64; 3]| (s as usize * self.rows + r as usize) * self.columns + c as usize;
        let mut found = Vec::new();
        for voxel in self.voxels() {
            if std::mem::replace(&mut seen[place(voxel)], true) {
                continue;
            }
            let mut set = vec![voxel];
            let mut next = 0;
            while next < set.len() {
                let [c, r, s] = set[next];
                next += 1;
                for step in 0..27 {
                    let step = [step % 3 - 1, step / 3 % 3 - 1, step / 9 - 1];
                    let to = [c + step[0], r + step[1], s + step[2]];
                    if near(step) && self.contains(to) && !std::mem::replace(&mut seen[place(to)], true) {
                        set.push(to);
                    }
                }
            }
            found.push(set);
        }
        found
    }
}

/// Step vectors of upright, oblique and sheared grids.
pub fn steps() -> impl Strategy<Value = [[f64; 3]; 3]> {
    prop::sample::select(vec![
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [[0.7, 0.0, 0.0], [0.0, 0.7, 0.0], [0.0, 0.0, -5.0]],
        [[0.8, 0.6, 0.0], [-0.6, 0.8, 0.0], [0.0, 0.0, 2.0]],
        [[0.5, 0.1, 0.0], [0.2, 0.9, 0.3], [1.5, -0.4, 2.0]],
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [3.0, 3.0, 0.5]],
    ])
}

/// Where a voxel index is in millimetres.
pub fn place(index: [f64; 3], steps: [[f64; 3]; 3]) -> [f64; 3] {
    std::array::from_fn(|axis| (0..3).map(|along| index[along] * steps[along][axis]).sum())
}

/// A grid of at most this size, of any density, smoothed now and then so that lumps with holes come up too.
pub fn grids(columns: usize, rows: usize, slices: usize) -> impl Strategy<Value = Grid> {
    let sizes = (1..=columns, 1..=rows, 1..=slices, 0.05..0.95f64, any::<bool>());
    sizes.prop_flat_map(|(columns, rows, slices, density, smooth)| {
        prop::collection::vec(prop::bool::weighted(density), columns * rows * slices).prop_map(move |inside| {
            let grid = Grid { columns, rows, slices, inside };
            if smooth { majority(&grid) } else { grid }
        })
    })
}

/// Grids with many equally long axes: their slices are their own mirror images in columns, in rows or in both, and come again in
/// later slices, as they are or upside down.
pub fn symmetric_grids(columns: usize, rows: usize, slices: usize) -> impl Strategy<Value = Grid> {
    let mirrors = (any::<bool>(), any::<bool>(), prop::collection::vec(any::<bool>(), slices));
    (grids(columns, rows, 1), mirrors).prop_map(|(grid, (in_columns, in_rows, turned))| {
        let fold = |index: usize, size: usize, mirrored: bool| if mirrored { index.min(size - 1 - index) } else { index };
        let mut inside = Vec::new();
        for upside_down in &turned {
            for row in 0..grid.rows {
                let row = if *upside_down { grid.rows - 1 - row } else { row };
                for column in 0..grid.columns {
                    let [x, y] = [fold(column, grid.columns, in_columns), fold(row, grid.rows, in_rows)];
                    inside.push(grid.inside[y * grid.columns + x]);
                }
            }
        }
        Grid { slices: turned.len(), inside, ..grid }
    })
}

/// A few round or angular lumps, some hollow, some with a bite taken out, and now and then a frayed rim.
pub fn lumps(columns: usize, rows: usize, slices: usize) -> impl Strategy<Value = Grid> {
    let place = (0..=2 * columns as i64, 0..=2 * rows as i64, 0..slices as i64);
    let lump = (place, 1..=columns as i64, 0..=columns as i64, any::<bool>(), any::<bool>());
    let rim = prop::collection::vec(prop::bool::weighted(0.8), columns * rows * slices);
    (prop::collection::vec(lump, 1..=4), rim, any::<bool>()).prop_map(move |(lumps, rim, frayed)| {
        let voxels =
            (0..columns * rows * slices).map(|i| [i % columns, i / columns % rows, i / columns / rows].map(|v| v as i64));
        let inside = voxels.zip(rim).map(|([column, row, slice], kept)| {
            // In half voxels, so that a centre may lie between two of them.
            lumps.iter().any(|&((x, y, z), radius, hollow, square, bitten)| {
                let [x, y] = [2 * column - x, 2 * row - y];
                let distance = if square { x.abs().max(y.abs()).pow(2) } else { x * x + y * y };
                let bite = bitten && y > 0 && x.abs() < hollow;
                let rim = distance > (radius - 3).max(0).pow(2);
                z == slice && distance <= radius.pow(2) && distance >= hollow.pow(2) && !bite && (kept || !frayed || !rim)
            })
        });
        Grid { columns, rows, slices, inside: inside.collect() }
    })
}

/// Each voxel as most of the 3 x 3 around it in its slice.
fn majority(grid: &Grid) -> Grid {
    let mut inside = Vec::new();
    for slice in 0..grid.slices as i64 {
        for row in 0..grid.rows as i64 {
            for column in 0..grid.columns as i64 {
                let around = (0..9).filter(|i| grid.contains([column + i % 3 - 1, row + i / 3 - 1, slice])).count();
                inside.push(around >= 5);
            }
        }
    }
    Grid { inside, ..grid.clone() }
}

/// One island without holes, in a frame of its own.
pub struct Island {
    pub slice: i64,
    pub filled: Grid,
    pub had_hole: bool,
}

pub fn islands(grid: &Grid) -> Vec<Island> {
    let in_slice = grid.flood(|step| step[2] == 0);
    in_slice
        .into_iter()
        .map(|voxels| {
            // Flood the background of a slice with a frame of one voxel from its corner: what stays dry is the island.
            let (columns, rows) = (grid.columns + 2, grid.rows + 2);
            let mut background = Grid { columns, rows, slices: 1, inside: vec![true; columns * rows] };
            for &[column, row, _] in &voxels {
                background.inside[(row as usize + 1) * columns + column as usize + 1] = false;
            }
            let outside = background.flood(|[c, r, s]| s == 0 && c.abs() + r.abs() == 1).swap_remove(0);
            assert_eq!(outside[0], [0, 0, 0]);
            let mut filled = Grid { inside: vec![true; columns * rows], ..background };
            for [column, row, _] in outside {
                filled.inside[row as usize * columns + column as usize] = false;
            }
            let had_hole = filled.voxels().len() > voxels.len();
            // Back to the columns and rows of the volume.
            let inside = (0..grid.rows * grid.columns)
                .map(|i| filled.inside[(i / grid.columns + 1) * columns + i % grid.columns + 1])
                .collect();
            let filled = Grid { columns: grid.columns, rows: grid.rows, slices: 1, inside };
            Island { slice: voxels[0][2], filled, had_hole }
        })
        .collect()
}

const FOUR: [Point; 4] = [[1, 0], [-1, 0], [0, 1], [0, -1]];

impl Island {
    pub fn contains(&self, column: i64, row: i64) -> bool {
        self.filled.contains([column, row, 0])
    }

    /// Contour vertices in quarters of a voxel.
    pub fn vertices(&self, level: Level) -> Vec<Point> {
        let mut found = Vec::new();
        for [column, row, _] in self.filled.voxels() {
            for [across, down] in FOUR {
                if self.contains(column + across, row + down) {
                    continue;
                }
                let [x, y] = [4 * column, 4 * row];
                match level {
                    Level::Centre => found.push([x, y]),
                    Level::Quarter => found.push([x + across, y + down]),
                    Level::Edge => found.push([x + 2 * across, y + 2 * down]),
                    Level::Corner => found.extend([
                        [x + 2 * (across + down), y + 2 * (down + across)],
                        [x + 2 * (across - down), y + 2 * (down - across)],
                    ]),
                }
            }
        }
        found.sort();
        found.dedup();
        found
    }

    /// The closed region as convex pieces, each given by points whose hull it is: voxels at level corner, else for every square
    /// of four centres its inside corners and the vertices on its sides.
    pub fn pieces(&self, level: Level) -> Vec<Vec<Point>> {
        let mut pieces = Vec::new();
        for row in -1..=self.filled.rows as i64 {
            for column in -1..=self.filled.columns as i64 {
                let mut piece = Vec::new();
                let [x, y] = [4 * column, 4 * row];
                if level == Level::Corner {
                    if self.contains(column, row) {
                        piece = vec![[x - 2, y - 2], [x + 2, y - 2], [x - 2, y + 2], [x + 2, y + 2]];
                    }
                } else {
                    let reach = [Level::Centre, Level::Quarter, Level::Edge].iter().position(|&l| l == level);
                    let reach = reach.unwrap() as i64;
                    for [right, below] in [[0, 0], [0, 1], [1, 0], [1, 1]] {
                        if self.contains(column + right, row + below) {
                            let [x, y] = [x + 4 * right, y + 4 * below];
                            piece.push([x, y]);
                            piece.push([x + reach * (1 - 2 * right), y]);
                            piece.push([x, y + reach * (1 - 2 * below)]);
                        }
                    }
                }
                if !piece.is_empty() {
                    pieces.push(piece);
                }
            }
        }
        pieces
    }
}

/// The stretches of the union of convex pieces on a line: points at `along` = `place`, measured by `across`.
pub fn stretches(
    pieces: &[Vec<Point>],
    along: impl Fn(Point) -> f64,
    across: impl Fn(Point) -> f64,
    place: f64,
) -> Vec<[f64; 2]> {
    let tiny = 1e-9;
    let mut found: Vec<[f64; 2]> = Vec::new();
    for piece in pieces {
        let mut hit: Vec<f64> = Vec::new();
        for &p in piece {
            for &q in piece {
                let (a, b) = (along(p), along(q));
                if (a - place).abs() <= tiny {
                    hit.push(across(p));
                } else if a < place && place < b {
                    hit.push(across(p) + (across(q) - across(p)) * (place - a) / (b - a));
                }
            }
        }
        if !hit.is_empty() {
            let low = hit.iter().copied().fold(f64::INFINITY, f64::min);
            let high = hit.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            found.push([low, high]);
        }
    }
    found.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let mut joined: Vec<[f64; 2]> = Vec::new();
    for stretch in found {
        match joined.last_mut() {
            Some(last) if stretch[0] <= last[1] + tiny => last[1] = last[1].max(stretch[1]),
            _ => joined.push(stretch),
        }
    }
    joined
}

pub fn millimetres([column, row]: Point, spacing: [f64; 2]) -> [f64; 2] {
    [column as f64 / 4.0 * spacing[0], row as f64 / 4.0 * spacing[1]]
}

fn unit_along(from: [f64; 2], to: [f64; 2]) -> [f64; 2] {
    let way = [to[0] - from[0], to[1] - from[1]];
    let length = way[0].hypot(way[1]);
    [way[0] / length, way[1] / length]
}

/// The longest chord in mm across the axis from `a` to `b`, at vertices and at the places half-way between them; 0 for a point.
pub fn longest_chord(island: &Island, level: Level, spacing: [f64; 2], a: Point, b: Point) -> f64 {
    if a == b {
        return 0.0;
    }
    let [x, y] = unit_along(millimetres(a, spacing), millimetres(b, spacing));
    let along = |point| {
        let [column, row] = millimetres(point, spacing);
        x * column + y * row
    };
    let across = |point| {
        let [column, row] = millimetres(point, spacing);
        x * row - y * column
    };
    let pieces = island.pieces(level);
    let mut places: Vec<f64> = island.vertices(level).into_iter().map(along).collect();
    places.sort_by(f64::total_cmp);
    let between: Vec<f64> = places.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0).collect();
    places.extend(between);
    places
        .into_iter()
        .flat_map(|place| stretches(&pieces, along, across, place))
        .map(|[low, high]| high - low)
        .fold(0.0, f64::max)
}

/// Whether the segment stays in the closed region.
pub fn stays_inside(pieces: &[Vec<Point>], a: Point, b: Point) -> bool {
    if a == b {
        return true;
    }
    let [x, y] = unit_along(a.map(|v| v as f64), b.map(|v| v as f64));
    let along = |p: Point| x * (p[0] - a[0]) as f64 + y * (p[1] - a[1]) as f64;
    let aside = |p: Point| x * (p[1] - a[1]) as f64 - y * (p[0] - a[0]) as f64;
    let end = along(b);
    stretches(pieces, aside, along, 0.0).into_iter().any(|[low, high]| low <= 1e-9 && high >= end - 1e-9)
}
