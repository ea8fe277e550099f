//! The same plugin in Rust. `sh build.sh rust` builds the module from this file instead of `src/plugin.c`.

use lhp_plugin::{Answer, Diagnostic, Generate, Plugin, host};
use serde_json::json;

pub struct Generator;

impl Plugin for Generator {
    /// Hands the action and its settings to the template that is named like the kind of the plugin.
    fn generate(&self, request: &Generate) -> Result<Answer, Diagnostic> {
        // Checks that a schema cannot express belong here: Err(Diagnostic::error("…").at("/spec/path")).
        let context = json!({"action": request.action, "spec": request.spec, "target": request.target()});
        let body = host::render(&format!("{}.py.j2", request.kind), &context)
            .map_err(|error| Diagnostic::error(error.to_string()).code("OWN-000").help("correct the template"))?;
        Ok(Answer::new(body).import("from pyspark import pipelines as dp"))
    }
}

lhp_plugin::export!(Generator);
