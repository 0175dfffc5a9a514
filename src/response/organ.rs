//! Which sites are one organ (recist-rules, S3): paired organs, all lymph nodes together, the whole skeleton.

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

/// The organ of a site, or `None` when the site is unknown.
pub fn organ(site: Option<&str>, nodal: bool) -> Option<String> {
    if nodal {
        return Some(LYMPH_NODES.into());
    }
    let words = words(site?);
    if words.is_empty() || words == ["unknown"] {
        return None;
    }
    let named = ORGANS.iter().find(|(_, names)| words.iter().any(|word| names.contains(&word.as_str())));
    Some(named.map_or_else(|| words.join(" "), |(organ, _)| (*organ).into()))
}

fn words(site: &str) -> Vec<String> {
    let lower = site.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty() && !PLACE_WORDS.contains(word));
    words.map(singular).collect()
}

fn singular(word: &str) -> String {
    match word.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with(['s', 'i', 'u', 'a']) => stem.into(),
        _ => word.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
