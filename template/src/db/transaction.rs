//! Transactions: all of it or nothing of it, and tasks only after the commit.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use diesel_async::pooled_connection::deadpool::Object;
use diesel_async::{AsyncConnection, TransactionManager};
use rand::Rng;

use super::{Database, DbConnection, Error, PooledConnection, begin, is_conflict};
use crate::queue::Message;

/// How often a transaction is tried before a conflict with another one is reported.
const MAX_TRIES: u32 = 5;

type Manager = <DbConnection as AsyncConnection>::TransactionManager;

/// An error that a transaction may end with.
pub trait TransactionError: From<Error> + Send {
    /// The database error it stands for, if it is one.
    fn database_error(&self) -> Option<&diesel::result::Error>;
}

impl TransactionError for Error {
    fn database_error(&self) -> Option<&diesel::result::Error> {
        match self {
            Self::Query(error) => Some(error),
            Self::Unavailable(_) => None,
        }
    }
}

/// An open transaction: a connection that also collects what to publish after the commit.
pub struct Tx {
    /// `None` only after the transaction has ended.
    conn: Option<PooledConnection>,
    outbox: Vec<Message>,
    max_args_bytes: usize,
}

impl Tx {
    async fn begin(conn: PooledConnection, max_args_bytes: usize) -> Result<Self, Error> {
        let mut tx = Self {
            conn: Some(conn),
            outbox: Vec::new(),
            max_args_bytes,
        };
        // From here on `drop` watches: a caller may also go away while this is being begun.
        begin(&mut tx).await?;
        Ok(tx)
    }

    /// What the arguments of a task may take.
    pub(crate) fn max_args_bytes(&self) -> usize {
        self.max_args_bytes
    }

    /// Has the message published once this transaction is committed.
    pub(crate) fn publish_after_commit(&mut self, message: Message) {
        self.outbox.push(message);
    }

    async fn commit(mut self) -> Result<Vec<Message>, Error> {
        Manager::commit_transaction(&mut *self).await?;
        self.conn = None;
        Ok(std::mem::take(&mut self.outbox))
    }

    async fn rollback(mut self) {
        // A connection that cannot even roll back is thrown away by `drop`.
        if Manager::rollback_transaction(&mut *self).await.is_ok() {
            self.conn = None;
        }
    }
}

impl Drop for Tx {
    /// A caller that goes away in the middle must not give the next user of the pool a connection
    /// with the transaction still open. Closing the connection rolls back.
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take() {
            drop(Object::take(conn));
        }
    }
}

impl Deref for Tx {
    type Target = DbConnection;

    fn deref(&self) -> &DbConnection {
        self.conn.as_ref().expect("the transaction is open")
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut DbConnection {
        self.conn.as_mut().expect("the transaction is open")
    }
}

/// A connection in its turn to write.
struct Writer<Turn> {
    conn: PooledConnection,
    _turn: Turn,
}

impl<Turn> Deref for Writer<Turn> {
    type Target = DbConnection;

    fn deref(&self) -> &DbConnection {
        &self.conn
    }
}

impl<Turn> DerefMut for Writer<Turn> {
    fn deref_mut(&mut self) -> &mut DbConnection {
        &mut self.conn
    }
}

/// Work to be done in a transaction: `async |tx: &mut Tx| { … }`.
///
/// It stands beside [`AsyncFn`] to say that the work may move between threads.
pub trait Work<Arg, Out>:
    AsyncFn(Arg) -> Out + Fn(Arg) -> <Self as Work<Arg, Out>>::Running
{
    /// The work under way.
    type Running: Future<Output = Out>;
}

impl<F, Arg, Out, Running> Work<Arg, Out> for F
where
    F: AsyncFn(Arg) -> Out + Fn(Arg) -> Running,
    Running: Future<Output = Out>,
{
    type Running = Running;
}

impl Database {
    /// Runs `work` in a transaction, which is committed if `work` succeeds and rolled back if not.
    ///
    /// `work` runs again when the transaction lost against another one (busy, deadlock), so it
    /// must do nothing but database work. Returns what `work` returned and what it wants
    /// published.
    pub(crate) async fn transaction<T, E, F>(&self, work: F) -> Result<(T, Vec<Message>), E>
    where
        for<'r> F: AsyncFn(&'r mut Tx) -> Result<T, E>
            + Work<&'r mut Tx, Result<T, E>, Running: Send>
            + Send
            + Sync,
        T: Send,
        E: TransactionError,
    {
        let mut tries = 1;
        loop {
            match self.try_transaction(&work).await {
                Err(error)
                    if tries < MAX_TRIES && error.database_error().is_some_and(is_conflict) =>
                {
                    tries += 1;
                    let pause_ms = rand::rng().random_range(1..=10 * u64::from(tries));
                    tokio::time::sleep(Duration::from_millis(pause_ms)).await;
                }
                result => return result,
            }
        }
    }

    /// A connection whose turn it is to write a statement without a transaction. The turn lasts until
    /// it is dropped.
    pub(crate) async fn writer(
        &self,
    ) -> Result<impl DerefMut<Target = DbConnection> + Send, Error> {
        let turn = self.gate.enter().await?;
        let conn = self.connection().await?;
        Ok(Writer { conn, _turn: turn })
    }

    async fn try_transaction<T, E, F>(&self, work: &F) -> Result<(T, Vec<Message>), E>
    where
        for<'r> F: AsyncFn(&'r mut Tx) -> Result<T, E>
            + Work<&'r mut Tx, Result<T, E>, Running: Send>
            + Sync,
        T: Send,
        E: TransactionError,
    {
        let _turn = self.gate.enter().await?;
        let conn = self.connection().await?;
        let mut tx = Tx::begin(conn, self.max_args_bytes).await?;
        match work(&mut tx).await {
            Ok(value) => Ok((value, tx.commit().await?)),
            Err(error) => {
                tx.rollback().await;
                Err(error)
            }
        }
    }
}
