//! Top 1 and top 5 of the crate detexify, by its own samples of the signs named on the standard input (JSON: LaTeX commands by sign), for its visitors' drawings
//! of one stroke. A tenth of the samples is left out at a time, and asked for. Prints JSON.

use std::{collections::BTreeMap, io};

use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use detexify::{Classifier, StrokeSample};
use rayon::prelude::*;
use serde_json::{Value, json};

const PARTS: usize = 10;

/// Of so many drawings one is asked for: each takes a tenth of a second.
const EVERY: usize = 4;

fn main() -> Result<()> {
    let path = std::env::args().nth(1).context("name the crate's snapshot.json")?;
    let snapshot: BTreeMap<String, Vec<Value>> = serde_json::from_slice(&std::fs::read(path)?)?;
    let signs: BTreeMap<String, Vec<String>> = serde_json::from_reader(io::stdin())?;
    // The command of a class, `package-encoding-_command`, decides of which sign it is.
    let mut sign_of: BTreeMap<String, &str> = BTreeMap::new();
    for id in snapshot.keys() {
        let name = String::from_utf8(STANDARD.decode(id)?)?;
        let command = name.split_once("-_").map(|(_, command)| format!("\\{command}"));
        let sign = signs.iter().find(|(_, commands)| command.as_ref().is_some_and(|command| commands.contains(command)));
        if let Some((sign, _)) = sign {
            sign_of.insert(id.clone(), sign);
        }
    }
    let (mut trials, mut top_1, mut top_5) = (0, 0, 0);
    for part in 0..PARTS {
        let kept = |samples: &[Value]| -> Vec<Value> {
            samples.iter().enumerate().filter(|(at, _)| at % PARTS != part).map(|(_, sample)| sample.clone()).collect()
        };
        let known: BTreeMap<&String, Vec<Value>> = sign_of.keys().map(|id| (id, kept(&snapshot[id]))).collect();
        let classifier = Classifier::from_snapshot(&*serde_json::to_vec(&known)?)?;
        let one_stroke = |sample: &&Value| sample["strokes"].as_array().is_some_and(|strokes| strokes.len() == 1);
        let queries: Vec<(&str, &Value)> = (sign_of.iter())
            .flat_map(|(id, sign)| {
                let left_out = snapshot[id].iter().enumerate().filter(|(at, _)| at % PARTS == part);
                left_out.map(|(_, sample)| sample).filter(one_stroke).map(move |sample| (*sign, sample))
            })
            .step_by(EVERY)
            .collect();
        let place = |(sign, sample): &(&str, &Value)| -> Result<usize> {
            let sample: StrokeSample = serde_json::from_value((*sample).clone())?;
            let scores = classifier.classify(sample).context("ink")?;
            let mut before: Vec<&str> = Vec::new();
            for score in &scores {
                let found = sign_of[&score.id];
                if found == *sign {
                    break;
                }
                if !before.contains(&found) {
                    before.push(found);
                }
            }
            Ok(before.len())
        };
        for place in queries.par_iter().map(place).collect::<Result<Vec<_>>>()? {
            trials += 1;
            top_1 += usize::from(place < 1);
            top_5 += usize::from(place < 5);
        }
    }
    let share = |of: usize| of as f64 / trials as f64;
    println!("{}", json!({ "signs": sign_of.values().collect::<std::collections::BTreeSet<_>>().len(), "trials": trials, "top_1": share(top_1), "top_5": share(top_5) }));
    Ok(())
}
