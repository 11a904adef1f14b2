#!/usr/bin/env bash
# Writes a plan as a comment on the pull request PULL_REQUEST; the last plan of an ENVIRONMENT replaces the one before.
set -euo pipefail
plan=$1
mark="<!-- plan of $ENVIRONMENT -->"
summary=$(grep -E '^(Plan:|No changes\.)' "$plan" | tail -n 1 || true)
body=$(mktemp)
{
  echo "$mark"
  echo "**$ENVIRONMENT**: ${summary:-the plan could not be made}"
  echo
  echo '<details><summary>plan</summary>'
  echo
  echo '````text'
  # A comment holds 65,536 characters.
  head -c 60000 "$plan"
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
