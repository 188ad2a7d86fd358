//! Charts of a backtest: bills against failures, and predicted against observed risk.

use super::chart::{BETTER, ChartError, DECIDES, FONT, INK, TODAY, USED, fonts};
use plotters::coord::Shift;
use plotters::prelude::{
    BitMapBackend, ChartBuilder, Circle, Color, DrawingArea, DrawingBackend, EmptyElement,
    IntoDrawingArea, IntoFont, LineSeries, Rectangle, SVGBackend, Text, WHITE,
};
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

const SIZE: (u32, u32) = (1_100, 700);
/// Pixels that a label takes.
const LABEL_WIDTH: i32 = 240;
const LABEL_HEIGHT: i32 = 16;
const LETTER_WIDTH: i32 = 8;

/// A strategy by what it costs and how often it fails.
#[derive(Clone, Debug, PartialEq)]
pub struct Dot {
    pub name: String,
    pub usd: f64,
    /// Percent of the workloads.
    pub failures: f64,
}

/// Bills against failures: all appetites for risk as small dots, a line under them, presets and
/// other rules by their names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frontier {
    pub title: String,
    pub levels: Vec<(f64, f64)>,
    pub presets: Vec<Dot>,
    pub rules: Vec<Dot>,
}

/// Predicted and observed percent, and how many workloads stand behind them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calibrated {
    pub title: String,
    pub bins: Vec<(f64, f64, usize)>,
}

/// Something that can be drawn on any surface.
pub trait Picture {
    /// # Errors
    /// [`ChartError`] where drawing fails.
    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<(), ChartError>;

    /// As SVG text.
    ///
    /// # Errors
    /// [`ChartError`] where drawing fails.
    fn svg(&self) -> Result<String, ChartError> {
        let mut text = String::new();
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        self.draw(&area)?;
        drop(area);
        Ok(text)
    }

    /// As a PNG file.
    ///
    /// # Errors
    /// [`ChartError`] where drawing fails or the file cannot be written.
    fn png(&self, out: &Path) -> Result<(), ChartError> {
        self.draw(&BitMapBackend::new(out, SIZE).into_drawing_area())
    }
}

pub(super) fn failed(error: &dyn std::fmt::Display) -> ChartError {
    ChartError(error.to_string())
}

/// From the least to the most, with some room.
fn range(values: impl Iterator<Item = f64> + Clone) -> Range<f64> {
    let least = values.clone().fold(f64::INFINITY, f64::min);
    let most = values.fold(0.0, f64::max);
    let room = ((most - least) * 0.08).max(most * 0.02).max(0.1);
    (least - room).max(0.0)..most + room
}

/// The fewest failures that so much buys, as steps up to an end.
fn fewest(levels: &[(f64, f64)], end: f64) -> Vec<(f64, f64)> {
    let mut levels = levels.to_vec();
    levels.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut steps: Vec<(f64, f64)> = Vec::new();
    for (usd, failures) in levels {
        match steps.last() {
            Some((_, before)) if *before <= failures => {}
            Some((_, before)) => steps.extend([(usd, *before), (usd, failures)]),
            None => steps.push((usd, failures)),
        }
    }
    if let Some((_, last)) = steps.last().copied() {
        steps.push((end, last));
    }
    steps
}

macro_rules! chart {
    ($area:expr, $title:expr, $x:expr, $y:expr, $x_name:expr, $y_name:expr) => {{
        fonts()?;
        $area.fill(&WHITE).map_err(|error| failed(&error))?;
        let mut chart = ChartBuilder::on($area)
            .caption($title, (FONT, 20).into_font().color(&INK))
            .margin(14)
            .x_label_area_size(46)
            .y_label_area_size(66)
            .build_cartesian_2d($x, $y)
            .map_err(|error| failed(&error))?;
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .bold_line_style(INK.mix(0.12))
            .axis_style(INK.mix(0.5))
            .label_style((FONT, 14).into_font().color(&INK))
            .x_label_formatter(&|value| format!("{value:.0}"))
            .y_label_formatter(&|value| format!("{value:.0}"))
            .x_desc($x_name)
            .y_desc($y_name)
            .axis_desc_style((FONT, 15).into_font().color(&INK))
            .draw()
            .map_err(|error| failed(&error))?;
        chart
    }};
}

pub(super) use chart;

impl Picture for Frontier {
    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<(), ChartError> {
        // What has a name is what the picture is of; levels far beyond are left out.
        let named = || self.presets.iter().chain(&self.rules);
        let x = range(named().map(|dot| dot.usd));
        let y = 0.0..range(named().map(|dot| dot.failures)).end;
        let mut chart = chart!(
            area,
            &self.title,
            x.clone(),
            y.clone(),
            "bill of the time judged, $",
            "workloads with a memory failure, %"
        );
        let levels = self.levels.iter().filter(|at| x.contains(&at.0) && y.contains(&at.1));
        // Of many on one spot one is drawn.
        let mut spots = BTreeSet::new();
        let levels: Vec<(f64, f64)> =
            levels.copied().filter(|at| spots.insert(chart.backend_coord(at))).collect();
        let small = |at: &(f64, f64)| Circle::new(*at, 2, USED.mix(0.3).filled());
        chart.draw_series(levels.iter().map(small)).map_err(|error| failed(&error))?;
        let line = LineSeries::new(fewest(&levels, x.end), USED.stroke_width(2));
        chart.draw_series(line).map_err(|error| failed(&error))?;
        let rules = self.rules.iter().map(|dot| (dot, DECIDES));
        let mut dots: Vec<_> = rules.chain(self.presets.iter().map(|dot| (dot, BETTER))).collect();
        dots.sort_by(|a, b| b.0.failures.total_cmp(&a.0.failures));
        // From the top down: a label that would lie on another goes below it.
        let mut placed: Vec<(i32, i32)> = Vec::new();
        for (dot, color) in dots {
            let (left, top) = chart.backend_coord(&(dot.usd, dot.failures));
            let mut label = top - 8;
            while placed.iter().any(|(other_left, other)| {
                (left - other_left).abs() < LABEL_WIDTH && (label - other).abs() < LABEL_HEIGHT
            }) {
                label += 2;
            }
            placed.push((left, label));
            let text = (FONT, 15).into_font().color(&color);
            let width = i32::try_from(dot.name.len()).unwrap_or(0) * LETTER_WIDTH;
            let behind = [(8, label - top - 1), (11 + width, label - top + LABEL_HEIGHT - 1)];
            let mark = EmptyElement::at((dot.usd, dot.failures))
                + Rectangle::new(behind, WHITE.mix(0.85).filled())
                + Circle::new((0, 0), 5, color.filled())
                + Text::new(dot.name.clone(), (9, label - top), text);
            chart.draw_series([mark]).map_err(|error| failed(&error))?;
        }
        area.present().map_err(|error| failed(&error))
    }
}

impl Picture for Calibrated {
    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<(), ChartError> {
        let values = self.bins.iter().flat_map(|(predicted, observed, _)| [*predicted, *observed]);
        let end = range(values).end;
        let mut chart =
            chart!(area, &self.title, 0.0..end, 0.0..end, "predicted, %", "observed, %");
        let diagonal = LineSeries::new([(0.0, 0.0), (end, end)], TODAY.stroke_width(1));
        chart.draw_series(diagonal).map_err(|error| failed(&error))?;
        for (predicted, observed, workloads) in &self.bins {
            let mark = EmptyElement::at((*predicted, *observed))
                + Circle::new((0, 0), 6, USED.filled())
                + Text::new(workloads.to_string(), (9, -8), (FONT, 14).into_font().color(&INK));
            chart.draw_series([mark]).map_err(|error| failed(&error))?;
        }
        area.present().map_err(|error| failed(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_goes_down_in_steps_under_every_level() {
        let levels = [(30.0, 4.0), (10.0, 9.0), (20.0, 12.0), (25.0, 4.0), (40.0, 1.0)];
        let steps = [(10.0, 9.0), (25.0, 9.0), (25.0, 4.0), (40.0, 4.0), (40.0, 1.0), (50.0, 1.0)];
        assert_eq!(fewest(&levels, 50.0), steps);
        assert_eq!(fewest(&[], 50.0), []);
    }
}
