//! How unequal something is, and how sure a mean is.

/// The Gini coefficient: 0 if all shares are equal, near 1 if one has all. 0 for fewer than two values or a sum of 0.
/// Values must not be negative.
pub fn gini(values: &[f64]) -> f64 {
    let sorted = ascending(values);
    let total: f64 = sorted.iter().sum();
    if sorted.len() < 2 || total <= 0.0 {
        return 0.0;
    }
    let count = sorted.len() as f64;
    let ranked: f64 = sorted
        .iter()
        .enumerate()
        .map(|(index, value)| (index as f64 + 1.0) * value)
        .sum();
    ((2.0 * ranked) / (count * total) - (count + 1.0) / count).max(0.0)
}

/// The Herfindahl-Hirschman index: the sum of the squared shares, from `1 / count` (equal) to 1 (one has all).
pub fn hhi(values: &[f64]) -> f64 {
    let total: f64 = values.iter().sum();
    if total <= 0.0 {
        return 0.0;
    }
    values
        .iter()
        .map(|value| (value / total) * (value / total))
        .sum()
}

/// The Nakamoto coefficient: how many of the largest together have more than `share` of all. 0 if the sum is 0.
pub fn nakamoto(values: &[f64], share: f64) -> u64 {
    let mut sorted = ascending(values);
    sorted.reverse();
    let total: f64 = sorted.iter().sum();
    if total <= 0.0 {
        return 0;
    }
    let mut sum = 0.0;
    for (index, value) in sorted.iter().enumerate() {
        sum += value;
        if sum > share * total {
            return index as u64 + 1;
        }
    }
    sorted.len() as u64
}

/// The Lorenz curve at `points + 1` evenly spaced shares of the holders, from the smallest: what share of all they have.
pub fn lorenz(values: &[f64], points: usize) -> Vec<f64> {
    let sorted = ascending(values);
    let total: f64 = sorted.iter().sum();
    if total <= 0.0 || points == 0 {
        return vec![0.0; points + 1];
    }
    let mut sums = Vec::with_capacity(sorted.len() + 1);
    sums.push(0.0);
    let mut sum = 0.0;
    for value in &sorted {
        sum += value;
        sums.push(sum / total);
    }
    (0..=points)
        .map(|point| {
            let place = point as f64 / points as f64 * sorted.len() as f64;
            let below = place as usize;
            let rest = place - below as f64;
            let low = sums.get(below).copied().unwrap_or(1.0);
            let high = sums.get(below + 1).copied().unwrap_or(low);
            low + rest * (high - low)
        })
        .collect()
}

/// A mean over seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Half the width of the 95 % confidence interval (Student's t); 0 for a single value.
    pub half_width: f64,
    /// How many values.
    pub count: usize,
}

/// The mean of `values` with its 95 % confidence interval, by Student's t (independent, roughly normal values).
/// `None` without values.
pub fn estimate(values: &[f64]) -> Option<Estimate> {
    let count = values.len();
    if count == 0 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / count as f64;
    if count == 1 {
        return Some(Estimate {
            mean,
            half_width: 0.0,
            count,
        });
    }
    let squares: f64 = values
        .iter()
        .map(|value| (value - mean) * (value - mean))
        .sum();
    let deviation = libm::sqrt(squares / (count - 1) as f64);
    let half_width = student_95(count - 1) * deviation / libm::sqrt(count as f64);
    Some(Estimate {
        mean,
        half_width,
        count,
    })
}

/// The 97.5 % quantile of Student's t.
fn student_95(freedom: usize) -> f64 {
    const TABLE: [f64; 30] = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
        2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
        2.052, 2.048, 2.045, 2.042,
    ];
    match freedom {
        0 => 0.0,
        1..=30 => TABLE[freedom - 1],
        // Above 30 the first terms of the expansion around the normal quantile are good to 3 digits.
        _ => 1.959_964 + 2.372 / freedom as f64,
    }
}

fn ascending(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

#[cfg(test)]
mod tests;
