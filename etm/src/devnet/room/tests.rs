use super::*;

#[test]
fn memory_that_does_not_suffice_is_told_of() {
    let meminfo = |kib: u64| format!("MemTotal: 1 kB\nMemAvailable:   {kib} kB\nBuffers: 0 kB\n");
    assert_eq!(too_little(&meminfo(9 * NODE_MIB * 1024), 9), None);
    let note = too_little(&meminfo(1024 * 1024), 101);
    assert_eq!(
        note.as_deref(),
        Some(
            "note: 101 nodes take some 6060 MiB of memory, and 1024 MiB are free; fewer may run (`--miners`)"
        )
    );
    for unknown in ["", "MemAvailable: much", "MemAvailable: 12 MB"] {
        assert_eq!(too_little(unknown, 101), None);
    }
}
