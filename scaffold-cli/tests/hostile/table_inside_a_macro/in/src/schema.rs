tables! {
    persons (id) { id -> Text, name -> Text }
}
