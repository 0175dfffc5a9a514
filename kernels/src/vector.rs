//! Vectors in space.

pub(crate) type Vector = [f64; 3];

pub(crate) fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(crate) fn cross_product(a: Vector, b: Vector) -> Vector {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// The volume of the parallelepiped they span, negative for a left-handed set.
pub(crate) fn determinant([a, b, c]: [Vector; 3]) -> f64 {
    dot(cross_product(a, b), c)
}

/// `a` times the first plus `b` times the second.
pub(crate) fn combine(a: f64, first: Vector, b: f64, second: Vector) -> Vector {
    std::array::from_fn(|axis| a * first[axis] + b * second[axis])
}

pub(crate) fn difference(a: Vector, b: Vector) -> Vector {
    std::array::from_fn(|axis| a[axis] - b[axis])
}

pub(crate) fn length(a: Vector) -> f64 {
    dot(a, a).sqrt()
}

pub(crate) fn unit(a: Vector) -> Vector {
    let length = length(a);
    a.map(|value| value / length)
}
