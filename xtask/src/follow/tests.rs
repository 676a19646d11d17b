use super::*;

#[test]
fn a_line_of_the_log_tells_when_a_block_was_final() {
    let line = "2026-11-27T16:04:30.594361Z  INFO etm_node::engine::application: finalized height=670 round=67 slot=1 producer=5";
    let expected = ((16 * 60 + 4) * 60 + 30) * 1_000_000 + 594_361;
    assert_eq!(logged(line), Some((670, expected)));
    let other = "2026-11-27T16:04:30.594361Z  INFO etm_node: entered a round committee=4";
    assert_eq!(logged(other), None);
}
