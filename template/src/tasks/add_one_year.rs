//! The task `add_one_year`.

use diesel::result::Error::NotFound;
use serde::{Deserialize, Serialize};

use crate::db::Tx;
use crate::id::Id;
use crate::models::Person;
use crate::queue::{Task, TaskContext, TaskError, TaskResult};

/// Makes a person a year older.
#[derive(Debug, Serialize, Deserialize)]
pub struct AddOneYear {
    /// The person.
    pub person_id: Id,
}

impl Task for AddOneYear {
    const NAME: &'static str = "add_one_year";
    /// The new age in years.
    type Output = i32;

    async fn run(self, ctx: TaskContext) -> TaskResult<Self::Output> {
        // The year is added, and the task done, in one transaction: nobody ages twice.
        ctx.transaction(
            async |tx: &mut Tx| match Person::add_one_year(tx, self.person_id).await {
                Ok(person) => Ok(person.age),
                // A person who is gone, or as old as can be, is so at the next attempt too.
                Err(error @ NotFound) => {
                    Err(TaskError::permanent(error).public("nobody is there to age"))
                }
                Err(error) => Err(error.into()),
            },
        )
        .await
    }
}
