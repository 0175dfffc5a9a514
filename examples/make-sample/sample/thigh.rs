//! A thigh as an MR picture: bright fat and marrow, grey muscle, dark cortex and vessels.
//!
//! Slice frame: x to the outer side, y to the back, z along the bone towards the hip, origin in the middle.

use super::picture::cover;
use super::texture::clouds;

const FAT: f64 = 690.0;

fn ellipse([x, y, _]: [f64; 3], centre: [f64; 2], radii: [f64; 2]) -> f64 {
    let (u, v) = ((x - centre[0]) / radii[0], (y - centre[1]) / radii[1]);
    (1.0 - (u * u + v * v).sqrt()) * radii[0].min(radii[1])
}

/// Distance from a line segment in the plane, mm.
fn distance([x, y, _]: [f64; 3], from: [f64; 2], to: [f64; 2]) -> f64 {
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let (px, py) = (x - from[0], y - from[1]);
    let part = ((px * dx + py * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
    let (mx, my) = (px - part * dx, py - part * dy);
    (mx * mx + my * my).sqrt()
}

/// Fat planes between the muscles, in mm.
const SEPTA: [([f64; 2], [f64; 2]); 9] = [
    ([22.0, -8.0], [70.0, 14.0]),
    ([12.0, 2.0], [2.0, 30.0]),
    ([2.0, 30.0], [58.0, 34.0]),
    ([2.0, 30.0], [-58.0, 26.0]),
    ([2.0, 30.0], [8.0, 60.0]),
    ([-8.0, -14.0], [-36.0, -4.0]),
    ([-36.0, -4.0], [-70.0, -2.0]),
    ([8.0, -28.0], [-30.0, -52.0]),
    ([8.0, -28.0], [44.0, -46.0]),
];

/// Signal at a point, arbitrary units.
pub fn signal(point: [f64; 3]) -> f64 {
    // The thigh is wider towards the hip, and its fat planes wind about the bone.
    let taper = 1.0 + 0.000_7 * point[2];
    let waver = |seed| 4.0 * clouds(point, 26.0, seed);
    let depth = ellipse(point, [0.0, 0.0], [84.0 * taper, 73.0 * taper]);
    let mut value = 4.0;
    if depth < -2.0 {
        return value;
    }
    cover(&mut value, 330.0, depth);
    cover(&mut value, FAT, depth - 1.8);
    let fascia = depth - 12.0 - waver(2);
    cover(&mut value, 130.0, fascia);
    let muscle = 300.0 + 26.0 * clouds([point[0], point[1] * 3.0, point[2]], 6.0, 4);
    cover(&mut value, muscle, fascia - 1.2);
    if fascia > 0.0 {
        let moved = [point[0] + waver(6), point[1] + waver(8), point[2]];
        for (from, to) in SEPTA {
            cover(&mut value, 590.0, 0.9 - distance(moved, from, to));
        }
    }
    // Fat about the femoral vessels and, towards the hip, about the inguinal nodes.
    let bundle = ellipse(point, [-34.0, -4.0], [14.0, 11.0]);
    let groin = ellipse(point, [-40.0, -22.0], [24.0, 19.0]).min(0.6 * (point[2] - 18.0));
    cover(&mut value, FAT - 40.0, bundle.max(groin));
    cover(&mut value, 40.0, ellipse(point, [-31.0, -7.0], [4.2, 4.2]));
    cover(&mut value, 70.0, ellipse(point, [-38.0, 1.0], [5.4, 4.6]));
    cover(&mut value, 560.0, ellipse(point, [3.0, 33.0], [6.0, 3.4]));

    let femur = ellipse(point, [10.0, -13.0], [15.5, 14.5]);
    cover(&mut value, 45.0, femur);
    cover(&mut value, 640.0 + 30.0 * clouds(point, 4.0, 10), femur - 5.5);
    value
}
