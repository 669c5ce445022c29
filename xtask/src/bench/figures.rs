//! What the benchmark measured, read back from its lines.

use serde::Deserialize;

use crate::error::Error;

/// One figure; `benches/src/figure.rs` says what its fields are.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Figure {
    pub work: String,
    pub who: String,
    pub rows: u64,
    pub modules: Option<u32>,
    pub ns_per_row: Option<f64>,
    pub ns: f64,
    pub ratio_to_native: Option<f64>,
    pub ratio_to_memcpy: Option<f64>,
    pub ns_p95: Option<f64>,
    pub ns_max: Option<f64>,
}

/// All figures of one run.
#[derive(Debug)]
pub struct Figures(Vec<Figure>);

impl Figures {
    /// Reads one JSON object a line.
    ///
    /// # Errors
    /// A line that is no figure.
    pub fn parse(lines: &str) -> Result<Self, Error> {
        let figures = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>();
        Ok(Self(figures.map_err(Error::BenchFigure)?))
    }

    /// All of them, in the order in which they were measured.
    pub fn iter(&self) -> impl Iterator<Item = &Figure> {
        self.0.iter()
    }

    /// What `who` took for `work` at that many rows.
    pub fn get(&self, work: &str, who: &str, rows: u64) -> Option<&Figure> {
        self.0
            .iter()
            .find(|figure| (figure.work.as_str(), figure.who.as_str(), figure.rows) == (work, who, rows))
    }

    /// What a frame took in a game with that many modules.
    pub fn frame(&self, who: &str, modules: u32) -> Option<&Figure> {
        self.0.iter().find(|figure| {
            (figure.work.as_str(), figure.who.as_str(), figure.modules) == ("frame", who, Some(modules))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_back() {
        let lines = "{\"work\":\"integrate\",\"who\":\"zig-vector\",\"rows\":1000,\"ns_per_row\":7.6,\"ns\":7600.0,\"ratio_to_native\":4.2}\n\
                     {\"work\":\"frame\",\"who\":\"empty\",\"rows\":0,\"modules\":10,\"ns_per_row\":null,\"ns\":9.0,\"ratio_to_native\":2.0}\n";
        let figures = Figures::parse(lines).unwrap();
        assert_eq!(figures.get("integrate", "zig-vector", 1000).and_then(|f| f.ratio_to_native), Some(4.2));
        assert_eq!(figures.frame("empty", 10).map(|f| f.ns), Some(9.0));
        assert_eq!(figures.get("integrate", "zig-vector", 10), None);
        assert!(Figures::parse("nonsense").is_err());
    }
}
