use super::*;

/// Probes a crate with this source.
fn probe(source: &str) -> Result {
    let folder = tempfile::tempdir().unwrap();
    let subject = folder.path().join("subject");
    fs::create_dir_all(&subject).unwrap();
    let manifest = "[package]\nname = \"subject\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lib]\npath = \"lib.rs\"\n\n[workspace]\n";
    fs::write(subject.join("Cargo.toml"), manifest).unwrap();
    fs::write(subject.join("lib.rs"), source).unwrap();
    let subject = Subject {
        package: "subject",
        path: &subject,
        usage: "#[unsafe(no_mangle)]\npub extern \"C\" fn probe() -> usize {\n    subject::answer()\n}\n",
        lock: None,
    };
    links(
        &subject,
        &folder.path().join("probe"),
        &folder.path().join("target"),
    )
}

#[test]
fn core_and_alloc_alone_link() {
    let found = probe(
        "#![no_std]\nextern crate alloc;\npub fn answer() -> usize {\n    alloc::vec![42].len()\n}\n",
    );
    assert_eq!(found, Ok(()));
}

#[test]
fn std_is_found_though_it_compiles() {
    for source in [
        // As a crate of today does it by default.
        "pub fn answer() -> usize {\n    42\n}\n",
        // Claimed to do without, and linked all the same.
        "#![no_std]\nextern crate std;\npub fn answer() -> usize {\n    std::env::args().count()\n}\n",
    ] {
        let reason = probe(source).unwrap_err();
        assert!(
            reason.starts_with("subject or something it rests on links std"),
            "{reason}"
        );
    }
}

#[test]
fn what_does_not_compile_is_no_proof_either() {
    let reason = probe("#![no_std]\npub fn answer() -> usize {\n    forty_two()\n}\n").unwrap_err();
    assert!(reason.starts_with("the probe does not build"), "{reason}");
}
