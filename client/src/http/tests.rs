use super::*;
use axum::{Router, http::StatusCode, routing};
use etm_types::api::error::ErrorCode;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

fn quick(url: &str) -> Client {
    Client::builder(url)
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap()
}

/// Answers 503 `failures` times and then `answer`; counts the requests.
fn flaky(failures: u32, answer: &'static str) -> (Router, Arc<AtomicU32>) {
    let seen = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&seen);
    let handler = move || {
        let counter = Arc::clone(&counter);
        async move {
            if counter.fetch_add(1, Ordering::SeqCst) < failures {
                let body = serde_json::to_string(&ErrorCode::Timeout.body("not now")).unwrap();
                return (StatusCode::SERVICE_UNAVAILABLE, body);
            }
            (StatusCode::OK, answer.to_owned())
        }
    };
    let router = Router::new()
        .route("/api/v1/devnet/faucet", routing::post(handler.clone()))
        .fallback(routing::get(handler));
    (router, seen)
}

const ACCOUNT: &str =
    r#"{"hash":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","amount":"5"}"#;

/// Reads a request with its body and answers it; the connection stays open.
fn answer(stream: &mut std::net::TcpStream, body: &str) {
    use std::io::{Read, Write};
    let mut request = String::new();
    let is_whole = |request: &str| {
        let (head, body) = request.split_once("\r\n\r\n")?;
        let length = head.lines().find_map(|line| {
            line.to_lowercase()
                .strip_prefix("content-length: ")?
                .parse()
                .ok()
        });
        (body.len() >= length.unwrap_or(0)).then_some(())
    };
    while is_whole(&request).is_none() {
        let mut part = [0; 4096];
        let read = stream.read(&mut part).unwrap();
        assert_ne!(read, 0, "{request}");
        request.push_str(std::str::from_utf8(&part[..read]).unwrap());
    }
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
}

/// Who is asked a question thinks for longer than a node keeps a connection, and nobody looks at the connection meanwhile.
#[tokio::test]
async fn nothing_is_written_into_a_connection_that_was_idle_for_long() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (close, told) = std::sync::mpsc::channel::<()>();
    let (closed, is_closed) = std::sync::mpsc::channel();
    let server = std::thread::spawn(move || {
        let (mut first, _) = listener.accept().unwrap();
        answer(&mut first, "\"fine\"");
        told.recv().unwrap();
        drop(first);
        closed.send(()).unwrap();
        let (mut second, _) = listener.accept().unwrap();
        answer(&mut second, ACCOUNT);
        // Until the test has its answer.
        let _ = told.recv();
    });
    let client = Client::builder(&url)
        .direct()
        .retries(0)
        .idle(Duration::from_nanos(1))
        .build()
        .unwrap();
    let read: String = client.get("x", &[("", ""); 0], ()).await.unwrap();
    assert_eq!(read, "fine");
    close.send(()).unwrap();
    // As a prompt does, this keeps the one thread that there is.
    is_closed.recv().unwrap();
    client.faucet("A", None).await.unwrap();
    drop(close);
    server.join().unwrap();
    // A node keeps one for 30 s (`api/src/listen.rs`).
    assert!(IDLE < Duration::from_secs(30));
}

#[tokio::test]
async fn reads_are_tried_again_and_writes_never() {
    let (router, seen) = flaky(2, "\"fine\"");
    let client = quick(&serve(router).await);
    let answer: String = client.get("x", &[("", ""); 0], ()).await.unwrap();
    assert_eq!((answer.as_str(), seen.load(Ordering::SeqCst)), ("fine", 3));

    let (router, seen) = flaky(2, ACCOUNT);
    let client = quick(&serve(router).await);
    let refused = client.faucet("A", None).await.unwrap_err();
    assert_eq!(seen.load(Ordering::SeqCst), 1);
    assert!(
        matches!(refused, Error::Api { status: 503, .. }),
        "{refused:?}"
    );

    let (router, seen) = flaky(9, "\"fine\"");
    let client = quick(&serve(router).await);
    assert!(client.get::<String>("x", &[("", ""); 0], ()).await.is_err());
    assert_eq!(seen.load(Ordering::SeqCst), 3);
}

/// Takes what is asked and gives `beginning`, and nothing more; counts the requests.
async fn mute(beginning: &'static [u8]) -> (String, Arc<AtomicU32>) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&seen);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let counter = Arc::clone(&counter);
            tokio::spawn(async move {
                let mut request = [0; 4096];
                while stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                    counter.fetch_add(1, Ordering::SeqCst);
                    stream.write_all(beginning).await.unwrap();
                }
            });
        }
    });
    (url, seen)
}

#[tokio::test]
async fn a_node_that_falls_silent_is_waited_for_once() {
    const REFUSED: &[u8] = b"HTTP/1.1 404 Not Found\r\ncontent-length: 9\r\n\r\n{";
    for beginning in [
        &b""[..],
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{",
        REFUSED,
    ] {
        let (url, seen) = mute(beginning).await;
        let client = Client::builder(&url)
            .timeout(Duration::from_millis(300))
            .build()
            .unwrap();
        let silent = Error::TimedOut { node: url };
        let read = client.get::<String>("x", &[("", ""); 0], ()).await;
        assert_eq!(read, Err(silent.clone()));
        assert_eq!(seen.load(Ordering::SeqCst), 1);
        let written = client.faucet("A", None).await;
        assert_eq!(written.unwrap_err(), silent);
        assert_eq!(seen.load(Ordering::SeqCst), 2);
    }
    // One that says no byte by byte.
    let (url, _) = mute(REFUSED).await;
    let client = Client::builder(&url)
        .timeout(Duration::from_millis(300))
        .build()
        .unwrap();
    let opened = client.stream("events", &[("", ""); 0]).await;
    assert_eq!(opened.unwrap_err(), Error::TimedOut { node: url });
}

#[tokio::test]
async fn the_codes_of_the_api_are_kept() {
    let body = serde_json::to_string(&ErrorCode::NotFound.body("there is no block 9")).unwrap();
    let router = Router::new().fallback(move || async move { (StatusCode::NOT_FOUND, body) });
    let error = quick(&serve(router).await).block("9").await.unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::NotFound));
    assert_eq!(error.to_string(), "the node says: there is no block 9");
    assert!(!error.is_unreachable());
}

#[tokio::test]
async fn what_a_node_says_is_no_longer_than_people_read() {
    let long = "é".repeat(100_000);
    let body = serde_json::json!({ "error": { "code": long, "message": long } }).to_string();
    let answer = (StatusCode::NOT_FOUND, body);
    let kind = serde_json::json!({ "status": long }).to_string();
    let router = Router::new()
        .route(
            "/api/v1/status",
            routing::get(move || async move { answer.clone() }),
        )
        .route(
            "/api/v1/parameters",
            routing::get(move || async move { kind.clone() }),
        );
    let client = quick(&serve(router).await);
    let refused = client.status().await.unwrap_err();
    let Error::Api { detail, .. } = &refused else {
        panic!("{refused}");
    };
    for text in [&detail.code, &detail.message] {
        assert_eq!(text.chars().count(), MAX_MESSAGE_CHARACTERS + 1);
        assert!(text.capacity() < 4 * MAX_MESSAGE_CHARACTERS);
    }
    let malformed = client.parameters().await.unwrap_err().to_string();
    assert!(malformed.len() < 4 * MAX_MESSAGE_CHARACTERS, "{malformed}");
}

#[test]
fn what_a_node_says_stays_on_one_line() {
    assert_eq!(said("a\u{1b}[2J\nb"), "a?[2J b");
    assert_eq!(said("a\u{61c}\u{2028}\u{202e}b\u{ad}"), "a? ?b?");
}

#[tokio::test]
async fn what_is_no_node_is_told_from_what_is_silent() {
    let page = Router::new().fallback(|| async { "<html>hello</html>" });
    let error = quick(&serve(page).await).status().await.unwrap_err();
    assert!(matches!(error, Error::Malformed { .. }), "{error:?}");

    let slow = Router::new().fallback(|| async {
        tokio::time::sleep(Duration::from_secs(30)).await;
        ""
    });
    let client = Client::builder(&serve(slow).await)
        .timeout(Duration::from_millis(50))
        .retries(0)
        .build()
        .unwrap();
    assert!(matches!(client.status().await, Err(Error::TimedOut { .. })));

    // A port that was just closed: nobody listens there.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = Client::builder(&url)
        .retries(0)
        .build()
        .unwrap()
        .status()
        .await
        .unwrap_err();
    assert!(
        error.is_unreachable() && error.to_string().contains("refused"),
        "{error}"
    );
}

#[test]
fn urls_are_checked_before_anything_is_sent() {
    for url in [
        "",
        "127.0.0.1:8080",
        "ftp://host",
        "http://",
        "file:///etc/passwd",
        "http://user:secret@host",
    ] {
        let error = Client::new(url).unwrap_err();
        assert!(matches!(error, Error::InvalidUrl { .. }), "{url}");
    }
    let client = Client::new("http://host:1/?x=1#y").unwrap();
    assert_eq!(client.url("status"), "http://host:1/api/v1/status");
    let below = Client::new("https://host/etm/").unwrap();
    assert_eq!(below.url("status"), "https://host/etm/api/v1/status");
}

#[test]
fn no_proxy_stands_before_a_node_on_this_machine() {
    let all = |_: &str| Some("http://proxy.example:3128".to_owned());
    for node in [
        "http://127.0.0.1:8080",
        "http://127.8.9.1",
        "https://localhost",
        "http://[::1]:8080",
        "http://node.localhost:1",
    ] {
        assert_eq!(proxy_of(&Url::parse(node).unwrap(), all), None, "{node}");
    }
    let node = |text: &str| Url::parse(text).unwrap();
    assert_eq!(
        proxy_of(&node("http://node.example"), all),
        Some("HTTP_PROXY")
    );
    assert_eq!(
        proxy_of(&node("https://192.0.2.1"), all),
        Some("HTTPS_PROXY")
    );
    let unset = |name: &str| (name == "HTTP_PROXY").then(String::new);
    assert_eq!(proxy_of(&node("http://node.example"), unset), None);
}
