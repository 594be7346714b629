//! The model of a resource.

use super::super::field::{Field, FieldType, variant, variants};
use super::super::layout::{imports, let_chain};
use super::{ResourceSpec, fit, label, value};

/// The file in `src/models`.
pub fn model(spec: &ResourceSpec) -> String {
    let (ty, table) = (spec.ty(), &spec.table);
    let is_exact = !spec.has(|ty| *ty == FieldType::Float);
    let derives = match is_exact {
        true => {
            "#[derive(\n    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Identifiable, \
             Insertable, AsChangeset,\n)]"
        }
        false => {
            "#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, \
             AsChangeset)]"
        }
    };
    let treat_none = match spec.fields.iter().any(|field| field.optional) {
        true => "#[diesel(treat_none_as_null = true, treat_none_as_default_value = false)]\n",
        // Or each INSERT would be prepared anew, for `None` could stand for a default.
        false => "#[diesel(treat_none_as_default_value = false)]\n",
    };
    let name = spec.one.snake();
    let rows = format!("{table}::table");
    let lock = [rows.as_str(), ".find(id)", ".select(Self::as_select())"];
    let values = format!(".set({name}.clone())");
    let update = [
        "diesel::update(this)",
        values.as_str(),
        ".execute(conn)",
        ".await?",
    ];
    let body = spec.fields.iter();
    let create: String = body
        .map(|field| format!("            {0}: fields.{0},\n", field.name))
        .collect();
    let places = [
        ("imports", model_imports(spec)),
        ("modules", modules(spec)),
        ("derives", derives.to_owned()),
        (", Eq", if is_exact { ", Eq" } else { "" }.to_owned()),
        (
            "newest_arm",
            newest_arm(
                spec,
                "                ",
                "found.filter(table::id.lt(after))",
            ),
        ),
        (
            "newest_order",
            newest_arm(spec, "            ", "found.order(table::id.desc())"),
        ),
        ("replace_signature", replace_signature(&ty)),
        ("treat_none", treat_none.to_owned()),
        ("fields", fields(spec)),
        ("filter_fields", filter_fields(spec)),
        ("order_variants", order_variants(spec)),
        ("list_signature", list_signature(&ty)),
        ("filters", filters(spec)),
        (
            "order_arms",
            spec.orders()
                .iter()
                .map(|it| order_arms(spec, it))
                .collect(),
        ),
        ("create_fields", create),
        ("lock", let_chain("this", &lock)),
        ("update", let_chain("changed", &update)),
    ];
    spec.fill(include_str!("model.txt"), &places)
}

fn model_imports(spec: &ResourceSpec) -> String {
    let schema = format!("crate::schema::{}", spec.table);
    let mut paths = vec![
        "diesel::prelude::*",
        "diesel_async::RunQueryDsl",
        "time::Duration",
        "time::OffsetDateTime",
        "crate::db::Backend",
        "crate::db::DbConnection",
        "crate::db::Tx",
        "crate::db::found",
        "crate::db::locked",
        "crate::db::now",
        "crate::id::Id",
        schema.as_str(),
    ];
    for field in &spec.fields {
        paths.extend(value::import(field));
    }
    if spec.has(|ty| *ty == FieldType::Json) {
        paths.push("crate::db::Json");
    }
    imports(paths)
}

/// The files of the enums.
fn modules(spec: &ResourceSpec) -> String {
    let mut names: Vec<&str> = spec
        .choices()
        .map(|(field, _)| field.name.as_str())
        .collect();
    names.sort_unstable();
    let lines: String = names.iter().map(|name| format!("mod {name};\n")).collect();
    let uses = names.iter().map(|name| {
        let choice = spec.ty() + &variant(name);
        format!("pub use {name}::{choice};\n")
    });
    match names.is_empty() {
        true => String::new(),
        false => format!("{lines}\n{}\n", uses.collect::<String>()),
    }
}

fn fields(spec: &ResourceSpec) -> String {
    let field = |field: &Field| {
        let (described, ty) = (field.described(), value::model_type(spec, field));
        let unique = match field.unique {
            true => format!(", which no other {} has", spec.one.spaced()),
            false => String::new(),
        };
        format!(
            "    /// {described}{unique}.\n    pub {}: {ty},\n",
            field.name
        )
    };
    spec.fields.iter().map(field).collect()
}

fn filter_fields(spec: &ResourceSpec) -> String {
    let field = |field: &&Field| {
        let (name, ty) = (&field.name, value::query_type(spec, field));
        let label = label(&field.name);
        format!("    /// Only those with this {label}.\n    pub {name}: {ty},\n")
    };
    spec.filters().iter().map(field).collect()
}

fn order_variants(spec: &ResourceSpec) -> String {
    let variants = |field: &&Field| {
        let (name, label) = (variant(&field.name), label(&field.name));
        format!(
            "    /// By {label}.\n    {name},\n    /// By {label}, the other way round.\n    \
             {name}Descending,\n"
        )
    };
    spec.orders().iter().map(variants).collect()
}

fn list_signature(ty: &str) -> String {
    let arguments = ["conn: &mut DbConnection", &format!("filter: &{ty}Filter")];
    signature("list", &arguments, "QueryResult<Vec<Self>>")
}

fn replace_signature(ty: &str) -> String {
    let arguments = ["self", "tx: &mut Tx", &format!("fields: {ty}Fields")];
    signature("replace", &arguments, "QueryResult<Self>")
}

/// The head of a method, from behind its indentation.
fn signature(name: &str, arguments: &[&str], output: &str) -> String {
    let inner = arguments.join(", ");
    let line = format!("    pub async fn {name}({inner}) -> {output} {{");
    let line = fit(line, 0, || {
        let lines = arguments.join(",\n        ");
        format!("    pub async fn {name}(\n        {lines},\n    ) -> {output} {{")
    });
    line.trim_start().to_owned()
}

/// The arms for the other order of ids: what comes behind one, and what comes first.
fn newest_arm(spec: &ResourceSpec, indent: &str, call: &str) -> String {
    let call = call.replace("table", &spec.table);
    let pattern = format!("{indent}{}Order::NewestFirst => ", spec.ty());
    fit(format!("{pattern}{call},"), 0, || {
        format!("{pattern}{{\n{indent}    {call}\n{indent}}}")
    })
}

fn filters(spec: &ResourceSpec) -> String {
    let filter = |field: &&Field| {
        let (name, table) = (&field.name, &spec.table);
        let by_reference = if field.ty == FieldType::String {
            "&"
        } else {
            ""
        };
        let call = format!("filter({table}::{name}.eq({name}));");
        let line = format!("            found = found.{call}");
        let line = fit(line, 0, || {
            let line = format!("            found =\n                found.{call}");
            match call.len() <= 78 {
                true => line,
                false => format!("            found = found\n                .{call}"),
            }
        });
        format!(
            "        if let Some({name}) = {by_reference}filter.{name} {{\n{line}\n        }}\n"
        )
    };
    spec.filters().iter().map(filter).collect()
}

fn order_arms(spec: &ResourceSpec, field: &Field) -> String {
    let (ty, name) = (spec.ty(), variant(&field.name));
    let column = |suffix: &str| {
        let table = &spec.table;
        [
            format!("{table}::{}{suffix}", field.name),
            format!("{table}::id{suffix}"),
        ]
    };
    arm(&format!("{ty}Order::{name}"), &column(""))
        + &arm(&format!("{ty}Order::{name}Descending"), &column(".desc()"))
}

/// `Order::Name => found.order((a, b)),` on one line, in a block, or broken.
fn arm(pattern: &str, columns: &[String; 2]) -> String {
    let inner = columns.join(", ");
    let call = format!("found.order(({inner}))");
    let line = format!("            {pattern} => {call},\n");
    let fits = inner.len() <= 60;
    if fits && line.len() <= 101 {
        return line;
    }
    if fits {
        return format!("            {pattern} => {{\n                {call}\n            }}\n");
    }
    let [first, second] = columns;
    format!(
        "            {pattern} => found.order((\n                {first},\n                \
         {second},\n            )),\n"
    )
}

/// The file of an enum, below that of its model.
pub fn choice(spec: &ResourceSpec, field: &Field, values: &[String]) -> String {
    let name = spec.choice(field);
    let each = |line: &dyn Fn(&str, &str) -> String| -> String {
        let lines = values.iter().map(|value| line(value, &variant(value)));
        lines.collect()
    };
    let places = [
        ("spaced", field.spaced()),
        ("Choice", name),
        ("variants", variants(values)),
        (
            "to_words",
            each(&|value, name| format!("            Self::{name} => \"{value}\",\n")),
        ),
        (
            "from_words",
            each(&|value, name| format!("            \"{value}\" => Ok(Self::{name}),\n")),
        ),
    ];
    spec.fill(include_str!("choice.txt"), &places)
}
