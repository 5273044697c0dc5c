#!/bin/sh
# Plans every task and leaves one comment for each under the pull request, which later runs update. It only reads.
#
#   TASKS   the tasks, in their order
#   VALUES  the folder of the values, as the pull request has them
#   the variables of comment.sh
set -eu
PATH="$PWD/.tools/bin:$PATH"
here=$(dirname "$0")
status=0
for task in $TASKS; do
	"$task" plan --values "$VALUES" --output markdown >"plan-$task.md" || status=$?
	sh "$here/comment.sh" "$task" "plan-$task.md"
done
exit "$status"
