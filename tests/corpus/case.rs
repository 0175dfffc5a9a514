//! One case of the corpus: what its TOML says, a run of the program, and how the two differ.

use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Kibibytes of address space: no input, however it lies about sizes, may need more.
const ADDRESS_SPACE_KIB: u32 = 1 << 20;

/// No input may keep the program busy for longer.
const TIME: Duration = Duration::from_secs(10);

/// What the generators put into names and identifiers of patients.
const SECRETS: [&str; 3] = ["NEVER^SHOWN", "NEVER-SHOWN", "NEVERSHOWN"];

/// The root of the UIDs that the generators make; a message names files, not UIDs.
const UID_ROOT: &str = "1.2.826.0.1";

/// The cases of one TOML file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    #[serde(default)]
    pub case: Vec<Case>,
    /// Cases whose files cannot be committed.
    #[serde(default)]
    pub made: Vec<Made>,
}

/// Files, a command line, and what must come of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    /// Rows of the table in `tests/README.md`.
    pub rows: Vec<String>,
    /// Arguments of the program, run in the folder of the group.
    pub run: Vec<String>,
    pub exit: i32,
    /// The codes of all errors and warnings, no more and no less.
    #[serde(default)]
    pub problems: BTreeSet<String>,
    /// Codes of notes that must be there.
    #[serde(default)]
    pub notes: BTreeSet<String>,
    /// Must be said on stdout or stderr.
    #[serde(default)]
    pub says: Vec<String>,
    /// Must not be said.
    #[serde(default)]
    pub never: Vec<String>,
    /// JSON pointers into stdout; several objects on stdout are one array.
    #[serde(default)]
    pub values: BTreeMap<String, Value>,
    /// Where the expected values come from.
    pub source: String,
}

/// A case whose files are made on the spot by a Rust test.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Made {
    pub name: String,
    pub rows: Vec<String>,
    /// The function.
    pub test: String,
}

impl Case {
    /// Everything that is not as the case says, after a run in `folder`.
    pub fn complaints(&self, folder: &Path) -> Vec<String> {
        let ended = run(folder, &self.run);
        let (text, json) = (format!("{}\n{}", ended.stdout, ended.stderr), ended.json());
        let mut found = ended.faults();
        if ended.exit.is_some_and(|exit| exit != self.exit) {
            found.push(format!("exit {} where {} is expected", ended.exit.unwrap_or_default(), self.exit));
        }
        let codes = ended.codes(json.as_ref());
        let of = |note: bool| -> BTreeSet<String> {
            codes.iter().filter(|(_, severity)| (severity == "note") == note).map(|(code, _)| code.clone()).collect()
        };
        if of(false) != self.problems {
            found.push(format!("problems {:?} where {:?} are expected", of(false), self.problems));
        }
        for note in self.notes.difference(&of(true)) {
            found.push(format!("the note `{note}` is missing"));
        }
        for words in self.says.iter().filter(|words| !text.contains(words.as_str())) {
            found.push(format!("does not say `{words}`"));
        }
        for words in self.never.iter().filter(|words| text.contains(words.as_str())) {
            found.push(format!("says `{words}`"));
        }
        match &json {
            None if !self.values.is_empty() => found.push("stdout is no JSON".to_string()),
            None => {}
            Some(json) => found.extend(self.values.iter().filter_map(|(pointer, expected)| {
                let value = json.pointer(pointer);
                let said = || value.map_or("nothing".to_string(), Value::to_string);
                let holds = value.is_some_and(|value| equal(value, expected));
                (!holds).then(|| format!("{pointer} is {} where {expected} is expected", said()))
            })),
        }
        if self.source.trim().is_empty() {
            found.push("the source of its expectation is not given".to_string());
        }
        if !found.is_empty() && !ended.stderr.is_empty() {
            found.push(format!("stderr: {}", ended.stderr.trim_end()));
        }
        found.into_iter().map(|complaint| format!("{}: {complaint}", self.name)).collect()
    }

    /// The outcome in a few words, for the table.
    pub fn outcome(&self) -> String {
        let what = match (self.exit, self.run.first().map(String::as_str)) {
            (0 | 1, Some("measure")) => "measured",
            (0 | 1, _) => "read",
            (2, _) => "usage",
            (3, _) => "nothing to do",
            _ => "refused",
        };
        let codes: Vec<String> = self.problems.iter().chain(&self.notes).map(|code| format!("`{code}`")).collect();
        if codes.is_empty() { what.to_string() } else { format!("{what} with {}", codes.join(", ")) }
    }
}

/// What a run of the program left.
struct Ended {
    /// `None`: a signal ended it, or its time was up.
    exit: Option<i32>,
    in_time: bool,
    stdout: String,
    stderr: String,
}

/// Runs the program with little address space and little time.
fn run(folder: &Path, arguments: &[String]) -> Ended {
    let program = env!("CARGO_BIN_EXE_recist");
    let mut command = if cfg!(unix) {
        let mut shell = Command::new("sh");
        // Where the system knows no such limit, the case is still run.
        shell.args(["-c", &format!("ulimit -v {ADDRESS_SPACE_KIB} 2>/dev/null; exec \"$@\""), "sh", program]);
        shell
    } else {
        Command::new(program)
    };
    let (mut stdout, mut stderr) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    // Every thread takes address space of its own.
    command.env("RAYON_NUM_THREADS", "2");
    command.stdout(stdout.try_clone().unwrap()).stderr(stderr.try_clone().unwrap());
    let mut child = command.spawn().expect("the program starts");
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break Some(status);
        }
        if start.elapsed() > TIME {
            child.kill().unwrap();
            child.wait().unwrap();
            break None;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let text = |file: &mut std::fs::File| {
        let mut bytes = Vec::new();
        file.rewind().unwrap();
        file.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    Ended {
        exit: status.and_then(|status| status.code()),
        in_time: status.is_some(),
        stdout: text(&mut stdout),
        stderr: text(&mut stderr),
    }
}

impl Ended {
    /// What no case may show.
    fn faults(&self) -> Vec<String> {
        let mut found = Vec::new();
        match self.exit {
            None if self.in_time => found.push("a signal ended the program".to_string()),
            None => found.push(format!("not done after {} s", TIME.as_secs())),
            Some(exit @ (70 | 101)) => found.push(format!("exit {exit}: a fault of the program")),
            Some(_) => {}
        }
        if self.stderr.contains("panicked at") {
            found.push("the program panicked".to_string());
        }
        let text = format!("{}\n{}", self.stdout, self.stderr);
        for secret in SECRETS.iter().filter(|secret| text.contains(**secret)) {
            found.push(format!("says `{secret}`, which stands in attributes of the patient"));
        }
        if text.contains(env!("CARGO_MANIFEST_DIR")) {
            found.push("says where the files lie on this machine".to_string());
        }
        let json = self.json();
        let messages = json.iter().flat_map(problems).filter_map(|problem| problem["message"].as_str().map(String::from));
        if messages.chain([self.stderr.clone()]).any(|message| message.contains(UID_ROOT)) {
            found.push("a message says a UID".to_string());
        }
        found
    }

    /// Stdout as JSON: one value, or an array of several.
    fn json(&self) -> Option<Value> {
        let values: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&self.stdout).into_iter().collect();
        let mut values = values.ok()?;
        if values.len() > 1 { Some(Value::Array(values)) } else { values.pop() }
    }

    /// Code and severity of every problem in the JSON and of every line such as `warning: a.dcm: ... [code]`.
    fn codes(&self, json: Option<&Value>) -> BTreeSet<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let in_json = json.into_iter().flat_map(problems).map(|problem| (text(&problem["code"]), text(&problem["severity"])));
        let lines = self.stderr.lines().chain(self.stdout.lines().filter(|_| json.is_none()));
        let in_lines = lines.filter_map(|line| {
            let severity = ["error", "warning", "note"].into_iter().find(|word| line.starts_with(&format!("{word}: ")))?;
            let (_, code) = line.strip_suffix(']')?.rsplit_once(" [")?;
            Some((code.to_string(), severity.to_string()))
        });
        in_json.chain(in_lines).collect()
    }
}

/// The objects at any depth that have a code and a severity.
fn problems(value: &Value) -> Vec<&Value> {
    match value {
        Value::Object(fields) if fields.contains_key("code") && fields.contains_key("severity") => vec![value],
        Value::Object(fields) => fields.values().flat_map(problems).collect(),
        Value::Array(items) => items.iter().flat_map(problems).collect(),
        _ => Vec::new(),
    }
}

/// Numbers within 1e-6 relative or 1e-9 absolute; everything else exactly.
fn equal(value: &Value, expected: &Value) -> bool {
    match (value, expected) {
        (Value::Number(_), Value::Number(_)) => {
            let (Some(value), Some(expected)) = (value.as_f64(), expected.as_f64()) else { return false };
            (value - expected).abs() <= (1e-6 * expected.abs()).max(1e-9)
        }
        (Value::Array(values), Value::Array(expected)) => {
            values.len() == expected.len() && values.iter().zip(expected).all(|(value, expected)| equal(value, expected))
        }
        _ => value == expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(stdout: &str, stderr: &str) -> Ended {
        Ended { exit: Some(0), in_time: true, stdout: stdout.to_string(), stderr: stderr.to_string() }
    }

    #[test]
    fn codes_are_found_at_any_depth_and_in_lines() {
        let deep = r#"{"a": [{"b": {"code": "x", "severity": "note"}}], "problems": [{"code": "y", "severity": "error"}]}"#;
        let ended = ended(deep, "warning: f.dcm: odd [1, 2]. Look [z]\nnot a problem [w]\n");
        let codes: Vec<(String, String)> = ended.codes(ended.json().as_ref()).into_iter().collect();
        assert_eq!(codes, [("x", "note"), ("y", "error"), ("z", "warning")].map(|(a, b)| (a.to_string(), b.to_string())));
    }

    #[test]
    fn faults_are_found() {
        for (stdout, stderr) in [
            ("", "thread 'main' panicked at src/a.rs"),
            ("NEVER^SHOWN", ""),
            ("", concat!("error: ", env!("CARGO_MANIFEST_DIR"))),
            (r#"{"code": "x", "severity": "error", "message": "series 1.2.826.0.1.7 is odd"}"#, ""),
        ] {
            assert_eq!(ended(stdout, stderr).faults().len(), 1, "{stdout}{stderr}");
        }
        assert_eq!(Ended { exit: Some(70), ..ended("", "") }.faults().len(), 1);
        assert_eq!(Ended { exit: None, ..ended("", "") }.faults().len(), 1);
        assert!(ended(r#"{"series_instance_uid": "1.2.826.0.1.7"}"#, "error: a.dcm: odd [x]").faults().is_empty());
    }

    #[test]
    fn numbers_are_compared_with_a_tolerance_and_lists_by_element() {
        let same = |value: &str, expected: &str| equal(&value.parse().unwrap(), &expected.parse().unwrap());
        assert!(same("[1.0000001, 2]", "[1, 2.0]") && same("1e-10", "0") && same("\"a\"", "\"a\"") && same("null", "null"));
        assert!(!same("1.00001", "1") && !same("[1]", "[1, 2]") && !same("1", "\"1\"") && !same("null", "0"));
    }
}
