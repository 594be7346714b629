use std::time::{Duration, SystemTime, UNIX_EPOCH};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use service::queue::{EnqueueOptions, Flow, wait_for as wait_for_end};
use service::schema::tasks;

use super::*;
use crate::queue::support::{start, start_elsewhere, wait_for, wait_until_begun};
use TaskState::{Expired, Failed, Revoked, Succeeded};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_members_that_end_at_once_fire_the_callback_once() {
    let app = app().await;
    let (stop_one, one) = start(&app);
    let (stop_two, two) = start_elsewhere(&app, list());
    let whole = enqueue(&app, Flow::chord((0..200).map(add), Flow::of(Collect {}))).await;
    wait_for(&app, whole, Succeeded).await;

    let expected = serde_json::to_string(&(0..200).collect::<Vec<i64>>()).expect("it is JSON");
    assert_ended(&app.task(whole).await, Succeeded, Some(&expected));
    let callback = &members(&app, whole).await[1];
    assert_eq!((callback.attempts, callback.state()), (1, Succeeded));
    for (stop, running) in [(stop_one, one), (stop_two, two)] {
        stop.cancel();
        running.await.expect("it ends").expect("it ends well");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_chains_run_at_once() {
    let app = app().await;
    let chains = (0..50).map(|number| Flow::chain([add(number), add(1), add(2)]));
    let whole = enqueue(&app, Flow::chord(chains, Flow::of(Collect {}))).await;
    let (stop, running) = start(&app);
    wait_for(&app, whole, Succeeded).await;
    let expected = serde_json::to_string(&(3..53).collect::<Vec<i64>>()).expect("it is JSON");
    assert_ended(&app.task(whole).await, Succeeded, Some(&expected));
    stop.cancel();
    running.await.expect("it ends").expect("it ends well");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_flow_is_woken_at_its_end() {
    let app = app().await;
    let whole = enqueue(&app, Flow::group([Flow::of(Sleep { ms: 3_000 }), add(1)])).await;
    let (_stop, _running) = start(&app);
    let ended = wait_for_end(&app.app, whole, Duration::from_secs(10)).await;
    let seen_at = SystemTime::now();
    let ended = ended.expect("it ends");
    assert_eq!(ended.state(), Succeeded);
    let finished_ms = ended.finished_at.and_then(|ms| u64::try_from(ms).ok());
    let finished_at = UNIX_EPOCH + Duration::from_millis(finished_ms.expect("a time"));
    // By then it looks at it a second apart, or more.
    let late = seen_at.duration_since(finished_at).unwrap_or_default();
    assert!(late < Duration::from_millis(300), "{late:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_whose_results_are_too_large_together_fails() {
    let app = app().await;
    for (count, state) in [(7, Succeeded), (9, Failed)] {
        let whole = enqueue(&app, Flow::group((0..count).map(|_| Flow::of(Write {})))).await;
        let (stop, running) = start(&app);
        wait_for(&app, whole, state).await;
        assert!(
            states(&app, whole)
                .await
                .iter()
                .all(|member| *member == Succeeded)
        );
        stop.cancel();
        running.await.expect("it ends").expect("it ends well");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flow_survives_the_death_of_a_worker() {
    let app = app_with(&[("TASK_LEASE_SECS", "1")]).await;
    let whole = enqueue(
        &app,
        Flow::chain([Flow::of(Sleep { ms: 300 }), Flow::of(Spawn {})]),
    )
    .await;
    let first = members(&app, whole).await[0].id;
    let (_stop, running) = start(&app);
    wait_until_begun(&app, first).await;
    // Like a crash: nothing is given back.
    running.abort();
    let _ = running.await;

    let (stop, running) = start(&app);
    wait_for(&app, whole, Succeeded).await;
    assert_eq!(app.task(first).await.lost_leases, 1);
    assert_eq!(app.enqueued_of::<Add>().await, [Add(7)]);
    stop.cancel();
    running.await.expect("it ends").expect("it ends well");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flow_fails_with_a_member_that_expires() {
    let app = app().await;
    let options = EnqueueOptions {
        queue: Some("where nobody works".to_owned()),
        expires_in: Some(Duration::from_millis(1)),
        ..EnqueueOptions::default()
    };
    let late = Flow::of_with(Add(1), options);
    let whole = enqueue(&app, Flow::chain([late, add(2)])).await;
    let (stop, running) = start(&app);
    wait_for(&app, whole, Failed).await;
    let late = members(&app, whole).await[0].id;
    let expected = format!("`add` ({late}) expired");
    assert_eq!(app.task(whole).await.error, Some(expected));
    assert_eq!(states(&app, whole).await, [Expired, Revoked]);
    stop.cancel();
    running.await.expect("it ends").expect("it ends well");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flow_fails_with_a_member_that_kills_its_workers() {
    let app = app().await;
    let whole = enqueue(&app, Flow::chain([add(1), add(2)])).await;
    let first = members(&app, whole).await[0].id;
    let mut conn = app.app.connection().await.expect("a connection");
    diesel::update(tasks::table.find(first))
        .set((
            tasks::state.eq("running"),
            tasks::lost_leases.eq(9),
            tasks::started_at.eq(1),
            tasks::lease_until.eq(0),
        ))
        .execute(&mut conn)
        .await
        .expect("it has lost nine workers");
    drop(conn);
    let (stop, running) = start(&app);
    wait_for(&app, whole, Failed).await;
    assert_eq!(states(&app, whole).await, [Failed, Revoked]);
    stop.cancel();
    running.await.expect("it ends").expect("it ends well");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flow_that_is_called_off_stops_what_runs() {
    let app = app_with(&[("TASK_LEASE_SECS", "1")]).await;
    let whole = enqueue(&app, Flow::group([Flow::of(Sleep { ms: 60_000 }), add(1)])).await;
    let first = members(&app, whole).await[0].id;
    let (stop, running) = start(&app);
    wait_until_begun(&app, first).await;
    revoke(&app, whole).await;
    stop.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(5), running).await;
    ended
        .expect("soon")
        .expect("it ends")
        .expect("it ends well");
    assert_eq!(states(&app, whole).await[0], Revoked);
}
