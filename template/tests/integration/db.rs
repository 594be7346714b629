mod constraints;
mod json;

use std::time::{Duration, Instant};

use service::app::App;
use service::db::{self, Tx};
use service::id::Id;
use service::models::Person;
use tokio::sync::{Barrier, Notify};

use crate::util::{PersonFactory, TestApp};

/// How long a transaction waits for the other one to have begun.
const MEETING_TIME: Duration = Duration::from_millis(500);

async fn age(app: &TestApp, id: Id) -> i32 {
    let mut conn = app.app.connection().await.expect("a connection");
    Person::find(&mut conn, id).await.expect("the person").age
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_is_not_waited_for_for_ever() {
    let settings = [
        ("DATABASE_POOL_SIZE", "1"),
        ("DATABASE_POOL_TIMEOUT_MS", "500"),
    ];
    let app = TestApp::with(&settings).await;
    let taken = app.app.connection().await.expect("a connection");
    let start = Instant::now();
    let none = app.app.connection().await.err().expect("none is left");
    assert!(matches!(none, db::Error::Unavailable(_)), "{none}");
    let waited = start.elapsed();
    let expected = Duration::from_millis(500)..Duration::from_secs(5);
    assert!(expected.contains(&waited), "{waited:?}");
    drop(taken);
    drop(app.app.connection().await.expect("it is free again"));
}

/// Each has what the other one wants: the database ends one of them, which is then repeated.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_that_wait_for_each_other_succeed_both() {
    let app = TestApp::new().await;
    let a = PersonFactory::new().age(0).create(&app).await.id;
    let b = PersonFactory::new().age(0).create(&app).await.id;
    for round in 1..=3 {
        let both_have_begun = Barrier::new(2);
        let cross = async |first: Id, second: Id| {
            app.app
                .transaction(async |tx: &mut Tx| {
                    Person::add_one_year(tx, first).await?;
                    // Nobody comes where only one may write at a time, nor when this is repeated.
                    let meeting = both_have_begun.wait();
                    let _ = tokio::time::timeout(MEETING_TIME, meeting).await;
                    Person::add_one_year(tx, second).await?;
                    Ok::<_, db::Error>(())
                })
                .await
        };
        let (one, other) = tokio::join!(cross(a, b), cross(b, a));
        one.expect("it succeeds");
        other.expect("it succeeds");
        assert_eq!(
            (age(&app, a).await, age(&app, b).await),
            (2 * round, 2 * round)
        );
    }
}

/// Another process does not know whose turn it is here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_waits_for_another_process() {
    /// Longer than all tries of a transaction that does not wait.
    const HELD: Duration = Duration::from_millis(600);

    let app = TestApp::new().await;
    let other = App::new(app.app.config.clone()).expect("another process");
    let id = PersonFactory::new().age(0).create(&app).await.id;
    let age_by_two = async || {
        app.app
            .transaction(async |tx: &mut Tx| {
                Person::add_one_year(tx, id).await?;
                Person::add_one_year(tx, id).await?;
                Ok::<_, db::Error>(())
            })
            .await
    };
    for round in 1..=2 {
        let begun = Notify::new();
        let holds = other.transaction(async |tx: &mut Tx| {
            Person::add_one_year(tx, id).await?;
            begun.notify_one();
            tokio::time::sleep(HELD).await;
            Ok::<_, db::Error>(())
        });
        let waits = async {
            begun.notified().await;
            age_by_two().await
        };
        let (held, waited) = tokio::join!(holds, waits);
        held.expect("it succeeds");
        waited.expect("it succeeds");
        assert_eq!(age(&app, id).await, 3 * round);
    }
}
