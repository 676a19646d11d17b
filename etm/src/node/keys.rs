//! `etm node keys`: the public half of what the node signs with.

use super::{
    place::{NodeArgs, Place},
    secrets,
};
use crate::failure::Failure;
use etm_wallet::output::{Page, Report};
use serde::Serialize;
use std::path::PathBuf;

/// What is shown.
#[derive(Debug, Serialize)]
pub struct Keys {
    file: PathBuf,
    node_key: String,
    bls_key: String,
}

/// Reads the node's key file.
///
/// # Errors
/// [`Failure`] if there is none that can be used.
pub fn run(options: &NodeArgs) -> Result<Keys, Failure> {
    let Place { settings, .. } = options.place()?;
    let public = secrets::public(&settings)?;
    Ok(Keys {
        node_key: public.node_key,
        bls_key: public.bls_key,
        file: settings.key_file,
    })
}

impl Report for Keys {
    fn show(&self, page: &mut Page) {
        page.field("file", self.file.display().to_string());
        page.field("node key", &self.node_key);
        page.field("BLS key", &self.bls_key);
    }
}
