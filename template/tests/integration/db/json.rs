use diesel::prelude::*;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use service::db::{Backend, Json, PooledConnection};

use crate::util::{JSON_COLUMN, TestApp};

diesel::table! {
    use diesel::sql_types::{Integer, Nullable};
    use service::db::JsonSql;

    notes (id) {
        id -> Integer,
        content -> JsonSql,
        extra -> Nullable<JsonSql>,
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Content {
    title: String,
    tags: Vec<String>,
    weight: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = notes, check_for_backend(Backend))]
struct Note {
    id: i32,
    content: Json<Content>,
    extra: Option<Json<Value>>,
}

async fn connection(app: &TestApp) -> PooledConnection {
    let mut conn = app.app.connection().await.expect("a connection");
    let table = format!(
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, content {JSON_COLUMN} NOT NULL, \
         extra {JSON_COLUMN})"
    );
    conn.batch_execute(&table).await.expect("a table");
    conn
}

fn note(id: i32, title: &str) -> Note {
    Note {
        id,
        content: Json(Content {
            title: title.to_owned(),
            tags: vec!["a\"b".to_owned(), "\\".to_owned(), String::new()],
            weight: Some(0.1),
        }),
        extra: None,
    }
}

#[tokio::test]
async fn json_comes_back_as_it_was_stored() {
    let app = TestApp::new().await;
    let mut conn = connection(&app).await;
    let extra = json!({"list": [1, null, -2.5, {"a": {}}], "big": u64::MAX, "\u{1F600}": true});
    let notes = [
        note(1, "it's \"quoted\" \\ %_?$1"),
        note(2, "\u{1F600} \u{10FFFF} e\u{301}\n\t\r"),
        note(3, &"x".repeat(100_000)),
        Note {
            extra: Some(Json(extra.clone())),
            ..note(4, "")
        },
        Note {
            extra: Some(Json(Value::Null)),
            ..note(5, "null")
        },
    ];
    for note in notes {
        diesel::insert_into(notes::table)
            .values(note.clone())
            .execute(&mut *conn)
            .await
            .expect("it is stored");
        let found: Note = notes::table
            .find(note.id)
            .select(Note::as_select())
            .first(&mut *conn)
            .await
            .expect("it is found");
        assert_eq!(found, note);
    }
}

#[tokio::test]
async fn json_can_be_changed() {
    let app = TestApp::new().await;
    let mut conn = connection(&app).await;
    diesel::insert_into(notes::table)
        .values(note(1, "before"))
        .execute(&mut *conn)
        .await
        .expect("it is stored");
    let after = note(1, "after").content;
    diesel::update(notes::table.find(1))
        .set((
            notes::content.eq(after.clone()),
            notes::extra.eq(Some(Json(json!([1])))),
        ))
        .execute(&mut *conn)
        .await
        .expect("it is changed");
    let found: Note = notes::table
        .select(Note::as_select())
        .first(&mut *conn)
        .await
        .expect("it is found");
    assert_eq!(
        (found.content, found.extra),
        (after, Some(Json(json!([1]))))
    );
}
