use service::queue::Flow;
use service::queue::ledger::Revival;

use super::*;
use TaskState::{Failed, Queued, Revoked, Running, Succeeded};

/// Whatever made it fail is mended.
fn repair(id: Id) {
    REPAIRED.lock().expect("no panic").insert(id);
}

async fn retry(app: &TestApp, id: Id) -> Revival {
    app.app
        .transaction(async |tx: &mut Tx| Ok::<_, db::Error>(ledger::retry(tx, id).await?))
        .await
        .expect("the ledger answers")
}

async fn broken_chain(app: &TestApp) -> (Id, Id) {
    let after = Flow::group([add(1), Flow::chain([add(2), add(3)])]);
    let flow = Flow::chain([add(4), Flow::of(Break {}), after]);
    let whole = enqueue(app, flow).await;
    app.run_pending_tasks().await;
    let broken = members(app, whole).await[1].id;
    assert_eq!(states(app, whole).await, [Succeeded, Failed, Revoked]);
    (whole, broken)
}

#[tokio::test]
async fn a_chain_goes_on_when_what_failed_is_retried() {
    let app = app().await;
    let (whole, broken) = broken_chain(&app).await;
    repair(broken);
    assert_eq!(retry(&app, broken).await, Revival::Queued);
    assert_eq!(states(&app, whole).await, [Succeeded, Queued, Queued]);
    assert_eq!(app.task(whole).await.state(), Running);

    assert_eq!(app.run_pending_tasks().await, 4);
    assert_ended(&app.task(whole).await, Succeeded, Some("[101,105]"));
}

#[tokio::test]
async fn a_flow_is_retried_as_a_whole() {
    let app = app().await;
    let (whole, broken) = broken_chain(&app).await;
    repair(broken);
    assert_eq!(retry(&app, whole).await, Revival::Queued);
    assert_eq!(app.run_pending_tasks().await, 4);
    let task = app.task(whole).await;
    assert_ended(&task, Succeeded, Some("[101,105]"));
    assert_eq!(task.error, None);
}

#[tokio::test]
async fn what_fails_again_fails_the_flow_again() {
    let app = app().await;
    let (whole, broken) = broken_chain(&app).await;
    retry(&app, broken).await;
    assert_eq!(app.run_pending_tasks().await, 1);
    assert_ended(&app.task(whole).await, Failed, None);
    assert_eq!(states(&app, whole).await, [Succeeded, Failed, Revoked]);
}

#[tokio::test]
async fn a_group_goes_on_when_nothing_in_it_has_failed_any_more() {
    let app = app().await;
    let members_of = [Flow::of(Break {}), add(1), Flow::of(Break {})];
    let whole = enqueue(&app, Flow::chord(members_of, Flow::of(Collect {}))).await;
    app.run_pending_tasks().await;
    let group = members(&app, whole).await[0].id;
    let parts = members(&app, group).await;
    repair(parts[0].id);
    repair(parts[2].id);

    retry(&app, parts[0].id).await;
    app.run_pending_tasks().await;
    assert_eq!(states(&app, group).await, [Succeeded, Succeeded, Failed]);
    assert_ended(&app.task(whole).await, Failed, None);
    retry(&app, parts[2].id).await;
    app.run_pending_tasks().await;
    assert_ended(&app.task(whole).await, Succeeded, Some("[100,1,100]"));
    assert_eq!(app.enqueued_of::<Collect>().await.len(), 1);
}

#[tokio::test]
async fn a_link_cannot_be_retried_before_what_it_follows() {
    let app = app().await;
    let (whole, _) = broken_chain(&app).await;
    let after = members(&app, whole).await[2].id;
    assert_eq!(retry(&app, after).await, Revival::NotItsTurn);
    let inside = members(&app, after).await[0].id;
    assert_eq!(retry(&app, inside).await, Revival::NotItsTurn);
    assert_eq!(app.run_pending_tasks().await, 0);
}

#[tokio::test]
async fn what_runs_or_has_succeeded_is_not_retried() {
    let app = app().await;
    let (whole, broken) = broken_chain(&app).await;
    let first = members(&app, whole).await[0].id;
    assert_eq!(retry(&app, first).await, Revival::NotEnded(Succeeded));
    retry(&app, broken).await;
    assert_eq!(retry(&app, broken).await, Revival::NotEnded(Queued));
    assert_eq!(retry(&app, whole).await, Revival::NotEnded(Running));
}

#[tokio::test]
async fn a_flow_that_was_called_off_goes_on_where_it_was() {
    let app = app().await;
    let group = Flow::group([add(1), add(2)]);
    let whole = enqueue(&app, Flow::chain([group, add(3), add(4)])).await;
    revoke(&app, whole).await;
    assert_eq!(retry(&app, whole).await, Revival::Queued);
    // Nothing can be added to an array.
    assert_eq!(app.run_pending_tasks().await, 3);
    assert_eq!(states(&app, whole).await, [Succeeded, Failed, Revoked]);
}

#[tokio::test]
async fn all_that_failed_is_retried_once() {
    let app = app().await;
    let (whole, broken) = broken_chain(&app).await;
    let plain = app.enqueue(Break {}).await;
    app.run_pending_tasks().await;
    repair(broken);
    repair(plain);
    let (queued, _) = app
        .app
        .transaction(async |tx: &mut Tx| {
            Ok::<_, db::Error>(ledger::retry_failed(tx, None, None).await?)
        })
        .await
        .expect("the ledger answers");
    assert_eq!(queued, 2, "a flow and a task");
    app.run_pending_tasks().await;
    assert_eq!(app.task(whole).await.state(), Succeeded);
    assert_eq!(app.task(plain).await.state(), Succeeded);
}
