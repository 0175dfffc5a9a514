//! Values of slices and volumes in modality units. Called only where something needs them: intensities, pictures,
//! `inspect --pixels`.

use super::dicom_file::{corrupt, unreadable};
use super::frames::{Frames, believable};
use super::guard::guarded;
use super::pixel_plan::PixelPlan;
use super::samples::Modality;
use super::{Error, FrameRef, SourceFile, Stack};
use crate::volume::{Values, Volume, Voxels};
use bytemuck::Pod;
use ndarray::{Array2, ArrayViewMut2, Axis};
use rayon::prelude::*;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// One slice in modality units.
#[derive(Debug, Clone, PartialEq)]
pub struct SlicePixels {
    /// Values, indexed `[row, column]`.
    pub values: Array2<f32>,
    /// True where the stored value is the padding value: no measurement was made there.
    pub padding: Option<Array2<bool>>,
}

/// Decodes one slice of a stack.
///
/// # Errors
/// The file cannot be read or decoded, or its header and its pixels do not agree.
pub fn load_slice(frame: &FrameRef) -> Result<SlicePixels, Error> {
    guarded(&frame.source.shown, || decode_slice(frame))
}

fn decode_slice(frame: &FrameRef) -> Result<SlicePixels, Error> {
    let plan = frame.pixels()?;
    let frames = Frames::open(&frame.source, plan)?;
    let mut buffer = Vec::new();
    let stored = frames.stored(frame.frame, &mut buffer)?;
    let (layout, modality) = (plan.layout, plan.modality(frame.frame));
    let mut values = Array2::zeros((layout.rows, layout.columns));
    if let Some(out) = values.as_slice_mut() {
        layout.fill(&stored, frames.big_endian(), out, |number| modality.value(number) as f32);
    }
    let padding = plan.padding.as_ref().map(|range| {
        let mut padded = Array2::from_elem((layout.rows, layout.columns), false);
        if let Some(out) = padded.as_slice_mut() {
            layout.fill(&stored, frames.big_endian(), out, |number| range.contains(&number));
        }
        padded
    });
    Ok(SlicePixels { values, padding })
}

/// Decodes a whole stack into one volume; slices in parallel, each into its own place.
///
/// # Errors
/// As [`load_slice`], for the first slice that fails.
pub fn load_volume(stack: &Stack) -> Result<Volume, Error> {
    let geometry = stack.geometry.clone();
    let shape = [geometry.slices, geometry.rows, geometry.columns];
    let plans: Result<Vec<&PixelPlan>, Error> = stack.frames.iter().map(FrameRef::pixels).collect();
    let plans = plans?;
    if plans.iter().any(|plan| plan.encapsulated) {
        // A multi-frame file counts once.
        let files: BTreeMap<&SourceFile, u64> =
            stack.frames.iter().map(|frame| (&frame.source, frame.source.length().unwrap_or(0))).collect();
        let decoded = plans.iter().map(|plan| plan.layout.frame_bytes() as u64).sum();
        believable(decoded, files.values().sum(), &stack.frames[0].source.shown)?;
    }
    let whole = |(frame, plan): (&FrameRef, &&PixelPlan)| plan.modality(frame.frame).whole_line(&plan.layout).is_some();
    let voxels = if stack.frames.iter().zip(&plans).all(whole) {
        Voxels::Whole(filled::<i16>(stack, shape)?)
    } else {
        Voxels::Real(filled::<f32>(stack, shape)?)
    };
    Ok(Volume { geometry, voxels })
}

/// A voxel of a volume.
trait Sample: Pod + Send + Sync {
    /// Values of the stored numbers of one frame.
    fn fill(plan: &PixelPlan, modality: &Modality, stored: &[u8], big_endian: bool, out: &mut [Self]);
}

impl Sample for f32 {
    fn fill(plan: &PixelPlan, modality: &Modality, stored: &[u8], big_endian: bool, out: &mut [Self]) {
        plan.layout.fill(stored, big_endian, out, |number| modality.value(number) as f32);
    }
}

impl Sample for i16 {
    /// Every value is a whole number that fits: [`load_volume`] saw to that.
    fn fill(plan: &PixelPlan, modality: &Modality, stored: &[u8], big_endian: bool, out: &mut [Self]) {
        match modality.whole_line(&plan.layout) {
            Some((slope, intercept)) if plan.layout.bytes_per_sample == 2 && !big_endian => {
                plan.layout.fill_words(stored, out, slope, intercept);
            }
            _ => plan.layout.fill(stored, big_endian, out, |number| modality.value(number) as i16),
        }
    }
}

thread_local! {
    /// Fresh memory costs more than what is done with it, so every thread keeps the space it reads slices into.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

fn filled<T: Sample>(stack: &Stack, shape: [usize; 3]) -> Result<Values<T>, Error> {
    let mut values = Values::zeros(shape).map_err(|error| unreadable(&stack.frames[0].source.shown, &error))?;
    let mut view = values.view_mut();
    let mut slots: Vec<Option<ArrayViewMut2<'_, T>>> = view.axis_iter_mut(Axis(0)).map(Some).collect();
    // A multi-frame file is opened once, so its slots travel together.
    let mut jobs: BTreeMap<&SourceFile, Vec<(&FrameRef, ArrayViewMut2<'_, T>)>> = BTreeMap::new();
    for (frame, slot) in stack.frames.iter().zip(&mut slots) {
        jobs.entry(&frame.source).or_default().extend(slot.take().map(|slot| (frame, slot)));
    }
    let jobs: Vec<_> = jobs.into_iter().collect();
    jobs.into_par_iter().try_for_each(|(source, own)| guarded(&source.shown, || fill_from(source, own)))?;
    Ok(values)
}

/// The slices that lie in one file, each into its place.
fn fill_from<T: Sample>(source: &SourceFile, own: Vec<(&FrameRef, ArrayViewMut2<'_, T>)>) -> Result<(), Error> {
    let Some((first, _)) = own.first() else { return Ok(()) };
    let plan = first.pixels()?;
    let frames = Frames::open(source, plan)?;
    own.into_par_iter().try_for_each(|(frame, mut slot)| {
        let changed = || corrupt(&source.shown, "its matrix is not that of its series".to_string());
        if slot.dim() != (plan.layout.rows, plan.layout.columns) {
            return Err(changed());
        }
        let out = slot.as_slice_mut().ok_or_else(changed)?;
        BUFFER.with_borrow_mut(|buffer| {
            let stored = frames.stored(frame.frame, buffer)?;
            T::fill(plan, plan.modality(frame.frame), &stored, frames.big_endian(), out);
            Ok(())
        })
    })
}
