//! The lesions of a subject: as the table lists them, as the program proposes them, and those that turn up later.

use super::marks::{LoadedTimepoint, Mark};
use super::scans::Timepoint;
use crate::measure::{Level, measure};
use crate::problem::Problem;
use crate::protocol::lesions::LesionRow;
use crate::protocol::trial::Trial;
use crate::response::facts::{LesionFacts, Role, TimepointKind};
use crate::response::measurability::{Candidate, Modality};
use crate::response::selection::{ProposedRole, select};
use crate::units::Micrometres;
use crate::volume::{MaskKind, Segment};
use std::collections::{BTreeMap, BTreeSet};

/// A lesion and how masks call it.
#[derive(Debug, Clone)]
pub(super) struct Lesion {
    pub facts: LesionFacts,
    identity: Identity,
}

#[derive(Debug, Clone)]
enum Identity {
    /// As a row of the table says.
    Listed(LesionRow),
    /// As the mask itself says, without a table or beside it.
    OfMask(String),
}

/// The lesions of a subject.
pub(super) struct Lesions {
    pub all: Vec<Lesion>,
    /// Targets were proposed by the program.
    pub proposal: bool,
    /// The kinds of mask that are looked at.
    pub sources: Vec<MaskKind>,
    pub problems: Vec<Problem>,
}

impl Lesion {
    /// Whether a segment is this lesion.
    pub fn is(&self, segment: &Segment) -> bool {
        match &self.identity {
            Identity::Listed(row) => row.is(segment),
            Identity::OfMask(identity) => segment.identity() == *identity,
        }
    }
}

/// Finds the lesions of a subject.
pub(super) fn lesions_of(subject: &str, timepoints: &[Timepoint<'_>], loaded: &[LoadedTimepoint<'_>], trial: &Trial) -> Lesions {
    let mut found = match &trial.lesions {
        Some(rows) => listed(rows.iter().filter(|row| row.subject == subject), loaded, trial),
        None => proposed(subject, timepoints, loaded, trial),
    };
    turned_up(&mut found, timepoints, loaded, trial);
    found.problems.extend(unjudged(&found.all, loaded, trial));
    read_only(&mut found, subject, trial);
    found
}

fn listed<'r>(rows: impl Iterator<Item = &'r LesionRow>, loaded: &[LoadedTimepoint<'_>], trial: &Trial) -> Lesions {
    let nodal_by_code = |row: &LesionRow| {
        loaded.iter().flat_map(LoadedTimepoint::marks).filter(|mark| row.is(mark.segment)).find_map(|mark| mark.segment.nodal)
    };
    let all = rows.map(|row| Lesion {
        facts: LesionFacts {
            site: row.site.clone(),
            nodal: row.nodal.or_else(|| nodal_by_code(row)).unwrap_or(false),
            irradiated: row.irradiated,
            parent_lesion: row.parent_lesion.clone(),
            intracranial: row.intracranial,
            ..LesionFacts::new(&row.lesion, row.role)
        },
        identity: Identity::Listed(row.clone()),
    });
    Lesions { all: all.collect(), proposal: false, sources: trial.file.data.mask_sources.clone(), problems: Vec::new() }
}

/// Whether a segment may be a lesion: what the trial file names, else what the file says, else anything but contours, which are
/// often organs and planning volumes (recist-rules, W17).
fn may_be_lesion(mark: &Mark<'_>, trial: &Trial) -> bool {
    if !trial.lesion_names.is_empty() {
        let name = mark.segment.display_name();
        return trial.lesion_names.iter().any(|pattern| pattern.matches(&name));
    }
    mark.segment.is_lesion.unwrap_or(mark.loaded.kind != MaskKind::Rtstruct)
}

/// Targets and non-targets by the selection rules, from the masks of the baseline.
fn proposed(subject: &str, timepoints: &[Timepoint<'_>], loaded: &[LoadedTimepoint<'_>], trial: &Trial) -> Lesions {
    let mut lesions = Lesions { all: Vec::new(), proposal: true, sources: Vec::new(), problems: Vec::new() };
    let Some(at) = timepoints.iter().position(|timepoint| timepoint.kind == TimepointKind::Baseline) else { return lesions };
    // Each kind of mask has names of its own; without a table they cannot be matched, so one kind is used throughout.
    let kinds = &trial.file.data.mask_sources;
    let source = kinds
        .iter()
        .copied()
        .find(|kind| loaded[at].marks().any(|mark| mark.loaded.kind == *kind && may_be_lesion(&mark, trial)));
    let Some(source) = source else { return lesions };
    lesions.sources = vec![source];
    if kinds.len() > 1 {
        let message = format!(
            "without a table of lesions only the {} masks are used: other kinds name lesions in their own way",
            source.name()
        );
        lesions.problems.push(Problem::info(
            "one-mask-source",
            message,
            "list the lesions in lesions.csv to compare kinds of mask",
        ));
    }
    let mut first_of: BTreeMap<String, Mark<'_>> = BTreeMap::new();
    for mark in loaded[at].marks().filter(|mark| mark.loaded.kind == source && may_be_lesion(mark, trial)) {
        first_of.entry(mark.segment.identity()).or_insert(mark);
    }
    let mut marks: Vec<(String, Mark<'_>)> = first_of.into_iter().collect();
    marks.sort_by_key(|(identity, mark)| (mark.segment.display_name(), identity.clone()));
    let candidates: Vec<Candidate> = marks.iter().map(|(_, mark)| candidate(subject, mark, trial.file.measure.level)).collect();
    for ((identity, mark), selected) in marks.iter().zip(select(&candidates)) {
        let role = match selected.role {
            ProposedRole::Target => Role::Target,
            ProposedRole::NonTarget => Role::NonTarget,
            ProposedRole::None => continue,
        };
        lesions.all.push(Lesion { facts: facts(mark.segment, role), identity: Identity::OfMask(identity.clone()) });
    }
    lesions
}

fn candidate(subject: &str, mark: &Mark<'_>, level: Level) -> Candidate {
    let geometry = &mark.loaded.mask.geometry;
    let measured = measure(&mark.segment.runs, geometry, false, level);
    let one_pixel = geometry.one_pixel_mm();
    let thickness =
        mark.series.stack.as_ref().ok().and_then(|stack| stack.thickness_mm).unwrap_or(geometry.spacing_between_slices());
    let gap = geometry.spacing_between_slices() - thickness;
    Candidate {
        subject: subject.to_string(),
        lesion: mark.segment.display_name(),
        site: mark.segment.site.clone(),
        nodal: mark.segment.nodal,
        long_axis: Some(Micrometres::from_measured_mm(measured.long_axis_mm.max(one_pixel))),
        short_axis: Some(Micrometres::from_measured_mm(measured.short_axis_mm.max(one_pixel))),
        slice: Some(Micrometres::from_measured_mm(thickness)),
        gap: (gap > 0.05).then(|| Micrometres::from_measured_mm(gap)),
        modality: match mark.series.modality.as_str() {
            "MR" => Some(Modality::Mr),
            _ => Some(Modality::Ct),
        },
        ..Candidate::default()
    }
}

fn facts(segment: &Segment, role: Role) -> LesionFacts {
    LesionFacts {
        site: segment.site.clone(),
        nodal: segment.nodal.unwrap_or(false),
        ..LesionFacts::new(segment.display_name(), role)
    }
}

/// Segments that nobody listed: at follow-up a possible new lesion, at baseline only worth a word.
fn turned_up(lesions: &mut Lesions, timepoints: &[Timepoint<'_>], loaded: &[LoadedTimepoint<'_>], trial: &Trial) {
    // With several kinds of mask one unlisted lesion would turn up once for each; the first kind that has any speaks.
    let mut left_out: BTreeSet<String> = BTreeSet::new();
    for (timepoint, loaded) in timepoints.iter().zip(loaded) {
        let (known, unknown): (Vec<Mark<'_>>, Vec<Mark<'_>>) =
            loaded.marks().partition(|mark| lesions.all.iter().any(|lesion| lesion.is(mark.segment)));
        // The same lesion under the name that another kind of mask gives it is not unknown.
        let is_unknown = |mark: &Mark<'_>| may_be_lesion(mark, trial) && !known.iter().any(|known| known.is_same_place(mark));
        let unknown: Vec<Mark<'_>> = unknown.into_iter().filter(is_unknown).collect();
        let Some(source) = lesions.sources.iter().copied().find(|kind| unknown.iter().any(|mark| mark.loaded.kind == *kind))
        else {
            continue;
        };
        for mark in unknown.into_iter().filter(|mark| mark.loaded.kind == source) {
            let name = mark.segment.display_name();
            // What was there at baseline and is not followed is not new later.
            if lesions.all.iter().any(|lesion| lesion.is(mark.segment)) || left_out.contains(&mark.segment.identity()) {
                continue;
            }
            match timepoint.kind {
                TimepointKind::Baseline | TimepointKind::History => {
                    if !lesions.proposal {
                        left_out.insert(mark.segment.identity());
                        let message = format!("the segment `{name}` is not in the table of lesions and is not followed");
                        lesions.problems.push(
                            Problem::warning("segment-not-listed", message, "list it in lesions.csv if it is a lesion")
                                .in_file(&mark.loaded.source.shown),
                        );
                    }
                }
                TimepointKind::Scheduled | TimepointKind::Unscheduled => {
                    lesions.all.push(Lesion {
                        facts: facts(mark.segment, Role::New),
                        identity: Identity::OfMask(mark.segment.identity()),
                    });
                }
            }
        }
    }
}

/// Contours that nobody says what they are: neither a table, nor the trial file, nor the structure set. They are not followed, but
/// one of them may be a lesion (recist-rules, W17).
fn unjudged(known: &[Lesion], loaded: &[LoadedTimepoint<'_>], trial: &Trial) -> Option<Problem> {
    if !trial.lesion_names.is_empty() {
        return None;
    }
    let is_known = |mark: &Mark<'_>| known.iter().any(|lesion| lesion.is(mark.segment));
    let marks = || loaded.iter().flat_map(LoadedTimepoint::marks);
    let open = marks().filter(|mark| mark.loaded.kind == MaskKind::Rtstruct && mark.segment.is_lesion.is_none());
    let open = open.filter(|mark| !is_known(mark) && !marks().any(|other| is_known(&other) && other.is_same_place(mark)));
    let open: Vec<Mark<'_>> = open.collect();
    let file = &open.first()?.loaded.source.shown;
    let names: BTreeSet<String> = open.iter().map(|mark| format!("`{}`", mark.segment.display_name())).collect();
    let names = names.into_iter().collect::<Vec<_>>().join(", ");
    let message = format!("contours of no stated type are not followed: {names}");
    let advice = "list the lesions among them in lesions.csv, or name them under [data] lesion_names";
    Some(Problem::warning("contour-not-judged", message, advice).in_file(file))
}

/// Lesions that only the reader names.
fn read_only(lesions: &mut Lesions, subject: &str, trial: &Trial) {
    for read in trial.reads.iter().filter(|read| read.subject == subject) {
        let known = lesions.all.iter().any(|lesion| lesion.facts.lesion == read.lesion);
        if let (false, Some(role)) = (known, read.role) {
            let facts = LesionFacts { site: read.site.clone(), ..LesionFacts::new(&read.lesion, role) };
            lesions.all.push(Lesion { facts, identity: Identity::OfMask(read.lesion.clone()) });
        }
    }
}
