//! Part of En-Tan-Mo.

pub mod api;
