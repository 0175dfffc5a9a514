//! Noise and clouds that make the pictures look scanned, from a seeded linear congruential generator.

/// A linear congruential generator (the multiplier and increment of Knuth's MMIX).
pub struct Lcg(u64);

impl Lcg {
    /// A generator that starts from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number, evenly from 0 up to 1.
    pub fn next(&mut self) -> f64 {
        self.0 = step(self.0);
        (self.0 >> 40) as f64 / f64::from(1u32 << 24)
    }

    /// The next number, evenly between two bounds.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.next()
    }
}

fn step(state: u64) -> u64 {
    state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407)
}

/// A number from 0 up to 1 that belongs to a lattice point.
fn lattice(point: [i64; 3], seed: u64) -> f64 {
    let mut state = seed;
    for coordinate in point {
        state = step(state ^ (coordinate as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        state ^= state >> 29;
    }
    (step(state) >> 40) as f64 / f64::from(1u32 << 24)
}

/// Pixel noise with the short correlation of a reconstructed picture, about -1 to 1, mean 0.
pub fn grain(column: usize, row: usize, slice: usize, seed: u64) -> f64 {
    let at = |c, r| lattice([(column + c) as i64, (row + r) as i64, slice as i64], seed);
    at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1) - 2.0
}

/// Smooth clouds of about `cell_mm` across, -1 to 1.
pub fn clouds(point: [f64; 3], cell_mm: f64, seed: u64) -> f64 {
    let scaled = point.map(|c| c / cell_mm);
    let corner = scaled.map(|c| c.floor() as i64);
    let weight: [f64; 3] = std::array::from_fn(|i| {
        let t = scaled[i] - scaled[i].floor();
        t * t * (3.0 - 2.0 * t)
    });
    let mut sum = 0.0;
    for bits in 0..8i64 {
        let offset = [bits & 1, bits >> 1 & 1, bits >> 2 & 1];
        let share: f64 = (0..3).map(|i| if offset[i] == 1 { weight[i] } else { 1.0 - weight[i] }).product();
        let neighbour = std::array::from_fn(|i| corner[i] + offset[i]);
        sum += share * (2.0 * lattice(neighbour, seed) - 1.0);
    }
    sum
}
