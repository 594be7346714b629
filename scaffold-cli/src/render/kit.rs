//! Kits: named sets of files that not every service wants.

use serde::Deserialize;

use super::config::Conditionals;
use super::{Pair, Renderer, TemplateError, TemplateFile};

include!(concat!(env!("OUT_DIR"), "/kits.rs"));

/// The file of a kit that describes it; all others are what a project gets.
const MANIFEST: &str = "kit.toml";

/// A named set of files, with what there is to say about it.
#[derive(Debug)]
pub struct Kit<'a> {
    /// Its name.
    pub name: &'a str,
    manifest: Manifest,
    files: Vec<TemplateFile<'a>>,
}

/// The contents of `kit.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    summary: String,
    steps: StepTexts,
    #[serde(default)]
    conditional: Conditionals,
}

/// The section `[steps]`: lines with liquid tags.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StepTexts {
    added: Vec<String>,
    removed: Vec<String>,
}

/// A kit for one project.
#[derive(Debug, PartialEq, Eq)]
pub struct RenderedKit {
    /// The paths of its files with their texts, sorted.
    pub files: Vec<(String, String)>,
    /// How to use it.
    pub steps_when_added: Vec<String>,
    /// What of it may still run when its files are gone.
    pub steps_when_removed: Vec<String>,
}

impl Kit<'static> {
    /// The kits that were packed into this binary, sorted by name.
    pub fn embedded() -> Result<Vec<Self>, TemplateError> {
        Kit::parse(FILES)
    }
}

impl<'a> Kit<'a> {
    /// The kits of files whose paths begin with the name of their kit, sorted by path.
    pub fn parse(files: &[TemplateFile<'a>]) -> Result<Vec<Self>, TemplateError> {
        let name = |file: &TemplateFile<'a>| file.path.split('/').next().unwrap_or_default();
        files
            .chunk_by(|a, b| name(a) == name(b))
            .map(|files| Self::new(name(&files[0]), files))
            .collect()
    }

    fn new(name: &'a str, files: &[TemplateFile<'a>]) -> Result<Self, TemplateError> {
        let inside = files.iter().filter_map(|file| {
            let path = file.path.strip_prefix(name)?.strip_prefix('/')?;
            Some(TemplateFile { path, ..*file })
        });
        let (manifests, files): (Vec<_>, Vec<_>) = inside.partition(|file| file.path == MANIFEST);
        let broken =
            |reason: String| TemplateError::new(reason).at(&format!("kits/{name}/{MANIFEST}"));
        let [manifest] = manifests.as_slice() else {
            return Err(broken("is missing".to_owned()));
        };
        let manifest: Manifest =
            toml::from_slice(manifest.content).map_err(|error| broken(error.to_string()))?;
        manifest.conditional.list()?;
        Ok(Self {
            name,
            manifest,
            files,
        })
    }

    /// What it is for.
    pub fn summary(&self) -> &str {
        &self.manifest.summary
    }

    /// The paths that its files may have in a project, whatever its database and its broker.
    pub fn paths(&self) -> Vec<&'a str> {
        let paths = self.files.iter().map(TemplateFile::rendered_path);
        paths.collect()
    }

    /// What the project `name` gets, whose crate is `crate_name`.
    pub fn render(
        &self,
        name: &str,
        crate_name: &str,
        pair: Pair,
    ) -> Result<RenderedKit, TemplateError> {
        let renderer = Renderer::new(name, crate_name, pair)?;
        let mut files = Vec::with_capacity(self.files.len());
        for file in &self.files {
            let path = file.rendered_path();
            if renderer.ignores(&self.manifest.conditional, path)? {
                continue;
            }
            let text = String::from_utf8(renderer.file(file)?)
                .map_err(|error| TemplateError::new(error).at(file.path))?;
            files.push((path.to_owned(), text));
        }
        files.sort();
        let steps = |texts: &[String]| {
            let steps = texts.iter().map(|text| renderer.text(text));
            steps.collect::<Result<_, _>>()
        };
        Ok(RenderedKit {
            files,
            steps_when_added: steps(&self.manifest.steps.added)?,
            steps_when_removed: steps(&self.manifest.steps.removed)?,
        })
    }
}

#[cfg(test)]
mod tests;
