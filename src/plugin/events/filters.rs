//! Which events a hook is given: a subscription and an event go in, yes or no comes out.

use super::{Event, EventSet};
use crate::plugin::manifest::{EventFilters, Provision};

/// The events that a hook subscribes to.
#[derive(Debug, Clone)]
pub struct Subscription {
    events: EventSet,
    filters: EventFilters,
}

impl Subscription {
    /// What an entry of `provides` subscribes to.
    pub fn of(provision: &Provision) -> Self {
        Self { events: EventSet::of(provision.events.iter().map(String::as_str)), filters: provision.filters.clone() }
    }

    /// The events that may be delivered in an environment.
    pub fn events_in(&self, environment: &str) -> EventSet {
        if is_one_of(&self.filters.envs, Some(environment)) { self.events } else { EventSet::NONE }
    }

    /// Whether an event is delivered.
    ///
    /// An event without pipeline, flowgroup or table passes a filter on them only if the filter is empty or has `*`.
    pub fn takes(&self, event: &Event) -> bool {
        let filters = &self.filters;
        self.events.contains(event.kind)
            && is_one_of(&filters.envs, Some(&event.env))
            && is_one_of(&filters.pipelines, event.pipeline.as_deref())
            && is_one_of(&filters.flowgroups, event.flowgroup.as_deref())
            && concerns(&filters.asset_keys, event)
            && filters.tags.iter().all(|(key, value)| event.tags.get(key) == Some(value))
    }
}

fn is_one_of(patterns: &[String], name: Option<&str>) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| pattern == "*" || name.is_some_and(|name| glob(pattern, name)))
}

/// Whether one of the tables of an event is meant.
fn concerns(patterns: &[String], event: &Event) -> bool {
    let key = event.family.asset_key.as_deref();
    let more = event.family.asset_keys.iter().flatten().map(String::as_str);
    is_one_of(patterns, key) || more.into_iter().any(|key| is_one_of(patterns, Some(key)))
}

/// Whether a name fits a pattern, in which `*` stands for any text and `?` for one character.
pub fn glob(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut star, mut taken) = (0, None, 0);
    let mut position = 0;
    while let Some(character) = name.get(position) {
        match pattern.get(at) {
            Some('*') => {
                star = Some(at);
                taken = position;
                at += 1;
            }
            Some(wanted) if *wanted == '?' || wanted == character => {
                at += 1;
                position += 1;
            }
            // The last star takes one character more.
            _ => match star {
                Some(star) => {
                    taken += 1;
                    position = taken;
                    at = star + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(at).all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::events::EventType;

    fn filtered(filters: serde_json::Value) -> Subscription {
        let entry = serde_json::json!({"kind": "hook", "key": "k", "events": ["*"], "filters": filters});
        Subscription::of(&serde_json::from_value(entry).unwrap())
    }

    fn event(pipeline: &str, flowgroup: &str) -> Event {
        Event::new(EventType::FlowgroupEnd, "dev".into()).about(&pipeline.into(), Some(&flowgroup.into()), None)
    }

    #[test]
    fn patterns_have_stars_and_question_marks() {
        for (pattern, name, fits) in [
            ("a*", "abc", true),
            ("a*", "b", false),
            ("*_raw", "orders_raw", true),
            ("*_raw", "orders_raw2", false),
            ("a?c*e", "abcde", true),
            ("*a*b", "xaxb", true),
            ("", "", true),
            ("*", "", true),
            ("?", "", false),
            ("c.s.*", "c.s.orders", true),
        ] {
            assert_eq!(glob(pattern, name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn p_12_empty_filters_let_everything_through() {
        let all = filtered(serde_json::json!({}));
        assert!(all.takes(&event("a", "f")));
        assert!(all.takes(&Event::new(EventType::GenerationEnd, "dev".into())));
    }

    #[test]
    fn p_12_filters_choose_pipelines_flowgroups_and_environments() {
        let some = filtered(serde_json::json!({"pipelines": ["a*"], "flowgroups": ["f?"]}));
        assert!(some.takes(&event("alpha", "f1")));
        assert!(!some.takes(&event("beta", "f1")));
        assert!(!some.takes(&event("alpha", "g1")));
        assert!(!some.takes(&Event::new(EventType::GenerationEnd, "dev".into())));
        let any = filtered(serde_json::json!({"pipelines": ["*"]}));
        assert!(any.takes(&Event::new(EventType::GenerationEnd, "dev".into())), "a star is no restriction");
        let production = filtered(serde_json::json!({"envs": ["prod"]}));
        assert!(!production.takes(&event("a", "f")));
        assert!(production.events_in("dev").is_empty() && !production.events_in("prod").is_empty());
    }

    #[test]
    fn p_12_one_of_the_asset_keys_must_match() {
        let gold = filtered(serde_json::json!({"asset_keys": ["main.gold.*"]}));
        let mut table = event("p", "f");
        assert!(!gold.takes(&table));
        table.family.asset_key = Some("main.gold.sales".to_owned());
        assert!(gold.takes(&table));
        let mut lineage = Event::new(EventType::LineageEdges, "dev".into());
        lineage.family.asset_keys = Some(vec!["main.raw.a".to_owned(), "main.gold.sales".to_owned()]);
        assert!(gold.takes(&lineage));
    }

    #[test]
    fn p_12_all_given_tags_must_be_equal() {
        let tagged = filtered(serde_json::json!({"tags": {"type": "write", "capability": "streaming_table"}}));
        let one = event("p", "f").tag("type", "write");
        assert!(!tagged.takes(&one));
        assert!(!tagged.takes(&one.clone().tag("capability", "materialized_view")));
        assert!(tagged.takes(&one.tag("capability", "streaming_table").tag("other", "x")));
    }
}
