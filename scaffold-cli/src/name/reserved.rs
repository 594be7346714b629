//! Words that a module or a type must not be called.

const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

const STANDARD_CRATES: &[&str] = &["alloc", "core", "proc_macro", "std", "test"];

const PRIMITIVES: &[&str] = &[
    "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "isize", "str", "u128", "u16",
    "u32", "u64", "u8", "usize",
];

const LAYOUT: &[&str] = &["lib", "main", "mod", "util"];

const DEVICES: &[&str] = &[
    "aux", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "con", "lpt1",
    "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "nul", "prn",
];

/// What flows are named in the ledger, beside tasks.
const FLOWS: &[&str] = &["chain", "group"];

const TYPES: &[&str] = &[
    "AsMut",
    "AsRef",
    "Base64",
    "Box",
    "Clone",
    "Copy",
    "Date",
    "Debug",
    "Decimal",
    "Default",
    "Deserialize",
    "DoubleEndedIterator",
    "Drop",
    "Duration",
    "Eq",
    "Err",
    "ExactSizeIterator",
    "Extend",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "FromIterator",
    "Future",
    "Id",
    "Into",
    "IntoFuture",
    "IntoIterator",
    "Iterator",
    "None",
    "OffsetDateTime",
    "Ok",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Result",
    "Self",
    "Send",
    "Serialize",
    "Sized",
    "Some",
    "String",
    "Sync",
    "Task",
    "TaskContext",
    "TaskList",
    "TaskResult",
    "TaskState",
    "TestApp",
    "Time",
    "ToOwned",
    "ToSchema",
    "ToString",
    "TryFrom",
    "TryInto",
    "Unpin",
    "Value",
    "Vec",
];

/// Whether Rust keeps the word for itself, now or for later.
pub fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// Words that no module can have as its name, with the end of a sentence that says why.
const MODULES: [(&[&str], &str); 5] = [
    (KEYWORDS, "a Rust keyword"),
    (STANDARD_CRATES, "a crate of the standard library"),
    (PRIMITIVES, "a primitive type"),
    (LAYOUT, "a file of the project's layout"),
    (DEVICES, "a device on Windows"),
];

/// Why a module must not have this name, as the end of a sentence.
pub(super) fn module(snake: &str) -> Option<&'static str> {
    let reason = MODULES.iter().find(|(words, _)| words.contains(&snake));
    reason.map(|(_, reason)| *reason)
}

/// Every word that `module` refuses.
pub(super) fn modules() -> impl Iterator<Item = &'static str> {
    MODULES.iter().flat_map(|(words, _)| words.iter().copied())
}

/// Whether the ledger knows the name as that of a kind of flow.
pub(super) fn is_flow(snake: &str) -> bool {
    FLOWS.contains(&snake)
}

/// Whether a type of this name would hide one that generated code uses.
pub fn hides_type(pascal: &str) -> bool {
    TYPES.contains(&pascal)
}
