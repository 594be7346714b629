use service::id::Id;
use service::models::Person;
use service::queue::TaskState;
use service::tasks::AddOneYear;

use crate::util::{PersonFactory, TestApp};

#[tokio::test]
async fn a_person_gets_a_year_older() {
    let app = TestApp::new().await;
    let person = PersonFactory::new().age(36).create(&app).await;
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
    let person_id = PersonFactory::new().age(i32::MAX).create(&app).await.id;
    let id = app.enqueue(AddOneYear { person_id }).await;
    assert_eq!(app.run_pending_tasks().await, 1);
    assert_eq!(app.task(id).await.state(), TaskState::Failed);
}
