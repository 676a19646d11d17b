//! Making less of a plan, so that what is left of one that fails can be understood.

use std::{collections::BTreeSet, fmt, str::FromStr};

use crate::plan::{Event, Plan};

/// What is taken away from the plan of a seed. Written as `keep=0+3,nodes=4,slots=7`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// Only these events happen.
    pub keep: Option<BTreeSet<usize>>,
    /// Only so many nodes; what happens to others doesn't.
    pub nodes: Option<usize>,
    /// Smaller committees.
    pub committee: Option<u32>,
    /// Shorter rounds.
    pub round: Option<u32>,
    /// Less time, for plans without faults.
    pub slots: Option<u64>,
}

impl Edit {
    /// What is left of `plan`; none if it asks for more misbehaving members than a committee can bear.
    pub fn apply(&self, plan: &Plan) -> Option<Plan> {
        let mut plan = plan.clone();
        if let Some(keep) = &self.keep {
            let mut index = 0;
            plan.events.retain(|_| {
                index += 1;
                keep.contains(&(index - 1))
            });
        }
        plan.nodes = self.nodes.unwrap_or(plan.nodes);
        plan.committee = self.committee.unwrap_or(plan.committee);
        plan.committee = plan.committee.min(u32::try_from(plan.nodes).unwrap());
        plan.round = self.round.unwrap_or(plan.round);
        plan.slots = self.slots.unwrap_or(plan.slots);
        let nodes = plan.nodes;
        plan.events.retain_mut(|event| event.within(nodes));
        plan.is_bearable().then_some(plan)
    }

    /// Smaller ones, the smallest first.
    fn smaller(&self, plan: &Plan) -> Vec<Self> {
        let mut edits = Vec::new();
        let all: Vec<usize> = match &self.keep {
            Some(keep) => keep.iter().copied().collect(),
            None => (0..plan.events.len()).collect(),
        };
        let mut part = all.len();
        while part > 0 {
            for begin in (0..all.len()).step_by(part) {
                let kept = all.iter().enumerate();
                let kept = kept.filter(|(place, _)| !(begin..begin + part).contains(place));
                edits.push(Self {
                    keep: Some(kept.map(|(_, event)| *event).collect()),
                    ..self.clone()
                });
            }
            part /= 2;
        }
        let half = |value: u64, least: u64| {
            (value / 2 >= least)
                .then_some(value / 2)
                .into_iter()
                .chain((value > least).then_some(value - 1))
        };
        let nodes = self.nodes.unwrap_or(plan.nodes);
        for nodes in half(nodes as u64, 1) {
            edits.push(Self {
                nodes: usize::try_from(nodes).ok(),
                ..self.clone()
            });
        }
        let committee = self.committee.unwrap_or(plan.committee);
        for committee in half(committee.into(), 1) {
            edits.push(Self {
                committee: u32::try_from(committee).ok(),
                ..self.clone()
            });
        }
        let round = self.round.unwrap_or(plan.round);
        for round in half(round.into(), 2) {
            edits.push(Self {
                round: u32::try_from(round).ok(),
                ..self.clone()
            });
        }
        let slots = self.slots.unwrap_or(plan.slots);
        for slots in half(slots, 2).take(1) {
            edits.push(Self {
                slots: Some(slots),
                ..self.clone()
            });
        }
        edits
    }

    /// The smallest that can be found in so many tries with which the plan still fails, and how it does.
    pub fn shrink(
        plan: &Plan,
        tries: usize,
        fails: impl Fn(&Plan) -> Option<String>,
    ) -> (Self, Option<String>) {
        let (mut best, mut finding) = (Self::default(), None);
        let mut left = tries;
        'again: loop {
            for edit in best.smaller(plan) {
                let Some(less) = edit.apply(plan) else {
                    continue;
                };
                if best.apply(plan).as_ref() == Some(&less) {
                    continue;
                }
                if left == 0 {
                    return (best, finding);
                }
                left -= 1;
                if let Some(found) = fails(&less) {
                    (best, finding) = (edit, Some(found));
                    continue 'again;
                }
            }
            return (best, finding);
        }
    }
}

impl Event {
    /// Takes out nodes that are not there; whether anything is left.
    fn within(&mut self, nodes: usize) -> bool {
        match self {
            Self::Crash { node, .. }
            | Self::Member { node, .. }
            | Self::Consumer { node, .. }
            | Self::Clock { node, .. }
            | Self::Disk { node, .. } => *node < nodes,
            Self::Partition { part: list, .. } | Self::Links { nodes: list, .. } => {
                list.retain(|node| *node < nodes);
                !list.is_empty()
            }
            Self::PowerCut { .. } | Self::Users { .. } => true,
        }
    }
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keep = self.keep.as_ref().map(|keep| {
            let kept: Vec<String> = keep.iter().map(ToString::to_string).collect();
            format!("keep={}", kept.join("+"))
        });
        let parts = [
            keep,
            self.nodes.map(|nodes| format!("nodes={nodes}")),
            self.committee.map(|size| format!("committee={size}")),
            self.round.map(|blocks| format!("round={blocks}")),
            self.slots.map(|slots| format!("slots={slots}")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        f.write_str(&parts.join(","))
    }
}

impl FromStr for Edit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut edit = Self::default();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let wrong =
                || format!("`{part}` is none of keep=0+1, nodes=, committee=, round=, slots=");
            let (name, value) = part.split_once('=').ok_or_else(wrong)?;
            let number = || value.parse::<u32>().map_err(|_| wrong());
            match name {
                "keep" => {
                    let kept = value.split('+').filter(|index| !index.is_empty());
                    let kept = kept.map(|index| index.parse().map_err(|_| wrong()));
                    edit.keep = Some(kept.collect::<Result<_, String>>()?);
                }
                "nodes" => edit.nodes = Some(number()? as usize),
                "committee" => edit.committee = Some(number()?),
                "round" => edit.round = Some(number()?),
                "slots" => edit.slots = Some(number()?.into()),
                _ => return Err(wrong()),
            }
        }
        Ok(edit)
    }
}
