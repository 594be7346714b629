use super::*;

const ALL: [Database; 3] = [Database::Sqlite, Database::Postgres, Database::Mysql];

fn fields(texts: &[&str]) -> Vec<Field> {
    let field = |text: &&str| Field::parse(text).unwrap();
    texts.iter().map(field).collect()
}

fn table(database: Database, texts: &[&str]) -> String {
    let made = create_table(database, "users", &fields(texts), Base::Times);
    made.unwrap().up
}

#[track_caller]
fn assert_contains(sql: &str, lines: &[&str]) {
    for line in lines {
        let found = sql
            .lines()
            .any(|it| it.trim().trim_end_matches(',') == *line);
        assert!(found, "{line} is not in\n{sql}");
    }
}

#[test]
fn a_table_for_sqlite() {
    let up = table(
        Database::Sqlite,
        &["email:string!", "age:integer?^", "weight:float"],
    );
    assert_eq!(
        up,
        "CREATE TABLE users (\n    id TEXT NOT NULL PRIMARY KEY,\n    email TEXT NOT NULL \
         CONSTRAINT users_email_check CHECK (length(email) <= 255),\n    \
         age INTEGER CONSTRAINT users_age_check CHECK (age BETWEEN -2147483648 AND 2147483647),\n    \
         weight DOUBLE NOT NULL,\n    created_at TIMESTAMPTZ NOT NULL,\n    \
         updated_at TIMESTAMPTZ NOT NULL\n);\n\
         \nCREATE UNIQUE INDEX users_email_key ON users (email);\n\
         \nCREATE INDEX users_age_index ON users (age);\n"
    );
}

#[test]
fn a_table_for_postgres() {
    let up = table(
        Database::Postgres,
        &["owner:references(persons)", "score:float?", "name:string"],
    );
    assert_eq!(
        up,
        "CREATE TABLE users (\n    id UUID NOT NULL PRIMARY KEY,\n    owner_id UUID NOT NULL,\n    \
         score DOUBLE PRECISION,\n    name TEXT NOT NULL,\n    \
         created_at TIMESTAMPTZ NOT NULL,\n    updated_at TIMESTAMPTZ NOT NULL,\n    \
         CONSTRAINT users_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES persons (id),\n    \
         CONSTRAINT users_name_check CHECK (length(name) <= 255)\n);\n\
         \nCREATE INDEX users_owner_id_index ON users (owner_id);\n"
    );
}

#[test]
fn a_table_for_mysql() {
    let up = table(
        Database::Mysql,
        &["owner_id:uuid^", "email:string!", "kind:enum(a,b)=a"],
    );
    assert_eq!(
        up,
        "CREATE TABLE users (\n    \
         id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,\n    \
         owner_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,\n    \
         email VARCHAR(255) NOT NULL,\n    kind VARCHAR(64) NOT NULL DEFAULT 'a',\n    \
         created_at DATETIME(6) NOT NULL,\n    updated_at DATETIME(6) NOT NULL,\n    \
         CONSTRAINT email_key UNIQUE (email),\n    \
         CONSTRAINT users_kind_check CHECK (kind IN ('a', 'b'))\n\
         ) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;\n\
         \nCREATE INDEX users_owner_id_index ON users (owner_id);\n"
    );
}

#[test]
fn json_is_json_in_every_database() {
    for (database, ty) in ALL.iter().zip(["TEXT", "JSONB", "LONGTEXT"]) {
        let up = table(*database, &["settings:json", "extra:json?"]);
        for column in [format!("settings {ty} NOT NULL"), format!("extra {ty}")] {
            assert!(up.contains(&format!("\n    {column}")), "{up}");
        }
        let is_checked = up.contains("CHECK (extra IS NULL OR json_valid(extra))");
        assert_eq!(is_checked, *database != Database::Postgres, "{up}");
    }
}

/// What is told of a check is its name alone, in which nobody could find the column otherwise.
#[test]
fn a_check_tells_its_table_where_an_underscore_would_hide_it() {
    let name = |database| {
        let up = table(database, &["unit_price:integer", "kind_of:enum(a,b)"]);
        let (before, _) = up.split_once(" CHECK (kind_of IN").unwrap();
        before.split_whitespace().last().unwrap().to_owned()
    };
    assert_eq!(name(Database::Sqlite), "\"users.kind_of\"");
    assert_eq!(name(Database::Postgres), "users_kind_of_check");
    assert_eq!(name(Database::Mysql), "`users.kind_of`");
}

#[test]
fn defaults_are_written_as_each_database_reads_them() {
    let all = [
        r"name:string=it's a \",
        "notes:text=x",
        "on:boolean=true",
        "price:decimal=-12.5",
        "at:datetime=2026-01-02T03:04:05Z",
        "wake:time=07:30",
    ];
    assert_contains(
        &table(Database::Sqlite, &all),
        &[
            r"name TEXT NOT NULL DEFAULT 'it''s a \' CONSTRAINT users_name_check CHECK (length(name) <= 255)",
            "on BOOLEAN NOT NULL DEFAULT TRUE",
            "price BIGINT NOT NULL DEFAULT -125000",
            "at TIMESTAMPTZ NOT NULL DEFAULT '2026-01-02 03:04:05+00:00'",
            "wake TIME NOT NULL DEFAULT '07:30:00'",
        ],
    );
    assert_contains(
        &table(Database::Postgres, &all),
        &[
            "price NUMERIC(18, 4) NOT NULL DEFAULT -12.5",
            "at TIMESTAMPTZ NOT NULL DEFAULT '2026-01-02T03:04:05Z'",
        ],
    );
    assert_contains(
        &table(Database::Mysql, &all),
        &[
            r"name VARCHAR(255) NOT NULL DEFAULT 'it''s a \\'",
            "notes LONGTEXT NOT NULL DEFAULT ('x')",
            "price DECIMAL(18, 4) NOT NULL DEFAULT -12.5",
            "at DATETIME(6) NOT NULL DEFAULT '2026-01-02 03:04:05'",
        ],
    );
}

#[test]
fn a_column_that_is_added_has_something_for_the_rows_that_are_there() {
    for database in ALL {
        for field in ["note:string", "owner:references(persons)", "key:uuid!"] {
            let refused = add_columns(database, "users", &fields(&[field]));
            assert!(refused.is_err(), "{field}");
        }
    }
    let added = |database| {
        let some = [
            "note:string?!",
            "kind:enum(a,b)^=a",
            "owner:references(persons)?",
        ];
        add_columns(database, "users", &fields(&some)).unwrap()
    };
    assert_eq!(
        added(Database::Sqlite),
        Migration {
            up: "ALTER TABLE users ADD COLUMN note TEXT CONSTRAINT users_note_check \
                 CHECK (length(note) <= 255);\n\
                 CREATE UNIQUE INDEX users_note_key ON users (note);\n\
                 ALTER TABLE users ADD COLUMN kind TEXT NOT NULL DEFAULT 'a' \
                 CONSTRAINT users_kind_check CHECK (kind IN ('a', 'b'));\n\
                 CREATE INDEX users_kind_index ON users (kind);\n\
                 ALTER TABLE users ADD COLUMN owner_id TEXT \
                 CONSTRAINT users_owner_id_fkey REFERENCES persons (id);\n\
                 CREATE INDEX users_owner_id_index ON users (owner_id);\n"
                .to_owned(),
            down: "DROP INDEX users_owner_id_index;\nALTER TABLE users DROP COLUMN owner_id;\n\
                   DROP INDEX users_kind_index;\nALTER TABLE users DROP COLUMN kind;\n\
                   DROP INDEX users_note_key;\nALTER TABLE users DROP COLUMN note;\n"
                .to_owned(),
        }
    );
    let postgres = added(Database::Postgres);
    assert!(postgres.up.starts_with(
        "ALTER TABLE users\n    ADD COLUMN note TEXT,\n    \
         ADD CONSTRAINT users_note_key UNIQUE (note),\n    \
         ADD CONSTRAINT users_note_check CHECK (length(note) <= 255);\n"
    ));
    let down = "ALTER TABLE users DROP COLUMN owner_id;\nALTER TABLE users DROP COLUMN kind;\n\
                ALTER TABLE users DROP COLUMN note;\n";
    assert_eq!(postgres.down, down);
    let mysql = added(Database::Mysql).down;
    assert!(mysql.starts_with(
        "ALTER TABLE users DROP FOREIGN KEY users_owner_id_fkey;\n\
         ALTER TABLE users DROP COLUMN owner_id;\n\
         ALTER TABLE users DROP CONSTRAINT users_kind_check;\n"
    ));
}

#[test]
fn what_is_removed_can_come_back() {
    for database in ALL {
        let some = fields(&["note:string?"]);
        let added = add_columns(database, "users", &some).unwrap();
        let removed = remove_columns(database, "users", &some).unwrap();
        assert_eq!((removed.up, removed.down), (added.down, added.up));
    }
}

#[test]
fn an_index_is_dropped_where_it_belongs() {
    let columns = ["name".to_owned(), "age".to_owned()];
    for (database, table) in ALL.iter().zip(["", "", " ON users"]) {
        let index = add_index(*database, "users", &columns);
        let name = "users_name_and_age_index";
        assert_eq!(
            index.up,
            format!("CREATE INDEX {name} ON users (name, age);\n")
        );
        assert_eq!(index.down, format!("DROP INDEX {name}{table};\n"));
    }
}

#[test]
fn a_table_is_made_again_from_what_is_known_of_it() {
    let columns = [
        ("id", "Text"),
        ("owner_id", "Nullable<Text>"),
        ("name", "Text"),
        ("at", "TimestamptzSqlite"),
        ("shape", "Geometry"),
    ];
    let columns = columns.map(|(name, ty)| (name.to_owned(), ty.to_owned()));
    let sql = recreate_table(Database::Sqlite, "users", &columns);
    assert!(sql.starts_with("-- Made from src/schema.rs"), "{sql}");
    assert_contains(
        &sql,
        &[
            "id TEXT NOT NULL PRIMARY KEY",
            "owner_id TEXT",
            "at TIMESTAMPTZ NOT NULL",
            "shape Geometry NOT NULL",
        ],
    );
}

#[test]
fn what_has_any_length_is_no_key() {
    for field in ["notes:text!", "notes:text^", "data:binary!", "notes:json^"] {
        let some = fields(&[field]);
        let of = |database| create_table(database, "users", &some, Base::Times);
        assert!(of(Database::Mysql).is_err(), "{field}");
        let has_order = !field.contains("json");
        assert_eq!(of(Database::Postgres).is_ok(), has_order, "{field}");
    }
}

#[test]
fn names_that_would_be_cut_are_refused() {
    let field = Field::parse(&format!("{}:integer", "f".repeat(52))).unwrap();
    for database in ALL {
        assert!(
            create_table(database, "users", std::slice::from_ref(&field), Base::Times).is_err()
        );
    }
}
