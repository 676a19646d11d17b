//! `etm simulate` alone, without the rest of the command.

use clap::Parser;
use std::process::ExitCode;

#[derive(Parser)]
struct Simulate {
    #[command(flatten)]
    args: etm_simulator::args::SimulateArgs,
}

fn main() -> ExitCode {
    let unasked = |_: &str| Err("this program asks no node: give its state as a file".to_owned());
    let code = match etm_simulator::cli::run(&Simulate::parse().args, &unasked) {
        Ok(answer) => {
            print!("{}", answer.text());
            answer.code()
        }
        Err((code, message)) => {
            eprintln!("error: {message}");
            code
        }
    };
    ExitCode::from(code)
}
