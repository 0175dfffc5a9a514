//! Every measurement of the volumes in `reference/masks.txt` against what other tools say: `reference/oracles.py` tells which.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use recist_kernels::{
    Connectivity, InPlaneAxes, Level, Points, Run, bounding_box, components, count, in_plane_axes, labelled_runs,
    max_3d_diameter_mm, moments, touches_border,
};

/// Of a length or a covariance. SimpleITK and SciPy sum in doubles, and the table has 12 digits.
const RELATIVE: f64 = 1e-9;

/// Of a chord or an inside segment, which Shapely finds in a region widened by 1e-9 mm.
const RELATIVE_OF_REGION: f64 = 2e-8;

struct Volume {
    /// Columns, rows, slices.
    size: [usize; 3],
    spacing_mm: [f64; 3],
    runs: BTreeMap<u8, Vec<Run>>,
}

impl Volume {
    fn steps(&self) -> [[f64; 3]; 3] {
        let [column, row, slice] = self.spacing_mm;
        [[column, 0.0, 0.0], [0.0, row, 0.0], [0.0, 0.0, slice]]
    }
}

fn reference(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The volumes by name. A line that starts with a letter begins one; the others are runs of labels.
fn volumes() -> BTreeMap<String, Volume> {
    let text = reference("masks.txt");
    let mut volumes = BTreeMap::new();
    let mut lines = text.lines().peekable();
    while let Some(heading) = lines.next() {
        let (name, sizes) = heading.split_once(' ').unwrap();
        let numbers: Vec<f64> = sizes.split(' ').map(|number| number.parse().unwrap()).collect();
        let size = [0, 1, 2].map(|axis| numbers[axis] as usize);
        let spacing_mm = [3, 4, 5].map(|axis| numbers[axis]);
        let mut voxels = Vec::new();
        while let Some(line) = lines.next_if(|line| line.starts_with(|first: char| first.is_ascii_digit())) {
            for run in line.split(' ') {
                let (label, length) = run.split_once('x').unwrap();
                voxels.resize(voxels.len() + length.parse::<usize>().unwrap(), label.parse::<u8>().unwrap());
            }
        }
        assert_eq!(voxels.len(), size.iter().product::<usize>(), "{name}");
        let mut runs: BTreeMap<u8, Vec<Run>> = BTreeMap::new();
        labelled_runs(&voxels, size[0], size[1], 0, &mut |label, run| runs.entry(label).or_default().push(run));
        volumes.insert(name.to_string(), Volume { size, spacing_mm, runs });
    }
    volumes
}

/// A row of a table: text by the name of its column.
struct Row(BTreeMap<String, String>);

impl Row {
    fn text(&self, column: &str) -> &str {
        self.0.get(column).unwrap_or_else(|| panic!("no column {column}"))
    }

    fn number(&self, column: &str) -> f64 {
        self.text(column).parse().unwrap_or_else(|_| panic!("{column} of {self}"))
    }

    fn list(&self, column: &str) -> Vec<u64> {
        self.text(column).split(' ').map(|number| number.parse().unwrap()).collect()
    }

    /// The three columns `name_column`, `name_row` and `name_slice`.
    fn place(&self, name: &str) -> [f64; 3] {
        ["column", "row", "slice"].map(|axis| self.number(&format!("{name}_{axis}")))
    }

    fn assert_close(&self, column: &str, found: f64, relative: f64) {
        let expected = self.number(column);
        assert!((found - expected).abs() <= relative * expected.abs().max(1.0), "{self}: {column} is {found}, not {expected}");
    }
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{} label {} {}", self.text("volume"), self.text("label"), self.0.get("level").map_or("", String::as_str))
    }
}

/// Every row of a table with its volume and the runs of its label.
fn for_each_row(table: &str, mut check: impl FnMut(&Row, &Volume, &[Run])) {
    let (volumes, text) = (volumes(), reference(table));
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_string));
    let header: Vec<String> = lines.next().unwrap().collect();
    let mut rows: BTreeMap<(String, u8), usize> = BTreeMap::new();
    for line in lines {
        let row = Row(header.iter().cloned().zip(line).collect());
        let (name, label) = (row.text("volume").to_string(), row.text("label").parse().unwrap());
        let volume = &volumes[&name];
        check(&row, volume, &volume.runs[&label]);
        *rows.entry((name, label)).or_default() += 1;
    }
    // Nothing was left out: each label of each volume has as many rows as every other.
    let labels: usize = volumes.values().map(|volume| volume.runs.len()).sum();
    assert!(labels >= 60 && rows.len() == labels, "{} of {labels} labels", rows.len());
    let each = rows.values().next().unwrap();
    assert!(rows.values().all(|rows| rows == each), "{rows:?}");
}

#[test]
fn counts_boxes_and_borders() {
    for_each_row("solids.csv", |row, volume, runs| {
        assert_eq!(count(runs), row.number("voxels") as u64, "{row}");
        let around = bounding_box(runs).unwrap();
        assert_eq!(around.first.map(f64::from), row.place("first"), "{row}");
        assert_eq!(around.last.map(f64::from), row.place("last"), "{row}");
        let [columns, rows, slices] = volume.size.map(|size| size as u32);
        assert_eq!(touches_border(runs, columns, rows, slices), row.text("at_border") == "1", "{row}");
    });
}

#[test]
fn parts_and_islands() {
    for_each_row("solids.csv", |row, volume, runs| {
        assert_eq!(components(runs, Connectivity::TwentySix).voxels, row.list("parts_26"), "{row}");
        assert_eq!(components(runs, Connectivity::Six).voxels, row.list("parts_6"), "{row}");
        // In one slice 26 neighbours are 8.
        let islands_of = |slice: usize| {
            let runs: Vec<Run> = runs.iter().copied().filter(|run| run.slice as usize == slice).collect();
            components(&runs, Connectivity::TwentySix).voxels.len() as u64
        };
        assert_eq!((0..volume.size[2]).map(islands_of).collect::<Vec<_>>(), row.list("islands"), "{row}");
    });
}

#[test]
fn moments_of_the_centres() {
    for_each_row("solids.csv", |row, volume, runs| {
        let found = moments(runs).unwrap();
        for (axis, name) in ["centroid_column", "centroid_row", "centroid_slice"].into_iter().enumerate() {
            row.assert_close(name, found.centroid()[axis], RELATIVE);
        }
        let c = found.covariance(volume.steps());
        for (i, j) in [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)] {
            row.assert_close(&format!("covariance_{i}{j}"), c[i][j], RELATIVE);
            assert_eq!(c[i][j], c[j][i], "{row}");
        }
        // The eigenvalues are (axis / 4)²: their sum, the sum of their products in pairs, and their product are the trace, the sum of
        // the principal minors and the determinant.
        let [a, b, d] = ["axis_1", "axis_2", "axis_3"].map(|axis| (row.number(axis) / 4.0).powi(2));
        let minor = |i: usize, j: usize| c[i][i] * c[j][j] - c[i][j] * c[i][j];
        let determinant = c[0][0] * minor(1, 2) - c[0][1] * (c[0][1] * c[2][2] - c[1][2] * c[0][2])
            + c[0][2] * (c[0][1] * c[1][2] - c[1][1] * c[0][2]);
        for (found, expected, scale) in [
            (c[0][0] + c[1][1] + c[2][2], a + b + d, a),
            (minor(0, 1) + minor(0, 2) + minor(1, 2), a * b + a * d + b * d, a * a),
            (determinant, a * b * d, a * a * a),
        ] {
            assert!((found - expected).abs() <= RELATIVE * scale, "{row}: {found} is not {expected}");
        }
    });
}

#[test]
fn diameters_in_space() {
    for_each_row("solids.csv", |row, volume, runs| {
        let diameter = |points| max_3d_diameter_mm(runs, volume.steps(), points);
        row.assert_close("max_3d_centre", diameter(Points::Centres), RELATIVE);
        row.assert_close("max_3d_edge", diameter(Points::EdgeMidpoints), RELATIVE);
        row.assert_close("max_3d_corner", diameter(Points::Corners), RELATIVE);
    });
}

#[test]
fn long_and_short_axes() {
    for_each_row("in_plane.csv", |row, volume, runs| {
        let level = match row.text("level") {
            "centre" => Level::Centre,
            "quarter" => Level::Quarter,
            "edge" => Level::Edge,
            "corner" => Level::Corner,
            other => panic!("{other} is no level"),
        };
        let InPlaneAxes { slice, long_axis_mm, long_axis, short_axis_mm, hole_filled, leaves_lesion, longest_inside_mm, .. } =
            in_plane_axes(runs, [volume.spacing_mm[0], volume.spacing_mm[1]], level).unwrap();
        row.assert_close("long_mm", long_axis_mm, RELATIVE);
        row.assert_close("short_mm", short_axis_mm, RELATIVE_OF_REGION);
        assert_eq!(f64::from(slice), row.number("slice"), "{row}");
        let ends = [["column_1", "row_1"], ["column_2", "row_2"]].map(|end| end.map(|name| row.number(name)));
        assert_eq!(long_axis, ends, "{row}");
        assert_eq!(hole_filled, row.text("hole_filled") == "1", "{row}");
        assert_eq!(leaves_lesion, !row.text("inside_mm").is_empty(), "{row}");
        if let Some(inside) = longest_inside_mm {
            row.assert_close("inside_mm", inside, RELATIVE_OF_REGION);
        }
    });
}
