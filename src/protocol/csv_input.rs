//! The one door for tables from people: comma or semicolon, with or without a byte order mark, any line ends. What is
//! written differently is accepted, what could mean two things is not, and all problems are listed, not only the first.

use crate::problem::Problem;
use crate::response::settings::calendar_date;
use crate::units::Micrometres;
use jiff::civil::Date;

/// The columns a table may have.
pub struct Columns<'a> {
    /// Those that must be there.
    pub required: &'a [&'a str],
    /// Those that may be missing.
    pub optional: &'a [&'a str],
}

/// A table as text.
#[derive(Debug)]
pub struct Table {
    header: Vec<String>,
    /// Rows that are not empty.
    pub rows: Vec<Row>,
}

/// One row of a table.
#[derive(Debug)]
pub struct Row {
    /// Line of the file, counted from 1; the header is usually line 1.
    pub line: u64,
    fields: Vec<String>,
}

/// Whether the columns are those that a table may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    /// All are known, and none is missing.
    Right,
    /// Some are not known, repeated or missing: an empty cell says nothing, because it may stand in a column that was not found.
    Wrong,
}

/// Reads a table, and adds all problems of its form: not UTF-8, no commas, missing, unknown or repeated columns, rows with too many or
/// too few fields, control characters. Such rows are left out; the others are there, so that what is wrong with their cells is told at
/// once. `None`: the columns are not known, so no cell can be read.
pub fn read(bytes: &[u8], file: &str, columns: &Columns, problems: &mut Vec<Problem>) -> Option<Table> {
    read_whatever(bytes, file, columns, problems).filter(|(_, header)| *header == Header::Right).map(|(table, _)| table)
}

/// The same, with the rows below a wrong header too.
pub fn read_whatever(bytes: &[u8], file: &str, columns: &Columns, problems: &mut Vec<Problem>) -> Option<(Table, Header)> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.replace("\r\n", "\n").replace('\r', "\n"),
        Err(_) => {
            let advice = "save it as CSV in UTF-8";
            problems.push(Problem::error("not-utf8", "the table is not text in UTF-8", advice).in_file(file));
            return None;
        }
    };
    let first_line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if let Some(problem) = other_separator(first_line) {
        problems.push(problem.in_file(file));
        return None;
    }
    let delimiter = if first_line.matches(';').count() > first_line.matches(',').count() { b';' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut records = reader.records();
    let header: Vec<String> = match records.next() {
        Some(Ok(record)) => record.iter().map(|name| name.trim().to_lowercase()).collect(),
        Some(Err(_)) | None => Vec::new(),
    };
    let mut found = Vec::new();
    check_header(&header, columns, &mut found);
    let form = if found.is_empty() { Header::Right } else { Header::Wrong };
    let mut rows = Vec::new();
    for record in records {
        match record {
            Ok(record) => {
                let line = record.position().map_or(0, |position| line_of(position, &text));
                let fields: Vec<String> = record.iter().map(|field| unguarded(field.trim()).to_string()).collect();
                if fields.iter().all(String::is_empty) {
                    continue;
                }
                if fields.len() != header.len() {
                    found.push(wrong_width(&fields, &header, delimiter).at(format!("row {line}")));
                } else {
                    let row = Row { line, fields };
                    let unseen = control_characters(&row, &header, is_unseen);
                    if unseen.is_empty() { rows.push(row) } else { found.extend(unseen) }
                }
            }
            Err(error) => {
                let problem = Problem::error("row-unreadable", error.to_string(), "correct the row");
                let line = error.position().map(|position| format!("row {}", line_of(position, &text)));
                found.push(problem.or_in(None, line.as_deref()));
            }
        }
    }
    problems.extend(found.into_iter().map(|problem| problem.in_file(file)));
    Some((Table { header, rows }, form))
}

/// A table that is not separated by commas or semicolons.
fn other_separator(first_line: &str) -> Option<Problem> {
    let advice = "save it as CSV with commas or semicolons; the first row must name the columns";
    if first_line.to_lowercase().starts_with("sep=") {
        let message = "the first line says `sep=`, which only some spreadsheets understand";
        return Some(Problem::error("separator", message, "remove that line; commas and semicolons are recognised"));
    }
    let tabs = first_line.contains('\t') && !first_line.contains([',', ';']);
    tabs.then(|| Problem::error("separator", "the columns are separated by tabs", advice))
}

/// What a terminal would act on, and nobody would see. Lines may break within a cell, as in a comment.
fn is_unseen(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
}

/// The cells of a row that hold characters of a kind.
fn control_characters(row: &Row, header: &[String], of_kind: fn(char) -> bool) -> Vec<Problem> {
    let cells = row.fields.iter().zip(header).filter(|(field, _)| field.contains(of_kind));
    let problem = |(field, column): (&String, &String)| {
        let found = field.chars().filter(|c| of_kind(*c)).map(|c| format!("U+{:04X}", u32::from(c)));
        let message = format!("`{column}` holds control characters ({})", found.collect::<Vec<_>>().join(", "));
        Problem::error("control-character", message, "remove them").at(format!("row {}", row.line))
    };
    cells.map(problem).collect()
}

/// The line on which a record begins; its position is that of the empty lines before it, if there are any.
fn line_of(position: &csv::Position, text: &str) -> u64 {
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let empty_lines = text.bytes().skip(start).take_while(|byte| *byte == b'\n').count();
    position.line() + empty_lines as u64
}

/// Our own tables put an apostrophe before a text that a spreadsheet would take for a formula; it is no part of the text.
fn unguarded(field: &str) -> &str {
    match field.as_bytes() {
        [b'\'', b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r', ..] => &field[1..],
        _ => field,
    }
}

fn check_header(header: &[String], columns: &Columns, problems: &mut Vec<Problem>) {
    let known = || columns.required.iter().chain(columns.optional);
    let advice = format!("allowed columns: {}", known().copied().collect::<Vec<_>>().join(", "));
    for (place, name) in header.iter().enumerate() {
        if header[..place].contains(name) {
            problems.push(Problem::error("column-repeated", format!("column `{name}` stands twice"), "keep one"));
        } else if !known().any(|column| column == name) {
            let nearest = known().map(|column| (distance(name, column), column)).min().filter(|(distance, _)| *distance <= 2);
            let meant = nearest.map(|(_, column)| format!("; did you mean `{column}`?")).unwrap_or_default();
            problems.push(Problem::error("column-unknown", format!("there is no column `{name}`{meant}"), &advice));
        }
    }
    for missing in columns.required.iter().filter(|column| !header.iter().any(|name| name == **column)) {
        problems.push(Problem::error(
            "column-missing",
            format!("column `{missing}` is missing"),
            "the first row must name the columns",
        ));
    }
}

fn wrong_width(fields: &[String], header: &[String], delimiter: u8) -> Problem {
    let message = format!("it has {} fields, but the header has {}", fields.len(), header.len());
    let advice = match fields.len() > header.len() && delimiter == b',' {
        true => "a decimal comma splits a number in two: write a decimal point",
        false => "leave empty what is unknown, but keep the separators",
    };
    Problem::error("row-width", message, advice)
}

/// Fewest letters to insert, delete or replace to turn one word into the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

impl Table {
    /// Takes out rows with line breaks or tabs within a cell, for tables whose cells are names and words.
    pub fn refuse_line_breaks(&mut self, file: &str, problems: &mut Vec<Problem>) {
        let header = &self.header;
        self.rows.retain(|row| {
            let broken = control_characters(row, header, char::is_control);
            let is_whole = broken.is_empty();
            problems.extend(broken.into_iter().map(|problem| problem.in_file(file)));
            is_whole
        });
    }

    /// Whether the table has this column.
    pub fn has(&self, column: &str) -> bool {
        self.header.iter().any(|name| name == column)
    }

    /// A row with the names of its columns, and a place for the problems of its cells.
    pub fn cells<'a>(&'a self, row: &'a Row, file: &'a str, problems: &'a mut Vec<Problem>) -> Cells<'a> {
        Cells { table: self, row, file, problems }
    }
}

/// The cells of one row. What cannot be read becomes a problem and reads as empty.
pub struct Cells<'a> {
    table: &'a Table,
    row: &'a Row,
    file: &'a str,
    problems: &'a mut Vec<Problem>,
}

impl Cells<'_> {
    /// Text of a cell; empty when the column or the field is missing.
    pub fn text(&self, column: &str) -> &str {
        let place = self.table.header.iter().position(|name| name == column);
        place.and_then(|place| self.row.fields.get(place)).map_or("", String::as_str)
    }

    /// Text of a cell, `None` when empty.
    pub fn optional(&self, column: &str) -> Option<String> {
        Some(self.text(column)).filter(|text| !text.is_empty()).map(str::to_string)
    }

    /// Text of a cell that must not be empty.
    pub fn required(&mut self, column: &str) -> Option<String> {
        let text = self.optional(column);
        if text.is_none() {
            self.problem("cell-empty", format!("`{column}` is empty"), "fill it in");
        }
        text
    }

    /// A calendar date.
    pub fn date(&mut self, column: &str) -> Option<Date> {
        let text = self.optional(column)?;
        let date = calendar_date(&text);
        if date.is_none() {
            self.problem("date", format!("`{text}` in `{column}` is not a date"), "write dates as 2026-01-05");
        }
        date
    }

    /// A length in millimetres, exactly as written.
    pub fn millimetres(&mut self, column: &str) -> Option<Micrometres> {
        let text = self.optional(column)?;
        match Micrometres::parse_mm(&text) {
            Ok(length) => Some(length),
            Err(error) => {
                self.problem("length", format!("`{column}`: {error}"), "write millimetres as 12.5");
                None
            }
        }
    }

    /// A figure from which nothing is decided: a number of 0 or above.
    pub fn figure(&mut self, column: &str) -> Option<f64> {
        let text = self.optional(column)?;
        let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
        if number.is_none() {
            let message = format!("`{text}` in `{column}` is not a number of 0 or above");
            self.problem("figure", message, "write numbers as 12.5");
        }
        number
    }

    /// One of a list of words; case does not matter.
    pub fn one_of<T: Copy>(&mut self, column: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.optional(column)?;
        let known = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(&text)).map(|(_, value)| *value);
        if known.is_none() {
            let allowed = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
            self.problem("word", format!("`{text}` is not a value of `{column}`"), format!("allowed are {allowed}"));
        }
        known
    }

    /// Yes or no.
    pub fn yes_no(&mut self, column: &str) -> Option<bool> {
        self.one_of(column, YES_NO)
    }

    /// Notes a problem of this row.
    pub fn problem(&mut self, code: &'static str, message: impl Into<String>, advice: impl Into<String>) {
        let problem = Problem::error(code, message, advice).in_file(self.file).at(format!("row {}", self.row.line));
        self.problems.push(problem);
    }
}

/// The spellings of yes and no in every table.
pub const YES_NO: &[(&str, bool)] =
    &[("true", true), ("false", false), ("yes", true), ("no", false), ("y", true), ("n", false), ("1", true), ("0", false)];

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns = Columns { required: &["subject", "date"], optional: &["mm"] };

    fn codes(text: &[u8]) -> Vec<(&'static str, Option<String>)> {
        let mut problems = Vec::new();
        read(text, "t.csv", &COLUMNS, &mut problems);
        problems.into_iter().map(|problem| (problem.code, problem.position)).collect()
    }

    #[test]
    fn every_dialect_reads_the_same() {
        let dialects: [&[u8]; 5] = [
            b"subject,date,mm\nS1,2026-01-05,12.5\n",
            b"\xEF\xBB\xBFsubject;date;mm\r\nS1;2026-01-05;12.5\r\n",
            b"Subject, Date ,mm\rS1,2026-01-05,12.5",
            b"subject,mm,date\n\nS1,\"12.5\",2026-01-05\n,,\n",
            b"subject;mm;date\nS1;12.5; 2026-01-05 ",
        ];
        for text in dialects {
            let mut problems = Vec::new();
            let table = read(text, "t.csv", &COLUMNS, &mut problems).expect("a good table");
            assert_eq!(table.rows.len(), 1);
            let mut cells = table.cells(&table.rows[0], "t.csv", &mut problems);
            assert_eq!(cells.text("subject"), "S1");
            assert_eq!(cells.date("date"), Some(jiff::civil::date(2026, 1, 5)));
            assert_eq!(cells.millimetres("mm"), Some(Micrometres(12_500)));
            assert!(problems.is_empty());
        }
    }

    #[test]
    fn all_problems_of_form_are_listed_with_their_row() {
        assert_eq!(
            codes(b"subjct,date,date\nS1,2026-01-05,1"),
            [("column-unknown", None), ("column-repeated", None), ("column-missing", None)]
        );
        assert_eq!(
            codes(b"subject,date\r\rS1,2026-01-05,9\rS2"),
            [("row-width", Some("row 3".into())), ("row-width", Some("row 4".into()))]
        );
        assert_eq!(codes(b"\xFF\xFE"), [("not-utf8", None)]);
        assert_eq!(codes(b""), [("column-missing", None), ("column-missing", None)]);
    }

    #[test]
    fn a_misspelt_column_is_recognised() {
        let mut problems = Vec::new();
        assert!(read(b"subject,date,nm\n", "t.csv", &COLUMNS, &mut problems).is_none(), "nm is no column");
        assert!(problems[0].message.contains("did you mean `mm`?"), "{}", problems[0]);
    }

    #[test]
    fn cells_that_cannot_be_read_say_so() {
        let mut problems = Vec::new();
        let text = b"subject;date;mm\nS1;2026-01-05\n;5.1.2026;12,5\n";
        let table = read(text, "t.csv", &COLUMNS, &mut problems).expect("the columns are known");
        assert_eq!(std::mem::take(&mut problems).len(), 1, "a row without its last field");
        let mut cells = table.cells(&table.rows[0], "t.csv", &mut problems);
        assert_eq!((cells.required("subject"), cells.date("date"), cells.millimetres("mm")), (None, None, None));
        assert_eq!(problems.len(), 3);
        assert!(problems.iter().all(|problem| problem.position.as_deref() == Some("row 3")));
        assert!(problems[2].message.contains("decimal comma"));
    }

    #[test]
    fn distances_are_those_of_levenshtein() {
        for (from, to, steps) in [("kitten", "sitting", 3), ("", "abc", 3), ("mm", "mm", 0), ("flaw", "lawn", 2)] {
            assert_eq!(distance(from, to), steps, "{from} {to}");
        }
    }
}
