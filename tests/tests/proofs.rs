//! What the task engine promises, proven for every pair with servers and processes that are killed or starved.
//!
//! The numbers are those of the list of guarantees in `docs/matrix.md`.

#[path = "proofs/backlog.rs"]
mod backlog;
#[path = "proofs/clock.rs"]
mod clock;
#[path = "proofs/crashes.rs"]
mod crashes;
#[path = "proofs/database.rs"]
mod database;
#[path = "proofs/input.rs"]
mod input;
#[path = "proofs/messages.rs"]
mod messages;
#[path = "proofs/outages.rs"]
mod outages;
#[path = "proofs/persons.rs"]
mod persons;
#[path = "proofs/soak.rs"]
mod soak;
#[path = "proofs/transactions.rs"]
mod transactions;

use template_tests::{for_every_pair, tests_of_pair};

use crate::backlog::a_backlog_drains_at_full_speed;
use crate::clock::two_schedulers_fire_once;
use crate::crashes::{
    a_killed_worker_takes_no_message_with_it, a_stopped_worker_finishes_what_it_runs,
    a_stopped_worker_gives_back_what_takes_too_long, tasks_of_a_killed_worker_run_exactly_once,
};
use crate::database::the_database_can_be_away;
use crate::input::{
    bad_input_is_refused_or_fails, unknown_tasks_wait_for_a_worker_that_knows_them,
};
use crate::messages::strange_messages_have_no_effect;
use crate::outages::{the_broker_can_be_away, the_broker_can_be_emptied};
use crate::soak::nothing_is_lost_whatever_is_killed;
use crate::transactions::a_transaction_enqueues_all_or_nothing_and_a_key_once;

for_every_pair!(
    a_backlog_drains_at_full_speed,
    a_killed_worker_takes_no_message_with_it,
    a_stopped_worker_finishes_what_it_runs,
    a_stopped_worker_gives_back_what_takes_too_long,
    a_transaction_enqueues_all_or_nothing_and_a_key_once,
    bad_input_is_refused_or_fails,
    nothing_is_lost_whatever_is_killed,
    strange_messages_have_no_effect,
    tasks_of_a_killed_worker_run_exactly_once,
    the_broker_can_be_away,
    the_broker_can_be_emptied,
    the_database_can_be_away,
    two_schedulers_fire_once,
    unknown_tasks_wait_for_a_worker_that_knows_them,
);
