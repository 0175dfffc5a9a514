//! Gray pictures: which window a lesion is shown in, and the pixels as PNG.

use super::KeyImage;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, GrayImage, ImageEncoder, ImageError, imageops};
use ndarray::ArrayView2;

/// How far around a lesion tissue decides between the lung and the soft tissue window.
const SURROUNDINGS_MM: f64 = 15.0;
/// Below this a voxel of a CT is air or lung.
const AERATED_HU: f32 = -500.0;

/// A linear window: `centre - width / 2` is black, `centre + width / 2` is white.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Window {
    pub(super) centre: f64,
    pub(super) width: f64,
    pub(super) name: &'static str,
}

const SOFT_TISSUE: Window = Window { centre: 40.0, width: 400.0, name: "soft tissue" };
const LUNG: Window = Window { centre: -600.0, width: 1500.0, name: "lung" };
const BONE: Window = Window { centre: 400.0, width: 1800.0, name: "bone" };

impl Window {
    /// The window a radiologist would choose for this lesion: by tissue on CT, else the image's own, else the middle 98 %
    /// of the values in `crop`.
    pub(super) fn for_lesion(image: &KeyImage, crop: ArrayView2<f32>) -> Self {
        if image.modality == "CT" {
            return if image.site.to_lowercase().contains("bone") {
                BONE
            } else if mostly_aerated_around(image) {
                LUNG
            } else {
                SOFT_TISSUE
            };
        }
        match image.window {
            Some((centre, width)) if centre.is_finite() && width.is_finite() && width > 0.0 => {
                Self { centre, width, name: "window of the image" }
            }
            _ => Self::middle_98_percent(crop),
        }
    }

    fn middle_98_percent(crop: ArrayView2<f32>) -> Self {
        let mut values: Vec<f32> = crop.iter().copied().filter(|value| value.is_finite()).collect();
        values.sort_by(f32::total_cmp);
        let at = |fraction: f64| {
            let rank = (fraction * values.len().saturating_sub(1) as f64).round() as usize;
            values.get(rank).map_or(0.0, |&value| f64::from(value))
        };
        let (low, high) = (at(0.01), at(0.99));
        let width = if high > low { high - low } else { 1.0 };
        Self { centre: (low + high) / 2.0, width, name: "1st to 99th percentile" }
    }

    /// Gray level of a value in modality units, 0 to 255. What is not a number is black.
    pub(super) fn gray(self, value: f32) -> u8 {
        let fraction = (f64::from(value) - (self.centre - self.width / 2.0)) / self.width;
        (fraction * 255.0).round() as u8
    }
}

/// Whether more than half of the voxels within 15 mm outside the lesion are air or lung.
fn mostly_aerated_around(image: &KeyImage) -> bool {
    let [column_mm, row_mm] = image.spacing_mm;
    let in_mm = |point: &[f64; 2]| [point[0] * column_mm, point[1] * row_mm];
    let outline: Vec<Vec<[f64; 2]>> = if image.outline.iter().any(|polygon| !polygon.is_empty()) {
        image.outline.iter().map(|polygon| polygon.iter().map(in_mm).collect()).collect()
    } else {
        vec![image.long_axis.iter().map(in_mm).collect()]
    };
    let points = || outline.iter().flatten();
    let range = |axis: usize, spacing: f64, count: usize| {
        let low = points().map(|point| point[axis]).fold(f64::INFINITY, f64::min) - SURROUNDINGS_MM;
        let high = points().map(|point| point[axis]).fold(f64::NEG_INFINITY, f64::max) + SURROUNDINGS_MM;
        ((low / spacing).ceil().max(0.0) as usize).min(count)..((high / spacing).floor() + 1.0).clamp(0.0, count as f64) as usize
    };
    let (rows, columns) = image.pixels.dim();
    let (mut aerated, mut seen) = (0_usize, 0_usize);
    for row in range(1, row_mm, rows) {
        for column in range(0, column_mm, columns) {
            let here = [column as f64 * column_mm, row as f64 * row_mm];
            if distance_outside(here, &outline).is_some_and(|distance| distance <= SURROUNDINGS_MM) {
                seen += 1;
                aerated += usize::from(image.pixels[[row, column]] < AERATED_HU);
            }
        }
    }
    2 * aerated > seen
}

/// Distance of a point to closed polygons; `None` inside them (even-odd rule).
fn distance_outside(point: [f64; 2], polygons: &[Vec<[f64; 2]>]) -> Option<f64> {
    let mut inside = false;
    let mut nearest_squared = f64::INFINITY;
    for polygon in polygons {
        let Some(mut a) = polygon.last() else { continue };
        for b in polygon {
            if (a[1] > point[1]) != (b[1] > point[1]) && point[0] < a[0] + (point[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0]) {
                inside = !inside;
            }
            let along = [b[0] - a[0], b[1] - a[1]];
            let to_point = [point[0] - a[0], point[1] - a[1]];
            let length_squared = along[0] * along[0] + along[1] * along[1];
            let t = if length_squared > 0.0 {
                ((to_point[0] * along[0] + to_point[1] * along[1]) / length_squared).clamp(0.0, 1.0)
            } else {
                0.0
            };
            let (dx, dy) = (to_point[0] - t * along[0], to_point[1] - t * along[1]);
            nearest_squared = nearest_squared.min(dx * dx + dy * dy);
            a = b;
        }
    }
    (!inside).then(|| nearest_squared.sqrt())
}

/// The pixels as an 8-bit gray PNG of `size` (columns, rows), written as a `data:` address.
pub(super) fn png_address(pixels: ArrayView2<f32>, window: Window, size: (u32, u32)) -> Result<String, ImageError> {
    let (rows, columns) = pixels.dim();
    let mut gray = GrayImage::from_fn(columns as u32, rows as u32, |column, row| {
        image::Luma([window.gray(pixels[[row as usize, column as usize]])])
    });
    if gray.dimensions() != size {
        gray = imageops::resize(&gray, size.0, size.1, imageops::FilterType::Triangle);
    }
    let mut png = Vec::new();
    PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::Adaptive).write_image(
        gray.as_raw(),
        gray.width(),
        gray.height(),
        ExtendedColorType::L8,
    )?;
    Ok(format!("data:image/png;base64,{}", STANDARD.encode(png)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    /// A 10 mm square lesion of 30 HU in the middle of a 100 mm slice of 1 mm pixels.
    fn lesion_in(surroundings: f32) -> KeyImage {
        let pixels = Array2::from_shape_fn((100, 100), |(row, column)| {
            if (45..55).contains(&row) && (45..55).contains(&column) { 30.0 } else { surroundings }
        });
        KeyImage {
            modality: "CT".into(),
            pixels,
            spacing_mm: [1.0, 1.0],
            outline: vec![vec![[44.5, 44.5], [54.5, 44.5], [54.5, 54.5], [44.5, 54.5]]],
            ..KeyImage::default()
        }
    }

    #[test]
    fn the_tissue_around_decides_the_window_of_a_ct() {
        let window = |image: &KeyImage| Window::for_lesion(image, image.pixels.view()).name;
        assert_eq!(window(&lesion_in(-850.0)), "lung");
        assert_eq!(window(&lesion_in(50.0)), "soft tissue");
        let far_air = {
            let mut image = lesion_in(50.0);
            image.pixels.rows_mut().into_iter().take(25).for_each(|mut row| row.fill(-1000.0));
            image
        };
        assert_eq!(window(&far_air), "soft tissue");
        assert_eq!(window(&KeyImage { site: "Bone".into(), ..lesion_in(50.0) }), "bone");
        assert_eq!(window(&KeyImage { outline: vec![], long_axis: [[45.0, 50.0], [54.0, 50.0]], ..lesion_in(-850.0) }), "lung");
    }

    #[test]
    fn other_modalities_use_their_own_window_or_the_middle_of_their_values() {
        let mr = KeyImage { modality: "MR".into(), ..KeyImage::default() };
        let values = Array2::from_shape_fn((1, 101), |(_, column)| column as f32);
        let percentiles = Window::for_lesion(&mr, values.view());
        assert_eq!((percentiles.centre, percentiles.width), (50.0, 98.0));
        let own = Window::for_lesion(&KeyImage { window: Some((300.0, 600.0)), ..mr.clone() }, values.view());
        assert_eq!((own.centre, own.width), (300.0, 600.0));
        let flat = Window::for_lesion(&KeyImage { window: Some((1.0, 0.0)), ..mr }, Array2::zeros((0, 0)).view());
        assert!(flat.width > 0.0);
    }

    #[test]
    fn gray_levels_follow_the_window() {
        // W 400 L 40 spans -160 to 240 HU: a quarter of the way is 255 / 4 = 63.75.
        for (hu, gray) in [(-1000.0, 0), (-160.0, 0), (-60.0, 64), (140.0, 191), (240.0, 255), (3000.0, 255), (f32::NAN, 0)] {
            assert_eq!(SOFT_TISSUE.gray(hu), gray, "{hu} HU");
        }
    }
}
