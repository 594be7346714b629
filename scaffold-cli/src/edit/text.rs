//! Splices: text put between bytes of the original.

/// Text to put in front of a byte of the original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insert {
    /// Byte offset in the original.
    pub offset: usize,
    /// What to put there.
    pub text: String,
}

impl Insert {
    /// Puts `text` in front of the byte at `offset`.
    pub fn new(offset: usize, text: impl Into<String>) -> Self {
        Self {
            offset,
            text: text.into(),
        }
    }
}

/// Sorts inserts by place; those at the same place keep their order.
pub(super) fn sort(inserts: &mut [Insert]) {
    inserts.sort_by_key(|insert| insert.offset);
}

/// The text with sorted inserts made.
pub(super) fn apply(source: &str, inserts: &[Insert]) -> String {
    let added: usize = inserts.iter().map(|insert| insert.text.len()).sum();
    let mut result = String::with_capacity(source.len() + added);
    let mut done = 0;
    for insert in inserts {
        result.push_str(&source[done..insert.offset]);
        result.push_str(&insert.text);
        done = insert.offset;
    }
    result.push_str(&source[done..]);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inserts_go_in_front_of_their_byte() {
        let mut inserts = vec![
            Insert::new(3, "!"),
            Insert::new(0, "<"),
            Insert::new(3, "?"),
        ];
        sort(&mut inserts);
        assert_eq!(apply("abc", &inserts), "<abc!?");
    }
}
