//! Charts as inline SVG. Colours are CSS variables of the page, so a chart follows its light or dark ground.

use std::fmt::Write;

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 330.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 26.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 46.0;
/// Colours there are before they repeat.
pub const COLOURS: usize = 8;

#[derive(Clone, Debug)]
pub struct Axis {
    /// What it shows, with its unit.
    pub label: String,
    /// Its ends; equal or unusable ones are widened.
    pub range: (f64, f64),
    /// Whether it is logarithmic (values at or below 0 are then drawn at the low end).
    pub log: bool,
    /// Whether its values are shares, shown in per cent.
    pub percent: bool,
    /// Whether it counts: ticks are whole numbers.
    pub whole: bool,
}

impl Axis {
    /// A linear axis from 0 to somewhat above the greatest of `values`.
    pub fn from_zero(label: &str, values: impl Iterator<Item = f64>) -> Self {
        let top = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
        let top = if top > 0.0 { top * 1.05 } else { 1.0 };
        Self {
            label: label.into(),
            range: (0.0, top),
            log: false,
            percent: false,
            whole: false,
        }
    }

    /// A logarithmic axis around `values`.
    pub fn log_around(label: &str, values: impl Iterator<Item = f64>) -> Self {
        let (mut low, mut high) = (f64::INFINITY, 0.0f64);
        for value in values.filter(|value| *value > 0.0 && value.is_finite()) {
            low = low.min(value);
            high = high.max(value);
        }
        if high <= 0.0 {
            (low, high) = (1.0, 10.0);
        }
        Self {
            label: label.into(),
            range: (low, high.max(low * 1.01)),
            log: true,
            percent: false,
            whole: false,
        }
    }

    /// From `low` to `high`.
    pub fn linear(label: &str, low: f64, high: f64) -> Self {
        Self {
            label: label.into(),
            range: (low, high),
            log: false,
            percent: false,
            whole: false,
        }
    }

    /// The same in per cent.
    #[must_use]
    pub fn in_percent(mut self) -> Self {
        self.percent = true;
        self
    }

    /// The same with whole numbers only.
    #[must_use]
    pub fn in_whole(mut self) -> Self {
        self.whole = true;
        self
    }

    /// A logarithmic axis of probabilities from `low`, above 0, to 1.
    pub fn chance(label: &str, low: f64) -> Self {
        Self {
            log: true,
            ..Self::linear(label, low, 1.0)
        }
    }

    fn ends(&self) -> (f64, f64) {
        let (low, high) = self.range;
        match low.is_finite() && high.is_finite() && high > low && (!self.log || low > 0.0) {
            true => (low, high),
            false if self.log => (1.0, 10.0),
            false => (0.0, 1.0),
        }
    }

    /// 0 to 1 for a value on the axis.
    fn place(&self, value: f64) -> f64 {
        let (low, high) = self.ends();
        let place = match self.log {
            true => (value.max(low) / low).ln() / (high / low).ln(),
            false => (value - low) / (high - low),
        };
        if place.is_finite() {
            place.clamp(0.0, 1.0)
        } else {
            0.0
        }
    }

    fn ticks(&self) -> Vec<f64> {
        let (low, high) = self.ends();
        if !self.log {
            let least = if self.whole { 1.0 } else { 0.0 };
            let step = nice((high - low) / 5.0).max(least);
            let first = (low / step - 1e-9).ceil() as i64;
            let last = (high / step + 1e-9).floor() as i64;
            return (first..=last).map(|count| count as f64 * step).collect();
        }
        let decades = (high / low).log10();
        let mut ticks = Vec::new();
        let stride = (decades / 8.0).ceil().max(1.0) as i32;
        for exponent in (low.log10().floor() as i32)..=(high.log10().ceil() as i32) {
            if exponent.rem_euclid(stride) != 0 {
                continue;
            }
            let steps: &[f64] = if decades < 2.5 {
                &[1.0, 2.0, 5.0]
            } else {
                &[1.0]
            };
            for step in steps {
                let tick = step * 10f64.powi(exponent);
                if tick >= low * 0.999 && tick <= high * 1.001 {
                    ticks.push(tick);
                }
            }
        }
        ticks
    }

    fn show(&self, value: f64) -> String {
        match self.percent {
            true => format!("{} %", short(value * 100.0)),
            false if self.log && value > 0.0 && value < 2e-3 => power_of_ten(value),
            false => short(value),
        }
    }
}

/// A small tick of a logarithmic axis that spans decades: 10⁻⁶.
fn power_of_ten(value: f64) -> String {
    let exponent = value.log10().round();
    if (value / 10f64.powf(exponent) - 1.0).abs() > 1e-6 {
        return short(value);
    }
    let digits = format!("{exponent}");
    let raised = digits.chars().map(|digit| match digit.to_digit(10) {
        Some(digit) => ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'][digit as usize],
        None => '⁻',
    });
    format!("10{}", raised.collect::<String>())
}

/// 1, 2 or 5 times a power of ten, at or above `value`.
fn nice(value: f64) -> f64 {
    if !(value > 0.0 && value.is_finite()) {
        return 1.0;
    }
    let power = 10f64.powf(value.log10().floor());
    let lead = value / power;
    let lead = match lead {
        _ if lead <= 1.0 + 1e-9 => 1.0,
        _ if lead <= 2.0 + 1e-9 => 2.0,
        _ if lead <= 5.0 + 1e-9 => 5.0,
        _ => 10.0,
    };
    lead * power
}

/// A number in few characters.
pub fn short(value: f64) -> String {
    digits(value, 4)
}

/// The same for how sure a number is, which nobody reads beyond two digits.
pub fn shorter(value: f64) -> String {
    digits(value, 2)
}

fn digits(value: f64, count: i32) -> String {
    let size = value.abs();
    if value == 0.0 {
        return "0".into();
    }
    if !value.is_finite() {
        return "–".into();
    }
    if !(1e-4..1e9).contains(&size) {
        let text = format!("{value:.1e}");
        return text.replace(".0e", "e");
    }
    match size {
        _ if size >= 1e6 => format!("{}M", Short(value / 1e6, count)),
        _ if size >= 1e4 => format!("{}k", Short(value / 1e3, count)),
        _ => Short(value, count).to_string(),
    }
}

/// So many significant digits without trailing zeros.
struct Short(f64, i32);

impl std::fmt::Display for Short {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = (self.1 - 1 - self.0.abs().log10().floor() as i32).clamp(0, 8) as usize;
        let text = format!("{:.*}", digits, self.0);
        let text = match text.contains('.') {
            true => text.trim_end_matches('0').trim_end_matches('.'),
            false => &text,
        };
        formatter.write_str(text)
    }
}

/// A line of a chart.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// In the legend; none if empty.
    pub name: String,
    pub points: Vec<(f64, f64)>,
    /// A band around it: low and high for each point.
    pub band: Vec<(f64, f64)>,
    /// Drawn dashed, for what is computed and not simulated.
    pub dashed: bool,
    /// Drawn as dots without a line.
    pub dots: bool,
    /// Place in the palette.
    pub colour: usize,
}

/// Replaces what HTML gives a meaning.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn x_of(axis: &Axis, value: f64) -> f64 {
    LEFT + axis.place(value) * (WIDTH - LEFT - RIGHT)
}

fn y_of(axis: &Axis, value: f64) -> f64 {
    HEIGHT - BOTTOM - axis.place(value) * (HEIGHT - TOP - BOTTOM)
}

fn open(out: &mut String, title: &str) {
    let _ = write!(
        out,
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
        escape(title)
    );
}

fn grid(out: &mut String, x: Option<&Axis>, y: &Axis) {
    let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    for tick in y.ticks() {
        let place = y_of(y, tick);
        let _ = write!(
            out,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{place:.1}\" y2=\"{place:.1}\"/><text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 7.0,
            place + 4.0,
            y.show(tick)
        );
    }
    if let Some(x) = x {
        for tick in x.ticks() {
            let place = x_of(x, tick);
            let _ = write!(
                out,
                "<line class=\"grid\" x1=\"{place:.1}\" x2=\"{place:.1}\" y1=\"{TOP}\" y2=\"{bottom}\"/><text class=\"tick\" x=\"{place:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                bottom + 17.0,
                x.show(tick)
            );
        }
        let _ = write!(
            out,
            "<text class=\"label\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            (LEFT + right) / 2.0,
            HEIGHT - 8.0,
            escape(&x.label)
        );
    }
    let _ = write!(
        out,
        "<line class=\"axis\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{bottom}\" y2=\"{bottom}\"/><text class=\"label\" transform=\"translate(13 {:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
        (TOP + bottom) / 2.0,
        escape(&y.label)
    );
}

/// How a line of the legend is marked: the class of its key.
fn mark(line: &Series) -> &'static str {
    match (line.dots, line.dashed) {
        (true, _) => "key point",
        (false, true) => "key dashed",
        (false, false) => "key",
    }
}

fn legend<'a>(names: impl Iterator<Item = (&'a str, usize, &'static str)>) -> String {
    let mut out = String::new();
    for (name, colour, class) in names.filter(|(name, ..)| !name.is_empty()) {
        let _ = write!(
            out,
            "<span><i class=\"{class}\" style=\"--c:var(--c{})\"></i>{}</span>",
            colour % COLOURS,
            escape(name)
        );
    }
    if out.is_empty() {
        out
    } else {
        format!("<div class=\"legend\">{out}</div>")
    }
}

/// Lines, bands and dots.
pub fn lines(title: &str, x: &Axis, y: &Axis, series: &[Series]) -> String {
    let mut out = String::new();
    open(&mut out, title);
    grid(&mut out, Some(x), y);
    for line in series {
        let colour = line.colour % COLOURS;
        if line.band.len() == line.points.len() && !line.band.is_empty() {
            let upper = line
                .points
                .iter()
                .zip(&line.band)
                .map(|((at, _), (_, high))| (*at, *high));
            let lower = line
                .points
                .iter()
                .zip(&line.band)
                .rev()
                .map(|((at, _), (low, _))| (*at, *low));
            let mut points = String::new();
            for (at, value) in upper.chain(lower) {
                let _ = write!(points, "{:.1},{:.1} ", x_of(x, at), y_of(y, value));
            }
            let _ = write!(
                out,
                "<polygon class=\"band\" style=\"fill:var(--c{colour})\" points=\"{}\"/>",
                points.trim_end()
            );
        }
        if line.dots {
            for (at, value) in &line.points {
                let _ = write!(
                    out,
                    "<circle class=\"dot\" style=\"fill:var(--c{colour})\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"2.6\"><title>{}: {} → {}</title></circle>",
                    x_of(x, *at),
                    y_of(y, *value),
                    escape(&line.name),
                    x.show(*at),
                    y.show(*value)
                );
            }
            continue;
        }
        let mut points = String::new();
        for (at, value) in &line.points {
            let _ = write!(points, "{:.1},{:.1} ", x_of(x, *at), y_of(y, *value));
        }
        let class = if line.dashed { "line dashed" } else { "line" };
        let _ = write!(
            out,
            "<polyline class=\"{class}\" style=\"stroke:var(--c{colour})\" points=\"{}\"><title>{}</title></polyline>",
            points.trim_end(),
            escape(&line.name)
        );
        if line.points.len() <= 12 && !line.dashed {
            for (at, value) in &line.points {
                let _ = write!(
                    out,
                    "<circle style=\"fill:var(--c{colour})\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"3.4\"><title>{}: {} → {}</title></circle>",
                    x_of(x, *at),
                    y_of(y, *value),
                    escape(&line.name),
                    x.show(*at),
                    y.show(*value)
                );
            }
        }
    }
    out.push_str("</svg>");
    let names = series
        .iter()
        .map(|line| (line.name.as_str(), line.colour, mark(line)));
    out + &legend(names)
}

/// A group of bars: a name, a colour, and a value with half the width of its interval for each category.
pub type Bars = (String, usize, Vec<(f64, f64)>);

/// Groups of bars over categories.
pub fn bars(
    title: &str,
    x_label: &str,
    categories: &[String],
    y: &Axis,
    groups: &[Bars],
) -> String {
    let mut out = String::new();
    open(&mut out, title);
    grid(&mut out, None, y);
    let inner = WIDTH - LEFT - RIGHT;
    let slot = inner / categories.len().max(1) as f64;
    let width = slot * 0.8 / groups.len().max(1) as f64;
    let bottom = HEIGHT - BOTTOM;
    let stride = categories.len().div_ceil(16).max(1);
    for (place, category) in categories.iter().enumerate() {
        let left = LEFT + place as f64 * slot + slot * 0.1;
        for (index, (name, colour, values)) in groups.iter().enumerate() {
            let Some((value, half)) = values.get(place) else {
                continue;
            };
            let at = left + index as f64 * width;
            let top = y_of(y, *value);
            let _ = write!(
                out,
                "<rect style=\"fill:var(--c{})\" x=\"{at:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\"><title>{}, {}: {}</title></rect>",
                colour % COLOURS,
                (width - 0.8).max(0.6),
                (bottom - top).max(0.0),
                escape(name),
                escape(category),
                y.show(*value)
            );
            if *half > 0.0 {
                let middle = at + width / 2.0;
                let _ = write!(
                    out,
                    "<line class=\"error\" x1=\"{middle:.1}\" x2=\"{middle:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>",
                    y_of(y, value - half),
                    y_of(y, value + half)
                );
            }
        }
        if place % stride == 0 {
            let _ = write!(
                out,
                "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                left + slot * 0.4,
                bottom + 17.0,
                escape(category)
            );
        }
    }
    let _ = write!(
        out,
        "<text class=\"label\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text></svg>",
        LEFT + inner / 2.0,
        HEIGHT - 8.0,
        escape(x_label)
    );
    let names = groups
        .iter()
        .map(|(name, colour, _)| (name.as_str(), *colour, "key"));
    out + &legend(names)
}

#[cfg(test)]
mod tests;
