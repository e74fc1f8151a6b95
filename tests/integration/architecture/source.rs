//! A Rust file read as text: enough of the language to tell code from comments, strings and tests.

/// One file of `src/`, its comments and tests taken out.
pub(super) struct Source {
    /// The path from the repository's top, with slashes.
    pub(super) path: String,
    /// The top-level module it belongs to; `main` and `lib` for the roots.
    pub(super) module: String,
    /// How many lines the file has, all counted.
    pub(super) lines: usize,
    /// The contents of its string literals.
    pub(super) literals: Vec<String>,
    /// How deep its module lies below the crate's root.
    depth: usize,
    /// Its words and marks, in order; `::` is one mark.
    tokens: Vec<String>,
}

impl Source {
    /// Reads `text` as the file at `path`.
    pub(super) fn new(path: &str, text: &str) -> Self {
        let inside = path.trim_start_matches("src/").trim_end_matches(".rs");
        let parts: Vec<&str> = inside.split('/').filter(|part| *part != "mod").collect();
        let mut items = if parts.contains(&"tests") {
            Vec::new()
        } else {
            lex(text)
        };
        leave_out_tests(&mut items);
        let (mut tokens, mut literals) = (Vec::new(), Vec::new());
        for item in items {
            match item {
                Item::Token(token) => tokens.push(token),
                Item::Literal(literal) => literals.push(literal),
            }
        }
        Self {
            path: path.to_owned(),
            module: parts
                .first()
                .map_or_else(String::new, |part| (*part).to_owned()),
            lines: text.lines().count(),
            literals,
            depth: parts.len(),
            tokens,
        }
    }

    /// Every word of the code.
    pub(super) fn words(&self) -> Vec<&String> {
        self.tokens.iter().filter(|token| is_word(token)).collect()
    }

    /// Every path that starts at the crate's root, a `use` tree spread out: `["store", "Store"]`.
    pub(super) fn crate_paths(&self) -> Vec<Vec<String>> {
        let mut paths = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            let start = at;
            let mut ups = 0;
            while self.is(at, "super") && self.is(at + 1, "::") {
                ups += 1;
                at += 2;
            }
            let from_root =
                (self.is(at, "crate") || self.is(at, "portcullis")) && self.is(at + 1, "::");
            if ups == 0 && from_root {
                at = self.spread(at + 2, &[], &mut paths);
            } else if ups > 0 && ups >= self.depth {
                at = self.spread(at, &[], &mut paths);
            }
            at = at.max(start + 1);
        }
        paths
    }

    /// Adds the paths of the tree that begins at token `at`, below `prefix`; returns the token after it.
    fn spread(&self, mut at: usize, prefix: &[String], paths: &mut Vec<Vec<String>>) -> usize {
        if self.is(at, "{") {
            at += 1;
            while at < self.tokens.len() && !self.is(at, "}") {
                at = if self.is(at, ",") {
                    at + 1
                } else {
                    self.spread(at, prefix, paths).max(at + 1)
                };
            }
            return at + 1;
        }
        let mut path = prefix.to_vec();
        match self.tokens.get(at) {
            Some(token) if token == "self" => {}
            Some(token) if token == "*" || is_word(token) => path.push(token.clone()),
            _ => {
                paths.push(path);
                return at;
            }
        }
        if self.is(at + 1, "::") {
            return self.spread(at + 2, &path, paths);
        }
        paths.push(path);
        at + if self.is(at + 1, "as") { 3 } else { 1 }
    }

    fn is(&self, at: usize, token: &str) -> bool {
        self.tokens.get(at).is_some_and(|own| own == token)
    }
}

enum Item {
    Token(String),
    Literal(String),
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c == '_' || c.is_alphanumeric())
}

/// Divides Rust text into words, marks and string literals; comments and characters are dropped.
fn lex(text: &str) -> Vec<Item> {
    let chars: Vec<char> = text.chars().collect();
    let rest = |at: usize| chars.get(at..).unwrap_or(&[]);
    let mut items = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        at += match rest(at) {
            ['/', '/', ..] => length_until(rest(at), &['\n']),
            ['/', '*', ..] => block_comment(rest(at)),
            ['"', ..] => {
                let length = plain_string(rest(at));
                items.push(Item::Literal(rest(at).iter().take(length).collect()));
                length
            }
            ['r', tail @ ..] if raw_hashes(tail).is_some() => {
                let close: Vec<char> = std::iter::once('"')
                    .chain(std::iter::repeat_n('#', raw_hashes(tail).unwrap_or(0)))
                    .collect();
                let open = 1 + close.len();
                let length = open + length_until(rest(at + open), &close) + close.len();
                items.push(Item::Literal(rest(at).iter().take(length).collect()));
                length
            }
            ['\'', '\\', _, tail @ ..] => 3 + length_until(tail, &['\'']) + 1,
            ['\'', _, '\'', ..] => 3,
            [':', ':', ..] => {
                items.push(Item::Token("::".to_owned()));
                2
            }
            ['b' | 'c', '"', ..] | ['b', '\'', ..] => 1,
            ['b' | 'c', 'r', tail @ ..] if raw_hashes(tail).is_some() => 1,
            _ if c == '_' || c.is_alphanumeric() => {
                let word: String = rest(at)
                    .iter()
                    .take_while(|c| **c == '_' || c.is_alphanumeric())
                    .collect();
                let length = word.chars().count();
                items.push(Item::Token(word));
                length
            }
            _ => {
                if !c.is_whitespace() {
                    items.push(Item::Token(c.to_string()));
                }
                1
            }
        };
    }
    items
}

/// How many characters come before `end`, or all of them.
fn length_until(chars: &[char], end: &[char]) -> usize {
    chars
        .windows(end.len())
        .position(|window| window == end)
        .unwrap_or(chars.len())
}

/// The length of a block comment, comments inside it included.
fn block_comment(chars: &[char]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < chars.len() {
        match chars.get(at..at + 2) {
            Some(['/', '*']) => (depth, at) = (depth + 1, at + 2),
            Some(['*', '/']) => (depth, at) = (depth.saturating_sub(1), at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of a string with its quotes, escapes heeded.
fn plain_string(chars: &[char]) -> usize {
    let mut at = 1;
    while let Some(c) = chars.get(at) {
        match c {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

/// How many `#` open a raw string after its `r`; none if no raw string opens there.
fn raw_hashes(chars: &[char]) -> Option<usize> {
    let hashes = chars.iter().take_while(|c| **c == '#').count();
    (chars.get(hashes) == Some(&'"')).then_some(hashes)
}

/// Takes out each item behind `#[cfg(test)]`: up to its closing brace or its semicolon.
fn leave_out_tests(items: &mut Vec<Item>) {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let token = |items: &[Item], at: usize| match items.get(at) {
        Some(Item::Token(token)) => token.clone(),
        _ => String::new(),
    };
    let mut at = 0;
    while at < items.len() {
        if !MARK
            .iter()
            .enumerate()
            .all(|(i, mark)| token(items, at + i) == *mark)
        {
            at += 1;
            continue;
        }
        let (mut end, mut depth) = (at + MARK.len(), 0_usize);
        while end < items.len() {
            let here = token(items, end);
            match here.as_str() {
                "{" | "(" | "[" => depth += 1,
                "}" | ")" | "]" => depth = depth.saturating_sub(1),
                _ => {}
            }
            end += 1;
            if depth == 0 && (here == ";" || here == "}") {
                break;
            }
        }
        items.drain(at..end);
    }
}
