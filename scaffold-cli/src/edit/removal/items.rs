//! Items of a file: functions, and the types that came with them.

use std::ops::Range;

use syn::{Item, Type};

use super::cut::{Cut, solid};
use super::{Found, Removal};
use crate::edit::{Source, items, plain};

/// Takes out the items of these names, with their `impl` blocks.
///
/// `written` is how a command writes them, one below the other. If they are not so, they are cut
/// out one by one.
pub fn remove_items(text: &str, names: &[String], written: &str) -> Found {
    let source = Source::parse(text)?;
    let ranges = ranges(&source, names);
    let (Some(first), Some(last)) = (ranges.first(), ranges.last()) else {
        return Ok(None);
    };
    let all = first.start..last.end;
    if solid(&text[all.clone()]) == solid(written) {
        let cut = Cut::new(&source, all);
        let again = |left: &str| Ok(items::append(left, written));
        return Ok(Some(cut.removal(&[written.to_owned()], again)));
    }
    let edited = Cut::new(&source, all.clone()).first_line();
    let mut left = text.to_owned();
    for range in ranges.iter().rev() {
        left.replace_range(Cut::new(&source, range.clone()).lines(), "");
    }
    if text[all.end..].trim().is_empty() {
        left.truncate(left.trim_end().len());
        left.push_str(source.newline());
    }
    Ok(Some(Removal {
        text: left,
        edited: Some(edited),
    }))
}

/// Where the items are, in their order.
fn ranges(source: &Source<'_>, names: &[String]) -> Vec<Range<usize>> {
    let items = source.file().items.iter();
    let named = items.filter(|item| name(item).is_some_and(|name| names.contains(&name)));
    named.map(|item| source.range(item)).collect()
}

fn name(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Impl(item) => match &*item.self_ty {
            Type::Path(ty) => &ty.path.segments.last()?.ident,
            _ => return None,
        },
        Item::Struct(item) => &item.ident,
        Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(plain(ident))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: &str = "/// B.\nstruct B;\n\n/// Does it.\nfn b() -> B {\n    B\n}\n";

    fn remove(text: &str) -> Option<(String, Option<usize>)> {
        let names = ["b".to_owned(), "B".to_owned()];
        let found = remove_items(text, &names, WRITTEN).unwrap();
        found.map(|removal| (removal.text, removal.edited))
    }

    #[test]
    fn what_was_appended_is_gone_byte_for_byte() {
        for text in [
            "//! A.\n",
            "use a::A;\n\nfn a() {}\n",
            "use a::A;\r\n\r\nfn a() {}\r\n",
            "\u{feff}fn a() {} // a\n",
        ] {
            let grown = items::append(text, WRITTEN).apply(text);
            assert_eq!(remove(&grown), Some((text.to_owned(), None)));
            // Between others, too.
            let more = items::append(&grown, "fn c() {}\n").apply(&grown);
            let expected = items::append(text, "fn c() {}\n").apply(text);
            assert_eq!(remove(&more), Some((expected, None)));
            assert_eq!(remove(text), None);
        }
    }

    #[test]
    fn what_is_not_as_written_is_told_and_goes_alone() {
        let text = "struct B;\n\n// A note.\nfn a() {}\n\nfn b() -> B {\n    todo()\n}\n";
        let expected = "// A note.\nfn a() {}\n".to_owned();
        assert_eq!(remove(text), Some((expected, Some(1))));
        let text = "fn a() {}\n\nstruct B;\n\nimpl B {}\n\nfn c() {}\n";
        let expected = "fn a() {}\n\nfn c() {}\n".to_owned();
        assert_eq!(remove(text), Some((expected, Some(3))));
    }
}
