diesel::table! {
    use diesel::sql_types::*;

    /// The people.
    persons (id) {
        id -> Text,
        /// How they are called.
        #[max_length = 200]
        name -> Text, // required
        // note -> Text,
        tags -> Array<Nullable<Text>>
    }
}
