/* Writes the code of a load. A library cannot ask for templates, so the code is put together here. */

#include "lhp.h"

static void answer(text *out, slice method, slice params) {
    (void)method;
    slice action = find(params, "action"), spec = find(params, "spec");
    slice format = find(spec, "format"), options = find(spec, "options"), target = find(action, "target");

    /* Checks that a schema cannot express belong here: refuse(out, "OWN-001", message, "/spec/path", help). */

    text code = {0, 0, 0};
    say(&code, "@dp.temporary_view()\ndef "), add_inside(&code, target), say(&code, "():\n");
    say(&code, "    \"\"\"Files of one folder.\"\"\"\n");
    say(&code, "    reader = spark.read.format(");
    if (format.at) add_python(&code, format); else say(&code, "\"parquet\"");
    say(&code, ")\n");
    const byte *place = 0;
    slice name = {0, 0}, value = {0, 0};
    while (next_item(options, &place, &name, &value)) {
        say(&code, "    reader = reader.option("), add_python(&code, name);
        say(&code, ", "), add_python(&code, value), say(&code, ")\n");
    }
    say(&code, "    df = reader.load("), add_python(&code, find(spec, "path")), say(&code, ")\n\n    return df\n");

    say(out, "{\"body\": \""), add_escaped(out, code.at, code.size);
    say(out, "\", \"imports\": [\"from pyspark import pipelines as dp\"]}");
    lhp_give(code.at);
}
