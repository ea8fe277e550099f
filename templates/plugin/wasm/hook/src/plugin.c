/* Says which pipelines have errors. */

#include "lhp.h"

static void answer(text *out, slice method, slice params) {
    (void)method;
    slice events = find(params, "events"), key = {0, 0}, event = {0, 0};
    const byte *place = 0;
    int first = 1;
    say(out, "{\"effects\": [");
    while (next_item(events, &place, &key, &event)) {
        if (!first) say(out, ", ");
        first = 0;
        say(out, "{\"kind\": \"log\", \"level\": \"warning\", \"message\": \"pipeline ");
        add_inside(out, find(event, "pipeline"));
        say(out, " has an error: ");
        add_inside(out, find(find(event, "error"), "message"));
        say(out, "\"}");
    }
    say(out, "]}");
}
