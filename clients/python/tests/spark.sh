#!/usr/bin/env bash
# stance_spark against real Spark in local-cluster mode: spark.sh [pytest options]. Installs Java 17 (Debian) and PySpark if missing.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
root=$(cd -- "$here/../../.." && pwd)
if ! command -v java >/dev/null; then
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless >/dev/null
fi
venv=${STANCE_SPARK_VENV:-$root/target/spark}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet "$root/clients/python[spark,test]" "pyspark>=3.5,<4"
PYSPARK_PYTHON="$venv/bin/python" exec "$venv/bin/python" -m pytest --quiet "$here/spark_cluster.py" "$@"
