//! Sum of diameters against time, on real days, with the two limits that decide the target response.

use super::wording::{coordinate, response_tint};
use super::{SubjectReport, TimepointRow};
use crate::units::Micrometres;
use maud::{Markup, html};

const WIDTH: f64 = 1000.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 800.0;
const HEIGHT: f64 = 260.0;
/// Distance between two lines of text, and between two names at the right.
const LINE: f64 = 15.0;
/// Width of one character at the size of the chart's text.
const CHARACTER: f64 = 6.6;
/// Colour and dash of the targets' lines: both differ, and every line carries its name.
const TARGET_LINES: [(&str, &str); 5] =
    [("#0072b2", "none"), ("#b34700", "7 3"), ("#00725a", "2 3"), ("#9a3f7d", "9 3 2 3"), ("#7a5c00", "4 2")];

/// A line broken where there is no figure.
type Line = Vec<Option<(f64, f64)>>;

struct Scale {
    first_day: i32,
    days: f64,
    top_mm: f64,
    top: f64,
}

impl Scale {
    fn x(&self, day: i32) -> f64 {
        let fraction = if self.days > 0.0 { f64::from(day - self.first_day) / self.days } else { 0.5 };
        LEFT + 30.0 + fraction * (RIGHT - LEFT - 60.0)
    }

    fn y(&self, mm: f64) -> f64 {
        self.top + HEIGHT * (1.0 - mm / self.top_mm)
    }
}

/// Days from the baseline (or the first timepoint) to every timepoint.
pub(super) fn days_since_baseline(timepoints: &[TimepointRow]) -> Vec<i32> {
    let baseline = timepoints.iter().find(|row| row.baseline).or(timepoints.first());
    timepoints.iter().map(|row| baseline.map_or(0, |baseline| (row.date - baseline.date).get_days())).collect()
}

/// The sum that would be progression at a timepoint with this nadir: 20 % and 5 mm above it.
fn progression_limit_mm(nadir: Micrometres) -> f64 {
    (nadir.mm() * 1.2).max(nadir.mm() + 5.0)
}

/// Draws the course of one subject. Empty without timepoints or without any length.
pub(super) fn sum_against_time(subject: &SubjectReport) -> Markup {
    let rows = &subject.timepoints;
    let days = days_since_baseline(rows);
    let targets: Vec<_> = subject.lesions.iter().filter(|lesion| lesion.role == "target").collect();
    let diameters = targets.iter().flat_map(|lesion| &lesion.cells).filter_map(|cell| cell.diameter);
    let sums = rows.iter().flat_map(|row| [row.sum, row.partial_sum]).flatten();
    let limits = rows.iter().filter_map(|row| row.nadir).map(progression_limit_mm);
    let lengths: Vec<f64> = diameters.chain(sums).map(Micrometres::mm).chain(limits).collect();
    if rows.is_empty() || lengths.is_empty() {
        return html! { p.note { "There is no sum of diameters to draw." } };
    }
    let largest = lengths.into_iter().fold(10.0, f64::max);
    let step = [2.0, 5.0, 10.0, 20.0, 25.0, 50.0, 100.0, 200.0, 500.0].into_iter().find(|step| largest / step <= 6.0);
    let step = step.unwrap_or(1000.0);

    let first_day = days.iter().copied().min().unwrap_or(0);
    let last_day = days.iter().copied().max().unwrap_or(0);
    let mut scale = Scale { first_day, days: f64::from(last_day - first_day), top_mm: (largest / step).ceil() * step, top: 0.0 };
    let class_of = |row: &TimepointRow| if row.baseline { "baseline".to_string() } else { row.overall.clone() };
    let new_of = |row: &TimepointRow| match row.new_lesion.as_str() {
        "unequivocal" => "new lesion",
        "equivocal" => "new lesion?",
        _ => "",
    };
    let place = |texts: Vec<[String; 2]>| {
        let widths = texts.iter().map(|lines| lines.iter().map(|line| line.chars().count()).max().unwrap_or(0));
        let widths: Vec<f64> = widths.map(|characters| characters as f64 * CHARACTER + 8.0).collect();
        let places = days.iter().map(|&day| scale.x(day)).zip(widths);
        (tiers(places), texts)
    };
    let (class_tiers, classes) = place(rows.iter().map(|row| [class_of(row), new_of(row).to_string()]).collect());
    let (visit_tiers, visits) =
        place(rows.iter().zip(&days).map(|(row, day)| [row.visit.clone(), format!("{} (day {day})", row.date)]).collect());
    let highest = |tiers: &[usize]| tiers.iter().copied().max().unwrap_or(0) as f64;
    scale.top = (highest(&class_tiers) + 1.0) * 2.0 * LINE + 12.0;
    let bottom = scale.top + HEIGHT;
    let total_height = bottom + (highest(&visit_tiers) + 1.0) * (2.0 * LINE + 4.0) + 14.0;

    let line_of = |lengths: &mut dyn Iterator<Item = Option<Micrometres>>| -> Line {
        days.iter().zip(lengths).map(|(&day, length)| length.map(|length| (scale.x(day), scale.y(length.mm())))).collect()
    };
    let sum_line = line_of(&mut rows.iter().map(|row| row.sum));
    let nadir = smallest_sum(rows);
    let baseline_sum = rows.iter().find(|row| row.baseline).and_then(|row| row.sum);
    let limit_steps = progression_steps(rows, &days, &scale);

    let mut names: Vec<Name> = Vec::new();
    let mut name = |text: String, class: &'static str, colour: &'static str, from: Option<(f64, f64)>| {
        names.extend(from.map(|from| Name { text, class, colour, from, y: from.1 }));
    };
    let mut target_lines = Vec::new();
    for (index, lesion) in targets.iter().enumerate() {
        let (colour, dash) = TARGET_LINES[index % TARGET_LINES.len()];
        let line = line_of(&mut lesion.cells.iter().map(|cell| cell.diameter));
        name(lesion.lesion.clone(), "target", colour, line.iter().flatten().next_back().copied());
        target_lines.push((line, colour, dash));
    }
    name("sum of diameters".into(), "sum", "#111", sum_line.iter().flatten().next_back().copied());
    let response_limit = baseline_sum.map(|sum| Micrometres(sum.0 * 7 / 10));
    if let Some(limit) = response_limit {
        name(format!("PR limit {limit} (-30 %)"), "pr-limit", "#0b5c8a", Some((RIGHT, scale.y(limit.mm()))));
    }
    name("PD limit".into(), "pd-limit", "#9a3412", limit_steps.last().map(|&(_, to, y, _)| (to, y)));
    spread(&mut names, scale.top, bottom);

    html! {
        figure.course {
            svg viewBox={ "0 0 " (coordinate(WIDTH)) " " (coordinate(total_height)) } role="img"
                aria-label={ "Sum of diameters of " (subject.subject) " against days since baseline; the figures are in the table below" } {
                @for index in 0..=(scale.top_mm / step).round() as u32 {
                    @let mm = f64::from(index) * step;
                    line.grid x1=(coordinate(LEFT)) x2=(coordinate(RIGHT)) y1=(coordinate(scale.y(mm))) y2=(coordinate(scale.y(mm))) {}
                    text.tick x=(coordinate(LEFT - 8.0)) y=(coordinate(scale.y(mm) + 4.0)) { (coordinate(mm)) }
                }
                text.tick x=(coordinate(LEFT - 8.0)) y=(coordinate(scale.top - 12.0)) { "mm" }
                @for (index, &day) in days.iter().enumerate() {
                    @let x = scale.x(day);
                    @let class_y = scale.top - 22.0 - class_tiers[index] as f64 * 2.0 * LINE;
                    @let visit_y = bottom + 18.0 + visit_tiers[index] as f64 * (2.0 * LINE + 4.0);
                    line.visit x1=(coordinate(x)) x2=(coordinate(x)) y1=(coordinate(class_y + 18.0)) y2=(coordinate(visit_y - 12.0)) {}
                    text.class.(response_tint(&rows[index].overall)) x=(coordinate(x)) y=(coordinate(class_y)) { (classes[index][0]) }
                    @if !classes[index][1].is_empty() {
                        text.new x=(coordinate(x)) y=(coordinate(class_y + LINE)) { "▲ " (classes[index][1]) }
                    }
                    text.visit x=(coordinate(x)) y=(coordinate(visit_y)) { (visits[index][0]) }
                    text.date x=(coordinate(x)) y=(coordinate(visit_y + LINE)) { (visits[index][1]) }
                }
                @if let Some(limit) = response_limit {
                    @let y = scale.y(limit.mm());
                    line.pr-limit x1=(coordinate(LEFT)) x2=(coordinate(RIGHT)) y1=(coordinate(y)) y2=(coordinate(y)) {}
                }
                path.pd-limit d=(limit_path(&limit_steps)) {}
                @for (line, colour, dash) in &target_lines {
                    path.target d=(line_path(line)) stroke=(colour) stroke-dasharray=(dash) {}
                    @for &(x, y) in line.iter().flatten() { circle.target cx=(coordinate(x)) cy=(coordinate(y)) r="2.5" fill=(colour) {} }
                }
                path.sum d=(line_path(&sum_line)) {}
                @for (row, point) in rows.iter().zip(&sum_line) {
                    @if let (Some(sum), Some((x, y))) = (row.sum, point) {
                        circle.sum cx=(coordinate(*x)) cy=(coordinate(*y)) r="4" {}
                        @if Some(sum) != nadir.map(|(_, nadir)| nadir) {
                            text.value x=(coordinate(*x)) y=(coordinate(y - 9.0)) { (sum) }
                        }
                    }
                }
                @for (row, &day) in rows.iter().zip(&days) {
                    @if let (None, Some(partial)) = (row.sum, row.partial_sum) {
                        @let (x, y) = (scale.x(day), scale.y(partial.mm()));
                        path.partial d={ "M" (coordinate(x)) " " (coordinate(y - 6.0)) "l6 6l-6 6l-6 -6z" } {}
                        text.value.beside x=(coordinate(x - 11.0)) y=(coordinate(y + 4.0)) { "partial " (partial) }
                    }
                }
                @if let Some((index, sum)) = nadir {
                    @let (x, y) = (scale.x(days[index]), scale.y(sum.mm()));
                    circle.nadir cx=(coordinate(x)) cy=(coordinate(y)) r="9" {}
                    text.value x=(coordinate(x)) y=(coordinate(y - 14.0)) { "nadir " (sum) }
                }
                @for name in &names {
                    line.leader x1=(coordinate(name.from.0 + 5.0)) y1=(coordinate(name.from.1)) x2=(coordinate(RIGHT + 12.0)) y2=(coordinate(name.y)) {}
                    text.name.(name.class) x=(coordinate(RIGHT + 16.0)) y=(coordinate(name.y + 4.0)) style={ "fill:" (name.colour) } { (name.text) }
                }
            }
            figcaption {
                "Days since baseline against millimetres. PD limit: the smallest sum before each visit plus 20 %, and at least 5 mm more. "
                "A line is broken where a sum is missing."
            }
        }
    }
}

/// The smallest complete sum of the course and its place; the earliest of equals.
fn smallest_sum(rows: &[TimepointRow]) -> Option<(usize, Micrometres)> {
    let sums = rows.iter().enumerate().filter_map(|(index, row)| row.sum.map(|sum| (index, sum)));
    sums.min_by_key(|&(index, sum)| (sum, index))
}

/// The limit before each timepoint: from x, to x, height, and whether it follows on the step before.
fn progression_steps(rows: &[TimepointRow], days: &[i32], scale: &Scale) -> Vec<(f64, f64, f64, bool)> {
    let mut steps: Vec<(f64, f64, f64, bool)> = Vec::new();
    for index in 1..rows.len() {
        if let (false, Some(nadir)) = (rows[index].baseline, rows[index].nadir) {
            let from = scale.x(days[index - 1]);
            let follows = steps.last().is_some_and(|&(_, to, _, _)| to == from);
            steps.push((from, scale.x(days[index]), scale.y(progression_limit_mm(nadir)), follows));
        }
    }
    steps
}

fn limit_path(steps: &[(f64, f64, f64, bool)]) -> String {
    let step = |&(from, to, y, follows): &(f64, f64, f64, bool)| {
        let start = if follows { format!("V{}", coordinate(y)) } else { format!("M{} {}", coordinate(from), coordinate(y)) };
        format!("{start}H{}", coordinate(to))
    };
    steps.iter().map(step).collect()
}

fn line_path(line: &Line) -> String {
    let mut path = String::new();
    let mut drawing = false;
    for point in line {
        if let Some((x, y)) = point {
            path += &format!("{}{} {}", if drawing { "L" } else { "M" }, coordinate(*x), coordinate(*y));
        }
        drawing = point.is_some();
    }
    path
}

/// For texts given by centre and width, from left to right: the lowest tier where each has room.
fn tiers(places: impl Iterator<Item = (f64, f64)>) -> Vec<usize> {
    let mut ends: Vec<f64> = Vec::new();
    let tier_of = |(x, width): (f64, f64)| {
        let tier = ends.iter().position(|&end| end <= x - width / 2.0).unwrap_or(ends.len());
        if tier == ends.len() {
            ends.push(0.0);
        }
        ends[tier] = x + width / 2.0;
        tier
    };
    places.map(tier_of).collect()
}

/// A name at the right, at height `y`, led to from the end of what it names.
struct Name {
    text: String,
    class: &'static str,
    colour: &'static str,
    from: (f64, f64),
    y: f64,
}

/// Moves names apart so that each has a line of its own.
fn spread(names: &mut [Name], top: f64, bottom: f64) {
    names.sort_by(|a, b| a.y.total_cmp(&b.y));
    let mut free = top;
    for name in names.iter_mut() {
        name.y = name.y.max(free);
        free = name.y + LINE;
    }
    let mut limit = bottom;
    for name in names.iter_mut().rev() {
        name.y = name.y.min(limit);
        limit = name.y - LINE;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_without_room_move_to_the_next_tier() {
        let places = [(0.0, 40.0), (30.0, 40.0), (45.0, 40.0), (100.0, 40.0)];
        assert_eq!(tiers(places.into_iter()), [0, 1, 0, 0]);
    }

    #[test]
    fn a_missing_sum_breaks_the_line() {
        let line = vec![Some((0.0, 1.0)), Some((2.0, 3.0)), None, Some((4.0, 5.0)), Some((6.0, 7.0))];
        assert_eq!(line_path(&line), "M0 1L2 3M4 5L6 7");
    }

    #[test]
    fn progression_needs_twenty_percent_and_five_millimetres() {
        for (nadir, limit) in [(10_000, 15.0), (25_000, 30.0), (100_000, 120.0), (0, 5.0)] {
            assert!((progression_limit_mm(Micrometres(nadir)) - limit).abs() < 1e-9);
        }
    }
}
