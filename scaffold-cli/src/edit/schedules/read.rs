//! Reads the schedules of a file; changes nothing.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Expr, ExprLit, ExprMethodCall, ExprPath, ExprStruct, Lit};

use crate::edit::Source;

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
}

/// The schedules of a file, in their order.
pub fn schedules(source: &Source<'_>) -> Vec<Schedule> {
    let mut finder = Finder {
        source,
        found: Vec::new(),
    };
    finder.visit_file(source.file());
    finder.found
}

struct Finder<'s, 'a> {
    source: &'s Source<'a>,
    found: Vec<Schedule>,
}

impl Visit<'_> for Finder<'_, '_> {
    fn visit_expr_method_call(&mut self, call: &ExprMethodCall) {
        visit::visit_expr_method_call(self, call);
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
}
