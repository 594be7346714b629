use axum::extract::Request;
use axum::http::{HeaderValue, header};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};

/// Below this, the headers that say so are as long as what is saved.
const MIN_BYTES: u64 = 256;

/// Packs responses for clients that can unpack them. What is streamed line by line stays as it is,
/// for each line is to arrive at once.
pub(super) fn compress() -> CompressionLayer<impl Predicate + Send + Sync + 'static> {
    let predicate = SizeAbove::new(MIN_BYTES)
        .and(NotForContentType::IMAGES)
        .and(NotForContentType::SSE)
        .and(NotForContentType::const_new("application/x-ndjson"));
    // JSON becomes little smaller at higher levels, which take several times as long.
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(predicate)
}

/// The names of encodings are the same in capitals, and `x-gzip` is `gzip` (RFC 9110, section
/// 8.4.1); the layer that unpacks knows one spelling.
pub(super) fn normalize(request: &mut Request) {
    if let Some(encoding) = request.headers_mut().get_mut(header::CONTENT_ENCODING) {
        let names: [&[u8]; 2] = [b"gzip", b"x-gzip"];
        let name = encoding.as_bytes();
        if names.iter().any(|known| name.eq_ignore_ascii_case(known)) {
            *encoding = HeaderValue::from_static("gzip");
        }
    }
}
