//! Kept by hand.

use diesel::{allow_tables_to_appear_in_same_query, joinable, table};

pub mod sql_types {
    #[derive(diesel::sql_types::SqlType)]
    pub struct Mood;
}

table! {
    use diesel::sql_types::*;
    use super::sql_types::Mood;

    /// Who they are.
    people_moods (id) {
        id -> Text,
        #[sql_name = "type"]
        type_ -> Mood,
    }
}

table! { persons (id) { id -> Text, } }

joinable!(people_moods -> persons (id));
allow_tables_to_appear_in_same_query!(
    people_moods, // both
    persons
);
