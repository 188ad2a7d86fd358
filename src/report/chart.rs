//! One workload's chart: CPU and memory hour by hour, today's size, the recommended one,
//! and the percentile that decides. SVG and PNG show the same.

use crate::model::{Advice, CpuRule, HourSummary, MemoryRule, Profile, Recommendation};
use crate::units::Fine;
use plotters::coord::Shift;
use plotters::prelude::{
    AreaSeries, BitMapBackend, ChartBuilder, Color, DrawingArea, DrawingBackend, FontStyle,
    IntoDrawingArea, IntoFont, LineSeries, PathElement, RGBColor, SVGBackend, SeriesLabelPosition,
    WHITE,
};
use plotters::style::register_font;
use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;

const SIZE: (u32, u32) = (1_200, 760);
pub(super) const FONT: &str = "DejaVu Sans";

pub(super) const USED: RGBColor = RGBColor(0x1f, 0x77, 0xb4);
pub(super) const TODAY: RGBColor = RGBColor(0x7f, 0x7f, 0x7f);
pub(super) const BETTER: RGBColor = RGBColor(0x2c, 0xa0, 0x2c);
pub(super) const DECIDES: RGBColor = RGBColor(0xd6, 0x27, 0x28);
pub(super) const INK: RGBColor = RGBColor(0x33, 0x33, 0x33);

#[derive(Debug, thiserror::Error)]
#[error("cannot draw the chart: {0}")]
pub struct ChartError(pub(super) String);

/// What a chart shows beside the curves.
pub struct Labels<'a> {
    pub title: &'a str,
    /// `p99` or the like.
    pub percentile: &'a str,
    /// Turns hours since 1970 into a short date.
    pub date: &'a dyn Fn(i32) -> String,
}

/// The chart as SVG text.
///
/// # Errors
/// [`ChartError`] where nothing was measured or drawing fails.
pub fn svg(advice: &Advice, profile: &Profile, labels: &Labels<'_>) -> Result<String, ChartError> {
    let mut text = String::new();
    let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
    draw(&area, advice, profile, labels)?;
    drop(area);
    Ok(text)
}

/// The chart as a PNG file.
///
/// # Errors
/// [`ChartError`] where nothing was measured, or the file cannot be written.
pub fn png(
    advice: &Advice,
    profile: &Profile,
    labels: &Labels<'_>,
    out: &Path,
) -> Result<(), ChartError> {
    let area = BitMapBackend::new(out, SIZE).into_drawing_area();
    draw(&area, advice, profile, labels)
}

/// One panel's data: hours with mean and peak, and the lines across.
struct Panel {
    unit: &'static str,
    mean: Vec<(i32, f64)>,
    peak: Vec<(i32, f64)>,
    across: Vec<(String, f64, RGBColor)>,
}

fn draw<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    advice: &Advice,
    profile: &Profile,
    labels: &Labels<'_>,
) -> Result<(), ChartError> {
    fonts()?;
    let panels: Vec<Panel> = [cpu_panel(advice, profile, labels), memory_panel(advice, profile)]
        .into_iter()
        .filter(|panel| !panel.peak.is_empty())
        .collect();
    if panels.is_empty() {
        return Err(ChartError("neither CPU nor memory was measured".to_owned()));
    }
    let failed = |error: &dyn std::fmt::Display| ChartError(error.to_string());
    area.fill(&WHITE).map_err(|error| failed(&error))?;
    let title = (FONT, 22).into_font().color(&INK);
    let inner = area.titled(labels.title, title).map_err(|error| failed(&error))?;
    for (part, panel) in inner.split_evenly((panels.len(), 1)).iter().zip(&panels) {
        draw_panel(part, panel, labels)?;
    }
    area.present().map_err(|error| failed(&error))
}

/// The font that the binary carries, so that a chart is the same on every machine.
pub(super) fn fonts() -> Result<(), ChartError> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    let registered = *REGISTERED.get_or_init(|| {
        [FontStyle::Normal, FontStyle::Bold]
            .into_iter()
            .all(|style| register_font(FONT, style, dejavu::sans::regular()).is_ok())
    });
    if registered { Ok(()) } else { Err(ChartError("the embedded font is damaged".to_owned())) }
}

fn cpu_panel(advice: &Advice, profile: &Profile, labels: &Labels<'_>) -> Panel {
    let measured = profile.hours().iter().filter(|hour| hour.cpu_readings > 0);
    let mut across = sizes(advice, |size| f64::from(size.cpu.0));
    if let Some(basis) = advice.sizing.cpu.as_ref().filter(|_| !replayed(advice)) {
        across.push(match basis.rule {
            CpuRule::Percentile { percentile, .. } => {
                (labels.percentile.to_owned(), percentile.to_f64(), DECIDES)
            }
            CpuRule::Risk { .. } => ("at least".to_owned(), f64::from(basis.least.0), DECIDES),
        });
    }
    panel("CPU units", measured, across, |hour| (hour.cpu_sum, hour.cpu_readings, hour.cpu_peak))
}

fn memory_panel(advice: &Advice, profile: &Profile) -> Panel {
    let measured = profile.hours().iter().filter(|hour| hour.memory_readings > 0);
    let mut across = sizes(advice, |size| f64::from(size.memory.0));
    if let Some(basis) = advice.sizing.memory.as_ref().filter(|_| !replayed(advice)) {
        across.push(match basis.rule {
            MemoryRule::Margin { .. } => ("maximum".to_owned(), basis.maximum.to_f64(), DECIDES),
            MemoryRule::Risk { .. } => ("at least".to_owned(), f64::from(basis.least.0), DECIDES),
        });
    }
    panel("MiB", measured, across, |hour| (hour.memory_sum, hour.memory_readings, hour.memory_peak))
}

/// Other tasks than those that were measured: nothing rests on these readings as they are.
fn replayed(advice: &Advice) -> bool {
    advice.recommended.as_ref().is_some_and(|one| one.scaling.is_some())
}

fn sizes(
    advice: &Advice,
    part: impl Fn(crate::model::Size) -> f64,
) -> Vec<(String, f64, RGBColor)> {
    let today = advice.workload.size.map(|size| ("today".to_owned(), part(size), TODAY));
    let better = advice.recommended.as_ref();
    let name = |one: &Recommendation| match one.scaling {
        Some(plan) => {
            format!("with {} to {} tasks, recommended", plan.minimum_tasks, plan.maximum_tasks)
        }
        None => "recommended".to_owned(),
    };
    let better = better.map(|one| (name(one), part(one.size), BETTER));
    today.into_iter().chain(better).collect()
}

fn panel<'p>(
    unit: &'static str,
    hours: impl Iterator<Item = &'p HourSummary> + Clone,
    across: Vec<(String, f64, RGBColor)>,
    part: impl Fn(&HourSummary) -> (u64, u32, Fine),
) -> Panel {
    let mean = |hour: &HourSummary| {
        let (sum, count, _) = part(hour);
        (hour.hour, Fine(sum / u64::from(count.max(1))).to_f64())
    };
    Panel {
        unit,
        mean: hours.clone().map(mean).collect(),
        peak: hours.map(|hour| (hour.hour, part(hour).2.to_f64())).collect(),
        across,
    }
}

fn draw_panel<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    panel: &Panel,
    labels: &Labels<'_>,
) -> Result<(), ChartError> {
    let failed = |error: &dyn std::fmt::Display| ChartError(error.to_string());
    let hours = span(&panel.peak);
    let lines = panel.across.iter().map(|(_, value, _)| *value);
    let top = panel.peak.iter().map(|(_, value)| *value).chain(lines).fold(1.0, f64::max) * 1.08;
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .x_label_area_size(34)
        .y_label_area_size(74)
        .build_cartesian_2d(hours.clone(), 0.0..top)
        .map_err(|error| failed(&error))?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(WHITE)
        .bold_line_style(INK.mix(0.12))
        .axis_style(INK.mix(0.5))
        .label_style((FONT, 14).into_font().color(&INK))
        .x_labels(10)
        .y_labels(6)
        .x_label_formatter(&|hour| (labels.date)(*hour))
        .y_label_formatter(&|value| format!("{value:.0}"))
        .y_desc(panel.unit)
        .axis_desc_style((FONT, 15).into_font().color(&INK))
        .draw()
        .map_err(|error| failed(&error))?;
    // A gap in the readings is a gap in the picture.
    for (number, run) in runs(&panel.mean).enumerate() {
        let drawn = chart
            .draw_series(AreaSeries::new(run.iter().copied(), 0.0, USED.mix(0.25)))
            .map_err(|error| failed(&error))?;
        if number == 0 {
            drawn.label("mean of the hour").legend(|(x, y)| swatch(x, y, USED.mix(0.4)));
        }
    }
    for (number, run) in runs(&panel.peak).enumerate() {
        let drawn = chart
            .draw_series(LineSeries::new(run.iter().copied(), USED.stroke_width(1)))
            .map_err(|error| failed(&error))?;
        if number == 0 {
            drawn.label("peak of the hour").legend(|(x, y)| swatch(x, y, USED.mix(1.0)));
        }
    }
    for (name, value, color) in &panel.across {
        let color = *color;
        let ends = [(hours.start, *value), (hours.end, *value)];
        chart
            .draw_series(LineSeries::new(ends, color.stroke_width(2)))
            .map_err(|error| failed(&error))?
            .label(format!("{name} {value:.0}"))
            .legend(move |(x, y)| swatch(x, y, color.mix(1.0)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.85))
        .border_style(INK.mix(0.3))
        .label_font((FONT, 13).into_font().color(&INK))
        .draw()
        .map_err(|error| failed(&error))
}

fn swatch(x: i32, y: i32, color: plotters::style::RGBAColor) -> PathElement<(i32, i32)> {
    PathElement::new(vec![(x, y), (x + 16, y)], color.stroke_width(3))
}

fn span(points: &[(i32, f64)]) -> Range<i32> {
    let first = points.first().map_or(0, |(hour, _)| *hour);
    let last = points.last().map_or(first, |(hour, _)| *hour);
    first..last.max(first + 1)
}

/// Stretches of hours that follow each other.
fn runs(points: &[(i32, f64)]) -> impl Iterator<Item = &[(i32, f64)]> {
    points.chunk_by(|a, b| b.0 - a.0 <= 1)
}
