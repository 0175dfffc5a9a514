//! The report as a page: well formed, self-contained, escaped, and its pictures in the right place.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::date;
use ndarray::Array2;
use recist::report::{
    BesideCell, BesideRow, BestResponseRow, FailureRow, KeyImage, LesionCell, LesionRow, ProblemRow, QueryRow, Report,
    SubjectReport, TimepointRow, render,
};
use recist::units::Micrometres;

const HOSTILE: &str = "<img src=x onerror=alert(1)> & \"T1\"";

/// An axial CT slice of 300 x 200 pixels of 0.8 x 1.25 mm, -60 HU everywhere but for a disc of 140 HU and 20 mm radius
/// around column 150, row 96, which is (120 mm, 120 mm) from the centre of the first pixel.
fn disc() -> KeyImage {
    let pixels = Array2::from_shape_fn((200, 300), |(row, column)| {
        let (x, y) = (column as f32 * 0.8 - 120.0, row as f32 * 1.25 - 120.0);
        if x.hypot(y) <= 20.0 { 140.0 } else { -60.0 }
    });
    let outline = (0..36).map(|step| f64::from(step * 10).to_radians().sin_cos());
    KeyImage {
        lesion: "T1".into(),
        visit: "Month 3".into(),
        date: date(2026, 4, 5),
        modality: "CT".into(),
        pixels,
        spacing_mm: [0.8, 1.25],
        outline: vec![outline.map(|(sin, cos)| [150.0 + 25.0 * cos, 96.0 + 16.0 * sin]).collect()],
        long_axis: [[125.0, 96.0], [175.0, 96.0]],
        short_axis: [[150.0, 80.0], [150.0, 112.0]],
        long_axis_mm: 40.0,
        short_axis_mm: 40.0,
        slice_index: 11,
        slices: 60,
        position_mm: -88.0,
        row_direction_lps: [1.0, 0.0, 0.0],
        column_direction_lps: [0.0, 1.0, 0.0],
        ..KeyImage::default()
    }
}

fn measured(mm: i64) -> LesionCell {
    LesionCell {
        state: "measured".into(),
        diameter: Some(Micrometres::from_mm(mm)),
        long_axis_mm: Some(mm as f64),
        short_axis_mm: Some(mm as f64 / 2.0),
        ..LesionCell::default()
    }
}

/// Baseline 100 mm, then 40 mm (PR), then nothing (NE), for one target.
fn subject() -> SubjectReport {
    let baseline = TimepointRow {
        visit: "Baseline".into(),
        date: date(2026, 1, 5),
        baseline: true,
        sum: Some(Micrometres::from_mm(100)),
        ..TimepointRow::default()
    };
    let response = TimepointRow {
        visit: "Month 3".into(),
        date: date(2026, 4, 5),
        sum: Some(Micrometres::from_mm(40)),
        nadir: Some(Micrometres::from_mm(100)),
        change_from_baseline_pct: Some(-60.0),
        change_from_nadir_pct: Some(-60.0),
        change_from_nadir_mm: Some(-60.0),
        target: "PR".into(),
        nontarget: "NON-CR/NON-PD".into(),
        new_lesion: "equivocal".into(),
        overall: "PR".into(),
        provisional: true,
        reasons: vec![("target-pr".into(), "sum 40.0 mm is 60.0 % below baseline".into()), ("more".into(), HOSTILE.into())],
        ..TimepointRow::default()
    };
    let missing = TimepointRow {
        visit: "Month 6".into(),
        date: date(2026, 7, 5),
        overall: "NE".into(),
        failed: Some("the series has a hole".into()),
        ..TimepointRow::default()
    };
    let target = LesionRow {
        lesion: "T1".into(),
        role: "target".into(),
        site: "liver".into(),
        nodal: false,
        cells: vec![measured(100), measured(40), LesionCell { state: "not_evaluable".into(), ..LesionCell::default() }],
    };
    SubjectReport {
        subject: "S-001".into(),
        arm: "SFRT".into(),
        timepoints: vec![baseline, response, missing],
        lesions: vec![target],
        key_images: vec![disc()],
        bor: "PR".into(),
        confirmed_bor: "SD".into(),
        beside: Vec::new(),
    }
}

fn report() -> Report {
    Report {
        trial: "Trial".into(),
        criteria: "RECIST 1.1".into(),
        version: "0.1.0".into(),
        level: "centre".into(),
        subjects: vec![subject()],
        ..Report::default()
    }
}

fn page(report: &Report) -> String {
    render(report).expect("a page")
}

/// Values of `name` in every tag that starts with `tag`, up to the end of that tag.
fn attributes<'a>(page: &'a str, tag: &str, name: &str) -> Vec<&'a str> {
    let tags = page.split(tag).skip(1).map(|rest| &rest[..rest.find('>').expect("a closed tag")]);
    let marker = format!(" {name}=\"");
    tags.filter_map(|tag| Some(tag.split_once(&marker)?.1.split_once('"')?.0)).collect()
}

/// Fails unless every element is closed in its turn, every attribute is quoted and no bare `<` or `&` is left.
fn assert_balanced(page: &str) {
    let page = page.strip_prefix("<!DOCTYPE html>").expect("a document type");
    let (before, style_and_after) = page.split_once("<style>").expect("a style sheet");
    let (_, after) = style_and_after.split_once("</style>").expect("the end of the style sheet");
    let markup = [before, "<style></style>", after].concat();
    let mut open: Vec<&str> = Vec::new();
    for piece in markup.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').expect("every < begins a tag");
        assert_eq!(tag.matches('"').count() % 2, 0, "quotes in <{tag}>");
        for entity in text.split('&').skip(1) {
            let name = entity.split_once(';').expect("every & begins an entity").0;
            assert!(["lt", "gt", "amp", "quot"].contains(&name), "&{name};");
        }
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed));
            continue;
        }
        let name = tag.split(' ').next().unwrap_or(tag);
        assert!(!name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric()), "<{tag}>");
        if !["meta", "br"].contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
}

#[test]
fn the_page_is_well_formed_and_carries_everything() {
    let page = page(&report());
    assert_balanced(&page);
    for outside in ["http:", "https:", "//", "url(", "@import", "<script", "<link"] {
        let hits: Vec<_> = page.match_indices(outside).filter(|(at, _)| !inside_base64(&page, *at)).collect();
        assert!(hits.is_empty(), "{outside} at {hits:?}");
    }
    for text in
        ["For research use; not a medical device", "RECIST 1.1", "between the centres of the outermost voxels", "not evaluable"]
    {
        assert!(page.contains(text), "{text}");
    }
}

/// `//` is a legal pair of characters in base64.
fn inside_base64(page: &str, at: usize) -> bool {
    page[..at].rfind("data:image/png;base64,").is_some_and(|start| !page[start..at].contains('"'))
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    assert_eq!(page(&report()), page(&report()));
}

#[test]
fn whatever_a_text_holds_it_is_shown_as_text() {
    let mut hostile = report();
    let text = || HOSTILE.to_string();
    hostile.trial = text();
    hostile.level = text();
    hostile.criteria = text();
    hostile.other_criteria = vec![text()];
    hostile.settings = vec![(text(), text())];
    hostile.failures = vec![FailureRow { subject: text(), visit: text(), file: text(), reason: text(), advice: text() }];
    hostile.problems =
        vec![ProblemRow { code: text(), severity: text(), message: text(), file: text(), advice: text(), subject: text() }];
    let query = QueryRow { subject: text(), lesion: text(), question: text(), class_if_yes: text(), ..QueryRow::default() };
    hostile.queries = vec![query.clone(), QueryRow { answer: text(), ..query }];
    hostile.best_responses = vec![BestResponseRow { subject: text(), arm: text(), bor: text(), ..BestResponseRow::default() }];
    let subject = &mut hostile.subjects[0];
    subject.subject = text();
    subject.bor = text();
    subject.timepoints[1].visit = text();
    subject.timepoints[1].overall = text();
    subject.lesions[0].lesion = text();
    subject.lesions[0].site = text();
    subject.lesions[0].cells[0].state = text();
    subject.lesions[0].cells[1].warnings = vec![text()];
    let cell = || BesideCell { overall: text(), reasons: vec![text()], ..BesideCell::default() };
    subject.beside = vec![BesideRow {
        criteria: text(),
        scope: "lesion".into(),
        lesion: text(),
        cells: vec![cell(), cell()],
        bor: text(),
        bor_date: text(),
        progression_date: text(),
        progression_confirmed: None,
    }];
    subject.key_images[0].lesion = text();
    subject.key_images[0].visit = text();
    subject.key_images[0].modality = text();
    let page = page(&hostile);
    assert_balanced(&page);
    assert!(!page.contains("<img"));
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt; &amp; &quot;T1&quot;"));
}

#[test]
fn axes_are_drawn_where_they_were_measured() {
    // Extent 40 mm plus context gives the smallest crop, 100 mm, around (120, 120) mm: its corner is (70, 70) mm. The slice
    // is 240 x 250 mm, so the crop is not moved. Column 125 is 100 mm, row 96 is 120 mm, row 80 is 100 mm.
    let page = page(&report());
    assert!(page.contains("viewBox=\"0 0 100 100\""));
    for (name, ends) in [("long-axis", ["30", "50", "70", "50"]), ("short-axis", ["50", "30", "50", "70"])] {
        let tag = format!("<line class=\"{name}\"");
        for (attribute, value) in ["x1", "y1", "x2", "y2"].into_iter().zip(ends) {
            let values = attributes(&page, &tag, attribute);
            assert!(!values.is_empty() && values.iter().all(|found| *found == value), "{name} {attribute}: {values:?}");
        }
    }
    let outline = attributes(&page, "<polygon", "points");
    // Its first point is column 175, row 96.
    assert!(outline.iter().all(|points| points.starts_with("70,50 ")), "{outline:?}");
}

#[test]
fn a_crop_at_the_margin_stays_in_the_slice() {
    let mut report = report();
    let image = &mut report.subjects[0].key_images[0];
    let move_by = |point: &mut [f64; 2]| *point = [point[0] - 125.0, point[1] - 80.0];
    image.outline.iter_mut().flatten().chain(&mut image.long_axis).chain(&mut image.short_axis).for_each(move_by);
    // The slice begins half a pixel before the first centre: 0.4 mm and 0.625 mm. Column 0 is 0 mm, row 16 is 20 mm.
    let page = page(&report);
    assert!(attributes(&page, "<line class=\"long-axis\"", "x1").iter().all(|x| *x == "0.4"));
    assert!(attributes(&page, "<line class=\"long-axis\"", "y1").iter().all(|y| *y == "20.625"));
}

#[test]
fn the_stored_picture_has_the_gray_of_the_window() {
    let page = page(&report());
    // The first picture of the page is the crop, the second the locator.
    let addresses = attributes(&page, "<image", "href");
    assert_eq!(addresses.len(), 2);
    let png = STANDARD.decode(addresses[0].strip_prefix("data:image/png;base64,").expect("a PNG")).expect("base64");
    let gray = image::load_from_memory(&png).expect("a PNG").into_luma8();
    // 70 to 170 mm are columns 87.5 to 212.5 and rows 56 to 136, pixel centres: the columns touched are 88 to 212 (each
    // reaches half a pixel around its centre), the rows 56 to 136.
    assert_eq!(attributes(&page, "<image", "width")[0], "100");
    assert_eq!(gray.dimensions(), (125, 81));
    // W 400 L 40: -160 HU is black, 240 HU white. 140 HU is 255 x 300 / 400 = 191.25, -60 HU is 255 x 100 / 400 = 63.75.
    assert_eq!(gray.get_pixel(62, 40).0, [191]);
    assert_eq!(gray.get_pixel(2, 2).0, [64]);
    assert!(page.contains("W 400 L 40"));
    // Column 88 begins at 87.5 x 0.8 = 70 mm, row 56 at 55.5 x 1.25 = 69.375 mm.
    assert_eq!((attributes(&page, "<image", "x")[0], attributes(&page, "<image", "y")[0]), ("0", "-0.625"));
}

#[test]
fn an_axial_slice_has_the_patients_right_at_the_left() {
    let page = page(&report());
    let letters: Vec<(f64, f64, &str)> = page
        .split("<text class=\"direction\" ")
        .skip(1)
        .map(|rest| {
            let (tag, text) = rest.split_once('>').expect("a tag");
            let number =
                |name: &str| tag.split_once(name).expect("a position").1[2..].split('"').next().expect("a number").parse();
            (number("x").expect("x"), number("y").expect("y"), text.split('<').next().expect("a letter"))
        })
        .collect();
    let at = |select: &dyn Fn(f64, f64) -> bool| letters.iter().find(|(x, y, _)| select(*x, *y)).map(|(_, _, letter)| *letter);
    assert_eq!(at(&|x, _| x < 10.0), Some("R"));
    assert_eq!(at(&|x, _| x > 90.0), Some("L"));
    assert_eq!(at(&|_, y| y < 10.0), Some("A"));
    assert_eq!(at(&|_, y| y > 90.0), Some("P"));
}

#[test]
fn nodes_and_readers_figures_say_what_was_used() {
    let mut nodal = report();
    nodal.subjects[0].key_images[0].nodal = true;
    assert!(page(&nodal).contains("used: short axis 40.0 mm"));
    nodal.subjects[0].lesions[0].cells[1].reader_mm = true;
    nodal.subjects[0].lesions[0].cells[1].diameter = Some(Micrometres::from_mm(38));
    assert!(page(&nodal).contains("used: reader's figure 38.0 mm"));
}

#[test]
fn the_first_page_shows_open_questions_and_the_banner_of_proposals() {
    let mut report = report();
    let question = |text: &str, answer: &str| QueryRow { question: text.into(), answer: answer.into(), ..QueryRow::default() };
    report.queries = vec![question("open?", ""), question("settled?", "yes")];
    let plain = page(&report);
    let first_page = plain.split("<section class=\"subject\"").next().expect("a first page");
    assert!(first_page.contains("open?") && !first_page.contains("settled?") && plain.contains("settled?"));
    assert!(!plain.contains("Proposed targets."));
    report.proposal = true;
    let proposed = page(&report);
    assert!(proposed.contains("Proposed targets.") && proposed.contains("target, proposed"));
}

#[test]
fn what_is_missing_or_not_a_number_leaves_a_page() {
    let nothing = Report { subjects: vec![SubjectReport::default()], ..Report::default() };
    assert_balanced(&page(&nothing));

    let broken: [fn(&mut KeyImage); 6] = [
        |image| image.pixels = Array2::zeros((0, 0)),
        |image| image.spacing_mm = [0.0, f64::NAN],
        |image| image.long_axis[0][0] = f64::NAN,
        |image| image.outline = vec![vec![[f64::INFINITY, 0.0]]],
        |image| image.outline.clear(),
        |image| {
            image.pixels.fill(f32::NAN);
            image.long_axis_mm = f64::NAN;
            image.modality = "MR".into();
        },
    ];
    for (index, breaks) in broken.into_iter().enumerate() {
        let mut report = report();
        breaks(&mut report.subjects[0].key_images[0]);
        let page = page(&report);
        assert_balanced(&page);
        assert_eq!(page.contains("No picture"), index < 4, "case {index}");
    }

    let mut odd = report();
    odd.subjects[0].timepoints[1].change_from_nadir_pct = Some(f64::NAN);
    odd.subjects[0].lesions[0].cells.truncate(1);
    odd.subjects[0].lesions[0].cells[0].volume_mm3 = Some(f64::INFINITY);
    odd.subjects[0].key_images[0].lesion = "unlisted".into();
    odd.subjects[0].key_images[0].long_axis = [[1e300, -1e300], [0.0, 0.0]];
    let page = page(&odd);
    assert_balanced(&page);
    assert!(page.contains("unlisted"));
    assert!(!page.contains("NaN") && !page.contains("inf"));
}

#[test]
fn limits_of_the_course_stand_at_their_heights() {
    let page = page(&report());
    // The scale is linear in millimetres: 0 and 100 mm are grid lines, so 70 mm (PR) lies 70 % of the way up and 120 mm
    // (PD, 20 % above 100 mm) as far above 100 mm as 20 mm above 0.
    let grid: Vec<f64> = attributes(&page, "<line class=\"grid\"", "y1").iter().map(|y| y.parse().expect("a number")).collect();
    let step = grid[0] - grid[1];
    assert!(page.contains(">20</text>"), "the grid has steps of 20 mm");
    let height = |mm: f64| grid[0] - mm / 20.0 * step;
    let response: f64 = attributes(&page, "<line class=\"pr-limit\"", "y1")[0].parse().expect("a number");
    assert!((response - height(70.0)).abs() < 0.01, "{response}");
    let limit = attributes(&page, "<path class=\"pd-limit\"", "d")[0];
    let (_, y) = limit.strip_prefix('M').expect("a path").split_once(' ').expect("a point");
    let progression: f64 = y.split('H').next().expect("a number").parse().expect("a number");
    assert!((progression - height(120.0)).abs() < 0.01, "{progression}");
    // The sum is known twice and missing at the end: one piece of line with two points.
    let sum = attributes(&page, "<path class=\"sum\"", "d")[0];
    assert_eq!((sum.matches('M').count(), sum.matches('L').count()), (1, 1));
}
