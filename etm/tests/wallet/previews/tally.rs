//! How the requests ended.

use std::{collections::BTreeMap, fmt};

#[derive(Debug, Default)]
pub struct Tally {
    /// Requests by kind: accepted and refused.
    kinds: BTreeMap<&'static str, (u64, u64)>,
    /// Refusals that were foreseen, by their codes.
    refused: BTreeMap<String, u64>,
    /// Figures that were what had been said, by what they are.
    compared: BTreeMap<&'static str, u64>,
    /// Positions that came otherwise than expected, within what had been said to be possible.
    uncertain: u64,
    /// In a block of a later round than the preview was of, or looked at too late.
    late: u64,
    /// Sent behind a nonce that was missing, so that nothing could be known.
    gaps: u64,
    /// The node did not answer the command in time.
    unanswered: u64,
    /// In rounds that took longer than with every second slot missed.
    crawled: u64,
}

impl Tally {
    /// How many were asked whose end is known.
    pub fn requests(&self) -> u64 {
        let ends = self.kinds.values();
        ends.map(|(accepted, refused)| accepted + refused).sum()
    }

    /// How many figures of this kind were what had been said.
    pub fn compared(&self, figure: &str) -> u64 {
        self.compared.get(figure).copied().unwrap_or(0)
    }

    pub fn accept(&mut self, kind: &'static str) {
        self.kinds.entry(kind).or_default().0 += 1;
    }

    /// Refused as it was foreseen.
    pub fn refuse(&mut self, kind: &'static str, code: &str) {
        self.kinds.entry(kind).or_default().1 += 1;
        *self.refused.entry(code.to_owned()).or_default() += 1;
    }

    pub fn compare(&mut self, figure: &'static str) {
        *self.compared.entry(figure).or_default() += 1;
    }

    pub fn uncertain(&mut self) {
        self.uncertain += 1;
    }

    pub fn late(&mut self) {
        self.late += 1;
    }

    pub fn crawled(&mut self) {
        self.crawled += 1;
    }

    pub fn unanswered(&mut self) {
        self.unanswered += 1;
    }

    pub fn gap(&mut self) {
        self.gaps += 1;
    }
}

/// What was compared before a difference, or a refusal that nobody foresaw.
impl Drop for Tally {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("until then:\n{self}");
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "  {} requests:", self.requests())?;
        for (kind, (accepted, refused)) in &self.kinds {
            writeln!(
                out,
                "    {kind:<14}{accepted:>5} accepted{refused:>5} refused"
            )?;
        }
        writeln!(out, "  what was said and came, to the unit:")?;
        for (figure, times) in &self.compared {
            writeln!(out, "    {figure:<44}{times:>6}")?;
        }
        writeln!(
            out,
            "  marked as uncertain, and came otherwise than expected: {}",
            self.uncertain
        )?;
        let foreseen: u64 = self.refused.values().sum();
        writeln!(out, "  refused as foreseen: {foreseen} {:?}", self.refused)?;
        write!(
            out,
            "  behind a missing nonce: {}; too late to compare: {}; not answered in time: {}; of rounds that took longer than with every second slot missed: {}",
            self.gaps, self.late, self.unanswered, self.crawled
        )
    }
}
