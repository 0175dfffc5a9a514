//! Runs of label volumes and bits against a look at every voxel: all types, sizes around every block, any cut into slabs.

use std::collections::BTreeMap;
use std::fmt::Debug;

use proptest::prelude::*;
use recist_kernels::{LabelCollector, Run, RunsByLabel, Voxel, bit_runs, labelled_runs, line_runs, row_runs, volume_runs};

/// The runs of a volume, voxel by voxel: one begins where a voxel differs from the one before it in its row.
fn judged<T: Copy>(voxels: &[T], columns: usize, rows: usize, background: T, same: impl Fn(T, T) -> bool) -> Vec<(T, Run)> {
    let mut runs: Vec<(T, Run)> = Vec::new();
    for (index, &voxel) in voxels.iter().enumerate() {
        let (line, column) = (index / columns, (index % columns) as u32);
        let (slice, row) = ((line / rows) as u32, (line % rows) as u32);
        if same(voxel, background) {
            continue;
        }
        match runs.last_mut() {
            Some((label, run)) if (run.slice, run.row, run.end) == (slice, row, column) && same(*label, voxel) => run.end += 1,
            _ => runs.push((voxel, Run { slice, row, start: column, end: column + 1 })),
        }
    }
    runs
}

/// Columns, rows and voxels: stretches of all lengths around 32, 64 and 4096 bytes of any type, more or less background.
fn volumes(labels: u16) -> impl Strategy<Value = (usize, usize, Vec<u16>)> {
    let sizes = prop::sample::select(vec![1usize, 7, 8, 31, 33, 63, 64, 65, 127, 200, 511, 512, 513, 1024, 4095, 4097]);
    let lengths =
        prop::sample::select(vec![1usize, 1, 2, 5, 7, 8, 9, 15, 31, 32, 33, 64, 65, 130, 500, 511, 1024, 4095, 4096, 9000]);
    let stretch = (prop::bool::weighted(0.6), 1..=labels, lengths);
    (sizes, 1usize..5, 1usize..4, prop::collection::vec(stretch, 1..120)).prop_map(|(columns, rows, slices, stretches)| {
        let size = columns * rows * slices;
        let of = |(is_background, label, length): (bool, u16, usize)| vec![if is_background { 0 } else { label }; length];
        let voxels: Vec<u16> = stretches.into_iter().cycle().flat_map(of).take(size).collect();
        (columns, rows, voxels)
    })
}

/// All doors give what the judge finds, with the first voxel at any place of memory and the volume cut between any rows.
fn check<T: Voxel + Debug + PartialEq>(labels: &[u16], columns: usize, rows: usize, cut: usize, of: impl Fn(u16) -> T) {
    let voxels: Vec<T> = labels.iter().map(|&label| of(label)).collect();
    let expected = judged(&voxels, columns, rows, of(0), |a, b| a == b);
    let mut found = Vec::new();
    labelled_runs(&voxels, columns, rows, of(0), &mut |label, run| found.push((label, run)));
    assert_eq!(found, expected);

    // In two pieces, the second of them somewhere else in memory.
    let line = cut % (voxels.len() / columns + 1);
    let (first, second) = voxels.split_at(line * columns);
    let moved: Vec<T> = std::iter::repeat_n(of(1), cut % 7).chain(second.iter().copied()).collect();
    found.clear();
    line_runs(first, columns, rows, 0, of(0), &mut |label, run| found.push((label, run)));
    line_runs(&moved[cut % 7..], columns, rows, line, of(0), &mut |label, run| found.push((label, run)));
    assert_eq!(found, expected);

    found.clear();
    for (line, row) in voxels.chunks(columns).enumerate() {
        row_runs(row, of(0), (line / rows) as u32, (line % rows) as u32, &mut |label, run| found.push((label, run)));
    }
    assert_eq!(found, expected);
}

fn by_label(runs: &[(u16, Run)]) -> RunsByLabel {
    let mut sorted: RunsByLabel = BTreeMap::new();
    runs.iter().for_each(|&(label, run)| sorted.entry(label.into()).or_default().push(run));
    sorted
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn every_type((columns, rows, labels) in volumes(100), cut in 0usize..10_000) {
        check::<u8>(&labels, columns, rows, cut, |label| label as u8);
        check::<i8>(&labels, columns, rows, cut, |label| -(label as i8));
        check::<bool>(&labels, columns, rows, cut, |label| label % 2 == 1);
        check::<u16>(&labels, columns, rows, cut, |label| label * 256);
        check::<i16>(&labels, columns, rows, cut, |label| label as i16 - 50);
        check::<u32>(&labels, columns, rows, cut, |label| u32::from(label) << 24);
        check::<i32>(&labels, columns, rows, cut, |label| -i32::from(label));
        check::<f32>(&labels, columns, rows, cut, f32::from);
        check::<u64>(&labels, columns, rows, cut, |label| u64::from(label) << 40);
        check::<i64>(&labels, columns, rows, cut, |label| -i64::from(label));
        check::<f64>(&labels, columns, rows, cut, |label| f64::from(label) / 3.0);
    }

    #[test]
    fn three_hundred_labels_on_any_number_of_threads((columns, rows, labels) in volumes(300), threads in 1usize..6) {
        let expected = by_label(&judged(&labels, columns, rows, 0, |a, b| a == b));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        prop_assert_eq!(pool.install(|| volume_runs(&labels, columns, rows, 0, u32::from)), expected);
    }

    #[test]
    fn values_of_one_label_are_one_run((columns, rows, labels) in volumes(300)) {
        // Far labels too, and every two values are one label.
        let label_of = |value: u16| u32::from(value / 2) * 100_000;
        let halved: Vec<u16> = labels.iter().map(|value| value / 2).collect();
        let expected: RunsByLabel = by_label(&judged(&halved, columns, rows, 0, |a, b| a == b))
            .into_iter().map(|(label, runs)| (label * 100_000, runs)).collect();
        let mut found = volume_runs(&labels, columns, rows, 0, label_of);
        // Value 1 is not background, but its label is that of nothing.
        found.remove(&0);
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn bits((columns, rows, labels) in volumes(1), first_bit in 0usize..70, noise in any::<bool>()) {
        let expected: Vec<Run> = judged(&labels, columns, rows, 0, |a, b| a == b).into_iter().map(|(_, run)| run).collect();
        let mut bits = vec![if noise { 0xff } else { 0 }; (first_bit + labels.len()).div_ceil(8) + usize::from(noise)];
        for (index, &label) in labels.iter().enumerate() {
            let (byte, bit) = ((first_bit + index) / 8, (first_bit + index) % 8);
            bits[byte] = bits[byte] & !(1 << bit) | (label as u8) << bit;
        }
        let frame = columns * rows;
        let mut found = Vec::new();
        for slice in 0..labels.len() / frame {
            bit_runs(&bits, first_bit + slice * frame, columns, rows, slice as u32, &mut found);
        }
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn negative_zero_is_background_and_nan_is_a_value() {
    let mut voxels = vec![0.0f32; 5000];
    voxels[100..4900].fill(-0.0);
    voxels[4500] = 1.0;
    voxels[4600..4650].fill(f32::NAN);
    let mut found = Vec::new();
    labelled_runs(&voxels, 5000, 1, 0.0, &mut |label, run| found.push((label, run.start, run.end)));
    assert_eq!(found.len(), 2);
    assert_eq!(found[0], (1.0, 4500, 4501));
    assert!(found[1].0.is_nan());
    assert_eq!((found[1].1, found[1].2), (4600, 4650));

    let same = |a: f32, b: f32| a == b || a.to_bits() == b.to_bits();
    let background = judged(&voxels, 5000, 1, f32::NAN, same);
    found.clear();
    labelled_runs(&voxels, 5000, 1, f32::NAN, &mut |label, run| found.push((label, run.start, run.end)));
    assert_eq!(found, background.iter().map(|&(label, run)| (label, run.start, run.end)).collect::<Vec<_>>());
}

#[test]
fn a_collector_counts_and_joins() {
    let run = |row, start, end| Run { slice: 0, row, start, end };
    let mut first = LabelCollector::default();
    first.push(7, run(0, 0, 4));
    first.push(7, run(0, 4, 6));
    first.push(1 << 20, run(0, 6, 8));
    let mut second = LabelCollector::default();
    second.push(7, run(1, 0, 4));
    second.push(3, run(1, 4, 5));
    first.append(second);
    assert_eq!((first.labels(), first.runs()), (3, 4));
    let expected = [(3, vec![run(1, 4, 5)]), (7, vec![run(0, 0, 6), run(1, 0, 4)]), (1 << 20, vec![run(0, 6, 8)])];
    assert_eq!(first.into_runs(), BTreeMap::from(expected));
}

#[test]
fn nothing() {
    assert!(volume_runs::<u8>(&[], 0, 0, 0, u32::from).is_empty());
    assert!(volume_runs(&[0u8; 12], 4, 3, 0, u32::from).is_empty());
    let mut found = Vec::new();
    bit_runs(&[], 0, 4, 0, 0, &mut found);
    assert!(found.is_empty());
}

#[test]
#[should_panic(expected = "not a whole number of rows")]
fn rows_that_end_early() {
    line_runs(&[0u8; 7], 3, 2, 0, 0, &mut |_, _| {});
}
