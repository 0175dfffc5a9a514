//! Pixels: the body, the lesions in it, and noise.

use super::geometry::{Ellipsoid, Grid};
use super::story::{Body, State, Subject, Visit};
use super::texture::{clouds, grain};
use super::thigh;
use super::torso::Torso;

/// Width of a soft edge, mm: about what the resolution of a scanner leaves.
pub const EDGE_MM: f64 = 1.5;

/// Lays `value` over `below` as far as `inside_mm`, the depth below a surface, says that it covers the voxel.
pub fn cover(below: &mut f64, value: f64, inside_mm: f64) {
    let share = (0.5 + inside_mm / EDGE_MM).clamp(0.0, 1.0);
    *below += (value - *below) * share;
}

/// Stored pixel values, slice by slice: HU + 1024 on CT, arbitrary units on MR.
pub fn render(subject: &Subject, visit: &Visit, number: usize, grid: &Grid) -> Vec<u16> {
    let seed = visit.date.bytes().fold(7, |seed, byte| seed * 31 + u64::from(byte));
    let lesions: Vec<(Ellipsoid, f64)> = subject
        .lesions
        .iter()
        .filter_map(|lesion| {
            let shape = match lesion.states[number] {
                State::TooSmall => {
                    Some(Ellipsoid { centre: subject.centre(lesion), semi_axes: [1.5, 1.5, 2.0], direction: [1.0, 0.0] })
                }
                _ => subject.shape(lesion, number),
            };
            Some((shape?, lesion.signal))
        })
        .collect();
    let [columns, rows, slices] = grid.size;
    let torso = Torso::new();
    let mut pixels = Vec::with_capacity(columns * rows * slices);
    for slice in 0..slices {
        let z = grid.position(0, 0, slice)[2] / subject.scale;
        let anatomy: Box<dyn Fn([f64; 3]) -> f64> = match subject.body {
            Body::Torso => {
                let slice = torso.slice(z);
                Box::new(move |point| slice.hounsfield(point))
            }
            Body::Thigh => Box::new(thigh::signal),
        };
        for row in 0..rows {
            for column in 0..columns {
                let point = grid.position(column, row, slice);
                let noise = grain(column, row, slice, seed);
                let healthy = anatomy(point.map(|c| c / subject.scale));
                let value = lesions
                    .iter()
                    .fold(healthy, |value, (shape, signal)| with_lesion(value, *signal, shape, point, subject.body));
                pixels.push(match subject.body {
                    Body::Torso => stored_hounsfield(value, noise),
                    Body::Thigh => stored_signal(value, noise, point),
                });
            }
        }
    }
    pixels
}

fn with_lesion(below: f64, signal: f64, shape: &Ellipsoid, point: [f64; 3], body: Body) -> f64 {
    let level = shape.level(point);
    if level > 4.0 {
        return below;
    }
    let radius = level.sqrt();
    let inside_mm = (1.0 - radius) * shape.semi_axes[1];
    let (coarse, dim) = match body {
        Body::Torso => (6.0, 12.0),
        Body::Thigh => (110.0, 120.0),
    };
    // A little less in the middle than at the rim, as tumours are, and uneven.
    let uneven = coarse * clouds(point, 7.0, 11) - dim * (1.0 - level).max(0.0);
    let mut value = below;
    cover(&mut value, signal + uneven, inside_mm);
    value
}

/// Steps of 8 HU drown in the noise and keep the files small.
fn stored_hounsfield(hounsfield: f64, noise: f64) -> u16 {
    let amplitude = if hounsfield < -990.0 { 0.0 } else { 9.0 };
    let value = hounsfield + amplitude * noise + 1024.0;
    8 * (value / 8.0).round().clamp(0.0, 511.0) as u16
}

fn stored_signal(signal: f64, noise: f64, [x, y, _]: [f64; 3]) -> u16 {
    // The coil sees the near side brighter.
    let coil = 1.08 - 0.000_012 * (x * x + y * y) + 0.000_9 * y;
    let amplitude = if signal < 10.0 { 9.0 } else { 19.0 };
    let value = signal * coil + amplitude * noise;
    // A magnitude picture has no negative values: its background is a dim speckle.
    12 * (value.abs() / 12.0).round().clamp(0.0, 341.0) as u16
}
