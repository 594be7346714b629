//! `scaffold add-resource`.

use super::add_route::{AGREE_ON_DOCUMENT, wire};
use super::{migrations, module, support};
use crate::cli::AddResourceArgs;
use crate::clock::Clock;
use crate::edit::call_chain::Group;
use crate::edit::{mod_list, use_list};
use crate::error::Result;
use crate::plan::Plan;
use crate::project::Project;
use crate::snippets::migration::{Base, create_table};
use crate::snippets::resource::{self, ResourceSpec};

mod spec;
mod taken;

const MODELS: &str = "src/models";
const ROUTES: &str = "src/routes";
const TESTS: &str = "tests/integration/routes";
const UTIL: &str = "tests/integration/util";

/// Plans a resource: its table, model, routes and tests, and a line in each list.
pub fn plan(project: &Project, args: &AddResourceArgs, clock: &dyn Clock) -> Result<Plan> {
    let spec = spec::parse(project, args)?;
    let (directory, is_new) =
        migrations::directory(project, &format!("create_{}", spec.table), clock)?;
    if is_new {
        migrations::check_table(project, &spec.table)?;
    }
    taken::check(project, &spec)?;
    let mut plan = Plan::new();
    let database = project.database()?;
    let migration = create_table(database, &spec.table, &spec.fields, Base::Resource)?;
    migrations::create(&mut plan, project, &directory, migration)?;
    support::plan(&mut plan, project, &spec.fields)?;
    migrations::describe_table(
        &mut plan,
        project,
        &spec.table,
        &spec.fields,
        Base::Resource,
    )?;
    plan_model(&mut plan, project, &spec)?;
    plan_routes(&mut plan, project, &spec)?;
    plan_tests(&mut plan, project, &spec)?;
    plan.next_step("cargo run -- migrate up");
    plan.next_step(format!("cargo test {}", spec.many.snake()));
    plan.next_step(AGREE_ON_DOCUMENT);
    Ok(plan)
}

fn plan_model(plan: &mut Plan, project: &Project, spec: &ResourceSpec) -> Result<()> {
    let name = spec.one.snake();
    plan.create(
        project,
        &format!("{MODELS}/{name}.rs"),
        resource::model(spec),
    )?;
    for (field, values) in spec.choices() {
        let path = format!("{MODELS}/{name}/{}.rs", field.name);
        plan.create(project, &path, resource::choice(spec, field, values))?;
    }
    let list = format!("{MODELS}/mod.rs");
    plan.edit(project, &list, |text| {
        mod_list::insert_mod(text, "pub ", &name)
    })?;
    let types = taken::models(spec);
    let types: Vec<&str> = types.iter().map(String::as_str).collect();
    plan.edit(project, &list, |text| {
        use_list::insert_reexports(text, "pub ", &name, &types)
    })
}

fn plan_routes(plan: &mut Plan, project: &Project, spec: &ResourceSpec) -> Result<()> {
    let (one, many) = (spec.one.snake(), spec.many.snake());
    plan.create(
        project,
        &format!("{ROUTES}/{many}.rs"),
        resource::routes(spec),
    )?;
    plan.create(
        project,
        &format!("{ROUTES}/{many}/list.rs"),
        resource::list(spec),
    )?;
    plan.create(
        project,
        &format!("{ROUTES}/{many}/request.rs"),
        resource::request(spec),
    )?;
    plan.edit(project, &format!("{ROUTES}/mod.rs"), |text| {
        mod_list::insert_mod(text, "pub ", &many)
    })?;
    let reading = match spec.public {
        true => Group::Public,
        false => Group::Guarded,
    };
    let routes = [
        (format!("create_{one}"), Group::Guarded),
        (format!("delete_{one}"), Group::Guarded),
        (format!("find_{one}"), reading),
        (format!("list_{many}"), reading),
        (format!("update_{one}"), Group::Guarded),
    ];
    let routes = routes
        .each_ref()
        .map(|(name, group)| (name.as_str(), *group));
    wire(plan, project, &many, &routes)
}

fn plan_tests(plan: &mut Plan, project: &Project, spec: &ResourceSpec) -> Result<()> {
    let (one, many) = (spec.one.snake(), spec.many.snake());
    let service = module::crate_name_in_tests(project)?;
    plan.create(
        project,
        &format!("{TESTS}/{many}.rs"),
        resource::tests(spec, &service),
    )?;
    plan.edit(project, &format!("{TESTS}/mod.rs"), |text| {
        mod_list::insert_mod(text, "", &many)
    })?;
    plan.create(
        project,
        &format!("{UTIL}/factory/{one}.rs"),
        resource::factory(spec, &service),
    )?;
    let factory = format!("{}Factory", spec.ty());
    let list = format!("{UTIL}/factory.rs");
    plan.edit(project, &list, |text| mod_list::insert_mod(text, "", &one))?;
    plan.edit(project, &list, |text| {
        use_list::insert_reexports(text, "pub(crate) ", &one, &[&factory])
    })?;
    plan.edit(project, &format!("{UTIL}/mod.rs"), |text| {
        use_list::insert_reexports(text, "pub(crate) ", "factory", &[&factory])
    })
}
