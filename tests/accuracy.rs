//! Lengths and volumes of solids of known size: the study of `examples/accuracy`, and what holds for every trial of it.

#[path = "../examples/accuracy/study.rs"]
mod study;

use study::{Errors, Group, PUBLISHED, PUBLISHED_SPACING_MM, SHAPES, bias_and_sd, study};

#[test]
fn biases_are_the_published_ones() {
    // The means of several shapes settle sooner than that of the one cuboid.
    let trials = |group| if group == Group::Cuboid { 2000 } else { 200 };
    let errors = SHAPES.map(|shape| study(&shape, PUBLISHED_SPACING_MM, trials(shape.group), 1).unwrap());
    for published in PUBLISHED {
        let of_group = SHAPES.iter().zip(&errors).filter(|(shape, _)| shape.group == published.group);
        let trials: Vec<Errors> = of_group.flat_map(|(_, errors)| errors.clone()).collect();
        assert!(published.missed(&trials).is_empty(), "{:?}: {:?}", published.group, published.differences_hundredths(&trials));
    }
    for (shape, trials) in SHAPES.iter().zip(&errors) {
        for errors in trials {
            // The voxel centres of a solid lie inside it, and no section is longer than the one through its centre.
            assert!(errors.long_mm[0] <= 1e-9 && errors.max_3d_mm[0] <= 1e-9, "{shape}: {errors:?}");
            // The points of a level move apart evenly with the level, so the distance of two of them is a convex function of it, and
            // so is the greatest of these distances: at a quarter it is at most the mean of those at 0 and at a half.
            let [centre, quarter, edge, _] = errors.long_mm;
            assert!(quarter <= (centre + edge) / 2.0 + 1e-9, "{shape}: {errors:?}");
        }
        // A place at random makes the count of voxels an unbiased estimate of the volume.
        let [bias, sd] = bias_and_sd(trials.iter().map(|errors| errors.volume_percent[0]));
        assert!(bias.abs() <= 4.0 * sd / (trials.len() as f64).sqrt(), "{shape}: volume {bias} %");
    }
}
