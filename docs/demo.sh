#!/usr/bin/env bash
# `make demo`: a database's life on the simulated account, by the real Pulumi CLI. Everything stays in .dbspec/demo.
set -euo pipefail

top=$(pwd)
demo="$top/.dbspec/demo"
rm -rf "$demo"
mkdir -p "$demo"
cp -R specs "$demo/specs"
cd "$demo"

say() { printf '\n\033[1m# %s\033[0m\n' "$*"; }
run() { printf '\033[2m$ %s\033[0m\n' "$*"; "$@"; }

say "A MySQL database is a few lines"
run cat specs/dev/orders.yaml

say "Every file is checked, in a blink and without credentials"
run dbspec validate

say "What it compiles to, and where each value comes from"
run dbspec explain dev/orders | head -n 14
echo "  ..."

say "What applying it would do: everything is made"
run dbspec preview dev

say "Apply it"
run dbspec apply dev

say "Where it is now"
run dbspec status dev

say "Change it: more storage and longer backups keep the data, another database_name replaces the instance"
sed -e 's/^database_name: orders/database_name: shop/' specs/dev/orders.yaml >specs/dev/orders.new
printf 'storage: {allocated_gib: 40}\nbackup: {retention_days: 14}\n' >>specs/dev/orders.new
mv specs/dev/orders.new specs/dev/orders.yaml
run cat specs/dev/orders.yaml
run dbspec preview dev

say "In production the same would be refused; in development it goes ahead"
run dbspec apply dev

say "A third preview finds nothing to do"
run dbspec preview --detailed-exitcode dev

say "The state is Pulumi's own: the bare CLI reads it"
state=$(find "$demo/.dbspec" -type d -name .pulumi -print -quit)
pulumi=$(dbspec engine --format json | python3 -c 'import json, sys; print(json.load(sys.stdin)["path"])')
echo "\$ pulumi stack export --stack dev.orders"
PULUMI_BACKEND_URL="file://${state%/.pulumi}" PULUMI_CONFIG_PASSPHRASE='' PULUMI_SKIP_UPDATE_CHECK=true \
  "$pulumi" stack export --cwd "$demo" --stack organization/dbspec/dev.orders |
  python3 -c 'import json, sys; print(len(json.load(sys.stdin)["deployment"]["resources"]), "resources")'

say "Done. It is all in ${demo#"$top"/}: try dbspec there, with --help"
echo "In a team nobody applies by hand: make console goes the way from asking to the endpoint, through a pull request."
