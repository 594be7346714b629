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

/// Has the layers below understand what the client says of encodings as it is meant here.
pub(super) fn normalize(request: &mut Request) {
    name_encoding(request);
    accept_plain(request);
}

/// The names of encodings are the same in capitals, and `x-gzip` is `gzip` (RFC 9110, section
/// 8.4.1); the layer that unpacks knows one spelling.
fn name_encoding(request: &mut Request) {
    if let Some(encoding) = request.headers_mut().get_mut(header::CONTENT_ENCODING) {
        let names: [&[u8]; 2] = [b"gzip", b"x-gzip"];
        let name = encoding.as_bytes();
        if names.iter().any(|known| name.eq_ignore_ascii_case(known)) {
            *encoding = HeaderValue::from_static("gzip");
        }
    }
}

/// Whoever takes nothing but what is packed gets what is not worth packing all the same (RFC 9110,
/// section 12.5.3, leaves the choice): 406 would come once the work is done, and hide what became of it.
fn accept_plain(request: &mut Request) {
    let headers = request.headers_mut();
    let listed = headers.get_all(header::ACCEPT_ENCODING).iter();
    let listed = listed.filter_map(|value| value.to_str().ok());
    let (refusals, rest): (Vec<&str>, Vec<&str>) = listed
        .flat_map(|list| list.split(','))
        .partition(|part| refuses_plain(part));
    if refusals.is_empty() {
        return;
    }
    if let Ok(rest) = HeaderValue::try_from(rest.join(",")) {
        headers.insert(header::ACCEPT_ENCODING, rest);
    }
}

/// Whether this part of `Accept-Encoding` is `identity;q=0` or `*;q=0`.
fn refuses_plain(part: &str) -> bool {
    let Some((name, weight)) = part.split_once(';') else {
        return false;
    };
    let name = name.trim();
    let is_none = !weight.contains(|digit| ('1'..='9').contains(&digit));
    (name == "*" || name.eq_ignore_ascii_case("identity")) && is_none
}
