"""Compares how `lhp` and PyYAML read YAML.

Needs PyYAML built with libyaml, and the example program `yaml_dump`:

    cargo build --example yaml_dump
    python tests/tools/yaml_parity.py --seed 1 --mutations 6000 --scalars 20000 fixtures/projects

Every YAML file below the given directories is read as it is, then mutated copies of them, then
generated plain scalars and a list of edge cases. For each text, both sides must refuse it, or both
must give the same documents; then the place of every value must agree with PyYAML's marks.
Deliberate differences are listed in `allowed`. Exit status 1 means that something else differs.
"""

import argparse
import collections
import json
import random
import struct
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import yaml

DEPTH = 128
TAG = "tag:yaml.org,2002:"


class Loader(yaml.CSafeLoader):
    """The safe loader, with the collections of rare tags in the form that `lhp` gives them."""


def ordered_mapping(loader, node):
    result = {}
    yield result
    for key, value in single_pairs(loader, node):
        result[key] = value


def pairs(loader, node):
    result = []
    yield result
    result.extend([key, value] for key, value in single_pairs(loader, node))


def single_pairs(loader, node):
    if not isinstance(node, yaml.SequenceNode):
        raise yaml.YAMLError("not a list")
    for item in node.value:
        if not isinstance(item, yaml.MappingNode) or len(item.value) != 1:
            raise yaml.YAMLError("not a pair")
        key, value = item.value[0]
        key = loader.construct_object(key, deep=True)
        hash(key)
        yield key, loader.construct_object(value, deep=True)


def set_of(loader, node):
    result = {}
    yield result
    result.update(dict.fromkeys(loader.construct_mapping(node, deep=True)))


def refuse(loader, node):
    raise yaml.YAMLError("not supported")


Loader.add_constructor(TAG + "omap", ordered_mapping)
Loader.add_constructor(TAG + "pairs", pairs)
Loader.add_constructor(TAG + "set", set_of)
Loader.add_constructor(TAG + "binary", refuse)


class TooDeep(Exception):
    pass


def shown(value, depth=0):
    if isinstance(value, (dict, list)):
        if depth >= DEPTH:
            raise TooDeep
        if isinstance(value, list):
            return ["seq", [shown(item, depth + 1) for item in value]]
        return ["map", [[shown(key, depth + 1), shown(item, depth + 1)] for key, item in value.items()]]
    if value is None:
        return ["null", None]
    if isinstance(value, bool):
        return ["bool", value]
    if isinstance(value, int):
        return ["int", str(value)]
    if isinstance(value, float):
        bits = "nan" if value != value else struct.pack(">d", value).hex()
        return ["float", bits]
    if isinstance(value, date):
        return ["timestamp", str(value)]
    if isinstance(value, str):
        return ["str", value]
    raise TypeError(type(value))


def read_with_pyyaml(text):
    try:
        return [shown(document) for document in yaml.load_all(text, Loader=Loader)]
    except TooDeep:
        return "too deep"
    except Exception as error:  # PyYAML lets ValueError, KeyError and others through.
        return error


def without_spans(node):
    kind, value = node[0], node[1]
    if kind == "seq":
        return [kind, [without_spans(item) for item in value]]
    if kind == "map":
        return [kind, [[without_spans(key), without_spans(item)] for key, item in value]]
    return [kind, value]


def written_nodes(text):
    """Start and end in bytes of every node, as PyYAML marks it."""
    offsets = [0]
    for character in text:
        offsets.append(offsets[-1] + len(character.encode()))
    stack, found = [node for node in yaml.compose_all(text, Loader=yaml.CSafeLoader) if node], []
    while stack:
        node = stack.pop()
        found.append((offsets[node.start_mark.index], offsets[node.end_mark.index]))
        if isinstance(node, yaml.SequenceNode):
            stack.extend(node.value)
        elif isinstance(node, yaml.MappingNode):
            stack.extend(part for pair in node.value for part in pair)
    return found


def is_blank(text):
    lines = (line.strip(" \t\r\n\x85\u2028\u2029\ufeff") for line in text.split("\n"))
    return all(not line or line.startswith("#") for line in lines)


def misplaced(documents, text):
    """The first value whose span is not that of a node, apart from anchors, tags and what trails a block."""
    data = text.encode()
    by_start = collections.defaultdict(set)
    prefixed = []
    for start, end in written_nodes(text):
        by_start[start].add(end)
        if data[start : start + 1] in (b"&", b"!"):
            prefixed.append((start, end))
    stack = list(documents)
    while stack:
        kind, value, start, end = stack.pop()
        if kind == "seq":
            stack.extend(value)
        elif kind == "map":
            stack.extend(part for pair in value for part in pair)
        if start == end:
            continue
        ends = set(by_start.get(start, ()))
        ends.update(prefix[1] for prefix in prefixed if prefix[0] < start <= prefix[1])
        aliased = data[start : start + 1] == b"*" and data[start + 1 : end].replace(b"_", b"a").replace(b"-", b"a").isalnum()
        if aliased or any(mark >= end and is_blank(data[end:mark].decode()) for mark in ends):
            continue
        # A one-pair mapping in brackets ends, for PyYAML, at the next token.
        if kind == "map" and any(mark >= end for mark in ends):
            continue
        return kind, start, end, data[start:end].decode()
    return None


def allowed(text, expected, actual):
    """Differences by design."""
    if "error" not in actual:
        return False
    rule = actual["error"]["rule"]
    return (
        (rule == "limit-exceeded" and expected == "too deep")
        or (rule == "self-reference")
        or ("!!omap" in text or "!!pairs" in text or "!!str" in text and "=" in text)
    )


SPECIAL = """
yes|no|on|off|true|~|null|0777|08|0o10|1_000|0x1F|0b11|1:30|190:20:30|1_0:2_0|.5|5.|1e3|1.0e+3|.inf|-.INF|.NaN
2024-01-01|2024-1-1|2024-13-01|2024-01-01 10:00:00|2024-01-01T10:00:00Z|2024-02-30|=|<<|y|n|"yes"|'12'|! 12|! "12"
!!str 12|!!int "12"|!!float 12|!!bool yes|!!null x|!!timestamp 2024-1-2|!!set {a, b}|!!omap [a: 1, b: 2]
!!pairs [a: 1, a: 2]|!custom x|!!python/name:os.system x|!!binary aGk=|[1, {a: b}]|{a: 1, a: 2}|{1: a, 1.0: b, true: c}
{{ x }}|{x}|%{x}|${x}|@x|`x`|*nowhere|&anchor value|*anchor|[*anchor, *anchor]|{<<: *anchor}|"a\\tb\\x41\\u00e9\\U0001F600"
"unclosed|'unclosed|a: b|- a|? a|: a|, a|] a|} a|# a|| a|> a|!!map {}|!!seq []|!!map []|!!str []|&a &b c|-1|+12|-0|-.5
123456789012345678901234567890|0xffffffffffffffffffffffff|!<tag:yaml.org,2002:str> 1|!<!x> 1|!!value =|!!merge <<
""".replace("\n", "|").strip("|").replace("||", "|").split("|")

EDGE_CASES = [
    "", "\n", "# only a comment\n", "---\n", "--- \n---\n", "---\n...\n---\n", "a: 1\n...\nb: 2\n", "a: 1\n...\n---\nb: 2\n",
    "%YAML 1.2\n---\na: yes\n", "%YAML 1.1\n---\na: yes\n", "%YAML 2.0\n---\na\n", "%TAG ! tag:yaml.org,2002:\n---\n!int '3'\n",
    "%FOO x\n---\na\n", "\ufeffa: 1\n", "\ufeff# c\na: 1\n", "a: |\n  x\n  y", "a: |\n  x\n\n\nb: >\n  y\n  z\n", "a: |+\n  x\n\nb: 1\n",
    "a: |2\n   x\n", "a: >-\n  x\n  y\n\n  z\n", "a: 'x\n y'\n", 'a: "x\n\n  y\\\n  z"\n', "a:\nb:\n", "a:\n- 1\n- 2\nb: 3\n", "? a\n? b\n",
    "? a # c\n? b\n: 1\n", "{a, b: , c: 1}\n", "[a: 1, b]\n", "[? a : b]\n", "[a: , b]\n", "- - - a\n", "- a: 1\n  b: 2\n- c\n",
    "a: &x {b: 1}\nc: *x\n", "a: &x\n  b: 1\nc:\n  <<: *x\n  d: 2\n", "a: &x {p: 1, q: 2}\nb: &y {q: 3, r: 4}\nc: {<<: [*x, *y], q: 5}\n",
    "a: &x {p: 1, q: 2}\nb: &y {q: 3, r: 4}\nc: {z: 0, <<: *x, <<: *y}\n", "a: {<<: {x: 1}, x: 2}\n", "a: {<<: [{x: 1}, {x: 2, y: 3}]}\n",
    "a: {<<: 1}\n", "a: {<<: [1]}\n", "a: {<<: }\n", 'a: {"<<": 1}\n', "a: {'=': 1, =: 2}\n", "a: &x [*x]\n", "&x a: *x\n", "a: &x 1\nb: &x 2\n",
    "--- &x a\n--- *x\n", "*x : 1\n", "a: &k key\n*k : v\n", "a: &k [1]\n*k : v\n", "? [a]\n: b\n", "? {a: b}\n: c\n", "{{a}}: 1\n",
    "a: b\na: c\n", "1: a\n1.0: b\ntrue: c\n", "0: a\n-0.0: b\nfalse: c\n", ".nan: a\n.NaN: b\n", "100000000000000000000: a\n1.0e+20: b\n",
    "null: a\n~: b\n'': c\n", "2024-01-01: a\n2024-01-01: b\n", "a: \x07\n", "a: \x00\n", "a: \x85b\n", "a: \u2028b\n", "a: \ue000\n", "a: \U0001F600\n",
    "a:\r\n  b: 1\r\n  c: |\r\n    x\r\n    y\r\n", "a: 1\rb: 2\r", "\ta: 1\n", "a:\t1\n", "a: 1\t# c\n", "a: b #c\n", "a: b#c\n", "a: 'it''s'\n",
    "- &a !!str 1\n- !!str &b 1\n- *a\n- *b\n", "- !!str\n- !!null\n- &e\n- *e\n", "[!!str, &a]\n", "a: !!set\n  ? x\n  ? y\n", "!!set {x: 1}\n",
    "- !!omap\n  - a: 1\n  - b: 2\n", "!!omap [a]\n", "!!omap {a: 1}\n", "!!pairs [a: 1, b: [2]]\n", "!!int [1]\n", "!!map x\n", "!!seq x\n",
    "!!set [x]\n", "!!binary aGk=\n", "!!int ''\n", "!!bool maybe\n", "!!float x\n", "!!timestamp x\n", "!!float inf\n", "!!float 1e5\n", "!!int 0o17\n",
    "[" * 128 + "]" * 128, "[" * 129 + "]" * 129, "- " * 127 + "a", "- " * 200 + "a", "a: " + "[" * 5000, "x" * 1100 + ": 1\n",
    "a: !<tag:yaml.org,2002:int> 5\n", "a: !e!x 1\n", "a: 1 2\n", "a: 12:30:45\n", "a: 12:30:45.6\n", "a: 9" + "9" * 4299, "a: 9" + "9" * 4300,
]

PIECES = [" ", "  ", "\n", "\t", ":", ": ", "- ", "? ", "#", " #", "'", '"', "|", ">", "[", "]", "{", "}", ",", "&a ", "*a", "!", "!!str ",
          "%", "@", "`", "\\", "<<: ", "---\n", "...\n", "é", "\u2028", "\x85", "\ufeff", "\r\n", "0", "1_0", "=", "~", "${x}", "{{ x }}"]


def mutate(text, others, chance):
    lines = text.split("\n")
    for _ in range(chance.choice([1, 1, 1, 2, 3, 5])):
        row = chance.randrange(len(lines))
        line = lines[row]
        kind = chance.randrange(12)
        at = chance.randrange(len(line) + 1)
        if kind == 0:
            lines[row] = line[:at] + chance.choice(PIECES) + line[at:]
        elif kind == 1:
            lines[row] = line[:at] + line[at + 1 :]
        elif kind == 2:
            del lines[row]
        elif kind == 3:
            lines.insert(row, line)
        elif kind == 4:
            lines[row] = " " * chance.randrange(1, 5) + line
        elif kind == 5:
            lines[row] = line[chance.randrange(1, 4) :]
        elif kind == 6 and ":" in line:
            lines[row] = line[: line.index(":") + 1] + " " + chance.choice(SPECIAL)
        elif kind == 7 and ":" in line:
            lines[row] = line[: len(line) - len(line.lstrip())] + chance.choice(SPECIAL) + line[line.index(":") :]
        elif kind == 8:
            other = chance.choice(others).split("\n")
            start = chance.randrange(len(other))
            lines[row:row] = other[start : start + chance.randrange(1, 6)]
        elif kind == 9 and ":" in line:
            name = chance.choice(["a", "anchor", "b"])
            colon = line.index(":")
            lines[row] = line[: colon + 1] + chance.choice([f" &{name}", f" *{name}"]) + line[colon + 1 :]
        elif kind == 10:
            indent = line[: len(line) - len(line.lstrip())]
            lines.insert(row, indent + "<<: " + chance.choice(["*a", "*anchor", "[*a, *b]", "{x: 1}", "1"]))
        else:
            end = chance.randrange(len(lines))
            lines = lines[: end + 1]
        if not lines:
            lines = [""]
    return "\n".join(lines)


def scalar(chance):
    shape = chance.randrange(4)
    if shape == 0:
        return "".join(chance.choice("0123456789_:.+-eExXbBoTZ af") for _ in range(chance.randrange(1, 12)))
    if shape == 1:
        groups = [chance.choice(["0", "1", "59", "60", "7", "1_0", "00"]) for _ in range(chance.randrange(1, 5))]
        return chance.choice(["", "-", "+"]) + ":".join(groups) + chance.choice(["", ".", ".5", "_", ".0e+1"])
    if shape == 2:
        day = f"{chance.choice(['2024', '0001', '0000', '9999', '24'])}-{chance.choice(['01', '1', '12', '13', '02'])}-{chance.choice(['01', '9', '29', '30', '31', '00'])}"
        time = f"{chance.randrange(26)}:{chance.choice(['00', '59', '60', '5'])}:{chance.choice(['00', '59', '60'])}"
        tail = chance.choice(["", ".", ".5", ".1234567", ".000000", "Z", " Z", " +1", "-05:30", " +24:00", " +23:60", ".5 -0:30", "z"])
        return day + chance.choice(["", "T", "t", " ", "  ", " \t"]) + chance.choice(["", time, time + tail])
    return chance.choice(["-", "+", ""]) + chance.choice(["0x", "0b", "0", "0o", ".", ""]) + "".join(
        chance.choice("01_7f9.e+") for _ in range(chance.randrange(0, 30))
    )


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("directories", nargs="+", type=Path)
    options.add_argument("--program", default="target/debug/examples/yaml_dump")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--mutations", type=int, default=3000)
    options.add_argument("--scalars", type=int, default=5000)
    options.add_argument("--show", type=int, default=10, help="how many differences to print")
    options = options.parse_args()

    chance = random.Random(options.seed)
    files = sorted(path for root in options.directories for path in root.rglob("*.y*ml") if path.is_file())
    originals = [path.read_bytes().decode("utf-8", "replace") for path in files]
    texts = [("file", text) for text in originals] + [("edge", text) for text in EDGE_CASES]
    texts += [("mutation", mutate(chance.choice(originals), originals, chance)) for _ in range(options.mutations)]
    texts += [("scalar", "- " + scalar(chance)) for _ in range(options.scalars)]

    with tempfile.TemporaryDirectory() as directory:
        paths = [Path(directory, f"{index}.yaml") for index in range(len(texts))]
        for path, (_, text) in zip(paths, texts):
            path.write_bytes(text.encode())
        run = subprocess.run(
            [options.program], input="\n".join(map(str, paths)).encode(), stdout=subprocess.PIPE, check=True
        )
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(answers) == len(texts)

    counts = collections.Counter()
    rules = collections.Counter()
    differences = 0
    for (group, text), actual in zip(texts, answers):
        expected = read_with_pyyaml(text.removeprefix("\ufeff"))
        if "error" in actual:
            rules[actual["error"]["rule"]] += 1
            verdict = "both refuse" if isinstance(expected, Exception) else "only lhp refuses"
        elif isinstance(expected, (Exception, str)):
            verdict = "only PyYAML refuses"
        elif [without_spans(document) for document in actual["documents"]] != expected:
            verdict = "other value"
        elif not text.startswith("\ufeff") and (place := misplaced(actual["documents"], text)):
            verdict = f"other place {place}"
        else:
            verdict = "same"
        if verdict == "only lhp refuses" and allowed(text, expected, actual):
            verdict = "refused by design"
        elif verdict not in ("same", "both refuse"):
            differences += 1
            if differences <= options.show:
                print(f"--- {group}: {verdict}\n{text[-300:]!r}\nPyYAML: {str(expected)[:300]}\nlhp: {json.dumps(actual)[:600]}")
        counts[group, verdict.split(" (")[0]] += 1
    for (group, verdict), count in sorted(counts.items()):
        print(f"{group:10} {verdict:20} {count}")
    print("refused by rule:", dict(rules.most_common()))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
