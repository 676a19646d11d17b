//! How the view looks.

mod small;

use super::View;
use crate::{
    context::{chain_now_ms, miner_text, until_round_end},
    figures::{etm, percent, span, votes},
    gain::NextGain,
    output::{broken, plain},
};
use etm_types::api::chain::{PeerRole, Status};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Color, Modifier, Style, Stylize},
    text::{Line, Span},
    widgets::{Block, Gauge, Paragraph, Row, Table, Wrap},
};

/// Draws what has a place on the screen: all of it, one thing below the other, or a few lines.
pub fn draw(frame: &mut Frame<'_>, view: &View) {
    let color = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    match (frame.area().width, frame.area().height) {
        (..40, _) | (_, ..14) => small::tiny(frame, view, color),
        (..80, _) => small::narrow(frame, view, color),
        _ => wide(frame, view, color),
    }
}

/// On a terminal of the usual size.
fn wide(frame: &mut Frame<'_>, view: &View, color: bool) {
    let heading = heading(view, color, frame.area().width);
    let [top, progress, middle, bottom] = Layout::vertical([
        Constraint::Length(lines(&heading)),
        Constraint::Length(3),
        Constraint::Min(6),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    frame.render_widget(Paragraph::new(heading), top);
    draw_progress(frame, progress, view, color);
    let [left, right] =
        Layout::horizontal([Constraint::Percentage(55), Constraint::Percentage(45)]).areas(middle);
    // Two lines of frame and one of heading, and of the place at most a third.
    let peers = u16::try_from(view.peers.len()).unwrap_or(u16::MAX);
    let peers = peers.saturating_add(3).min((left.height / 3).max(5));
    let [blocks, peers, missed] = Layout::vertical([
        Constraint::Min(4),
        Constraint::Length(peers),
        Constraint::Length(5),
    ])
    .areas(left);
    let [position, rounds] =
        Layout::vertical([Constraint::Length(13), Constraint::Min(4)]).areas(right);
    draw_blocks(frame, blocks, view);
    draw_peers(frame, peers, view);
    draw_missed(frame, missed, view);
    draw_position(frame, position, view);
    draw_rounds(frame, rounds, view);
    frame.render_widget(Paragraph::new("q ends it").dim(), bottom);
}

fn tone(color: bool, wanted: Color) -> Style {
    if color {
        Style::new().fg(wanted)
    } else {
        Style::new()
    }
}

/// Lines that what is wrong may take.
const TROUBLE: usize = 4;

/// Where the chain is, and below it what is wrong: whole.
fn heading<'a>(view: &View, color: bool, width: u16) -> Vec<Line<'a>> {
    let mut heading = vec![match &view.status {
        Some(status) => state(status, width.into()),
        None => Line::raw(plain(&view.node)),
    }];
    match &view.trouble {
        Some(trouble) => heading.extend(trouble_lines(trouble, color, width.into())),
        None => heading.push(Line::styled(
            format!("following {}", plain(&view.node)),
            tone(color, Color::Green),
        )),
    }
    heading
}

/// The name of the chain, and as many of its figures as have room behind it.
fn state<'a>(status: &Status, width: usize) -> Line<'a> {
    let name = plain(&status.chain.name);
    let figures = [
        Some(format!("height {}", status.tip.height)),
        Some(format!("peers {}", status.peers)),
        Some(format!("pending {}", status.pending_transactions)),
        (status.finality.mean_ms).map(|mean| format!("final after {}", span(mean))),
    ];
    let mut room = width.saturating_sub(name.chars().count());
    let mut line = vec![Span::styled(
        name,
        Style::new().add_modifier(Modifier::BOLD),
    )];
    for figure in figures.into_iter().flatten() {
        let Some(left) = room.checked_sub(2 + figure.len()) else {
            break;
        };
        room = left;
        line.push(Span::raw(format!("  {figure}")));
    }
    Line::from(line)
}

fn trouble_lines<'a>(trouble: &str, color: bool, width: usize) -> Vec<Line<'a>> {
    let style = tone(color, Color::Red).add_modifier(Modifier::BOLD);
    let lines = broken(&plain(trouble), width).into_iter().take(TROUBLE);
    lines.map(|line| Line::styled(line, style)).collect()
}

fn lines(of: &[Line<'_>]) -> u16 {
    u16::try_from(of.len()).unwrap_or(u16::MAX)
}

/// The first of these texts that has room in so many letters, or else the last.
fn that_fits<const N: usize>(texts: [String; N], letters: u16) -> String {
    let fits = |text: &String| text.chars().count() <= letters.into();
    let last = texts.last().cloned().unwrap_or_default();
    texts.into_iter().find(fits).unwrap_or(last)
}

/// How long the round goes on, if that can be said; and that it does not where the chain stands still.
fn ending(status: &Status, view: &View) -> String {
    match until_round_end(status, view.trouble.is_none()) {
        Ok(left) => format!("ends in {}", span(left)),
        Err(why) => format!("end: {why}"),
    }
}

fn draw_progress(frame: &mut Frame<'_>, area: Rect, view: &View, color: bool) {
    let Some(status) = &view.status else {
        return;
    };
    let progress = &status.progress;
    let total = progress.blocks_total.max(1);
    let done = progress.blocks_done.min(total);
    let (round, slot, missed) = (progress.round, progress.slot, progress.missed);
    let on_turn = progress
        .producer
        .as_ref()
        .map_or_else(|| "nobody".to_owned(), |miner| plain(&miner.name));
    let room = area.width.saturating_sub(2);
    let title = [
        format!(
            " Round {round}: {on_turn} on turn in slot {slot}, then {} ",
            upcoming(status)
        ),
        format!(" Round {round}: {on_turn} on turn in slot {slot} "),
        format!(" Round {round}: {on_turn} "),
    ];
    let ending = ending(status, view);
    let label = [
        format!("{done} of {total} blocks, {missed} missed, {ending}"),
        format!("{done}/{total}, {missed} missed, {ending}"),
        format!("{done}/{total}, {ending}"),
    ];
    // For the bar alone: a ratio of two counts.
    let ratio = done as f64 / total as f64;
    let gauge = Gauge::default()
        .block(Block::bordered().title(that_fits(title, room)))
        .gauge_style(tone(color, Color::Cyan))
        .ratio(ratio.clamp(0.0, 1.0))
        .label(that_fits(label, room));
    frame.render_widget(gauge, area);
}

fn upcoming(status: &Status) -> String {
    let names: Vec<String> = status
        .progress
        .upcoming
        .iter()
        .take(3)
        .map(|turn| plain(&turn.miner.name))
        .collect();
    names.join(", ")
}

fn draw_blocks(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let rows = view.blocks.iter().map(|block| {
        vec![
            block.height.to_string(),
            block.round.to_string(),
            block.slot.to_string(),
            block
                .producer
                .as_ref()
                .map_or_else(String::new, |miner| plain(&miner.name)),
            block.transactions.to_string(),
            if block.missed.is_empty() {
                String::new()
            } else {
                format!("{} missed", block.missed.len())
            },
        ]
    });
    const COLUMNS: [Column; 6] = [
        ("HEIGHT", 9, 0),
        ("ROUND", 7, 1),
        ("SLOT", 6, 3),
        (GROWS, 10, 0),
        ("TXS", 5, 4),
        ("", 10, 5),
    ];
    draw_table(
        frame,
        area,
        " Blocks ",
        "PRODUCER",
        &COLUMNS,
        rows.collect(),
    );
}

/// A column of a table: its name, how wide it is, and when it is left out where there is no room (the highest number first).
type Column = (&'static str, u16, u8);

/// The column that takes the room that is left, and whose name comes with the table.
const GROWS: &str = "grows";

/// A table of those columns for which there is room: none is cut in the middle of a word.
fn draw_table(
    frame: &mut Frame<'_>,
    area: Rect,
    title: &str,
    grows: &'static str,
    columns: &[Column],
    rows: Vec<Vec<String>>,
) {
    let kept = fitting(columns, area.width.saturating_sub(2));
    let of = |index: &usize| columns.get(*index).copied().unwrap_or_default();
    let names = kept.iter().map(of).map(|(name, ..)| match name {
        GROWS => grows,
        name => name,
    });
    let header = Row::new(names).style(Style::new().add_modifier(Modifier::BOLD));
    let widths: Vec<Constraint> = kept
        .iter()
        .map(of)
        .map(|(name, width, _)| match name {
            GROWS => Constraint::Min(width),
            _ => Constraint::Length(width),
        })
        .collect();
    let rows = rows.iter().map(|row| {
        let cells = kept.iter().filter_map(|index| row.get(*index));
        Row::new(cells.cloned())
    });
    let table = Table::new(rows, widths).header(header);
    frame.render_widget(table.block(Block::bordered().title(title)), area);
}

/// Which columns have room in so many letters, one apart.
fn fitting(columns: &[Column], room: u16) -> Vec<usize> {
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    let of = |index: &usize| columns.get(*index).copied().unwrap_or_default();
    let needed = |kept: &[usize]| kept.iter().map(|index| of(index).1 + 1).sum::<u16>();
    while needed(&kept) > room.saturating_add(1) && kept.len() > 1 {
        let Some(least) = kept.iter().copied().max_by_key(|index| of(index).2) else {
            break;
        };
        kept.retain(|index| *index != least);
    }
    kept
}

/// Version and height are what the peers say of themselves.
fn draw_peers(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let rows = view.peers.iter().map(|peer| {
        let key = peer.node_key.to_string();
        vec![
            peer.miner
                .as_ref()
                .map_or_else(|| key.get(..10).unwrap_or_default().to_owned(), miner_text),
            match peer.role {
                PeerRole::Member => "member",
                PeerRole::Announced => "announced",
                PeerRole::Candidate => "candidate",
                PeerRole::Follower => "follower",
            }
            .to_owned(),
            if peer.connected {
                peer.version.as_deref().map_or_else(String::new, plain)
            } else {
                "away".to_owned()
            },
            peer.height
                .map_or_else(String::new, |height| height.to_string()),
        ]
    });
    const COLUMNS: [Column; 4] = [
        (GROWS, 10, 0),
        ("ROLE", 9, 1),
        ("VERSION", 9, 3),
        ("HEIGHT", 9, 2),
    ];
    let connected = view.peers.iter().filter(|peer| peer.connected).count();
    let title = format!(" Peers: {connected} of {} connected ", view.peers.len());
    draw_table(frame, area, &title, "PEER", &COLUMNS, rows.collect());
}

fn draw_missed(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let lines: Vec<Line<'_>> = view
        .missed
        .iter()
        .map(|(round, missed)| {
            Line::raw(format!(
                "round {round}, slot {}: {}",
                missed.slot,
                plain(&miner_text(&missed.miner))
            ))
        })
        .collect();
    frame.render_widget(
        Paragraph::new(lines).block(Block::bordered().title(" Missed slots ")),
        area,
    );
}

fn draw_position(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let block = Block::bordered().title(" My position ");
    let Some(account) = &view.account else {
        let text = match &view.address {
            Some(address) => format!("asking for {address} ..."),
            None => "no account: name one, or make a key with `etm keys new NAME`".to_owned(),
        };
        let text = Paragraph::new(text).wrap(Wrap { trim: true });
        frame.render_widget(text.block(block), area);
        return;
    };
    let mut lines = vec![
        Line::raw(account.address.clone()),
        Line::raw(format!("can be spent  {}", etm(account.balance))),
        Line::raw(format!("  of it bonus {}", etm(account.earned))),
        Line::raw(format!("locked        {}", etm(account.locked))),
    ];
    if let Some(position) = &account.position {
        let miner = position
            .miner
            .as_ref()
            .map_or_else(|| "nobody".to_owned(), miner_text);
        lines.push(Line::raw(format!("votes for     {}", plain(&miner))));
        lines.push(Line::raw(format!(
            "time gain t   {} of 32",
            position.time_gain
        )));
        lines.push(Line::raw(format!(
            "votes         {} ({})",
            votes(position.votes),
            percent(position.share_ppb)
        )));
        lines.push(Line::raw(format!(
            "seat chance   {}",
            percent(position.inclusion_ppb)
        )));
        let next = match (NextGain::of(position, &account.round_end), &view.status) {
            (NextGain::Never, _) => Some("none: t is 32".to_owned()),
            (NextGain::RoundEnd { .. }, _) => Some("at this round's end".to_owned()),
            (NextGain::NextDay(_), Some(status)) => {
                let wait = position.next_day_ms.saturating_sub(chain_now_ms(status));
                Some(format!("in {}", span(wait)))
            }
            (NextGain::NextDay(_), None) => None,
        };
        if let Some(next) = next {
            lines.push(Line::raw(format!("next +1       {next}")));
        }
        if position.halvings_due > 0 {
            lines.push(Line::raw(format!(
                "halvings due  {} at the round's end",
                position.halvings_due
            )));
        }
    }
    if !account.pending_requests.is_empty() {
        lines.push(Line::raw(format!(
            "pending       {} at round {}'s end",
            account.pending_requests.len(),
            account.effective_round
        )));
    }
    let lines = Paragraph::new(lines).wrap(Wrap { trim: false });
    frame.render_widget(lines.block(block), area);
}

fn draw_rounds(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let rows = view.rounds.iter().map(|round| {
        vec![
            round.round.to_string(),
            round
                .lucky
                .as_ref()
                .map_or_else(String::new, |miner| plain(&miner.name)),
            round.bonus.map_or_else(String::new, etm),
            round.missed.to_string(),
            round.days.map_or_else(String::new, |days| {
                if days > 0 {
                    format!("+{days}")
                } else {
                    String::new()
                }
            }),
        ]
    });
    const COLUMNS: [Column; 5] = [
        ("ROUND", 7, 0),
        (GROWS, 8, 1),
        ("BONUS", 16, 2),
        ("MISSED", 7, 3),
        ("T", 4, 4),
    ];
    draw_table(frame, area, " Rounds ", "LUCKY", &COLUMNS, rows.collect());
}

#[cfg(test)]
mod tests;
