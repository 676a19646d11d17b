use http_body_util::BodyExt as _;

use super::*;

fn large(kib: usize) -> Response {
    let bytes: Vec<u8> = (0..kib * 1024).map(|index| index as u8).collect();
    Response::new(Body::from(bytes))
}

#[tokio::test]
async fn large_answers_have_room_until_they_are_taken() {
    let room = Arc::new(Semaphore::new(1_000));
    let first = count(&room, large(600), Instant::now());
    assert_eq!(room.available_permits(), 400);
    let second = count(&room, large(600), Instant::now());
    assert_eq!(second.status(), 429);
    // Small ones and streams need none.
    assert_eq!(count(&room, large(64), Instant::now()).status(), 200);
    let stream = futures::stream::pending::<Result<Bytes, std::io::Error>>();
    let stream = count(
        &room,
        Response::new(Body::from_stream(stream)),
        Instant::now(),
    );
    assert_eq!(
        (stream.status().as_u16(), room.available_permits()),
        (200, 400)
    );
    assert_eq!(first.body().size_hint().exact(), Some(600 * 1024));
    let taken = first.into_body().collect().await.unwrap().to_bytes();
    assert!(
        taken
            .iter()
            .enumerate()
            .all(|(index, byte)| *byte == index as u8)
    );
    assert_eq!((taken.len(), room.available_permits()), (600 * 1024, 1_000));
    drop(count(&room, large(600), Instant::now()));
    assert_eq!(room.available_permits(), 1_000);
}

#[tokio::test]
async fn pieces_do_not_keep_the_whole() {
    let room = Arc::new(Semaphore::new(1_000));
    let mut body = count(&room, large(65), Instant::now()).into_body();
    let mut pieces = Vec::new();
    while let Some(frame) = body.frame().await {
        pieces.push(frame.unwrap().into_data().unwrap().len());
    }
    assert_eq!(pieces, [PIECE_BYTES, PIECE_BYTES, 1024]);
    assert!(body.is_end_stream());
}

#[tokio::test]
async fn who_takes_too_long_gets_no_more() {
    let room = Arc::new(Semaphore::new(1_000));
    let seconds = |seconds| PATIENCE + Duration::from_secs(seconds);
    for (late, comes) in [(seconds(9), true), (seconds(11), false)] {
        let since = Instant::now().checked_sub(late).unwrap();
        let mut body = count(&room, large(320), since).into_body();
        assert_eq!(body.frame().await.unwrap().is_ok(), comes);
    }
    assert_eq!(room.available_permits(), 1_000);
}
