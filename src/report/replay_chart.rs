//! A replay hour by hour: dollars above, tasks and instances below.

use super::chart::{BETTER, ChartError, DECIDES, FONT, INK, TODAY, USED, fonts};
use super::replay_tables::stamp;
use super::risk_chart::{Picture, failed};
use crate::model::{HourReplay, Replay, Scene, SceneReplay};
use plotters::coord::Shift;
use plotters::prelude::{
    ChartBuilder, Color, DrawingArea, DrawingBackend, IntoFont, LineSeries, RGBColor, WHITE,
};
use plotters::prelude::{PathElement, SeriesLabelPosition};
use plotters::style::RGBAColor;

/// Of each scene another.
const COLORS: [RGBColor; 6] =
    [TODAY, USED, BETTER, DECIDES, RGBColor(0x94, 0x67, 0xbd), RGBColor(0xff, 0x7f, 0x0e)];

/// Drawn where there are more scenes than colors.
const USUAL: [Scene; 6] = [
    Scene::Current,
    Scene::Fargate,
    Scene::FargateSpot,
    Scene::Ec2,
    Scene::Ec2Fixed,
    Scene::Lambda,
];

/// One line: its name, color, and a value for each hour.
struct Line {
    name: String,
    color: RGBAColor,
    values: Vec<f64>,
}

/// What is drawn.
pub struct Hours<'r> {
    replay: &'r Replay,
    title: String,
}

impl<'r> Hours<'r> {
    #[must_use]
    pub fn of(replay: &'r Replay, title: String) -> Self {
        Hours { replay, title }
    }

    fn scenes(&self) -> impl Iterator<Item = (&SceneReplay, RGBColor)> {
        let all: Vec<&SceneReplay> =
            self.replay.scenes.iter().filter_map(|scene| scene.as_ref().ok()).collect();
        let few = all.len() <= COLORS.len();
        let scenes = all.into_iter().filter(move |one| few || USUAL.contains(&one.scene));
        scenes.zip(COLORS.iter().copied().cycle())
    }

    fn lines(&self, name: &str, mixed: f64, of: impl Fn(&HourReplay) -> Option<f64>) -> Vec<Line> {
        let line = |(scene, color): (&SceneReplay, RGBColor)| {
            let values: Option<Vec<f64>> = scene.hours.iter().map(&of).collect();
            let values = values.filter(|values| values.iter().any(|value| *value > 0.0))?;
            let name = format!("{}{name}", scene.scene.name());
            Some(Line { name, color: color.mix(mixed), values })
        };
        self.scenes().filter_map(line).collect()
    }
}

impl Picture for Hours<'_> {
    #[expect(clippy::cast_precision_loss, reason = "drawn")]
    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<(), ChartError> {
        fonts()?;
        area.fill(&WHITE).map_err(|error| failed(&error))?;
        let (above, below) = area.split_vertically(375);
        let dollars = self.lines("", 1.0, |hour| Some(hour.total() as f64 / 1e12));
        panel(&above, &self.title, "$ an hour", self.replay, &dollars)?;
        let mut counts =
            self.lines(": tasks", 1.0, |hour| Some(hour.task_milliseconds as f64 / 3.6e6));
        // The same tasks in several scenes are drawn once.
        let mut kept: Vec<Line> = Vec::new();
        for line in counts.drain(..) {
            match kept.iter_mut().find(|one| one.values == line.values) {
                Some(same) => {
                    let name = line.name.split(':').next().unwrap_or_default();
                    same.name = format!("{name}, {}", same.name);
                }
                None => kept.push(line),
            }
        }
        kept.extend(
            self.lines(": instances", 0.55, |hour| Some(hour.instance_seconds as f64 / 3_600.0)),
        );
        panel(&below, "", "tasks and instances", self.replay, &kept)?;
        area.present().map_err(|error| failed(&error))
    }
}

#[expect(clippy::cast_precision_loss, reason = "drawn")]
fn panel<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    title: &str,
    y_name: &str,
    replay: &Replay,
    lines: &[Line],
) -> Result<(), ChartError> {
    let most = lines.iter().flat_map(|line| &line.values).copied().fold(0.0, f64::max);
    let (first, hours) = (replay.first_hour, replay.hours.max(2));
    let mut builder = ChartBuilder::on(area);
    if !title.is_empty() {
        builder.caption(title, (FONT, 20).into_font().color(&INK));
    }
    let mut chart = builder
        .margin(12)
        .x_label_area_size(34)
        .y_label_area_size(70)
        .build_cartesian_2d(0.0..hours as f64, 0.0..(most * 1.25).max(1e-6))
        .map_err(|error| failed(&error))?;
    #[expect(clippy::cast_possible_truncation, reason = "a label")]
    let date = |hour: &f64| {
        let stamp = stamp(first + hour.round() as i64);
        stamp.get(5..10).unwrap_or_default().to_owned()
    };
    let digits = match most {
        0.0..1.0 => 3,
        1.0..20.0 => 1,
        _ => 0,
    };
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .bold_line_style(INK.mix(0.12))
        .axis_style(INK.mix(0.5))
        .label_style((FONT, 14).into_font().color(&INK))
        .x_label_formatter(&date)
        .y_label_formatter(&|value| format!("{value:.digits$}"))
        .y_desc(y_name)
        .axis_desc_style((FONT, 15).into_font().color(&INK))
        .draw()
        .map_err(|error| failed(&error))?;
    for line in lines {
        // A step for each hour.
        let points = line
            .values
            .iter()
            .enumerate()
            .flat_map(|(hour, value)| [(hour as f64, *value), (hour as f64 + 1.0, *value)]);
        let color = line.color;
        chart
            .draw_series(LineSeries::new(points, color.stroke_width(2)))
            .map_err(|error| failed(&error))?
            .label(line.name.clone())
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], color.stroke_width(3)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.85))
        .border_style(INK.mix(0.2))
        .label_font((FONT, 14).into_font().color(&INK))
        .draw()
        .map_err(|error| failed(&error))?;
    Ok(())
}
