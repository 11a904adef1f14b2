#!/usr/bin/env bash
# comment.sh NAME FILE PATTERN: writes FILE as a comment on the pull request PULL_REQUEST, headed by its last line that
# PATTERN matches. The last comment of a NAME replaces the one before.
set -euo pipefail
name=$1 file=$2 pattern=$3
mark="<!-- $name -->"
summary=$(grep -E "$pattern" "$file" | tail -n 1 || true)
body=$(mktemp)
{
  echo "$mark"
  echo "**$name**: ${summary:-broke off}"
  echo
  echo '<details><summary>all of it</summary>'
  echo
  echo '````text'
  # A comment holds 65,536 characters.
  head -c 60000 "$file"
  echo
  echo '````'
  echo '</details>'
} > "$body"
comments="repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments"
earlier=$(gh api --paginate "$comments" --jq ".[] | select(.body | startswith(\"$mark\")) | .id" | tail -n 1)
if [ -n "$earlier" ]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$earlier" -F "body=@$body"
else
  gh api --silent --method POST "$comments" -F "body=@$body"
fi
