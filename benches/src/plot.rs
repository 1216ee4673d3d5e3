//! One picture: lines over two logarithmic scales, as SVG.
use crate::error::BenchError;
use plotters::prelude::*;
use plotters::series::LineSeries;
use std::path::Path;

/// A line and its name.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
}

#[derive(Debug)]
pub(crate) struct Plot {
    pub(crate) title: &'static str,
    pub(crate) x: &'static str,
    pub(crate) y: &'static str,
    pub(crate) series: Vec<Series>,
}

const SIZE: (u32, u32) = (900, 520);
/// Family and size. Without a font library the drawn size is four fifths of it.
const TITLE: (&str, u32) = ("sans-serif", 22);
const LETTERS: (&str, u32) = ("sans-serif", 15);
/// Room to the right of the last point, as a factor: the names stand there.
const NAMES: f64 = 12.0;

impl Plot {
    /// Draws it, if there is anything to draw.
    pub(crate) fn draw(&self, file: &Path) -> Result<(), BenchError> {
        let failed = |e: &dyn std::fmt::Display| BenchError::Plot(format!("{}: {e}", file.display()));
        let xs = || self.series.iter().flat_map(|s| s.points.iter().map(|p| p.0));
        let ys = || self.series.iter().flat_map(|s| s.points.iter().map(|p| p.1));
        if xs().next().is_none() {
            return Ok(());
        }
        let (x, y) = (span(xs()), span(ys()));
        let area = SVGBackend::new(file, SIZE).into_drawing_area();
        area.fill(&WHITE).map_err(|e| failed(&e))?;
        let mut chart = ChartBuilder::on(&area)
            .caption(self.title, TITLE)
            .margin(12)
            .x_label_area_size(40)
            .y_label_area_size(60)
            .build_cartesian_2d((x.0..x.1 * NAMES).log_scale(), (y.0 * 0.7..y.1 * 1.5).log_scale())
            .map_err(|e| failed(&e))?;
        chart
            .configure_mesh()
            .x_desc(self.x)
            .y_desc(self.y)
            .x_label_formatter(&|value| format!("{value:.0}"))
            .y_label_formatter(&|value| format!("{value:.0}"))
            .label_style(LETTERS)
            .light_line_style(WHITE)
            .draw()
            .map_err(|e| failed(&e))?;
        for (at, series) in self.series.iter().enumerate() {
            let color = Palette99::pick(at).to_rgba();
            // Ours is what the others are beside.
            let style = color.stroke_width(if series.name.starts_with("tenure") { 4 } else { 2 });
            chart
                .draw_series(LineSeries::new(series.points.iter().copied(), style))
                .map_err(|e| failed(&e))?
                .label(&series.name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
        }
        chart
            .configure_series_labels()
            .label_font(LETTERS)
            .position(SeriesLabelPosition::UpperRight)
            .background_style(WHITE)
            .border_style(BLACK)
            .draw()
            .map_err(|e| failed(&e))?;
        area.present().map_err(|e| failed(&e))
    }
}

fn span(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    (values.clone().fold(f64::INFINITY, f64::min), values.fold(f64::NEG_INFINITY, f64::max))
}
