use std::path::{Path, PathBuf};
use std::process::Command;

use super::library::{Library, LibraryFault, Profile};

/// A C source compiled into a library.
fn library(directory: &Path, source: &str) -> PathBuf {
    let (c, library) = (directory.join("p.c"), directory.join("libp.so"));
    std::fs::write(&c, source).unwrap();
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1", "-Wall", "-o"]).arg(&library).arg(&c);
    assert!(compiler.status().unwrap().success());
    library
}

const CALLS: &str = r#"
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <stdint.h>
static int given = 0;
uint32_t lhp_abi(void) { return 1; }
char *lhp_call(const char *request) {
    if (strstr(request, "nothing")) return NULL;
    char *answer = malloc(strlen(request) + 64);
    given += 1;
    if (strstr(request, "latin")) strcpy(answer, "\xff");
    else if (strstr(request, "count")) sprintf(answer, "%d", given);
    else sprintf(answer, "{\"result\": %s}", request);
    return answer;
}
void lhp_free(char *answer) { given -= 1; free(answer); }
"#;

#[test]
fn every_answer_is_given_back_once() {
    let directory = tempfile::tempdir().unwrap();
    let library = Library::load(&library(directory.path(), CALLS)).unwrap();
    library.check(Profile::Lhp, "").unwrap();
    for _ in 0..5 {
        assert_eq!(library.call("[1]").unwrap(), "{\"result\": [1]}");
    }
    assert_eq!(library.call("latin"), Err(LibraryFault::NotUtf8 { function: "lhp_call" }));
    assert_eq!(library.call("nothing"), Err(LibraryFault::Nothing { function: "lhp_call" }));
    assert_eq!(library.call("count").unwrap(), "1", "only the answer that is being made is out");
    assert_eq!(library.call("a\0b"), Err(LibraryFault::ZeroByte));
}

#[test]
fn a_library_of_another_version_or_without_a_function_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let newer = Library::load(&library(directory.path(), &CALLS.replace("return 1;", "return 2;"))).unwrap();
    assert_eq!(newer.check(Profile::Lhp, ""), Err(LibraryFault::Version(2)));
    let other = tempfile::tempdir().unwrap();
    let without = Library::load(&library(other.path(), &CALLS.replace("void lhp_free", "void free_it"))).unwrap();
    assert_eq!(without.check(Profile::Lhp, ""), Err(LibraryFault::MissingSymbol("lhp_free".to_owned())));
    assert!(matches!(Library::load(Path::new("/nowhere/lib.so")), Err(LibraryFault::Unloadable(_))));
}

const READER: &str = r#"
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
struct reader { int next; int fails; };
static int strings = 0, readers = 0;
static const char *text(const char *from) { strings += 1; return strdup(from); }
void *create_reader(const char *config) {
    if (strstr(config, "refuse")) return NULL;
    struct reader *made = malloc(sizeof *made);
    made->next = 0; made->fails = strstr(config, "fail") != NULL; readers += 1;
    return made;
}
const char *extract_batch(void *handle) {
    struct reader *r = handle; char batch[64];
    if (r->next == 3) return r->fails ? NULL : text("[]");
    sprintf(batch, "[{\"id\": %d}]", r->next++);
    return text(batch);
}
const char *last_error(void *handle) {
    struct reader *r = handle;
    return r->fails && r->next == 3 ? text("the server went away") : NULL;
}
const char *discover(void *handle) {
    char counts[64]; sprintf(counts, "{\"strings\": %d, \"readers\": %d}", strings, readers); return text(counts);
}
void free_reader(void *handle) { readers -= 1; free(handle); }
void free_string(const char *string) { strings -= 1; free((void *)string); }
"#;

#[test]
fn a_reader_is_read_to_its_end_and_everything_is_freed_once() {
    let directory = tempfile::tempdir().unwrap();
    let library = Library::load(&library(directory.path(), READER)).unwrap();
    library.check(Profile::Dativo, "create_reader").unwrap();
    let mut reader = library.reader("create_reader", "{}").unwrap();
    let mut batches = Vec::new();
    while let Some(batch) = reader.extract_batch().unwrap() {
        batches.push(batch);
    }
    assert_eq!(batches, ["[{\"id\": 0}]", "[{\"id\": 1}]", "[{\"id\": 2}]"]);
    drop(reader);
    let mut second = library.reader("create_reader", "{}").unwrap();
    assert_eq!(second.ask("discover").unwrap().unwrap(), "{\"strings\": 0, \"readers\": 1}");
    assert_eq!(second.ask("check_connection").unwrap(), None);
}

#[test]
fn the_end_and_a_failure_are_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let library = Library::load(&library(directory.path(), READER)).unwrap();
    let mut reader = library.reader("create_reader", "{\"fail\": true}").unwrap();
    for _ in 0..3 {
        assert!(reader.extract_batch().unwrap().is_some());
    }
    let expected = LibraryFault::Failed { function: "extract_batch", message: "the server went away".to_owned() };
    assert_eq!(reader.extract_batch(), Err(expected));
    assert!(matches!(library.reader("create_reader", "refuse"), Err(LibraryFault::Refused)));
}
