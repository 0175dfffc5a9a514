//! Which sites are one organ (recist-rules, S3): paired organs, all lymph nodes together, the whole skeleton.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Most targets in all (RECIST 1.1 section 4.2).
pub const MAX_TARGETS: usize = 5;
/// Most targets in one organ (RECIST 1.1 section 4.2).
pub const MAX_PER_ORGAN: usize = 2;

/// All lymph nodes.
pub const LYMPH_NODES: &str = "lymph nodes";
/// The whole skeleton.
pub const SKELETON: &str = "skeleton";

/// Organs with the words that name them or a part of them, in singular.
const ORGANS: &[(&str, &[&str])] = &[
    (LYMPH_NODES, &["lymph", "node", "nodal", "lymphnode", "lymphonodus", "ln", "lns", "adenopathy", "lymphadenopathy"]),
    (
        SKELETON,
        &[
            "bone",
            "skeleton",
            "osseous",
            "vertebra",
            "vertebral",
            "vertebrae",
            "spine",
            "rib",
            "femur",
            "femoral",
            "humerus",
            "sternum",
            "skull",
            "sacrum",
            "ilium",
            "scapula",
            "clavicle",
            "tibia",
            "fibula",
            "radius",
            "ulna",
            "acetabulum",
            "ischium",
            "pubis",
            "mandible",
            "calvarium",
        ],
    ),
    // The hepatic and the splenic flexure are parts of the colon.
    ("colon", &["colon", "flexure"]),
    ("lung", &["lung", "pulmonary"]),
    ("liver", &["liver", "hepatic"]),
    ("kidney", &["kidney", "renal"]),
    ("adrenal gland", &["adrenal", "suprarenal"]),
    ("ovary", &["ovary", "ovarian", "ovarie"]),
    ("breast", &["breast", "mammary"]),
    (
        "brain",
        &[
            "brain",
            "cerebral",
            "cerebrum",
            "cerebellum",
            "cerebellar",
            "intracranial",
            "brainstem",
            "frontal",
            "parietal",
            "temporal",
            "occipital",
            "pons",
            "thalamus",
        ],
    ),
    ("thyroid", &["thyroid"]),
    ("prostate", &["prostate"]),
    ("testis", &["testis", "teste", "testicle", "testicular"]),
    ("pleura", &["pleura", "pleural"]),
    // A lobe of nothing named above is one of the lung.
    ("lung", &["lobe", "lingula", "rul", "rml", "rll", "lul", "lll"]),
];

/// Words that say where in an organ, not which.
const PLACE_WORDS: &[&str] = &["left", "right", "l", "r", "lt", "rt", "bilateral", "both"];

/// The place in `ORGANS` of every word.
static ORGAN_OF_WORD: LazyLock<HashMap<&str, usize>> = LazyLock::new(|| {
    let words = ORGANS.iter().enumerate().flat_map(|(place, (_, names))| names.iter().map(move |name| (*name, place)));
    words.collect()
});

/// The organ of a site, or `None` when the site is unknown.
pub fn organ(site: Option<&str>, nodal: bool) -> Option<Cow<'static, str>> {
    if nodal {
        return Some(LYMPH_NODES.into());
    }
    let site = site?;
    let is_lower = site.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    let lower = if is_lower { Cow::Borrowed(site) } else { Cow::Owned(site.to_lowercase()) };
    let words = || {
        let words = lower.split(|c: char| !c.is_alphanumeric());
        words.filter(|word| !word.is_empty() && !PLACE_WORDS.contains(word)).map(singular)
    };
    if words().all(|word| word == "unknown") && words().count() < 2 {
        return None;
    }
    let named = words().filter_map(|word| ORGAN_OF_WORD.get(word)).min();
    Some(named.map_or_else(|| words().collect::<Vec<_>>().join(" ").into(), |place| ORGANS[*place].0.into()))
}

fn singular(word: &str) -> &str {
    match word.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with(['s', 'i', 'u', 'a']) => stem,
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_names_one_organ() {
        assert_eq!(ORGAN_OF_WORD.len(), ORGANS.iter().map(|(_, names)| names.len()).sum::<usize>());
    }

    #[test]
    fn sites_of_one_organ_have_one_name() {
        for (site, expected) in [
            ("Left lung", Some("lung")),
            ("lungs", Some("lung")),
            ("right upper lobe", Some("lung")),
            ("right lobe of liver", Some("liver")),
            ("left frontal lobe", Some("brain")),
            ("temporal bone", Some(SKELETON)),
            ("brainstem", Some("brain")),
            ("right lobe of the thyroid", Some("thyroid")),
            ("hepatic flexure", Some("colon")),
            ("mediastinal LN", Some(LYMPH_NODES)),
            ("hilar lymphadenopathy", Some(LYMPH_NODES)),
            ("kidney, left", Some("kidney")),
            ("ovaries", Some("ovary")),
            ("testes", Some("testis")),
            ("adrenals", Some("adrenal gland")),
            ("L3 vertebra", Some(SKELETON)),
            ("ribs", Some(SKELETON)),
            ("mediastinal lymph nodes", Some(LYMPH_NODES)),
            ("pancreas", Some("pancreas")),
            ("unknown", None),
            ("  ", None),
        ] {
            assert_eq!(organ(Some(site), false).as_deref(), expected, "{site}");
        }
        assert_eq!(organ(Some("left axilla"), true).as_deref(), Some(LYMPH_NODES));
        assert_eq!(organ(None, false), None);
    }
}
