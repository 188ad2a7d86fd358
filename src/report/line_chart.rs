//! Lines over one quantity, each with its name at its end.

use super::chart::{BETTER, ChartError, DECIDES, FONT, INK, TODAY, USED, fonts};
use super::risk_chart::{Picture, chart, failed};
use crate::model::ledger::{ByMemory, Curves};
use plotters::coord::Shift;
use plotters::prelude::{
    ChartBuilder, Circle, Color, DrawingArea, DrawingBackend, IntoFont, LineSeries, RGBColor, Text,
    WHITE,
};

/// Of each line another.
const COLORS: [RGBColor; 4] = [BETTER, DECIDES, USED, TODAY];

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lines {
    pub title: String,
    pub x_name: &'static str,
    pub y_name: &'static str,
    pub lines: Vec<(String, Vec<(f64, f64)>)>,
    /// Places with their names, where they have any.
    pub marks: Vec<(String, (f64, f64))>,
}

impl Lines {
    /// Fargate's line beside the steps of EC2's instances.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "drawn")]
    pub fn by_memory(by: &ByMemory, title: String) -> Self {
        let gib = |memory: u32| f64::from(memory) / 1024.0;
        // Twice as far as one's own workloads reach.
        let reach = by.own.iter().map(|(_, memory, _)| memory.saturating_mul(2)).max();
        let most = reach.map_or(u32::MAX, |reach| reach.max(LEAST_SHOWN_MIB));
        let dollars = |pico: u128| pico as f64 / 1e12;
        let line = |place: usize| {
            let mut points: Vec<(f64, f64)> = Vec::new();
            for (memory, prices) in by.points.iter().filter(|(memory, _)| *memory <= most) {
                let Some(pico) = prices[place] else { continue };
                // A step, not a slope.
                if let Some((last, _)) = points.last().copied() {
                    points.push((last, dollars(pico)));
                }
                points.push((gib(*memory), dollars(pico)));
            }
            points
        };
        Lines {
            title,
            x_name: "memory that one task needs, GiB",
            y_name: "$ a month",
            marks: marks(&by.own, [line(0), line(1)].concat()),
            lines: vec![
                ("Fargate".to_owned(), line(0)),
                ("an EC2 instance of its own".to_owned(), line(1)),
            ],
        }
    }

    /// Two homes over requests a month.
    #[must_use]
    pub fn by_requests(curves: &Curves, title: String) -> Self {
        let most = curves.points.last().map_or(0, |(requests, _)| *requests);
        let (name, unit) = match most {
            20_000_000.. => ("million requests a month", 1e6),
            20_000.. => ("thousand requests a month", 1e3),
            _ => ("requests a month", 1.0),
        };
        Self::of(curves, title, name, unit)
    }

    /// Two homes over how full an instance is.
    #[must_use]
    pub fn by_utilization(curves: &Curves, title: String) -> Self {
        Self::of(curves, title, "percent of the instances that tasks take", 1.0)
    }

    #[expect(clippy::cast_precision_loss, reason = "drawn")]
    fn of(curves: &Curves, title: String, x_name: &'static str, unit: f64) -> Self {
        let line = |place: usize| {
            let points = curves.points.iter();
            points.map(|(x, pico)| (*x as f64 / unit, pico[place] as f64 / 1e12)).collect()
        };
        let names = curves.names.iter().enumerate();
        Lines {
            title,
            x_name,
            y_name: "$ a month",
            lines: names.map(|(place, name)| (name.clone(), line(place))).collect(),
            marks: Vec::new(),
        }
    }
}

/// With what is drawn at the least, MiB.
const LEAST_SHOWN_MIB: u32 = 4_096;
/// Names need so much of the picture, across and down.
const ROOM: (f64, f64) = (0.16, 0.035);

/// What would be written over each other is named together: the first, and how many more.
#[expect(clippy::cast_precision_loss, reason = "drawn")]
fn marks(own: &[(String, u32, u128)], lines: Vec<(f64, f64)>) -> Vec<(String, (f64, f64))> {
    let whole =
        lines.into_iter().fold((0.0_f64, 0.0_f64), |most, at| (most.0.max(at.0), most.1.max(at.1)));
    let mut places: Vec<(&str, usize, (f64, f64))> = Vec::new();
    for (name, memory, pico) in own {
        let at = (f64::from(*memory) / 1024.0, *pico as f64 / 1e12);
        let near = |place: &&mut (&str, usize, (f64, f64))| {
            (place.2.0 - at.0).abs() < whole.0 * ROOM.0
                && (place.2.1 - at.1).abs() < whole.1 * ROOM.1
        };
        match places.iter_mut().find(near) {
            Some(place) => place.1 += 1,
            None => places.push((name, 1, at)),
        }
    }
    let named = |(name, count, at): (&str, usize, (f64, f64))| match count {
        1 => (name.to_owned(), at),
        more => (format!("{name} and {} more", more - 1), at),
    };
    let dots = own.iter().map(|(_, memory, pico)| {
        (String::new(), (f64::from(*memory) / 1024.0, *pico as f64 / 1e12))
    });
    dots.chain(places.into_iter().map(named)).collect()
}

impl Picture for Lines {
    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<(), ChartError> {
        let points = || self.lines.iter().flat_map(|(_, points)| points.iter());
        let x = points().map(|at| at.0).fold(0.0, f64::max) * 1.02;
        let y = points().map(|at| at.1).fold(0.0, f64::max) * 1.1;
        let mut chart =
            chart!(area, &self.title, 0.0..x.max(1.0), 0.0..y.max(1.0), self.x_name, self.y_name);
        for (place, (name, points)) in self.lines.iter().enumerate() {
            let color = COLORS[place % COLORS.len()];
            let line = LineSeries::new(points.iter().copied(), color.stroke_width(2));
            chart.draw_series(line).map_err(|error| failed(&error))?;
            // From the top left down, where no line is.
            let at = (x * 0.03, y * (0.95 - 0.06 * f64::from(u32::try_from(place).unwrap_or(0))));
            let text = Text::new(name.clone(), at, (FONT, 16).into_font().color(&color));
            chart.draw_series([text]).map_err(|error| failed(&error))?;
        }
        for (name, at) in &self.marks {
            let dot = Circle::new(*at, 4, INK.filled());
            let text = Text::new(
                name.clone(),
                (at.0 + x * 0.01, at.1),
                (FONT, 13).into_font().color(&INK),
            );
            chart.draw_series([dot]).map_err(|error| failed(&error))?;
            chart.draw_series([text]).map_err(|error| failed(&error))?;
        }
        area.present().map_err(|error| failed(&error))
    }
}
