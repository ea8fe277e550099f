#!/usr/bin/env python3
"""Write a synthetic lhp project, the same one for the same arguments.

    python3 benches/make_project.py OUT [--flowgroups 4000] [--seed 1]

What does not depend on the size (presets, templates, blueprints, tokens, shared SQL) is copied
from `synthetic/`. Pipelines, SQL files and schema files are made here. OUT must not exist yet,
or be empty.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

FIXED_PART = Path(__file__).with_name("synthetic")
LAYERS = ("landing", "raw", "bronze", "silver", "gold")
LAYER_SHARES = (0.25, 0.21, 0.21, 0.20, 0.13)
FLOWGROUPS_PER_DOMAIN = 200
SMALLEST_DOMAIN_COUNT, LARGEST_DOMAIN_COUNT = 2, 20
SITE_SHARE = 0.12  # of all flowgroups, made by the blueprint `site`
ARRAY_SHARE = 0.15  # of a layer, in files with a `flowgroups` list
DOCUMENTS_SHARE = 0.31  # of a layer, in files with several documents

DOMAINS = (
    "sales billing shipping returns pricing catalog suppliers stores loyalty marketing "
    "support finance payroll recruiting fleet energy buildings quality planning research"
).split()
NOUNS = (
    "orders items invoices payments parcels routes visits contracts tickets calls offers budgets "
    "claims shifts assets readings samples batches plans targets surveys accounts refunds stocks"
).split()
QUALIFIERS = "daily archived regional partner mobile seasonal internal".split()
SITES = "harbour hill market station airport campus lakeside oldtown riverside forest".split()
COLUMNS = {
    "quantity": "INT",
    "amount": "DECIMAL(18,2)",
    "status": "STRING",
    "region": "STRING",
    "channel": "STRING",
    "happened_at": "TIMESTAMP",
    "valid_from": "DATE",
    "is_test": "BOOLEAN",
    "score": "DOUBLE",
    "note": "STRING",
    "currency": "STRING",
    "weight_kg": "DECIMAL(9,3)",
}
NUMERIC = ("quantity", "amount", "score", "weight_kg")


@dataclass(frozen=True)
class Table:
    """A table of one layer. `name` is unique in its schema; `columns` starts with the key."""

    name: str
    entity: str
    columns: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.columns[0]

    def typed(self) -> list[dict[str, str]]:
        return [{"name": column, "type": COLUMNS.get(column, "STRING")} for column in self.columns]

    def measures(self) -> list[str]:
        return [column for column in self.columns if column in NUMERIC] or ["1"]

    def dimensions(self) -> list[str]:
        rest = [column for column in self.columns[1:] if column not in NUMERIC]
        return rest[:2] or [self.key]


@dataclass
class Project:
    """Everything that will be written: text by path relative to the project root."""

    rng: random.Random
    files: dict[str, str] = field(default_factory=dict)
    flowgroups: int = 0
    documents: int = 0

    def add_yaml(self, path: str, documents: list[dict], flowgroups: int) -> None:
        heading = f"# {Path(path).stem.replace('_', ' ').capitalize()}\n" if self.rng.random() < 0.4 else ""
        self.files[path] = heading + "---\n".join(yaml_block(document) for document in documents)
        self.documents += len(documents)
        self.flowgroups += flowgroups

    def add_sql(self, domain: str, name: str, text: str) -> str:
        path = f"sql/{domain}/{name}.sql"
        self.files[path] = text
        return path


# Words that YAML 1.1 does not read as strings.
RESERVED = re.compile(r"(?i)(y|n|yes|no|on|off|true|false|null|~)$")
PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./ -]*[A-Za-z0-9_/]$|[A-Za-z_]$")


def yaml_scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = str(value)
    if PLAIN.match(text) and not RESERVED.match(text):
        return text
    return json.dumps(text, ensure_ascii=False)


def yaml_flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{yaml_scalar(k)}: {yaml_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(yaml_flow(item) for item in value) + "]"
    return yaml_scalar(value)


def yaml_entry(key: str, value: object, indent: str) -> str:
    """One `key: value` pair in block style, with its line end."""
    if isinstance(value, str) and "\n" in value:
        body = "".join(f"{indent}  {line}\n" if line else "\n" for line in value.rstrip("\n").split("\n"))
        return f"{indent}{key}: |\n{body}"
    if isinstance(value, dict) and value:
        return f"{indent}{key}:\n{yaml_block(value, indent + '  ')}"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        if all(not isinstance(inner, (dict, list)) for item in value for inner in item.values()):
            items = "".join(f"{indent}  - {yaml_flow(item)}\n" for item in value)
        else:
            items = "".join(f"{indent}  - {yaml_block(item, indent + '    ').lstrip()}" for item in value)
        return f"{indent}{key}:\n{items}"
    return f"{indent}{key}: {yaml_flow(value)}\n"


def yaml_block(mapping: dict, indent: str = "") -> str:
    return "".join(yaml_entry(key, value, indent) for key, value in mapping.items())


def delta(layer: str, table: str, **more: object) -> dict:
    return {"type": "delta", "catalog": "${catalog}", "schema": f"${{{layer}}}", "table": table, **more}


def load(name: str, source: dict, mode: str | None, **more: object) -> dict:
    action = {"name": f"load_{name}", "type": "load"}
    if mode:
        action["readMode"] = mode
    return {**action, **more, "source": source, "target": f"v_{name}"}


def sql_transform(name: str, source: object, target: str, **more: object) -> dict:
    return {
        "name": name, "type": "transform", "transform_type": "sql",
        "source": source, "target": target, **more,
    }  # fmt: skip


def write(name: str, source: str | None, layer: str, table: str, kind: str = "streaming_table", **more: object) -> dict:
    """A write action; `once` and `readMode` in `more` belong to the action, all else to the target."""
    action: dict = {"name": f"write_{name}", "type": "write"}
    if source:
        action["source"] = source
    for key in ("once", "readMode", "description"):
        if key in more:
            action[key] = more.pop(key)
    target = {"type": kind, "catalog": "${catalog}", "schema": f"${{{layer}}}", "table": table}
    return {**action, "write_target": {**target, **more}}


def select(columns: list[str], source: str, condition: str = "") -> str:
    return "SELECT\n  " + ",\n  ".join(columns) + f"\nFROM {source}\n" + (f"WHERE {condition}\n" if condition else "")


# Every function below returns the body of one flowgroup: what stands beside `pipeline` and `flowgroup`.
# `new` is the table it makes, `old` the one it reads, `other` a second one of the layer before.


def landing_files(project: Project, domain: str, new: Table, old: Table, other: Table) -> dict:
    style = project.rng.choice(["json", "csv", "parquet"])
    parameters = {"domain": domain, "entity": new.entity, "format": style}
    parameters["hints"] = ", ".join(f"{c['name']} {c['type']}" for c in new.typed()[:5])
    if style == "csv":
        parameters["reader"] = {"header": True, "delimiter": project.rng.choice([",", ";", "|"])}
    return {"presets": ["landing"], "use_template": "landing/files", "template_parameters": parameters}


def landing_system(project: Project, domain: str, new: Table, old: Table, other: Table) -> dict:
    parameters = {"domain": domain, "entity": new.entity}
    return {"presets": ["base"], "use_template": "systems/jdbc_table", "template_parameters": parameters}


def landing_checked(project: Project, domain: str, new: Table, old: Table, other: Table) -> dict:
    if project.rng.random() < 0.25:
        hints = f"schemas/{domain}_{new.entity}.yaml"
        columns = {"name": new.entity, "version": "1.0", "columns": new.typed()}
        project.files[hints] = yaml_block(columns)
    else:
        hints = ", ".join(f"{c['name']} {c['type']}" for c in new.typed())
    view = f"v_{new.entity}"
    source = {
        "type": "cloudfiles", "path": f"${{volume}}/{domain}/{new.entity}/*.json", "format": "json",
        "options": {"cloudFiles.schemaHints": hints, "cloudFiles.inferColumnTypes": True},
    }  # fmt: skip
    good, bad = f"{new.key} IS NOT NULL", f"{new.key} IS NULL OR _rescued IS NOT NULL"
    return {
        "presets": ["landing"],
        "actions": [
            load(new.entity, source, "stream", operational_metadata=["_file", "_region"]),
            sql_transform("keep_good", view, f"{view}_good", operational_metadata=False,
                          sql=select(["*"], f"stream({view})", good)),
            sql_transform("keep_bad", view, f"{view}_bad", operational_metadata=False,
                          sql=select(["*"], f"stream({view})", bad)),
            write(new.entity, f"{view}_good", "landing", new.name, comment=f"{new.entity} with a key"),
            write(f"{new.entity}_bad", f"{view}_bad", "landing", f"{new.name}_bad"),
        ],
    }  # fmt: skip


def raw_typed(project: Project, domain: str, new: Table, old: Table, other: Table) -> dict:
    parameters = {"source_table": old.name, "table": new.name, "columns": new.typed()}
    if project.rng.random() < 0.5:
        parameters["conditions"] = [f"{new.key} <> ''", f"length({new.key}) < 64"]
    return {"presets": ["raw"], "use_template": "raw/typed_copy", "template_parameters": parameters}


def raw_history(project: Project, domain: str, new: Table, old: Table, other: Table) -> dict:
    casts = [f"CAST({c['name']} AS {c['type']}) AS {c['name']}" for c in new.typed()]
    return {
        "presets": ["raw"],
        "variables": {"entity": new.entity, "table": new.name},
        "actions": [
            load("%{entity}", delta("landing", old.name), "stream", operational_metadata=["_table"]),
            load("%{entity}_history", delta("archive", "%{table}", where_clause=[f"{new.key} IS NOT NULL"]), "batch"),
            sql_transform("cast_%{entity}", "v_%{entity}", "v_%{entity}_typed",
                          sql=select(casts, "stream(v_%{entity})")),
            write("%{entity}", "v_%{entity}_typed", "raw", "%{table}", cluster_columns=[new.key]),
            write("%{entity}_history", "v_%{entity}_history", "raw", "%{table}", once=True, readMode="batch",
                  description="Rows from before the first file", create_table=False),
        ],
    }  # fmt: skip


def bronze_keyed(project: Project, domain: str, new: Table, old: Table, other: Table) -> dict:
    keys = [new.key, "happened_at"] if "happened_at" in new.columns else [new.key]
    parameters = {"source_table": old.name, "table": new.name, "keys": keys, "columns": new.typed()}
    return {"presets": ["bronze"], "use_template": "bronze/keyed", "template_parameters": parameters}


def bronze_split(project: Project, domain: str, new: Table, old: Table, other: Table) -> dict:
    view = f"v_{new.entity}"
    clean = select(list(new.columns), f"stream({view})", f"{new.key} <> '0'")
    masked = select([f"sha2({new.key}, 256) AS {new.key}", *new.columns[1:]], f"stream({view}_clean)")
    path = project.add_sql(domain, f"{new.entity}_clean", clean)
    return {
        "presets": ["bronze", "restricted"],
        "operational_metadata": ["_loaded_at"],
        "actions": [
            load(new.entity, delta("raw", old.name), "stream"),
            sql_transform(f"clean_{new.entity}", view, f"{view}_clean", sql_path=path,
                          description=f"{new.entity} without test rows"),
            sql_transform(f"mask_{new.entity}", f"{view}_clean", f"{view}_masked", sql=masked),
            write(new.entity, f"{view}_clean", "bronze", new.name),
            write(f"{new.entity}_masked", f"{view}_masked", "bronze", f"{new.name}_masked",
                  table_properties={"audience": "everyone"}),
        ],
    }  # fmt: skip


def silver_joined(project: Project, domain: str, new: Table, old: Table, other: Table) -> dict:
    parameters = {
        "facts": old.name,
        "reference": other.name,
        "table": new.name,
        "key": new.key,
        "reference_key": other.key,
        "fact_columns": list(new.columns),
        "reference_columns": list(other.columns[1:3]),
    }
    return {"presets": ["silver"], "use_template": "silver/joined", "template_parameters": parameters}


def silver_merged(project: Project, domain: str, new: Table, old: Table, other: Table) -> dict:
    heading = f"-- The rows of {old.name} that still hold\n"
    body = select(list(new.columns), f"stream(v_{new.entity})", "'${region}' <> 'none'")
    path = project.add_sql(domain, f"{new.entity}_current", heading + body)
    known = f"%{{rule}}\n  AND {new.key} IN (SELECT {other.key} FROM v_%{{entity}}_reference)"
    return {
        "presets": ["silver"],
        "variables": {"entity": new.entity, "rule": f"{new.key} IS NOT NULL"},
        "actions": [
            load("%{entity}", delta("bronze", old.name), "stream"),
            load("%{entity}_reference", delta("bronze", other.name, select_columns=[other.key]), "batch"),
            sql_transform("current_%{entity}", "v_%{entity}", "v_%{entity}_current", sql_path=path),
            sql_transform("known_%{entity}", ["v_%{entity}_current", "v_%{entity}_reference"], "v_%{entity}_known",
                          sql=select(["*"], "stream(v_%{entity}_current)", known)),
            write("%{entity}", "v_%{entity}_known", "silver", new.name, comment="Checked: %{rule}"),
            write("%{entity}_count", None, "silver", f"{new.name}_count", "materialized_view",
                  sql=f"SELECT COUNT(*) AS row_count FROM ${{catalog}}.${{silver}}.{new.name}"),
        ],
    }  # fmt: skip


def gold_summary(project: Project, domain: str, new: Table, old: Table, other: Table) -> dict:
    measures = {f"sum_{column}" if column != "1" else "ones": f"SUM({column})" for column in new.measures()}
    parameters = {"source_table": old.name, "table": new.name, "dimensions": new.dimensions(), "measures": measures}
    if project.rng.random() < 0.3:
        parameters["top"] = project.rng.choice([3, 5, 25, 100])
    return {"presets": ["gold"], "use_template": "gold/summary", "template_parameters": parameters}


def gold_views(project: Project, domain: str, new: Table, old: Table, other: Table) -> dict:
    by = ", ".join(new.dimensions())
    source = f"${{catalog}}.${{silver}}.{old.name}"
    body = select([by, f"SUM({new.measures()[0]}) AS total"], source) + f"GROUP BY {by}\n"
    path = project.add_sql(domain, f"{new.entity}_share", body)
    return {
        "presets": ["gold"],
        "actions": [
            write(f"{new.entity}_share", None, "gold", f"{new.name}_share", "materialized_view", sql_path=path),
            write(f"{new.entity}_range", None, "gold", f"{new.name}_range", "materialized_view",
                  comment=f"Smallest and largest {new.key}",
                  sql=select([f"MIN({new.key}) AS smallest", f"MAX({new.key}) AS largest"], source)),
        ],
    }  # fmt: skip


Builder = Callable[[Project, str, Table, Table, Table], dict]
BUILDERS: dict[str, tuple[tuple[Builder, int], ...]] = {
    "landing": ((landing_files, 5), (landing_checked, 3), (landing_system, 2)),
    "raw": ((raw_typed, 6), (raw_history, 4)),
    "bronze": ((bronze_keyed, 6), (bronze_split, 4)),
    "silver": ((silver_joined, 6), (silver_merged, 4)),
    "gold": ((gold_summary, 6), (gold_views, 4)),
}


def entity_name(index: int) -> str:
    noun, turn = NOUNS[index % len(NOUNS)], index // len(NOUNS)
    if turn == 0:
        return noun
    return f"{QUALIFIERS[turn - 1]}_{noun}" if turn <= len(QUALIFIERS) else f"{noun}_{turn}"


def new_table(rng: random.Random, domain: str, index: int) -> Table:
    entity = entity_name(index)
    chosen = set(rng.sample(sorted(COLUMNS), rng.randint(4, 9)))
    return Table(f"{domain}_{entity}", entity, (f"{entity}_id", *(c for c in COLUMNS if c in chosen)))


def shares(total: int, weights: tuple[float, ...]) -> list[int]:
    """Whole numbers that add up to `total`, as close to the weights as rounding allows."""
    counts = [int(total * weight / sum(weights)) for weight in weights]
    for index in range(total - sum(counts)):
        counts[index % len(counts)] += 1
    return counts


def layer_flowgroups(
    project: Project, domain: str, layer: str, count: int, before: list[Table]
) -> Iterator[tuple[Table, dict]]:
    """The tables of one layer, each with the flowgroup that makes it."""
    builders, weights = zip(*BUILDERS[layer])
    for index in range(count):
        if before:
            old, other = before[index % len(before)], before[(index * 7 + 3) % len(before)]
            name = entity_name(index)
            new = Table(f"{domain}_{name}", name, old.columns)
        else:
            new = new_table(project.rng, domain, index)
            old = other = new
        body = project.rng.choices(builders, weights)[0](project, domain, new, old, other)
        yield new, {"pipeline": f"{domain}_{layer}", "flowgroup": new.entity, **body}


def array_document(flowgroups: list[dict]) -> dict:
    """One document for flowgroups of the same template: what they share is said once."""
    shared = {key: flowgroups[0][key] for key in ("pipeline", "presets", "use_template")}
    entries = [{key: value for key, value in flowgroup.items() if key not in shared} for flowgroup in flowgroups]
    return {**shared, "flowgroups": entries}


def write_layer(project: Project, domain: str, layer: str, flowgroups: list[dict]) -> None:
    """Spread the flowgroups of a pipeline over list files, files with several documents, and files with one."""
    rng, folder = project.rng, f"pipelines/{layer}/{domain}"
    rest = list(flowgroups)
    in_arrays, in_documents = int(len(rest) * ARRAY_SHARE), int(len(rest) * DOCUMENTS_SHARE)

    for number in range(1, len(rest)):
        seeds = [f for f in rest if "use_template" in f]
        if in_arrays < 2 or not seeds:
            break
        alike = [f for f in seeds if f["use_template"] == seeds[0]["use_template"]]
        chunk = alike[: min(in_arrays, rng.randint(4, 8))]
        rest = [f for f in rest if f not in chunk]
        in_arrays -= len(chunk)
        project.add_yaml(f"{folder}/list_{number:02}.yaml", [array_document(chunk)], len(chunk))

    while in_documents >= 2:
        size = min(in_documents, rng.randint(2, 4))
        chunk, rest = rest[:size], rest[size:]
        in_documents -= size
        project.add_yaml(f"{folder}/{chunk[0]['flowgroup']}_and_more.yaml", chunk, len(chunk))

    for flowgroup in rest:
        project.add_yaml(f"{folder}/{flowgroup['flowgroup']}.yaml", [flowgroup], 1)


def write_sites(project: Project, domain: str, count: int) -> None:
    """Instances of the blueprint `site`; each becomes two flowgroups."""
    for index in range(count):
        turn = index // len(SITES)
        site = SITES[index % len(SITES)] + (f"_{turn + 1}" if turn else "")
        parameters: dict[str, object] = {"domain": domain, "site": site}
        if project.rng.random() < 0.4:
            parameters["grain"] = project.rng.choice(["daily", "weekly"])
        if project.rng.random() < 0.3:
            parameters["limit"] = project.rng.randrange(100, 5000, 100)
        instance = {"use_blueprint": "site", "parameters": parameters}
        project.add_yaml(f"pipelines/sites/{domain}/{site}.yaml", [instance], 2)


def make(flowgroups: int, seed: int) -> Project:
    project = Project(random.Random(seed))
    wanted = round(flowgroups / FLOWGROUPS_PER_DOMAIN)
    domains = DOMAINS[: max(SMALLEST_DOMAIN_COUNT, min(LARGEST_DOMAIN_COUNT, wanted))]
    for domain, count in zip(domains, shares(flowgroups, (1.0,) * len(domains))):
        sites = round(count * SITE_SHARE / 2)
        write_sites(project, domain, sites)
        before: list[Table] = []
        for layer, size in zip(LAYERS, shares(count - 2 * sites, LAYER_SHARES)):
            made = list(layer_flowgroups(project, domain, layer, size, before))
            write_layer(project, domain, layer, [flowgroup for _, flowgroup in made])
            before = [table for table, _ in made]
    return project


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="directory of the project; must be absent or empty")
    parser.add_argument("--flowgroups", type=int, default=4000, help="at least 20 (default: 4000)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.flowgroups < 20:
        parser.error("--flowgroups must be at least 20")
    if options.out.exists() and (not options.out.is_dir() or any(options.out.iterdir())):
        parser.error(f"{options.out} exists and is not an empty directory")

    project = make(options.flowgroups, options.seed)
    shutil.copytree(FIXED_PART, options.out, dirs_exist_ok=True)
    for path, text in project.files.items():
        target = options.out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")

    yaml_files = sum(1 for _ in options.out.rglob("*.yaml"))
    size = sum(len(text.encode()) for path, text in project.files.items() if path.endswith(".yaml"))
    print(
        f"{project.flowgroups} flowgroups, {project.documents} documents, {yaml_files} YAML files, {size / 1e6:.1f} MB"
    )


if __name__ == "__main__":
    main()
