//! What `docs/flows.md` shows.

use super::*;

#[derive(Debug, Serialize, Deserialize)]
struct WriteChapter {
    number: u32,
}

impl Task for WriteChapter {
    const NAME: &'static str = "write_chapter";
    type Output = String;

    async fn run(self, _ctx: TaskContext) -> TaskResult<String> {
        Ok(format!("chapter {}", self.number))
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct BindBook {}

impl Task for BindBook {
    const NAME: &'static str = "bind_book";
    type Output = String;

    async fn run(self, ctx: TaskContext) -> TaskResult<String> {
        let chapters: Vec<String> = ctx.previous().await?.unwrap_or_default();
        Ok(chapters.join(", "))
    }
}

#[tokio::test]
async fn chapters_become_a_book() -> anyhow::Result<()> {
    let mut tasks = TaskList::default();
    tasks.add::<BindBook>();
    tasks.add::<WriteChapter>();
    let app = TestApp::with_tasks(&[], tasks).await;
    let state = &app.app;

    let chapters = (1..=3).map(|number| Flow::of(WriteChapter { number }));
    let book = Flow::chord(chapters, Flow::of(BindBook {}));
    let task_id = state
        .transaction(async |tx: &mut Tx| book.enqueue(tx).await)
        .await?;

    app.run_pending_tasks().await;
    let book = app.task(task_id).await;
    let bound = r#""chapter 1, chapter 2, chapter 3""#;
    assert_ended(&book, TaskState::Succeeded, Some(bound));
    Ok(())
}
