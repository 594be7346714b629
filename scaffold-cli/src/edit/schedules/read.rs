//! Reads the schedules of a file; changes nothing.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Expr, ExprIf, ExprLit, ExprMatch, ExprMethodCall, ExprPath, ExprStruct, ItemFn, ItemMod, Lit,
};

use crate::edit::{Source, has_cfg, is_cfg_test};

/// A statement such as `schedules.cron("monthly_report", "30 2 1 * *", || SendReport {});`.
#[derive(Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Its name.
    pub name: String,
    /// When it fires, as the file writes it.
    pub when: String,
    /// The type of its task, if it is made on the spot.
    pub task: Option<String>,
    /// The line of the statement, from 1.
    pub line: usize,
    /// Whether it may be left out: by the compiler or by what the service finds.
    pub is_conditional: bool,
}

/// The schedules of a file, in their order.
pub fn schedules(source: &Source<'_>) -> Vec<Schedule> {
    let mut finder = Finder {
        source,
        conditions: 0,
        found: Vec::new(),
    };
    finder.visit_file(source.file());
    finder.found
}

struct Finder<'s, 'a> {
    source: &'s Source<'a>,
    /// How many conditions are around a place.
    conditions: usize,
    found: Vec<Schedule>,
}

impl Finder<'_, '_> {
    fn below(&mut self, is_conditional: bool, visit: impl FnOnce(&mut Self)) {
        self.conditions += usize::from(is_conditional);
        visit(self);
        self.conditions -= usize::from(is_conditional);
    }

    fn note(&mut self, call: &ExprMethodCall) {
        let arguments: Vec<&Expr> = call.args.iter().collect();
        let is_schedule = call.method == "cron" || call.method == "every";
        let (true, [name, when, task]) = (is_schedule, arguments.as_slice()) else {
            return;
        };
        let Some(name) = string(name) else {
            return;
        };
        let written = || self.source.text()[self.source.range(when)].to_owned();
        let when = if call.method == "cron" {
            string(when).unwrap_or_else(written)
        } else {
            format!("every {}", written())
        };
        self.found.push(Schedule {
            name,
            when,
            task: task_type(task),
            line: call.span().start().line,
            is_conditional: self.conditions > 0,
        });
    }
}

impl Visit<'_> for Finder<'_, '_> {
    fn visit_item_fn(&mut self, item: &ItemFn) {
        self.below(has_cfg(&item.attrs), |finder| {
            visit::visit_item_fn(finder, item)
        });
    }

    fn visit_item_mod(&mut self, item: &ItemMod) {
        if item.attrs.iter().any(is_cfg_test) {
            return;
        }
        self.below(has_cfg(&item.attrs), |finder| {
            visit::visit_item_mod(finder, item)
        });
    }

    fn visit_expr_if(&mut self, item: &ExprIf) {
        self.below(true, |finder| visit::visit_expr_if(finder, item));
    }

    fn visit_expr_match(&mut self, item: &ExprMatch) {
        self.below(true, |finder| visit::visit_expr_match(finder, item));
    }

    fn visit_expr_method_call(&mut self, call: &ExprMethodCall) {
        self.below(has_cfg(&call.attrs), |finder| {
            visit::visit_expr_method_call(finder, call);
            finder.note(call);
        });
    }
}

fn string(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}

/// The type in `|| SendReport {}`, also below other calls.
fn task_type(expression: &Expr) -> Option<String> {
    let mut first = FirstType::default();
    first.visit_expr(expression);
    first.found
}

#[derive(Default)]
struct FirstType {
    found: Option<String>,
}

impl FirstType {
    fn note(&mut self, path: &syn::Path) {
        let types = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string());
        let is_type = |name: &String| name.starts_with(char::is_uppercase);
        let last = types.filter(is_type).last();
        self.found = self.found.take().or(last);
    }
}

impl Visit<'_> for FirstType {
    fn visit_expr_struct(&mut self, item: &ExprStruct) {
        self.note(&item.path);
        visit::visit_expr_struct(self, item);
    }

    fn visit_expr_path(&mut self, item: &ExprPath) {
        self.note(&item.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_read() {
        let text = r#"
            pub fn register(schedules: &mut ScheduleList) {
                schedules
                    .cron("report", "30 2 1 * *", || SendReport {})
                    .time_zone("Europe/Berlin");
                schedules.every("poll", Duration::from_secs(30), tasks::Poll::new);
                schedules.cron(NAME, "* * * * *", || A);
                other.every("x");
            }
        "#;
        let found = schedules(&Source::parse(text).unwrap());
        let found: Vec<_> = found
            .iter()
            .map(|it| {
                (
                    it.name.as_str(),
                    it.when.as_str(),
                    it.task.as_deref(),
                    it.line,
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("report", "30 2 1 * *", Some("SendReport"), 3),
                ("poll", "every Duration::from_secs(30)", Some("Poll"), 6),
            ]
        );
    }

    #[test]
    fn conditions_are_told() {
        let text = "fn register(list: &mut ScheduleList) {\n    list.every(\"a\", x, || A);\n    \
                    #[cfg(unix)]\n    list.cron(\"b\", x, || B).time_zone(\"C\");\n    \
                    if x { list.every(\"c\", x, || A); }\n}\n";
        let found = schedules(&Source::parse(text).unwrap());
        let found: Vec<_> = found.iter().map(|it| it.is_conditional).collect();
        assert_eq!(found, [false, true, true]);
    }
}
