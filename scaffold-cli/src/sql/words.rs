//! SQL as words.

/// A name, a number or a sign. Names are in lower case unless they are in quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// Whether it is a name in quotes, which no word of SQL is.
    pub(super) quoted: bool,
}

impl Word {
    pub(super) fn is(&self, text: &str) -> bool {
        !self.quoted && self.text == text
    }
}

/// The words of a text, without comments; what texts say does not matter.
pub(super) fn words(sql: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |at| at + 2),
            '\'' | '"' | '`' => quoted(rest, first),
            '$' => dollars(rest),
            c if is_part(c) => rest.find(|c| !is_part(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (text, more) = rest.split_at(length);
        words.extend(word(text, first));
        rest = more;
    }
    words
}

fn word(text: &str, first: char) -> Option<Word> {
    let plain = |text: String| {
        Some(Word {
            text,
            quoted: false,
        })
    };
    match first {
        _ if text.starts_with("--") || text.starts_with("/*") => None,
        '"' | '`' => Some(Word {
            text: text.trim_matches(first).to_owned(),
            quoted: true,
        }),
        c if c.is_whitespace() => None,
        _ => plain(text.to_lowercase()),
    }
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of a text in quotes; two of them in it are one.
fn quoted(text: &str, quote: char) -> usize {
    let mut rest = &text[1..];
    loop {
        let Some(at) = rest.find(quote) else {
            return text.len();
        };
        rest = &rest[at + 1..];
        match rest.strip_prefix(quote) {
            Some(more) => rest = more,
            None => return text.len() - rest.len(),
        }
    }
}

/// The length of `$tag$ .. $tag$`, or of the sign.
fn dollars(text: &str) -> usize {
    let Some(end) = text[1..].find('$').map(|at| at + 2) else {
        return 1;
    };
    let tag = &text[..end];
    if !tag[1..end - 1].chars().all(is_part) {
        return 1;
    }
    text[end..].find(tag).map_or(1, |at| end + at + tag.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_texts_are_no_words() {
        let found = words("A -- ;\n/* ; */ 'it''s;' \"B c\" $f$ ; $f$ $1;");
        let texts: Vec<&str> = found.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(texts, ["a", "'it''s;'", "B c", "$f$ ; $f$", "$", "1", ";"]);
        assert!(words("'open").len() == 1 && words("/* open").is_empty());
    }
}
