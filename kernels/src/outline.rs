//! Outlines of a slice along voxel edges, for drawing.

use std::collections::BTreeMap;

use crate::hull::{Point, cross, step};
use crate::runs::{Run, are_in_order};

/// The closed outlines of all voxels of one slice along voxel edges, as polygons of `[column, row]` (the centre of the first voxel
/// is the origin, so edges lie at halves). The last point of a polygon joins the first; points lie at turns only.
///
/// With rows drawn downwards outer outlines run clockwise and holes counterclockwise. Voxels that meet at a corner share one
/// outline: there is one outer polygon for each 8-connected island and one for each 4-connected hole. Sorted by first points, which
/// are the topmost, then leftmost of each polygon.
pub fn outline(runs_of_slice: &[Run]) -> Vec<Vec<[f64; 2]>> {
    debug_assert!(are_in_order(runs_of_slice), "runs must be sorted and apart");
    // Steps with the voxels on their right, by where they begin as (row, column); at most two begin at one corner.
    let mut steps: BTreeMap<(i64, i64), Vec<Point>> = BTreeMap::new();
    let mut add = |from: Point, to: Point| steps.entry((from[1], from[0])).or_default().push(to);
    for run in runs_of_slice {
        let [row, start, end] = [run.row, run.start, run.end].map(i64::from);
        add([end, row], [end, row + 1]);
        add([start, row + 1], [start, row]);
    }
    for [left, right, line, voxels_below] in horizontal_sides(runs_of_slice) {
        if voxels_below == 1 {
            add([left, line], [right, line]);
        } else {
            add([right, line], [left, line]);
        }
    }

    let mut polygons = Vec::new();
    while let Some((&(row, column), _)) = steps.first_key_value() {
        let first = [column, row];
        let mut corners = Vec::new();
        let mut at = first;
        let mut heading = [1, 0];
        while let Some(next) = take_step(&mut steps, at, heading) {
            heading = step(at, next);
            corners.push(at);
            at = next;
        }
        polygons.push(turns(&corners));
    }
    polygons
}

/// Removes and returns the end of the leftmost step from a corner: with voxels on the right this passes on to a voxel that meets
/// at the corner only.
fn take_step(steps: &mut BTreeMap<(i64, i64), Vec<Point>>, at: Point, heading: Point) -> Option<Point> {
    let key = (at[1], at[0]);
    let ends = steps.get_mut(&key)?;
    let leftmost = (0..ends.len()).min_by_key(|&index| cross(heading, step(at, ends[index])).signum())?;
    let end = ends.swap_remove(leftmost);
    if ends.is_empty() {
        steps.remove(&key);
    }
    Some(end)
}

/// The stretches `[left, right, line, below]` of the lines between rows with voxels on one side only; `below` is 1 when they are
/// below the line. `line` is above the row of the same number.
fn horizontal_sides<'a>(runs: &'a [Run]) -> Vec<[i64; 4]> {
    let rows: Vec<&'a [Run]> = runs.chunk_by(|a, b| a.row == b.row).collect();
    let mut sides = Vec::new();
    for (index, &row) in rows.iter().enumerate() {
        let line = i64::from(row[0].row);
        let above = rows[..index].last().filter(|above| i64::from(above[0].row) == line - 1);
        let below = rows.get(index + 1).filter(|below| i64::from(below[0].row) == line + 1);
        let bare = |cover: Option<&&'a [Run]>| uncovered(row, cover.copied().unwrap_or(&[]));
        sides.extend(bare(above).map(|[left, right]| [left, right, line, 1]));
        sides.extend(bare(below).map(|[left, right]| [left, right, line + 1, 0]));
    }
    sides
}

/// The columns of `row` without a voxel of `cover`.
fn uncovered<'a>(row: &'a [Run], cover: &'a [Run]) -> impl Iterator<Item = [i64; 2]> {
    row.iter().flat_map(move |run| {
        let over = cover.iter().filter(move |other| other.start < run.end && run.start < other.end);
        let starts = std::iter::once(run.start).chain(over.clone().map(|other| other.end));
        let ends = over.map(|other| other.start).chain(std::iter::once(run.end));
        starts.zip(ends).filter(|(start, end)| start < end).map(|(start, end)| [start.into(), end.into()])
    })
}

/// The corners at which a closed path turns, moved to voxel coordinates.
fn turns(corners: &[Point]) -> Vec<[f64; 2]> {
    (0..corners.len())
        .filter(|&index| {
            let before = corners[(index + corners.len() - 1) % corners.len()];
            let after = corners[(index + 1) % corners.len()];
            cross(step(before, corners[index]), step(corners[index], after)) != 0
        })
        .map(|index| corners[index].map(|edge| edge as f64 - 0.5))
        .collect()
}
