//! What the arguments of `add-resource` ask for.

use crate::cli::AddResourceArgs;
use crate::commands::migrations;
use crate::edit::Source;
use crate::error::{Error, Result};
use crate::name::{Name, NameKind};
use crate::project::Project;
use crate::snippets::field::{Field, FieldType};
use crate::snippets::resource::{Factory, ResourceSpec, plural_of};

use super::UTIL;

/// The longest name: handlers, types and constraints are made from it.
const MAX_NAME: usize = 20;
/// Diesel has tables of 32 columns, of which every resource has these.
const MAX_FIELDS: usize = 32 - 5;

/// Names that handlers, models or tests have for something else.
const VARIABLES: [&str; 30] = [
    "app",
    "author",
    "body",
    "conn",
    "create",
    "created",
    "example",
    "factory",
    "fields",
    "filter",
    "found",
    "header",
    "headers",
    "id",
    "if_match",
    "if_none_match",
    "list",
    "location",
    "mysql",
    "now",
    "order",
    "other",
    "page",
    "paging",
    "query",
    "request",
    "state",
    "this",
    "tx",
    "version",
];

/// Fields that lists and their filters have for something else.
const FIELDS: [&str; 9] = [
    "after",
    "conn",
    "found",
    "limit",
    "new",
    "newest_first",
    "next_id",
    "offset",
    "oldest_first",
];

/// Types that the files of a resource bring into scope.
const TYPES: [&str; 33] = [
    "AppError",
    "AppResult",
    "AppState",
    "Backend",
    "DbConnection",
    "ETag",
    "Enqueued",
    "FieldError",
    "IfMatch",
    "IfNoneMatch",
    "IntoParams",
    "IntoResponse",
    "Json",
    "Keyset",
    "KeysetQuery",
    "Method",
    "Page",
    "PageQuery",
    "Pagination",
    "Paging",
    "Path",
    "Problem",
    "Query",
    "Read",
    "Response",
    "Scoped",
    "StatusCode",
    "TestResponse",
    "ToSchema",
    "Tx",
    "Test",
    "Person",
    "Write",
];

pub(super) fn parse(project: &Project, args: &AddResourceArgs) -> Result<ResourceSpec> {
    let crates = project.crates();
    let parse = |text: &str| Name::parse(NameKind::Resource, text, &crates);
    let one = parse(&args.name)?.singular();
    let many = match &args.plural {
        Some(plural) => parse(plural)?,
        None => parse(&plural_of(&one))?,
    };
    if one == many {
        return Err(Error::Argument {
            message: format!("one and several of them are called `{}`", one.snake()),
            hint: format!(
                "name several with `--plural`, for example `{}_list`",
                one.snake()
            ),
        });
    }
    check_name(&one, &many)?;
    let table = match &args.table {
        Some(table) => Name::parse(NameKind::Table, table, &[])?.snake(),
        None => many.snake(),
    };
    let fields = Field::parse_all(&args.fields)?;
    migrations::check(project, &table, &fields)?;
    check_fields(&fields)?;
    let mut factories = Vec::new();
    for field in &fields {
        factories.extend(factory(project, field, &table)?);
    }
    Ok(ResourceSpec {
        one,
        many,
        table,
        fields,
        public: args.public,
        factories,
    })
}

fn check_name(one: &Name, many: &Name) -> Result<()> {
    let (snake, pascal) = (one.snake(), one.pascal());
    if snake.len() > MAX_NAME || many.snake().len() > MAX_NAME + 4 {
        return Err(Error::Name {
            message: format!("the resource name `{snake}` is too long"),
            hint: format!("use at most {MAX_NAME} characters"),
        });
    }
    if VARIABLES.contains(&snake.as_str()) || TYPES.contains(&pascal.as_str()) {
        return Err(Error::Name {
            message: format!("the resource name `{snake}` means something else in its files"),
            hint: format!("try `{snake}_item`"),
        });
    }
    Ok(())
}

fn check_fields(fields: &[Field]) -> Result<()> {
    if fields.len() > MAX_FIELDS {
        return Err(Error::Argument {
            message: format!("{} fields are more than a table has room for", fields.len()),
            hint: format!("use at most {MAX_FIELDS}"),
        });
    }
    for field in fields {
        if FIELDS.contains(&field.name.as_str()) {
            return Err(Error::Argument {
                message: format!("lists mean something else by `{}`", field.name),
                hint: format!("try `{}_value`", field.name),
            });
        }
        let has_few = matches!(field.ty, FieldType::Boolean | FieldType::Enum(_));
        if has_few && field.unique {
            return Err(Error::Argument {
                message: format!("`{}` has too few values to be unique", field.name),
                hint: "leave out `!`".to_owned(),
            });
        }
    }
    Ok(())
}

/// What makes rows of the table that a field refers to.
fn factory(project: &Project, field: &Field, own: &str) -> Result<Option<Factory>> {
    let FieldType::References(table) = &field.ty else {
        return Ok(None);
    };
    if table == own {
        return Ok(None);
    }
    let one = Name::parse(NameKind::Table, table, &[])?.singular();
    let ty = format!("{}Factory", one.pascal());
    let below = format!("{UTIL}/factory/{}.rs", one.snake());
    for path in [below, format!("{UTIL}/factory.rs")] {
        let text = project.read(&path)?.unwrap_or_default();
        if let Some(needs_app) = new_needs_app(&text, &ty) {
            return Ok(Some(Factory {
                table: table.clone(),
                ty,
                needs_app,
            }));
        }
    }
    Err(Error::Argument {
        message: format!(
            "there is no `{ty}`, with which the tests could make what `{}` refers to",
            field.name
        ),
        hint: format!("add one to {UTIL}/factory.rs, as `PersonFactory` is"),
    })
}

/// Whether the `new` of a type has an argument, if the file has such a type.
fn new_needs_app(text: &str, ty: &str) -> Option<bool> {
    let source = Source::parse(text).ok()?;
    source.file().items.iter().find_map(|item| {
        let syn::Item::Impl(item) = item else {
            return None;
        };
        let syn::Type::Path(path) = &*item.self_ty else {
            return None;
        };
        if item.trait_.is_some() || !path.path.is_ident(ty) {
            return None;
        }
        item.items.iter().find_map(|item| match item {
            syn::ImplItem::Fn(item) if item.sig.ident == "new" => Some(!item.sig.inputs.is_empty()),
            _ => None,
        })
    })
}
