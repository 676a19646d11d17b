//! How unequal something is, and how sure a mean is.

/// What some have of something, from the least: sorted once for all measures. Values must not be negative.
#[derive(Clone, Debug)]
pub struct Sorted {
    values: Vec<f64>,
    total: f64,
}

impl Sorted {
    /// Sorts.
    pub fn new(mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        let total = values.iter().sum();
        Self { values, total }
    }

    /// The Gini coefficient: 0 if all shares are equal, near 1 if one has all. 0 for fewer than two values or a sum of 0.
    pub fn gini(&self) -> f64 {
        if self.values.len() < 2 || self.total <= 0.0 {
            return 0.0;
        }
        let count = self.values.len() as f64;
        let ranked: f64 = self
            .values
            .iter()
            .enumerate()
            .map(|(index, value)| (index as f64 + 1.0) * value)
            .sum();
        ((2.0 * ranked) / (count * self.total) - (count + 1.0) / count).max(0.0)
    }

    /// The Herfindahl-Hirschman index: the sum of the squared shares, from `1 / count` (equal) to 1 (one has all).
    pub fn hhi(&self) -> f64 {
        if self.total <= 0.0 {
            return 0.0;
        }
        self.values
            .iter()
            .map(|value| (value / self.total) * (value / self.total))
            .sum()
    }

    /// The Nakamoto coefficient: how many of the largest together have more than `share` of all. 0 if the sum is 0.
    pub fn nakamoto(&self, share: f64) -> u64 {
        if self.total <= 0.0 {
            return 0;
        }
        let mut sum = 0.0;
        for (index, value) in self.values.iter().rev().enumerate() {
            sum += value;
            if sum > share * self.total {
                return index as u64 + 1;
            }
        }
        self.values.len() as u64
    }

    /// The Lorenz curve at `points + 1` evenly spaced shares of the holders, from the smallest: what share of all they
    /// have.
    pub fn lorenz(&self, points: usize) -> Vec<f64> {
        if self.total <= 0.0 || points == 0 {
            return vec![0.0; points + 1];
        }
        let mut curve = Vec::with_capacity(points + 1);
        let (mut sum, mut summed) = (0.0, 0);
        for point in 0..=points {
            let place = point as f64 / points as f64 * self.values.len() as f64;
            let below = (place as usize).min(self.values.len());
            sum += self.values[summed..below].iter().sum::<f64>();
            summed = below;
            let next = self.values.get(below).copied().unwrap_or(0.0);
            curve.push((sum + (place - below as f64) * next) / self.total);
        }
        curve
    }
}

/// The fewest values of which an interval says anything: with two, Student's t makes it wider than what it is about.
pub const SEEDS_MIN: usize = 3;

/// A mean over seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    pub mean: f64,
    /// Half the width of the 95 % confidence interval (Student's t); none for fewer than [`SEEDS_MIN`] values.
    pub half_width: Option<f64>,
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
    if count < SEEDS_MIN {
        return Some(Estimate {
            mean,
            half_width: None,
            count,
        });
    }
    let squares: f64 = values
        .iter()
        .map(|value| (value - mean) * (value - mean))
        .sum();
    let deviation = libm::sqrt(squares / (count - 1) as f64);
    let half_width = Some(student_95(count - 1) * deviation / libm::sqrt(count as f64));
    Some(Estimate {
        mean,
        half_width,
        count,
    })
}

impl Estimate {
    /// The 95 % confidence interval.
    pub fn interval(&self) -> Option<(f64, f64)> {
        let half = self.half_width?;
        Some((self.mean - half, self.mean + half))
    }
}

/// The 95 % confidence interval (Wilson's) of the probability of something seen `hits` times in `trials` independent trials.
/// It is within 0 and 1 and has a width also where nothing, or nothing else, was seen.
pub fn proportion(hits: f64, trials: f64) -> (f64, f64) {
    const Z: f64 = 1.959_964;
    if trials <= 0.0 {
        return (0.0, 1.0);
    }
    let share = hits / trials;
    let scale = 1.0 + Z * Z / trials;
    let centre = (share + Z * Z / (2.0 * trials)) / scale;
    let spread = share * (1.0 - share) / trials + Z * Z / (4.0 * trials * trials);
    let half = Z * libm::sqrt(spread) / scale;
    // Where nothing or nothing else was seen the ends are exact; rounding must not say otherwise.
    let low = if hits > 0.0 { centre - half } else { 0.0 };
    let high = if hits < trials { centre + half } else { 1.0 };
    (low, high)
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

#[cfg(test)]
mod tests;
