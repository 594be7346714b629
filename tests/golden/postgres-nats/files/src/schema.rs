// @generated automatically by Diesel CLI.

diesel::table! {
    persons (id) {
        id -> Uuid,
        name -> Text,
        email -> Text,
        age -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        version -> Int8,
        created_by -> Nullable<Text>,
    }
}

diesel::table! {
    task_workers (id) {
        id -> Uuid,
        role -> Text,
        host -> Text,
        queues -> Text,
        concurrency -> Int4,
        started_at -> Int8,
        heartbeat_at -> Int8,
    }
}

diesel::table! {
    tasks (id) {
        id -> Uuid,
        name -> Text,
        queue -> Text,
        args -> Text,
        state -> Text,
        priority -> Int4,
        run_at -> Int8,
        attempts -> Int4,
        max_attempts -> Int4,
        lost_leases -> Int4,
        claim -> Int8,
        lease_owner -> Nullable<Uuid>,
        lease_until -> Nullable<Int8>,
        progress_percent -> Nullable<Int4>,
        progress_message -> Nullable<Text>,
        result -> Nullable<Text>,
        error -> Nullable<Text>,
        idempotency_key -> Nullable<Text>,
        expires_at -> Nullable<Int8>,
        published_at -> Nullable<Int8>,
        request_id -> Nullable<Text>,
        traceparent -> Nullable<Text>,
        parent_id -> Nullable<Uuid>,
        created_at -> Int8,
        started_at -> Nullable<Int8>,
        finished_at -> Nullable<Int8>,
        flow_id -> Nullable<Uuid>,
        position -> Nullable<Int4>,
        members -> Nullable<Int4>,
        pending -> Nullable<Int4>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(persons, task_workers, tasks,);
