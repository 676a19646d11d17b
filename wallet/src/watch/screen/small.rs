//! The view on terminals that are too narrow or too low for all of it.

use super::{
    draw_blocks, draw_position, draw_progress, ending, heading, lines as count, trouble_lines,
};
use crate::{amount::show_etm_grouped, figures::votes, output::plain, watch::View};
use ratatui::{
    Frame,
    layout::{Constraint, Layout},
    style::Stylize,
    text::Line,
    widgets::Paragraph,
};

/// Everything below the other: for terminals of 40 to 79 columns.
pub fn narrow(frame: &mut Frame<'_>, view: &View, color: bool) {
    let height = frame.area().height;
    let heading = heading(view, color, frame.area().width);
    // Heading, progress, four lines of blocks with their frame, and the last line come first.
    let room = height.saturating_sub(count(&heading) + 3 + 6 + 1);
    let [top, progress, position, blocks, bottom] = Layout::vertical([
        Constraint::Length(count(&heading)),
        Constraint::Length(3),
        Constraint::Length(room.clamp(5, 13)),
        Constraint::Min(3),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    frame.render_widget(Paragraph::new(heading), top);
    draw_progress(frame, progress, view, color);
    draw_position(frame, position, view);
    draw_blocks(frame, blocks, view);
    frame.render_widget(Paragraph::new("q ends it").dim(), bottom);
}

/// What matters most in a few short lines: 20 columns and 5 rows are enough.
pub fn tiny(frame: &mut Frame<'_>, view: &View, color: bool) {
    let mut lines = Vec::new();
    if let Some(trouble) = &view.trouble {
        // Four lines stay for what there is beside it.
        let room = frame.area().height.saturating_sub(4).max(1);
        let whole = trouble_lines(trouble, color, frame.area().width.into());
        lines.extend(whole.into_iter().take(room.into()));
    }
    if let Some(status) = &view.status {
        let progress = &status.progress;
        lines.push(Line::raw(format!(
            "round {}: {}/{}",
            progress.round, progress.blocks_done, progress.blocks_total
        )));
        lines.push(Line::raw(format!("block {}", status.tip.height)));
        let turn = progress.producer.as_ref().map(|miner| plain(&miner.name));
        lines.push(Line::raw(format!("turn {}", turn.unwrap_or_default())));
    }
    if let Some(account) = &view.account {
        if let Some(position) = &account.position {
            lines.push(Line::raw(format!(
                "t {}, {} votes",
                position.time_gain,
                votes(position.votes)
            )));
        }
        lines.push(Line::raw(format!(
            "{} ETM",
            show_etm_grouped(account.balance.0)
        )));
    }
    if let Some(status) = &view.status {
        lines.push(Line::raw(ending(status, view)));
    }
    if lines.is_empty() {
        lines.push(Line::raw("asking ..."));
    }
    frame.render_widget(Paragraph::new(lines), frame.area());
}
