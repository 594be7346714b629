//! A client of WebSockets.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const PATIENCE: Duration = Duration::from_secs(20);

/// An open WebSocket.
pub(crate) struct Socket {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    handshake: Response,
}

impl Socket {
    /// Opens it.
    pub(crate) async fn open(url: &str, headers: &[(&'static str, &str)]) -> Self {
        let opened = Self::try_open(url, headers).await;
        opened.unwrap_or_else(|response| panic!("it is refused: {response:?}"))
    }

    /// Opens it, or says with which status and problem that was refused.
    pub(crate) async fn try_open(
        url: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, (u16, Value)> {
        let url = url.replacen("http", "ws", 1);
        let mut request = url.into_client_request().expect("a URL");
        for (name, value) in headers {
            let value = HeaderValue::try_from(*value).expect("a value");
            let name = HeaderName::from_static(name);
            request.headers_mut().insert(name, value);
        }
        match connect_async(request).await {
            Ok((socket, handshake)) => Ok(Self { socket, handshake }),
            Err(Error::Http(response)) => {
                let status = response.status().as_u16();
                let body = response.into_body().unwrap_or_default();
                Err((status, serde_json::from_slice(&body).expect("a problem")))
            }
            Err(error) => panic!("there is no connection: {error}"),
        }
    }

    /// What the server said when it was opened.
    pub(crate) fn handshake(&self) -> &Response {
        &self.handshake
    }

    pub(crate) async fn say(&mut self, message: impl Into<Message>) {
        self.socket.send(message.into()).await.expect("it is sent");
    }

    /// The next message that is not about the connection; `None` if it was cut.
    async fn next(&mut self) -> Option<Message> {
        loop {
            let received = tokio::time::timeout(PATIENCE, self.socket.next()).await;
            match received.expect("news")?.ok()? {
                Message::Ping(_) | Message::Pong(_) => {}
                message => return Some(message),
            }
        }
    }

    /// The next text.
    pub(crate) async fn hear(&mut self) -> String {
        match self.next().await {
            Some(Message::Text(text)) => text.to_string(),
            other => panic!("this is no text: {other:?}"),
        }
    }

    /// The next text, which is JSON.
    pub(crate) async fn hear_json(&mut self) -> Value {
        let text = self.hear().await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// The code with which the server closes it now; `None` if it cuts the connection.
    pub(crate) async fn closed(&mut self) -> Option<u16> {
        match self.next().await {
            Some(Message::Close(frame)) => frame.map(|frame| frame.code.into()),
            None => None,
            other => panic!("it goes on: {other:?}"),
        }
    }
}
