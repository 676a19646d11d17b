use http_body_util::BodyExt as _;

use super::*;
use crate::door::{Door, Limits};

fn room() -> Arc<Shares> {
    Shares::new(1_000, 700)
}

/// What is left of it.
fn left(room: &Arc<Shares>) -> usize {
    (0..=1_000)
        .rev()
        .find(|kib| room.take(Whose::NOBODY, *kib).is_ok())
        .unwrap()
}

/// Counts the answer to somebody on this machine.
fn count_here(room: &Arc<Shares>, response: Response, now: Instant) -> Response {
    count(room, None, false, response, now)
}

fn large(kib: usize) -> Response {
    let bytes: Vec<u8> = (0..kib * 1024).map(|index| index as u8).collect();
    Response::new(Body::from(bytes))
}

#[tokio::test]
async fn large_answers_have_room_until_they_are_taken() {
    let room = room();
    let first = count_here(&room, large(600), Instant::now());
    assert_eq!(left(&room), 400);
    let second = count_here(&room, large(600), Instant::now());
    assert_eq!(second.status(), 429);
    // Small ones and streams need none.
    assert_eq!(count_here(&room, large(64), Instant::now()).status(), 200);
    let stream = futures::stream::pending::<Result<Bytes, std::io::Error>>();
    let stream = count_here(
        &room,
        Response::new(Body::from_stream(stream)),
        Instant::now(),
    );
    assert_eq!((stream.status().as_u16(), left(&room)), (200, 400));
    assert_eq!(first.body().size_hint().exact(), Some(600 * 1024));
    let taken = first.into_body().collect().await.unwrap().to_bytes();
    assert!(
        taken
            .iter()
            .enumerate()
            .all(|(index, byte)| *byte == index as u8)
    );
    assert_eq!((taken.len(), left(&room)), (600 * 1024, 1_000));
    drop(count_here(&room, large(600), Instant::now()));
    assert_eq!(left(&room), 1_000);
}

#[tokio::test]
async fn pieces_do_not_keep_the_whole() {
    let room = room();
    let mut body = count_here(&room, large(65), Instant::now()).into_body();
    let mut pieces = Vec::new();
    while let Some(frame) = body.frame().await {
        pieces.push(frame.unwrap().into_data().unwrap().len());
    }
    assert_eq!(pieces, [PIECE_BYTES, PIECE_BYTES, 1024]);
    assert!(body.is_end_stream());
}

#[tokio::test]
async fn who_takes_too_long_gets_no_more() {
    let room = room();
    let seconds = |seconds| PATIENCE + Duration::from_secs(seconds);
    for (late, comes) in [(seconds(9), true), (seconds(11), false)] {
        let since = Instant::now().checked_sub(late).unwrap();
        let mut body = count_here(&room, large(320), since).into_body();
        assert_eq!(body.frame().await.unwrap().is_ok(), comes);
    }
    assert_eq!(left(&room), 1_000);
}

/// A connection from an address.
fn line(address: &str) -> Arc<Line> {
    Door::new(Limits::default())
        .enter(address.parse().unwrap())
        .unwrap()
}

#[tokio::test]
async fn an_address_has_a_share_of_the_room() {
    let room = room();
    let ask = |line: &Arc<Line>, kib| count(&room, Some(line), false, large(kib), Instant::now());
    let (one, other) = (line("2001:db8::1"), line("2001:db8:0:100::1"));
    let first = ask(&one, 400);
    assert_eq!(first.status(), 200);
    let refused = ask(&line("2001:db8::2"), 301);
    assert_eq!(refused.status(), 429, "its network has no more");
    let text = refused.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8(text.to_vec()).unwrap();
    assert!(text.contains("take those first"), "{text}");
    assert_eq!(ask(&one, 300).status(), 200);
    let second = ask(&other, 600);
    assert_eq!(second.status(), 200, "another has its own");
    assert_eq!(
        ask(&line("192.0.2.1"), 65).status(),
        429,
        "there is no more in all"
    );
    drop(first);
    assert_eq!(ask(&one, 301).status(), 200);
}

#[tokio::test]
async fn what_an_answer_takes_beside_itself_is_counted() {
    let room = room();
    let kept = |coded| {
        let mut response = large(900);
        response.extensions_mut().insert(Kept);
        count(&room, None, coded, response, Instant::now())
    };
    let same = kept(false);
    assert_eq!(left(&room), 1_000, "all are given the same bytes");
    let coded = kept(true);
    assert_eq!(left(&room), 1_000 - CODING_KIB);
    drop((same, coded));
    let both = count(&room, None, true, large(100), Instant::now());
    assert_eq!(left(&room), 900 - CODING_KIB);
    drop(both);
    let mut response = large(100);
    let coding = axum::http::HeaderValue::from_static("br");
    response.headers_mut().insert(CONTENT_ENCODING, coding);
    let _coded_before = count(&room, None, true, response, Instant::now());
    assert_eq!(left(&room), 900);
}

/// Its body is asked for nothing while the client takes nothing: the room comes back all the same.
#[tokio::test]
async fn a_connection_ends_when_its_time_is_over_whoever_asks_for_more() {
    let room = room();
    let ago = |patience: Duration| Instant::now().checked_sub(patience).unwrap();
    let slow = line("192.0.2.1");
    // 320 KiB have ten seconds more.
    let since = ago(PATIENCE + Duration::from_secs(11));
    let answer = count(&room, Some(&slow), false, large(320), since);
    slow.closed().await;
    drop(answer);
    // No more than five minutes, however large; and it is no business of later answers of a connection.
    let slow = line("192.0.2.1");
    let body = Body::new(Sized(1 << 40));
    let wide = Shares::new(usize::MAX, usize::MAX);
    let answer = count(&wide, Some(&slow), false, Response::new(body), ago(LONGEST));
    slow.closed().await;
    drop(answer);
    let quick = line("192.0.2.1");
    drop(count(&room, Some(&quick), false, large(320), since));
    tokio::task::yield_now().await;
    let mut closed = std::pin::pin!(quick.closed());
    let mut context = Context::from_waker(std::task::Waker::noop());
    assert!(closed.as_mut().poll(&mut context).is_pending());
    assert_eq!(Arc::strong_count(&quick), 1);
}

/// A body that says how long it is.
struct Sized(u64);

impl HttpBody for Sized {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        Poll::Pending
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0)
    }
}
