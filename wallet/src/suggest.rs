//! "Did you mean ...?" for names that people mistype.

/// The candidate nearest to what was typed, if it is near enough to be meant.
pub fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            let score = strsim::jaro_winkler(&typed, &candidate.to_lowercase());
            (score, candidate)
        })
        .filter(|(score, _)| *score > 0.8)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_what_was_meant() {
        let miners = ["alpha", "beta", "gamma.pool", "delta_1"];
        assert_eq!(nearest("alhpa", miners), Some("alpha"));
        assert_eq!(nearest("Gamma.pol", miners), Some("gamma.pool"));
        assert_eq!(nearest("zzz", miners), None);
        assert_eq!(nearest("", miners), None);
        assert_eq!(nearest("x", []), None);
    }
}
