//! Reads the liquid tags of a template file, so that a misspelt one cannot render as nothing.

use super::TemplateError;
use super::condition::{Condition, is_word};

/// A liquid tag of the small set that the template may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tag {
    /// `{{ variable }}`
    Variable(String),
    /// `{% if … %}` or `{% elsif … %}` with one comparison, or with several joined by `and`.
    IfAll(Vec<Condition>),
    /// `{% if … %}` or `{% elsif … %}` with several comparisons joined by `or`.
    IfAny(Vec<Condition>),
    /// `{% else %}`
    Else,
    /// `{% endif %}`
    EndIf,
}

impl Tag {
    /// The names of the variables that the tag reads.
    pub fn variables(&self) -> Vec<&str> {
        match self {
            Self::Variable(name) => vec![name],
            _ => self
                .comparisons()
                .iter()
                .map(|comparison| comparison.variable.as_str())
                .collect(),
        }
    }

    /// The comparisons that the tag makes.
    pub fn comparisons(&self) -> &[Condition] {
        match self {
            Self::IfAll(comparisons) | Self::IfAny(comparisons) => comparisons,
            Self::Variable(_) | Self::Else | Self::EndIf => &[],
        }
    }
}

/// Lists the tags of `source` in their order; any other use of `{{` or `{%` is an error.
pub fn tags(source: &str) -> Result<Vec<Tag>, TemplateError> {
    let mut tags = Vec::new();
    let mut rest = source;
    while let Some(start) = rest.find("{{").into_iter().chain(rest.find("{%")).min() {
        let (open, inner) = rest[start..].split_at(2);
        let close = if open == "{{" { "}}" } else { "%}" };
        let end = inner
            .find(close)
            .ok_or_else(|| TemplateError::new(format!("`{open}` without `{close}`")))?;
        let content = inner[..end].trim_start_matches('-').trim_end_matches('-');
        tags.push(parse(open, content.trim())?);
        rest = &inner[end + close.len()..];
    }
    Ok(tags)
}

fn parse(open: &str, content: &str) -> Result<Tag, TemplateError> {
    if open == "{{" {
        if is_word(content) {
            return Ok(Tag::Variable(content.to_owned()));
        }
        return Err(TemplateError::new(format!(
            "`{content}` is not the name of a variable"
        )));
    }
    match content.split_once(' ') {
        Some(("if" | "elsif", conditions)) => parse_if(conditions),
        None if content == "else" => Ok(Tag::Else),
        None if content == "endif" => Ok(Tag::EndIf),
        _ => Err(TemplateError::new(format!(
            "`{content}` is none of if, elsif, else and endif"
        ))),
    }
}

fn parse_if(source: &str) -> Result<Tag, TemplateError> {
    if source.contains(" or ") {
        comparisons(source, " or ").map(Tag::IfAny)
    } else {
        comparisons(source, " and ").map(Tag::IfAll)
    }
}

fn comparisons(source: &str, separator: &str) -> Result<Vec<Condition>, TemplateError> {
    source.split(separator).map(Condition::parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_listed_in_order() {
        let source = "{{project-name}}\n{%- if database == \"sqlite\" or broker != \"redis\" %}\n{{ crate_name }}\n{% else %}{% endif -%}\n";
        let tags = tags(source).unwrap();
        assert_eq!(tags.len(), 5);
        assert_eq!(tags[0], Tag::Variable("project-name".to_owned()));
        assert_eq!(tags[1].variables(), ["database", "broker"]);
        assert_eq!(tags[2].variables(), ["crate_name"]);
        assert_eq!(tags[3..], [Tag::Else, Tag::EndIf]);
    }

    #[test]
    fn text_without_tags_has_none() {
        assert_eq!(tags("fn main() { let x = {}; }").unwrap(), []);
    }

    #[test]
    fn what_the_template_may_not_use_is_an_error() {
        for source in [
            "{{ name | upcase }}",
            "{{ 1 }}",
            "{{ unclosed",
            "{% for x in y %}",
            "{% unless database == \"sqlite\" %}",
            "{% if database %}",
            "{% raw %}",
            "{% if a == \"x\" and b == \"y\" or c == \"z\" %}",
        ] {
            assert!(tags(source).is_err(), "{source}");
        }
    }
}
