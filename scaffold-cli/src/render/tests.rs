use super::*;

/// The smallest configuration that has everything.
pub(super) const CONFIG: &str = r#"
[template]
cargo_generate_version = ">=0.23.13"
sub_templates = ["template"]
include = []

[placeholders]
database = { type = "string", prompt = "Database", choices = ["sqlite", "postgres"], default = "sqlite" }

[conditional.'database != "postgres"']
ignore = ["src/db/postgres.rs"]

[hooks]
pre = ["../hooks/pre.rhai"]
post = ["../hooks/post.rhai"]
"#;

const PAIR: Pair = Pair::DEFAULT;

fn render(files: &[(&str, &str)]) -> Result<Vec<(String, String)>, TemplateError> {
    let lock = TemplateFile {
        path: "locks/sqlite-database.lock.liquid",
        content: b"name = \"{{project-name}}\"\n",
    };
    let other_lock = TemplateFile {
        path: "locks/postgres-redis.lock.liquid",
        content: b"",
    };
    let files = files.iter().map(|(path, content)| TemplateFile {
        path,
        content: content.as_bytes(),
    });
    let template = Template {
        config: Config::parse(CONFIG)?,
        files: files.chain([lock, other_lock]).collect(),
    };
    let rendered = template.render("my-shop", "my_shop", PAIR)?;
    Ok(rendered
        .into_iter()
        .map(|file| (file.path, String::from_utf8(file.content).unwrap()))
        .collect())
}

#[test]
fn only_liquid_files_are_rendered() {
    let source = "{{project-name}} {{ crate_name }}\n";
    let rendered = render(&[("a.txt.liquid", source), ("b.txt", source)]).unwrap();
    assert_eq!(rendered[1].0, "a.txt");
    assert_eq!(rendered[1].1, "my-shop my_shop\n");
    assert_eq!(rendered[2], ("b.txt".to_owned(), source.to_owned()));
}

#[test]
fn lock_of_the_pair_becomes_the_lock() {
    let rendered = render(&[]).unwrap();
    assert_eq!(
        rendered,
        [("Cargo.lock".to_owned(), "name = \"my-shop\"\n".to_owned())]
    );
}

#[test]
fn conditions_choose_whole_lines() {
    let source = "[features]\n{%- if database == \"sqlite\" %}\nlite = []\n{%- else %}\nheavy = []\n{%- endif %}\n";
    let rendered = render(&[("a.toml.liquid", source)]).unwrap();
    assert_eq!(rendered[1].1, "[features]\nlite = []\n");
}

#[test]
fn files_of_other_databases_are_left_out() {
    let rendered = render(&[("src/db/postgres.rs", ""), ("src/db/sqlite.rs", "")]).unwrap();
    let paths: Vec<&str> = rendered.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["Cargo.lock", "src/db/sqlite.rs"]);
}

#[test]
fn unknown_variable_is_an_error_that_names_the_file() {
    for source in [
        "{{ projectname }}",
        "{% if databse == \"sqlite\" %}{% endif %}",
    ] {
        let error = render(&[("a.txt.liquid", source)]).unwrap_err().to_string();
        assert!(error.contains("a.txt.liquid: unknown variable"), "{error}");
    }
}

#[test]
fn unbalanced_tags_are_an_error() {
    assert!(render(&[("a.txt.liquid", "{% if database == \"sqlite\" %}")]).is_err());
}

#[test]
fn embedded_template_has_its_configuration() {
    let template = Template::embedded().unwrap();
    assert_eq!(template.config.template.sub_templates, ["template"]);
    assert!(template.files.is_sorted_by_key(|file| file.path));
}
