#!/bin/sh
# Plans against simulated applications that hold what the target branch asks for: the comment shows what the pull
# request changes, and no server and no credential is needed.
#
#   BASE    the folder of the values, as the target branch has them
#   the variables of plan.sh
set -eu
PATH="$PWD/.tools/bin:$PATH"
if [ "${1:-}" != inside ]; then
	exec simulator -- sh "$0" inside
fi
OTOMI_TASKS_SECRETS_DIR=$(mktemp -d)
export OTOMI_TASKS_SECRETS_DIR
for task in $TASKS; do
	"$task" apply --values "$BASE" --log-level error >/dev/null
done
sh "$(dirname "$0")/plan.sh"
