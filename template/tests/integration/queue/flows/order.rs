use std::time::Duration;

use service::db::Tx;
use service::queue::{EnqueueError, EnqueueOptions, Flow, TaskList, TaskState, enqueue_by_name};

use super::*;

#[tokio::test]
async fn a_chain_runs_one_after_the_other() {
    let app = app().await;
    let whole = enqueue(&app, Flow::chain([add(1), add(2), add(3)])).await;
    assert_eq!(app.enqueued_of::<Add>().await, [Add(1), Add(2), Add(3)]);
    assert_eq!(app.task(whole).await.state(), TaskState::Running);
    assert_eq!(states(&app, whole).await, [TaskState::Queued; 3]);

    assert_eq!(app.run_pending_tasks().await, 3);
    let task = app.task(whole).await;
    assert_ended(&task, TaskState::Succeeded, Some("6"));
    assert_eq!(task.progress_percent, Some(100));
    let members = members(&app, whole).await;
    let ended: Vec<_> = members.iter().map(|member| member.finished_at).collect();
    assert!(ended.is_sorted(), "{members:?}");
}

#[tokio::test]
async fn a_callback_gets_all_results_in_order() {
    let app = app().await;
    let numbers = (0..20).map(add);
    let whole = enqueue(&app, Flow::chord(numbers, Flow::of(Collect {}))).await;
    assert_eq!(app.run_pending_tasks().await, 21);
    let expected = serde_json::to_string(&(0..20).collect::<Vec<i64>>()).expect("it is JSON");
    let task = app.task(whole).await;
    assert_ended(&task, TaskState::Succeeded, Some(&expected));
}

#[tokio::test]
async fn flows_stand_in_flows() {
    let app = app().await;
    let group = Flow::group([Flow::chain([add(10), add(100)]), add(1_000)]);
    let whole = enqueue(&app, Flow::chain([add(1), group, Flow::of(Collect {})])).await;
    assert_eq!(app.run_pending_tasks().await, 5);
    let task = app.task(whole).await;
    assert_ended(&task, TaskState::Succeeded, Some("[111,1001]"));
}

#[tokio::test]
async fn half_of_a_chain_is_half_of_its_progress() {
    let app = app().await;
    let options = EnqueueOptions {
        delay: Duration::from_secs(60),
        ..EnqueueOptions::default()
    };
    let later = Flow::of_with(Add(2), options);
    let whole = enqueue(&app, Flow::chain([add(1), later])).await;
    app.run_pending_tasks().await;

    let task = app.task(whole).await;
    assert_eq!(task.state(), TaskState::Running);
    assert_eq!(task.progress_percent, Some(50));
    // The delay has begun when its turn came.
    let [first, second] = members(&app, whole).await.try_into().expect("two");
    let turn = first.finished_at.expect("it has ended");
    assert!(second.run_at >= turn + 60_000, "{second:?}");
    assert!(second.run_at < turn + 61_000, "{second:?}");
}

#[tokio::test]
async fn a_single_task_is_just_a_task() {
    let app = app().await;
    let id = enqueue(&app, add(1)).await;
    app.run_pending_tasks().await;
    assert_eq!(app.enqueued().await, ["add"]);
    assert_ended(&app.task(id).await, TaskState::Succeeded, Some("1"));
}

#[tokio::test]
async fn a_rolled_back_transaction_leaves_nothing_of_a_flow() {
    let app = app().await;
    let rolled_back: Result<(), EnqueueError> = app
        .app
        .transaction(async |tx: &mut Tx| {
            Flow::chain([add(1), add(2)]).enqueue(tx).await?;
            Err(diesel::result::Error::RollbackTransaction.into())
        })
        .await;
    assert!(rolled_back.is_err());
    assert!(app.enqueued().await.is_empty());
}

#[tokio::test]
async fn flows_that_make_no_sense_are_refused() {
    let app = app().await;
    let with_key = EnqueueOptions {
        idempotency_key: Some("once".to_owned()),
        ..EnqueueOptions::default()
    };
    let at = EnqueueOptions {
        at: Some(time::OffsetDateTime::UNIX_EPOCH),
        ..EnqueueOptions::default()
    };
    let deep = (0..20).fold(add(1), |flow, _| Flow::chain([flow]));
    let refused = [
        Flow::chain([]),
        Flow::chord([], add(1)),
        Flow::group((0..10_000).map(add)),
        deep,
        Flow::chain([Flow::of_with(Add(1), with_key)]),
        Flow::chain([Flow::of_with(Add(1), at)]),
    ];
    for flow in refused {
        let error = try_enqueue(&app, flow).await.expect_err("it is refused");
        let is_known = matches!(
            error,
            EnqueueError::Flow { .. } | EnqueueError::Option { .. }
        );
        assert!(is_known, "{error}");
    }
    assert!(app.enqueued().await.is_empty());
}

#[tokio::test]
async fn the_largest_flow_is_enqueued() {
    let app = app().await;
    let whole = enqueue(&app, Flow::group((0..9_999).map(add))).await;
    assert_eq!(members(&app, whole).await.len(), 9_999);
    revoke(&app, whole).await;
    assert_eq!(app.run_pending_tasks().await, 0);
}

#[tokio::test]
async fn nobody_can_enqueue_a_task_that_is_named_like_a_flow() {
    let app = app().await;
    let options = EnqueueOptions::default();
    let refused = app
        .app
        .transaction(async |tx: &mut Tx| {
            enqueue_by_name(tx, "chain", &serde_json::Value::Null, &options).await
        })
        .await;
    assert!(matches!(refused, Err(EnqueueError::Option { .. })));
}

#[test]
#[should_panic(expected = "flows are named `group`")]
fn no_task_is_named_like_a_flow() {
    TaskList::default().add::<Group>();
}

#[derive(Serialize, Deserialize)]
struct Group {}

impl Task for Group {
    const NAME: &'static str = "group";
    type Output = ();

    async fn run(self, _ctx: TaskContext) -> TaskResult<()> {
        Ok(())
    }
}
