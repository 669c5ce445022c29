//! Prints what every module of the corpus uses on every engine, and fails where two differ.

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use peristyle_metering_differential::{Checked, Error, check, corpus, engines, golden_text};

fn main() -> ExitCode {
    match run(env::args().any(|argument| argument == "--bless")) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(bless: bool) -> Result<bool, Error> {
    let mut engines = engines()?;
    print!("{:<22} {:>6} {:>10}", "module", "calls", "fuel");
    for engine in &engines {
        print!("  {:<16}", engine.name());
    }
    println!();
    let mut all: Vec<Checked> = Vec::new();
    for entry in corpus()? {
        let checked = check(&entry, &mut engines)?;
        print!("{:<22} {:>6} {:>10}", checked.name, checked.calls, checked.fuel);
        for hash in &checked.hashes {
            print!("  {hash:016x}");
        }
        println!("{}", if checked.differences.is_empty() { "" } else { "  DIFFERS" });
        all.push(checked);
    }
    let differences: Vec<&String> = all.iter().flat_map(|checked| &checked.differences).collect();
    for difference in differences.iter().take(20) {
        println!("{difference}");
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../golden/fuel.txt");
    let text = golden_text(&all);
    if bless {
        fs::write(&golden, &text)?;
    }
    let kept = fs::read_to_string(&golden).unwrap_or_default();
    let changed = kept.lines().zip(text.lines()).filter(|(kept, found)| kept != found).count()
        + kept.lines().count().abs_diff(text.lines().count());
    let calls: usize = all.iter().map(|checked| checked.calls).sum();
    println!(
        "{} modules, {calls} calls, {} engines: {} differences; {changed} lines differ from metering/golden/fuel.txt",
        all.len(),
        engines.len(),
        differences.len()
    );
    Ok(differences.is_empty() && changed == 0)
}
