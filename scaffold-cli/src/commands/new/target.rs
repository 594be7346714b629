//! Writes a rendered project: all of it or nothing.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process;

use crate::error::{Error, Result};
use crate::render::RenderedFile;

/// A directory that is absent or empty and is to become a project.
#[derive(Debug)]
pub(super) struct Target {
    parent: PathBuf,
    path: PathBuf,
    name: String,
}

impl Target {
    /// Refuses a directory that holds anything.
    pub(super) fn new(parent: &Path, name: &str) -> Result<Self> {
        let path = parent.join(name);
        if path.is_symlink() {
            return Err(Error::Argument {
                message: format!("{} is a link", path.display()),
                hint: "remove it, or choose another parent directory with `--path DIR`".to_owned(),
            });
        }
        let usable = match fs::read_dir(&path) {
            Ok(mut entries) => entries.next().is_none(),
            // A file, or a link to nothing.
            Err(_) => path.symlink_metadata().is_err(),
        };
        if !usable {
            return Err(Error::Argument {
                message: format!("{} exists and is not an empty directory", path.display()),
                hint: "choose another name, or another parent directory with `--path DIR`"
                    .to_owned(),
            });
        }
        Ok(Self {
            parent: parent.to_owned(),
            path,
            name: name.to_owned(),
        })
    }

    /// The directory of the project.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A new directory beside the target; a run that was killed may have left one.
    fn staging(&self) -> Result<Staging> {
        let mut number = 0;
        loop {
            let name = format!(".{}.{}.{number}", self.name, process::id());
            let path = self.parent.join(name);
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Staging(path)),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(Error::io("create", path)(error)),
            }
        }
    }

    /// Writes the files beside the target and then moves them there in one step.
    pub(super) fn write(&self, files: &[RenderedFile]) -> Result<()> {
        fs::create_dir_all(&self.parent).map_err(Error::io("create", &self.parent))?;
        let staging = self.staging()?;
        for file in files {
            let path = staging.0.join(&file.path);
            if let Some(directory) = path.parent() {
                fs::create_dir_all(directory).map_err(Error::io("create", directory))?;
            }
            fs::write(&path, &file.content).map_err(Error::io("write", &path))?;
        }
        if self.path.exists() {
            // Fails if something was put there since it was found empty.
            fs::remove_dir(&self.path).map_err(Error::io("replace", &self.path))?;
        }
        fs::rename(&staging.0, &self.path).map_err(Error::io("create", &self.path))
    }
}

/// A directory that is removed again unless it was moved away.
struct Staging(PathBuf);

impl Drop for Staging {
    fn drop(&mut self) {
        // After the move there is nothing left to remove.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, content: &str) -> RenderedFile {
        RenderedFile {
            path: path.to_owned(),
            content: content.as_bytes().to_vec(),
        }
    }

    fn entries(directory: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn files_arrive_in_their_directories() {
        let parent = tempfile::tempdir().unwrap();
        let target = Target::new(parent.path(), "shop").unwrap();
        target
            .write(&[file(".gitignore", "/target/\n"), file("src/db/a.rs", "")])
            .unwrap();
        assert_eq!(entries(parent.path()), ["shop"]);
        assert_eq!(entries(target.path()), [".gitignore", "src"]);
        assert_eq!(entries(&target.path().join("src/db")), ["a.rs"]);
    }

    #[test]
    fn missing_parent_is_made() {
        let parent = tempfile::tempdir().unwrap();
        let target = Target::new(&parent.path().join("a/b"), "shop").unwrap();
        target.write(&[file("x", "")]).unwrap();
        assert_eq!(entries(target.path()), ["x"]);
    }

    #[test]
    fn empty_directory_is_used() {
        let parent = tempfile::tempdir().unwrap();
        fs::create_dir(parent.path().join("shop")).unwrap();
        let target = Target::new(parent.path(), "shop").unwrap();
        target.write(&[file("x", "")]).unwrap();
        assert_eq!(entries(target.path()), ["x"]);
    }

    #[test]
    fn occupied_place_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        fs::create_dir(parent.path().join("shop")).unwrap();
        fs::write(parent.path().join("shop/mine"), "").unwrap();
        assert!(Target::new(parent.path(), "shop").is_err());

        fs::write(parent.path().join("file"), "").unwrap();
        let error = Target::new(parent.path(), "file").unwrap_err();
        assert!(error.hint().is_some_and(|hint| hint.contains("--path")));
    }

    #[cfg(unix)]
    #[test]
    fn link_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        fs::create_dir(parent.path().join("empty")).unwrap();
        std::os::unix::fs::symlink("empty", parent.path().join("shop")).unwrap();
        let error = Target::new(parent.path(), "shop").unwrap_err().to_string();
        assert!(error.ends_with("shop is a link"), "{error}");
    }

    #[test]
    fn what_a_killed_run_left_is_not_in_the_way() {
        let parent = tempfile::tempdir().unwrap();
        let target = Target::new(parent.path(), "shop").unwrap();
        let first = target.staging().unwrap();
        let second = target.staging().unwrap();
        assert_ne!(first.0, second.0);
        drop((first, second));
        target.write(&[file("x", "")]).unwrap();
        assert_eq!(entries(parent.path()), ["shop"]);
    }

    #[test]
    fn failure_leaves_nothing_behind() {
        let parent = tempfile::tempdir().unwrap();
        let target = Target::new(parent.path(), "shop").unwrap();
        // The second file needs a directory where the first one is.
        target.write(&[file("a", ""), file("a/b", "")]).unwrap_err();
        assert_eq!(entries(parent.path()), [] as [&str; 0]);
    }
}
