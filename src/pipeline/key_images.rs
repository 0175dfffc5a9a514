//! The measured slice of every target and new lesion at every visit, decoded for the report.

use super::findings::Case;
use super::marks::Marked;
use crate::ingest::{SlicePixels, load_slice};
use crate::measure::outline_of_slice;
use crate::problem::Problem;
use crate::protocol::trial::Trial;
use crate::report::KeyImage;
use crate::response::facts::Role;
use std::collections::BTreeMap;

/// Key images of one subject. A picture that cannot be decoded is a problem, not a failure: no figure depends on it.
pub(super) fn key_images(case: &Case<'_>, _trial: &Trial, problems: &mut Vec<Problem>) -> Vec<KeyImage> {
    let mut images = Vec::new();
    for (at, timepoint) in case.timepoints.iter().enumerate() {
        if !timepoint.failures.is_empty() {
            continue;
        }
        // Lesions often share a slice.
        let mut decoded: BTreeMap<(String, u32), SlicePixels> = BTreeMap::new();
        for (place, lesion) in case.lesions.all.iter().enumerate().filter(|(_, lesion)| lesion.facts.role != Role::NonTarget) {
            let Marked::Measured(measured) = &case.marked[at][place] else { continue };
            let (mark, figures) = (measured.mark, &measured.measurement);
            let (Some(slice), Ok(stack)) = (figures.slice, &mark.series.stack) else { continue };
            let Some(frame) = stack.frames.get(slice.index).filter(|_| mark.loaded.on_image_grid) else { continue };
            let key = (frame.source.shown.clone(), frame.frame);
            if !decoded.contains_key(&key) {
                match load_slice(frame) {
                    Ok(pixels) => {
                        decoded.insert(key.clone(), pixels);
                    }
                    Err(error) => {
                        let problem = error.to_problem();
                        problems.push(
                            Problem::warning(
                                "no-picture",
                                format!("{}: no key image: {}", lesion.facts.lesion, problem.message),
                                "look at the series with `recist inspect --pixels`; no figure depends on the picture",
                            )
                            .in_file(frame.source.shown.clone()),
                        );
                        continue;
                    }
                }
            }
            let Some(pixels) = decoded.get(&key) else { continue };
            let geometry = &mark.loaded.mask.geometry;
            images.push(KeyImage {
                lesion: lesion.facts.lesion.clone(),
                visit: timepoint.visit.clone(),
                date: timepoint.date,
                modality: mark.series.modality.clone(),
                pixels: pixels.values.clone(),
                spacing_mm: geometry.spacing_mm,
                outline: outline_of_slice(&mark.segment.runs, slice.index),
                long_axis: figures.long_axis,
                short_axis: figures.short_axis,
                long_axis_mm: figures.long_axis_mm,
                short_axis_mm: figures.short_axis_mm,
                nodal: lesion.facts.nodal,
                slice_index: slice.index,
                slices: geometry.slices,
                position_mm: slice.position_mm,
                row_direction_lps: geometry.row_direction.into(),
                column_direction_lps: geometry.column_direction.into(),
                window: mark.series.window,
                site: lesion.facts.site.clone().unwrap_or_default(),
            });
        }
    }
    images
}
