//! Where this clone lies.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use peristyle_script_builder::Project;

use crate::error::Error;

/// The clone that this program was started in.
pub fn find() -> Result<Project, Error> {
    let package =
        env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| OsString::from(env!("CARGO_MANIFEST_DIR")));
    let package = PathBuf::from(package);
    Ok(Project::of(package.parent().unwrap_or(&package))?)
}
