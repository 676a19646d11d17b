//! Requests and answers.

use crate::{
    about::{Answer, Stray},
    error::Error,
};
use etm_types::{
    api::error::{ErrorBody, ErrorDetail},
    text::plain,
};
use reqwest::{
    RequestBuilder, Response, Url,
    header::{ACCEPT, CONTENT_TYPE, HeaderValue},
};
use serde::Serialize;
use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

/// The longest answer that is read, in bytes.
pub const MAX_ANSWER_BYTES: usize = 64 << 20;

/// The most characters of what a node says that is wrong.
const MAX_MESSAGE_CHARACTERS: usize = 1_000;

/// How long a connection is kept that nobody uses. A node closes one after half a minute; whoever waits meanwhile for what a person answers doesn't
/// hear of it, and would write into a connection that is closed: nobody could tell then whether that arrived.
const IDLE: Duration = Duration::from_secs(10);

/// What a stream of events calls itself.
const STREAM: &str = "text/event-stream";

const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// Makes a [`Client`] with other settings than the usual ones.
///
/// ```
/// # use std::time::Duration;
/// let client = etm_client::Client::builder("http://127.0.0.1:8080")
///     .timeout(Duration::from_secs(3))
///     .retries(0)
///     .build();
/// assert!(client.is_ok());
/// ```
#[derive(Clone, Debug)]
pub struct Builder {
    node: String,
    timeout: Duration,
    retries: u32,
    is_direct: bool,
    idle: Duration,
}

impl Builder {
    /// How long a connection is kept that nobody uses; 10 s if not said.
    #[must_use]
    pub fn idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// Asks the node with no proxy in between, whatever the environment says.
    #[must_use]
    pub fn direct(mut self) -> Self {
        self.is_direct = true;
        self
    }

    /// How long an answer may take, from connecting to its last byte, with all tries; 10 s if not said. Requests that wait on purpose have it on top.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How often a read is tried again while there is time; twice if not said.
    #[must_use]
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// The client.
    ///
    /// # Errors
    /// [`Error::InvalidUrl`] unless the URL is `http://` or `https://` with a host.
    pub fn build(self) -> Result<Client, Error> {
        let invalid = |reason: String| Error::InvalidUrl {
            url: self.node.clone(),
            reason,
        };
        let mut base = Url::parse(&self.node)
            .map_err(|error| invalid(format!("{error}; write it like http://127.0.0.1:8080")))?;
        if !matches!(base.scheme(), "http" | "https") || !base.has_host() {
            return Err(invalid("it must begin with http:// or https://".to_owned()));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(invalid(
                "it must not hold a user name or password".to_owned(),
            ));
        }
        base.set_query(None);
        base.set_fragment(None);
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("etm-client/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.timeout)
            .pool_idle_timeout(self.idle)
            .redirect(reqwest::redirect::Policy::none());
        let proxy = proxy_of(&base, |name| std::env::var(name).ok()).filter(|_| !self.is_direct);
        if proxy.is_none() {
            http = http.no_proxy();
            if base.scheme() == "http" {
                // Nothing is followed elsewhere, so no certificate is looked at: a machine need not have any.
                http = http.tls_certs_only([]);
            }
        }
        let http = http.build().map_err(|error| invalid(reason(&error)))?;
        Ok(Client {
            http,
            proxy,
            node: base.as_str().trim_end_matches('/').to_owned(),
            timeout: self.timeout,
            retries: self.retries,
        })
    }
}

/// A node's API. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    /// The variable of the environment that names the proxy in between.
    proxy: Option<&'static str>,
    node: String,
    timeout: Duration,
    retries: u32,
}

impl Client {
    /// The API of the node at `url`, such as `http://127.0.0.1:8080`.
    ///
    /// # Errors
    /// [`Error::InvalidUrl`]
    pub fn new(url: &str) -> Result<Self, Error> {
        Self::builder(url).build()
    }

    /// The same with other settings.
    pub fn builder(url: &str) -> Builder {
        Builder {
            node: url.to_owned(),
            timeout: Duration::from_secs(10),
            retries: 2,
            is_direct: false,
            idle: IDLE,
        }
    }

    /// The URL of the node.
    pub fn node(&self) -> &str {
        &self.node
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/api/v1/{path}", self.node)
    }

    /// Reads `path` under `/api/v1/`, which has to answer about what was `asked`; tried again while the node can't answer.
    pub(crate) async fn get<T: Answer>(
        &self,
        path: &str,
        query: &impl Serialize,
        asked: T::Asked<'_>,
    ) -> Result<T, Error> {
        let body = self.get_bytes(path, query).await?;
        self.answer(&body, asked)
    }

    /// The same for an answer that is no JSON.
    pub(crate) async fn get_bytes(
        &self,
        path: &str,
        query: &impl Serialize,
    ) -> Result<Vec<u8>, Error> {
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        let mut left = self.retries;
        loop {
            let request = self
                .http
                .get(self.url(path))
                .query(query)
                .timeout(self.timeout.saturating_sub(begun.elapsed()));
            let answer = self.bytes(request).await;
            let again = answer.as_ref().is_err_and(Error::is_passing) && left > 0;
            // Whoever was silent until the end is not asked for as long once more.
            if !again || begun.elapsed().saturating_add(pause) >= self.timeout {
                return answer;
            }
            left -= 1;
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }

    /// Reads the bytes at `path` under `/api/v1/`, at most `max`. Asked once.
    pub(crate) async fn bytes_within(&self, path: &str, max: usize) -> Result<Vec<u8>, Error> {
        let request = self.http.get(self.url(path)).timeout(self.timeout);
        let response = request.send().await.map_err(|error| self.broken(&error))?;
        let status = response.status();
        let body = self.body_within(response, max).await?;
        if !status.is_success() {
            return Err(self.refused(status.as_u16(), &body));
        }
        Ok(body)
    }

    /// Writes once: `extra` is the time the node is asked to wait before it answers.
    pub(crate) async fn post<T: Answer>(
        &self,
        path: &str,
        query: &impl Serialize,
        body: &impl Serialize,
        extra: Duration,
        asked: T::Asked<'_>,
    ) -> Result<T, Error> {
        let request = self
            .http
            .post(self.url(path))
            .query(query)
            .json(body)
            .timeout(self.timeout.saturating_add(extra));
        self.answer(&self.bytes(request).await?, asked)
    }

    /// Opens a stream: until it is open, or refused, there is a time limit.
    pub(crate) async fn stream(
        &self,
        path: &str,
        query: &impl Serialize,
    ) -> Result<Response, Error> {
        match tokio::time::timeout(self.timeout, self.open(path, query)).await {
            Ok(opened) => opened,
            Err(_) => Err(Error::TimedOut {
                node: self.node.clone(),
            }),
        }
    }

    async fn open(&self, path: &str, query: &impl Serialize) -> Result<Response, Error> {
        let request = self
            .http
            .get(self.url(path))
            .query(query)
            .header(ACCEPT, STREAM);
        let response = request.send().await.map_err(|error| self.broken(&error))?;
        if response.status().is_success() {
            let kind = response.headers().get(CONTENT_TYPE);
            let is_stream = |kind: &HeaderValue| kind.as_bytes().starts_with(STREAM.as_bytes());
            return match kind.is_some_and(is_stream) {
                true => Ok(response),
                false => Err(self.malformed("no stream of events".to_owned())),
            };
        }
        let status = response.status().as_u16();
        let body = self.body(response).await?;
        Err(self.refused(status, &body))
    }

    fn answer<T: Answer>(&self, body: &[u8], asked: T::Asked<'_>) -> Result<T, Error> {
        let answer: T =
            serde_json::from_slice(body).map_err(|error| self.malformed(error.to_string()))?;
        match answer.stray(asked) {
            None => Ok(answer),
            Some(Stray { told, asked }) => Err(Error::Stray {
                node: self.node.clone(),
                told: said(&told),
                asked: said(&asked),
            }),
        }
    }

    async fn bytes(&self, request: RequestBuilder) -> Result<Vec<u8>, Error> {
        let response = request.send().await.map_err(|error| self.broken(&error))?;
        let status = response.status();
        let body = self.body(response).await?;
        match status.is_success() {
            true => Ok(body),
            false => Err(self.refused(status.as_u16(), &body)),
        }
    }

    async fn body(&self, response: Response) -> Result<Vec<u8>, Error> {
        self.body_within(response, MAX_ANSWER_BYTES).await
    }

    async fn body_within(&self, mut response: Response, max: usize) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.broken(&error))?
        {
            if body.len() + chunk.len() > max {
                return Err(self.malformed(format!("an answer of more than {max} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn refused(&self, status: u16, body: &[u8]) -> Error {
        match serde_json::from_slice::<ErrorBody>(body) {
            Ok(ErrorBody { error }) => Error::Api {
                status,
                detail: ErrorDetail {
                    code: said(&error.code),
                    message: said(&error.message),
                },
            },
            Err(_) if matches!(status, 502..=504) => Error::Unreachable {
                node: self.node.clone(),
                reason: format!("HTTP status {status}"),
            },
            Err(_) => self.malformed(format!(
                "HTTP status {status} without an error the API knows"
            )),
        }
    }

    pub(crate) fn malformed(&self, reason: String) -> Error {
        Error::Malformed {
            node: self.node.clone(),
            reason: said(&reason),
        }
    }

    pub(crate) fn broken(&self, error: &reqwest::Error) -> Error {
        let node = self.node.clone();
        if error.is_timeout() {
            return Error::TimedOut { node };
        }
        // Something listens there, and speaks otherwise.
        if causes(error).any(|cause| cause.downcast_ref().is_some_and(hyper::Error::is_parse)) {
            return self.malformed(format!("no HTTP ({})", reason(error)));
        }
        let reason = match self.proxy {
            Some(variable) => format!("{} (asked through the proxy of {variable})", reason(error)),
            None => reason(error),
        };
        Error::Unreachable { node, reason }
    }
}

/// What a node says is kept, logged and shown: no longer than people read, on one line, and with nothing that can't be seen.
fn said(text: &str) -> String {
    let mut letters = text.chars();
    let one_line = |letter: char| if letter.is_whitespace() { ' ' } else { letter };
    let kept: String = letters
        .by_ref()
        .take(MAX_MESSAGE_CHARACTERS)
        .map(one_line)
        .collect();
    let mut said = plain(&kept);
    if letters.next().is_some() {
        said.push('…');
    }
    said.shrink_to_fit();
    said
}

/// The variable that names a proxy for `node`. A node on this machine is never asked through one: no proxy elsewhere can reach it.
fn proxy_of(node: &Url, variable: impl Fn(&str) -> Option<String>) -> Option<&'static str> {
    let host = node.host_str()?.trim_matches(['[', ']']);
    let loopback = match host.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    };
    let excepted = |name: &str| {
        let hosts = variable(name).unwrap_or_default();
        let hosts = hosts
            .split(',')
            .map(|entry| entry.trim().trim_start_matches('.'));
        hosts.filter(|entry| !entry.is_empty()).any(|entry| {
            let above = host.strip_suffix(entry);
            entry == "*" || above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
        })
    };
    if loopback || excepted("NO_PROXY") || excepted("no_proxy") {
        return None;
    }
    let names: &[&'static str] = match node.scheme() {
        "https" => &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
        _ => &["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
    };
    let set = |name: &&'static str| variable(name).is_some_and(|value| !value.is_empty());
    names.iter().copied().find(|name| set(name))
}

/// An error and what caused it, the innermost last.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error as &(dyn std::error::Error + 'static)), |error| {
        error.source()
    })
}

/// The innermost cause: "connection refused" rather than "error sending request".
fn reason(error: &reqwest::Error) -> String {
    let innermost = causes(error).last();
    // People have no use for the number behind it.
    let text = innermost.map(ToString::to_string).unwrap_or_default();
    text.split(" (os error")
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests;
