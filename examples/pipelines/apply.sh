#!/bin/sh
# Applies what was merged, task by task. A task that fails does not keep the others from being applied.
#
#   TASKS   the tasks, in their order
#   VALUES  the folder of the values
#   KUBECONFIG_CONTENT  the kubeconfig of an account that may keep the tasks' Secrets
set -eu
PATH="$PWD/.tools/bin:$PATH"
if [ -n "${KUBECONFIG_CONTENT:-}" ]; then
	KUBECONFIG=$(mktemp)
	export KUBECONFIG
	printf '%s\n' "$KUBECONFIG_CONTENT" >"$KUBECONFIG"
	trap 'rm -f "$KUBECONFIG"' EXIT
fi
status=0
for task in $TASKS; do
	"$task" apply --values "$VALUES" || status=$?
done
exit "$status"
