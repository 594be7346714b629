// @generated automatically by Diesel CLI.

diesel::table! {
    persons (id) {
        id -> Text,
        name -> Text,
    }
}

diesel::table! {
    tasks (id) {
        id -> Text,
        name -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(persons, tasks,);
