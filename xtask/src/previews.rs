//! `cargo xtask previews`: what the wallet and the page say of a request before it is signed, beside what then comes on a devnet.

use crate::{
    run::{Result, run_with, target},
    tools,
};
use std::{
    fs,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

/// With fewer requests there may be none of a kind that the page's own test has to see.
const FOR_THE_PAGE: u32 = 200;

/// Random requests of all kinds through the wallet's commands on a running devnet. What a preview said is held against the chain: to the
/// unit, but for what was marked as uncertain. With 200 or more of them the page computes the same cases. A difference ends it.
#[derive(clap::Args, Clone, PartialEq, Eq)]
pub struct Previews {
    /// How many
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    requests: u32,
    /// Ask for what this seed says; what is asked when is up to the clock all the same
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Don't let the page compute the cases: nothing of npm is needed then
    #[arg(long)]
    no_page: bool,
}

impl Previews {
    /// Runs it.
    ///
    /// # Errors
    /// The first difference, with the command that asks for the same again.
    pub fn run(&self, root: &Path) -> Result {
        let seconds = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |elapsed| elapsed.as_secs());
        let seed = self.seed.unwrap_or(seconds);
        self.compare(root, seed).map_err(|error| {
            format!(
                "{error}; again with: cargo xtask previews --requests {} --seed {seed}",
                self.requests
            )
        })
    }

    fn compare(&self, root: &Path, seed: u64) -> Result {
        let folder = target(root).join("previews");
        // Named from the root of the file system: what writes and reads there runs elsewhere.
        let folder = fs::create_dir_all(&folder)
            .and_then(|()| folder.canonicalize())
            .map_err(|error| format!("{}: {error}", folder.display()))?;
        let cases = folder.join("cases.json");
        let (requests, seed) = (self.requests.to_string(), seed.to_string());
        let variables = [
            ("PREVIEWS_REQUESTS", requests.as_ref()),
            ("PREVIEWS_SEED", seed.as_ref()),
            ("PREVIEWS_OUT", cases.as_os_str()),
        ];
        let arguments = [
            "test",
            "--locked",
            "-p",
            "etm",
            "--test",
            "wallet",
            "--",
            "--ignored",
            "--exact",
            "previews::previews_of_many_requests_are_what_comes",
            "--nocapture",
        ];
        run_with(root, "cargo", &arguments, &variables)?;
        if self.no_page || self.requests < FOR_THE_PAGE {
            println!("the page was NOT asked");
            return Ok(());
        }
        let web = root.join("web");
        tools::npm(&web)?;
        let words = ["--no-install", "vitest", "run", "mechanism/previews"];
        run_with(&web, "npx", &words, &[("PREVIEWS", &cases)])
    }
}
