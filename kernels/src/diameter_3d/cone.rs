//! Directions in space, divided into cones.

use crate::vector::{Vector, dot};

/// The directions through a square on one side of the cube from -1 to 1.
pub(super) struct Cone {
    /// The axis through the middle of the side.
    axis: usize,
    /// Middle of the square on the side.
    middle: [f64; 2],
    /// Half the width of the square.
    half: f64,
}

impl Cone {
    /// The cones of three sides that meet: of every direction they hold it or its opposite.
    pub(super) fn halves_of_space() -> [Cone; 3] {
        [0, 1, 2].map(|axis| Cone { axis, middle: [0.0; 2], half: 1.0 })
    }

    /// Its parts.
    pub(super) fn quarters(&self) -> [Cone; 4] {
        let half = self.half / 2.0;
        self.around_middle(half).map(|middle| Cone { axis: self.axis, middle, half })
    }

    /// Whether it is too narrow to be worth a division.
    pub(super) fn is_finest(&self) -> bool {
        self.half < 1e-3
    }

    /// The direction through the middle of the square, a unit vector.
    pub(super) fn middle(&self) -> Vector {
        self.through(self.middle)
    }

    /// Cosine of the greatest angle to the middle.
    ///
    /// All directions within an angle form a convex cone, so one that holds the corners of the square holds the square.
    pub(super) fn cosine(&self) -> f64 {
        let middle = self.middle();
        self.around_middle(self.half).map(|corner| dot(middle, self.through(corner))).into_iter().fold(1.0, f64::min)
    }

    /// Four points of the side, that far from the middle in both ways.
    fn around_middle(&self, far: f64) -> [[f64; 2]; 4] {
        let [a, b] = self.middle;
        [[a - far, b - far], [a - far, b + far], [a + far, b - far], [a + far, b + far]]
    }

    fn through(&self, [a, b]: [f64; 2]) -> Vector {
        let mut direction = [1.0, a, b];
        direction.rotate_right(self.axis);
        let length = dot(direction, direction).sqrt();
        direction.map(|value| value / length)
    }
}
