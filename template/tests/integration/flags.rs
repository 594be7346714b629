use service::id::Id;

use crate::util::TestApp;

/// How many of 1,000 are true.
fn count(is_on: impl Fn(usize) -> bool) -> usize {
    (0..1_000).filter(|number| is_on(*number)).count()
}

#[tokio::test]
async fn a_feature_is_on_for_as_many_percent_as_is_set() {
    let app = TestApp::with(&[("FEATURE_FLAGS", "some=30, all=100, none=0")]).await;
    let flags = &app.app.flags;
    let some = count(|_| flags.is_on("some"));
    assert!((200..=400).contains(&some), "{some}");
    assert_eq!(count(|_| flags.is_on("all")), 1_000);
    assert_eq!(count(|_| flags.is_on("none")), 0);
    assert_eq!(count(|_| flags.is_on("unknown")), 0);

    let some = count(|number| flags.is_on_for("some", &format!("user-{number}")));
    assert!((200..=400).contains(&some), "{some}");
    let some = count(|_| flags.is_on_for("some", &Id::new().to_string()));
    assert!((200..=400).contains(&some), "{some}");
    assert_eq!(
        count(|number| flags.is_on_for("all", &number.to_string())),
        1_000
    );
    assert_eq!(
        count(|number| flags.is_on_for("none", &number.to_string())),
        0
    );
    assert_eq!(
        count(|number| flags.is_on_for("unknown", &number.to_string())),
        0
    );
}

#[tokio::test]
async fn a_key_keeps_its_answer() {
    let app = TestApp::with(&[("FEATURE_FLAGS", "early=30,other=30")]).await;
    let later = TestApp::with(&[("FEATURE_FLAGS", "early=60")]).await;
    let is_early = |number: usize| app.app.flags.is_on_for("early", &number.to_string());
    assert_eq!(count(|number| is_early(number) != is_early(number)), 0);
    let lost = |number: usize| {
        is_early(number) && !later.app.flags.is_on_for("early", &number.to_string())
    };
    assert_eq!(count(lost), 0, "nobody loses what was on");
    let both =
        |number: usize| is_early(number) && app.app.flags.is_on_for("other", &number.to_string());
    let both = count(both);
    assert!((50..=140).contains(&both), "{both} are not 30 % of 30 %");
    // In every process and release: this is what a later one must say too.
    let first: Vec<usize> = (0..20).filter(|number| is_early(*number)).collect();
    assert_eq!(first, [1, 3, 7, 9, 11]);
}

#[tokio::test]
async fn both_branches_are_counted() {
    let app = TestApp::with(&[("FEATURE_FLAGS", "counted=50")]).await;
    let on = count(|_| app.app.flags.is_on("counted"));
    let metrics = app.get("/metrics").await;
    for (branch, count) in [("on", on), ("off", 1_000 - on)] {
        let series = format!(r#"feature_flag_total{{flag="counted",branch="{branch}"}} {count}"#);
        assert!(
            metrics.text().lines().any(|line| line == series),
            "{series}"
        );
    }
}
