//! The modules that an entry module needs: its directory goes in; every local file that it imports comes out.
//!
//! Imports are followed wherever they stand, also inside functions. Whatever is not found in the directory
//! of the entry module is left to the Python environment.

use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use ruff_python_ast::{ModModule, StmtImport, StmtImportFrom};
use ruff_python_parser::{Mode, Parsed};
use ruff_text_size::{Ranged, TextSize};

use super::imports::{Import, imports};
use super::{span_at, standard_library};
use crate::emit::python;
use crate::project::{read_diagnostic, text_file_rule};
use crate::report::{Diagnostic, Rule, did_you_mean, rules};
use crate::source::{FileId, SourceMap, Span};

rules! {
    /// A Python module of the project is not valid Python.
    ///
    /// ## Why
    /// It is copied beside the generated modules, which import it. The pipeline would fail when it starts.
    ///
    /// ## Wrong
    /// ```python
    /// def clean(df, spark, parameters)
    ///     return df
    /// ```
    ///
    /// ## Right
    /// ```python
    /// def clean(df, spark, parameters):
    ///     return df
    /// ```
    pub static PYTHON_SYNTAX: Rule = Rule::new("LHP-IO-003", "python-syntax");
    /// The directory of a Python module that an action names is a package: there is an `__init__.py`.
    ///
    /// ## Why
    /// The modules that it imports are looked up from its own directory, and are copied with it. A module
    /// of a package is imported by the name of the package, which the copy does not have.
    ///
    /// ## Wrong
    /// ```sh
    /// python/__init__.py
    /// python/clean.py          # module_path: python/clean.py
    /// ```
    ///
    /// ## Right
    /// ```sh
    /// python/clean.py          # module_path: python/clean.py
    /// python/shop/__init__.py  # from shop.rules import POSITIVE
    /// python/shop/rules.py
    /// ```
    pub static ROOT_IS_PACKAGE: Rule = Rule::new("LHP-VAL-023", "import-root-is-package");
    /// A Python module imports another module of the project by `import name`.
    ///
    /// ## Why
    /// Copies stand in a package of their own, and their imports are rewritten to its name. That is
    /// possible for `from name import …`; `import name` would also have to change every use of `name`.
    ///
    /// ## Wrong
    /// ```python
    /// import rules
    ///
    ///
    /// def clean(df, spark, parameters):
    ///     return df.where(rules.POSITIVE)
    /// ```
    ///
    /// ## Right
    /// ```python
    /// from rules import POSITIVE
    ///
    ///
    /// def clean(df, spark, parameters):
    ///     return df.where(POSITIVE)
    /// ```
    pub static PLAIN_LOCAL_IMPORT: Rule = Rule::new("LHP-VAL-024", "plain-import-of-local-module");
    /// A Python module imports from a package of the project that has no such module.
    ///
    /// ## Why
    /// The package lies beside the module that an action names, so nothing else can be meant. The import
    /// would fail when the pipeline starts.
    ///
    /// ## Wrong
    /// ```python
    /// # python/shop has only __init__.py and rules.py
    /// from shop.ruels import POSITIVE
    /// ```
    ///
    /// ## Right
    /// ```python
    /// from shop.rules import POSITIVE
    /// ```
    pub static MISSING_LOCAL_MODULE: Rule = Rule::new("LHP-VAL-025", "local-module-missing");
    /// An import looks as if it meant a module of the project, but finds none, or means a module of the
    /// standard library. It is left as it is, and nothing is copied for it.
    ///
    /// ## Why
    /// When the pipeline runs, the import finds something else than was meant, or fails.
    ///
    /// ## Wrong
    /// ```python
    /// # beside this module is a file json.py of your own
    /// import json
    /// ```
    ///
    /// ## Right
    /// ```python
    /// # the file has another name, shop_json.py
    /// from shop_json import loads
    /// ```
    pub static UNFOLLOWED_IMPORT: Rule = Rule::new("LHP-VAL-025", "import-not-followed").advice();
}

/// A file to be copied.
pub(super) struct Member {
    /// Relative to the directory of the entry module, parts joined by `/`.
    pub relative: String,
    pub file: FileId,
    pub parsed: Parsed<ModModule>,
    /// Where the module names of imports stand that the copy must prefix.
    pub prefixed: Vec<TextSize>,
}

impl Member {
    /// A file whose imports were not looked at.
    pub fn parse(
        relative: String,
        file: FileId,
        sources: &SourceMap,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let source = sources.get(file);
        let parsed = match python::unchecked(&source.text, Mode::Module) {
            Ok(parsed) => parsed.try_into_module()?,
            Err(error) => {
                let message = format!("`{}` is no Python that can run: {}", source.path, error.message);
                diagnostics.push(
                    Diagnostic::error(&PYTHON_SYNTAX, message)
                        .label(Span::new(file, error.offset, error.offset), "here")
                        .help("divide it into several statements or functions"),
                );
                return None;
            }
        };
        if let Some(error) = parsed.errors().first() {
            diagnostics.push(
                Diagnostic::error(&PYTHON_SYNTAX, format!("`{}` is not valid Python: {}", source.path, error.error))
                    .label(span_at(file, error.range()), "here")
                    .help("correct the module"),
            );
            return None;
        }
        Some(Self { relative, file, parsed, prefixed: Vec::new() })
    }
}

/// The entry module, first, and all local files that it needs.
pub(super) fn collect(root: &Path, entry: &str, sources: &SourceMap, diagnostics: &mut Vec<Diagnostic>) -> Vec<Member> {
    let init = root.join("__init__.py");
    if let (true, Ok(file)) = (init.is_file(), sources.load(&init)) {
        let shown = sources.get(file);
        let directory = shown.path.strip_suffix("/__init__.py").unwrap_or_default().to_owned();
        diagnostics.push(
            Diagnostic::error(&ROOT_IS_PACKAGE, format!("the directory `{directory}` of an entry module is a package"))
                .label(Span::start_of(file), "this file makes it a package")
                .help("remove this `__init__.py`, or move the entry module out of the package"),
        );
        return Vec::new();
    }
    let mut walk = Walk { root, sources, seen: BTreeSet::new(), queue: VecDeque::new(), diagnostics };
    walk.enqueue(entry.to_owned());
    let mut members = Vec::new();
    while let Some(relative) = walk.queue.pop_front() {
        members.extend(walk.visit(relative));
    }
    members
}

struct Walk<'a> {
    root: &'a Path,
    sources: &'a SourceMap,
    seen: BTreeSet<String>,
    queue: VecDeque<String>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Walk<'_> {
    fn enqueue(&mut self, relative: String) {
        if self.seen.insert(relative.clone()) {
            self.queue.push_back(relative);
        }
    }

    fn visit(&mut self, relative: String) -> Option<Member> {
        let file = match self.sources.load(&self.root.join(&relative)) {
            Ok(file) => file,
            Err(error) => {
                self.diagnostics.push(read_diagnostic(text_file_rule(error.problem), &error));
                return None;
            }
        };
        let member = Member::parse(relative, file, self.sources, self.diagnostics)?;
        let relative = member.relative.as_str();
        let mut prefixed = Vec::new();
        for import in imports(member.parsed.syntax()) {
            match import {
                Import::Plain(statement) => self.plain(statement, file),
                Import::From(statement) if statement.level > 0 => self.relative(statement, relative, file),
                Import::From(statement) => {
                    if let Some(module) = statement.module.as_ref().filter(|_| self.absolute(statement, file)) {
                        prefixed.push(module.start());
                    }
                }
            }
        }
        Some(Member { prefixed, ..member })
    }

    /// `import a.b`: it binds `a`, which the copy cannot have.
    fn plain(&mut self, statement: &StmtImport, file: FileId) {
        for alias in &statement.names {
            let name = alias.name.as_str();
            let path = name.replace('.', "/");
            if self.module(&path).is_none() {
                continue;
            }
            let place = span_at(file, alias.range);
            if standard_library::has(name) {
                self.diagnostics.push(
                    Diagnostic::advice(
                        &UNFOLLOWED_IMPORT,
                        format!("`import {name}` means the standard library, not the file `{path}.py` beside it"),
                    )
                    .label(place, "not copied")
                    .help("rename the file if the import is meant for it"),
                );
                continue;
            }
            self.diagnostics.push(
                Diagnostic::error(&PLAIN_LOCAL_IMPORT, format!("`{name}` is a local module and imported as a whole"))
                    .label(place, "this import would not find the copy")
                    .help(format!("write `from {name} import …` with the names that are used")),
            );
        }
    }

    /// `from a.b import c`. Gives whether the module is local.
    fn absolute(&mut self, statement: &StmtImportFrom, file: FileId) -> bool {
        let Some(module) = statement.module.as_ref() else { return false };
        let path = module.as_str().replace('.', "/");
        if self.follow(&path, statement) {
            return true;
        }
        let top = path.split('/').next().unwrap_or_default();
        let place = span_at(file, module.range);
        if self.module(top).is_some() {
            self.diagnostics.push(
                Diagnostic::error(&MISSING_LOCAL_MODULE, format!("the local module `{}` does not exist", module.id))
                    .label(place, "not found")
                    .help(match self.similar(&path) {
                        Some(close) => format!("did you mean `{close}`?"),
                        None => {
                            format!("create `{path}.py` below the directory of the entry module, or correct the import")
                        }
                    }),
            );
        } else if !standard_library::has(module.as_str()) && self.holds_modules(top) {
            self.diagnostics.push(
                Diagnostic::advice(
                    &UNFOLLOWED_IMPORT,
                    format!("`{}` is not found in the folder `{top}` beside the entry module", module.id),
                )
                .label(place, "left to the Python environment")
                .help(match self.similar(&path) {
                    Some(close) => format!("did you mean `{close}`?"),
                    None => "correct the import if it is meant for a local module".to_owned(),
                }),
            );
        }
        false
    }

    /// `from .a import b`, from the directory of the importing file.
    fn relative(&mut self, statement: &StmtImportFrom, importer: &str, file: FileId) {
        let mut directory: Vec<&str> = importer.split('/').collect();
        directory.pop();
        for _ in 1..statement.level {
            if directory.pop().is_none() {
                return;
            }
        }
        let name = statement.module.as_ref().map(|module| module.as_str().replace('.', "/"));
        let path = directory.into_iter().chain(name.as_deref()).collect::<Vec<_>>().join("/");
        if !self.follow(&path, statement) && name.is_some() {
            self.diagnostics.push(
                Diagnostic::advice(&UNFOLLOWED_IMPORT, format!("this relative import finds no module `{path}.py`"))
                    .label(span_at(file, statement.range), "not copied")
                    .help("correct the import, or add the module below the directory of the entry module"),
            );
        }
    }

    /// The module beside a missing one whose name is closest, as an import names it.
    fn similar(&self, path: &str) -> Option<String> {
        let (directory, name) = path.rsplit_once('/')?;
        let entries = std::fs::read_dir(self.root.join(directory)).into_iter().flatten().filter_map(Result::ok);
        let stem = |path: PathBuf| Some(path.file_stem().filter(|_| is_python(&path))?.to_str()?.to_owned());
        let names: Vec<String> = entries.filter_map(|entry| stem(entry.path())).collect();
        let close = did_you_mean(name, names.iter().map(String::as_str))?;
        Some(format!("{directory}/{close}").replace('/', "."))
    }

    /// Queues the files behind a module path. Gives whether there are any.
    fn follow(&mut self, path: &str, statement: &StmtImportFrom) -> bool {
        let module = self.module(path);
        if let Some(file) = &module {
            self.take(file.clone());
        }
        if module.as_ref().is_none_or(|file| file.ends_with("/__init__.py")) {
            let inside: Vec<String> =
                statement.names.iter().filter_map(|alias| self.member(path, &alias.name)).collect();
            if module.is_none() && inside.is_empty() {
                return false;
            }
            inside.into_iter().for_each(|file| self.take(file));
        }
        true
    }

    /// The file of a module or package.
    fn module(&self, path: &str) -> Option<String> {
        [format!("{path}.py"), format!("{path}/__init__.py")]
            .into_iter()
            .find(|file| !path.is_empty() && self.root.join(file).is_file())
    }

    /// The file of a module inside a directory.
    fn member(&self, directory: &str, name: &str) -> Option<String> {
        if directory.is_empty() { self.module(name) } else { self.module(&format!("{directory}/{name}")) }
    }

    /// Takes a file, with its whole package if its topmost directory is one.
    fn take(&mut self, file: String) {
        match file.split_once('/') {
            Some((top, _)) if self.root.join(top).join("__init__.py").is_file() => {
                python_files(self.root, top).into_iter().for_each(|inside| self.enqueue(inside));
            }
            _ => self.enqueue(file),
        }
    }

    fn holds_modules(&self, directory: &str) -> bool {
        let entries = std::fs::read_dir(self.root.join(directory)).into_iter().flatten().filter_map(Result::ok);
        entries.map(|entry| entry.path()).any(|path| is_python(&path))
    }
}

/// Every Python file below a directory, relative to the root, sorted.
fn python_files(root: &Path, directory: &str) -> BTreeSet<String> {
    walkdir::WalkDir::new(root.join(directory))
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file() || entry.path_is_symlink())
        .map(|entry| entry.into_path())
        .filter(|path| is_python(path) && path.is_file())
        .filter_map(|path| path.strip_prefix(root).ok().map(PathBuf::from))
        .map(|path| path.to_string_lossy().replace('\\', "/"))
        .collect()
}

fn is_python(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "py")
}
