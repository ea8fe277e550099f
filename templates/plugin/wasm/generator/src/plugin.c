/* Hands the action and its settings to the template that is named like the kind of the plugin. */

#include "lhp.h"

static void answer(text *out, slice method, slice params) {
    (void)method;
    slice action = find(params, "action"), spec = find(params, "spec");

    /* Checks that a schema cannot express belong here: refuse(out, "OWN-001", message, "/spec/path", help). */

    text request = {0, 0, 0};
    say(&request, "{\"template\": \""), add_inside(&request, find(params, "kind"));
    say(&request, ".py.j2\", \"context\": {\"action\": "), add_json(&request, action);
    say(&request, ", \"spec\": "), add_json(&request, spec);
    say(&request, ", \"target\": "), add_json(&request, find(action, "target"));
    say(&request, "}}");
    slice code = {0, 0};
    if (!render(request, &code)) {
        refuse(out, "OWN-000", "the code could not be written", "/spec", "correct the template");
        return;
    }
    say(out, "{\"body\": \""), add_escaped(out, code.at, (u32)(code.end - code.at));
    say(out, "\", \"imports\": [\"from pyspark import pipelines as dp\"]}");
}
