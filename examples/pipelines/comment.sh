#!/bin/sh
# Leaves a file as a comment under a pull request, or in the place of the one that an earlier run left there:
# comment.sh TASK FILE. Needs curl, sed and awk. Gitea and GitHub have the same API for it.
#
#   API           https://gitea.example.com/api/v1, or https://api.github.com
#   REPOSITORY    owner/name
#   PULL_REQUEST  its number
#   TOKEN         may write comments
set -eu
comments="$API/repos/$REPOSITORY/issues"

ask() {
	curl --silent --show-error --fail --header "Authorization: token $TOKEN" --header "Content-Type: application/json" "$@"
}

# The body as JSON. A plan holds no control characters but line breaks and tabs.
body=$(awk 'BEGIN { printf "{\"body\":\"" } { gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); gsub(/\t/, "\\t"); printf "%s\\n", $0 } END { print "\"}" }' "$2")

# The comment whose first line is ours: its number is in its address, before its body.
page=1
id=
while [ -z "$id" ]; do
	found=$(ask "$comments/$PULL_REQUEST/comments?limit=50&per_page=50&page=$page")
	id=$(printf '%s' "$found" | tr '\n' ' ' | sed 's/#issuecomment-/\n/g' | sed -n "/otomi-tasks: $1 --/s/[^0-9].*//p" | head -n 1)
	page=$((page + 1))
	case $found in *issuecomment-*) [ "$page" -le 20 ] || break ;; *) break ;; esac
done

if [ -n "$id" ]; then
	printf '%s' "$body" | ask --request PATCH --data-binary @- "$comments/comments/$id" >/dev/null
else
	printf '%s' "$body" | ask --request POST --data-binary @- "$comments/$PULL_REQUEST/comments" >/dev/null
fi
