#!/usr/bin/env bash
# comment.sh NAME FILE PATTERN: post FILE as a comment on pull request $PULL_REQUEST, with the last line of FILE that
# matches PATTERN as its summary. A later comment with the same NAME replaces the earlier one.
set -euo pipefail
name=$1 file=$2 pattern=$3
marker="<!-- $name -->"
summary=$(grep -E "$pattern" "$file" | tail -n 1 || true)
body=$(mktemp)
{
  echo "$marker"
  echo "**$name**: ${summary:-did not finish}"
  echo
  echo '<details><summary>Full output</summary>'
  echo
  echo '````text'
  # GitHub limits a comment to 65,536 characters.
  head -c 60000 "$file"
  echo
  echo '````'
  echo '</details>'
} > "$body"
comments="repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments"
comment_id=$(gh api --paginate "$comments" --jq ".[] | select(.body | startswith(\"$marker\")) | .id" | tail -n 1)
if [ -n "$comment_id" ]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$comment_id" -F "body=@$body"
else
  gh api --silent --method POST "$comments" -F "body=@$body"
fi
