#!/usr/bin/env bash
# Executes generated pipelines with open-source Spark and checks what is in the tables afterwards.
#
#   tests/spark/run.sh [LHP_BINARY]
#
# Prints a line for each check and, last, `N passed, N failed`. Ends with 0, with 1 if a check failed, with 2 if there
# is no binary, and with 77 if Java or the Python packages are not to be had. LHP_SPARK_VENV names the folder of the
# Python environment, LHP_SPARK_KEEP=1 keeps the work folder. Several runs may go on side by side.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
lhp=${1:-$here/../../target/debug/lhp}
venv=${LHP_SPARK_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/lhp-spark}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java

[ -x "$lhp" ] || { echo "no binary at $lhp: give its path, or run \`cargo build\` first" >&2; exit 2; }
lhp=$(cd "$(dirname "$lhp")" && pwd)/$(basename "$lhp")

skip() {
    printf '%s\n' "" \
        "************************************************************************" \
        "** NOT CHECKED WITH SPARK: $*" \
        "************************************************************************" "" >&2
    echo "skipped: $*"
    [ -z "${CI:-}" ] || echo "0 passed, 0 failed"
    exit 77
}

work=$(mktemp -d "${TMPDIR:-/tmp}/lhp-spark.XXXXXXXX")

clean_up() {
    local pid
    trap - EXIT
    # `timeout` passes the signal on to all that its command has started.
    for pid in $(jobs -pr); do kill "$pid" 2>/dev/null || true; done
    wait || true
    [ -n "${LHP_SPARK_KEEP:-}" ] || rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir "$work/tmp"
[ -z "${LHP_SPARK_KEEP:-}" ] || echo "work folder: $work"

ok() { echo "ok    $*" | tee -a "$work/checks"; }
failed() { echo "FAIL  $*" | tee -a "$work/checks"; }

# The end of what a command has said, without the stack of the JVM.
show() {
    local file
    for file in "$1.out" "$1.log"; do
        echo "---- the end of $file:"
        grep -vE '^[[:space:]]+at |^[[:space:]]*$' "$file" | tail -n 30 | cut -c1-400 || true
    done
    echo "----"
} >&2

# Starts a command that may take so many seconds: name, seconds, command. What it says is in `name.out` and, of the
# standard error, in `name.log`.
start() {
    local name=$1 seconds=$2
    shift 2
    timeout --kill-after=10 "$seconds" "$@" >"$name.out" 2>"$name.log" &
    echo $! >"$name.pid"
}

# Runs a command and says whether it went well: name, description, seconds, command.
#
# Spark gives a Python worker 10 seconds to start, which a busy machine may exceed; nothing can be set. What was done
# before stays done, so the command goes on from there.
step() {
    local name=$1 what=$2 status
    shift 2
    for _ in 1 2 3; do
        status=0
        start "$name" "$@"
        wait "$(cat "$name.pid")" || status=$?
        [ "$status" -ne 0 ] && grep -qs 'Python worker failed to connect back' "$name.out" "$name.log" || break
        echo "note  $what: once more, since a Python worker did not start in time"
    done
    case $status in
        0) ok "$what" ;;
        124 | 137) failed "$what: not finished after $1 s" ;;
        *) failed "$what: exit code $status" ;;
    esac
    [ "$status" -eq 0 ] || { show "$name"; return 1; }
}

# Waits for a program that prints its checks itself: name, description.
finish_checks() {
    local status=0
    wait "$(cat "$1.pid")" || status=$?
    grep -E '^(ok  |FAIL)  ' "$1.out" | tee -a "$work/checks" || true
    if [ "$status" -gt 1 ] || [ ! -s "$1.out" ] || grep -q '^Traceback' "$1.log"; then
        failed "$2: not finished, exit code $status"
        show "$1"
    fi
}

version=$("$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1) || true
[ "${version:-0}" -ge 17 ] || skip "Java 17 or later is needed, and \`$java\` is ${version:-not to be found}"

for python in python3 python3.13 python3.12 python3.11 none; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break
done
[ "$python" != none ] || skip "Python 3.11 or later is needed"

is_installed() {
    cmp -s "$here/requirements.txt" "$venv/installed.txt" && "$venv/bin/python" -c 'import pyspark, grpc' 2>/dev/null
}

install() {
    local pip="$venv/bin/python -m pip"
    is_installed && return
    echo "installing Spark into $venv"
    # Some systems keep the parts of `venv` that install pip in a package of their own.
    "$python" -m venv --clear "$venv" \
        || { "$python" -m venv --clear --without-pip "$venv" && pip="$python -m pip --python $venv/bin/python"; } \
        || return 1
    $pip install --quiet --disable-pip-version-check --retries 5 --timeout 60 -r "$here/requirements.txt" || return 1
    cp "$here/requirements.txt" "$venv/installed.txt"
}

# Only one run installs at a time; the others wait for it and use what it has installed.
mkdir -p "$(dirname "$venv")"
exec 9>"$venv.lock"
if command -v flock >/dev/null; then flock -w 1200 9 || skip "another run has been installing for 20 minutes"; fi
install 9>&- || skip "the packages of $here/requirements.txt cannot be installed"
exec 9>&-

cp -r "$here/project/." "$here/databricks_stand_ins.py" "$here/ledger.py" "$work"
cd "$work"
unset SPARK_HOME SPARK_REMOTE PYTHONPATH PYTHONSTARTUP
export PATH=$venv/bin:$PATH PYSPARK_PYTHON=$venv/bin/python PYSPARK_DRIVER_PYTHON=$venv/bin/python
export SPARK_LOCAL_IP=127.0.0.1 SPARK_LOCAL_DIRS=$work/tmp TMPDIR=$work/tmp PYTHONDONTWRITEBYTECODE=1
export SPARK_CONF_DIR=$work/conf

mkdir conf
cat >conf/spark-defaults.conf <<EOF
spark.driver.memory 1g
spark.driver.extraJavaOptions -Djava.io.tmpdir=$work/tmp
spark.sql.shuffle.partitions 1
spark.sql.pipelines.maxFlowRetryAttempts 5
spark.sql.catalogImplementation in-memory
spark.ui.enabled false
spark.ui.showConsoleProgress false
EOF
cat >conf/log4j2.properties <<EOF
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = console
logger.server.name = org.apache.spark.sql.connect.service.SparkConnectServer
logger.server.level = info
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex
EOF

pipeline() {
    cat >"$1.yml" <<EOF
name: $1
storage: file://$work/storage/$1
catalog: spark_catalog
libraries:
  - glob: {include: databricks_stand_ins.py}
  - glob: {include: ledger.py}
  - glob: {include: generated/local/$1/**}
EOF
}

# `spark-pipelines` with the shared server: name of the step, command, pipeline.
spark_pipelines() {
    step "$1" "$2: $3" 480 env PIPELINE_ROOT="$work/generated/local/$3" \
        spark-pipelines --remote "$remote" "$2" --spec "$3.yml"
}

# The server tells its port in the log: each run gets a free one.
wait_for_server() {
    local pid
    pid=$(cat server.pid)
    for _ in $(seq 960); do
        remote=$(sed -n 's|.*Spark Connect server started at: .*:\([0-9]*\)$|sc://127.0.0.1:\1|p' server.log)
        [ -z "$remote" ] || return 0
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.25
    done
    return 1
}

run_pipelines() {
    if wait_for_server; then
        ok "server: Spark Connect"
    else
        failed "server: Spark Connect does not start"
        show server
        return
    fi
    pipeline executed
    pipeline analysed
    # Open-source Spark does not create the schemas of tables.
    step schemas "schemas" 120 python -c "
from pyspark.sql import SparkSession
spark = SparkSession.builder.remote('$remote').getOrCreate()
for name in ('bronze', 'silver', 'gold'):
    spark.sql(f'CREATE SCHEMA {name}')" || return 0
    spark_pipelines dry-analysed dry-run analysed || true
    echo "note  auto CDC is not run: Spark merges only into tables that can MERGE, and has no format of its own for that"
    spark_pipelines dry-executed dry-run executed || return 0
    spark_pipelines run run executed || return 0
    start check 120 python "$here/check.py" "$remote"
    finish_checks check "contents of the tables"
}

echo "== $("$lhp" --version), $(pip freeze | grep -i '^pyspark=')"
if step generate "generate" 60 "$lhp" generate -e local --include-tests; then
    start server 1500 spark-submit --master "local[2]" \
        --class org.apache.spark.sql.connect.service.SparkConnectServer \
        --conf spark.connect.grpc.binding.address=127.0.0.1 --conf spark.connect.grpc.binding.port=0 \
        --conf spark.sql.warehouse.dir="$work/warehouse" spark-internal
    start plain 900 env PYTHONPATH="$here" python "$here/plain/check.py" generated/local/plain
    mkdir plugins-out
    cp -r "$here/../../fixtures/readers" plugins
    sed -i "s|/Volumes/sea|$work/plugins-out|" plugins/pipelines/*.yaml
    # Under CI, code of plugins is used only if it is locked.
    if step lock-plugins "lock: readers and writers" 60 "$lhp" -C plugins plugin lock &&
        step generate-plugins "generate: readers and writers" 60 \
            env LHP_PYTHON="$venv/bin/python" "$lhp" -C plugins generate -e dev; then
        start plugins 600 env PYTHONPATH="$here:$here/plain" \
            python "$here/plugins/check.py" plugins/generated/dev plugins-out
    fi
    start names 60 python "$here/names.py" generated/local
    finish_checks names "names of pyspark.pipelines"
    run_pipelines
    finish_checks plain "pipeline: plain"
    [ ! -e plugins.pid ] || finish_checks plugins "readers and writers of plugins"
fi

good=$(grep -c '^ok ' checks || true)
bad=$(grep -c '^FAIL ' checks || true)
echo "$good passed, $bad failed"
[ "$bad" -eq 0 ] && [ "$good" -gt 0 ]
