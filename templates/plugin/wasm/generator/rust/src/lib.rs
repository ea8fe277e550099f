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

#[cfg(test)]
mod tests {
    use lhp_plugin::testing::{generate, load, with_templates};

    use super::*;

    #[test]
    fn the_template_of_the_kind_makes_the_code() {
        let templates = |name: &str, context: &serde_json::Value| {
            (name == "load.py.j2").then(|| format!("path = {}\n", context["spec"]["path"]))
        };
        let request = load("orders", "v_orders").spec("path", "/Volumes/shop/orders");
        let answer = with_templates(templates, || generate(&Generator, &request)).unwrap();
        assert_eq!(answer.body, "path = \"/Volumes/shop/orders\"\n");
        assert_eq!(answer.imports, ["from pyspark import pipelines as dp"]);
    }

    #[test]
    fn a_template_that_fails_is_told() {
        let error = with_templates(|_, _| None, || generate(&Generator, &load("orders", "v_orders"))).unwrap_err();
        assert_eq!(error.help.as_deref(), Some("correct the template"));
    }
}
