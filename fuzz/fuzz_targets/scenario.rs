//! Scenario files: read, and run if they are short.
#![no_main]

use etm_scenario::{Document, Scenario, States};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = States::parse(text);
    let _ = Document::parse(text);
    if let Ok(scenario) = Scenario::parse(text) {
        let _ = etm_scenario::run(&scenario);
    }
});
