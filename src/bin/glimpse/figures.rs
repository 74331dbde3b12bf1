//! `glimpse figures`: tables of the documents, made of the files in which measured figures are kept.

use std::{fs, path::PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;

use crate::{
    card,
    drawn::Sets,
    figure::{digests, write},
    fine_tune,
    scores::Scores,
    studies,
};

#[derive(Args)]
pub struct Figures {
    /// Fail where a table differs from the figures, and write nothing
    #[arg(long)]
    check: bool,
    /// Checkout whose figures and documents are meant
    #[arg(long, default_value = env!("CARGO_MANIFEST_DIR"))]
    root: PathBuf,
}

impl Figures {
    pub fn run(&self) -> anyhow::Result<()> {
        let folder = self.root.join("weights");
        let weights = digests(&folder)?;
        let scores = Scores::read(&folder.join("scores.json"), &weights)?;
        let studies = studies::table(&folder, &scores)?;
        let tuned = fine_tune::Table::read(&folder.join("fine-tuning.json"), &weights)?.to_string();
        let [sets, people] = Sets::read(&folder.join("sets.json"), &weights)?.apart();
        let finding = Sets::read(&folder.join("finding.json"), &weights)?.accuracy();
        let held_out = card::table(&folder)?;
        let results = [
            ("accuracy", scores.to_string()),
            ("studies", studies),
            ("people", people.to_string()),
            ("fine-tuning", tuned),
        ];
        self.tell("docs/results.md", &results)?;
        self.tell("docs/find.md", &[("finding", finding)])?;
        self.tell("weights/README.md", &[("held-out", held_out), ("sets", sets.to_string())])
    }

    /// Puts tables into a document, each between its markers.
    fn tell(&self, document: &str, tables: &[(&str, String)]) -> anyhow::Result<()> {
        let path = self.root.join(document);
        let before = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        let mut text = before.clone();
        for (name, table) in tables {
            let place = between(&text, name).with_context(|| path.display().to_string())?;
            text.replace_range(place, table);
        }
        if text == before {
            return Ok(());
        }
        if self.check {
            bail!("the tables of {document} are not those of the measured figures: run `glimpse figures`");
        }
        write(&path, text.as_bytes())
    }
}

/// Where a table stands in a document: from the line after `<!-- figures: name -->` to the next `<!-- end -->`.
fn between(document: &str, name: &str) -> anyhow::Result<std::ops::Range<usize>> {
    let marker = format!("<!-- figures: {name} -->\n");
    let starts: Vec<usize> = document.match_indices(&marker).map(|(at, _)| at + marker.len()).collect();
    let &[start] = &starts[..] else {
        bail!("{} stands there {} times, not once", marker.trim(), starts.len())
    };
    let rest = &document[start..];
    let end = rest.find("<!-- end -->").with_context(|| format!("nothing ends {}", marker.trim()))?;
    ensure!(!rest[..end].contains("<!-- figures:"), "nothing ends {}", marker.trim());
    Ok(start..start + end)
}
