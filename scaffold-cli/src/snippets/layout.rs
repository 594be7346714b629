//! What rustfmt makes of lines that depend on the length of a name.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::edit::order::{PathKey, version_cmp};
use crate::edit::use_list::braced;

/// The longest line.
const MAX_WIDTH: usize = 100;
/// How far the arguments of a function are indented if each has its line.
const INDENT: usize = 4;
/// The longest chain of calls, list of arguments or tuple on one line.
const MAX_INNER: usize = 60;
/// The longest inside of a struct literal on one line.
const MAX_STRUCT: usize = 18;

/// The head of a function, up to its opening brace.
pub fn signature(head: &str, arguments: &[String], output: &str) -> String {
    let line = format!("{head}({}) -> {output} {{", arguments.join(", "));
    if line.len() <= MAX_WIDTH {
        return line;
    }
    if arguments.is_empty() {
        // rustfmt lets this line be longer by one.
        let output_fits = line.len() - " {".len() <= MAX_WIDTH + 1;
        return if output_fits {
            format!("{head}() -> {output}\n{{")
        } else {
            format!("{head}()\n-> {output} {{")
        };
    }
    let mut lines = format!("{head}(\n");
    for argument in arguments {
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "    {argument},");
    }
    let is_long = !output.contains('\n') && output.len() + ") ->  {".len() > MAX_WIDTH;
    lines + &format!(") -> {output}{}{{", if is_long { "\n" } else { " " })
}

/// `Path((a, b)): Path<(A, B)>`, an argument of a function, broken where it is long.
pub fn tuple_argument(pattern: &str, names: &[String], ty: &str, types: &[String]) -> String {
    let inline = |items: &[String]| format!("({})", items.join(", "));
    let broken = |items: &[String]| {
        let line = |item: &String| format!("        {item},\n");
        format!("(\n{}    )", items.iter().map(line).collect::<String>())
    };
    let (flat_names, flat_types) = (inline(names), inline(types));
    let start = format!("{pattern}({flat_names}): {ty}<");
    let width = INDENT + start.len();
    if width + flat_types.len() + ">,".len() <= MAX_WIDTH {
        format!("{start}{flat_types}>")
    } else if width + "()".len() < MAX_WIDTH {
        format!("{start}{}>", broken(types))
    } else if width <= MAX_WIDTH {
        format!("{start}\n        {flat_types},\n    >")
    } else {
        let names = broken(names);
        let end = format!("    )): {ty}<{flat_types}>,");
        let types = if end.len() <= MAX_WIDTH {
            flat_types
        } else {
            broken(types)
        };
        format!("{pattern}({names}): {ty}<{types}>")
    }
}

/// `AppResult<(A, B)>`, broken where the tuple is long.
pub fn tuple_result(result: &str, first: &str, second: &str) -> String {
    if first.len() + 2 + second.len() <= MAX_INNER {
        format!("{result}<({first}, {second})>")
    } else {
        format!("{result}<(\n    {first},\n    {second},\n)>")
    }
}

/// `let variable = Type { fields };` inside a function.
pub fn let_struct(variable: &str, ty: &str, fields: &[String]) -> String {
    let inside = fields.join(", ");
    let start = format!("    let {variable} =");
    if fields.is_empty() {
        let line = format!("{start} {ty} {{}};");
        return if line.len() <= MAX_WIDTH {
            line
        } else {
            format!("{start}\n        {ty} {{}};")
        };
    }
    if inside.len() <= MAX_STRUCT {
        let line = format!("{start} {ty} {{ {inside} }};");
        if line.len() <= MAX_WIDTH {
            return line;
        }
        return format!("{start}\n        {ty} {{ {inside} }};");
    }
    let lines: String = fields
        .iter()
        .map(|field| format!("        {field},\n"))
        .collect();
    format!("{start} {ty} {{\n{lines}    }};")
}

/// `let variable = receiver.method(arguments).await;` inside a function.
pub fn let_await(variable: &str, receiver: &str, method: &str, arguments: &[&str]) -> String {
    let inside = arguments.join(", ");
    let chain = format!("{receiver}.{method}({inside}).await");
    if chain.len() <= MAX_INNER {
        return format!("    let {variable} = {chain};");
    }
    let mut call = format!("        .{method}({inside})");
    let too_wide = arguments.len() > 1 && inside.len() > MAX_INNER || call.len() > MAX_WIDTH;
    let line = |argument: &&str| format!("            {argument},\n");
    let lines: String = arguments.iter().map(line).collect();
    if too_wide && lines.lines().all(|line| line.len() <= MAX_WIDTH) {
        call = format!("        .{method}(\n{lines}        )");
    }
    format!("    let {variable} = {receiver}\n{call}\n        .await;")
}

/// `let variable = head.calls();` inside a method, with each call on its line where it is long.
pub fn let_chain(variable: &str, parts: &[&str]) -> String {
    let chain = parts.concat();
    let line = format!("        let {variable} = {chain};");
    // The question mark is no part of the chain, but counts.
    let width = chain.len() + usize::from(chain.ends_with('?'));
    if width <= MAX_INNER && line.len() <= MAX_WIDTH {
        return line;
    }
    format!("        let {variable} = {};", parts.join("\n            "))
}

/// A constant of an `impl` block.
pub fn associated_const(name: &str, ty: &str, value: &str) -> String {
    let line = format!("    const {name}: {ty} = {value};");
    let broken = format!("        {value};");
    if line.len() <= MAX_WIDTH || broken.len() > MAX_WIDTH {
        line
    } else {
        format!("    const {name}: {ty} =\n{broken}")
    }
}

/// `use` lines for some paths: one for each module, those of other crates first.
pub fn imports<'a>(paths: impl IntoIterator<Item = &'a str>) -> String {
    let mut modules: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in paths {
        let (module, name) = path.rsplit_once("::").expect("imports have a module");
        let names = modules.entry(module).or_default();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut lines: Vec<(usize, PathKey, String)> = modules.into_iter().map(import_line).collect();
    lines.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    let mut text = String::new();
    let mut last = None;
    for (block, _, line) in lines {
        if last.is_some_and(|last| last != block) {
            text.push('\n');
        }
        text.push_str(&line);
        last = Some(block);
    }
    text
}

fn import_line((module, mut names): (&str, Vec<&str>)) -> (usize, PathKey, String) {
    names.sort_by(|a, b| (*b == "self").cmp(&(*a == "self")).then(version_cmp(a, b)));
    let block = match module.split("::").next() {
        Some("std") => 0,
        Some("crate") => 2,
        _ => 1,
    };
    let mut key: Vec<String> = module.split("::").map(str::to_owned).collect();
    let line = match names.as_slice() {
        [name] => {
            key.push((*name).to_owned());
            format!("use {module}::{name};\n")
        }
        _ => {
            key.push("\u{10ffff}".to_owned());
            braced(&format!("use {module}::"), &names) + "\n"
        }
    };
    (block, PathKey(key), line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_grouped_and_sorted() {
        let text = imports([
            "crate::queue::TaskResult",
            "serde::Serialize",
            "crate::id::Id",
            "std::time::Duration",
            "crate::queue::Task",
            "serde::Deserialize",
            "serde::Serialize",
        ]);
        assert_eq!(
            text,
            "use std::time::Duration;\n\nuse serde::{Deserialize, Serialize};\n\n\
             use crate::id::Id;\nuse crate::queue::{Task, TaskResult};\n"
        );
    }
}
