use service::db::{self, Tx};
use service::id::Id;
use service::models::{Person, PersonFields};
use service::queue::TaskState;
use service::tasks::AddOneYear;

use crate::util::TestApp;

async fn create_person(app: &TestApp, age: i32) -> Person {
    let fields = PersonFields {
        name: "Ada".to_owned(),
        email: "ada@example.com".to_owned(),
        age,
    };
    app.app
        .transaction(async |tx: &mut Tx| {
            Ok::<_, db::Error>(Person::create(tx, fields.clone()).await?)
        })
        .await
        .expect("the person is stored")
}

#[tokio::test]
async fn a_person_gets_a_year_older() {
    let app = TestApp::new().await;
    let person = create_person(&app, 36).await;
    let id = app
        .enqueue(AddOneYear {
            person_id: person.id,
        })
        .await;
    assert_eq!(app.run_pending_tasks().await, 1);

    let task = app.task(id).await;
    assert_eq!(task.state(), TaskState::Succeeded);
    assert_eq!(task.result.as_deref(), Some("37"));
    let mut conn = app.app.connection().await.expect("a connection");
    let person = Person::find(&mut conn, person.id).await;
    assert_eq!(person.expect("the person is there").age, 37);
}

#[tokio::test]
async fn a_person_who_is_gone_fails_the_task_at_once() {
    let app = TestApp::new().await;
    let person_id = Id::new();
    let id = app.enqueue(AddOneYear { person_id }).await;
    assert_eq!(app.run_pending_tasks().await, 1);
    assert_eq!(app.task(id).await.state(), TaskState::Failed);
}

#[tokio::test]
async fn a_person_who_is_as_old_as_can_be_fails_the_task_at_once() {
    let app = TestApp::new().await;
    let person_id = create_person(&app, i32::MAX).await.id;
    let id = app.enqueue(AddOneYear { person_id }).await;
    assert_eq!(app.run_pending_tasks().await, 1);
    assert_eq!(app.task(id).await.state(), TaskState::Failed);
}
