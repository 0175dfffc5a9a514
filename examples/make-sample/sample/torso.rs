//! A chest and upper abdomen in Hounsfield units, drawn from ellipsoids.
//!
//! Slice frame: x to the left side of the body, y to the back, z to the head, origin between the two. z = 22 mm is the top of
//! the liver, z = 40 the middle of the heart, z = 95 the carina.

use super::picture::cover;
use super::texture::{Lcg, clouds};

const FAT: f64 = -100.0;
const MUSCLE: f64 = 55.0;
const BLOOD: f64 = 165.0;
const AIR: f64 = -1000.0;

/// A straight, tapering vessel.
#[derive(Clone, Copy)]
struct Vessel {
    from: [f64; 3],
    to: [f64; 3],
    radius: [f64; 2],
}

impl Vessel {
    /// Depth of a point below the vessel's surface, mm.
    fn depth(&self, point: [f64; 3]) -> f64 {
        let along: [f64; 3] = std::array::from_fn(|i| self.to[i] - self.from[i]);
        let offset: [f64; 3] = std::array::from_fn(|i| point[i] - self.from[i]);
        let dot = |a: [f64; 3], b: [f64; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
        let part = (dot(offset, along) / dot(along, along)).clamp(0.0, 1.0);
        let miss: [f64; 3] = std::array::from_fn(|i| offset[i] - part * along[i]);
        self.radius[0] + (self.radius[1] - self.radius[0]) * part - dot(miss, miss).sqrt()
    }

    fn crosses(&self, z: f64) -> bool {
        let reach = self.radius[0] + 1.0;
        self.from[2].min(self.to[2]) - reach < z && z < self.from[2].max(self.to[2]) + reach
    }
}

/// Depth below the surface of an ellipse, mm (exact on the short axis).
fn ellipse([x, y, _]: [f64; 3], centre: [f64; 2], radii: [f64; 2]) -> f64 {
    let (u, v) = ((x - centre[0]) / radii[0], (y - centre[1]) / radii[1]);
    (1.0 - (u * u + v * v).sqrt()) * radii[0].min(radii[1])
}

/// Depth below the surface of an ellipsoid, mm (exact on the shortest axis).
fn ellipsoid(point: [f64; 3], centre: [f64; 3], radii: [f64; 3]) -> f64 {
    let level: f64 = (0..3).map(|i| (point[i] - centre[i]) / radii[i]).map(|u| u * u).sum();
    (1.0 - level.sqrt()) * radii[0].min(radii[1]).min(radii[2])
}

/// Depth below a rounded rectangle, mm.
fn rounded([x, y, _]: [f64; 3], centre: [f64; 2], radii: [f64; 2]) -> f64 {
    let (u, v) = ((x - centre[0]) / radii[0], (y - centre[1]) / radii[1]);
    let (u, v) = (u * u, v * v);
    let level = u + v - 0.32 * u.min(1.0) * v.min(1.0);
    (1.0 - level.sqrt()) * radii[1]
}

fn bone(value: &mut f64, depth: f64, cortex_mm: f64, marrow: f64) {
    cover(value, 480.0, depth);
    cover(value, marrow, depth - cortex_mm);
}

/// The trunk with its vessels laid out.
pub struct Torso {
    lung_vessels: Vec<Vessel>,
    liver_vessels: Vec<Vessel>,
}

/// One axial slice of the trunk.
pub struct TorsoSlice {
    lung_vessels: Vec<Vessel>,
    liver_vessels: Vec<Vessel>,
}

impl Torso {
    /// Lays out the vessels: a seeded tree in each lung, the three hepatic veins and the portal vein.
    pub fn new() -> Self {
        let mut random = Lcg::new(2026);
        let mut lung_vessels = Vec::new();
        for side in [-1.0, 1.0] {
            for _ in 0..26 {
                let from = [side * 34.0, random.between(-6.0, 14.0), random.between(52.0, 88.0)];
                let to = [side * random.between(50.0, 98.0), random.between(-58.0, 46.0), random.between(-45.0, 150.0)];
                lung_vessels.push(Vessel { from, to, radius: [4.6, 1.4] });
                for _ in 0..3 {
                    let part = random.between(0.3, 0.8);
                    let from = std::array::from_fn(|i| from[i] + part * (to[i] - from[i]));
                    let to = [
                        side * random.between(46.0, 102.0),
                        from[1] + random.between(-34.0, 34.0),
                        from[2] + random.between(-40.0, 40.0),
                    ];
                    lung_vessels.push(Vessel { from, to, radius: [2.2, 0.9] });
                }
            }
        }
        let vein = |to, radius| Vessel { from: [-20.0, 24.0, 2.0], to, radius };
        let liver_vessels = vec![
            vein([-100.0, 6.0, -22.0], [5.0, 1.5]),
            vein([-52.0, -52.0, -22.0], [4.5, 1.5]),
            vein([20.0, -48.0, -8.0], [4.0, 1.2]),
            Vessel { from: [-14.0, 4.0, -46.0], to: [-64.0, 10.0, -50.0], radius: [6.0, 3.0] },
            Vessel { from: [-64.0, 10.0, -50.0], to: [-88.0, 34.0, -40.0], radius: [3.0, 1.2] },
        ];
        Self { lung_vessels, liver_vessels }
    }

    /// The slice at height `z` mm.
    pub fn slice(&self, z: f64) -> TorsoSlice {
        let crossing = |vessels: &[Vessel]| vessels.iter().copied().filter(|vessel| vessel.crosses(z)).collect();
        TorsoSlice { lung_vessels: crossing(&self.lung_vessels), liver_vessels: crossing(&self.liver_vessels) }
    }
}

impl TorsoSlice {
    /// Hounsfield units at a point of this slice.
    pub fn hounsfield(&self, point: [f64; 3]) -> f64 {
        let [x, y, _] = point;
        let mut value = AIR;
        if x.abs() < 128.0 {
            let couch = y - 104.0 + 0.001_1 * x * x;
            cover(&mut value, -420.0, 2.0 - couch.abs());
        }
        let depth = rounded(point, [0.0, 0.0], [136.0, 96.0]);
        if depth < -2.0 {
            return value;
        }
        cover(&mut value, 20.0, depth);
        cover(&mut value, FAT, depth - 2.2);
        cover(&mut value, MUSCLE, depth - 12.0 - 2.0 * clouds(point, 30.0, 3));
        cover(&mut value, FAT, 0.7 - (depth - 16.5).abs());
        let cavity = rounded(point, [0.0, -6.0], [105.0, 69.0]);
        if cavity > -2.0 {
            cover(&mut value, self.inside(point), cavity);
        }
        back_muscles(&mut value, point);
        ribs(&mut value, point, cavity);
        spine(&mut value, point);
        value
    }

    /// What fills the rib cage: lungs and mediastinum above the diaphragm, the abdomen below it.
    fn inside(&self, point: [f64; 3]) -> f64 {
        let [x, y, z] = point;
        let dome = |centre: f64, half: f64, top: f64| {
            let (u, v) = ((x - centre) / half, (y + 5.0) / 74.0);
            top - 62.0 * (u * u + v * v)
        };
        let diaphragm = dome(-52.0, 64.0, 22.0).max(dome(56.0, 58.0, 8.0));
        let mut value = self.abdomen(point);
        cover(&mut value, MUSCLE, 0.6 * (z - diaphragm) + 1.2);
        cover(&mut value, self.lung(point), 0.6 * (z - diaphragm));
        mediastinum(&mut value, point, 0.6 * (z - diaphragm));
        value
    }

    fn lung(&self, point: [f64; 3]) -> f64 {
        let mut value = -862.0 + 0.45 * point[1] + 14.0 * clouds(point, 9.0, 5);
        for vessel in &self.lung_vessels {
            cover(&mut value, 45.0, vessel.depth(point));
        }
        value
    }

    fn abdomen(&self, point: [f64; 3]) -> f64 {
        let mut value = FAT + 8.0 * clouds(point, 10.0, 9);
        let stomach = ellipsoid(point, [50.0, -24.0, -34.0], [46.0, 34.0, 40.0]);
        cover(&mut value, 62.0, stomach);
        let content = if point[1] < -36.0 { -960.0 } else { 22.0 };
        cover(&mut value, content, stomach - 4.0);
        cover(&mut value, 122.0, ellipsoid(point, [84.0, 32.0, -32.0], [26.0, 36.0, 42.0]));
        for side in [-1.0, 1.0] {
            let kidney = ellipsoid(point, [side * 52.0, 42.0, -82.0], [24.0, 23.0, 40.0]);
            cover(&mut value, 175.0, kidney);
            cover(&mut value, 120.0, kidney - 8.0);
        }
        let right = ellipsoid(point, [-50.0, -3.0, -30.0], [66.0, 70.0, 58.0]);
        let left = ellipsoid(point, [8.0, -38.0, -14.0], [58.0, 26.0, 36.0]);
        cover(&mut value, 110.0 + 4.0 * clouds(point, 6.0, 13), right.max(left));
        for vessel in &self.liver_vessels {
            cover(&mut value, 150.0, vessel.depth(point));
        }
        cover(&mut value, 8.0, ellipsoid(point, [-34.0, -46.0, -62.0], [13.0, 17.0, 18.0]));
        cover(&mut value, 140.0, ellipse(point, [-20.0, 24.0], [12.0, 10.0]));
        cover(&mut value, BLOOD, ellipse(point, [20.0, 27.0], [11.0, 11.0]));
        value
    }
}

/// Heart, great vessels, airways and the fat about them; nothing of it lies below the diaphragm.
fn mediastinum(value: &mut f64, point: [f64; 3], above_diaphragm: f64) {
    let [x, y, z] = point;
    let heart = ellipsoid(point, [22.0, -22.0, 40.0], [50.0, 40.0, 44.0]);
    let centre = ellipse(point, [4.0, -8.0], [29.0, 64.0]);
    let recess = ellipsoid(point, [-15.0, 15.0, 34.0], [23.0, 17.0, 26.0]);
    let paratracheal = ellipsoid(point, [-25.0, 10.0, 104.0], [22.0, 26.0, 26.0]);
    let fat = centre.max(heart + 4.0).max(recess).max(paratracheal);
    cover(value, -92.0 + 8.0 * clouds(point, 8.0, 17), fat.min(above_diaphragm));

    cover(value, 105.0, heart.min(above_diaphragm));
    for (centre, radii) in [
        ([38.0, -16.0, 36.0], [21.0, 17.0, 30.0]),
        ([2.0, -40.0, 38.0], [24.0, 13.0, 27.0]),
        ([-12.0, -16.0, 46.0], [14.0, 20.0, 22.0]),
        ([14.0, 4.0, 58.0], [24.0, 11.0, 16.0]),
    ] {
        cover(value, BLOOD - 5.0, ellipsoid(point, centre, radii).min(heart - 3.0));
    }
    let span = |low: f64, high: f64| (z - low).min(high - z);
    let tube = |centre: [f64; 2], radius: f64| ellipse(point, centre, [radius, radius]);
    let bridge = |from: [f64; 2], to: [f64; 2], radius: f64| {
        let flat = |[x, y]: [f64; 2]| [x, y, z];
        Vessel { from: flat(from), to: flat(to), radius: [radius, radius] }.depth(point)
    };
    let upper = z - 66.0;
    cover(value, BLOOD, tube([25.0, 30.0], 11.5).min(118.0 - z).min(above_diaphragm));
    cover(value, BLOOD, tube([-10.0, -24.0], 15.0).min(span(72.0, 108.0)));
    cover(value, BLOOD, bridge([-12.0, -22.0], [25.0, 30.0], 12.0).min(span(104.0, 120.0)));
    cover(value, BLOOD + 10.0, tube([-33.0, -18.0], 8.5).min(upper));
    cover(value, BLOOD, bridge([16.0, -30.0], [30.0, -2.0], 12.0).min(span(72.0, 94.0)));
    cover(value, BLOOD, bridge([16.0, -8.0], [-42.0, 0.0], 8.0).min(span(74.0, 88.0)));
    for (centre, radius) in [([-13.0, -18.0], 6.5), ([2.0, -12.0], 4.5), ([15.0, -4.0], 5.0)] {
        cover(value, BLOOD, tube(centre, radius).min(z - 120.0));
    }
    cover(value, BLOOD, tube([-20.0, 24.0], 10.0).min(16.0 - z).min(above_diaphragm));
    cover(value, 42.0, ellipse(point, [9.0, 24.0], [7.0, 5.5]).min(above_diaphragm));

    let spread = (95.0 - z).max(0.0) * 1.1;
    for side in [-1.0, 1.0] {
        let (radius, reach) = if spread > 0.0 { (6.0, 30.0) } else { (9.0, 0.0) };
        let airway = tube([-2.0 + side * spread.min(reach), 4.0], radius).min(z - 68.0);
        cover(value, 20.0, airway + 1.6);
    }
    for side in [-1.0, 1.0] {
        let radius = if spread > 0.0 { 6.0 } else { 9.0 };
        let airway = tube([-2.0 + side * spread.min(30.0), 4.0], radius).min(z - 68.0);
        cover(value, -985.0, airway);
    }
    let sternum = ellipse([x, y, z], [0.0, -79.0], [18.0, 5.5]);
    bone(value, sternum.min(z - 20.0), 1.5, 170.0);
}

fn back_muscles(value: &mut f64, point: [f64; 3]) {
    for side in [-1.0, 1.0] {
        let muscle = ellipse(point, [side * 26.0, 72.0], [23.0, 13.0]);
        cover(value, FAT, muscle + 1.5);
        cover(value, MUSCLE + 4.0 * clouds(point, 5.0, 19), muscle);
    }
}

/// Ribs run down from the spine to the front, so that one slice cuts several of them obliquely.
fn ribs(value: &mut f64, point: [f64; 3], cavity: f64) {
    let [x, y, z] = point;
    if !(-14.0..4.0).contains(&cavity) {
        return;
    }
    let along = y / (x.abs() + y.abs() + 1.0);
    if along < -0.72 {
        return;
    }
    let phase = 2.3 * along - z / 29.0 + if x > 0.0 { 0.12 } else { 0.0 };
    let u = (phase - phase.floor() - 0.5) / 0.17;
    let v = (cavity + 5.5) / 4.4;
    bone(value, (1.0 - (u * u + v * v).sqrt()) * 4.4, 1.4, 190.0);
}

fn spine(value: &mut f64, point: [f64; 3]) {
    let [_, _, z] = point;
    let segment = (z + 300.0) / 29.0;
    let height = (segment - segment.floor() - 0.5).abs() * 29.0;
    let body = ellipse(point, [0.0, 44.0], [19.0, 15.0]);
    if height > 11.5 {
        cover(value, 92.0, body);
    } else {
        let marrow = if height > 10.0 { 420.0 } else { 185.0 + 30.0 * clouds(point, 3.0, 23) };
        bone(value, body, 1.6, marrow);
    }
    for side in [-1.0, 1.0] {
        let process = ellipse(point, [side * 24.0, 62.0], [15.0, 4.5]);
        bone(value, process.min(8.0 - height), 1.5, 200.0);
    }
    bone(value, ellipse(point, [0.0, 83.0], [3.6, 9.0]), 1.2, 220.0);
    bone(value, ellipse(point, [0.0, 66.0], [15.0, 12.5]), 1.8, 230.0);
    cover(value, -60.0, ellipse(point, [0.0, 66.0], [10.5, 8.5]));
    cover(value, 34.0, ellipse(point, [0.0, 66.0], [8.0, 6.5]));
}
