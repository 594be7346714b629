//! Extractors whose rejections are errors like all others.

mod etag;
mod json;
mod keyset;
mod page;
mod path;
mod query;
mod webhook;

pub use etag::{ETag, IfMatch, IfNoneMatch};
pub use json::Json;
pub use keyset::{Keyset, KeysetQuery, Paging};
pub use page::{Page, PageQuery, Pagination};
pub use path::Path;
pub use query::Query;
pub use webhook::WebhookEvent;
