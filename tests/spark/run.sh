#!/usr/bin/env bash
# Executes generated pipelines with open-source Spark and checks what is in the tables afterwards.
#
#   tests/spark/run.sh [LHP_BINARY]
#
# Prints a line for each check and `N passed, N failed`; ends with 1 if a check failed, and with 77 if Java or the
# Python packages are not to be had. LHP_SPARK_VENV names the folder of the Python environment, LHP_SPARK_KEEP=1
# keeps the work folder.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
lhp=${1:-$here/../../target/debug/lhp}
venv=${LHP_SPARK_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/lhp-spark}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java

skip() { echo "skipped: $*"; exit 77; }

[ -x "$lhp" ] || { echo "no binary at $lhp: give its path, or run \`cargo build\` first" >&2; exit 2; }
lhp=$(cd "$(dirname "$lhp")" && pwd)/$(basename "$lhp")
version=$("$java" -version 2>&1 | sed -n '1s/.*version "\([0-9]*\).*/\1/p') || true
[ "${version:-0}" -ge 17 ] || skip "Spark needs Java 17 or later, and \`$java\` is not that"

# An environment that was installed from these very requirements is used as it is.
if ! cmp -s "$here/requirements.txt" "$venv/installed.txt"; then
    python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt" \
        || skip "the packages of requirements.txt cannot be installed"
    cp "$here/requirements.txt" "$venv/installed.txt"
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/lhp-spark.XXXXXX")
[ -n "${LHP_SPARK_KEEP:-}" ] && echo "work folder: $work" || trap 'rm -rf "$work"' EXIT
cp -r "$here/project/." "$here/databricks_stand_ins.py" "$work"
cd "$work"
unset SPARK_HOME PYTHONPATH
export PATH=$venv/bin:$PATH SPARK_LOCAL_IP=127.0.0.1 PYSPARK_PYTHON=$venv/bin/python PYTHONDONTWRITEBYTECODE=1

ok() { echo "ok    $*" | tee -a checks; }
failed() { echo "FAIL  $*" | tee -a checks; }

# A check: description, log file, command. A failure shows the end of the log.
attempt() {
    local what=$1 log=$2
    shift 2
    if "$@" >"$log" 2>&1; then
        ok "$what"
    else
        failed "$what"
        tail -n 40 "$log" | cut -c1-400 >&2
        return 1
    fi
}

# The settings of Spark: one folder for each step, since steps run side by side and Derby is for one process only.
configure() {
    mkdir -p "conf-$1"
    cat >"conf-$1/spark-defaults.conf" <<EOF
spark.driver.memory 1g
spark.sql.shuffle.partitions 2
spark.ui.enabled false
spark.sql.warehouse.dir $work/warehouse
spark.sql.catalogImplementation $2
spark.hadoop.javax.jdo.option.ConnectionURL jdbc:derby:$work/metastore;create=true
EOF
}

pipeline() {
    cat >"$1.yml" <<EOF
name: $1
storage: file://$work/storage/$1
catalog: spark_catalog
libraries:
  - glob: {include: databricks_stand_ins.py}
  - glob: {include: generated/local/$1/**}
EOF
}

# Settings, command, pipeline. SPARK_TESTING gives each server a port of its own instead of 15002.
spark_pipelines() {
    env SPARK_TESTING=1 SPARK_CONF_DIR="$work/conf-$1" PIPELINE_ROOT="$work/generated/local/$3" \
        timeout 900 spark-pipelines "$2" --spec "$3.yml"
}

echo "== $("$lhp" --version), $(pip freeze | grep -i '^pyspark=')"
attempt "generate" generate.log "$lhp" generate -e local --include-tests || generated=no
if [ -z "${generated:-}" ]; then
    configure dry in-memory
    configure run hive
    pipeline executed
    pipeline analysed
    python "$here/names.py" generated/local | tee -a checks || true
    attempt "dry-run: executed" dry-executed.log spark_pipelines dry dry-run executed &
    attempt "dry-run: analysed" dry-analysed.log spark_pipelines dry dry-run analysed &
    # Open-source Spark does not create the schemas of tables.
    attempt "schemas" schemas.log env SPARK_CONF_DIR="$work/conf-run" \
        spark-sql -e "CREATE SCHEMA bronze; CREATE SCHEMA silver; CREATE SCHEMA gold;" || true
    wait
    if attempt "run: executed" run.log spark_pipelines run run executed; then
        SPARK_CONF_DIR=$work/conf-run python "$here/check.py" outbox 2>check.log | tee -a checks \
            || tail -n 40 check.log >&2
    fi
fi

good=$(grep -c '^ok ' checks || true)
bad=$(grep -c '^FAIL ' checks || true)
echo "$good passed, $bad failed"
[ "$bad" -eq 0 ]
