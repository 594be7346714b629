use std::time::Duration;

use serde_json::json;

use crate::app::App;
use crate::cli::args::EnqueueArgs;
use crate::cli::output::print;
use crate::config::Config;
use crate::db::Tx;
use crate::queue::{EnqueueError, EnqueueOptions, enqueue_by_name};

/// Enqueues a task, of which nobody knows here whether there is such a one.
pub(super) async fn enqueue(config: &Config, args: EnqueueArgs) -> anyhow::Result<()> {
    let app = App::new(config.clone())?;
    let options = EnqueueOptions {
        delay: Duration::from_secs(args.delay_secs),
        queue: args.queue,
        priority: args.priority,
        idempotency_key: args.idempotency_key,
        ..EnqueueOptions::default()
    };
    let (name, task) = (&args.name, &args.args);
    let work = async |tx: &mut Tx| enqueue_by_name(tx, name, task, &options).await;
    let id = app.transaction::<_, EnqueueError, _>(work).await?;
    let text = match args.json {
        true => format!("{:#}", json!({ "enqueued": id })),
        false => format!("enqueued {id}"),
    };
    Ok(print(&text)?)
}
