//! The same plugin in Rust. `sh build.sh rust` builds the module from this file instead of `src/plugin.c`.

use lhp_plugin::{Effect, Event, EventAnswer, Plugin};

pub struct Hook;

impl Plugin for Hook {
    /// Says which pipelines have errors.
    fn event(&self, events: &[Event]) -> EventAnswer {
        let say = |event: &Event| {
            let pipeline = event.pipeline.as_deref().unwrap_or_default();
            let error = event.error.as_ref().and_then(|error| error.get("message")?.as_str()).unwrap_or_default();
            Effect::Log {
                level: Some("warning".to_owned()),
                message: format!("pipeline {pipeline} has an error: {error}"),
            }
        };
        EventAnswer { effects: events.iter().map(say).collect(), ..EventAnswer::default() }
    }
}

lhp_plugin::export!(Hook);

#[cfg(test)]
mod tests {
    use lhp_plugin::testing::event;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pipeline_with_an_error_is_told() {
        let failed = json!({"type": "pipeline.error", "pipeline": "bronze", "error": {"message": "no such path"}});
        let events = [serde_json::from_value(failed).unwrap()];
        let answer = event(&Hook, &events).unwrap();
        let Some(Effect::Log { message, .. }) = answer.effects.first() else { panic!("nothing was said") };
        assert_eq!(message, "pipeline bronze has an error: no such path");
    }
}
