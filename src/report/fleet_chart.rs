//! How full a fleet's instances are: for each content a bar for CPU and one for memory.

use super::chart::{BETTER, ChartError, FONT, INK, USED, fonts};
use super::risk_chart::Picture;
use crate::model::{Filled, Fleet};
use plotters::coord::Shift;
use plotters::prelude::{
    ChartBuilder, Color, DrawingArea, DrawingBackend, IntoFont, Rectangle, SeriesLabelPosition,
    Text, WHITE,
};
use std::collections::BTreeMap;

/// More bars than these cannot be read: then all instances of a type are one.
const MOST_BARS: usize = 24;

/// Instances that are drawn as one.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    pub label: String,
    /// Percent of what tasks can have.
    pub cpu: f64,
    pub memory: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Fill {
    pub title: String,
    pub bars: Vec<Bar>,
}

impl Fill {
    #[must_use]
    pub fn of(fleet: &Fleet, title: String) -> Self {
        let filled: Vec<&Filled> =
            fleet.plan.filled.iter().filter(|one| one.instance && one.count > 0).collect();
        let mut bars: BTreeMap<String, [u64; 5]> = BTreeMap::new();
        for (place, one) in filled.iter().enumerate() {
            let key = if filled.len() <= MOST_BARS {
                format!("{place:04} zone {}: {{}} x {}", one.zone, one.offer)
            } else {
                format!("0000 {{}} x {}", one.offer)
            };
            let count = u64::from(one.count);
            let sums = bars.entry(key).or_default();
            sums[0] += count;
            for (at, value) in [one.used[0], one.has[0], one.used[1], one.has[1]].iter().enumerate()
            {
                sums[at + 1] += value * count;
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "drawn")]
        let percent = |used: u64, has: u64| used as f64 / has.max(1) as f64 * 100.0;
        let bars = bars.into_iter().map(|(key, [count, cpu, cpus, memory, memories])| Bar {
            label: key[5..].replace("{}", &count.to_string()),
            cpu: percent(cpu, cpus),
            memory: percent(memory, memories),
        });
        Fill { title, bars: bars.collect() }
    }
}

fn failed(error: &dyn std::fmt::Display) -> ChartError {
    ChartError(error.to_string())
}

impl Picture for Fill {
    #[expect(clippy::cast_precision_loss, reason = "a few bars")]
    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<(), ChartError> {
        fonts()?;
        area.fill(&WHITE).map_err(|error| failed(&error))?;
        let high = self.bars.len().max(4) as f64;
        let longest = self.bars.iter().map(|bar| bar.label.chars().count()).max().unwrap_or(0);
        let labels = u32::try_from(longest).unwrap_or(0) * 8 + 24;
        let mut chart = ChartBuilder::on(area)
            .caption(&self.title, (FONT, 20).into_font().color(&INK))
            .margin(14)
            .margin_left(14 + labels)
            .x_label_area_size(46)
            .build_cartesian_2d(0.0..100.0_f64, high..0.0_f64)
            .map_err(|error| failed(&error))?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .light_line_style(WHITE)
            .bold_line_style(INK.mix(0.12))
            .axis_style(INK.mix(0.5))
            .label_style((FONT, 14).into_font().color(&INK))
            .x_label_formatter(&|value| format!("{value:.0}"))
            .x_desc("used of what tasks can have, %")
            .axis_desc_style((FONT, 15).into_font().color(&INK))
            .draw()
            .map_err(|error| failed(&error))?;
        for (name, color, top) in [("CPU", USED, 0.14), ("memory", BETTER, 0.50)] {
            let bars = self.bars.iter().enumerate().map(|(place, bar)| {
                let top = place as f64 + top;
                let full = if name == "CPU" { bar.cpu } else { bar.memory };
                Rectangle::new([(0.0, top), (full, top + 0.34)], color.filled())
            });
            chart.draw_series(bars).map_err(|error| failed(&error))?.label(name).legend(
                move |(x, y)| Rectangle::new([(x, y - 5), (x + 14, y + 5)], color.filled()),
            );
        }
        let at: Vec<(i32, i32)> = (0..self.bars.len())
            .map(|place| chart.backend_coord(&(0.0, place as f64 + 0.5)))
            .collect();
        let width = i32::try_from(labels).unwrap_or(0);
        for (bar, (x, y)) in self.bars.iter().zip(at) {
            let style = (FONT, 14).into_font().color(&INK);
            area.draw(&Text::new(bar.label.clone(), (x - width + 6, y - 8), style))
                .map_err(|error| failed(&error))?;
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerRight)
            .background_style(WHITE.mix(0.85))
            .border_style(INK.mix(0.3))
            .label_font((FONT, 14).into_font().color(&INK))
            .draw()
            .map_err(|error| failed(&error))?;
        Ok(())
    }
}
