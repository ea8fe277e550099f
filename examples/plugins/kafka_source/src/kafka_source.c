/* A load from Apache Kafka that checks its topics, as a WebAssembly plugin.
 *
 * The request is JSON. The guest never builds values out of it: it finds the pieces that it needs, and hands them to a
 * template of the plugin as they are. What stands in a template through {{ … }} is a Python literal, so no setting can
 * break the code.
 */

typedef unsigned char byte;
typedef unsigned int u32;
typedef unsigned long long u64;

#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(name) __attribute__((import_module("lhp"), import_name(name)))

IMPORT("render") extern u64 host_render(const byte *request, u32 size);

/* ---- Memory: one call per instance, so nothing is ever given back. ---- */

extern byte __heap_base;
static u32 next;

static byte *take(u32 size) {
    u32 start = next ? next : (u32)&__heap_base;
    u32 end = (start + size + 7u) & ~7u;
    u32 have = __builtin_wasm_memory_size(0) * 65536u;
    if (end > have && __builtin_wasm_memory_grow(0, (end - have) / 65536u + 1) == (unsigned long)-1) __builtin_trap();
    next = end;
    return (byte *)start;
}

EXPORT("lhp_abi") int lhp_abi(void) { return 1; }
EXPORT("lhp_alloc") byte *lhp_alloc(u32 size) { return take(size); }
EXPORT("lhp_dealloc") void lhp_dealloc(byte *at, u32 size) { (void)at, (void)size; }

/* ---- Text that grows. ---- */

typedef struct { byte *at; u32 size, room; } text;

static void add(text *t, const byte *from, u32 size) {
    if (t->size + size > t->room) {
        u32 room = (t->size + size) * 2 + 256;
        byte *larger = take(room);
        for (u32 i = 0; i < t->size; i++) larger[i] = t->at[i];
        t->at = larger, t->room = room;
    }
    for (u32 i = 0; i < size; i++) t->at[t->size + i] = from[i];
    t->size += size;
}

static u32 length(const char *s) { u32 n = 0; while (s[n]) n++; return n; }
static void say(text *t, const char *s) { add(t, (const byte *)s, length(s)); }

/* Adds bytes of UTF-8 as the inside of a JSON string. */
static void add_escaped(text *t, const byte *from, u32 size) {
    static const char digits[] = "0123456789abcdef";
    for (u32 i = 0; i < size; i++) {
        byte c = from[i];
        if (c == '"' || c == '\\') { byte pair[2] = {'\\', c}; add(t, pair, 2); }
        else if (c < 0x20) {
            byte code[6] = {'\\', 'u', '0', '0', (byte)digits[c >> 4], (byte)digits[c & 15]};
            add(t, code, 6);
        } else add(t, &c, 1);
    }
}

/* ---- JSON: slices of the request, which the host has written without faults. ---- */

typedef struct { const byte *at, *end; } slice;

static const byte *blank(const byte *p, const byte *end) {
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r')) p++;
    return p;
}

/* The end of the value that starts at p. */
static const byte *after(const byte *p, const byte *end) {
    u32 depth = 0;
    for (; p < end; p++) {
        if (*p == '"') {
            for (p++; p < end && *p != '"'; p++) if (*p == '\\') p++;
            if (!depth) return p + 1;
        } else if (*p == '{' || *p == '[') depth++;
        else if (*p == '}' || *p == ']') { if (!depth) return p; if (!--depth) return p + 1; }
        else if (!depth && (*p == ',' || *p == ' ' || *p == '\n')) return p;
    }
    return end;
}

/* The value of a key of an object; empty if there is none, or null. */
static slice find(slice object, const char *key) {
    slice none = {0, 0};
    u32 size = length(key);
    const byte *p = blank(object.at, object.end);
    if (p >= object.end || *p != '{') return none;
    for (p++; p < object.end;) {
        p = blank(p, object.end);
        if (p >= object.end || *p != '"') return none;
        const byte *name = p + 1, *name_end = after(p, object.end) - 1;
        p = blank(name_end + 1, object.end);
        if (p >= object.end || *p != ':') return none;
        p = blank(p + 1, object.end);
        const byte *value_end = after(p, object.end);
        int same = (u32)(name_end - name) == size;
        for (u32 i = 0; same && i < size; i++) same = name[i] == (byte)key[i];
        if (same) { slice value = {p, value_end}; if (*p == 'n') return none; return value; }
        p = blank(value_end, object.end);
        if (p < object.end && *p == ',') p++;
    }
    return none;
}

static void add_slice(text *t, slice s) { if (s.at) add(t, s.at, (u32)(s.end - s.at)); else say(t, "null"); }

/* ---- The answer. ---- */

static u64 packed(text t) { return ((u64)(u32)t.at << 32) | t.size; }

static u64 refusal(const char *code, const char *message, const char *path, const char *help) {
    text t = {0, 0, 0};
    say(&t, "{\"diagnostics\": [{\"severity\": \"error\", \"code\": \""), say(&t, code);
    say(&t, "\", \"message\": \""), say(&t, message), say(&t, "\", \"path\": \""), say(&t, path);
    say(&t, "\", \"help\": \""), say(&t, help), say(&t, "\"}]}");
    return packed(t);
}

EXPORT("lhp_call") u64 lhp_call(const byte *request, u32 size) {
    slice message = {request, request + size};
    slice params = find(message, "params");
    slice action = find(params, "action"), spec = find(params, "spec");
    slice topics = find(spec, "topics"), pattern = find(spec, "topic_pattern");
    if (topics.at && pattern.at)
        return refusal("KAFKA-001", "topics are named twice, by a list and by a pattern", "/spec/topic_pattern",
                       "keep `topics` or `topic_pattern`");
    if (!topics.at && !pattern.at)
        return refusal("KAFKA-002", "no topic is named", "/spec", "add `topics: [...]` or `topic_pattern: ...`");

    text wanted = {0, 0, 0};
    say(&wanted, "{\"template\": \"kafka_ext.py.j2\", \"context\": {\"action\": "), add_slice(&wanted, action);
    say(&wanted, ", \"spec\": "), add_slice(&wanted, spec);
    say(&wanted, ", \"read_mode\": "), add_slice(&wanted, find(find(params, "context"), "read_mode"));
    say(&wanted, "}}");
    u64 rendered = host_render(wanted.at, wanted.size);
    if (rendered == (u64)-1) return refusal("KAFKA-003", "the code could not be written", "/spec", "check the settings");

    text answer = {0, 0, 0};
    say(&answer, "{\"body\": \""), add_escaped(&answer, (const byte *)(u32)(rendered >> 32), (u32)rendered);
    say(&answer, "\", \"imports\": [\"from pyspark.sql import functions as F\"], \"defines\": [");
    add_slice(&answer, find(action, "target"));
    say(&answer, "]}");
    return packed(answer);
}
