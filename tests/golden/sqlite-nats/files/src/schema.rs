// @generated automatically by Diesel CLI.

diesel::table! {
    persons (id) {
        id -> Text,
        name -> Text,
        email -> Text,
        age -> Integer,
        created_at -> TimestamptzSqlite,
        updated_at -> TimestamptzSqlite,
        version -> BigInt,
        created_by -> Nullable<Text>,
    }
}

diesel::table! {
    task_workers (id) {
        id -> Text,
        role -> Text,
        host -> Text,
        queues -> Text,
        concurrency -> Integer,
        started_at -> BigInt,
        heartbeat_at -> BigInt,
    }
}

diesel::table! {
    tasks (id) {
        id -> Text,
        name -> Text,
        queue -> Text,
        args -> Text,
        state -> Text,
        priority -> Integer,
        run_at -> BigInt,
        attempts -> Integer,
        max_attempts -> Integer,
        lost_leases -> Integer,
        claim -> BigInt,
        lease_owner -> Nullable<Text>,
        lease_until -> Nullable<BigInt>,
        progress_percent -> Nullable<Integer>,
        progress_message -> Nullable<Text>,
        result -> Nullable<Text>,
        error -> Nullable<Text>,
        idempotency_key -> Nullable<Text>,
        expires_at -> Nullable<BigInt>,
        published_at -> Nullable<BigInt>,
        request_id -> Nullable<Text>,
        traceparent -> Nullable<Text>,
        parent_id -> Nullable<Text>,
        created_at -> BigInt,
        started_at -> Nullable<BigInt>,
        finished_at -> Nullable<BigInt>,
        flow_id -> Nullable<Text>,
        position -> Nullable<Integer>,
        members -> Nullable<Integer>,
        pending -> Nullable<Integer>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(persons, task_workers, tasks,);
