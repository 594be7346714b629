//! The files of a resource: model, routes and their tests.

use super::field::{Field, FieldType, variant};
use crate::name::{Name, plural};

mod model;
mod request;
mod routes;
mod tests_of;
mod value;

pub use model::{choice, model};
pub use request::request;
pub use routes::{list, routes};
pub use tests_of::{factory, tests};

/// What the files of a resource are made from.
#[derive(Debug, Clone)]
pub struct ResourceSpec {
    /// The name of one, as in `purchase_order`.
    pub one: Name,
    /// The name of several, as in `purchase_orders`.
    pub many: Name,
    /// The table.
    pub table: String,
    /// The fields.
    pub fields: Vec<Field>,
    /// Whether anybody may read.
    pub public: bool,
    /// What makes rows of the tables that it refers to, as in `PersonFactory`: table, type, and
    /// whether it needs the service for that.
    pub factories: Vec<Factory>,
}

/// What makes rows of a table for tests.
#[derive(Debug, Clone)]
pub struct Factory {
    /// The table.
    pub table: String,
    /// Its type.
    pub ty: String,
    /// Whether its `new` needs the service, to make other rows.
    pub needs_app: bool,
}

impl ResourceSpec {
    /// The type of the model: `PurchaseOrder`.
    pub fn ty(&self) -> String {
        self.one.pascal()
    }

    /// `a purchase order`
    fn a_one(&self) -> String {
        let one = self.one.spaced();
        let article = match one.starts_with(['a', 'e', 'i', 'o', 'u']) {
            true => "an",
            false => "a",
        };
        format!("{article} {one}")
    }

    /// The type of an enum: `PurchaseOrderStatus`.
    pub fn choice(&self, field: &Field) -> String {
        self.ty() + &variant(&field.name)
    }

    /// The fields whose type is an enum, each of which has a file.
    pub fn choices(&self) -> impl Iterator<Item = (&Field, &[String])> {
        self.fields.iter().filter_map(|field| match &field.ty {
            FieldType::Enum(values) => Some((field, values.as_slice())),
            _ => None,
        })
    }

    /// The fields that a list can be reduced by: those with an index.
    fn filters(&self) -> Vec<&Field> {
        let has_index = |field: &&Field| {
            let is_reference = matches!(field.ty, FieldType::References(_));
            let fits = !matches!(
                field.ty,
                FieldType::Text | FieldType::Float | FieldType::Json | FieldType::Binary
            );
            fits && (field.index || field.unique || is_reference)
        };
        self.fields.iter().filter(has_index).collect()
    }

    /// The fields that a list can be ordered by: those with an index, of types that have an order.
    fn orders(&self) -> Vec<&Field> {
        let has_order = |field: &&Field| {
            !matches!(
                field.ty,
                FieldType::Boolean
                    | FieldType::Uuid
                    | FieldType::Json
                    | FieldType::Binary
                    | FieldType::References(_)
            )
        };
        let has_index = |field: &&Field| field.index || field.unique;
        let fields = self.fields.iter();
        fields.filter(has_index).filter(has_order).collect()
    }

    /// Whether a rule of the database may refuse what can be parsed.
    fn conflicts(&self) -> bool {
        let is_reference = |field: &Field| matches!(field.ty, FieldType::References(_));
        let mut fields = self.fields.iter();
        fields.any(|field| field.unique || is_reference(field))
    }

    fn has(&self, is_it: impl Fn(&FieldType) -> bool) -> bool {
        self.fields.iter().any(|field| is_it(&field.ty))
    }

    /// Fills in a text: the names, and what else it has places for.
    fn fill(&self, text: &str, places: &[(&str, String)]) -> String {
        let a_one = self.a_one();
        let names = [
            ("Type", self.ty()),
            ("name", self.one.snake()),
            ("plural", self.many.snake()),
            ("tag", self.many.snake()),
            ("path", self.many.kebab()),
            ("table", self.table.clone()),
            ("one", self.one.spaced()),
            ("many", self.many.spaced()),
            ("Many", capital(&self.many.spaced())),
            ("A one", capital(&a_one)),
            ("a one", a_one),
        ];
        // Places first, for what they are filled with has names in it.
        let mut text = text.to_owned();
        for (place, value) in places.iter().chain(&names) {
            text = text.replace(&format!("«{place}»"), value);
        }
        text
    }
}

/// A value of a field in JSON.
pub(super) fn json_value(field: &Field) -> String {
    match field.ty {
        FieldType::References(_) => "\"01890a5d-ac96-774b-bcce-b302099a8057\"".to_owned(),
        _ => value::json(field, true),
    }
}

/// The default plural of a name.
pub fn plural_of(name: &Name) -> String {
    plural(&name.snake())
}

/// A name in a comment: as it is if it is one word, else in quotes.
fn label(name: &str) -> String {
    match name.bytes().all(|b| b.is_ascii_lowercase()) {
        true => name.to_owned(),
        false => format!("`{name}`"),
    }
}

fn capital(text: &str) -> String {
    let (first, rest) = text.split_at(text.len().min(1));
    first.to_ascii_uppercase() + rest
}

/// `["a", "b"]` behind `for field in`, broken as rustfmt does.
fn names(fields: &[&Field]) -> String {
    const SHORT: usize = 10;
    let names = fields.iter().map(|it| format!("\"{}\"", it.camel()));
    let names: Vec<String> = names.collect();
    let inner = names.join(", ");
    let line = format!("    for field in [{inner}] {{");
    if line.len() <= 100 && inner.len() <= 60 {
        return format!("[{inner}]");
    }
    if names.iter().any(|name| name.len() > SHORT) {
        let lines: String = names
            .iter()
            .map(|name| format!("        {name},\n"))
            .collect();
        return format!("[\n{lines}    ]");
    }
    let mut lines = vec![String::from("       ")];
    for name in &names {
        let last = lines.last_mut();
        match last.filter(|last| last.len() + name.len() + 2 <= 100) {
            Some(last) => last.push_str(&format!(" {name},")),
            None => lines.push(format!("        {name},")),
        }
    }
    format!("[\n{}\n    ]", lines.join("\n"))
}

/// `Type { a: b }` inside a call in a method.
fn struct_of(ty: &str, fields: &[String]) -> String {
    const SHORT: usize = 18;
    let inner = fields.join(", ");
    if inner.len() <= SHORT {
        return format!("{ty} {{ {inner} }}");
    }
    let lines: String = fields
        .iter()
        .map(|it| format!("            {it},\n"))
        .collect();
    format!("{ty} {{\n{lines}        }}")
}

/// A line, or several if rustfmt would not leave it on one.
fn fit(line: String, inner: usize, broken: impl FnOnce() -> String) -> String {
    if line.len() <= 100 && inner <= 60 {
        line
    } else {
        broken()
    }
}
