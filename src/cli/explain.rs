//! `lhp explain`: what a code means, why it matters, and how to correct the fault.

use super::arguments::Explain;
use super::list::Listing;
use super::{Exit, output};
use crate::docs::{codes, section};
use crate::report::absent::{ABSENT, absent};
use crate::report::{did_you_mean, rules};

/// Prints the pages of a code or of one rule, all pages, or the list of rules.
pub fn run(arguments: &Explain) -> Exit {
    match &arguments.code {
        _ if arguments.all => {
            output::stdout(&codes());
            Exit::Success
        }
        Some(code) => explain(code),
        None => {
            let mut listing = Listing::new("Rules".to_owned(), &["Rule", "What is wrong"], "rules");
            rules::all().iter().for_each(|rule| listing.row(vec![rule.to_string(), rule.summary()]));
            output::stdout(&listing.render());
            Exit::Success
        }
    }
}

fn explain(written: &str) -> Exit {
    let wanted = full(written);
    let found = rules::find(&wanted);
    if !found.is_empty() {
        let pages: Vec<String> = found.iter().map(|rule| section(rule, 1)).collect();
        output::stdout(&pages.join("\n"));
        return Exit::Success;
    }
    if let Some(absent) = absent(&wanted) {
        output::stdout(&format!("# {}\n\nNever reported. {}\n", absent.code, absent.reason));
        return Exit::Success;
    }
    let names: Vec<String> = rules::all().iter().flat_map(|rule| [rule.code.to_owned(), rule.to_string()]).collect();
    let codes = ABSENT.iter().map(|absent| absent.code);
    let close = did_you_mean(&wanted, names.iter().map(String::as_str).chain(codes));
    let hint = close.map(|close| format!("; did you mean `{close}`?")).unwrap_or_default();
    output::stderr(&format!(
        "error: there is no code `{written}`{hint}\n  help: `lhp explain` without a code lists all rules\n"
    ));
    Exit::Usage
}

/// A code as it is declared: `cfg-010` stands for `LHP-CFG-010`, `unresolved-token` for the rule of this name.
fn full(written: &str) -> String {
    let (code, rule) = written.split_once('/').map_or((written, None), |(code, rule)| (code, Some(rule)));
    let by_name: Vec<_> = rules::all().into_iter().filter(|known| known.name == code).collect();
    if let ([only], None) = (by_name.as_slice(), rule) {
        return only.to_string();
    }
    let upper = code.to_ascii_uppercase();
    let code = if upper.starts_with("LHP-") { upper } else { format!("LHP-{upper}") };
    rule.map_or(code.clone(), |rule| format!("{code}/{}", rule.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::full;

    #[test]
    fn codes_may_be_written_short() {
        assert_eq!(full("cfg-010"), "LHP-CFG-010");
        assert_eq!(full("LHP-cfg-010/Unresolved-Token"), "LHP-CFG-010/unresolved-token");
        assert_eq!(full("unresolved-token"), "LHP-CFG-010/unresolved-token");
    }
}
