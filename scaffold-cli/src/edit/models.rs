//! Reads the models of a file; changes nothing.

use syn::{Attribute, Expr, Item, ItemStruct, Meta, Path, Token, punctuated::Punctuated};

use super::Source;

/// What a struct derives if a row can be read into it.
const READ: [&str; 2] = ["Queryable", "Selectable"];

/// What it derives if a row can be written from it.
const WRITE: [&str; 2] = ["AsChangeset", "Insertable"];

/// A struct that rows of a table are read into.
#[derive(Debug, PartialEq, Eq)]
pub struct Model {
    /// The struct.
    pub ty: String,
    /// The table.
    pub table: String,
    /// The line of the struct, from 1.
    pub line: usize,
}

/// The structs of a file that rows are read into.
pub fn models(source: &Source<'_>) -> Vec<Model> {
    let model = |item: &Item| match item {
        Item::Struct(item) if is_read(item) => Some(Model {
            ty: item.ident.to_string(),
            table: table(item),
            line: source.line(&item.ident),
        }),
        _ => None,
    };
    source.file().items.iter().filter_map(model).collect()
}

/// The lines of the fields of this name in structs that stand for rows of a table, from 1.
pub fn fields(source: &Source<'_>, table_name: &str, field: &str) -> Vec<usize> {
    let structs = source.file().items.iter().filter_map(|item| match item {
        Item::Struct(item) if derives(item, &READ) || derives(item, &WRITE) => Some(item),
        _ => None,
    });
    let fields = structs
        .filter(|item| table(item) == table_name)
        .flat_map(|item| &item.fields);
    let named = fields.filter_map(|it| it.ident.as_ref());
    let named = named.filter(|ident| super::plain(ident) == field);
    named.map(|ident| source.line(ident)).collect()
}

fn is_read(item: &ItemStruct) -> bool {
    derives(item, &READ)
}

fn derives(item: &ItemStruct, names: &[&str]) -> bool {
    let mut derived = item.attrs.iter().flat_map(derived);
    derived.any(|name| names.contains(&name.as_str()))
}

/// The last segments of `#[derive(a::B, C)]`.
fn derived(attribute: &Attribute) -> Vec<String> {
    let parser = Punctuated::<Path, Token![,]>::parse_terminated;
    if !attribute.path().is_ident("derive") {
        return Vec::new();
    }
    let paths = attribute.parse_args_with(parser).unwrap_or_default();
    let last = |path: &Path| path.segments.last().map(|last| last.ident.to_string());
    paths.iter().filter_map(last).collect()
}

/// What `#[diesel(table_name = users)]` says, or else the name that Diesel makes of the struct's.
fn table(item: &ItemStruct) -> String {
    let named = item.attrs.iter().find_map(|attribute| {
        let Meta::List(list) = &attribute.meta else {
            return None;
        };
        if !list.path.is_ident("diesel") {
            return None;
        }
        let mut name = None;
        // What is no table name is Diesel's business.
        let _ = list.parse_nested_meta(|meta| {
            if meta.path.is_ident("table_name") {
                let path: Path = meta.value()?.parse()?;
                name = path.segments.last().map(|last| last.ident.to_string());
            } else if meta.input.peek(Token![=]) {
                meta.value()?.parse::<Expr>()?;
            } else if !meta.input.is_empty() && !meta.input.peek(Token![,]) {
                meta.input.parse::<proc_macro2::TokenTree>()?;
            }
            Ok(())
        });
        name
    });
    named.unwrap_or_else(|| format!("{}s", snake(&item.ident.to_string())))
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_a_table_are_found() {
        let text = "#[derive(Insertable)]\n#[diesel(table_name = schema::users)]\nstruct A {\n    \
                    r#type: u8,\n}\nstruct B {\n    r#type: u8,\n}\n#[derive(Queryable)]\n\
                    struct User {\n    a: u8,\n    r#type: u8,\n}\n";
        let source = Source::parse(text).unwrap();
        assert_eq!(fields(&source, "users", "type"), [4, 12]);
        assert_eq!(fields(&source, "as", "type"), [0; 0]);
    }

    #[test]
    fn models_are_read() {
        let text = "#[derive(Debug, diesel::Queryable)]\nstruct BlogPost { id: i32 }\n\
                    #[derive(Selectable)]\n#[diesel(check_for_backend(B), table_name = schema::people)]\n\
                    struct Person;\n\
                    #[derive(Debug)] struct Other;\nstruct More;";
        let found = models(&Source::parse(text).unwrap());
        let found: Vec<_> = found
            .iter()
            .map(|model| (model.ty.as_str(), model.table.as_str(), model.line))
            .collect();
        assert_eq!(
            found,
            [("BlogPost", "blog_posts", 2), ("Person", "people", 5)]
        );
    }
}
