//! Permissions: what a plugin asks for and what the project grants go in; what it may do comes out.

use serde_json::Value as Json;

use crate::model::PluginPermissions;
use crate::project::fits;

/// The families of permissions, by the words of manifests and settings.
pub(crate) const FAMILIES: [&str; 4] = ["read", "env", "net", "exec"];

/// The permissions of a family.
pub(crate) fn family<'a>(permissions: &'a PluginPermissions, name: &str) -> &'a [String] {
    match name {
        "read" => &permissions.read,
        "env" => &permissions.env,
        "net" => &permissions.net,
        _ => &permissions.exec,
    }
}

fn family_mut<'a>(permissions: &'a mut PluginPermissions, name: &str) -> &'a mut Vec<String> {
    match name {
        "read" => &mut permissions.read,
        "env" => &mut permissions.env,
        "net" => &mut permissions.net,
        _ => &mut permissions.exec,
    }
}

/// What is asked for and granted, and what is asked for and not granted.
pub(crate) fn intersect(
    requested: &PluginPermissions,
    granted: &PluginPermissions,
) -> (PluginPermissions, PluginPermissions) {
    let (mut allowed, mut missing) = (PluginPermissions::default(), PluginPermissions::default());
    for name in FAMILIES {
        let grants = family(granted, name);
        for wish in family(requested, name) {
            let given = grants.iter().any(|grant| grant == wish || fits(grant, wish));
            let list = family_mut(if given { &mut allowed } else { &mut missing }, name);
            list.push(wish.clone());
        }
    }
    (allowed, missing)
}

/// Whether there is nothing in it.
pub(crate) fn is_empty(permissions: &PluginPermissions) -> bool {
    FAMILIES.iter().all(|name| family(permissions, name).is_empty())
}

/// The permissions as a flow mapping of YAML, as in `{read: ["schemas/**"], env: [AWS_REGION]}`.
pub fn yaml(permissions: &PluginPermissions) -> String {
    let plain = |text: &str| {
        let mut characters = text.chars();
        characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
            && characters.all(|character| character.is_ascii_alphanumeric() || "_-.".contains(character))
            && !["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
                .contains(&text.to_ascii_lowercase().as_str())
    };
    let item = |text: &String| match plain(text) {
        true => text.clone(),
        false => serde_json::Value::from(text.as_str()).to_string(),
    };
    let families = FAMILIES.iter().filter_map(|name| {
        let items: Vec<String> = family(permissions, name).iter().map(item).collect();
        (!items.is_empty()).then(|| format!("{name}: [{}]", items.join(", ")))
    });
    format!("{{{}}}", families.collect::<Vec<_>>().join(", "))
}

/// The same as JSON.
pub fn json(permissions: &PluginPermissions) -> Json {
    let families = FAMILIES.iter().map(|name| ((*name).to_owned(), family(permissions, name)));
    let kept = families.filter(|(_, items)| !items.is_empty());
    Json::Object(kept.map(|(name, items)| (name, Json::from(items.to_vec()))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permissions(read: &[&str], env: &[&str]) -> PluginPermissions {
        let list = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect();
        PluginPermissions { read: list(read), env: list(env), ..PluginPermissions::default() }
    }

    #[test]
    fn only_what_is_asked_for_and_granted_is_allowed() {
        let (allowed, missing) =
            intersect(&permissions(&["schemas/**"], &["A", "B"]), &permissions(&["schemas/**"], &["A", "C"]));
        assert_eq!(allowed, permissions(&["schemas/**"], &["A"]));
        assert_eq!(missing, permissions(&[], &["B"]));
        assert_eq!(yaml(&allowed), "{read: [\"schemas/**\"], env: [A]}");
    }
}
