//! What classes say about themselves: the answer of a worker to `initialize` goes in, a reason not to use the plugin comes
//! out.

use serde_json::Value as Json;

use crate::plugin::runtime::Fault;
use crate::plugin::version::{COMPATIBLE, PROGRAM, Range};

/// Why a plugin must not be used, if a class of it was written for another program.
pub(super) fn refusal(answer: &Json) -> Option<Fault> {
    let items = |json: &'_ Json, key: &str| json.get(key).and_then(Json::as_array).cloned().unwrap_or_default();
    let entries = items(answer, "plugins").into_iter().flat_map(|plugin| items(&plugin, "entries"));
    entries
        .filter_map(|entry| entry.pointer("/metadata/requires_lhp_version").filter(|range| !range.is_null()).cloned())
        .find_map(|range| match &range {
            Json::String(range) => of_range(range.trim()),
            other => Some(format!(
                "`requires_lhp_version` of its class is `{other}`, which is no text: write a range of versions, as in \
                 `\">=0.2.6\"`"
            )),
        })
        .map(|detail| Fault::Incompatible { detail })
}

/// Why a class that asks for a range of versions cannot be used.
fn of_range(range: &str) -> Option<String> {
    if range.is_empty() {
        return None;
    }
    match Range::parse(range) {
        Ok(allowed) if allowed.allows_program() => None,
        Ok(_) => Some(format!(
            "its class asks for lhp {range} by `requires_lhp_version`, and this is {PROGRAM}, which takes the place of \
             {COMPATIBLE}"
        )),
        Err(help) => Some(format!("`requires_lhp_version` of its class is no range of versions, `{range}`: {help}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn l_09_a_class_for_another_program_is_refused() {
        let answer = |range: Json| json!({"plugins": [{"entries": [{"metadata": {"requires_lhp_version": range}}]}]});
        for fine in [json!(">=0.2.6"), json!(null), json!(""), json!(">=0.9,<1")] {
            assert_eq!(refusal(&answer(fine.clone())), None, "{fine}");
        }
        for refused in ["<0.1", ">=2", "soon"] {
            let Some(Fault::Incompatible { detail }) = refusal(&answer(json!(refused))) else { panic!("{refused}") };
            assert!(detail.contains(refused), "{detail}");
        }
        for refused in [json!(5), json!(0.2), json!([">=0.2"]), json!(false)] {
            let Some(Fault::Incompatible { detail }) = refusal(&answer(refused.clone())) else { panic!("{refused}") };
            assert!(detail.contains(&format!("is `{refused}`, which is no text")), "{detail}");
        }
        assert_eq!(refusal(&json!({"plugins": [{"entries": [{"metadata": null}]}]})), None);
    }
}
