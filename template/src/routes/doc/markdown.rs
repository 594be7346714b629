//! Markdown as HTML.

use std::collections::HashMap;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

/// The text as HTML. Its headings have the ids that GitHub gives them, and its links lead to pages here, so
/// that all of them work in both places.
pub(super) fn to_html(text: &str) -> String {
    let mut events: Vec<Event<'_>> = Vec::new();
    let mut ids = Ids::default();
    let mut heading = String::new();
    let mut begun_at = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES).map(adapt) {
        match &event {
            Event::Start(Tag::Heading { .. }) => {
                begun_at = Some(events.len());
                heading.clear();
            }
            Event::Text(text) | Event::Code(text) if begun_at.is_some() => heading.push_str(text),
            Event::End(TagEnd::Heading(_)) => {
                let begun = begun_at.take().and_then(|at| events.get_mut(at));
                if let Some(Event::Start(Tag::Heading { id, .. })) = begun {
                    *id = Some(ids.of(&heading).into());
                }
            }
            _ => {}
        }
        events.push(event);
    }
    let mut page = String::new();
    html::push_html(&mut page, events.into_iter());
    page
}

/// The text as it may stand in HTML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn adapt(mut event: Event<'_>) -> Event<'_> {
    if let Event::Start(Tag::Link { dest_url, .. }) = &mut event {
        *dest_url = served(dest_url).into();
    }
    match event {
        // What looks like HTML is meant to be read.
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        event => event,
    }
}

/// Where a link leads to here: `tasks.md#schedules` is served as `tasks#schedules`.
fn served(link: &str) -> String {
    match link.split_once(".md") {
        Some((page, heading))
            if !page.contains(':') && (heading.is_empty() || heading.starts_with('#')) =>
        {
            format!("{page}{heading}")
        }
        _ => link.to_owned(),
    }
}

/// How often each id was given in a page.
#[derive(Default)]
struct Ids(HashMap<String, usize>);

impl Ids {
    /// The id of a heading, as GitHub makes it.
    fn of(&mut self, heading: &str) -> String {
        let kept = |c: &char| c.is_alphanumeric() || [' ', '-', '_'].contains(c);
        let lower = heading.to_lowercase();
        let id: String = lower.chars().filter(kept).collect();
        let id = id.replace(' ', "-");
        let count = self.0.entry(id.clone()).or_default();
        *count += 1;
        match *count {
            1 => id,
            count => format!("{id}-{}", count - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_have_the_ids_of_github() {
        let html = to_html("# When, *where*, `how` urgently\n\n## Tests\n\n## Tests\n");
        assert!(
            html.contains("<h1 id=\"when-where-how-urgently\">"),
            "{html}"
        );
        assert!(html.contains("<h2 id=\"tests\">"), "{html}");
        assert!(html.contains("<h2 id=\"tests-1\">"), "{html}");
    }

    #[test]
    fn links_lead_to_pages_here() {
        for (link, expected) in [
            ("tasks.md", "tasks"),
            ("tasks.md#schedules", "tasks#schedules"),
            ("#schedules", "#schedules"),
            ("https://example.com/a.md", "https://example.com/a.md"),
            ("notes.mdx", "notes.mdx"),
        ] {
            assert_eq!(served(link), expected);
        }
        let html = to_html("[tasks](tasks.md)");
        assert_eq!(html, "<p><a href=\"tasks\">tasks</a></p>\n");
    }

    #[test]
    fn what_looks_like_html_is_read() {
        let html = to_html("`DELETE /tasks/<id>`, a <script> and\n\n<b>\n\n| a |\n|---|\n| b |\n");
        assert!(
            html.contains("<code>DELETE /tasks/&lt;id&gt;</code>"),
            "{html}"
        );
        assert!(
            !html.contains("<script>") && !html.contains("<b>"),
            "{html}"
        );
        assert!(html.contains("<table>"), "{html}");
    }
}
