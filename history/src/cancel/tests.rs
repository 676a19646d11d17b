use etm_types::Height;
use std::sync::mpsc;

use super::Cancel;
use crate::tests::World;

#[test]
fn a_read_that_nobody_wants_stops_and_leaves_its_connection_usable() {
    let world = World::new();
    let cancel = Cancel::default();
    let (begins, begun) = mpsc::channel();
    std::thread::scope(|scope| {
        let read = scope.spawn(|| {
            cancel.during(|| {
                world.history.read(|connection| {
                    begins.send(()).unwrap();
                    // Counts for ever.
                    let count: i64 = connection.query_row(
                        "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number) SELECT COUNT(*) FROM number",
                        [],
                        |row| row.get(0),
                    )?;
                    Ok(count)
                })
            })
        });
        begun.recv().unwrap();
        cancel.cancel();
        let stopped = read.join().unwrap().unwrap_err();
        assert!(stopped.is_cancelled(), "{stopped}");
    });
    // The connection went back to the others, and works for whoever comes next, wanted or not.
    assert_eq!(world.history.height().unwrap(), Height(0));
    let next = Cancel::default();
    assert_eq!(next.during(|| world.history.height()).unwrap(), Height(0));
    assert!(Cancel::current().is_none());
}
