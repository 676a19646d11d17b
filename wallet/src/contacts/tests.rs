use super::*;

const ADDRESS: &str = "AFk29RFUnBUgzVuWHhiwckwHqqC6jQcG2c";

fn read(text: &str) -> Result<Contacts> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("contacts.toml");
    std::fs::write(&path, text).unwrap();
    Contacts::read(&path)
}

#[test]
fn a_file_is_read_strictly() {
    let good = read(&format!("\u{feff}[contacts]\nbob = \"{ADDRESS}\"\n")).unwrap();
    let address: Address = ADDRESS.parse().unwrap();
    assert_eq!(good.address("bob"), Some(address));
    assert_eq!(good.names().collect::<Vec<_>>(), ["bob"]);
    assert_eq!(read("").unwrap(), Contacts::default());
    let damaged = ADDRESS.replace('F', "G");
    for (text, words) in [
        (format!("[contacts]\nbob = \"{damaged}\""), "bob: "),
        (
            format!("[contacts]\n\"b b\" = \"{ADDRESS}\""),
            "no name for a contact",
        ),
        (
            format!("[contacts]\n\"{ADDRESS}\" = \"{ADDRESS}\""),
            "is an address",
        ),
        ("[contacts]\nbob = 1".to_owned(), "invalid type"),
        ("[other]".to_owned(), "unknown field"),
        ("bob".to_owned(), "contacts.toml"),
    ] {
        let failure = read(&text).unwrap_err();
        assert_eq!(failure.code, "invalid_contacts");
        assert!(failure.message.contains(words), "{}", failure.message);
    }
}
