//! Flows: tasks that belong together, one after the other or side by side.

use super::context;
use super::enqueue::{EnqueueError, EnqueueOptions, Kind, encode, store_all};
use super::ledger::NewTask;
use super::record::stored;
use super::task::{DEFAULT_QUEUE, Task};
use crate::db::Tx;
use crate::db::clock::NowPlusMs;
use crate::id::Id;
use crate::trace;

/// The name in the ledger of what goes one after the other.
pub(super) const CHAIN: &str = "chain";

/// The name in the ledger of what goes side by side.
pub(super) const GROUP: &str = "group";

/// The most parts of a flow, itself included.
const MAX_PARTS: usize = 10_000;

/// How deep flows may stand in flows.
const MAX_DEPTH: usize = 16;

/// Makes the row of a task whose arguments may take so many bytes.
type MakeRow = Box<dyn Fn(usize) -> Result<NewTask, EnqueueError> + Send + Sync>;

/// Tasks that belong together: with one id, one state, one progress and one result.
///
/// Its parts are tasks and flows. A chain starts a part when the one before has succeeded, and
/// returns what the last one returned. A group starts all at once and returns an array of what they
/// returned, in order. As soon as one part fails, is revoked or expires, the flow has failed: its
/// `error` names the task. What would have come later in a chain is then revoked; what runs beside
/// in a group goes on.
pub struct Flow(Part);

enum Part {
    Task(MakeRow),
    Chain(Vec<Flow>),
    Group(Vec<Flow>),
}

/// Where a part stands.
#[derive(Clone, Copy)]
struct Place {
    flow_id: Option<Id>,
    position: Option<i32>,
    /// Whether it starts at once.
    has_turn: bool,
    depth: usize,
}

impl Flow {
    /// One task.
    pub fn of<T: Task>(task: T) -> Self {
        Self::of_with(task, EnqueueOptions::default())
    }

    /// One task, with another delay, in another queue …
    ///
    /// A `delay` begins when its turn comes. `expires_in` counts from when the flow is enqueued. It
    /// can have neither an `at` nor an idempotency key.
    pub fn of_with<T: Task>(task: T, options: EnqueueOptions) -> Self {
        Self(Part::Task(Box::new(move |max_args_bytes| {
            if options.at.is_some() || options.idempotency_key.is_some() {
                return Err(EnqueueError::Option {
                    name: T::NAME.to_owned(),
                    reason: "in a flow it can have neither `at` nor an idempotency key",
                });
            }
            Kind::of::<T>().row(encode(T::NAME, &task, max_args_bytes)?, &options)
        })))
    }

    /// One after the other, each once the one before has succeeded.
    pub fn chain(parts: impl IntoIterator<Item = Self>) -> Self {
        Self(Part::Chain(parts.into_iter().collect()))
    }

    /// Side by side.
    pub fn group(parts: impl IntoIterator<Item = Self>) -> Self {
        Self(Part::Group(parts.into_iter().collect()))
    }

    /// Side by side, and then what comes after all of them have succeeded.
    pub fn chord(parts: impl IntoIterator<Item = Self>, callback: Self) -> Self {
        Self::chain([Self::group(parts), callback])
    }

    /// Has it run as soon as the transaction is committed. Returns the id of the whole.
    pub async fn enqueue(&self, tx: &mut Tx) -> Result<Id, EnqueueError> {
        let mut rows = Vec::new();
        let whole = Place {
            flow_id: None,
            position: None,
            has_turn: true,
            depth: 0,
        };
        self.lay_out(whole, tx.max_args_bytes(), &mut rows)?;
        let id = rows[0].id;
        store_all(tx, rows).await?;
        Ok(id)
    }

    /// Adds the row of this part, and then those of its own parts: so ids grow from the whole to
    /// its parts and from the first to the last.
    fn lay_out(
        &self,
        place: Place,
        max_args_bytes: usize,
        rows: &mut Vec<NewTask>,
    ) -> Result<(), EnqueueError> {
        let (row, parts, side_by_side) = match &self.0 {
            Part::Task(make_row) => (make_row(max_args_bytes)?, [].as_slice(), false),
            Part::Chain(parts) => (flow(CHAIN, parts.len()), parts.as_slice(), false),
            Part::Group(parts) => (flow(GROUP, parts.len()), parts.as_slice(), true),
        };
        check(&row, place, rows.len() + parts.len())?;
        let id = row.id;
        rows.push(put(row, place));
        for (position, part) in (0..).zip(parts) {
            let place = Place {
                flow_id: Some(id),
                position: Some(position),
                has_turn: place.has_turn && (side_by_side || position == 0),
                depth: place.depth + 1,
            };
            part.lay_out(place, max_args_bytes, rows)?;
        }
        Ok(())
    }
}

fn flow(name: &'static str, members: usize) -> NewTask {
    let members = i32::try_from(members).unwrap_or(i32::MAX);
    NewTask {
        state: stored::RUNNING,
        published_at: NowPlusMs(None),
        request_id: context::request_id(),
        traceparent: trace::current().map(|trace| trace.to_string()),
        parent_id: context::task_id(),
        members: Some(members),
        pending: Some(members),
        ..NewTask::new(name, DEFAULT_QUEUE, "null".to_owned(), 0)
    }
}

fn check(row: &NewTask, place: Place, parts: usize) -> Result<(), EnqueueError> {
    let refuse = |reason| Err(EnqueueError::Flow { reason });
    if row.members == Some(0) {
        return refuse("a chain or a group needs at least one part");
    }
    if place.depth > MAX_DEPTH {
        return refuse("flows cannot stand in one another more than 16 deep");
    }
    if parts >= MAX_PARTS {
        return refuse("it cannot have more than 10,000 parts");
    }
    Ok(())
}

fn put(row: NewTask, place: Place) -> NewTask {
    let row = NewTask {
        flow_id: place.flow_id,
        position: place.position,
        ..row
    };
    if place.has_turn {
        return row;
    }
    NewTask {
        state: stored::BLOCKED,
        published_at: NowPlusMs(None),
        ..row
    }
}
