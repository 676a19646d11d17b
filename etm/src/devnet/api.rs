//! The devnet's own view of its nodes: their HTTP API, as any client has it.

use crate::failure::Failure;
use etm_types::api::event::Event;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// The API of one node.
#[derive(Clone, Debug)]
pub struct Api {
    client: reqwest::Client,
    base: String,
}

impl Api {
    /// The API of the node at `base`, such as `http://127.0.0.1:8080`.
    ///
    /// # Errors
    /// [`Failure`] if this machine can't make connections.
    pub fn new(base: String) -> Result<Self, Failure> {
        // The nodes are on this machine: no proxy is between, and no certificate is looked at.
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .build()
            .map_err(|error| Failure::Failed(format!("connections to the nodes: {error}")))?;
        Ok(Self { client, base })
    }

    /// Reads `path` below `/api/v1/`.
    ///
    /// # Errors
    /// What went wrong, for people.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, String> {
        let url = format!("{}/api/v1/{path}", self.base);
        let response = self
            .client
            .get(&url)
            .timeout(Duration::from_secs(10))
            .send()
            .await
            .map_err(|error| error.to_string())?;
        let status = response.status();
        let body = response.bytes().await.map_err(|error| error.to_string())?;
        if !status.is_success() {
            return Err(format!("{status}: {}", String::from_utf8_lossy(&body)));
        }
        serde_json::from_slice(&body).map_err(|error| format!("{path}: {error}"))
    }

    /// Sends `body` to `path` below `/api/v1/`.
    ///
    /// # Errors
    /// What went wrong, for people.
    pub async fn post<B: serde::Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<T, String> {
        let url = format!("{}/api/v1/{path}", self.base);
        let response = self
            .client
            .post(&url)
            .timeout(Duration::from_secs(10))
            .json(body)
            .send()
            .await
            .map_err(|error| error.to_string())?;
        let status = response.status();
        let body = response.bytes().await.map_err(|error| error.to_string())?;
        if !status.is_success() {
            return Err(format!("{status}: {}", String::from_utf8_lossy(&body)));
        }
        serde_json::from_slice(&body).map_err(|error| format!("{path}: {error}"))
    }

    /// Follows the node's events, calling `seen` for each, until it answers false or the connection ends: answers
    /// whether to go on.
    ///
    /// # Errors
    /// Why the connection ended.
    pub async fn follow(
        &self,
        after_height: u64,
        mut seen: impl AsyncFnMut(Event) -> bool,
    ) -> Result<bool, String> {
        let kinds = "kinds=block,round,missed";
        let url = format!(
            "{}/api/v1/events?{kinds}&after_height={after_height}",
            self.base
        );
        let text = |error: reqwest::Error| error.to_string();
        let mut response = self.client.get(&url).send().await.map_err(text)?;
        if !response.status().is_success() {
            return Err(response.status().to_string());
        }
        let mut buffer = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(text)? {
            buffer.extend_from_slice(&chunk);
            while let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = buffer.drain(..=end).collect();
                if let Some(data) = line.strip_prefix(b"data:")
                    && let Ok(event) = serde_json::from_slice(data)
                    && !seen(event).await
                {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}
