//! The corpus: odd inputs, each with what must come of it, and the table in `tests/README.md` that says which rule each one holds.
//!
//! A case is a `[[case]]` of `corpus/GROUP.toml`; the program is run in `corpus/GROUP/` with little memory and little time.
//! After a change of a TOML file: `cargo test --test corpus -- --ignored` writes the table again.

#[path = "corpus/case.rs"]
mod case;

use case::Group;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// One TOML file and one folder each.
const GROUPS: [&str; 3] = ["series", "files", "masks"];

/// The head of the table.
const HEAD: &str = "| id | title | cases | result |";

/// The letter of the rows, the line of the page of rules before its list, and what an entry of that list starts with.
const LISTS: [(char, &str, &str); 9] = [
    ('G', "### Grouping and ordering", "| "),
    ('P', "### Pixel values", "- "),
    ('E', "### Files and encodings", "- "),
    ('S', "### DICOM SEG", "- "),
    ('R', "### RTSTRUCT", "- "),
    ('N', "### NIfTI", "- "),
    ('D', "### NRRD", "- "),
    ('L', "Found by running it on odd inputs:", "- "),
    ('O', "## 4.", "| "),
];

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// The cases of a group; `None` while its TOML file is not there.
fn group(name: &str) -> Option<Group> {
    let text = std::fs::read_to_string(tests().join("corpus").join(format!("{name}.toml"))).ok()?;
    Some(toml::from_str(&text).unwrap_or_else(|error| panic!("{name}.toml: {error}")))
}

fn run(name: &str) {
    let Some(group) = group(name) else {
        println!("skipped: {name}: there is no tests/corpus/{name}.toml");
        return;
    };
    let folder = tests().join("corpus").join(name);
    let complaints: Vec<Vec<String>> = group.case.iter().map(|case| case.complaints(&folder)).collect();
    let failed = complaints.iter().filter(|complaints| !complaints.is_empty()).count();
    let said: Vec<String> = complaints.into_iter().flatten().collect();
    assert!(said.is_empty(), "\n{}\n\n{failed} of {} cases fail", said.join("\n"), group.case.len());
}

#[test]
fn series() {
    run("series");
}

#[test]
fn files() {
    run("files");
}

#[test]
fn masks() {
    run("masks");
}

/// What the cases say about a row of the table: their names and outcomes.
type Held = BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)>;

fn held(groups: &[Group]) -> Held {
    let mut held = Held::new();
    let mut hold = |rows: &[String], name: &str, outcome: String| {
        for row in rows {
            let (names, outcomes) = held.entry(row.clone()).or_default();
            names.insert(format!("`{name}`"));
            outcomes.insert(outcome.clone());
        }
    };
    for group in groups {
        group.case.iter().for_each(|case| hold(&case.rows, &case.name, case.outcome()));
        group.made.iter().for_each(|made| hold(&made.rows, &made.name, format!("see `{}`", made.test)));
    }
    held
}

/// A row of the table: id and title, written by hand.
type Row<'a> = (&'a str, &'a str);

/// The rows of the table, and the text before and after them.
fn table(readme: &str) -> (&str, Vec<Row<'_>>, &str) {
    let head = readme.find(HEAD).expect("tests/README.md has the table of the corpus");
    let line_end = |from: usize| readme[from..].find('\n').map_or(readme.len(), |at| from + at + 1);
    let start = line_end(line_end(head));
    let length: usize = readme[start..].split_inclusive('\n').take_while(|line| line.starts_with('|')).map(str::len).sum();
    let rows = readme[start..start + length].lines().map(|line| {
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        (cells.next().unwrap_or_default(), cells.next().unwrap_or_default())
    });
    (&readme[..start], rows.collect(), &readme[start + length..])
}

/// The README with the cases and results that the TOML files give.
fn written(readme: &str, held: &Held) -> String {
    let (before, rows, after) = table(readme);
    let joined = |words: &BTreeSet<String>, separator: &str| words.iter().cloned().collect::<Vec<_>>().join(separator);
    let rows = rows.iter().map(|(id, title)| {
        let (names, outcomes) = held.get(*id).cloned().unwrap_or_default();
        format!("| {id} | {title} | {} | {} |\n", joined(&names, ", "), joined(&outcomes, "; "))
    });
    format!("{before}{}{after}", rows.collect::<String>())
}

fn readme() -> String {
    std::fs::read_to_string(tests().join("README.md")).unwrap()
}

#[test]
fn every_row_has_a_case_and_every_case_a_row() {
    let groups: Vec<Group> = GROUPS.iter().filter_map(|name| group(name)).collect();
    let names: Vec<&String> = groups
        .iter()
        .flat_map(|group| group.case.iter().map(|case| &case.name).chain(group.made.iter().map(|made| &made.name)))
        .collect();
    let mut once = BTreeSet::new();
    let twice: Vec<_> = names.iter().filter(|name| !once.insert(**name)).collect();
    assert!(twice.is_empty(), "names of several cases: {twice:?}");

    let sources: String = std::fs::read_dir(tests())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    for made in groups.iter().flat_map(|group| &group.made) {
        assert!(sources.contains(&format!("fn {}()", made.test)), "{}: there is no test `{}`", made.name, made.test);
    }

    let (readme, held) = (readme(), held(&groups));
    let (_, rows, _) = table(&readme);
    let ids: BTreeSet<&str> = rows.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids.len(), rows.len(), "an id stands twice in the table");
    let unknown: Vec<&String> = held.keys().filter(|id| !ids.contains(id.as_str())).collect();
    assert!(unknown.is_empty(), "rows that are not in the table: {unknown:?}");
    if groups.len() < GROUPS.len() {
        println!("skipped: every_row_has_a_case_and_every_case_a_row: not every group has a TOML file");
        return;
    }
    let empty: Vec<&&str> = ids.iter().filter(|id| !held.contains_key(**id)).collect();
    assert!(empty.is_empty(), "rows without a case: {empty:?}");
    assert!(written(&readme, &held) == readme, "the table in tests/README.md is old: cargo test --test corpus -- --ignored");
}

#[test]
#[ignore = "writes the table of tests/README.md"]
fn write_the_table() {
    let groups: Vec<Group> = GROUPS.iter().filter_map(|name| group(name)).collect();
    std::fs::write(tests().join("README.md"), written(&readme(), &held(&groups))).unwrap();
}

#[test]
fn no_rule_is_without_a_row() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/spec/ingest.md");
    let Ok(page) = std::fs::read_to_string(page) else {
        println!("skipped: no_rule_is_without_a_row: there is no ../shared/spec/ingest.md");
        return;
    };
    let readme = readme();
    let (_, rows, _) = table(&readme);
    for (letter, before, entry) in LISTS {
        let after = page.lines().skip_while(|line| !line.starts_with(before)).skip(1);
        let entries = after.skip_while(|line| !line.starts_with(entry)).take_while(|line| line.starts_with(entry)).count();
        // A table has a head of two lines.
        let entries = if entry == "| " { entries.saturating_sub(2) } else { entries };
        let ids = rows.iter().filter(|(id, _)| id.starts_with(letter)).count();
        assert!(entries > 0, "`{before}` has no list");
        assert_eq!(ids, entries, "rows {letter} against the list of `{before}`");
    }
}
