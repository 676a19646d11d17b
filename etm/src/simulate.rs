//! `etm simulate`: what the lab answers, printed.

use etm_client::Client;
use etm_simulator::{
    args::SimulateArgs,
    cli::{self, Answer, EXIT_USAGE},
    live::{DOCUMENT_MAX, NodeState},
};
use etm_wallet::{failure::Failure, output::Output};
use std::{process::ExitCode, time::Duration};

/// How long a node may take to write its state down: one of 10^6 positions takes seconds.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Runs `etm simulate` and answers its exit code.
pub fn run(options: &SimulateArgs, output: &Output) -> ExitCode {
    let (code, failure) = match cli::run(options, &ask) {
        Ok(answer) => match print(&answer, output) {
            Ok(()) => (answer.code(), None),
            Err(failure) => {
                let told = match &answer.report {
                    Some(report) => failure.hint(format!("the report is {}", report.display())),
                    None => failure,
                };
                (told.exit as u8, Some(told))
            }
        },
        Err((EXIT_USAGE, message)) => (
            EXIT_USAGE,
            Some(Failure::usage("invalid_question", message)),
        ),
        Err((code, message)) => (code, Some(Failure::failed("failed", message))),
    };
    if let Some(failure) = failure {
        output.failure(&failure);
    }
    code.into()
}

/// The state of the node at a URL.
fn ask(node: &str) -> Result<NodeState, String> {
    let runtime = crate::process::waiting().map_err(|failure| failure.to_string())?;
    let client = Client::builder(node).timeout(TIMEOUT).build();
    let asked = async {
        let client = client?;
        let document = client.scenario(DOCUMENT_MAX as usize).await?;
        Ok((document, client.parameters().await?.slot_ms))
    };
    let (document, slot_ms) = runtime
        .block_on(asked)
        .map_err(|error: etm_client::Error| error.to_string())?;
    let document =
        String::from_utf8(document).map_err(|_| "the state is not UTF-8 text".to_owned())?;
    Ok(NodeState { document, slot_ms })
}

fn print(answer: &Answer, output: &Output) -> Result<(), Failure> {
    if output.is_json() {
        return output.print_json(answer);
    }
    output.print_text(&answer.text())?;
    if let Some(remark) = answer.remark() {
        output.note(&remark);
    }
    Ok(())
}
