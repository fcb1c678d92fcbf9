#!/bin/sh
# What a change does to guidelines: lint, diff, coverage and impact, on one page. For a check of a change, in any CI.
#
#   review.sh [FILE|FOLDER ...]      default: .
#
#   CERTMARK_REVIEW_SINCE    the revision before the change (HEAD^)
#   CERTMARK_REVIEW_RESULTS  where review.md, lint.json and the other reports go (certmark-results)
#   CERTMARK_REVIEW_SURVEY   a survey or a listing of the suite, for the coverage; without it there is none
#   CERTMARK_REVIEW_RUNS     a folder of runs or the address of a server, for the impact; without it there is none
#   CERTMARK_REVIEW_FORMAT   of what the linter says on standard output (text; github for annotations)
#
# Ends with the status of the linter; else with 2, 3 or 5 where another question has no answer. That something
# changes, is to be done or would break a cloud is what people discuss, so it fails nothing.
set -u
since=${CERTMARK_REVIEW_SINCE:-HEAD^}
results=${CERTMARK_REVIEW_RESULTS:-certmark-results}
mkdir -p "$results" || exit 5
page=$results/review.md
names='(^|/)([a-z][a-z0-9_-]*\.)?([0-9]{4}\.[0-9]{2}|next)\.(json|ya?ml)$|\.lst$'
[ $# -gt 0 ] || set -- .
if ! git rev-parse --quiet --verify "$since^{commit}" >/dev/null; then
  echo "review.sh: there is no revision $since here; fetch the history of the change" >&2
  exit 5
fi
changed=$(git -c core.quotePath=false diff --relative --name-only --diff-filter=ACMR "$since" -- "$@" | grep -E "$names")
worst=0

# ask NAME WORDS...: one more section of the page; a status above 1 says that there is no answer.
ask() {
  title=$1
  shift
  certmark "$@" --quiet --format markdown --output "$results/answer.md" >/dev/null 2>"$results/answer.err"
  status=$?
  {
    printf '\n## %s\n\n' "$title"
    if [ "$status" -gt 1 ] && [ "$status" -ne 4 ]; then
      printf 'No answer (exit status %s): ' "$status"
      cat "$results/answer.err"
      [ "$worst" -ge "$status" ] || worst=$status
    else
      sed 's/^#/###/' "$results/answer.md"
    fi
  } >>"$page"
  rm -f "$results/answer.md" "$results/answer.err"
}

printf '# What this change does to guidelines\n' >"$page"
certmark guideline lint --since "$since" "$@" --quiet --format "${CERTMARK_REVIEW_FORMAT:-text}" \
  >"$results/lint.txt"
lint=$?
cat "$results/lint.txt"
certmark guideline lint --since "$since" "$@" --quiet --format json --output "$results/lint.json" >/dev/null 2>&1
ask "Lint" guideline lint --since "$since" "$@"
if [ -z "$changed" ]; then
  printf '\nNo guideline is changed.\n' >>"$page"
fi
before=$(mktemp -d)
trap 'rm -rf "$before"' EXIT
while IFS= read -r file; do
  [ -n "$file" ] || continue
  if git show "$since:./$file" >"$before/$(basename "$file")" 2>/dev/null; then
    ask "$file: what changed" guideline diff "$before/$(basename "$file")" "$file"
  else
    printf '\n## %s: new\n' "$file" >>"$page"
  fi
  if [ -n "${CERTMARK_REVIEW_SURVEY:-}" ]; then
    ask "$file: does the suite have its tests" guideline coverage "$file" --list "$CERTMARK_REVIEW_SURVEY"
  fi
  if [ -n "${CERTMARK_REVIEW_RUNS:-}" ]; then
    set -- guideline impact "$file" --runs "$CERTMARK_REVIEW_RUNS"
    [ ! -s "$before/$(basename "$file")" ] || set -- "$@" --predecessor "$before/$(basename "$file")"
    ask "$file: which clouds would break, or newly pass" "$@"
  fi
done <<END
$changed
END
[ "$lint" -ne 0 ] && exit "$lint"
exit "$worst"
