//! Where templates come from: a name goes in, the text of a file below the template directory comes out.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::plugin::Plugin;
use crate::source::SourceMap;

/// The directory that templates of a plugin are looked for in.
pub fn template_root(plugin: &Plugin) -> PathBuf {
    plugin.manifest.runtime.root.as_deref().map_or_else(|| plugin.root.clone(), |root| plugin.root.join(root))
}

/// Gives the source of a template by its name, which is relative to the root. Nothing outside the root is read.
pub(in crate::plugin::runtime) fn source(
    root: PathBuf,
    sources: Arc<SourceMap>,
) -> impl Fn(&str) -> Result<Option<Cow<'static, str>>, String> + Send + Sync + 'static {
    move |name| {
        let relative = Path::new(name);
        let inside = relative.components().all(|part| matches!(part, Component::Normal(_)));
        if name.is_empty() || name.contains(['\\', '\0']) || !inside {
            return Err(format!("template `{name}` is not a path below the template directory of the plugin"));
        }
        let path = root.join(relative);
        let (Ok(real), Ok(home)) = (path.canonicalize(), root.canonicalize()) else { return Ok(None) };
        if !real.starts_with(&home) {
            return Err(format!("template `{name}` is a link that leaves the template directory of the plugin"));
        }
        match sources.load(&path) {
            Ok(file) => Ok(Some(Cow::Owned(sources.get(file).text.trim_start_matches('\u{feff}').to_owned()))),
            Err(error) if error.problem.is_absence() => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }
}
