use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use service::queue::Flow;
use service::schema::tasks;

use super::*;
use TaskState::{Failed, Queued, Revoked, Running, Succeeded};

#[tokio::test]
async fn a_failed_link_stops_the_chain_and_is_named() {
    let app = app().await;
    let broken = Flow::of(Break {});
    let whole = enqueue(&app, Flow::chain([add(1), broken, add(2)])).await;
    assert_eq!(app.run_pending_tasks().await, 2);

    let task = app.task(whole).await;
    assert_ended(&task, Failed, None);
    let members = members(&app, whole).await;
    let public = format!("`break` ({}) failed: internal error", members[1].id);
    assert_eq!(task.public_error(), Some(&*public));
    assert_eq!(task.error, Some(format!("{public}\nit is broken")));
    assert_eq!(states(&app, whole).await, [Succeeded, Failed, Revoked]);
}

#[tokio::test]
async fn what_fails_deep_inside_is_named_outside() {
    let app = app().await;
    let group = Flow::group([Flow::of(Break {}), Flow::chain([add(1), add(2)])]);
    let after = Flow::chain([add(3), Flow::group([add(4)])]);
    let whole = enqueue(&app, Flow::chain([group, after])).await;
    app.run_pending_tasks().await;

    let error = app.task(whole).await.error.expect("it has failed");
    assert!(error.starts_with("`break` ("), "{error}");
    let [group, after] = members(&app, whole).await.try_into().expect("two");
    assert_eq!((group.state(), after.state()), (Failed, Revoked));
    // What runs beside goes on, what would come later is called off to the last.
    assert_eq!(states(&app, group.id).await, [Failed, Succeeded]);
    let last = &members(&app, after.id).await[1];
    assert_eq!(states(&app, last.id).await, [Revoked]);
}

#[tokio::test]
async fn a_flow_is_called_off_as_a_whole() {
    let app = app().await;
    let flow = Flow::chain([Flow::group([add(1), add(2)]), add(3)]);
    let whole = enqueue(&app, flow).await;
    let other = enqueue(&app, add(4)).await;
    let response = app.delete(&format!("/api/v1/tasks/{whole}")).await;
    assert_eq!(response.status(), 202);

    assert_eq!(app.run_pending_tasks().await, 1);
    assert_eq!(app.task(other).await.state(), Succeeded);
    assert_ended(&app.task(whole).await, Revoked, None);
    assert_eq!(states(&app, whole).await, [Revoked, Revoked]);
    let group = members(&app, whole).await[0].id;
    assert_eq!(states(&app, group).await, [Revoked, Revoked]);
}

#[tokio::test]
async fn a_flow_fails_with_a_member_that_is_called_off() {
    let app = app().await;
    let whole = enqueue(&app, Flow::chain([add(1), add(2), add(3)])).await;
    let second = members(&app, whole).await[1].id;
    revoke(&app, second).await;

    let task = app.task(whole).await;
    assert_ended(&task, Failed, None);
    assert_eq!(task.error, Some(format!("`add` ({second}) was revoked")));
    assert_eq!(states(&app, whole).await, [Queued, Revoked, Revoked]);
    // The first goes on. That it ends has no effect any more.
    assert_eq!(app.run_pending_tasks().await, 1);
    assert_eq!(states(&app, whole).await, [Succeeded, Revoked, Revoked]);
    assert_ended(&app.task(whole).await, Failed, None);
}

#[tokio::test]
async fn a_result_that_comes_too_late_moves_nothing_on() {
    let app = app().await;
    let whole = enqueue(&app, Flow::chain([Flow::of(GoOn {}), add(1)])).await;
    assert_eq!(app.run_pending_tasks().await, 1);
    assert_ended(&app.task(whole).await, Failed, None);
    assert_eq!(states(&app, whole).await, [Revoked, Revoked]);
}

#[tokio::test]
async fn a_last_step_moves_the_flow_on_with_it() {
    let app = app().await;
    let whole = enqueue(&app, Flow::chain([Flow::of(Spawn {}), add(1)])).await;
    assert_eq!(app.run_pending_tasks().await, 3);
    assert_ended(&app.task(whole).await, Succeeded, Some("2"));
    assert_eq!(app.enqueued_of::<Add>().await, [Add(1), Add(7)]);
}

#[tokio::test]
async fn members_are_kept_until_the_whole_has_ended() {
    let app = app().await;
    let whole = enqueue(&app, Flow::chain([add(1), Flow::of(Sleep { ms: 0 })])).await;
    let last = members(&app, whole).await[1].id;
    hold_back(&app, last, Some(4_000_000_000_000)).await;
    app.run_pending_tasks().await;
    assert_eq!(states(&app, whole).await, [Succeeded, Queued]);
    assert_eq!(purge(&app).await, 0);

    hold_back(&app, last, None).await;
    app.run_pending_tasks().await;
    assert_eq!(app.task(whole).await.state(), Succeeded);
    assert_eq!(purge(&app).await, 3);
    assert!(app.enqueued().await.is_empty());
}

#[tokio::test]
async fn a_flow_is_seen_in_the_api() {
    let app = app().await;
    let whole = enqueue(&app, Flow::chain([add(1), add(2)])).await;
    let page: Value = app.get(&format!("/api/v1/tasks?flow={whole}")).await.json();
    let listed = page["objects"].as_array().expect("a list");
    assert_eq!(listed.len(), 2);
    for member in listed {
        assert_eq!(member["flowId"], whole.to_string());
        assert_eq!(member["state"], "queued");
    }
    let task: Value = app.get(&format!("/api/v1/tasks/{whole}")).await.json();
    assert_eq!(task["name"], "chain");
    assert_eq!(task["state"], Running.as_str());
    assert_eq!(task["flowId"], Value::Null);

    app.run_pending_tasks().await;
    let result: Value = app
        .get(&format!("/api/v1/tasks/{whole}/result"))
        .await
        .json();
    assert_eq!(result["result"], 3);
}

/// Makes a task of a flow one of the far future, or has its turn come again.
async fn hold_back(app: &TestApp, id: Id, run_at: Option<i64>) {
    let (state, run_at) = match run_at {
        Some(run_at) => ("blocked", run_at),
        None => ("scheduled", 0),
    };
    let held = diesel::update(tasks::table.find(id))
        .set((tasks::state.eq(state), tasks::run_at.eq(run_at)));
    let mut conn = app.app.connection().await.expect("a connection");
    held.execute(&mut conn).await.expect("it is held back");
}

/// Deletes all that has ended.
async fn purge(app: &TestApp) -> usize {
    app.app
        .transaction(async |tx: &mut Tx| {
            let mut purged = 0;
            loop {
                match ledger::purge(tx, 0, None).await? {
                    0 => return Ok::<_, db::Error>(purged),
                    more => purged += more,
                }
            }
        })
        .await
        .expect("the ledger answers")
}
