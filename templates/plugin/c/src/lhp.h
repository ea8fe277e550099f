/* What a plugin in C needs: text, JSON, and the functions that lhp calls.
 *
 * A plugin includes this file and defines `answer`. With clang for wasm32 it becomes a module for the runtime `wasm`,
 * with any other compiler a library for the runtime `native`. Readers and writers have functions of their own instead:
 * they define `LHP_NO_CALLS` first, and get text and JSON only.
 *
 * JSON is never turned into values: a plugin finds the pieces of a request that it needs, and hands them on as they are.
 */
#ifndef LHP_H
#define LHP_H

typedef unsigned char byte;
typedef unsigned int u32;
typedef unsigned long long u64;

/* A piece of JSON; `at` is null if there is none. */
typedef struct { const byte *at, *end; } slice;

/* Text that grows. Start it with `text t = {0, 0, 0};`. */
typedef struct { byte *at; u32 size, room; } text;

#ifndef LHP_NO_CALLS
/* Writes the answer to a request: an object with `body` for an action, one with `effects` for events. */
static void answer(text *out, slice method, slice params);
#endif

/* ---- Memory. ---- */

#ifdef __wasm__
#define LHP_EXPORT(name) __attribute__((export_name(name)))
extern byte __heap_base;
static u32 lhp_next;

/* One call has an instance of its own, so nothing is ever given back. */
static byte *lhp_take(u32 size) {
    u32 start = lhp_next ? lhp_next : (u32)&__heap_base;
    u32 end = (start + size + 7u) & ~7u;
    u32 have = __builtin_wasm_memory_size(0) * 65536u;
    if (end > have && __builtin_wasm_memory_grow(0, (end - have) / 65536u + 1) == (unsigned long)-1) __builtin_trap();
    lhp_next = end;
    return (byte *)start;
}
static void lhp_give(byte *at) { (void)at; }
#else
#include <stdlib.h>
#if defined(_WIN32)
#define LHP_EXPORT(name) __declspec(dllexport)
#else
#define LHP_EXPORT(name) __attribute__((visibility("default")))
#endif

static byte *lhp_take(u32 size) {
    byte *at = malloc(size);
    if (!at) abort();
    return at;
}
static void lhp_give(byte *at) { free(at); }
#endif

/* ---- Text. ---- */

static u32 lhp_length(const char *s) { u32 n = 0; while (s[n]) n++; return n; }

static inline void add(text *t, const byte *from, u32 size) {
    if (t->size + size > t->room) {
        u32 room = (t->size + size) * 2 + 256;
        byte *larger = lhp_take(room);
        for (u32 i = 0; i < t->size; i++) larger[i] = t->at[i];
        lhp_give(t->at);
        t->at = larger, t->room = room;
    }
    for (u32 i = 0; i < size; i++) t->at[t->size + i] = from[i];
    t->size += size;
}

static inline void say(text *t, const char *s) { add(t, (const byte *)s, lhp_length(s)); }

/* A piece of JSON as it is. */
static inline void add_json(text *t, slice s) { if (s.at) add(t, s.at, (u32)(s.end - s.at)); else say(t, "null"); }

/* A text as the inside of a JSON string. */
static inline void add_escaped(text *t, const byte *from, u32 size) {
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

/* The inside of a JSON string as it is, to be put into another one. */
static inline void add_inside(text *t, slice s) {
    if (s.at && *s.at == '"') add(t, s.at + 1, (u32)(s.end - s.at) - 2);
}

/* A piece of JSON as a Python literal. Strings of both are written alike. */
static inline void add_python(text *t, slice s) {
    static const struct { char first; u32 size; const char *python; } words[] = {
        {'t', 4, "True"}, {'f', 5, "False"}, {'n', 4, "None"},
    };
    if (!s.at) { say(t, "None"); return; }
    for (const byte *p = s.at; p < s.end;) {
        if (*p == '"') {
            const byte *start = p++;
            while (p < s.end && *p != '"') p += *p == '\\' ? 2 : 1;
            p++;
            add(t, start, (u32)(p - start));
            continue;
        }
        u32 i = 0;
        while (i < 3 && words[i].first != (char)*p) i++;
        if (i < 3) { say(t, words[i].python); p += words[i].size; }
        else add(t, p++, 1);
    }
}

/* ---- JSON, which lhp has written without faults. ---- */

static inline const byte *lhp_blank(const byte *p, const byte *end) {
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r')) p++;
    return p;
}

/* The end of the value that starts at p. */
static inline const byte *lhp_after(const byte *p, const byte *end) {
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

/* Goes through an object or a list: the next value, and for an object its key. Start with a null `place`. */
static inline int next_item(slice of, const byte **place, slice *key, slice *value) {
    const byte *p = *place;
    if (!p) {
        p = of.at ? lhp_blank(of.at, of.end) : of.end;
        if (p >= of.end || (*p != '{' && *p != '[')) return 0;
        p++;
    }
    int object = of.at && *lhp_blank(of.at, of.end) == '{';
    p = lhp_blank(p, of.end);
    if (p < of.end && *p == ',') p = lhp_blank(p + 1, of.end);
    if (p >= of.end || *p == '}' || *p == ']') return 0;
    if (object) {
        key->at = p, key->end = lhp_after(p, of.end);
        p = lhp_blank(key->end, of.end);
        if (p >= of.end || *p != ':') return 0;
        p = lhp_blank(p + 1, of.end);
    }
    value->at = p, value->end = *place = lhp_after(p, of.end);
    return 1;
}

/* Whether a piece of JSON is a string with this text. */
static inline int is_text(slice s, const char *words) {
    u32 size = lhp_length(words);
    if (!s.at || *s.at != '"' || (u32)(s.end - s.at) != size + 2) return 0;
    for (u32 i = 0; i < size; i++) if (s.at[1 + i] != (byte)words[i]) return 0;
    return 1;
}

/* The value of a key of an object; nothing if there is none, or if it is null. */
static inline slice find(slice object, const char *key) {
    slice none = {0, 0}, name = {0, 0}, value = {0, 0};
    const byte *place = 0;
    while (next_item(object, &place, &name, &value))
        if (is_text(name, key)) return *value.at == 'n' ? none : value;
    return none;
}

/* The code of four hexadecimal digits; nothing of them is outside of the string. */
static inline u32 lhp_code(const byte *p, const byte *end) {
    u32 code = 0;
    for (u32 i = 0; i < 4 && p + i < end; i++) {
        u32 c = p[i] | 32u;
        code = code * 16 + (c >= 'a' ? c - 'a' + 10 : (u32)(p[i] - '0'));
    }
    return code;
}

static inline void lhp_utf8(text *t, u32 code) {
    byte b[4] = {(byte)code, 0, 0, 0};
    u32 size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (u32 i = size; i-- > 1; code >>= 6) b[i] = (byte)(0x80 | (code & 0x3f));
    if (size > 1) b[0] = (byte)((0xf00u >> size) | code);
    add(t, b, size);
}

/* The text of a JSON string with a zero byte behind it, which `lhp_give` takes back. Null for anything but a string.
 * Half a pair of surrogates and a zero byte become U+FFFD. */
static inline byte *as_text(slice s) {
    if (!s.at || *s.at != '"') return 0;
    text t = {0, 0, 0};
    const byte *end = s.end - 1;
    for (const byte *p = s.at + 1; p < end; p++) {
        if (*p != '\\') { add(&t, p, 1); continue; }
        static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
        u32 i = 0;
        p++;
        while (i < 5 && from[i] != (char)*p) i++;
        if (i < 5) { add(&t, (const byte *)to + i, 1); continue; }
        if (*p != 'u') { add(&t, p, 1); continue; }
        u32 code = lhp_code(p + 1, end);
        p += 4;
        if (code >= 0xd800 && code < 0xdc00 && p + 6 < end && p[1] == '\\' && p[2] == 'u') {
            u32 low = lhp_code(p + 3, end);
            if (low >= 0xdc00 && low < 0xe000) { code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00); p += 6; }
        }
        lhp_utf8(&t, !code || (code >= 0xd800 && code < 0xe000) ? 0xfffd : code);
    }
    add(&t, (const byte *)"", 1);
    return t.at;
}

#ifndef LHP_NO_CALLS

/* ---- Answers. ---- */

/* Refuses a request: an error at a part of it, such as `/spec/path`. The texts must be fit for JSON as they are. */
static inline void refuse(text *out, const char *code, const char *message, const char *path, const char *help) {
    say(out, "{\"diagnostics\": [{\"severity\": \"error\", \"code\": \""), say(out, code);
    say(out, "\", \"message\": \""), say(out, message), say(out, "\", \"path\": \""), say(out, path);
    say(out, "\", \"help\": \""), say(out, help), say(out, "\"}]}");
}

#ifdef __wasm__
__attribute__((import_module("lhp"), import_name("render"))) extern u64 lhp_host_render(const byte *request, u32 size);

/* Renders a template of the plugin. `request` is `{"template": name, "context": {…}}`. */
static inline int render(text request, slice *rendered) {
    u64 packed = lhp_host_render(request.at, request.size);
    if (packed == (u64)-1) return 0;
    rendered->at = (const byte *)(u32)(packed >> 32), rendered->end = rendered->at + (u32)packed;
    return 1;
}

LHP_EXPORT("lhp_abi") int lhp_abi(void) { return 1; }
LHP_EXPORT("lhp_alloc") byte *lhp_alloc(u32 size) { return lhp_take(size); }
LHP_EXPORT("lhp_dealloc") void lhp_dealloc(byte *at, u32 size) { (void)at, (void)size; }
LHP_EXPORT("lhp_call") u64 lhp_call(const byte *request, u32 size) {
    slice message = {request, request + size};
    text out = {0, 0, 0};
    answer(&out, find(message, "method"), find(message, "params"));
    return ((u64)(u32)out.at << 32) | out.size;
}
#else
LHP_EXPORT("lhp_abi") unsigned int lhp_abi(void) { return 1; }
LHP_EXPORT("lhp_call") char *lhp_call(const char *request) {
    slice message = {(const byte *)request, (const byte *)request + lhp_length(request)};
    text out = {0, 0, 0};
    answer(&out, find(message, "method"), find(message, "params"));
    add(&out, (const byte *)"", 1);
    return (char *)out.at;
}
LHP_EXPORT("lhp_free") void lhp_free(char *text) { free(text); }
#endif

#endif

#endif
