//! The curves as a picture.

use std::error::Error;
use std::path::Path;

use plotters::prelude::*;

use crate::curve::Curve;

const SIZE: (u32, u32) = (900, 640);
const TIME: RGBColor = RGBColor(0, 90, 160);
const LINEAR: RGBColor = RGBColor(150, 150, 150);

/// Draws every curve next to the straight line on which time grows in proportion to the first point.
pub fn draw(curves: &[Curve; 4], path: &Path) -> Result<(), Box<dyn Error>> {
    let picture = SVGBackend::new(path, SIZE).into_drawing_area();
    picture.fill(&WHITE)?;
    for (area, curve) in picture.split_evenly((2, 2)).iter().zip(curves) {
        let amounts = curve.points.iter().map(|&(amount, _)| amount as f64);
        let times = curve.points.iter().map(|&(_, seconds)| seconds * 1e3);
        let points: Vec<(f64, f64)> = amounts.zip(times).collect();
        let (first, (last, last_time)) = (points[0], points[points.len() - 1]);
        let in_proportion = (last, first.1 * last / first.0);
        let title = format!("{} (exponent {:.2})", curve.amount, curve.exponent());
        let mut chart = ChartBuilder::on(area)
            .caption(title, ("sans-serif", 16))
            .margin(12)
            .x_label_area_size(28)
            .y_label_area_size(56)
            .build_cartesian_2d(0.0..last * 1.05, 0.0..last_time.max(in_proportion.1) * 1.05)?;
        let whole = |value: &f64| format!("{value:.0}");
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .x_labels(6)
            .x_label_formatter(&whole)
            .y_labels(6)
            .y_label_formatter(&whole)
            .y_desc("ms")
            .draw()?;
        let linear = DashedLineSeries::new([first, in_proportion], 6, 4, LINEAR.stroke_width(1));
        chart.draw_series(linear)?;
        chart.draw_series(LineSeries::new(points, TIME.stroke_width(2)).point_size(3))?;
    }
    picture.present()?;
    Ok(())
}
