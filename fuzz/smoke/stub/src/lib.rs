//! Stands in for `libfuzzer-sys` where a fuzz target is called by a test.

/// Makes a function `run` of what the target does with its input.
#[macro_export]
macro_rules! fuzz_target {
    (|$input:ident: &[u8]| $body:block) => {
        pub fn run($input: &[u8]) $body
    };
    (|$input:ident: &str| $body:block) => {
        pub fn run(bytes: &[u8]) {
            let Ok($input) = core::str::from_utf8(bytes) else {
                return;
            };
            $body
        }
    };
}
