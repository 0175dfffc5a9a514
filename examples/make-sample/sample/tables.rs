//! The trial's own tables, the truth in closed form, and the README.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use super::geometry::Ellipsoid;
use super::story::{Lesion, State, Subject, Visit};
use super::subjects::SUBJECTS;

const TRIAL: &str = r#"# A small synthetic trial; README.md says what is in it and what must come out.

[trial]
id = "SAMPLE"
criteria = "RECIST 1.1"

[schedule]
anchor = "rt_end"
visits = [
  { name = "Month 3",  month = 3,  window_days = 14 },
  { name = "Month 6",  month = 6,  window_days = 14 },
  { name = "Month 9",  month = 9,  window_days = 14 },
  { name = "Month 12", month = 12, window_days = 14 },
]

[measure]
level = "centre"

[response]
confirm_min_days = 28
sd_min_days = 42

[data]
root = "."
mask_sources = ["seg", "rtstruct", "nifti", "nrrd"]
subjects = "subjects.csv"
lesions = "lesions.csv"
reads = "reads.csv"
"#;

const SUBJECTS_CSV: &str = "\
subject,patient_id,arm,treatment_start,rt_start,rt_end
S-001,SAMPLE-001,SFRT,2025-10-13,2025-10-13,2025-10-17
S-002,SAMPLE-002,CRT,2025-10-20,2025-10-20,2025-10-31
S-003,SAMPLE-003,SFRT,2025-11-03,2025-11-03,2025-11-14
";

const READS_CSV: &str = "\
subject,date,lesion,state,comment
S-001,2026-07-13,T01,absent,no longer visible
S-001,2026-07-13,T02,absent,no longer visible
S-001,2026-07-13,NT01,absent,no longer visible
S-001,2026-10-19,T01,absent,no longer visible
S-001,2026-10-19,T02,absent,no longer visible
S-001,2026-10-19,NT01,absent,no longer visible
S-001,2026-10-19,NL01,unequivocal,new nodule in the right middle lobe
S-003,2026-05-18,T02,too_small,faint spot; no figure can be given
S-003,2026-08-11,T01,absent,no longer visible
S-003,2026-08-11,T02,absent,no longer visible
S-003,2026-11-16,T01,absent,no longer visible
S-003,2026-11-16,T02,absent,no longer visible
";

/// Worked out by hand from the closed-form diameters; no function of the generator computes it.
const EXPECTED_RESPONSE_CSV: &str = "\
subject,visit,date,sum_mm,nadir_mm,change_from_baseline_pct,change_from_nadir_pct,target,nontarget,new_lesion,overall
S-001,Baseline,2025-09-29,92.0,,,,,,,
S-001,Month 3,2026-01-16,58.0,92.0,-36.96,-36.96,PR,NON-CR/NON-PD,no,PR
S-001,Month 6,2026-04-20,36.5,58.0,-60.33,-37.07,PR,NON-CR/NON-PD,no,PR
S-001,Month 9,2026-07-13,6.5,36.5,-92.93,-82.19,CR,CR,no,CR
S-001,Month 12,2026-10-19,6.0,6.5,-93.48,-7.69,CR,CR,unequivocal,PD
S-002,Baseline,2025-10-08,62.0,,,,,,,
S-002,Month 3,2026-02-03,57.0,62.0,-8.06,-8.06,SD,NON-CR/NON-PD,no,SD
S-002,Month 6,2026-04-28,53.0,57.0,-14.52,-7.02,SD,NON-CR/NON-PD,no,SD
S-002,Month 9,2026-08-04,70.0,53.0,12.90,32.08,PD,NON-CR/NON-PD,no,PD
S-002,Month 12,2026-10-30,84.0,53.0,35.48,58.49,PD,NON-CR/NON-PD,no,PD
S-003,Baseline,2025-10-20,93.0,,,,,,,
S-003,Month 3,2026-02-12,59.0,93.0,-36.56,-36.56,PR,NA,no,PR
S-003,Month 6,2026-05-18,36.5,59.0,-60.75,-38.14,PR,NA,no,PR
S-003,Month 9,2026-08-11,6.5,36.5,-93.01,-82.19,CR,NA,no,CR
S-003,Month 12,2026-11-16,6.0,6.5,-93.55,-7.69,CR,NA,no,CR
";

const EXPECTED_BEST_CSV: &str = "\
subject,arm,bor,bor_date,confirmed_bor,progression_date
S-001,SFRT,CR,2026-07-13,PR,2026-10-19
S-002,CRT,SD,2026-02-03,SD,2026-08-04
S-003,SFRT,CR,2026-08-11,CR,
";

const README_HEAD: &str = r#"# The sample trial

Three subjects, five visits each, in a synthetic body with lesions of known size. No patient was ever scanned: body and
lesions are ellipsoids and noise. `cargo run --example make-sample -- sample-dicom` writes all of it again, with the
same pixels, identifiers and dates on every machine.

```
recist run sample-dicom/trial.toml --out /tmp/sample-results
```

| subject | images | masks | story |
| --- | --- | --- | --- |
| S-001 | CT, 237 x 177 x 26, 1.2 x 1.2 x 4 mm | DICOM SEG (`seg.dcm`), Tracking ID = lesion | PR, PR, CR, then PD by a new lesion |
| S-002 | CT, 228 x 176 x 22, 1.2 x 1.2 x 4 mm, names without extension | RTSTRUCT (`RS000001`), ROI name = lesion | SD, SD, then PD by the sum |
| S-003 | MR, 208 x 176 x 22, 0.9 x 0.9 x 5 mm, oblique | NIfTI (`lesions.nii.gz`), value = `label` | PR, PR, CR, CR |

What is in the way, on purpose:

- S-001: the pixels of a slice do not fill whole bytes of the one-bit mask; Month 6 is RLE-compressed; at Month 3 and
  Month 9 the scan starts a slice later or earlier; at Month 9 the pixels are 1.18 mm.
- S-002: Month 6 is one Enhanced CT object with its frames in shuffled order; the structure sets are Implicit VR and
  also hold `BODY` (EXTERNAL) and `SpinalCord` (ORGAN), which are no lesions; at Month 12 the pixels are 1.22 mm.
- S-003: the slices lie across the thigh bone, about 5 degrees off the axial plane; there are no rescale attributes; the
  baseline is plain Explicit VR; the mask of Month 6 has permuted and reversed axes, that of Month 12 reversed ones.
- All other images are Deflated Explicit VR Little Endian. Nobody lies twice in the same place, and every study has its
  own frame of reference.

## How a lesion is marked

A voxel belongs to a lesion when its centre lies inside the ellipsoid. Two axes lie in the acquired plane, turned by an
angle, and the centre lies on a slice, so the largest section is in that slice: its long axis is 2a, and the greatest
extent perpendicular to it is 2b. The diameter that enters the sum is 2a, or 2b for a lymph node. The volume is
4/3 pi a b c. The contours of S-002 are 90-sided polygons inscribed in the ellipse of each slice.

A lesion that is gone has no mask; `reads.csv` says `absent`. T02 of S-003 at Month 6 is `too_small` there and counts 5 mm.

## Files with the truth

- `truth.csv`: every lesion at every visit. A figure measured between voxel centres may differ from the closed form by
  `tolerance_mm`, as both of its ends lie up to a pixel inside the outline; a voxel count times the voxel volume may
  differ from the closed-form volume by `volume_tolerance_pct`. `centre_l/p/s_mm` is in patient coordinates (LPS).
- `expected_response.csv` and `expected_best_response.csv`: sums and classes worked out by hand from the closed-form
  diameters. Every sum is at least 5 mm away from the limit of its class, and every node at least 3 mm from 10 mm where
  that decides, so the same classes follow from measured diameters.

## Truth

Lengths in mm, volumes in mm³.

| subject | visit | lesion | role | 2a | 2b | 2c | diameter | volume |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
"#;

/// Writes every table and the README into `out`.
///
/// # Errors
/// When a file cannot be written.
pub fn write(out: &Path) -> io::Result<()> {
    for (name, text) in [
        ("trial.toml", TRIAL.to_owned()),
        ("subjects.csv", SUBJECTS_CSV.to_owned()),
        ("lesions.csv", lesions()),
        ("reads.csv", READS_CSV.to_owned()),
        ("truth.csv", truth()),
        ("expected_response.csv", EXPECTED_RESPONSE_CSV.to_owned()),
        ("expected_best_response.csv", EXPECTED_BEST_CSV.to_owned()),
        ("README.md", readme()),
    ] {
        fs::write(out.join(name), text)?;
    }
    Ok(())
}

fn lesions() -> String {
    let mut csv = "subject,lesion,role,site,nodal,label\n".to_owned();
    for subject in &SUBJECTS {
        for Lesion { name, role, site, nodal, label, .. } in subject.lesions {
            let _ = writeln!(csv, "{},{name},{role},{site},{nodal},{label}", subject.name);
        }
    }
    csv
}

/// What a table says of one lesion at one visit.
struct Row<'a> {
    subject: &'a Subject,
    visit: &'a Visit,
    lesion: &'a Lesion,
    state: &'static str,
    shape: Option<Ellipsoid>,
}

fn rows() -> Vec<Row<'static>> {
    let mut rows = Vec::new();
    for subject in &SUBJECTS {
        for (number, visit) in subject.visits.iter().enumerate() {
            for lesion in subject.lesions {
                let state = match lesion.states[number] {
                    State::Unborn => continue,
                    State::Measured(..) => "measured",
                    State::TooSmall => "too_small",
                    State::Absent => "absent",
                };
                let shape = subject.shape(lesion, number);
                rows.push(Row { subject, visit, lesion, state, shape });
            }
        }
    }
    rows
}

fn truth() -> String {
    let mut csv = "subject,visit,date,lesion,role,nodal,state,semi_a_mm,semi_b_mm,semi_c_mm,\
        centre_l_mm,centre_p_mm,centre_s_mm,long_axis_mm,short_axis_mm,diameter_mm,volume_mm3,\
        tolerance_mm,volume_tolerance_pct\n"
        .to_owned();
    for Row { subject, visit, lesion, state, shape } in rows() {
        let (year, day) = visit.date.split_at(4);
        let (month, day) = day.split_at(2);
        let _ = write!(
            csv,
            "{},{},{year}-{month}-{day},{},{},{},{state},",
            subject.name, visit.name, lesion.name, lesion.role, lesion.nodal
        );
        let Some(shape) = shape else {
            csv.push_str(",,,,,,,,,,,\n");
            continue;
        };
        let [a, b, c] = shape.semi_axes;
        let [left, posterior, superior] = subject.grid(visit).lps(shape.centre);
        let diameter = if lesion.nodal { 2.0 * b } else { 2.0 * a };
        let volume = shape.volume_mm3();
        let _ = writeln!(
            csv,
            "{a},{b},{c},{left:.3},{posterior:.3},{superior:.3},{},{},{diameter},{volume:.3},{:.2},{}",
            2.0 * a,
            2.0 * b,
            TOLERANCE_PIXELS * visit.pixel_mm,
            volume_tolerance_pct(volume),
        );
    }
    csv
}

fn readme() -> String {
    let mut text = README_HEAD.to_owned();
    for Row { subject, visit, lesion, state, shape } in rows() {
        let _ = write!(text, "| {} | {} | {} | {} | ", subject.name, visit.name, lesion.name, lesion.role);
        let _ = match shape {
            Some(shape) => {
                let [long, short, through] = shape.semi_axes.map(|axis| 2.0 * axis);
                let diameter = if lesion.nodal { short } else { long };
                let volume = shape.volume_mm3();
                writeln!(text, "{long} | {short} | {through} | {diameter} | {volume:.1} |")
            }
            None => writeln!(text, "{state} | | | | |"),
        };
    }
    text
}

/// Both ends of an axis between voxel centres stop up to a pixel's diagonal inside the outline together.
const TOLERANCE_PIXELS: f64 = 1.5;

/// A voxel count differs from the volume the more, the fewer voxels there are.
fn volume_tolerance_pct(volume_mm3: f64) -> u32 {
    if volume_mm3 > 1500.0 { 5 } else { 15 }
}
