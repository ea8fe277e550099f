use super::*;

fn switched(text: &str, id: &str, wanted: Wanted) -> Result<Option<String>, String> {
    let file = SourceMap::new("").add("lhp.yaml", text);
    switch(file, text, id, &wanted).map_err(|diagnostic| diagnostic.message)
}

#[track_caller]
fn becomes(before: &str, wanted: Wanted, after: &str) {
    assert_eq!(switched(before, "b", wanted.clone()).unwrap().as_deref(), Some(after));
    assert_eq!(switched(after, "b", wanted).unwrap(), None, "twice is once");
}

#[test]
fn a_block_is_made_where_there_is_none() {
    becomes("name: x\n", Wanted::On, "name: x\n\nplugins:\n  use:\n    - id: b\n");
    becomes("name: x", Wanted::Off, "name: x\n\nplugins:\n  use:\n    - id: b\n      enabled: false\n");
    becomes("", Wanted::On, "plugins:\n  use:\n    - id: b\n");
    becomes("name: x\r\n", Wanted::On, "name: x\r\n\r\nplugins:\r\n  use:\r\n    - id: b\r\n");
    becomes("plugins:  # mine\nname: x\n", Wanted::On, "plugins:  # mine\n  use:\n    - id: b\nname: x\n");
}

#[test]
fn a_list_is_added_to_the_block() {
    becomes(
        "plugins:\n    directories: [p]  # here\n\n# end\nname: x\n",
        Wanted::On,
        "plugins:\n    directories: [p]  # here\n    use:\n      - id: b\n\n# end\nname: x\n",
    );
    becomes("plugins: {enabled: true}\n", Wanted::On, "plugins: {enabled: true, use: [{id: b}]}\n");
    becomes("plugins: {}\n", Wanted::On, "plugins: {use: [{id: b}]}\n");
    becomes("plugins: ~\nname: x\n", Wanted::On, "plugins: {use: [{id: b}]}\nname: x\n");
    becomes("plugins: {use: }\n", Wanted::On, "plugins: {use: [{id: b}]}\n");
    becomes("plugins:\n  use: null  # none\n", Wanted::On, "plugins:\n  use: [{id: b}]  # none\n");
    becomes("plugins:\n  use:", Wanted::On, "plugins:\n  use:\n    - id: b\n");
    becomes("plugins:\n  use:\n  allow: []\n", Wanted::On, "plugins:\n  use:\n    - id: b\n  allow: []\n");
}

#[test]
fn an_item_is_added_in_the_style_of_the_others() {
    becomes(
        "plugins:\n  use:\n  - id: a  # first\n    version: \">=1\"  # one\n# end\nname: x\n",
        Wanted::Off,
        "plugins:\n  use:\n  - id: a  # first\n    version: \">=1\"  # one\n  - id: b\n    enabled: false\n# end\nname: x\n",
    );
    becomes("plugins:\n  use: [{id: a}]\n", Wanted::Off, "plugins:\n  use: [{id: a}, {id: b, enabled: false}]\n");
    becomes("plugins:\n  use: []\n", Wanted::On, "plugins:\n  use: [{id: b}]\n");
    becomes(
        "plugins:\n  use: [\n    {id: a},  # first\n  ]\n",
        Wanted::On,
        "plugins:\n  use: [\n    {id: a}, {id: b},  # first\n  ]\n",
    );
    becomes("plugins:\n  use:\n    - id: a", Wanted::On, "plugins:\n  use:\n    - id: a\n    - id: b\n");
}

#[test]
fn a_known_item_is_switched() {
    becomes(
        "plugins:\n  use:\n    - id: b  # why\n      version: 1.0.0\n",
        Wanted::Off,
        "plugins:\n  use:\n    - id: b  # why\n      enabled: false\n      version: 1.0.0\n",
    );
    becomes(
        "plugins:\n  use:\n    - enabled: no  # for now\n      id: b\n",
        Wanted::On,
        "plugins:\n  use:\n    - enabled: true  # for now\n      id: b\n",
    );
    becomes("plugins: {use: [{id: b}]}\n", Wanted::Off, "plugins: {use: [{id: b, enabled: false}]}\n");
}

#[test]
fn what_a_plugin_may_do_is_written_into_its_entry() {
    let grant = || Wanted::Granted(PluginPermissions { env: vec!["X".to_owned()], ..PluginPermissions::default() });
    becomes("name: x\n", grant(), "name: x\n\nplugins:\n  use:\n    - id: b\n      grant: {env: [X]}\n");
    becomes("plugins: {use: [{id: b}]}\n", grant(), "plugins: {use: [{id: b, grant: {env: [X]}}]}\n");
    let written = "plugins:\n  use:\n    - id: b  # mine\n      grant: {env: [X]}\n      version: '1.0'\n";
    becomes(&written.replace("      grant: {env: [X]}\n", ""), grant(), written);
    for old in ["{env: []}", "", "null", "\n        env: [Y]\n        read: [a]"] {
        becomes(&written.replace("{env: [X]}", old), grant(), written);
    }
    becomes(
        "plugins:\n  use:\n    - id: b\n      allow_native: false  # not yet\n",
        Wanted::Native,
        "plugins:\n  use:\n    - id: b\n      allow_native: true  # not yet\n",
    );
    let commented = written.replace("{env: [X]}", "\n        env: [Y]  # why\n        read: [a]");
    assert!(switched(&commented, "b", grant()).is_err(), "no comment is lost");
}

#[test]
fn what_cannot_be_kept_is_refused() {
    for text in ["{name: x}\n", "a: &a\n  - id: c\nplugins:\n  use: *a\n", "name: x\n...\n"] {
        let error = switched(text, "b", Wanted::On).unwrap_err();
        assert!(error.starts_with("`lhp.yaml` was not edited: "), "{text}: {error}");
    }
}
