//! What holds for every edit of every file, whatever it looks like. The tests of properties and
//! `fuzz/` look for a file for which it does not.

use super::removal::Found;
use super::{Edit, Insert, Result, Source};

/// Whether there was a place for the edit, or what does not hold.
pub type Held = std::result::Result<bool, String>;

/// The file parses with what is inserted, is as it was without, and needs it only once.
pub fn check(text: &str, edit: impl Fn(&str) -> Result<Edit>) -> Held {
    let Ok(found) = edit(text) else {
        // A place that is not recognised is left alone; unit tests say which must be.
        return Ok(false);
    };
    let after = found.apply(text);
    if Source::parse(&after).is_err() {
        return Err(format!("does not parse: {after}"));
    }
    if let Edit::Insert(inserts) = &found
        && without(&after, inserts) != text
    {
        return Err(format!("more than an insertion: {after}"));
    }
    match edit(&after) {
        Ok(Edit::Unchanged) => Ok(true),
        again => Err(format!("twice: {again:?} of: {after}")),
    }
}

/// What is inserted can be taken out again: what is left is the file as it was, or another one of
/// which the insertion makes the same.
pub fn check_inverse(
    text: &str,
    edit: impl Fn(&str) -> Result<Edit>,
    remove: impl Fn(&str) -> Found,
) -> Held {
    let inserted = check(text, &edit)?;
    let Ok(found @ Edit::Insert(_)) = edit(text) else {
        return Ok(inserted);
    };
    let after = found.apply(text);
    let Some(removal) = remove(&after)? else {
        return Err(format!("not found in: {after}"));
    };
    if let Some(line) = removal.edited {
        return Err(format!("line {line} is called edited in: {after}"));
    }
    let again = edit(&removal.text).map(|edit| edit.apply(&removal.text));
    if removal.text == text || again.as_ref() == Ok(&after) {
        Ok(inserted)
    } else {
        Err(format!("{:?} is left of {after:?}", removal.text))
    }
}

/// The text with the inserted ranges taken out again.
fn without(after: &str, inserts: &[Insert]) -> String {
    let mut text = String::new();
    let (mut position, mut original) = (0, 0);
    for insert in inserts {
        let kept = insert.offset - original;
        text.push_str(&after[position..position + kept]);
        position += kept + insert.text.len();
        original = insert.offset;
    }
    text + &after[position..]
}
