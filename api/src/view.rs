//! Answers of the domain: functions of what state and history say at one block. Nothing of HTTP, and nobody is asked.

pub(crate) mod chances;
pub(crate) mod estimate;
pub(crate) mod forecast;
pub(crate) mod lookalike;
pub(crate) mod order;
pub(crate) mod preview;
pub(crate) mod table;
