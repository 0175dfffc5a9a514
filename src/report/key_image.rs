//! A lesion as it was measured: a crop of the slice with outline, axes, scale and directions.
//!
//! Drawings are in millimetres of the slice, so that pixels need not be square and every visit of a lesion has the same
//! scale; the crop itself is stored at the resolution of the scan.

use super::picture::{Window, png_address};
use super::wording::{coordinate, millimetres};
use super::{KeyImage, ReportError};
use maud::{Markup, html};
use ndarray::{Axis, Slice};

/// Smallest side of a crop, in millimetres.
const SMALLEST_SIDE_MM: f64 = 100.0;
/// Tissue shown around the largest extent of a lesion, both sides together, in millimetres.
const CONTEXT_MM: f64 = 50.0;
/// Length of the scale bar, in millimetres.
const SCALE_BAR_MM: f64 = 20.0;
/// Longest side of the stored crop and of the stored locator, in pixels.
const CROP_PIXELS: u32 = 512;
const LOCATOR_PIXELS: u32 = 110;

/// The square of the slice that is shown, in millimetres from the centre of the first pixel.
#[derive(Debug, Clone, Copy)]
struct Crop {
    left: f64,
    top: f64,
    side: f64,
}

impl Crop {
    /// A point of the slice, (column, row) in voxels, as a point of the drawing.
    fn place(self, image: &KeyImage, point: [f64; 2]) -> [f64; 2] {
        [point[0] * image.spacing_mm[0] - self.left, point[1] * image.spacing_mm[1] - self.top]
    }
}

/// Whether there is a slice and every position on it is a number.
pub(super) fn can_be_drawn(image: &KeyImage) -> bool {
    !image.pixels.is_empty()
        && image.spacing_mm.iter().all(|&spacing| spacing.is_finite() && spacing > 0.0)
        && marks(image).all(|[column, row]| column.is_finite() && row.is_finite())
}

/// Everything that is drawn on the slice, in voxels.
fn marks(image: &KeyImage) -> impl Iterator<Item = [f64; 2]> {
    image.outline.iter().flatten().chain(&image.long_axis).chain(&image.short_axis).copied()
}

/// First and last millimetre of the marks along columns (`axis` 0) or rows (1).
fn extent_mm(image: &KeyImage, axis: usize) -> (f64, f64) {
    let along = || marks(image).map(|point| point[axis] * image.spacing_mm[axis]);
    (along().fold(f64::INFINITY, f64::min), along().fold(f64::NEG_INFINITY, f64::max))
}

/// Width and height of the slice in millimetres.
fn slice_size_mm(image: &KeyImage) -> [f64; 2] {
    let (rows, columns) = image.pixels.dim();
    [columns as f64 * image.spacing_mm[0], rows as f64 * image.spacing_mm[1]]
}

/// Side of the crop, in millimetres, that suits all pictures of one lesion: the same for every visit, so that they can be
/// compared by eye.
pub(super) fn side_mm<'a>(images: impl Iterator<Item = &'a KeyImage> + Clone) -> f64 {
    let drawn = images.filter(|image| can_be_drawn(image));
    let lesion = drawn.clone().flat_map(|image| [0, 1].map(|axis| extent_mm(image, axis))).map(|(low, high)| high - low);
    let wanted = lesion.fold(0.0, f64::max) + CONTEXT_MM;
    let slice = drawn.flat_map(slice_size_mm).fold(0.0, f64::max);
    ((wanted / 10.0).ceil() * 10.0).max(SMALLEST_SIDE_MM).min(slice)
}

/// The crop around the lesion, moved into the slice where it would leave it.
fn crop_around(image: &KeyImage, side: f64) -> Crop {
    let size = slice_size_mm(image);
    let first = |axis: usize| {
        let (low, high) = extent_mm(image, axis);
        let edge = -0.5 * image.spacing_mm[axis];
        let room = size[axis] - side;
        if room > 0.0 { ((low + high - side) / 2.0).clamp(edge, edge + room) } else { edge + room / 2.0 }
    };
    Crop { left: first(0), top: first(1), side }
}

/// Pixels of one direction that a crop touches.
fn touched(first_mm: f64, side: f64, spacing: f64, count: usize) -> std::ops::Range<usize> {
    let pixel = |mm: f64| (mm / spacing + 0.5).clamp(0.0, count as f64);
    let start = pixel(first_mm).floor() as usize;
    start.min(count - 1)..(pixel(first_mm + side).ceil() as usize).max(start + 1).min(count)
}

/// The drawing of a lesion, its locator, and the window both are shown in.
pub(super) struct Drawing {
    pub(super) crop: Markup,
    pub(super) locator: Markup,
    pub(super) window: Window,
}

/// Draws an image that [`can_be_drawn`] on a square of `side` millimetres.
pub(super) fn draw(image: &KeyImage, side: f64) -> Result<Drawing, ReportError> {
    let png_error = |source| ReportError::Png { lesion: image.lesion.clone(), visit: image.visit.clone(), source };
    let crop = crop_around(image, side);
    let (rows, columns) = image.pixels.dim();
    let [column_mm, row_mm] = image.spacing_mm;
    let shown_columns = touched(crop.left, side, column_mm, columns);
    let shown_rows = touched(crop.top, side, row_mm, rows);
    let pixels = image.pixels.slice_axis(Axis(0), Slice::from(shown_rows.clone()));
    let pixels = pixels.slice_axis_move(Axis(1), Slice::from(shown_columns.clone()));
    let window = Window::for_lesion(image, pixels);
    let crop_size = at_most(CROP_PIXELS, [pixels.ncols() as f64, pixels.nrows() as f64], 1.0);
    let crop_png = png_address(pixels, window, crop_size).map_err(png_error)?;
    let [x, y] = crop.place(image, [shown_columns.start as f64 - 0.5, shown_rows.start as f64 - 0.5]);
    let (width, height) = (pixels.ncols() as f64 * column_mm, pixels.nrows() as f64 * row_mm);
    let description = format!(
        "Lesion {} at {}, {}: long axis {} mm, short axis {} mm",
        image.lesion,
        image.visit,
        image.date,
        millimetres(image.long_axis_mm),
        millimetres(image.short_axis_mm)
    );
    let crop_markup = html! {
        svg.crop viewBox={ "0 0 " (coordinate(side)) " " (coordinate(side)) } role="img" aria-label=(description) {
            image x=(coordinate(x)) y=(coordinate(y)) width=(coordinate(width)) height=(coordinate(height))
                preserveAspectRatio="none" href=(crop_png) {}
            (overlay(image, crop))
        }
    };

    let size = slice_size_mm(image);
    let locator_size = at_most(LOCATOR_PIXELS, size, f64::from(LOCATOR_PIXELS) / size[0].max(size[1]));
    let locator_png = png_address(image.pixels.view(), window, locator_size).map_err(png_error)?;
    let locator = html! {
        svg.locator viewBox={ "0 0 " (coordinate(size[0])) " " (coordinate(size[1])) } role="img"
            aria-label="Whole slice with the place of the picture" {
            image width=(coordinate(size[0])) height=(coordinate(size[1])) preserveAspectRatio="none" href=(locator_png) {}
            rect x=(coordinate(crop.left + column_mm / 2.0)) y=(coordinate(crop.top + row_mm / 2.0))
                width=(coordinate(side)) height=(coordinate(side)) {}
        }
    };
    Ok(Drawing { crop: crop_markup, locator, window })
}

/// A size times `scale`, in whole pixels, with no side above `most`.
fn at_most(most: u32, size: [f64; 2], scale: f64) -> (u32, u32) {
    let scale = scale.min(f64::from(most) / size[0].max(size[1]));
    let whole = |side: f64| ((side * scale).round() as u32).clamp(1, most);
    (whole(size[0]), whole(size[1]))
}

fn overlay(image: &KeyImage, crop: Crop) -> Markup {
    let text_height = crop.side * 0.048;
    let long = image.long_axis.map(|end| crop.place(image, end));
    let short = image.short_axis.map(|end| crop.place(image, end));
    let (long_text, short_text) =
        (format!("{} mm", millimetres(image.long_axis_mm)), format!("{} mm", millimetres(image.short_axis_mm)));
    let (long_label, short_label) = place_labels(crop.side, text_height, (long, &long_text), (short, &short_text));
    let polygons = image.outline.iter().map(|polygon| {
        let points: Vec<String> = polygon
            .iter()
            .map(|&point| crop.place(image, point))
            .map(|[x, y]| format!("{},{}", coordinate(x), coordinate(y)))
            .collect();
        points.join(" ")
    });
    let polygons: Vec<String> = polygons.collect();
    let (bar_left, bar_y) = (crop.side * 0.04, crop.side * 0.955);
    let font = format!("font-size:{}px", coordinate(text_height));
    html! {
        @for ink in ["casing", "ink"] {
            g class=(ink) {
                @for points in &polygons { polygon.outline points=(points) {} }
                (axis("short-axis", short))
                (axis("long-axis", long))
            }
        }
        g.marks style=(font) {
            text.long-axis x=(coordinate(long_label[0])) y=(coordinate(long_label[1])) { (long_text) }
            text.short-axis x=(coordinate(short_label[0])) y=(coordinate(short_label[1])) { (short_text) }
            (directions(image, crop.side, text_height))
            path.scale-bar d={ "M" (coordinate(bar_left)) " " (coordinate(bar_y - 1.0)) "v2m0 -1h" (coordinate(SCALE_BAR_MM)) "m0 -1v2" } {}
            text.scale x=(coordinate(bar_left + SCALE_BAR_MM / 2.0)) y=(coordinate(bar_y - text_height * 0.85)) {
                (coordinate(SCALE_BAR_MM)) " mm"
            }
        }
    }
}

/// An axis with ticks across its ends.
fn axis(name: &str, ends: [[f64; 2]; 2]) -> Markup {
    let [a, b] = ends;
    let [ux, uy] = direction(a, b).unwrap_or([1.0, 0.0]);
    html! {
        line class=(name) x1=(coordinate(a[0])) y1=(coordinate(a[1])) x2=(coordinate(b[0])) y2=(coordinate(b[1])) {}
        @for end in ends {
            line.tick.(name) x1=(coordinate(end[0] - uy)) y1=(coordinate(end[1] + ux))
                x2=(coordinate(end[0] + uy)) y2=(coordinate(end[1] - ux)) {}
        }
    }
}

fn direction(from: [f64; 2], to: [f64; 2]) -> Option<[f64; 2]> {
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let length = dx.hypot(dy);
    (length > 0.0).then(|| [dx / length, dy / length])
}

/// Centres of the two length labels: each just beyond an end of its axis, the pair that disturbs least.
fn place_labels(side: f64, text_height: f64, long: ([[f64; 2]; 2], &str), short: ([[f64; 2]; 2], &str)) -> ([f64; 2], [f64; 2]) {
    let half = |text: &str| [text.chars().count() as f64 * text_height * 0.28, text_height * 0.6];
    let (long_half, short_half) = (half(long.1), half(short.1));
    // Directions stand at the margins.
    let margin = text_height * 1.6;
    let beyond = |[from, to]: [[f64; 2]; 2], half: [f64; 2], fallback: [f64; 2]| {
        let unit = direction(from, to).unwrap_or(fallback);
        let away = text_height * 0.5 + half[0] * unit[0].abs() + half[1] * unit[1].abs();
        let free = [to[0] + unit[0] * away, to[1] + unit[1] * away];
        let inside = [0, 1].map(|i| free[i].min(side - margin - half[i]).max(margin + half[i]));
        (inside, (free[0] - inside[0]).abs() + (free[1] - inside[1]).abs())
    };
    let swapped = |[a, b]: [[f64; 2]; 2]| [b, a];
    let mut best = ([0.0; 2], [0.0; 2]);
    let mut least = f64::INFINITY;
    for long_ends in [long.0, swapped(long.0)] {
        for short_ends in [swapped(short.0), short.0] {
            let (a, moved_a) = beyond(long_ends, long_half, [1.0, 0.0]);
            let (b, moved_b) = beyond(short_ends, short_half, [0.0, 1.0]);
            let overlap = |i: usize| (long_half[i] + short_half[i] - (a[i] - b[i]).abs()).max(0.0);
            let disturbance = overlap(0) * overlap(1) * 10.0 + moved_a + moved_b;
            if disturbance < least {
                (best, least) = ((a, b), disturbance);
            }
        }
    }
    best
}

/// The letters at the four sides: which way the patient lies in the picture.
fn directions(image: &KeyImage, side: f64, text_height: f64) -> Markup {
    let away = |v: [f64; 3]| v.map(|component| -component);
    let (near, middle, far) = (text_height * 0.85, side / 2.0, side - text_height * 0.85);
    let letters_at = [
        (image.row_direction_lps, far, middle),
        (away(image.row_direction_lps), near, middle),
        (image.column_direction_lps, middle, far),
        (away(image.column_direction_lps), middle, near),
    ];
    html! {
        @for (towards, x, y) in letters_at {
            text.direction x=(coordinate(x)) y=(coordinate(y)) { (letters(towards)) }
        }
    }
}

/// Letters of a direction in LPS, the strongest first; a component below 0.3 (17 degrees) is not named.
fn letters(direction_lps: [f64; 3]) -> String {
    let mut named: Vec<(f64, char)> = direction_lps
        .iter()
        .zip([('L', 'R'), ('P', 'A'), ('H', 'F')])
        .map(|(&component, (plus, minus))| (component.abs(), if component > 0.0 { plus } else { minus }))
        .filter(|&(strength, _)| strength >= 0.3)
        .collect();
    named.sort_by(|a, b| b.0.total_cmp(&a.0));
    named.into_iter().map(|(_, letter)| letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_are_named_strongest_first() {
        for (direction, text) in [
            ([1.0, 0.0, 0.0], "L"),
            ([-1.0, 0.0, 0.0], "R"),
            ([0.0, 1.0, 0.0], "P"),
            ([0.0, 0.0, 1.0], "H"),
            ([0.05, -0.2, -0.97], "F"),
            ([0.5, -0.86, 0.0], "AL"),
            ([f64::NAN, 0.0, 0.0], ""),
        ] {
            assert_eq!(letters(direction), text);
        }
    }

    #[test]
    fn labels_of_a_tiny_lesion_do_not_overlap() {
        for degrees in (0..180).step_by(5) {
            let (sin, cos) = f64::from(degrees).to_radians().sin_cos();
            let long = [[50.0 - 3.0 * cos, 50.0 - 3.0 * sin], [50.0 + 3.0 * cos, 50.0 + 3.0 * sin]];
            let short = [[50.0 + 2.0 * sin, 50.0 - 2.0 * cos], [50.0 - 2.0 * sin, 50.0 + 2.0 * cos]];
            let (a, b) = place_labels(100.0, 4.8, (long, "6.0 mm"), (short, "4.0 mm"));
            // Six characters of at least half the text height each.
            assert!((a[0] - b[0]).abs() > 14.4 || (a[1] - b[1]).abs() > 4.8, "{degrees} degrees: {a:?} {b:?}");
        }
    }
}
