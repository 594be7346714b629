use diesel_async::SimpleAsyncConnection;
use service::error::AppError;
use service::id::Id;

use crate::util::{ID_TYPE, PersonFactory, TestApp};

/// What the client is told of a statement that the database refuses.
async fn refused(app: &TestApp, sql: &str) -> AppError {
    let mut conn = app.app.connection().await.expect("a connection");
    let refused = conn.batch_execute(sql).await;
    refused.expect_err("it breaks a rule").into()
}

fn insert(columns: &str, values: &str) -> String {
    let id = Id::new();
    format!(
        "INSERT INTO persons (id, created_at, updated_at, {columns}) \
         VALUES ('{id}', '2026-01-01 00:00:00', '2026-01-01 00:00:00', {values})"
    )
}

#[track_caller]
fn assert_told(error: &AppError, status: u16, pointers: &[&str]) {
    assert_eq!(error.status().as_u16(), status, "{error:?}");
    let errors = error.errors().iter();
    let found: Vec<_> = errors.map(|error| error.pointer.as_str()).collect();
    assert_eq!(found, pointers, "{error:?}");
    let told = format!("{} {:?}", error.detail(), error.errors());
    for internal in ["persons", "pets", "_", "constraint", "INSERT"] {
        assert!(!told.contains(internal), "{told}");
    }
}

#[tokio::test]
async fn a_value_that_a_constraint_refuses_is_the_fault_of_the_client() {
    let app = TestApp::new().await;
    let long = format!("'{}', 'ada@example.com', 36", "x".repeat(201));
    let cases = [
        ("name, email, age", "'Ada', 'ada@example.com', -1", "/age"),
        ("name, email, age", &long, "/name"),
        ("name, email, age", "NULL, 'ada@example.com', 36", "/name"),
        ("name, email", "'Ada', 'ada@example.com'", "/age"),
    ];
    for (columns, values, pointer) in cases {
        let error = refused(&app, &insert(columns, values)).await;
        assert_told(&error, 422, &[pointer]);
    }
}

#[tokio::test]
async fn a_number_that_its_column_cannot_hold_is_the_fault_of_the_client() {
    let app = TestApp::new().await;
    let values = "'Ada', 'ada@example.com', 2147483648";
    let error = refused(&app, &insert("name, email, age", values)).await;
    // PostgreSQL does not tell the column.
    let pointers: Vec<_> = error.errors().iter().map(|_| "/age").collect();
    assert_told(&error, 422, &pointers);
}

#[tokio::test]
async fn a_key_belongs_to_one_row() {
    let app = TestApp::new().await;
    let ada = PersonFactory::new().email("ada@example.com");
    ada.create(&app).await;
    let again = insert("name, email, age", "'Ada', 'ada@example.com', 36");
    assert_told(&refused(&app, &again).await, 409, &["/email"]);
    let another = PersonFactory::new().email("Ada@example.com");
    another.create(&app).await;
}

#[tokio::test]
async fn a_reference_has_something_to_refer_to() {
    let app = TestApp::new().await;
    let owner = PersonFactory::new().create(&app).await.id;
    let mut conn = app.app.connection().await.expect("a connection");
    let table = format!(
        "CREATE TABLE pets (person_id {ID_TYPE}, CONSTRAINT pets_person_id_fkey \
         FOREIGN KEY (person_id) REFERENCES persons (id))"
    );
    conn.batch_execute(&table).await.expect("a table");
    let pet_of = |id: Id| format!("INSERT INTO pets (person_id) VALUES ('{id}')");
    conn.batch_execute(&pet_of(owner)).await.expect("a pet");

    let stray = refused(&app, &pet_of(Id::new())).await;
    // SQLite tells neither the column nor what is wrong.
    let pointers: Vec<_> = stray.errors().iter().map(|_| "/personId").collect();
    assert_told(&stray, 409, &pointers);
    let orphaned = refused(&app, &format!("DELETE FROM persons WHERE id = '{owner}'")).await;
    assert_told(&orphaned, 409, &[]);
}
