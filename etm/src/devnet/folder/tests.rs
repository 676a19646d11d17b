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
        "node-1/node.key",
        "node-x",
        "keys",
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
    // A link to a folder elsewhere is none of its own.
    let elsewhere = tempfile::tempdir().unwrap();
    fs::remove_file(home.path().join("genesis.json")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), home.path().join("node-1")).unwrap();
    assert!(claim.clear().unwrap_err().to_string().contains("node-1"));
}

#[test]
fn a_folder_in_use_is_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let running = devnet(home.path());
    let before = picture(home.path());
    let error = Claim::new(home.path()).err().unwrap().to_string();
    assert!(error.contains("another devnet runs"), "{error}");
    assert_eq!(picture(home.path()), before);
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
