//! The memory of a volume.

use bytemuck::Pod;
use memmap2::MmapMut;
use ndarray::{ArrayView3, ArrayViewMut3};
use std::marker::PhantomData;
use std::ops::Index;

/// Voxel values, indexed `[slice, row, column]`.
///
/// They lie in memory of their own, asked for in large pages where the system has them: for a whole scan the first touch of small
/// pages takes longer than reading and converting the pixels does.
#[derive(Debug)]
pub struct Values<T> {
    shape: [usize; 3],
    /// At least one byte: an empty map is refused by the system.
    map: MmapMut,
    kind: PhantomData<T>,
}

impl<T: Pod> Values<T> {
    /// All values zero; `shape` is \[slices, rows, columns\].
    ///
    /// # Errors
    /// The system has not that much memory.
    pub fn zeros(shape: [usize; 3]) -> std::io::Result<Self> {
        let too_large = || std::io::Error::new(std::io::ErrorKind::OutOfMemory, "the volume is larger than memory can be");
        let bytes = shape.iter().try_fold(size_of::<T>(), |product, &n| product.checked_mul(n)).ok_or_else(too_large)?;
        let map = MmapMut::map_anon(bytes.max(1))?;
        // Only a wish: without large pages everything is as before, but slower.
        #[cfg(target_os = "linux")]
        let _ = map.advise(memmap2::Advice::HugePage);
        Ok(Self { shape, map, kind: PhantomData })
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All values in order: columns fastest, slices slowest.
    pub fn as_slice(&self) -> &[T] {
        // The map begins at a page, so it is aligned for any number.
        bytemuck::cast_slice(&self.map[..self.len() * size_of::<T>()])
    }

    /// The same, to be written.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        let bytes = self.len() * size_of::<T>();
        bytemuck::cast_slice_mut(&mut self.map[..bytes])
    }

    /// As an array.
    pub fn view(&self) -> ArrayView3<'_, T> {
        ArrayView3::from_shape(self.shape, self.as_slice()).expect("the slice has the length of the shape")
    }

    /// As an array, to be written.
    pub fn view_mut(&mut self) -> ArrayViewMut3<'_, T> {
        ArrayViewMut3::from_shape(self.shape, self.as_mut_slice()).expect("the slice has the length of the shape")
    }
}

impl<T: Pod> Index<[usize; 3]> for Values<T> {
    type Output = T;

    /// # Panics
    /// An index is outside of the volume.
    fn index(&self, [slice, row, column]: [usize; 3]) -> &T {
        let [slices, rows, columns] = self.shape;
        assert!(slice < slices && row < rows && column < columns, "the index lies outside of the volume");
        &self.as_slice()[(slice * rows + row) * columns + column]
    }
}

impl<T: Pod + PartialEq> PartialEq for Values<T> {
    fn eq(&self, other: &Self) -> bool {
        self.shape == other.shape && self.as_slice() == other.as_slice()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_column_runs_fastest() {
        let mut values = Values::<i16>::zeros([2, 3, 4]).unwrap();
        values.as_mut_slice().iter_mut().zip(0..).for_each(|(value, place)| *value = place);
        // Slice 1 begins behind 12 values, row 2 behind 8 of its own.
        assert_eq!((values[[1, 2, 3]], values.view()[[1, 2, 3]]), (12 + 8 + 3, 12 + 8 + 3));
        assert!(Values::<f32>::zeros([0, 3, 4]).unwrap().is_empty());
        assert!(Values::<f32>::zeros([usize::MAX, 3, 4]).is_err());
    }
}
