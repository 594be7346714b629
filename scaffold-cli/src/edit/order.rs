//! The order that rustfmt gives to names.

use std::cmp::Ordering;

/// Compares names as rustfmt sorts them in `use` lists: numbers by value, `_` first.
pub fn version_cmp(a: &str, b: &str) -> Ordering {
    let (mut a_rest, mut b_rest) = (a, b);
    let mut zeros = Ordering::Equal;
    while !a_rest.is_empty() && !b_rest.is_empty() {
        let (a_chunk, a_next) = split_chunk(a_rest);
        let (b_chunk, b_next) = split_chunk(b_rest);
        let order = match (is_number(a_chunk), is_number(b_chunk)) {
            (true, true) => {
                let order = number_cmp(a_chunk, b_chunk);
                // More leading zeros come first, but only if nothing else differs.
                zeros = zeros.then(b_chunk.len().cmp(&a_chunk.len()));
                order
            }
            _ => text_cmp(a_chunk, b_chunk),
        };
        if order.is_ne() {
            return order;
        }
        (a_rest, b_rest) = (a_next, b_next);
    }
    a_rest.len().cmp(&b_rest.len()).then(zeros)
}

/// Compares paths segment by segment as rustfmt sorts `use` lines.
pub fn path_cmp(a: &[String], b: &[String]) -> Ordering {
    let differing = a
        .iter()
        .zip(b)
        .map(|(a, b)| version_cmp(a, b))
        .find(|order| order.is_ne());
    differing.unwrap_or_else(|| a.len().cmp(&b.len()))
}

/// A path that is ordered as rustfmt orders `use` lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathKey(pub Vec<String>);

impl PartialOrd for PathKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PathKey {
    fn cmp(&self, other: &Self) -> Ordering {
        path_cmp(&self.0, &other.0)
    }
}

/// Splits off an underscore, a number, or text with neither in it.
fn split_chunk(text: &str) -> (&str, &str) {
    let kind = |c: char| (c == '_', c.is_ascii_digit());
    let first = text.chars().next().map(kind);
    let end = match first {
        Some((true, _)) => 1,
        _ => text
            .find(|c: char| Some(kind(c)) != first)
            .unwrap_or(text.len()),
    };
    text.split_at(end)
}

fn is_number(chunk: &str) -> bool {
    chunk.starts_with(|c: char| c.is_ascii_digit())
}

fn number_cmp(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

fn text_cmp(a: &str, b: &str) -> Ordering {
    let rank = |c: char| if c == '_' { (0, c) } else { (1, c) };
    a.chars().map(rank).cmp(b.chars().map(rank))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_as_rustfmt_does() {
        // Taken from what rustfmt makes of this list in edition 2024.
        let sorted = [
            "_x", "A", "B_A", "CD", "Zed", "a", "a_b", "a1", "a02", "a2", "a10", "aB", "ab", "b",
            "type", "zed",
        ];
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                assert_eq!(version_cmp(a, b), i.cmp(&j), "{a} and {b}");
            }
        }
    }

    #[test]
    fn shorter_paths_come_first() {
        let path = |text: &str| text.split("::").map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(path_cmp(&path("a"), &path("a::b")), Ordering::Less);
        assert_eq!(path_cmp(&path("a::Y"), &path("a_b::X")), Ordering::Less);
    }
}
