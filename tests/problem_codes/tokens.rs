//! Rust source as words, texts and marks: enough to find calls and their arguments, wherever lines break.

/// A piece of source. Comments and blanks are none.
#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    /// A name, a keyword or a number.
    Word(String),
    /// What stands in a string literal, escapes as they are written.
    Text(String),
    /// Anything else, one character.
    Mark(char),
}

impl Token {
    /// Whether this is the word or the mark.
    pub fn is(&self, text: &str) -> bool {
        match self {
            Self::Word(word) => word == text,
            Self::Text(_) => false,
            Self::Mark(mark) => text.chars().eq([*mark]),
        }
    }

    pub fn word(&self) -> Option<&str> {
        if let Self::Word(word) = self { Some(word) } else { None }
    }

    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

/// The tokens of a source file.
pub fn of(source: &str) -> Vec<Token> {
    let mut rest = source;
    let mut tokens = Vec::new();
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some((text, length)) = string(rest) {
            tokens.push(Token::Text(text));
            length
        } else if first.is_alphanumeric() || first == '_' {
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..length].to_string()));
            length
        } else if first == '\'' {
            // A quote also begins a lifetime, which has no end.
            let character = rest[1..].starts_with('\\').then(|| rest[3..].find('\'').map(|end| end + 4));
            character
                .flatten()
                .or_else(|| rest[1..].char_indices().nth(1).filter(|(_, c)| *c == '\'').map(|(at, _)| at + 2))
                .unwrap_or(1)
        } else {
            if !first.is_whitespace() {
                tokens.push(Token::Mark(first));
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

/// The string literal at the start, plain, of bytes or raw: its content and its length.
fn string(rest: &str) -> Option<(String, usize)> {
    let after = rest.strip_prefix('b').unwrap_or(rest);
    let prefix = rest.len() - after.len();
    if let Some(raw) = after.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let content = raw[hashes..].strip_prefix('"')?;
        let end = content.find(&format!("\"{}", "#".repeat(hashes)))?;
        return Some((content[..end].to_string(), prefix + 1 + hashes + 1 + end + 1 + hashes));
    }
    let content = after.strip_prefix('"')?;
    let mut escaped = false;
    let end = content.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    })?;
    Some((content[..end].to_string(), prefix + 1 + end + 1))
}

/// The places where these tokens follow each other.
pub fn find(tokens: &[Token], wanted: &[&str]) -> Vec<usize> {
    let same = |window: &[Token]| window.iter().zip(wanted).all(|(token, text)| token.is(text));
    tokens.windows(wanted.len()).enumerate().filter(|(_, window)| same(window)).map(|(at, _)| at).collect()
}

/// Where the bracket that opens at `open` is closed.
fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0usize;
    let close = tokens[open..].iter().position(|token| {
        match token {
            Token::Mark('(' | '[' | '{') => depth += 1,
            Token::Mark(')' | ']' | '}') => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    close.map_or(tokens.len(), |length| open + length)
}

/// The arguments in the bracket that opens at `open`.
pub fn arguments(tokens: &[Token], open: usize) -> Vec<Vec<Token>> {
    split(&tokens[open + 1..closing(tokens, open)])
}

/// Pieces between commas that stand in no bracket.
pub fn split(tokens: &[Token]) -> Vec<Vec<Token>> {
    let mut pieces = vec![Vec::new()];
    let mut depth = 0;
    for token in tokens {
        match token {
            Token::Mark('(' | '[' | '{') => depth += 1,
            Token::Mark(')' | ']' | '}') => depth -= 1,
            _ => {}
        }
        match (token, pieces.last_mut()) {
            (Token::Mark(','), _) if depth == 0 => pieces.push(Vec::new()),
            (_, Some(piece)) => piece.push(token.clone()),
            (_, None) => {}
        }
    }
    pieces
}

/// The tokens of the next block in braces.
pub fn body(tokens: &[Token], from: usize) -> Vec<Token> {
    let open = tokens[from..].iter().position(|token| token.is("{")).map_or(tokens.len() - 1, |length| from + length);
    tokens[open..closing(tokens, open)].to_vec()
}

/// Without modules that are only there for tests.
pub fn without_tests(mut tokens: Vec<Token>) -> Vec<Token> {
    while let Some(&at) = find(&tokens, &["#", "[", "cfg", "(", "test", ")", "]", "mod"]).first() {
        let named = at + 9;
        let end = if tokens.get(named).is_some_and(|token| token.is("{")) { closing(&tokens, named) } else { named };
        tokens.drain(at..=end.min(tokens.len() - 1));
    }
    tokens
}
