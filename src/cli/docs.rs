//! `lhp docs`: the reference of files and generators.

mod examples;

use std::path::Path;

use super::arguments::{Docs, Global};
use super::list::Listing;
use super::session::start_directory;
use super::{Exit, output};
use crate::docs::{Examples, INDEX, Page, index, pages};
use crate::plugin::Table;
use crate::report::did_you_mean;

/// Prints a page, writes all of them, or lists their names.
pub fn run(global: &Global, arguments: &Docs) -> Exit {
    let table = Table::built_in();
    let names = pages(&table, &Examples::new());
    if let Some(name) = &arguments.page
        && names.iter().all(|page| page.name != *name)
    {
        let close = did_you_mean(name, names.iter().map(|page| page.name.as_str()));
        let hint = close.map(|close| format!("; did you mean `{close}`?")).unwrap_or_default();
        return fail(&format!("there is no page `{name}`{hint}"), Exit::Usage);
    }
    let wanted = |page: &&Page| arguments.page.as_ref().is_none_or(|name| page.name == *name);
    match (&arguments.write, &arguments.page) {
        (Some(directory), _) => {
            let start = match start_directory(global.directory.as_deref()) {
                Ok(start) => start,
                Err(diagnostic) => return fail(&diagnostic.message, Exit::Findings),
            };
            let examples = match examples::compile_all(&start, &table) {
                Ok(examples) => examples,
                Err(message) => return fail(&message, Exit::Findings),
            };
            let pages = pages(&table, &examples);
            let chosen = pages.iter().filter(wanted).map(|page| (page.path(), page.text.clone()));
            let index = arguments.page.is_none().then(|| (INDEX.to_owned(), index(&pages)));
            write(&start.join(directory), chosen.chain(index))
        }
        (None, Some(_)) => {
            names.iter().filter(wanted).for_each(|page| output::stdout(&page.text));
            Exit::Success
        }
        (None, None) => {
            let mut listing = Listing::new("Reference".to_owned(), &["Page", "What it is"], "pages");
            names.iter().for_each(|page| listing.row(vec![page.name.clone(), page.summary.clone()]));
            output::stdout(&listing.render());
            Exit::Success
        }
    }
}

fn fail(message: &str, exit: Exit) -> Exit {
    output::stderr(&format!("error: {message}\n"));
    exit
}

fn write(directory: &Path, files: impl Iterator<Item = (String, String)>) -> Exit {
    for (name, text) in files {
        let path = directory.join(name);
        let written = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, text));
        if let Err(error) = written {
            return fail(&format!("`{}` cannot be written: {error}", path.display()), Exit::Findings);
        }
    }
    Exit::Success
}
