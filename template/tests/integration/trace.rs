mod spans;

use std::sync::OnceLock;

use axum::http::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service::db::Tx;
use service::id::Id;
use service::queue::{EnqueueError, Flow, Task, TaskContext, TaskList, TaskResult};
use service::trace::{TraceContext, in_trace};

use crate::util::{Peer, PersonFactory, Reply, TestApp};

const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN_ID: &str = "00f067aa0ba902b7";

/// Where the last task of a request calls.
static PEER_URL: OnceLock<String> = OnceLock::new();

/// Calls another service.
#[derive(Debug, Serialize, Deserialize)]
struct Call {
    url: String,
}

impl Task for Call {
    const NAME: &'static str = "call";
    type Output = ();

    async fn run(self, ctx: TaskContext) -> TaskResult<()> {
        ctx.app().http.get(&self.url).send().await?.success()?;
        Ok(())
    }
}

/// What a birthday enqueues, which enqueues the call.
#[derive(Debug, Serialize, Deserialize)]
struct Birthday {
    person_id: Id,
}

impl Task for Birthday {
    const NAME: &'static str = "add_one_year";
    type Output = ();

    async fn run(self, ctx: TaskContext) -> TaskResult<()> {
        let url = PEER_URL.get().expect("it is set").clone();
        ctx.app()
            .transaction(async |tx: &mut Tx| Call { url: url.clone() }.enqueue(tx).await)
            .await?;
        Ok(())
    }
}

async fn app() -> TestApp {
    let mut tasks = TaskList::default();
    tasks.add::<Birthday>();
    tasks.add::<Call>();
    TestApp::with_tasks(&[], tasks).await
}

/// The traces of the calls that a peer has received there.
fn traces(peer: &Peer, path: &str) -> Vec<String> {
    let received = peer.received(path);
    let trace = received
        .iter()
        .map(|one| one.headers["traceparent"].to_str());
    trace.map(|trace| trace.expect("text").to_owned()).collect()
}

#[tokio::test]
async fn a_trace_goes_from_the_request_through_tasks_to_whom_they_call() {
    let peer = Peer::start().await;
    peer.replies("/", [Reply::body("")]);
    PEER_URL.set(peer.url("/")).expect("nobody else sets it");
    let app = app().await;
    let person = PersonFactory::new().create(&app).await;
    let path = format!("/api/v1/persons/{}/birthday", person.id);

    let good = format!("00-{TRACE_ID}-{SPAN_ID}-01");
    for header in [good.as_str(), "00-nonsense"] {
        let header = ("traceparent", header);
        let response = app
            .send_with(Method::POST, &path, header, &Value::Null)
            .await;
        assert_eq!(response.status(), 202);
        while app.run_pending_tasks().await > 0 {}
    }
    let traces = traces(&peer, "/");
    assert_eq!(traces.len(), 2);
    let (trace, other) = (&traces[0], &traces[1]);
    assert_eq!(&trace[..36], format!("00-{TRACE_ID}-"));
    assert_eq!(&trace[52..], "-01");
    assert_ne!(&trace[36..52], SPAN_ID);
    // A new one takes the place of what is none.
    other.parse::<TraceContext>().expect("a traceparent");
    assert!(!other.contains(TRACE_ID), "{other}");
}

#[tokio::test]
async fn many_tasks_and_flows_have_the_trace_of_who_enqueues_them() {
    let peer = Peer::start().await;
    for path in ["/many", "/chain", "/none"] {
        peer.replies(path, [Reply::body("")]);
    }
    let app = app().await;
    let call = |path| Call {
        url: peer.url(path),
    };
    let trace = TraceContext::new();
    let enqueue = app.app.transaction(async |tx: &mut Tx| {
        Call::enqueue_all(tx, &[call("/many"), call("/many")]).await?;
        let chain = Flow::chain([Flow::of(call("/chain")), Flow::of(call("/chain"))]);
        chain.enqueue(tx).await?;
        Ok::<_, EnqueueError>(())
    });
    in_trace(trace, enqueue).await.expect("they are enqueued");
    app.enqueue(call("/none")).await;
    while app.run_pending_tasks().await > 0 {}

    let is_same = |other: &String| other[..36] == trace.to_string()[..36];
    for path in ["/many", "/chain"] {
        let traces = traces(&peer, path);
        assert_eq!(traces.len(), 2);
        assert!(traces.iter().all(is_same), "{traces:?}");
    }
    // What nobody has begun begins by itself.
    assert!(!traces(&peer, "/none").iter().any(is_same));
}
