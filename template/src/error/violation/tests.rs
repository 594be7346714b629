//! The texts are those of the databases; MySQL 8 is known by its manual alone.

use diesel::result::DatabaseErrorKind::{
    self, CheckViolation, ForeignKeyViolation, NotNullViolation, UniqueViolation,
};

use super::*;

/// What PostgreSQL tells besides the message.
#[derive(Debug, Default, Clone, Copy)]
struct Told {
    message: &'static str,
    table: Option<&'static str>,
    column: Option<&'static str>,
    constraint: Option<&'static str>,
}

impl DatabaseErrorInformation for Told {
    fn message(&self) -> &str {
        self.message
    }
    fn details(&self) -> Option<&str> {
        None
    }
    fn hint(&self) -> Option<&str> {
        None
    }
    fn table_name(&self) -> Option<&str> {
        self.table
    }
    fn column_name(&self) -> Option<&str> {
        self.column
    }
    fn constraint_name(&self) -> Option<&str> {
        self.constraint
    }
    fn statement_position(&self) -> Option<i32> {
        None
    }
}

fn text(message: &'static str) -> Told {
    Told {
        message,
        ..Told::default()
    }
}

fn constraint(message: &'static str, table: &'static str, name: &'static str) -> Told {
    Told {
        table: Some(table),
        constraint: Some(name),
        ..text(message)
    }
}

#[track_caller]
fn assert_answer(kind: DatabaseErrorKind, told: Told, status: u16, errors: &[(&str, &str)]) {
    let error = answer(kind, &told).unwrap_or_else(|| panic!("no answer to {told:?}"));
    assert_eq!(error.status().as_u16(), status, "{told:?}");
    let found: Vec<_> = error
        .errors()
        .iter()
        .map(|error| (error.pointer.as_str(), error.detail.as_str()))
        .collect();
    assert_eq!(found, errors, "{told:?}");
}

#[test]
fn a_key_names_its_column() {
    let taken = [("/firstName", "is taken already")];
    for told in [
        text("UNIQUE constraint failed: users.first_name"),
        text("Duplicate entry 'ada' for key 'first_name_key'"),
        text("Duplicate entry 'a' for key 'other_key' for key 'users.first_name_key'"),
        constraint(
            "duplicate key value violates unique constraint \"users_first_name_key\"",
            "users",
            "users_first_name_key",
        ),
    ] {
        assert_answer(UniqueViolation, told, 409, &taken);
    }
}

#[test]
fn a_key_over_several_columns_names_none() {
    for told in [
        text("UNIQUE constraint failed: users.first_name, users.last_name"),
        text("UNIQUE constraint failed: index 'users_lower_name'"),
        text("Duplicate entry 'ada' for key 'PRIMARY'"),
        constraint("duplicate key value", "users", "users_pkey"),
    ] {
        assert_answer(UniqueViolation, told, 409, &[]);
    }
}

#[test]
fn a_check_names_the_column_that_it_is_named_after() {
    let refused = [("/age", "is not allowed")];
    for told in [
        text("CHECK constraint failed: persons_age_check"),
        text("CHECK constraint failed: order_items.age"),
        text("CONSTRAINT `persons_age_check` failed for `app`.`persons`"),
        text("CONSTRAINT `persons.age` failed for `app`.`persons`"),
        text("CONSTRAINT `order_items_age_check` failed for `app`.`order_items`"),
        text("Check constraint 'persons_age_check' is violated."),
        constraint(
            "new row for relation \"persons\" violates check constraint \"persons_age_check\"",
            "persons",
            "persons_age_check",
        ),
    ] {
        assert_answer(CheckViolation, told, 422, &refused);
    }
}

#[test]
fn a_check_without_such_a_name_names_none() {
    for told in [
        text("CHECK constraint failed: age BETWEEN 0 AND 2147483647"),
        text("CHECK constraint failed: age > 0.5"),
        text("CHECK constraint failed: order_items_age_check"),
        text("CHECK constraint failed: positive"),
        text("Check constraint 'persons_chk_1' is violated."),
        text("CONSTRAINT `CONSTRAINT_1` failed for `app`.`persons`"),
        constraint("new row violates check constraint", "persons", "positive"),
    ] {
        assert_answer(CheckViolation, told, 422, &[]);
    }
}

#[test]
fn a_column_without_a_value_is_named() {
    let missing = [("/firstName", "is missing")];
    for told in [
        text("NOT NULL constraint failed: users.first_name"),
        text("Column 'first_name' cannot be null"),
        text("Field 'first_name' doesn't have a default value"),
        Told {
            column: Some("first_name"),
            table: Some("users"),
            ..text("null value in column \"first_name\" of relation \"users\" violates not-null")
        },
    ] {
        assert_answer(NotNullViolation, told, 422, &missing);
    }
}

#[test]
fn a_value_that_does_not_fit_is_named_where_the_database_tells() {
    for (message, errors) in [
        (
            "Data too long for column 'name' at row 1",
            &[("/name", "is too long")] as &[_],
        ),
        (
            "Out of range value for column 'age' at row 1",
            &[("/age", "is out of range")],
        ),
        ("value too long for type character varying(200)", &[]),
        ("integer out of range", &[]),
        ("value \"9\" is out of range for type smallint", &[]),
        ("BIGINT value is out of range in '(`age` + 1)'", &[]),
        ("numeric field overflow", &[]),
    ] {
        assert_answer(CheckViolation, text(message), 422, errors);
    }
    let error = answer(CheckViolation, &text("integer out of range")).expect("an answer");
    assert_eq!(error.detail(), "something in this is out of range");
}

#[test]
fn a_reference_that_leads_nowhere_names_its_column() {
    let nowhere = [("/personId", "refers to something missing")];
    for told in [
        text(
            "Cannot add or update a child row: a foreign key constraint fails (`app`.`pets`, \
             CONSTRAINT `pets_person_id_fkey` FOREIGN KEY (`person_id`) REFERENCES `persons` \
             (`id`))",
        ),
        constraint(
            "insert or update on table \"pets\" violates foreign key constraint \
             \"pets_person_id_fkey\"",
            "pets",
            "pets_person_id_fkey",
        ),
    ] {
        assert_answer(ForeignKeyViolation, told, 409, &nowhere);
    }
}

#[test]
fn what_is_still_referred_to_names_nothing_of_who_refers_to_it() {
    for told in [
        text("FOREIGN KEY constraint failed"),
        text(
            "Cannot delete or update a parent row: a foreign key constraint fails (`app`.`pets`, \
             CONSTRAINT `pets_person_id_fkey` FOREIGN KEY (`person_id`) REFERENCES `persons` \
             (`id`))",
        ),
        constraint(
            "update or delete on table \"persons\" violates foreign key constraint \
             \"pets_person_id_fkey\" on table \"pets\"",
            "pets",
            "pets_person_id_fkey",
        ),
    ] {
        assert_answer(ForeignKeyViolation, told, 409, &[]);
    }
}

#[test]
fn what_is_no_rule_has_no_answer() {
    for kind in [
        DatabaseErrorKind::ClosedConnection,
        DatabaseErrorKind::SerializationFailure,
        DatabaseErrorKind::Unknown,
    ] {
        assert!(answer(kind, &text("no such table: persons")).is_none());
    }
}
