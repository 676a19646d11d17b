use super::*;

#[test]
fn two_files_at_most_and_no_line_is_torn() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("log");
    let mut log = Rotating::open(&path, 100).unwrap();
    for number in 0..1_000 {
        log.write_all(format!("line {number:04}\n").as_bytes())
            .unwrap();
        let mut names: Vec<_> = fs::read_dir(home.path())
            .unwrap()
            .map(|entry| entry.unwrap())
            .collect();
        names.sort_by_key(fs::DirEntry::file_name);
        assert!(names.len() <= 2, "{names:?}");
        for entry in names {
            assert!(entry.metadata().unwrap().len() <= 100);
        }
    }
    let both =
        fs::read_to_string(Rotating::aside(&path)).unwrap() + &fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = both.lines().collect();
    // Ten lines fill a file: the newest are there, each whole, in their order.
    assert!(lines.len() > 10);
    for (line, number) in lines.iter().rev().zip((0..1_000).rev()) {
        assert_eq!(*line, format!("line {number:04}"));
    }
}

#[test]
fn a_file_goes_on_where_it_ended() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("log");
    fs::write(&path, [b'.'; 95]).unwrap();
    let mut log = Rotating::open(&path, 100).unwrap();
    log.write_all(b"0123456789").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"0123456789");
    assert_eq!(fs::read(Rotating::aside(&path)).unwrap().len(), 95);
}

#[test]
fn a_line_longer_than_a_file_is_written() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("log");
    let mut log = Rotating::open(&path, 10).unwrap();
    log.write_all(&[b'.'; 50]).unwrap();
    assert_eq!(fs::read(&path).unwrap().len(), 50);
}

#[test]
fn where_it_cannot_be_put_aside_it_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("log");
    // A folder that is not empty is in the way.
    fs::create_dir_all(Rotating::aside(&path).join("in the way")).unwrap();
    let mut log = Rotating::open(&path, 20).unwrap();
    for _ in 0..10 {
        log.write_all(b"0123456789").unwrap();
    }
    assert_eq!(fs::read(&path).unwrap().len(), 100);
}
