//! Extractors whose rejections are errors like all others.

mod json;
mod page;
mod path;
mod query;

pub use json::Json;
pub use page::{Page, PageQuery, Pagination};
pub use path::Path;
pub use query::Query;
