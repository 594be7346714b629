use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use ipnet::IpNet;

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");

/// The address of a client who has not come over a connection.
const NOBODY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// Who has sent a request, as it looks from outside our proxies.
///
/// A proxy in front (`TRUSTED_PROXIES`) is believed what it says in `X-Forwarded-For`, `-Proto` and
/// `-Host`. Anybody else could write what they like there, so of them only the connection counts.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The address of the client; `0.0.0.0` if the request did not come over a connection.
    pub address: IpAddr,
    /// Whether the client uses https.
    pub is_https: bool,
    host: Option<HeaderValue>,
}

impl Caller {
    fn new(request: &Request) -> Self {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let address = peer.map(|ConnectInfo(peer)| peer.ip().to_canonical());
        // RFC 9112, section 3.2.2: a host in the first line is the one that counts.
        let authority = request.uri().authority();
        let authority = authority.and_then(|host| HeaderValue::from_str(host.as_str()).ok());
        Self {
            address: address.unwrap_or(NOBODY),
            is_https: false,
            host: authority.or_else(|| request.headers().get(header::HOST).cloned()),
        }
    }

    /// The host that the client asked for, with the port if it named one.
    pub fn host(&self) -> Option<&str> {
        self.host.as_ref()?.to_str().ok()
    }

    /// Takes over what the proxies say, as far back as they are ours.
    ///
    /// Each proxy adds to the right what it knows, so what a client made up stays on the left of
    /// what the first of our proxies has seen.
    fn believe(&mut self, headers: &HeaderMap, proxies: &[IpNet]) {
        let mut hops = 0;
        for value in last_first(headers, FOR) {
            let Some(address) = parse_address(value) else {
                break;
            };
            hops += 1;
            self.address = address;
            if !is_proxy(proxies, address) {
                break;
            }
        }
        // A proxy that replaces instead of adding leaves fewer values.
        let said = |name| last_first(headers, name).take(hops.max(1)).last();
        self.is_https = said(PROTO).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
        let host = said(HOST).filter(|host| host.parse::<Authority>().is_ok());
        self.host = host
            .and_then(|host| HeaderValue::from_str(host).ok())
            .or_else(|| self.host.take());
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let caller = parts.extensions.get::<Self>().cloned();
        Ok(caller.unwrap_or(Self {
            address: NOBODY,
            is_https: false,
            host: None,
        }))
    }
}

/// The address of the client, once it is identified.
pub(super) fn address(request: &Request) -> IpAddr {
    let caller = request.extensions().get::<Caller>();
    caller.map_or(NOBODY, |caller| caller.address)
}

/// Whether the client uses https, once it is identified.
pub(super) fn is_https(request: &Request) -> bool {
    let caller = request.extensions().get::<Caller>();
    caller.is_some_and(|caller| caller.is_https)
}

/// Finds out who has sent the request.
pub(super) fn identify(request: &mut Request, proxies: &[IpNet]) {
    let mut caller = Caller::new(request);
    if is_proxy(proxies, caller.address) {
        caller.believe(request.headers(), proxies);
    }
    // Nobody further in is to believe what nobody has checked.
    for name in [FOR, HOST, PROTO, REAL_IP, header::FORWARDED] {
        request.headers_mut().remove(name);
    }
    request.extensions_mut().insert(caller);
}

/// Whether a proxy of ours is at the address.
pub(crate) fn is_proxy(proxies: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    proxies.iter().any(|network| network.contains(&address))
}

/// The values of a list that proxies add to, the last one first.
fn last_first(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(name).iter().rev();
    let lines = lines.map(|line| line.to_str().unwrap_or_default());
    lines.flat_map(|line| line.rsplit(',').map(str::trim))
}

/// Some proxies add the port, and brackets to an IPv6 address.
fn parse_address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|peer| peer.ip());
    address
        .or_else(with_port)
        .map(|ip: IpAddr| ip.to_canonical())
}
