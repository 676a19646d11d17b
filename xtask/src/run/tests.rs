use super::*;

#[test]
fn steps_beside_one_another_all_end_and_those_that_fail_are_named() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    assert_eq!(beside(&root, &[&["fmt"], &["ops"]]), Ok(()));
    let failed = beside(&root, &[&["fmt"], &["no-such-step"], &["hosts", "4"]]);
    assert_eq!(failed, Err("failed: no-such-step, hosts 4".to_owned()));
}
