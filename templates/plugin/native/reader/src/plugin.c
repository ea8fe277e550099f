/* Reads the rows of a file with one JSON object per line, in batches.
 *
 * These functions are what a native reader needs. Every text that is given to the host comes back through
 * `free_string`, every reader through `free_reader`.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LHP_NO_CALLS
#include "lhp.h"

#define BATCH 1000

struct reader { char *path; FILE *file; char error[256]; };

static char *copy(const char *text) {
    char *made = malloc(strlen(text) + 1);
    return made ? strcpy(made, text) : NULL;
}

LHP_EXPORT("create_reader") void *create_reader(const char *config) {
    struct reader *made = calloc(1, sizeof *made);
    if (!made) return NULL;
    slice settings = {(const byte *)config, (const byte *)config + strlen(config)};
    made->path = (char *)as_text(find(settings, "path"));
    if (!made->path) { free(made); return NULL; }
    return made;
}

LHP_EXPORT("extract_batch") const char *extract_batch(void *handle) {
    struct reader *reader = handle;
    if (!reader->file && !(reader->file = fopen(reader->path, "r"))) {
        snprintf(reader->error, sizeof reader->error, "%.180s cannot be read: %s", reader->path, strerror(errno));
        return NULL;
    }
    size_t size = 1, room = 4096;
    char *batch = malloc(room);
    if (!batch) return NULL;
    batch[0] = '[';
    char line[1 << 16];
    for (int rows = 0; rows < BATCH && fgets(line, sizeof line, reader->file);) {
        size_t length = strcspn(line, "\r\n");
        if (length == sizeof line - 1) {
            snprintf(reader->error, sizeof reader->error, "%.180s has a line that is too long", reader->path);
            free(batch);
            return NULL;
        }
        if (length == 0) continue;
        if (size + length + 3 > room) {
            char *larger = realloc(batch, room = (size + length + 3) * 2);
            if (!larger) { free(batch); return NULL; }
            batch = larger;
        }
        if (rows++) batch[size++] = ',';
        memcpy(batch + size, line, length);
        size += length;
    }
    batch[size++] = ']', batch[size] = 0;
    return batch;
}

/* Why `extract_batch` gave nothing; NULL if it is the end. */
LHP_EXPORT("last_error") const char *last_error(void *handle) {
    struct reader *reader = handle;
    return reader->error[0] ? copy(reader->error) : NULL;
}

LHP_EXPORT("check_connection") const char *check_connection(void *handle) {
    struct reader *reader = handle;
    FILE *file = fopen(reader->path, "r");
    if (!file) return copy("{\"success\": false, \"message\": \"the file cannot be read\"}");
    fclose(file);
    return copy("{\"success\": true, \"message\": \"the file can be read\"}");
}

LHP_EXPORT("free_reader") void free_reader(void *handle) {
    struct reader *reader = handle;
    if (reader->file) fclose(reader->file);
    free(reader->path);
    free(reader);
}

LHP_EXPORT("free_string") void free_string(const char *text) { free((void *)text); }
