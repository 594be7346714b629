//! Load on a service that runs somewhere:
//! `cargo run --release --example load -- http://127.0.0.1:8000 --users 20 --secs 10`.
//!
//! Each user does one thing after the other: four of ten requests create a person, five read one of
//! their own and one reads a page. Where a token is needed, `TEST_TOKEN` is one with the scope
//! `write`. The exit code is 1 if anything fails, or if 95 of 100 requests are not answered within
//! `--max-p95-ms`. What was created is deleted at the end.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use rand::Rng;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

#[derive(Debug, Clone, Parser)]
struct Args {
    /// Where the service is.
    #[arg(default_value = "http://127.0.0.1:8000")]
    url: String,
    /// How many users there are at once.
    #[arg(long, default_value_t = 20)]
    users: usize,
    /// For how long they work, in seconds.
    #[arg(long, default_value_t = 10)]
    secs: u64,
    /// The longest time that 95 of 100 requests may take, in milliseconds.
    #[arg(long, default_value_t = 500)]
    max_p95_ms: u64,
}

/// Somebody who works with the service.
struct User {
    persons: String,
    token: Option<String>,
    http: Client,
    /// The ids of what they have created.
    created: Vec<String>,
    report: Report,
}

/// What came of the requests.
#[derive(Debug, Default)]
struct Report {
    took: Vec<Duration>,
    /// How many were answered with what: a status, or `no answer`.
    outcomes: BTreeMap<String, usize>,
    failed: usize,
}

#[tokio::main]
async fn main() -> io::Result<ExitCode> {
    let args = Args::parse();
    let http = Client::builder().timeout(Duration::from_secs(10)).build();
    let http = http.map_err(io::Error::other)?;
    let start = Instant::now();
    let end = start + Duration::from_secs(args.secs);
    let mut users = JoinSet::new();
    for _ in 0..args.users {
        users.spawn(User::new(&args, &http).work_until(end));
    }
    let users = users.join_all().await;
    let took = start.elapsed();
    let mut report = Report::default();
    for mut user in users {
        user.clean_up().await;
        report.add(user.report);
    }
    report.print(took)?;
    let is_good = report.failed == 0 && report.percentile(95) <= args.max_p95_ms.into();
    Ok(if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

impl User {
    fn new(args: &Args, http: &Client) -> Self {
        Self {
            persons: format!("{}/api/v1/persons", args.url.trim_end_matches('/')),
            token: std::env::var("TEST_TOKEN").ok(),
            http: http.clone(),
            created: Vec::new(),
            report: Report::default(),
        }
    }

    async fn work_until(mut self, end: Instant) -> Self {
        while Instant::now() < end {
            let chance = rand::rng().random_range(0..10);
            match (chance, self.created.last()) {
                (0..4, _) | (_, None) => self.create().await,
                (4, _) => self.read(format!("{}?limit=20", self.persons)).await,
                (_, Some(id)) => self.read(format!("{}/{id}", self.persons)).await,
            }
        }
        self
    }

    async fn create(&mut self) {
        let person = json!({
            "name": "Ada Lovelace",
            "email": format!("load-{:032x}@example.com", rand::rng().random::<u128>()),
            "age": 36,
        });
        let request = self.http.post(&self.persons).json(&person);
        if let Some(person) = self.send(request, StatusCode::CREATED).await {
            self.created
                .extend(person["id"].as_str().map(str::to_owned));
        }
    }

    async fn read(&mut self, url: String) {
        let request = self.http.get(url);
        self.send(request, StatusCode::OK).await;
    }

    /// Sends a request, notes what came of it, and returns the body of an answer as expected.
    async fn send(&mut self, request: RequestBuilder, expected: StatusCode) -> Option<Value> {
        let start = Instant::now();
        let response = self.with_token(request).send().await;
        let (outcome, body) = match response {
            Ok(response) if response.status() == expected => {
                (expected.to_string(), response.json().await.ok())
            }
            Ok(response) => (response.status().to_string(), None),
            Err(_) => ("no answer".to_owned(), None),
        };
        self.report.took.push(start.elapsed());
        self.report.failed += usize::from(body.is_none());
        *self.report.outcomes.entry(outcome).or_default() += 1;
        body
    }

    fn with_token(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn clean_up(&mut self) {
        for id in std::mem::take(&mut self.created) {
            let request = self.http.delete(format!("{}/{id}", self.persons));
            let response = self.with_token(request).send().await;
            let deleted = response.is_ok_and(|it| it.status() == StatusCode::NO_CONTENT);
            self.report.failed += usize::from(!deleted);
        }
    }
}

impl Report {
    fn add(&mut self, other: Self) {
        self.took.extend(other.took);
        self.failed += other.failed;
        for (outcome, count) in other.outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
        self.took.sort_unstable();
    }

    /// What so many of a hundred requests took no longer than, in milliseconds.
    fn percentile(&self, percent: usize) -> u128 {
        let last = self.took.len().saturating_sub(1);
        let took = self.took.get(last * percent / 100);
        took.map_or(0, Duration::as_millis)
    }

    fn print(&self, took: Duration) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let per_second = self.took.len() as f64 / took.as_secs_f64();
        writeln!(
            out,
            "{} requests, {per_second:.0} a second",
            self.took.len()
        )?;
        for percent in [50, 95, 99] {
            writeln!(out, "p{percent} {} ms", self.percentile(percent))?;
        }
        for (outcome, count) in &self.outcomes {
            writeln!(out, "{count:>8} {outcome}")?;
        }
        match self.failed {
            0 => Ok(()),
            failed => writeln!(out, "{failed} failed"),
        }
    }
}
