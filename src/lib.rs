//! From CT and MR scans with segmented lesions to lesion measurements, RECIST 1.1 responses and trial data.
//!
//! # Data flow
//!
//! ```text
//!  DICOM CT / MR series ─┐        trial.toml, subjects, lesions, reads ── protocol ─┐
//!  DICOM SEG, RTSTRUCT ──┤                                                          │
//!  NIfTI, NRRD masks ────┘                                                          ▼
//!        │ ingest                       measure                 pipeline       ┌─ response ─┐
//!        ├──────────► Volume, Mask ──────────────► Measurement ───────────────►│ Assessment │
//!        ▼                          kernels        rounded once, 0.1 mm        │ + reasons  │
//!     problems                                                                 └────────────┘
//!                                                                                │        │
//!                                                   CSV, SQLite, run.json  ◄── trial    report ──► HTML
//! ```
//!
//! # Rooms and their doors
//!
//! | room | what it does | door to |
//! | --- | --- | --- |
//! | [`units`] | lengths that decide are integers | |
//! | [`problem`] | what is odd or wrong, as data; `docs/problems.md` lists every code | |
//! | [`volume`] | where voxels are, which belong to a lesion | runs of the kernels |
//! | [`ingest`] | files to volumes and masks | the dicom crates |
//! | [`measure`] | lesions of a mask to measurements | `recist_kernels` |
//! | [`response`] | diameters over timepoints to responses | |
//! | [`protocol`] | what people write about a trial, read strictly | |
//! | [`trial`] | tables, database and record of a run | SQLite |
//! | [`report`] | the page with pictures | HTML, PNG |
//! | `pipeline` | the only place that names every step of `run` | |
//! | [`cli`] | one file for each subcommand | clap, the terminal |
//!
//! `tests/architecture.rs` holds this map and the list of who may use whom.
//!
//! # What is absent
//!
//! - `kernels` knows no DICOM, lesions or RECIST: voxels and spacings in, numbers out. It depends on `rayon` only.
//! - `response` knows no pixels, files or clock. Neither does `report`, which also measures and judges nothing.
//! - `volume` and `measure` know no DICOM and open no file. Only `ingest` names a DICOM attribute.
//! - Only `pipeline` turns a `Measurement` into an input of a response.
//! - No mask is resampled, no geometry is guessed, no missing value becomes a zero.
//! - No patient attribute of DICOM reaches a message, a table or the report. No result holds the time of the run.
//! - There is no `unsafe` code but one call in `kernels/src/widest.rs`.
//!
//! # Words
//!
//! *Volume*: the image; the quantity is a volume in mm³. *In-plane*: in the acquired plane. *Long axis*: the farthest pair of
//! contour points of one island of one slice. *Short axis*: the longest chord perpendicular to it, same slice, same island.
//! *Diameter used*: the long axis, or the short axis of a lymph node. *Level*: where the contour runs, through voxel centres or
//! outside of them. *Timepoint*: one assessment. *Visit*: its name in the schedule. *Sum*: the diameters used of all targets.
//! *Nadir*: the smallest complete sum before a timepoint, baseline included. *Query*: a question that a person must answer.
//! Classes: `CR PR SD PD NE NON-CR/NON-PD`, and `NA` where there is nothing of that kind. Lesion states: `measured`,
//! `too_small`, `absent`, `not_evaluable`, `split`, `merged`.
//!
//! # Frames and units
//!
//! Positions are LPS millimetres (x to the patient's left, y to the back, z to the head); other conventions are converted once,
//! by the reader. Voxel indices count from zero, `(column, row, slice)`; the origin is the *centre* of the first voxel. A name
//! carries its unit (`long_axis_mm`, `volume_mm3`) or its type does ([`units::Micrometres`]). Arrays of values are
//! `[slice, row, column]`. Dates are calendar dates without a time zone.
//!
//! # What is exact
//!
//! A diameter is rounded once, when it is recorded. From there on every sum, comparison and class is integer arithmetic, so a
//! value on a threshold falls on the side the rule says. Which pair of points is farthest in a slice is decided in integers too.
//! Percentages are for people; nothing is decided on them. The same input gives the same bytes with any number of threads.
//!
//! # Reading order
//!
//! [`units`], [`volume`], [`measure`], [`response`] (its `mod.rs` names the steps), then [`ingest`] and [`protocol`], then
//! `pipeline` and [`cli`].

pub mod cli;
pub mod ingest;
pub mod measure;
pub mod pipeline;
pub mod problem;
pub mod protocol;
pub mod report;
pub mod response;
pub mod trial;
pub mod units;
pub mod volume;
