//! The rendered services as their users run them: separate processes, real servers, signals, outages.

#[path = "service/auth.rs"]
mod auth;
#[path = "service/commands.rs"]
mod commands;
#[path = "service/contract.rs"]
mod contract;
#[path = "service/dashboard.rs"]
mod dashboard;
#[path = "service/docs.rs"]
mod docs;
#[path = "service/issuer.rs"]
mod issuer;
#[path = "service/limits.rs"]
mod limits;
#[path = "service/live.rs"]
mod live;
#[path = "service/locks.rs"]
mod locks;
#[path = "service/logs.rs"]
mod logs;
#[path = "service/outages.rs"]
mod outages;
#[path = "service/proxy.rs"]
mod proxy;
#[path = "service/queues.rs"]
mod queues;
#[path = "service/readme.rs"]
mod readme;
#[path = "service/recipes.rs"]
mod recipes;
#[path = "service/roles.rs"]
mod roles;
#[path = "service/tasks.rs"]
mod tasks;
#[path = "service/tls.rs"]
mod tls;
#[path = "service/util.rs"]
mod util;
