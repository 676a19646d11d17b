use super::*;

/// Every file below a folder, with what it holds.
fn picture(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for path in entries(folder).unwrap() {
        if path.is_dir() {
            found.push((path.clone(), Vec::new()));
            found.extend(picture(&path));
        } else {
            found.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
    found
}

fn devnet(folder: &Path) -> Claim {
    let mut claim = Claim::new(folder).unwrap();
    let names = ["genesis.json", "node-0/node.key"].map(str::to_owned);
    claim.will_make(&names).unwrap();
    fs::create_dir_all(folder.join("node-0/chain/node-blocks-keys")).unwrap();
    for name in [
        "genesis.json",
        "clock",
        "log",
        "node-0/node.key",
        "node-0/chain.lock",
        "node-0/chain.about",
        "node-0/history.db-wal",
        "node-0/history.db.damaged.2-shm",
        "node-0/log.1",
        "node-0/chain/node-blocks-keys/00",
    ] {
        fs::write(folder.join(name), name).unwrap();
    }
    claim
}

#[test]
fn what_a_devnet_made_is_removed_and_nothing_else_is_left() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("net");
    let claim = devnet(&folder);
    claim.clear().unwrap();
    claim.give_up();
    assert!(folder.exists() || picture(home.path()).is_empty());
    assert_eq!(entries(home.path()).unwrap(), [] as [PathBuf; 0]);
}

#[test]
fn a_stranger_anywhere_keeps_everything() {
    for stranger in [
        "notes.txt",
        "node-0/backup.tar",
        "node-0/history.db.backup",
        "node-0/chain.tar",
        "node-1/node.key",
        "node-x",
        "keys",
        "logbook",
        "clock.py",
    ] {
        let home = tempfile::tempdir().unwrap();
        let claim = devnet(home.path());
        let path = home.path().join(stranger);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "mine").unwrap();
        let before = picture(home.path());
        let error = claim.clear().unwrap_err().to_string();
        assert!(error.contains(stranger), "{error}");
        assert!(error.contains("nothing was removed"), "{error}");
        assert_eq!(picture(home.path()), before);
    }
}

#[test]
fn files_named_like_its_own_are_kept_unless_it_made_them() {
    // A folder of `etm genesis new`: the keys of a chain that is no devnet's to forget.
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("node-0")).unwrap();
    fs::write(home.path().join("node-0/node.key"), "a key").unwrap();
    let claim = Claim::new(home.path()).unwrap();
    assert!(claim.clear().unwrap_err().to_string().contains("node.key"));
    fs::remove_dir_all(home.path().join("node-0")).unwrap();
    fs::write(home.path().join("genesis.json"), "a genesis").unwrap();
    assert!(
        claim
            .clear()
            .unwrap_err()
            .to_string()
            .contains("genesis.json")
    );
    // Nor is what running nodes keep, where no devnet was begun.
    fs::remove_file(home.path().join("genesis.json")).unwrap();
    fs::write(home.path().join("log"), "a diary").unwrap();
    assert!(claim.clear().unwrap_err().to_string().contains("log"));
    fs::remove_file(home.path().join("log")).unwrap();
    // A link to a folder elsewhere is none of its own.
    let elsewhere = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), home.path().join("node-1")).unwrap();
    assert!(claim.clear().unwrap_err().to_string().contains("node-1"));
}

#[test]
fn a_folder_in_use_is_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let running = devnet(home.path());
    let before = picture(home.path());
    let error = Claim::new(home.path()).err().unwrap().to_string();
    assert!(
        error.contains("runs in this folder already: use it"),
        "{error}"
    );
    assert_eq!(picture(home.path()), before);
    // Who runs says where.
    running.announce("http://127.0.0.1:8080/");
    let error = Claim::new(home.path()).err().unwrap().to_string();
    assert!(
        error.contains("its page and API at http://127.0.0.1:8080/: use it"),
        "{error}"
    );
    fs::write(home.path().join(LOCK), "http://a b\u{1b}[2J").unwrap();
    let error = Claim::new(home.path()).err().unwrap().to_string();
    assert!(error.contains("already: use it"), "{error}");
    fs::write(home.path().join(LOCK), "").unwrap();
    drop(running);

    // A node that outlived its devnet.
    let claim = Claim::new(home.path()).unwrap();
    let node = File::open(home.path().join("node-0/chain.lock")).unwrap();
    node.try_lock().unwrap();
    assert!(claim.clear().unwrap_err().to_string().contains("node-0"));
    assert_eq!(picture(home.path()), before);
    drop(node);
    claim.clear().unwrap();
}

#[test]
fn a_start_that_failed_leaves_nothing_behind() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("net");
    Claim::new(&folder).unwrap().give_up();
    assert!(!folder.exists());
    fs::create_dir(&folder).unwrap();
    Claim::new(&folder).unwrap().give_up();
    assert_eq!(entries(&folder).unwrap(), [] as [PathBuf; 0]);
    // A stranger's folder keeps what is the stranger's, and a devnet's its lock.
    for others in ["genesis.json", LOCK] {
        fs::write(folder.join(others), "").unwrap();
        Claim::new(&folder).unwrap().give_up();
        assert_eq!(entries(&folder).unwrap(), [folder.join(others)]);
        fs::remove_file(folder.join(others)).unwrap();
    }
}

#[test]
fn a_devnet_begins_in_a_folder_of_its_own() {
    for (name, text, may) in [
        ("notes.txt", "mine", false),
        ("log", "a diary", false),
        ("clock", "noon", false),
        ("node-0/config.toml", "", false),
        ("owner.key", "", false),
        // Made for it: the clock of its first blocks, keys of miners.
        ("clock", "0 40", true),
        ("node-0/node.key", "a key", true),
        ("node-0/owner.key", "a key", true),
    ] {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        let claim = Claim::new(home.path()).unwrap();
        let checked = claim.check_begin(None);
        assert_eq!(checked.is_ok(), may, "{name}: {checked:?}");
        if let Err(error) = checked {
            assert!(error.to_string().contains(name), "{error}");
        }
        // The genesis that it begins with may lie there.
        claim.check_begin(Some(&path)).unwrap();
    }
    // What a devnet left whose genesis is lost, or that was cut short, is no stranger.
    let home = tempfile::tempdir().unwrap();
    let claim = devnet(home.path());
    fs::remove_file(home.path().join(GENESIS)).unwrap();
    claim.check_begin(None).unwrap();
}

#[test]
fn no_devnet_lies_in_the_folder_of_another() {
    let home = tempfile::tempdir().unwrap();
    let outer = home.path().join("net");
    drop(devnet(&outer));
    let before = picture(home.path());
    let link = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(&outer, link.path().join("net")).unwrap();
    for inner in [
        outer.join("devnet"),
        outer.join("node-0"),
        outer.join("node-0/deep/er"),
        link.path().join("net/devnet"),
    ] {
        let refused = Claim::new(&inner).err().unwrap();
        assert!(matches!(refused, Failure::Input(_)), "{refused}");
        let said = format!(
            "`etm devnet --data {}` continues",
            outer.canonicalize().unwrap().display()
        );
        assert!(refused.to_string().contains(&said), "{refused}");
        assert_eq!(picture(home.path()), before);
    }
    drop(Claim::new(&outer).unwrap());
    drop(Claim::new(&home.path().join("other")).unwrap());
}
