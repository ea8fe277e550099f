//! The files beside the modules of one pipeline: those of all its flowgroups go in, each file once comes out.

use std::collections::BTreeMap;

use crate::generator::HelperFile;
use crate::report::{Diagnostic, Report, Rule, rules};

rules! {
    /// Two Python files of one pipeline have the same name, and would be copied to the same place.
    ///
    /// ## Why
    /// Python files that actions use are copied to `custom_python_functions/` of their pipeline,
    /// without their directories. The second would replace the first, and one of the actions would run
    /// the code of the other.
    ///
    /// ## Wrong
    /// ```yaml
    /// - {name: clean_orders, type: transform, transform_type: python, source: v_orders, target: v_a,
    ///    module_path: orders/clean.py, function_name: clean}
    /// - {name: clean_returns, type: transform, transform_type: python, source: v_returns, target: v_b,
    ///    module_path: returns/clean.py, function_name: clean}
    /// ```
    ///
    /// ## Right
    /// ```yaml
    /// - {name: clean_orders, type: transform, transform_type: python, source: v_orders, target: v_a,
    ///    module_path: orders/clean_orders.py, function_name: clean_orders}
    /// - {name: clean_returns, type: transform, transform_type: python, source: v_returns, target: v_b,
    ///    module_path: returns/clean_returns.py, function_name: clean_returns}
    /// ```
    pub static DESTINATION_CONFLICT: Rule = Rule::new("LHP-VAL-019", "destination-conflict");
}

/// The files of one pipeline by path.
#[derive(Default)]
pub(super) struct HelperFiles {
    by_path: BTreeMap<String, HelperFile>,
}

impl HelperFiles {
    /// Adds files. Those that are there already from the same origin are left out.
    pub fn extend(&mut self, files: Vec<HelperFile>, report: &mut Report) {
        for file in files {
            match self.by_path.get(&file.path) {
                Some(known) if known.origin == file.origin || file.origin.is_empty() => {}
                Some(known) if !known.origin.is_empty() => report.push(conflict(known, &file)),
                _ => {
                    self.by_path.insert(file.path.clone(), file);
                }
            }
        }
    }

    /// The files, sorted by path.
    pub fn into_files(self) -> impl Iterator<Item = HelperFile> {
        self.by_path.into_values()
    }
}

fn conflict(first: &HelperFile, second: &HelperFile) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(
        &DESTINATION_CONFLICT,
        format!("`{}` and `{}` would both be copied to `{}`", first.origin, second.origin, second.path),
    );
    for (file, text) in [(second, "asks for the one"), (first, "asks for the other")] {
        if let Some(span) = file.span {
            diagnostic = diagnostic.label(span, text);
        }
    }
    diagnostic.help("rename one of the two files, or use them in different pipelines")
}
