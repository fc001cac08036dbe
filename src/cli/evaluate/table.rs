//! The table of figures that is printed.
//!
//! In goes what a corpus was measured as, and what another model was on it, if there is one; out comes a line a figure,
//! with its interval and by how much it is above the other's. What a reader would question: where
//! the other has not as many units, a figure stands alone. Nothing can be paired then.

use stance::evaluate::Report;

/// Prints a report; what is above `other` stands behind each figure.
pub(super) fn print(report: &Report, other: Option<&Report>) {
    println!("\n{}", report.corpus);
    for measure in &report.measures {
        print!(
            "  {:44} {:.3}  [{:.3}, {:.3}]  n={}",
            measure.name, measure.value, measure.low, measure.high, measure.n_units
        );
        let other = other.and_then(|other| {
            let mut all = other.measures.iter();
            measure.above(all.find(|other| other.name == measure.name)?)
        });
        match other {
            Some(above) => println!(
                "  {:+.3} [{:+.3}, {:+.3}]",
                above.value, above.low, above.high
            ),
            None => println!(),
        }
    }
    let counts: Vec<String> = report
        .counts
        .iter()
        .map(|(name, n)| format!("{name} {n}"))
        .collect();
    println!("  {}", counts.join("; "));
}
