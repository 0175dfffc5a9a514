//! The three subjects, with the sizes of their lesions.

use super::dataset::Encoding;
use super::story::{Body, Lesion, Masks, State, Subject, Visit};

/// Angles of about 16, 23, 28, 37 and 74 degrees, and some of their mirror images, as exact cosine and sine.
const DEG_16: [f64; 2] = [0.96, 0.28];
const DEG_23: [f64; 2] = [12.0 / 13.0, 5.0 / 13.0];
const DEG_28: [f64; 2] = [15.0 / 17.0, 8.0 / 17.0];
const DEG_37: [f64; 2] = [0.8, 0.6];
const DEG_74: [f64; 2] = [0.28, 0.96];
const DEG_106: [f64; 2] = [-0.28, 0.96];
const DEG_143: [f64; 2] = [-0.8, 0.6];
const DEG_164: [f64; 2] = [-0.96, 0.28];

const MASS: [&str; 2] = ["4147007", "Mass"];
const NODULE: [&str; 2] = ["27925004", "Nodule"];
const NODE: [&str; 2] = ["59441001", "Lymph node"];
const LIVER: [&str; 2] = ["10200004", "Liver"];
const LEFT_LUNG: [&str; 2] = ["44029006", "Left lung"];
const RIGHT_LUNG: [&str; 2] = ["3341006", "Right lung"];
const MEDIASTINUM: [&str; 2] = ["72410000", "Mediastinum"];
const THIGH: [&str; 2] = ["68367000", "Thigh"];
const GROIN: [&str; 2] = ["26893007", "Inguinal region"];

const STRAIGHT: [(usize, bool); 3] = [(0, false), (1, false), (2, false)];

const BASELINE: Visit = Visit {
    folder: "M00",
    name: "Baseline",
    date: "",
    pixel_mm: 1.2,
    body_lps: [0.0; 3],
    skipped_slices: 0,
    encoding: Encoding::Deflated,
    enhanced: false,
    mask_axes: STRAIGHT,
};
const MONTH_3: Visit = Visit { folder: "M03", name: "Month 3", ..BASELINE };
const MONTH_6: Visit = Visit { folder: "M06", name: "Month 6", ..BASELINE };
const MONTH_9: Visit = Visit { folder: "M09", name: "Month 9", ..BASELINE };
const MONTH_12: Visit = Visit { folder: "M12", name: "Month 12", ..BASELINE };

/// The three subjects.
pub const SUBJECTS: [Subject; 3] = [
    Subject {
        name: "S-001",
        patient_id: "SAMPLE-001",
        body: Body::Torso,
        masks: Masks::Seg,
        // The pixels of a slice do not fill whole bytes of a one-bit mask.
        size: [237, 177, 26],
        slice_mm: 4.0,
        first_z: -54.0,
        orientation: [1.0, 0.0, 0.0, 0.0],
        scale: 1.0,
        visits: [
            Visit { date: "20250929", body_lps: [3.7, -181.2, 912.0], ..BASELINE },
            Visit { date: "20260116", body_lps: [-6.3, -176.9, 887.5], skipped_slices: 1, ..MONTH_3 },
            Visit { date: "20260420", body_lps: [10.9, -183.4, 901.3], encoding: Encoding::Rle, ..MONTH_6 },
            Visit { date: "20260713", pixel_mm: 1.18, body_lps: [1.4, -179.6, 895.0], skipped_slices: -1, ..MONTH_9 },
            Visit { date: "20261019", body_lps: [-4.8, -185.1, 921.8], ..MONTH_12 },
        ],
        lesions: &[
            Lesion {
                name: "T01",
                role: "target",
                site: "liver",
                nodal: false,
                label: 1,
                kind: MASS,
                region: LIVER,
                centre: [-58.0, -4.0],
                slice: 7,
                signal: 58.0,
                states: [
                    State::Measured([48.0, 38.0, 34.0], DEG_37),
                    State::Measured([30.0, 24.0, 22.0], DEG_28),
                    State::Measured([16.0, 13.0, 14.0], DEG_37),
                    State::Absent,
                    State::Absent,
                ],
            },
            Lesion {
                name: "T02",
                role: "target",
                site: "lung",
                nodal: false,
                label: 2,
                kind: NODULE,
                region: LEFT_LUNG,
                centre: [70.0, 12.0],
                slice: 18,
                signal: 40.0,
                states: [
                    State::Measured([24.0, 19.0, 20.0], DEG_106),
                    State::Measured([15.0, 12.0, 13.0], DEG_106),
                    State::Measured([9.0, 7.5, 9.0], DEG_74),
                    State::Absent,
                    State::Absent,
                ],
            },
            Lesion {
                name: "T03",
                role: "target",
                site: "lymph node",
                nodal: true,
                label: 3,
                kind: NODE,
                region: MEDIASTINUM,
                centre: [-15.0, 15.0],
                slice: 22,
                signal: 50.0,
                states: [
                    State::Measured([30.0, 20.0, 23.0], DEG_16),
                    State::Measured([21.0, 13.0, 18.0], DEG_16),
                    State::Measured([18.0, 11.5, 15.0], DEG_23),
                    State::Measured([11.0, 6.5, 10.0], DEG_16),
                    State::Measured([10.0, 6.0, 10.0], DEG_16),
                ],
            },
            Lesion {
                name: "NT01",
                role: "nontarget",
                site: "liver",
                nodal: false,
                label: 4,
                kind: NODULE,
                region: LIVER,
                centre: [-45.0, 36.0],
                slice: 3,
                signal: 62.0,
                states: [
                    State::Measured([8.0, 7.0, 9.0], DEG_164),
                    State::Measured([8.0, 7.0, 9.0], DEG_164),
                    State::Measured([7.0, 6.0, 9.0], DEG_164),
                    State::Absent,
                    State::Absent,
                ],
            },
            Lesion {
                name: "NL01",
                role: "new",
                site: "lung",
                nodal: false,
                label: 5,
                kind: NODULE,
                region: RIGHT_LUNG,
                centre: [-64.0, -40.0],
                slice: 21,
                signal: 35.0,
                states: [
                    State::Unborn,
                    State::Unborn,
                    State::Unborn,
                    State::Unborn,
                    State::Measured([14.0, 12.0, 13.0], DEG_143),
                ],
            },
        ],
    },
    Subject {
        name: "S-002",
        patient_id: "SAMPLE-002",
        body: Body::Torso,
        masks: Masks::RtStruct,
        size: [228, 176, 22],
        slice_mm: 4.0,
        first_z: 36.0,
        orientation: [1.0, 0.0, 0.0, 0.0],
        scale: 0.96,
        visits: [
            Visit { date: "20251008", body_lps: [-2.2, -190.3, 1104.0], ..BASELINE },
            Visit { date: "20260203", body_lps: [7.1, -188.6, 1119.5], ..MONTH_3 },
            Visit { date: "20260428", body_lps: [1.9, -193.0, 1097.2], skipped_slices: 1, enhanced: true, ..MONTH_6 },
            Visit { date: "20260804", body_lps: [-8.4, -187.7, 1110.0], ..MONTH_9 },
            Visit { date: "20261030", pixel_mm: 1.22, body_lps: [4.6, -191.5, 1101.4], ..MONTH_12 },
        ],
        lesions: &[
            Lesion {
                name: "GTV1",
                role: "target",
                site: "lung",
                nodal: false,
                label: 1,
                kind: MASS,
                region: LEFT_LUNG,
                centre: [63.0, -11.0],
                slice: 15,
                signal: 42.0,
                states: [
                    State::Measured([44.0, 34.0, 38.0], DEG_23),
                    State::Measured([40.0, 31.0, 34.0], DEG_23),
                    State::Measured([37.0, 29.0, 30.0], DEG_28),
                    State::Measured([50.0, 38.0, 42.0], DEG_28),
                    State::Measured([60.0, 45.0, 46.0], DEG_37),
                ],
            },
            Lesion {
                name: "GTVn1",
                role: "target",
                site: "lymph node",
                nodal: true,
                label: 2,
                kind: NODE,
                region: MEDIASTINUM,
                centre: [-25.0, 11.0],
                slice: 16,
                signal: 52.0,
                states: [
                    State::Measured([26.0, 18.0, 22.0], DEG_74),
                    State::Measured([25.0, 17.0, 21.0], DEG_74),
                    State::Measured([24.0, 16.0, 21.0], DEG_74),
                    State::Measured([29.0, 20.0, 25.0], DEG_106),
                    State::Measured([35.0, 24.0, 29.0], DEG_106),
                ],
            },
            Lesion {
                name: "GTV2",
                role: "nontarget",
                site: "lung",
                nodal: false,
                label: 3,
                kind: NODULE,
                region: RIGHT_LUNG,
                centre: [-79.0, 30.0],
                slice: 8,
                signal: 35.0,
                states: [
                    State::Measured([8.0, 7.0, 9.0], DEG_143),
                    State::Measured([8.0, 7.0, 9.0], DEG_143),
                    State::Measured([7.5, 7.0, 9.0], DEG_143),
                    State::Measured([8.0, 7.5, 9.0], DEG_143),
                    State::Measured([8.5, 7.5, 9.0], DEG_143),
                ],
            },
        ],
    },
    Subject {
        name: "S-003",
        patient_id: "SAMPLE-003",
        body: Body::Thigh,
        masks: Masks::Nifti,
        size: [208, 176, 22],
        slice_mm: 5.0,
        first_z: -50.0,
        // Across the thigh bone: turned by about 5 degrees from axial.
        orientation: [1.0, 0.04, -0.025, 0.01],
        scale: 1.0,
        visits: [
            Visit {
                date: "20251020",
                pixel_mm: 0.9,
                body_lps: [108.2, 14.6, -402.0],
                encoding: Encoding::ExplicitLittle,
                ..BASELINE
            },
            Visit { date: "20260212", pixel_mm: 0.9, body_lps: [103.9, 9.8, -388.7], ..MONTH_3 },
            Visit {
                date: "20260518",
                pixel_mm: 0.9,
                body_lps: [111.5, 12.1, -395.3],
                mask_axes: [(2, true), (0, false), (1, true)],
                ..MONTH_6
            },
            Visit { date: "20260811", pixel_mm: 0.9, body_lps: [106.4, 17.3, -410.6], skipped_slices: 1, ..MONTH_9 },
            Visit {
                date: "20261116",
                pixel_mm: 0.9,
                body_lps: [109.7, 11.2, -399.1],
                mask_axes: [(0, true), (1, true), (2, false)],
                ..MONTH_12
            },
        ],
        lesions: &[
            Lesion {
                name: "T01",
                role: "target",
                site: "soft tissue",
                nodal: false,
                label: 1,
                kind: MASS,
                region: THIGH,
                centre: [35.0, 17.0],
                slice: 8,
                signal: 850.0,
                states: [
                    State::Measured([60.0, 45.0, 72.0], DEG_106),
                    State::Measured([36.0, 27.0, 44.0], DEG_106),
                    State::Measured([20.0, 15.0, 26.0], DEG_74),
                    State::Absent,
                    State::Absent,
                ],
            },
            Lesion {
                name: "T02",
                role: "target",
                site: "soft tissue",
                nodal: false,
                label: 2,
                kind: NODULE,
                region: THIGH,
                centre: [18.0, -44.0],
                slice: 14,
                signal: 800.0,
                states: [
                    State::Measured([16.0, 13.0, 17.0], DEG_28),
                    State::Measured([11.0, 9.0, 12.0], DEG_28),
                    State::TooSmall,
                    State::Absent,
                    State::Absent,
                ],
            },
            Lesion {
                name: "N01",
                role: "target",
                site: "lymph node",
                nodal: true,
                label: 3,
                kind: NODE,
                region: GROIN,
                centre: [-40.0, -22.0],
                slice: 18,
                signal: 520.0,
                states: [
                    State::Measured([27.0, 17.0, 22.0], DEG_143),
                    State::Measured([19.0, 12.0, 17.0], DEG_143),
                    State::Measured([18.0, 11.5, 16.0], DEG_143),
                    State::Measured([10.0, 6.5, 11.0], DEG_164),
                    State::Measured([9.5, 6.0, 11.0], DEG_164),
                ],
            },
        ],
    },
];
