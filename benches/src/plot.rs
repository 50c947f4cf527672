//! Plots, as SVG: points of what was measured, and the line that fits them.
//!
//! No background is painted, and text and lines have middling tones, so that a plot
//! can be read on a light page and on a dark one; series differ by mark, not by
//! colour alone.

use std::path::Path;

use plotters::{
    coord::ranged1d::{AsRangedCoord, ValueFormatter},
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use crate::Failure;

/// One plot.
#[derive(Debug, Clone)]
pub struct Plot {
    /// What it shows.
    pub title: String,
    /// The axes: what, and in which unit.
    pub axes: (String, String),
    /// Up to three.
    pub series: Vec<Series>,
}

/// Points that belong together.
#[derive(Debug, Clone)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// What was measured, from left to right.
    pub points: Vec<(f64, f64)>,
    /// A line through it, if one was fitted.
    pub line: Vec<(f64, f64)>,
}

/// A power law: `y = factor · x^exponent`. Growth is linear if the exponent is 1.
#[derive(Debug, Clone, Copy)]
pub struct PowerLaw {
    /// The slope on logarithmic axes.
    pub exponent: f64,
    factor: f64,
}

impl PowerLaw {
    /// Least squares over the logarithms; nothing of fewer than two points.
    pub fn fit(points: &[(f64, f64)]) -> Option<Self> {
        let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
        let line = Line::fit(&logs)?;
        Some(Self {
            exponent: line.slope,
            factor: line.begin.exp(),
        })
    }

    /// The law at these places.
    pub fn through(self, points: &[(f64, f64)]) -> Vec<(f64, f64)> {
        let at = |x: f64| (x, self.factor * x.powf(self.exponent));
        points.iter().map(|(x, _)| at(*x)).collect()
    }
}

/// A straight line: `y = begin + slope · x`.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// Where it begins, at 0.
    pub begin: f64,
    /// What each step adds.
    pub slope: f64,
}

impl Line {
    /// Least squares; nothing of fewer than two places.
    pub fn fit(points: &[(f64, f64)]) -> Option<Self> {
        let count = f64::from(u32::try_from(points.len()).ok()?);
        let sum = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>();
        let (x, y) = (sum(|it| it.0) / count, sum(|it| it.1) / count);
        let within: f64 = points.iter().map(|it| (it.0 - x).powi(2)).sum();
        let across: f64 = points.iter().map(|it| (it.0 - x) * (it.1 - y)).sum();
        let slope = across / within;
        slope.is_finite().then_some(Self {
            begin: y - slope * x,
            slope,
        })
    }

    /// The line at these places.
    pub fn through(self, points: &[(f64, f64)]) -> Vec<(f64, f64)> {
        let at = |x: f64| (x, self.begin + self.slope * x);
        points.iter().map(|(x, _)| at(*x)).collect()
    }
}

const SIZE: (u32, u32) = (760, 460);
const FONT: &str = "sans-serif";
const INK: RGBColor = RGBColor(118, 124, 133);
const SERIES: [RGBColor; 3] = [
    RGBColor(56, 126, 216),
    RGBColor(206, 100, 28),
    RGBColor(46, 146, 90),
];

impl Plot {
    /// Draws it with both axes logarithmic.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn logarithmic(&self, file: &Path) -> Result<(), Failure> {
        let (x, y) = (self.span(|it| it.0), self.span(|it| it.1));
        self.draw(
            file,
            (x.0 / 1.5..x.1 * 1.5).log_scale(),
            (y.0 / 2.0..y.1 * 2.0).log_scale(),
            8,
        )
    }

    /// Draws it with both axes linear, from 0 on, with so many steps across at most.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn linear(&self, file: &Path, steps: usize) -> Result<(), Failure> {
        let (x, y) = (self.span(|it| it.0), self.span(|it| it.1));
        self.draw(file, 0.0..x.1 * 1.1, 0.0..y.1 * 1.15, steps)
    }

    /// The smallest and the largest of a coordinate.
    fn span(&self, of: fn(&(f64, f64)) -> f64) -> (f64, f64) {
        let drawn = self
            .series
            .iter()
            .map(|it| it.points.iter().chain(&it.line));
        let all = || drawn.clone().flatten().map(of);
        (
            all().fold(f64::INFINITY, f64::min),
            all().fold(f64::NEG_INFINITY, f64::max),
        )
    }

    fn draw<X, Y, A, B>(&self, file: &Path, x: A, y: B, steps: usize) -> Result<(), Failure>
    where
        A: AsRangedCoord<CoordDescType = X, Value = f64>,
        B: AsRangedCoord<CoordDescType = Y, Value = f64>,
        X: Ranged<ValueType = f64> + ValueFormatter<f64>,
        Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        let root = SVGBackend::new(file, SIZE).into_drawing_area();
        let text = |size: u32| (FONT, size).into_font().color(&INK);
        let mut chart = ChartBuilder::on(&root)
            .margin(14)
            .caption(&self.title, text(19))
            .x_label_area_size(52)
            .y_label_area_size(72)
            .build_cartesian_2d(x, y)?;
        chart
            .configure_mesh()
            .axis_style(INK)
            .bold_line_style(INK.mix(0.35))
            .light_line_style(TRANSPARENT)
            .x_labels(steps + 1)
            .y_labels(8)
            .x_desc(&self.axes.0)
            .y_desc(&self.axes.1)
            .label_style(text(14))
            .axis_desc_style(text(15))
            .x_label_formatter(&|x| short(*x))
            .y_label_formatter(&|y| short(*y))
            .draw()?;
        for (place, series) in self.series.iter().enumerate() {
            let color = SERIES.get(place).copied().unwrap_or(INK);
            chart.draw_series(LineSeries::new(series.line.clone(), color.stroke_width(2)))?;
            let marks = series.points.iter();
            let drawn = chart.draw_series(marks.map(|point| mark(place, *point, color)))?;
            drawn.label(&series.name);
            if series.points.is_empty() {
                let line = move |(x, y)| PathElement::new([(x, y), (x + 20, y)], color);
                drawn.legend(line);
            } else {
                drawn.legend(move |(x, y)| mark(place, (x + 10, y), color));
            }
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .label_font(text(15).pos(Pos::new(HPos::Left, VPos::Center)))
            .draw()?;
        root.present()?;
        Ok(())
    }
}

/// A disc, a triangle or a cross.
fn mark<B: DrawingBackend, At: Clone + 'static>(
    place: usize,
    at: At,
    color: RGBColor,
) -> DynElement<'static, B, At> {
    match place {
        0 => Circle::new(at, 4, color.filled()).into_dyn(),
        1 => TriangleMarker::new(at, 6, color.filled()).into_dyn(),
        _ => Cross::new(at, 5, color.stroke_width(2)).into_dyn(),
    }
}

/// A number as an axis says it: 0.02, 5, 100, 10k, 1M.
fn short(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{}M", rounded(value / 1e6)),
        value if value >= 1e4 => format!("{}k", rounded(value / 1e3)),
        value => rounded(value),
    }
}

fn rounded(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
