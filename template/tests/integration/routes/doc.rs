use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use axum::http::StatusCode;
use reqwest::Url;

use crate::util::TestApp;

const INDEX: &str = "/doc";

/// Where nobody is: links that stay here keep it.
const ORIGIN: &str = "http://service.invalid";

/// The paths at which the pages in `docs/` are served.
fn pages() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let files = fs::read_dir(folder).expect("the folder `docs`");
    let names = files.map(|file| file.expect("it can be read").file_name());
    let names = names.map(|name| name.into_string().expect("a plain name"));
    names
        .filter_map(|name| Some(format!("{INDEX}/{}", name.strip_suffix(".md")?)))
        .collect()
}

/// What stands in this attribute, wherever it is in the page.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    let rest = html.split(start.as_str()).skip(1);
    rest.filter_map(|rest| rest.split('"').next()).collect()
}

/// Where the links of the page at this path lead to in this service.
fn targets(path: &str, html: &str) -> Vec<Url> {
    let page = Url::parse(&format!("{ORIGIN}{path}")).expect("a URL");
    let links = values(html, "href").into_iter();
    links
        .map(|link| page.join(link).expect("a link"))
        .filter(|url| url.as_str().starts_with(ORIGIN))
        .collect()
}

#[tokio::test]
async fn every_page_is_listed_and_answers() {
    let app = TestApp::new().await;
    let index = app.get(INDEX).await;
    assert_eq!(index.status(), StatusCode::OK);
    assert!(index.text().contains(env!("CARGO_PKG_VERSION")));
    let listed = targets(INDEX, index.text());
    let listed: BTreeSet<String> = listed.iter().map(|url| url.path().to_owned()).collect();
    let pages = pages();
    assert!(pages.len() > 4, "{pages:?}");
    for path in &pages {
        assert!(listed.contains(path), "{path} is not in src/routes/doc.rs");
        let page = app.get(path).await;
        assert_eq!(page.status(), StatusCode::OK, "{path}");
        let content_type = page.header("content-type");
        assert_eq!(content_type, Some("text/html; charset=utf-8"), "{path}");
        assert!(page.text().contains("<h1 id=\""), "{path}");
    }
}

/// On GitHub they lead there too, for ids and names are the same.
#[tokio::test]
async fn every_link_leads_somewhere() {
    let app = TestApp::new().await;
    let mut followed = 0;
    for path in pages().into_iter().chain([INDEX.to_owned()]) {
        let page = app.get(&path).await;
        for target in targets(&path, page.text()) {
            let found = app.get(target.path()).await;
            let status = found.status();
            assert!(
                status == StatusCode::OK || status.is_redirection(),
                "{path}: {target}: {status}"
            );
            if let Some(heading) = target.fragment() {
                let ids = values(found.text(), "id");
                assert!(
                    ids.contains(&heading),
                    "{path}: {target} is none of {ids:?}"
                );
            }
            followed += 1;
        }
    }
    assert!(followed > 100, "{followed}");
}

#[tokio::test]
async fn every_heading_has_an_id_of_its_own() {
    let app = TestApp::new().await;
    for path in pages() {
        let page = app.get(&path).await;
        for level in ["<h1", "<h2", "<h3", "<h4"] {
            let headings = page.text().split(level).skip(1);
            for heading in headings {
                assert!(
                    heading.starts_with(" id=\""),
                    "{path}: {level}{heading:.40}"
                );
            }
        }
        let ids = values(page.text(), "id");
        let different: BTreeSet<&&str> = ids.iter().collect();
        assert_eq!(ids.len(), different.len(), "{path}: {ids:?}");
    }
}

#[tokio::test]
async fn the_pages_need_nothing_from_elsewhere_and_run_nothing() {
    let app = TestApp::new().await;
    for path in [INDEX, "/doc/tasks", "/doc/style.css"] {
        let response = app.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let policy = response.header("content-security-policy");
        let policy = policy.unwrap_or_default();
        assert!(
            policy.starts_with("default-src 'none';"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("script-src"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(response.header("cache-control"), Some("no-cache"));
        let text = response.text();
        for foreign in ["<script", " style=\"", " src=\"", "url(", "@import"] {
            assert!(!text.contains(foreign), "{path}: {foreign}");
        }
    }
}

#[tokio::test]
async fn the_pages_are_found_behind_a_proxy() {
    let app = TestApp::with(&[("ROOT_PATH", "/shop")]).await;
    let redirect = app.get("/doc/").await;
    assert_eq!(redirect.status(), StatusCode::SEE_OTHER);
    assert_eq!(redirect.header("location"), Some("/shop/doc"));
    let index = app.get(INDEX).await;
    let links = values(index.text(), "href");
    assert!(links.contains(&"doc/tasks"), "{links:?}");
    assert!(links.iter().all(|link| !link.starts_with('/')), "{links:?}");
}

#[tokio::test]
async fn a_page_that_is_not_there_is_a_problem() {
    let app = TestApp::new().await;
    let response = app.get("/doc/nothing").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(
        response.header("content-type"),
        Some("application/problem+json")
    );
}

/// It is no part of the API.
#[tokio::test]
async fn the_guide_is_not_in_the_document() {
    let app = TestApp::new().await;
    let document: serde_json::Value = app.get("/openapi.json").await.json();
    let paths = document["paths"].as_object().expect("paths");
    assert!(paths.keys().all(|path| !path.starts_with("/doc")));
}
