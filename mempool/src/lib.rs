//! Part of En-Tan-Mo.
