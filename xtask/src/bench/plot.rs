//! Cost against rows, as an SVG whose axes are both logarithmic.

use std::fmt::Write;

use super::figures::Figures;

/// The whole picture, in pixels, and where its axes are.
const WIDTH: f64 = 880.0;
const HEIGHT: f64 = 520.0;
const LEFT: f64 = 78.0;
const RIGHT: f64 = 690.0;
const TOP: f64 = 64.0;
const BOTTOM: f64 = 460.0;

/// Powers of ten at the ends of the axes: rows, and microseconds.
const ROWS: (i32, i32) = (3, 6);
const MICROSECONDS: (i32, i32) = (0, 5);

/// One frame at 60 a second.
const FRAME_MICROSECONDS: f64 = 16_667.0;

/// One for each line, told apart also by whoever sees few colors, on light and on dark.
const LINES: [(&str, &str, &str); 5] = [
    ("native", "native Bevy", "#7f7f7f"),
    ("zig-vector", "Zig, helpers", "#e69f00"),
    ("rust-vector", "Rust, helpers", "#d55e00"),
    ("zig-plain", "Zig, plain loop", "#56b4e9"),
    ("rust-plain", "Rust, plain loop", "#0072b2"),
];

/// The picture.
pub fn plot(figures: &Figures) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"13\" role=\"img\" aria-label=\"The time of one system against its rows\">\n\
         <style>text{{fill:#24292f}}.grid{{stroke:#8c959f;stroke-opacity:.25}}.back{{fill:#fff}}\
         @media(prefers-color-scheme:dark){{text{{fill:#e6edf3}}.back{{fill:#0d1117}}}}</style>\n\
         <rect class=\"back\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>\n\
         <text x=\"{LEFT}\" y=\"26\" font-size=\"16\" font-weight=\"bold\">position += velocity * dt</text>\n\
         <text x=\"{LEFT}\" y=\"46\">time of one system in Update, map and write-back included</text>\n"
    );
    grid(&mut svg);
    let frame = y(FRAME_MICROSECONDS);
    let _ = writeln!(
        svg,
        "<path d=\"M{LEFT} {frame:.1}H{RIGHT}\" stroke=\"#cf222e\" stroke-dasharray=\"5 4\"/>\n\
         <text x=\"{:.1}\" y=\"{:.1}\">one frame at 60 fps</text>",
        LEFT + 8.0,
        frame - 6.0
    );
    let mut labels = Vec::new();
    for (who, name, color) in LINES {
        let points: Vec<(f64, f64)> = (ROWS.0..=ROWS.1)
            .filter_map(|power| {
                let rows = 10u64.pow(power.unsigned_abs());
                Some((x(rows as f64), y(figures.get("integrate", who, rows)?.ns / 1e3)))
            })
            .collect();
        let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
        let Some(&(_, end)) = points.last() else { continue };
        let _ = writeln!(
            svg,
            "<path d=\"M{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2.5\"/>",
            path.join("L")
        );
        for (x, y) in points {
            let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{color}\"/>");
        }
        labels.push((end, name, color));
    }
    label(&mut svg, labels);
    svg.push_str("</svg>\n");
    svg
}

fn grid(svg: &mut String) {
    for power in ROWS.0..=ROWS.1 {
        let (rows, x) = (10f64.powi(power), x(10f64.powi(power)));
        let _ = writeln!(
            svg,
            "<path class=\"grid\" d=\"M{x:.1} {TOP}V{BOTTOM}\"/>\n\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            BOTTOM + 20.0,
            thousands(rows as u64)
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">rows</text>",
        f64::midpoint(LEFT, RIGHT),
        BOTTOM + 42.0
    );
    for power in MICROSECONDS.0..=MICROSECONDS.1 {
        let y = y(10f64.powi(power));
        let name = match power {
            0..3 => format!("{} µs", 10u64.pow(power.unsigned_abs())),
            _ => format!("{} ms", 10u64.pow((power - 3).unsigned_abs())),
        };
        let _ = writeln!(
            svg,
            "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{RIGHT}\"/>\n\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{name}</text>",
            LEFT - 8.0,
            y + 4.0
        );
    }
}

/// The lines' names at their ends, moved apart where they would cover each other.
fn label(svg: &mut String, mut labels: Vec<(f64, &str, &str)>) {
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut free = f64::MIN;
    for (end, name, color) in labels {
        let at = end.max(free);
        free = at + 17.0;
        let _ = writeln!(
            svg,
            "<path d=\"M{:.1} {end:.1}L{:.1} {at:.1}\" stroke=\"{color}\"/>\n\
             <text x=\"{:.1}\" y=\"{:.1}\">{name}</text>",
            RIGHT + 5.0,
            RIGHT + 20.0,
            RIGHT + 25.0,
            at + 4.0
        );
    }
}

fn x(rows: f64) -> f64 {
    let (first, last) = (f64::from(ROWS.0), f64::from(ROWS.1));
    LEFT + (rows.log10() - first) / (last - first) * (RIGHT - LEFT)
}

fn y(microseconds: f64) -> f64 {
    let (first, last) = (f64::from(MICROSECONDS.0), f64::from(MICROSECONDS.1));
    BOTTOM - (microseconds.log10() - first) / (last - first) * (BOTTOM - TOP)
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_where_they_should() {
        assert_eq!((x(1e3), x(1e6)), (LEFT, RIGHT));
        assert_eq!((y(1.0), y(1e5)), (BOTTOM, TOP));
        assert_eq!([1_000, 1_000_000].map(thousands), ["1,000", "1,000,000"]);
    }
}
