//! Digitised shapes against their closed forms, and time limits on large ones.

use std::time::{Duration, Instant};

use recist_kernels::{
    Connectivity, Level, Points, Run, components, count, in_plane_axes, labelled_runs, max_3d_diameter_mm, moments,
};

const UNIT_STEPS: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// The voxels of one row range whose centres are within `half` of `middle`.
fn run(slice: u32, row: u32, middle: f64, half: f64) -> Option<Run> {
    let (start, end) = ((middle - half).ceil() as u32, (middle + half).floor() as u32 + 1);
    (start < end).then_some(Run { slice, row, start, end })
}

/// An ellipsoid by voxel centres: half axes and centre in voxels.
fn ellipsoid(half: [f64; 3], centre: [f64; 3]) -> Vec<Run> {
    let mut runs = Vec::new();
    for slice in 0..=(centre[2] + half[2]) as u32 {
        for row in 0..=(centre[1] + half[1]) as u32 {
            let left =
                1.0 - ((f64::from(slice) - centre[2]) / half[2]).powi(2) - ((f64::from(row) - centre[1]) / half[1]).powi(2);
            if left >= 0.0 {
                runs.extend(run(slice, row, centre[0], half[0] * left.sqrt()));
            }
        }
    }
    runs
}

#[test]
fn discs_are_a_little_short_at_the_centres_and_within_a_pixel() {
    for step in 0..40 {
        let radius = 5.0 + f64::from(step) * 0.37;
        let centre = [30.0 + f64::from(step) * 0.091, 30.0 + f64::from(step) * 0.173, 0.0];
        let disc = ellipsoid([radius, radius, 0.1], centre);
        let at = |level| in_plane_axes(&disc, [1.0, 1.0], level).unwrap();
        // No two centres in a disc are farther apart than its diameter. The nearest ones to the ends of a diameter are inside it by
        // at most a pixel diagonal.
        let centre = at(Level::Centre);
        assert!(centre.long_axis_mm <= 2.0 * radius && centre.long_axis_mm > 2.0 * radius - 1.5, "{radius}");
        assert!(centre.short_axis_mm <= centre.long_axis_mm && centre.short_axis_mm > 2.0 * radius - 3.0, "{radius}");
        assert!(!centre.leaves_lesion && !centre.hole_filled);
        // A contour further out lies a quarter, a half pixel, a half diagonal farther at each end at most.
        for (level, wider) in [(Level::Quarter, 0.5), (Level::Edge, 1.0), (Level::Corner, 2.0f64.sqrt())] {
            let grown = at(level).long_axis_mm - centre.long_axis_mm;
            assert!(grown > 0.0 && grown <= wider + 1e-12, "{level:?} {grown}");
        }
    }
}

#[test]
fn moments_of_a_box() {
    // The variance of n equal steps is (n² - 1) / 12 squared steps.
    let runs: Vec<Run> = (0..12).map(|i| Run { slice: 100 + i / 4, row: 7 + i % 4, start: 500, end: 505 }).collect();
    let found = moments(&runs).unwrap();
    assert_eq!((found.voxels(), found.centroid()), (60, [502.0, 8.5, 101.0]));
    let steps = [[0.5, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 3.0]];
    let expected = [[24.0 / 12.0 * 0.25, 0.0, 0.0], [0.0, 15.0 / 12.0 * 4.0, 0.0], [0.0, 0.0, 8.0 / 12.0 * 9.0]];
    assert_eq!(found.covariance(steps), expected);
}

#[test]
fn moments_of_an_ellipsoid() {
    // The covariance of a solid ellipsoid is half axis squared over five.
    let half = [40.0, 30.0, 25.0];
    let found = moments(&ellipsoid(half, [50.3, 40.2, 30.1])).unwrap();
    let covariance = found.covariance(UNIT_STEPS);
    for axis in 0..3 {
        let expected = half[axis] * half[axis] / 5.0;
        assert!((covariance[axis][axis] / expected - 1.0).abs() < 2e-3);
    }
    let volume = 4.0 / 3.0 * std::f64::consts::PI * half.iter().product::<f64>();
    assert!((found.voxels() as f64 / volume - 1.0).abs() < 1e-3);
}

#[test]
fn diameters_of_a_box_in_space() {
    let runs: Vec<Run> = (0..12).map(|i| Run { slice: i / 4, row: i % 4, start: 2, end: 7 }).collect();
    // 4, 3 and 2 steps between centres; one more of each between corners. Edge midpoints reach half a step in one direction
    // at each end: a whole one along the longest side is best.
    for (points, squared) in [(Points::Centres, 29.0f64), (Points::Corners, 50.0), (Points::EdgeMidpoints, 38.0)] {
        assert!((max_3d_diameter_mm(&runs, UNIT_STEPS, points) - squared.sqrt()).abs() < 1e-12);
    }
    assert_eq!(max_3d_diameter_mm(&[], UNIT_STEPS, Points::Corners), 0.0);
    assert_eq!(max_3d_diameter_mm(&runs[..1], [[0.0; 3]; 3], Points::Centres).max(0.0), 0.0);
}

#[test]
fn digital_phantom_of_ibsi() {
    // The digital phantom of the Image Biomarker Standardisation Initiative: 5 x 4 x 4 voxels of 2 mm, 74 of them in the region.
    // Reference values of its manual: volume by voxel counting 592 mm³, maximum 3-D diameter 13.1 mm (between vertices of the mesh at
    // level 0.5), axes 11.4, 9.31 and 8.54 mm (4 square roots of eigenvalues, covariance divided by n - 1).
    let slices = ["##### ##### ##### #####", "##### ##### .#### #####", "###.. ##### ##.## #####", "###.. ##### ##### #####"];
    let voxels: Vec<u8> = slices.concat().bytes().filter(|&voxel| voxel != b' ').collect();
    let mut runs = Vec::new();
    labelled_runs(&voxels, 5, 4, b'.', &mut |_, run| runs.push(run));
    let steps = UNIT_STEPS.map(|step| step.map(|value| 2.0 * value));
    assert_eq!(count(&runs) * 8, 592);
    assert!((max_3d_diameter_mm(&runs, steps, Points::EdgeMidpoints) - 13.1).abs() < 0.05);

    // The sum and the product of the eigenvalues are the trace and the determinant.
    let c = moments(&runs).unwrap().covariance(steps);
    let squared_axis = 16.0 * 74.0 / 73.0;
    let trace = c[0][0] + c[1][1] + c[2][2];
    let determinant = c[0][0] * (c[1][1] * c[2][2] - c[1][2] * c[2][1]) - c[0][1] * (c[1][0] * c[2][2] - c[1][2] * c[2][0])
        + c[0][2] * (c[1][0] * c[2][1] - c[1][1] * c[2][0]);
    let axes = [11.40f64, 9.31, 8.54];
    let sum: f64 = axes.iter().map(|axis| axis * axis).sum();
    assert!((squared_axis * trace / sum - 1.0).abs() < 1e-3);
    assert!(((squared_axis.powi(3) * determinant).sqrt() / axes.iter().product::<f64>() - 1.0).abs() < 1e-3);
}

/// Generous: the limits hold without optimisation on a busy machine, and any step that is quadratic in the surface breaks them.
fn within<T>(seconds: u64, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    let taken = start.elapsed();
    println!("{taken:?}");
    assert!(taken < Duration::from_secs(seconds), "took {taken:?}");
    result
}

#[test]
fn a_million_voxels_take_moments() {
    let ball = ellipsoid([62.0; 3], [64.0; 3]);
    assert!(count(&ball) > 990_000);
    assert_eq!(within(2, || components(&ball, Connectivity::TwentySix)).voxels, [count(&ball)]);
    for points in [Points::Centres, Points::EdgeMidpoints, Points::Corners] {
        let diameter = within(5, || max_3d_diameter_mm(&ball, UNIT_STEPS, points));
        assert!((diameter - 124.0).abs() < 2.0);
    }
    let axes = within(5, || in_plane_axes(&ball, [1.0, 1.0], Level::Centre)).unwrap();
    assert_eq!((axes.slice, axes.long_axis_mm), (64, 124.0));
}

#[test]
fn a_tall_cylinder_ties_in_every_slice() {
    let disc = ellipsoid([100.0, 100.0, 0.1], [101.0, 101.0, 0.0]);
    let cylinder: Vec<Run> = (0..1000).flat_map(|slice| disc.iter().map(move |&run| Run { slice, ..run })).collect();
    let axes = within(10, || in_plane_axes(&cylinder, [0.7, 0.7], Level::Edge)).unwrap();
    assert_eq!(axes.slice, 0);
    assert!((axes.long_axis_mm - 0.7 * 201.0).abs() < 0.1);
}

#[test]
fn a_lesion_of_ten_million_voxels_that_is_a_ball_in_mm() {
    // Every direction is nearly a diameter, and no voxel centre is the centre of the ball.
    let ball = ellipsoid([150.0, 150.0, 105.0], [160.137, 160.411, 110.283]);
    assert!(count(&ball) > 9_890_000);
    let steps = [[0.7, 0.0, 0.0], [0.0, 0.7, 0.0], [0.0, 0.0, 1.0]];
    let diameter = within(2, || max_3d_diameter_mm(&ball, steps, Points::Centres));
    // Both ends of a diameter have a voxel centre inside that is less than a voxel's diagonal away.
    let diagonal = 1.98f64.sqrt();
    assert!(diameter <= 210.0 && diameter > 210.0 - 2.0 * diagonal, "{diameter}");
    // The points around voxels are at most half a step away at each end, corners half a diagonal.
    for (points, wider) in [(Points::EdgeMidpoints, 1.0), (Points::Corners, diagonal)] {
        let grown = within(2, || max_3d_diameter_mm(&ball, steps, points)) - diameter;
        assert!(grown > 0.0 && grown <= wider + 1e-9, "{points:?} {grown}");
    }
}

#[test]
fn a_body_of_nearly_constant_width() {
    // What four balls of 200 mm around the corners of a tetrahedron of that side have in common. It is nearly as wide in every
    // direction, and the ball around it is far wider. It is widest between the middles of opposite edges: sqrt(3) - sqrt(1/2)
    // sides.
    let side = 200.0f64;
    let corners = [[1.0, 1.0, 1.0], [1.0, -1.0, -1.0], [-1.0, 1.0, -1.0], [-1.0, -1.0, 1.0f64]];
    let corners = corners.map(|corner| corner.map(|value| value * side / 8.0f64.sqrt()));
    let mut runs = Vec::new();
    for slice in 0..240u32 {
        for row in 0..340u32 {
            let [y, z] = [f64::from(row) * 0.7 - 118.7, f64::from(slice) - 119.3];
            let halves = corners.map(|corner| (side * side - (y - corner[1]).powi(2) - (z - corner[2]).powi(2)).sqrt());
            if halves.iter().all(|half| half.is_finite()) {
                let start = (0..4).map(|i| corners[i][0] - halves[i]).fold(f64::NEG_INFINITY, f64::max);
                let end = (0..4).map(|i| corners[i][0] + halves[i]).fold(f64::INFINITY, f64::min);
                runs.extend(run(slice, row, ((start + end) / 2.0 + 119.1) / 0.7, (end - start) / 1.4));
            }
        }
    }
    assert!(count(&runs) > 6_800_000);
    let steps = [[0.7, 0.0, 0.0], [0.0, 0.7, 0.0], [0.0, 0.0, 1.0]];
    let widest = (3.0f64.sqrt() - 0.5f64.sqrt()) * side;
    let diameter = within(2, || max_3d_diameter_mm(&runs, steps, Points::Centres));
    assert!(diameter <= widest && diameter > widest - 2.0 * 1.98f64.sqrt(), "{diameter} of {widest}");
}

#[test]
fn a_tall_cylinder_is_longest_from_rim_to_rim() {
    let disc = ellipsoid([200.0, 200.0, 0.1], [201.0, 201.0, 0.0]);
    let cylinder: Vec<Run> = (0..1000).flat_map(|slice| disc.iter().map(move |&run| Run { slice, ..run })).collect();
    let steps = [[0.7, 0.0, 0.0], [0.0, 0.7, 0.0], [0.0, 0.0, 1.0]];
    let diameter = within(5, || max_3d_diameter_mm(&cylinder, steps, Points::Centres));
    assert!((diameter - (280.0f64.powi(2) + 999.0f64.powi(2)).sqrt()).abs() < 1e-9, "{diameter}");
    assert_eq!(within(5, || components(&cylinder, Connectivity::TwentySix)).voxels, [count(&cylinder)]);
}

#[test]
fn noise_reaches_from_corner_to_corner() {
    let side = 64usize;
    // Every other voxel or so, by the high bit of a linear congruential generator.
    let mut state = 1u64;
    let mut voxels: Vec<bool> = (0..side.pow(3))
        .map(|_| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            state >> 63 == 1
        })
        .collect();
    voxels[0] = true;
    voxels[side.pow(3) - 1] = true;
    let mut runs = Vec::new();
    labelled_runs(&voxels, side, side, false, &mut |_, run| runs.push(run));
    for (points, side) in [(Points::Centres, 63.0), (Points::Corners, 64.0)] {
        let diameter = within(2, || max_3d_diameter_mm(&runs, UNIT_STEPS, points));
        assert!((diameter - 3.0f64.sqrt() * side).abs() < 1e-9);
    }
    // One end half a step further out along one axis, as is the other.
    let diameter = within(2, || max_3d_diameter_mm(&runs, UNIT_STEPS, Points::EdgeMidpoints));
    assert!((diameter - (64.0f64.powi(2) + 2.0 * 63.0f64.powi(2)).sqrt()).abs() < 1e-9);
    assert_eq!(within(2, || components(&runs, Connectivity::TwentySix)).voxels.iter().sum::<u64>(), count(&runs));
}

#[test]
fn two_million_stripes_are_256_parts() {
    let stripes: Vec<Run> = (0..16)
        .flat_map(|slice| (0..512).flat_map(move |row| (0..256).map(move |i| Run { slice, row, start: 2 * i, end: 2 * i + 1 })))
        .collect();
    for connectivity in [Connectivity::Six, Connectivity::TwentySix] {
        assert_eq!(within(10, || components(&stripes, connectivity)).voxels, [16 * 512; 256]);
    }
}

#[test]
fn a_large_horseshoe_ends_in_seconds() {
    // A half ring open upwards: radii 300 and 280.
    let mut runs = Vec::new();
    for row in 0..=300u32 {
        let outer = (300.0f64.powi(2) - f64::from(row).powi(2)).sqrt();
        let inner = if row < 280 { (280.0f64.powi(2) - f64::from(row).powi(2)).sqrt() } else { 0.0 };
        if inner == 0.0 {
            runs.extend(run(0, row, 300.0, outer));
        } else {
            let [left, right] = [300.0 - outer, 300.0 + outer].map(|x| x.round() as u32);
            let [left_end, right_start] = [300.0 - inner, 300.0 + inner].map(|x| x.round() as u32);
            runs.push(Run { slice: 0, row, start: left, end: left_end });
            runs.push(Run { slice: 0, row, start: right_start, end: right + 1 });
        }
    }
    for level in [Level::Centre, Level::Edge, Level::Corner] {
        let axes = within(20, || in_plane_axes(&runs, [1.0, 1.0], level)).unwrap();
        assert!(axes.leaves_lesion);
        // The longest segment between two circles touches the inner one: twice sqrt(300² - 280²) = 215.4.
        let inside = axes.longest_inside_mm.unwrap();
        assert!((inside - 215.4).abs() < 12.0, "{level:?} {inside}");
    }
}
