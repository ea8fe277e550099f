/* Writes files with one JSON object per line, one file for each batch.
 *
 * These functions are what a native writer needs. Every text that is given to the host comes back through
 * `free_string`, every writer through `free_writer`. What goes wrong is kept for `last_error`.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#if defined(_WIN32)
#include <direct.h>
#define make_directory(path) _mkdir(path)
#else
#define make_directory(path) mkdir(path, 0777)
#endif

#define LHP_NO_CALLS
#include "lhp.h"

/* Numbers of files have at least so many digits, so that the files are in order. */
#define DIGITS 12

/* `directory` is null if the settings were of no use; `error` is null if all is well. */
struct writer { char *directory, *name, *error; };

static slice json_of(const char *json) {
    slice whole = {(const byte *)json, (const byte *)json + strlen(json)};
    return whole;
}

static char *made_of(const char *format, va_list values) {
    va_list again;
    va_copy(again, values);
    int size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *made = size < 0 ? NULL : malloc((size_t)size + 1);
    if (made) vsnprintf(made, (size_t)size + 1, format, values);
    return made;
}

/* New text in the way of printf. */
static char *print(const char *format, ...) {
    va_list values;
    va_start(values, format);
    char *made = made_of(format, values);
    va_end(values);
    return made;
}

/* Keeps why something failed; gives NULL. */
static const char *fail(struct writer *writer, const char *format, ...) {
    va_list values;
    va_start(values, format);
    free(writer->error);
    writer->error = made_of(format, values);
    va_end(values);
    return NULL;
}

static void forget(struct writer *writer) { free(writer->error), writer->error = NULL; }

/* Makes the folder with those above it. */
static int has_directory(struct writer *writer) {
    char *path = print("%s", writer->directory);
    if (!path) { fail(writer, "there is no memory left"); return 0; }
    int failed = 0;
    for (char *at = path + 1; !failed; at++) {
        char letter = *at;
        if (letter && letter != '/' && letter != '\\') continue;
        *at = 0;
        struct stat found;
        if (stat(path, &found) == 0) failed = S_ISDIR(found.st_mode) ? 0 : ENOTDIR;
        else if (make_directory(path) != 0 && errno != EEXIST) failed = errno;
        *at = letter;
        if (!letter) break;
    }
    free(path);
    if (failed) fail(writer, "the folder %s cannot be made: %s", writer->directory, strerror(failed));
    return !failed;
}

/* The settings are `{"asset": {"name": …}, "target": {…}, "output_base": …}`. */
LHP_EXPORT("create_writer") void *create_writer(const char *config) {
    struct writer *made = calloc(1, sizeof *made);
    if (!made) return NULL;
    slice settings = json_of(config);
    made->name = (char *)as_text(find(find(settings, "asset"), "name"));
    for (char *at = made->name; at && *at; at++) if (*at == '/' || *at == '\\') *at = '_';
    made->directory = (char *)as_text(find(settings, "output_base"));
    if (made->directory && !*made->directory) { free(made->directory); made->directory = NULL; }
    if (!made->directory) fail(made, "`output_base` must name the folder");
    return made;
}

/* Writes the rows of `{"records": […], "file_counter": …}`, and says which files it has written. No other batch has the
 * same number; a batch that is written again has its number again, and gives the same file. */
LHP_EXPORT("write_batch") const char *write_batch(void *handle, const char *batch) {
    struct writer *writer = handle;
    if (!writer->directory) return NULL;
    forget(writer);
    slice whole = json_of(batch), records = find(whole, "records"), number = find(whole, "file_counter");
    int digits = number.at ? (int)(number.end - number.at) : 0;
    if (!records.at || *records.at != '[') return fail(writer, "the batch has no `records`");
    if (digits == 0 || digits > 40 || strspn((const char *)number.at, "0123456789") < (size_t)digits)
        return fail(writer, "the batch has no `file_counter`");
    if (!has_directory(writer)) return NULL;

    int zeros = digits < DIGITS ? DIGITS - digits : 0;
    char *path = print("%s/%s_%.*s%.*s.jsonl", writer->directory, writer->name ? writer->name : "rows", zeros,
                       "000000000000", digits, (const char *)number.at);
    FILE *file = path ? fopen(path, "wb") : NULL;
    if (!file) {
        fail(writer, "%s cannot be written: %s", path ? path : "the file", strerror(errno));
        free(path);
        return NULL;
    }
    const byte *place = 0;
    slice key = {0, 0}, record = {0, 0};
    unsigned long long count = 0, size = 0;
    int is_good = 1;
    for (; is_good && next_item(records, &place, &key, &record); count++) {
        size_t length = (size_t)(record.end - record.at);
        is_good = fwrite(record.at, 1, length, file) == length && fputc('\n', file) != EOF;
        size += length + 1;
    }
    int problem = errno;
    /* The last bytes are written now, so this is where a full disk shows. */
    if (fclose(file) != 0 && is_good) is_good = 0, problem = errno;
    if (!is_good) {
        /* Nobody must take half a file for a whole one. */
        remove(path);
        fail(writer, "%s cannot be written: %s", path, strerror(problem));
        free(path);
        return NULL;
    }
    text answer = {0, 0, 0};
    char numbers[96];
    snprintf(numbers, sizeof numbers, "\", \"size_bytes\": %llu, \"record_count\": %llu}]", size, count);
    say(&answer, "[{\"path\": \""), add_escaped(&answer, (const byte *)path, (u32)strlen(path));
    say(&answer, numbers), add(&answer, (const byte *)"", 1);
    free(path);
    return (const char *)answer.at;
}

/* All files of a write are there: they count from now on. The list is what `write_batch` has said about them. Nothing
 * has to be done for files in a folder but to see that none is missing. */
LHP_EXPORT("commit_files") const char *commit_files(void *handle, const char *files) {
    struct writer *writer = handle;
    if (!writer->directory) return NULL;
    forget(writer);
    const byte *place = 0;
    slice all = json_of(files), key = {0, 0}, entry = {0, 0};
    unsigned long long added = 0, total = 0;
    for (; next_item(all, &place, &key, &entry); added++) {
        char *path = (char *)as_text(find(entry, "path"));
        struct stat found;
        int is_there = path && stat(path, &found) == 0;
        if (!is_there) fail(writer, "%s, which was written, is not there", path ? path : "a file without a path");
        free(path);
        if (!is_there) return NULL;
        slice count = find(entry, "record_count");
        if (count.at) total += strtoull((const char *)count.at, NULL, 10);
    }
    return print("{\"status\": \"success\", \"files_added\": %llu, \"total_records\": %llu}", added, total);
}

/* Whether the folder can be written. */
LHP_EXPORT("check_connection") const char *check_connection(void *handle) {
    struct writer *writer = handle;
    if (writer->directory) forget(writer);
    if (writer->directory && has_directory(writer)) {
        char *path = print("%s/.lhp-check", writer->directory);
        FILE *file = path ? fopen(path, "wb") : NULL;
        if (!file) fail(writer, "%s cannot be written: %s", writer->directory, strerror(errno));
        else fclose(file), remove(path);
        free(path);
    }
    const char *message = writer->error ? writer->error : "the folder can be written";
    text answer = {0, 0, 0};
    say(&answer, writer->error ? "{\"success\": false, \"error_code\": \"ACCESS_ERROR\"" : "{\"success\": true");
    say(&answer, ", \"message\": \""), add_escaped(&answer, (const byte *)message, (u32)strlen(message));
    say(&answer, "\"}"), add(&answer, (const byte *)"", 1);
    /* This was said now. */
    if (writer->directory) forget(writer);
    return (const char *)answer.at;
}

/* Why the last function gave nothing. */
LHP_EXPORT("last_error") const char *last_error(void *handle) {
    struct writer *writer = handle;
    return writer->error ? print("%s", writer->error) : NULL;
}

LHP_EXPORT("free_writer") void free_writer(void *handle) {
    struct writer *writer = handle;
    free(writer->directory);
    free(writer->name);
    free(writer->error);
    free(writer);
}

LHP_EXPORT("free_string") void free_string(const char *text) { free((void *)text); }
