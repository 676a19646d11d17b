//! Studies shipped with the lab.

/// Names and texts.
pub const PRESETS: &[(&str, &str)] = &[
    ("holders-40k", include_str!("../presets/holders-40k.toml")),
    ("splitting", include_str!("../presets/splitting.toml")),
    ("time-gain", include_str!("../presets/time-gain.toml")),
    ("attack", include_str!("../presets/attack.toml")),
    (
        "best-response-year",
        include_str!("../presets/best-response-year.toml"),
    ),
    ("withholding", include_str!("../presets/withholding.toml")),
    ("small", include_str!("../presets/small.toml")),
];

/// The text of a preset, or what would be right.
pub fn find(name: &str) -> Result<&'static str, String> {
    let preset = PRESETS.iter().find(|(preset, _)| *preset == name);
    preset.map(|(_, text)| *text).ok_or_else(|| {
        let names: Vec<_> = PRESETS.iter().map(|(name, _)| *name).collect();
        format!(
            "there is no preset {name:?}; the presets are {}",
            names.join(", ")
        )
    })
}

#[cfg(test)]
mod tests;
