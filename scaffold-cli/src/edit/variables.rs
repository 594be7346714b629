//! Reads the settings of a file; changes nothing.

use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, ExprLit, ExprPath, Lit};

use super::Source;

/// The names in `Variable::new("PORT", ..)`, with their lines.
pub fn variables(source: &Source<'_>) -> Vec<(String, usize)> {
    let mut finder = Finder::default();
    finder.visit_file(source.file());
    finder.found
}

#[derive(Default)]
struct Finder {
    found: Vec<(String, usize)>,
}

impl Visit<'_> for Finder {
    fn visit_expr_call(&mut self, call: &ExprCall) {
        visit::visit_expr_call(self, call);
        let Expr::Path(ExprPath { path, .. }) = &*call.func else {
            return;
        };
        let segments: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        let is_variable = segments.ends_with(&["Variable".to_owned(), "new".to_owned()]);
        if let (
            true,
            Some(Expr::Lit(ExprLit {
                lit: Lit::Str(name),
                ..
            })),
        ) = (is_variable, call.args.first())
        {
            self.found.push((name.value(), name.span().start().line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read() {
        let text = "const V: &[Variable] = &[\n    Variable::new(\"A\", \"x\").default(\"1\"),\n    \
                    super::Variable::new(\n        \"B\", \"y\"),\n    Other::new(\"C\"),\n];\n";
        let found = variables(&Source::parse(text).unwrap());
        assert_eq!(found, [("A".to_owned(), 2), ("B".to_owned(), 4)]);
    }
}
