//! `docs/problems.md` lists every code that the program can say, with its severity: found in the source, so that the page is never old.
//!
//! A code is a literal where a problem is made: `Problem::warning("own-grid", ...)`. A function or closure may make problems for its
//! callers; then its parameter is called `code` and the literals stand in its calls.

#[path = "problem_codes/tokens.rs"]
mod tokens;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tokens::{Token, arguments, without_tests};

/// Codes with their severities.
type Codes = BTreeMap<String, BTreeSet<String>>;

/// What makes a problem, and how grave that is.
const CONSTRUCTORS: [(&str, &str); 3] = [("info", "note"), ("warning", "warning"), ("error", "error")];

/// What asks a query, and which of its arguments is the code.
const QUERIES: [(&str, usize); 2] = [("ask", 2), ("ask_if", 1)];

/// One source file: its path below `src`, and its tokens without tests.
type Source = (String, Vec<Token>);

/// A function or closure that makes problems for its callers.
struct Forwarder {
    name: String,
    /// Which argument is the code.
    place: usize,
    /// Callable from other files of its room.
    public: bool,
}

/// A search through sources: the codes found, and what could not be followed.
struct Search<'a> {
    sources: &'a [Source],
    codes: Codes,
    lost: Vec<String>,
}

/// All codes of some sources, and what the search could not follow.
fn codes_of(sources: &[Source]) -> (Codes, Vec<String>) {
    let mut search = Search { sources, codes: Codes::new(), lost: Vec::new() };
    for (path, tokens) in sources.iter().filter(|(path, _)| path != "problem.rs") {
        for (name, severity) in CONSTRUCTORS {
            for at in tokens::find(tokens, &["Problem", ":", ":", name, "("]) {
                search.constructor(path, tokens, at, severity);
            }
        }
        search.queries(path, tokens);
        search.changes(path, tokens);
    }
    (search.codes, search.lost)
}

impl Search<'_> {
    fn add(&mut self, code: &str, severity: &str) {
        self.codes.entry(code.to_string()).or_default().insert(severity.to_string());
    }

    /// What `Problem::warning(` at `at` makes.
    fn constructor(&mut self, path: &str, tokens: &[Token], at: usize, severity: &str) {
        match first_of(tokens, at + 4).as_slice() {
            [Token::Text(code)] => self.add(code, severity),
            [Token::Word(word)] if word == "code" => match forwarder(tokens, at) {
                Some(forwarder) => self.calls(path, &forwarder, severity),
                None => self.lost.push(format!("{path}: `code` of a problem is no parameter")),
            },
            // The method next to it lists them.
            [Token::Word(word), ..] if word == "self" => {
                let method = tokens::find(tokens, &["fn", "code", "("]);
                let body = method.first().map(|&at| tokens::body(tokens, at)).unwrap_or_default();
                body.iter().filter_map(Token::text).for_each(|code| self.add(code, severity));
            }
            _ => self.lost.push(format!("{path}: the code of a problem is no literal")),
        }
    }

    /// The codes that callers give to a forwarder in `path`.
    fn calls(&mut self, path: &str, forwarder: &Forwarder, severity: &str) {
        for (other, tokens) in self.sources {
            if other != path && !(forwarder.public && room(other) == room(path)) {
                continue;
            }
            let calls = tokens::find(tokens, &[&forwarder.name, "("]);
            for call in calls.into_iter().filter(|&call| call == 0 || !tokens[call - 1].is("fn")) {
                match arguments(tokens, call + 1).get(forwarder.place).map(Vec::as_slice) {
                    Some([Token::Text(code)]) => self.add(code, severity),
                    _ => self.lost.push(format!("{other}: a call of `{}` without a literal code", forwarder.name)),
                }
            }
        }
    }

    fn queries(&mut self, path: &str, tokens: &[Token]) {
        for (name, place) in QUERIES {
            for at in tokens::find(tokens, &[".", name, "("]) {
                let code = match arguments(tokens, at + 2).get(place).map(Vec::as_slice) {
                    Some([Token::Text(code)]) => Some(code.clone()),
                    Some([Token::Word(word)]) => constant(tokens, word),
                    _ => None,
                };
                match code {
                    Some(code) => self.add(&code, "query"),
                    None => self.lost.push(format!("{path}: the code of a query is no literal")),
                }
            }
        }
        for at in tokens::find(tokens, &["queries", ".", "push", "("]) {
            if let [Token::Text(code)] = first_of(tokens, at + 3).as_slice() {
                self.add(code, "query");
            }
        }
    }

    /// A code or severity that is set afterwards would escape the search.
    fn changes(&mut self, path: &str, tokens: &[Token]) {
        for field in ["code", "severity"] {
            let set = tokens::find(tokens, &[".", field, "="]);
            if set.into_iter().any(|at| !tokens.get(at + 3).is_some_and(|next| next.is("="))) {
                self.lost.push(format!("{path}: the {field} of a problem is changed"));
            }
        }
    }
}

fn room(path: &str) -> &str {
    path.split(['/', '.']).next().unwrap_or_default()
}

fn first_of(tokens: &[Token], open: usize) -> Vec<Token> {
    arguments(tokens, open).into_iter().next().unwrap_or_default()
}

/// The nearest function or closure before `at` that has a parameter `code`.
fn forwarder(tokens: &[Token], at: usize) -> Option<Forwarder> {
    (0..at).rev().find_map(|start| {
        let (name, parameters, public) = if start > 1 && tokens[start].is("|") && tokens[start - 1].is("=") {
            let end = start + 1 + tokens[start + 1..at].iter().position(|token| token.is("|"))?;
            (tokens[start - 2].word()?, tokens::split(&tokens[start + 1..end]), false)
        } else if tokens[start].is("fn") {
            let is_public = tokens[start.saturating_sub(4)..start].iter().any(|token| token.is("pub"));
            let open = start + tokens[start..at].iter().position(|token| token.is("("))?;
            (tokens[start + 1].word()?, arguments(tokens, open), is_public)
        } else {
            return None;
        };
        let own = parameters.iter().filter(|parameter| !parameter.iter().any(|token| token.is("self")));
        let place = own.into_iter().position(|parameter| parameter.first().is_some_and(|token| token.is("code")))?;
        Some(Forwarder { name: name.to_string(), place, public })
    })
}

/// The text of `const NAME: &str = "text"`.
fn constant(tokens: &[Token], name: &str) -> Option<String> {
    let at = *tokens::find(tokens, &["const", name, ":", "&", "str", "="]).first()?;
    tokens.get(at + 6)?.text().map(str::to_string)
}

/// The head of the tables that list codes.
const HEAD: &str = "| code | severity | meaning | what to do |";

/// The rows of the tables of codes: code, severities, what else it says.
fn rows(page: &str) -> Vec<(String, BTreeSet<String>, Vec<String>)> {
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_string()).collect::<Vec<_>>();
    let tables = page.split(HEAD).skip(1).map(|after| after.lines().skip(2).take_while(|line| line.starts_with('|')));
    tables
        .flatten()
        .map(cells)
        .map(|cells| {
            let severities = cells.get(1).map(|cell| cell.split(" or ").map(str::to_string).collect()).unwrap_or_default();
            (cells[0].trim_matches('`').to_string(), severities, cells.into_iter().skip(2).collect())
        })
        .collect()
}

/// How a page differs from what the source says.
fn complaints(page: &str, codes: &Codes) -> Vec<String> {
    let mut found = Vec::new();
    let mut listed = BTreeSet::new();
    for (code, severities, rest) in rows(page) {
        if rest.len() != 2 || rest.iter().any(String::is_empty) {
            found.push(format!("`{code}`: meaning and what to do are expected"));
        }
        match codes.get(&code) {
            None => found.push(format!("`{code}` is on the page, but nothing says it")),
            Some(own) if *own != severities => found.push(format!("`{code}` is {own:?}, the page says {severities:?}")),
            Some(_) => {}
        }
        if !listed.insert(code.clone()) {
            found.push(format!("`{code}` stands twice on the page"));
        }
    }
    found.extend(codes.keys().filter(|code| !listed.contains(*code)).map(|code| format!("`{code}` is not on the page")));
    let is_kebab = |code: &&String| {
        code.split('-').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
    };
    found.extend(codes.keys().filter(|code| !is_kebab(code)).map(|code| format!("`{code}` is not in kebab case")));
    found
}

fn source(path: &str, text: &str) -> Source {
    (path.to_string(), without_tests(tokens::of(text)))
}

#[test]
fn the_page_lists_every_code() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = walkdir::WalkDir::new(package.join("src")).sort_by_file_name();
    let files = files.into_iter().map(|entry| entry.unwrap().into_path());
    let files = files.filter(|path| path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs"));
    let sources: Vec<Source> = files
        .map(|path| {
            let name = path.strip_prefix(package.join("src")).unwrap().to_string_lossy().replace('\\', "/");
            source(&name, &std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    let (codes, mut found) = codes_of(&sources);
    assert!(codes.len() > 100, "the search found only {codes:?}");
    let page = std::fs::read_to_string(package.join("docs/problems.md")).unwrap();
    found.extend(complaints(&page, &codes));
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn codes_are_found_wherever_they_stand() {
    for (text, expected) in [
        (r#"Problem::warning("a-b", "m", "")"#, "a-b warning"),
        ("Problem::info(\n    // why\n    \"a\",\n    format!(\"x, {y}\"),\n)", "a note"),
        (r##"let s = r#"Problem::error("no", "")"#; Problem::error("a", "", "")"##, "a error"),
        (
            r#"let mut warn = |code, m: &str| p.push(Problem::warning(code, m, "")); warn("a", "x"); warn("b", "y");"#,
            "a warning, b warning",
        ),
        (
            r#"fn problem(&mut self, code: &'static str, m: &str) { Problem::error(code, m, "") } x.problem("a", f('"'))"#,
            "a error",
        ),
        (r#"let f = |row: &Row<'_>, code, m| Problem::error(code, m, ""); f(row, "a", (1, 2))"#, "a error"),
        (
            r#"fn code(&self) -> &str { match self { A => "a", B { .. } => "b" } } fn p(&self) { Problem::error(self.code(), "", "") }"#,
            "a error, b error",
        ),
        (
            "Problem::error(\"a\", \"\", \"\")\n#[cfg(test)]\nmod tests { fn f() { Problem::error(\"no\", \"\", \"\") } }",
            "a error",
        ),
        (
            r#"const NEW: &str = "a"; asking.ask(&visit, name, NEW, q); judged.ask_if(x, "b"); queries.push("c")"#,
            "a query, b query, c query",
        ),
        (r#"Problem::error("a", "", ""); Problem::warning("a", "", "")"#, "a error, a warning"),
    ] {
        let (codes, lost) = codes_of(&[source("a.rs", text)]);
        let found: Vec<String> =
            codes.iter().flat_map(|(code, own)| own.iter().map(move |severity| format!("{code} {severity}"))).collect();
        assert_eq!((found.join(", "), lost), (expected.to_string(), Vec::new()), "{text}");
    }
    for text in [
        "Problem::error(name, \"\", \"\")",
        "Problem::error(code, \"\", \"\")",
        "let wrong = |code, m| Problem::error(code, m, \"\"); wrong(name, \"\")",
        "judged.ask_if(x, name)",
        "problem.severity = Severity::Error;",
    ] {
        assert_eq!(codes_of(&[source("a.rs", text)]).1.len(), 1, "{text}");
    }
    // A public one is called from other files of its room.
    let door = source("room/door.rs", "pub fn problem(&self, code: &'static str) { Problem::error(code, m, a) }");
    let caller = |path: &str| source(path, "cells.problem(\"a\", m)");
    assert!(codes_of(&[door.clone(), caller("room/b.rs")]).0.contains_key("a"));
    assert!(!codes_of(&[door, caller("other/b.rs")]).0.contains_key("a"));
}

#[test]
fn a_page_that_differs_is_found() {
    let codes =
        |severities: &[&str]| -> Codes { [("a-b".to_string(), severities.iter().map(|s| (*s).to_string()).collect())].into() };
    let page = |rows: &str| format!("text\n\n{HEAD}\n| --- | --- | --- | --- |\n{rows}\n\n| `other` | table |\n");
    let both = codes(&["warning", "error"]);
    assert!(complaints(&page("| `a-b` | warning or error | m | w |"), &both).is_empty());
    for (rows, codes) in [
        ("| `a-b` | warning | m | w |", &both),
        ("| `a-b` | note | m | w |", &codes(&["warning"])),
        ("", &both),
        ("| `a-b` | error | m | w |\n| `c` | error | m | w |", &codes(&["error"])),
        ("| `a-b` | error | m | w |\n| `a-b` | error | m | w |", &codes(&["error"])),
        ("| `a-b` | error | m |  |", &codes(&["error"])),
        ("| `A_b` | error | m | w |", &[("A_b".to_string(), ["error".to_string()].into())].into()),
    ] {
        assert_eq!(complaints(&page(rows), codes).len(), 1, "{rows}");
    }
}
