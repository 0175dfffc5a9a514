//! Measurability at baseline (recist-rules, section 1).

use super::organ::{LYMPH_NODES, SKELETON, organ};
use super::reason::serialize_parts;
use super::spelling::spelled;
use crate::units::Micrometres;
use serde::{Serialize, Serializer};
use std::borrow::Cow;

/// A lesion that might become a target; what is `None` is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Candidate {
    /// Identity of the subject in the trial.
    pub subject: String,
    /// Identity within the subject.
    pub lesion: String,
    /// Organ or nodal station.
    pub site: Option<String>,
    /// A lymph node; `None`: as the site says.
    pub nodal: Option<bool>,
    /// Long axis.
    pub long_axis: Option<Micrometres>,
    /// Greatest axis perpendicular to it.
    pub short_axis: Option<Micrometres>,
    /// Slice thickness.
    pub slice: Option<Micrometres>,
    /// Gap between slices.
    pub gap: Option<Micrometres>,
    /// How it was seen; `None`: by CT.
    pub modality: Option<Modality>,
    /// Kind of bone lesion.
    pub bone: Option<BoneLesion>,
    /// A bone lesion has a soft-tissue part, and the axes are those of that part.
    pub soft_tissue: bool,
    /// Kind of cyst.
    pub cystic: Option<Cyst>,
    /// Irradiated, ablated or embolised before.
    pub prior_therapy: bool,
    /// Has progressed since that therapy.
    pub progressed_since_therapy: bool,
    /// Disease that cannot be measured by its nature, such as ascites.
    pub non_measurable: bool,
}

spelled! {
    /// How a lesion was seen.
    pub enum Modality {
        /// Computed tomography.
        Ct = "CT",
        /// Magnetic resonance imaging.
        Mr = "MR",
        /// Plain film.
        Xr = "XR",
        /// Ultrasound.
        Us = "US",
        /// Measured on the body.
        Caliper = "caliper",
        /// Positron emission tomography, with the CT that belongs to it.
        Pet = "PET",
    }
}

spelled! {
    /// Kind of bone lesion.
    pub enum BoneLesion {
        /// Bone is lost.
        Lytic = "lytic",
        /// Bone is lost and formed.
        Mixed = "mixed",
        /// Bone is formed.
        Blastic = "blastic",
    }
}

spelled! {
    /// Kind of cyst.
    pub enum Cyst {
        /// No disease.
        Simple = "simple",
        /// A cystic metastasis.
        Metastasis = "metastasis",
    }
}

spelled! {
    /// What a candidate is.
    pub enum Measurability {
        /// Can be a target.
        Measurable = "measurable",
        /// Disease, but cannot be a target.
        NonMeasurable = "non-measurable",
        /// A normal lymph node.
        Normal = "normal",
        /// No disease.
        NotALesion = "not-a-lesion",
    }
}

spelled! {
    /// The axis that counts.
    pub enum Axis {
        /// Long axis.
        Long = "long",
        /// Short axis, of a node.
        Short = "short",
    }
}

/// Why a candidate is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the lengths in each ground are those of its sentence")]
pub enum Ground {
    /// M1, M2, M3: long enough.
    LongEnough { mm: Micrometres, least: Micrometres },
    /// M1, M2, M3: too short.
    TooShort { mm: Micrometres, least: Micrometres },
    /// M2: thick slices raise the least length.
    ThickSlices { slice: Micrometres, least: Micrometres },
    /// M1: slice thickness unknown.
    SliceUnknown,
    /// M3: MR does not measure lung.
    LungByMr,
    /// M4: a plain film measures only what aerated lung surrounds.
    XrayOutsideLung,
    /// M5: calipers measure only what is superficial.
    Caliper,
    /// M6: a node of 15 mm and above.
    NodeMeasurable { mm: Micrometres },
    /// M6: a node of 10 to below 15 mm.
    NodePathological { mm: Micrometres },
    /// M6: a node below 10 mm.
    NodeNormal { mm: Micrometres },
    /// M6: slices so thick that 15 mm is less than twice their thickness.
    NodeThickSlices { slice: Micrometres },
    /// M7: blastic bone lesion.
    BoneBlastic,
    /// M7: bone without a soft-tissue part.
    BoneWithoutSoftTissue,
    /// M7: only CT and MR measure the soft-tissue part of bone lesions.
    BoneModality,
    /// M7: the soft-tissue part is what is measured.
    BoneSoftTissue,
    /// M8: simple cyst.
    SimpleCyst,
    /// M8: cystic metastasis.
    CysticMetastasis,
    /// M9: treated locally before.
    PriorTherapy,
    /// M9: treated locally before, progressed since.
    ProgressedSinceTherapy,
    /// M10: cannot be measured by its nature.
    NonMeasurableDisease,
    /// M11: no measuring tool.
    NotAMeasuringTool { modality: Modality },
    /// The axis that counts is unknown.
    AxisUnknown { axis: Axis },
    /// S3: site unknown.
    SiteUnknown,
    /// S2: among the largest.
    Selected { rank: usize },
    /// S1: five larger ones.
    TotalFull,
    /// S1, S3: two larger ones in this organ.
    OrganFull,
    /// S3: the second node should be of another station.
    OtherStation,
    /// M8: solid lesions come first.
    SolidPreferred,
    /// S2: an organ without a target.
    OrganNotRepresented,
    /// S5: followed as non-target.
    FollowedAsNonTarget,
    /// S6: the subject has no measurable lesion.
    NoTarget,
}

impl Ground {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::LongEnough { .. } => "long-enough",
            Self::TooShort { .. } => "too-short",
            Self::ThickSlices { .. } => "thick-slices",
            Self::SliceUnknown => "slice-unknown",
            Self::LungByMr => "lung-by-mr",
            Self::XrayOutsideLung => "xray-outside-lung",
            Self::Caliper => "caliper",
            Self::NodeMeasurable { .. } => "node-measurable",
            Self::NodePathological { .. } => "node-pathological",
            Self::NodeNormal { .. } => "node-normal",
            Self::NodeThickSlices { .. } => "node-thick-slices",
            Self::BoneBlastic => "bone-blastic",
            Self::BoneWithoutSoftTissue => "bone-without-soft-tissue",
            Self::BoneModality => "bone-modality",
            Self::BoneSoftTissue => "bone-soft-tissue",
            Self::SimpleCyst => "simple-cyst",
            Self::CysticMetastasis => "cystic-metastasis",
            Self::PriorTherapy => "prior-therapy",
            Self::ProgressedSinceTherapy => "progressed-since-therapy",
            Self::NonMeasurableDisease => "non-measurable-disease",
            Self::NotAMeasuringTool { .. } => "not-a-measuring-tool",
            Self::AxisUnknown { .. } => "axis-unknown",
            Self::SiteUnknown => "site-unknown",
            Self::Selected { .. } => "selected",
            Self::TotalFull => "total-full",
            Self::OrganFull => "organ-full",
            Self::OtherStation => "other-station",
            Self::SolidPreferred => "solid-preferred",
            Self::OrganNotRepresented => "organ-not-represented",
            Self::FollowedAsNonTarget => "followed-as-nontarget",
            Self::NoTarget => "no-target",
        }
    }

    /// Where the rule is written.
    pub fn source(self) -> &'static str {
        match self {
            Self::LongEnough { .. } | Self::TooShort { .. } | Self::ThickSlices { .. } => "RECIST 1.1 section 3.1.1",
            Self::SliceUnknown | Self::AxisUnknown { .. } | Self::XrayOutsideLung => "RECIST 1.1 section 3.1.1",
            Self::NodeMeasurable { .. } | Self::NodePathological { .. } | Self::NodeNormal { .. } => "RECIST 1.1 section 3.1.1",
            Self::NodeThickSlices { .. } => "recist-rules section 1, M6",
            Self::LungByMr => "RECIST 1.1 appendix III",
            Self::Caliper | Self::NotAMeasuringTool { .. } => "RECIST 1.1 section 3.2.2",
            Self::BoneBlastic | Self::BoneWithoutSoftTissue | Self::BoneModality | Self::BoneSoftTissue => {
                "RECIST 1.1 section 3.1.3"
            }
            Self::SimpleCyst | Self::CysticMetastasis | Self::PriorTherapy => "RECIST 1.1 section 3.1.3",
            Self::ProgressedSinceTherapy | Self::SolidPreferred => "RECIST 1.1 section 3.1.3",
            Self::NonMeasurableDisease => "RECIST 1.1 section 3.1.2",
            Self::Selected { .. } | Self::TotalFull | Self::OrganFull | Self::OrganNotRepresented => "RECIST 1.1 section 4.2",
            Self::FollowedAsNonTarget => "RECIST 1.1 section 4.2",
            Self::SiteUnknown | Self::OtherStation => "recist-rules section 2, S3",
            Self::NoTarget => "RECIST 1.1 section 4.1",
        }
    }

    /// The sentence for readers.
    pub fn text(self) -> String {
        match self {
            Self::LongEnough { mm, least } => format!("long axis {mm} mm, needed are {least} mm"),
            Self::TooShort { mm, least } => format!("long axis {mm} mm is below the {least} mm needed"),
            Self::ThickSlices { slice, least } => format!("slices {slice} mm apart need twice that length: {least} mm"),
            Self::SliceUnknown => "slice thickness unknown, taken as 5 mm or less".into(),
            Self::LungByMr => "MR does not measure lung lesions".into(),
            Self::XrayOutsideLung => "a plain film measures only lesions surrounded by aerated lung".into(),
            Self::Caliper => "calipers measure superficial lesions only; imaging is preferred".into(),
            Self::NodeMeasurable { mm } => format!("lymph node with short axis {mm} mm; 15 mm and above is measurable"),
            Self::NodePathological { mm } => {
                format!("lymph node with short axis {mm} mm; 10 to below 15 mm is diseased but no target")
            }
            Self::NodeNormal { mm } => format!("lymph node with short axis {mm} mm; below 10 mm is normal"),
            Self::NodeThickSlices { slice } => format!("slices of {slice} mm are thick for a node of 15 mm"),
            Self::BoneBlastic => "blastic bone lesions cannot be measured".into(),
            Self::BoneWithoutSoftTissue => {
                "a bone lesion is measurable only by a soft-tissue part, and only if lytic or mixed".into()
            }
            Self::BoneModality => "the soft-tissue part of a bone lesion is measured by CT or MR only".into(),
            Self::BoneSoftTissue => "the soft-tissue part of the bone lesion is measured".into(),
            Self::SimpleCyst => "a simple cyst is no disease".into(),
            Self::CysticMetastasis => "a cystic metastasis may be a target, but solid lesions come first".into(),
            Self::PriorTherapy => "treated locally before, and not known to have progressed since".into(),
            Self::ProgressedSinceTherapy => "treated locally before, but progressed since".into(),
            Self::NonMeasurableDisease => "disease of a kind that cannot be measured".into(),
            Self::NotAMeasuringTool { modality } => format!("{modality} is not used to measure lesions"),
            Self::AxisUnknown { axis } => format!("the {axis} axis is unknown"),
            Self::SiteUnknown => "site unknown: lesions of unknown site count as one organ until it is stated".into(),
            Self::Selected { rank } => format!("proposed as target number {rank} in order of size"),
            Self::TotalFull => "five targets are proposed already".into(),
            Self::OrganFull => "two targets of this organ are proposed already".into(),
            Self::OtherStation => "the second node is taken from another station".into(),
            Self::SolidPreferred => "solid lesions come first".into(),
            Self::OrganNotRepresented => "no lesion of this organ is among the proposed targets".into(),
            Self::FollowedAsNonTarget => "disease that is no target is followed as non-target".into(),
            Self::NoTarget => "the subject has no measurable lesion: only where the protocol takes non-measurable disease".into(),
        }
    }
}

impl Serialize for Ground {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_parts(serializer, self.code(), self.source(), &self.text())
    }
}

/// The judgement on one candidate, before any choice between candidates.
pub(super) struct Judged {
    pub(super) measurability: Measurability,
    pub(super) axis: Axis,
    pub(super) mm: Option<Micrometres>,
    /// Sites that count as one; `None` when the site is unknown.
    pub(super) organ: Option<Cow<'static, str>>,
    pub(super) grounds: Vec<Ground>,
}

/// Least length of a measurable lesion seen by CT or MR, or felt (M1, M5).
const LEAST: Micrometres = Micrometres::from_mm(10);
/// Least length by plain film (M4).
const LEAST_XRAY: Micrometres = Micrometres::from_mm(20);
/// Least short axis of a diseased node (M6).
const NODE_PATHOLOGICAL: Micrometres = Micrometres::from_mm(10);
/// Least short axis of a measurable node (M6).
const NODE_MEASURABLE: Micrometres = Micrometres::from_mm(15);

/// Judges a candidate by M1 to M16.
pub(super) fn judge(candidate: &Candidate) -> Judged {
    let site_organ = organ(candidate.site.as_deref(), candidate.nodal == Some(true));
    let nodal = candidate.nodal.unwrap_or(site_organ.as_deref() == Some(LYMPH_NODES));
    let organ = if candidate.bone.is_some() && !nodal { Some(SKELETON.into()) } else { site_organ };
    let (axis, mm) = if nodal { (Axis::Short, candidate.short_axis) } else { (Axis::Long, candidate.long_axis) };
    let mut grounds = Vec::new();
    let measurability = if candidate.cystic == Some(Cyst::Simple) {
        grounds.push(Ground::SimpleCyst);
        Measurability::NotALesion
    } else {
        let by_size = match (mm, nodal) {
            (None, _) => {
                grounds.push(Ground::AxisUnknown { axis });
                Measurability::NonMeasurable
            }
            (Some(mm), true) => judge_node(mm, candidate, &mut grounds),
            (Some(mm), false) => judge_length(mm, organ.as_deref(), candidate, &mut grounds),
        };
        let by_nature = judge_nature(nodal, organ.as_deref(), candidate, &mut grounds);
        if by_size == Measurability::Measurable && !by_nature { Measurability::NonMeasurable } else { by_size }
    };
    if organ.is_none() {
        grounds.push(Ground::SiteUnknown);
    }
    Judged { measurability, axis, mm, organ, grounds }
}

fn judge_node(mm: Micrometres, candidate: &Candidate, grounds: &mut Vec<Ground>) -> Measurability {
    if mm < NODE_PATHOLOGICAL {
        grounds.push(Ground::NodeNormal { mm });
        return Measurability::Normal;
    }
    if mm < NODE_MEASURABLE {
        grounds.push(Ground::NodePathological { mm });
        return Measurability::NonMeasurable;
    }
    grounds.push(Ground::NodeMeasurable { mm });
    if let Some(slice) = candidate.slice.filter(|slice| 2 * slice.0 > NODE_MEASURABLE.0) {
        grounds.push(Ground::NodeThickSlices { slice });
    }
    Measurability::Measurable
}

/// M1 to M5: thick slices, and gaps in MR, raise the least length; thin slices do not lower it.
fn judge_length(mm: Micrometres, organ: Option<&str>, candidate: &Candidate, grounds: &mut Vec<Ground>) -> Measurability {
    let modality = candidate.modality.unwrap_or(Modality::Ct);
    let mut least = LEAST;
    match modality {
        Modality::Ct | Modality::Mr => {
            let gap = if modality == Modality::Mr { candidate.gap.unwrap_or_default() } else { Micrometres::ZERO };
            match candidate.slice {
                Some(slice) if 2 * (slice + gap).0 > LEAST.0 => {
                    least = Micrometres(2 * (slice + gap).0);
                    grounds.push(Ground::ThickSlices { slice: slice + gap, least });
                }
                Some(_) => {}
                None => grounds.push(Ground::SliceUnknown),
            }
        }
        Modality::Xr => {
            least = LEAST_XRAY;
            if organ.is_some_and(|organ| organ != "lung") {
                grounds.push(Ground::XrayOutsideLung);
                return Measurability::NonMeasurable;
            }
        }
        Modality::Caliper => grounds.push(Ground::Caliper),
        Modality::Us | Modality::Pet => {}
    }
    if mm < least {
        grounds.push(Ground::TooShort { mm, least });
        return Measurability::NonMeasurable;
    }
    grounds.push(Ground::LongEnough { mm, least });
    Measurability::Measurable
}

/// M3 and M7 to M11: whether the kind of lesion and the way it was seen allow measuring. All that speaks against it is
/// listed.
fn judge_nature(nodal: bool, organ: Option<&str>, candidate: &Candidate, grounds: &mut Vec<Ground>) -> bool {
    let before = grounds.len();
    if candidate.non_measurable {
        grounds.push(Ground::NonMeasurableDisease);
    }
    if let Some(modality @ (Modality::Us | Modality::Pet)) = candidate.modality {
        grounds.push(Ground::NotAMeasuringTool { modality });
    }
    if candidate.modality == Some(Modality::Mr) && organ == Some("lung") {
        grounds.push(Ground::LungByMr);
    }
    if nodal && candidate.modality == Some(Modality::Xr) {
        grounds.push(Ground::XrayOutsideLung);
    }
    let in_bone = !nodal && organ == Some(SKELETON);
    if in_bone {
        match candidate.bone {
            Some(BoneLesion::Blastic) => grounds.push(Ground::BoneBlastic),
            Some(BoneLesion::Lytic | BoneLesion::Mixed) | None if !candidate.soft_tissue => {
                grounds.push(Ground::BoneWithoutSoftTissue);
            }
            Some(BoneLesion::Lytic | BoneLesion::Mixed) | None => {
                if !matches!(candidate.modality, None | Some(Modality::Ct | Modality::Mr)) {
                    grounds.push(Ground::BoneModality);
                }
            }
        }
    }
    if candidate.prior_therapy && !candidate.progressed_since_therapy {
        grounds.push(Ground::PriorTherapy);
    }
    let measurable = grounds.len() == before;
    if measurable && in_bone {
        grounds.push(Ground::BoneSoftTissue);
    }
    if candidate.prior_therapy && candidate.progressed_since_therapy {
        grounds.push(Ground::ProgressedSinceTherapy);
    }
    if candidate.cystic == Some(Cyst::Metastasis) {
        grounds.push(Ground::CysticMetastasis);
    }
    measurable
}
